"""Miro, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.oauth import APPS_OWN, OAuth, Scope
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

SCOPES = ("boards:read", "boards:write")

MANIFEST = Manifest(
    kind="miro",
    title="Miro",
    can=frozenset({Can.TASKS, Can.NOTES, Can.TASK_WRITE, Can.NOTE_WRITE, Can.FIND_SENT, Can.WALL}),
    target="connectors.miro.connector:Miro",
    settings=(
        Setting("url", "Address", "Miro's own; another only for a proxy of yours.", default="https://api.miro.com"),
        Setting("places", "Boards", "Names or ids of boards, or of teams; empty for all you can open", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Make an app on the page below, tick boards:read and boards:write, install it, copy the token.",
            page="https://miro.com/app/settings/user-profile/apps",
            scopes=SCOPES,
        ),
        SecretSpec(APPS_OWN, "Client secret", "of your app, to sign in with the browser", required=False),
    ),
    origins=(Origin("{url}", "bearer"), Origin("https://miro.com", None)),
    min_poll_s=60.0,
    docs="connectors/miro/README.md",
    minutes=5,
    admin="some teams let only administrators install apps",
    oauth=OAuth(
        "{url}/v1/oauth/token",
        authorize="https://miro.com/oauth/authorize",
        scopes=(Scope("boards:read", "read boards"), Scope("boards:write", "write cards, notes and sticky notes")),
        app_page="https://miro.com/app/settings/user-profile/apps",
        app_help="Make an app, and add the address below to its redirect URIs.",
        app="confidential",
        redirect="http://127.0.0.1:48711/",
    ),
)
