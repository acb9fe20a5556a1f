"""Slack, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

_ASKS = ("read", "history", "write")

MANIFEST = Manifest(
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
                *(f"{kind}:{what}" for kind in ("channels", "groups", "im", "mpim") for what in _ASKS),
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
