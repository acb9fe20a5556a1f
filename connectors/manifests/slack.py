"""Slack, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

import json
from urllib.parse import quote

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

_SORTS = ("channels", "groups", "im", "mpim")
SCOPES = (
    *(f"{kind}:{what}" for kind in _SORTS for what in ("read", "history", "write")),
    *("users:read", "users:read.email", "chat:write", "files:read", "dnd:read", "dnd:write"),
    *("pins:write", "users.profile:write"),
)
EVENTS = ("message.channels", "message.groups", "message.im", "message.mpim")
APP = {
    "display_information": {
        "name": "leeward",
        "description": "A workspace in the terminal for people who work asynchronously",
    },
    "oauth_config": {"scopes": {"user": list(SCOPES)}},
    "settings": {
        "event_subscriptions": {"user_events": list(EVENTS)},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    },
}
"""What the owner's own app is made from; Slack takes it as part of the address of its page."""

PAGE = f"https://api.slack.com/apps?new_app=1&manifest_json={quote(json.dumps(APP, separators=(',', ':')))}"

MANIFEST = Manifest(
    kind="slack",
    title="Slack",
    can=frozenset(
        {
            Can.THREADS,
            Can.POST,
            Can.FILES,
            Can.EDIT,
            Can.MARK_READ,
            Can.FIND_SENT,
            Can.PUSH,
            Can.QUIET,
            Can.SEND_LATER,
            Can.PIN,
            Can.STATUS,
            Can.HOURS,
        }
    ),
    target="connectors.slack.connector:Slack",
    settings=(
        Setting("url", "Address", "Slack's own; another only for a gateway of yours", default="https://slack.com"),
        Setting("places", "Channels", "Names or ids; empty for all you are in", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "User OAuth token",
            "Make an internal app (the page comes filled in), install it, copy the xoxp- token under OAuth & Permissions.",
            page=PAGE,
            scopes=SCOPES,
        ),
        SecretSpec(
            "app",
            "App-level token",
            "For news at once: Basic Information, App-Level Tokens, a new one with connections:write; it begins with xapp-.",
            page="https://api.slack.com/apps",
            scopes=("connections:write",),
            required=False,
        ),
    ),
    # Files lie on a host of their own, which wants the same token; a socket's address carries its own ticket.
    origins=(
        Origin("{url}", "bearer"),
        Origin("https://files.slack.com", "bearer"),
        Origin("wss://*.slack.com", None),
    ),
    min_poll_s=60.0,
    docs="connectors/slack/README.md",
    minutes=5,
    admin="some workspaces let only administrators install apps",
)
