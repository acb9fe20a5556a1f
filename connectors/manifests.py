"""What each kind says of itself before it is imported: title, abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.model import LOCAL
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

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

ALL = (LOCAL_MANIFEST, GITLAB, MATRIX, CALDAV)
