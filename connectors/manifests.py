"""What each kind says of itself before it is imported: title, abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.model import LOCAL
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

_SLACK_ASKS = ("read", "history", "write")

LOCAL_MANIFEST = Manifest(
    kind=LOCAL,
    title="This machine",
    can=frozenset({Can.TASKS, Can.NOTES, Can.TASK_WRITE, Can.NOTE_WRITE}),
    target=None,
    min_poll_s=0.0,
    docs="Kept in leeward's own store; nothing leaves this machine.",
    minutes=0,
)

GITLAB = Manifest(
    kind="gitlab",
    title="GitLab",
    can=frozenset(
        {
            Can.THREADS,
            Can.TASKS,
            Can.POST,
            Can.FILES,
            Can.TASK_WRITE,
            Can.EDIT,
            Can.MARK_READ,
            Can.FIND_SENT,
            Can.QUIET,
        }
    ),
    target="connectors.gitlab.connector:GitLab",
    settings=(
        Setting("url", "Address", "https://gitlab.com or your own server's address", default="https://gitlab.com"),
        Setting("places", "Projects", "Paths such as team/website; empty for all you are a member of", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Personal access token",
            "Make one on the page below; api lets leeward write, read_api only read.",
            page="{url}/-/user_settings/personal_access_tokens?name=leeward&scopes=api",
            scopes=("api",),
        ),
    ),
    origins=(Origin("{url}", "bearer"),),
    min_poll_s=30.0,
    docs="connectors/gitlab/README.md",
    minutes=2,
)

MATRIX = Manifest(
    kind="matrix",
    title="Matrix",
    can=frozenset({Can.THREADS, Can.POST, Can.FILES, Can.EDIT, Can.MARK_READ, Can.FIND_SENT, Can.PUSH}),
    target="connectors.matrix.connector:Matrix",
    settings=(
        Setting("url", "Address", "The homeserver, or who you are there: https://matrix.example.org, @sam:example.org"),
        Setting("places", "Rooms", "Ids, addresses or names; empty for all you have joined", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Your Matrix program shows it under Settings, Help and About; it ends when that session signs out.",
        ),
    ),
    origins=(Origin("{url}", "bearer"),),
    min_poll_s=5.0,
    docs="connectors/matrix/README.md",
    minutes=3,
)

CALDAV = Manifest(
    kind="caldav",
    title="CalDAV",
    can=frozenset(
        {Can.TASKS, Can.NOTES, Can.TASK_WRITE, Can.NOTE_WRITE, Can.FIND_SENT, Can.BUSY},
    ),
    target="connectors.caldav.connector:CalDav",
    settings=(
        Setting("url", "Address", "The calendar server, such as https://dav.example.org"),
        Setting("user", "User name", "For an app password; empty where the server gave you a token.", required=False),
        Setting("places", "Calendars", "Their titles or paths; empty for all of yours", required=False),
    ),
    secrets=(SecretSpec("token", "App password or token", "Make an app password rather than giving your own."),),
    # Basic with a user name, Bearer without one: the door decides by the login.
    origins=(Origin("{url}", "basic"),),
    min_poll_s=60.0,
    docs="connectors/caldav/README.md",
    minutes=3,
)

SLACK = Manifest(
    kind="slack",
    title="Slack",
    can=frozenset({Can.THREADS, Can.POST, Can.FILES, Can.EDIT, Can.MARK_READ, Can.FIND_SENT, Can.QUIET}),
    target="connectors.slack.connector:Slack",
    settings=(
        Setting("url", "Address", "Slack's own; another only for a gateway of yours", default="https://slack.com"),
        Setting("places", "Channels", "Names or ids; empty for all you are in", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "User OAuth token",
            "Make an internal app from the manifest beside connectors/slack/README.md, install it, copy the xoxp- token.",
            page="https://api.slack.com/apps?new_app=1",
            scopes=(
                *(f"{kind}:{what}" for kind in ("channels", "groups", "im", "mpim") for what in _SLACK_ASKS),
                *("users:read", "users:read.email", "chat:write", "files:read", "dnd:read", "dnd:write"),
            ),
        ),
    ),
    # Files lie on a host of their own, which wants the same token.
    origins=(Origin("{url}", "bearer"), Origin("https://files.slack.com", "bearer")),
    min_poll_s=60.0,
    docs="connectors/slack/README.md",
    minutes=5,
    admin="some workspaces let only administrators install apps",
)

CLICKUP = Manifest(
    kind="clickup",
    title="ClickUp",
    can=frozenset(
        {
            Can.THREADS,
            Can.TASKS,
            Can.NOTES,
            Can.POST,
            Can.TASK_WRITE,
            Can.NOTE_WRITE,
            Can.EDIT,
            Can.FIND_SENT,
        }
    ),
    target="connectors.clickup.connector:ClickUp",
    settings=(
        Setting(
            "url", "Address", "ClickUp's own; another only for a proxy of yours.", default="https://api.clickup.com"
        ),
        Setting(
            "places", "Places", "Workspaces, spaces, folders, lists, channels or docs; empty for all", required=False
        ),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Personal API token",
            "Made on the page below; it begins with pk_ and may do what you may.",
            page="https://app.clickup.com/settings/apps",
        ),
    ),
    # A personal token goes as it is, without Bearer.
    origins=(Origin("{url}", "raw"),),
    min_poll_s=60.0,
    docs="connectors/clickup/README.md",
    minutes=2,
)

ALL = (LOCAL_MANIFEST, GITLAB, MATRIX, CALDAV, CLICKUP, SLACK)
