"""GitLab, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.oauth import OAuth, Scope
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

MANIFEST = Manifest(
    kind="gitlab",
    title="GitLab",
    can=frozenset(
        {
            Can.THREADS,
            Can.TASKS,
            Can.NOTES,
            Can.POST,
            Can.FILES,
            Can.TASK_WRITE,
            Can.NOTE_WRITE,
            Can.EDIT,
            Can.MARK_READ,
            Can.FIND_SENT,
            Can.QUIET,
            Can.POLL,
            Can.STATUS,
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
    oauth=OAuth(
        "{url}/oauth/token",
        authorize="{url}/oauth/authorize",
        device="{url}/oauth/authorize_device",
        scopes=(Scope("api", "to read and write issues, comments and to-dos as you"),),
        app_page="{url}/-/user_settings/applications",
        app_help="Name it leeward, leave “Confidential” out, give it the scope api.",
    ),
    min_poll_s=30.0,
    docs="connectors/gitlab/README.md",
    minutes=2,
)
