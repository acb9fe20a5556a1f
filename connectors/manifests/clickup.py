"""ClickUp, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

MANIFEST = Manifest(
    kind="clickup",
    title="ClickUp",
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
            Can.FIND_SENT,
            Can.VIEWS,
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
    # Files lie elsewhere, under long random names, and want no token.
    origins=(
        Origin("{url}", "raw"),
        Origin("https://attachments.clickup.com", None),
        Origin("https://*.clickup-attachments.com", None),
        Origin("https://*.clickup-attachments-eu.com", None),
    ),
    min_poll_s=60.0,
    docs="connectors/clickup/README.md",
    minutes=2,
)
