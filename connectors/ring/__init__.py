"""Ways to ring beside the terminal: the desktop and push services, behind the `Channel` port."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leeward.errors import Trouble
from leeward.ports import Clock, Scheme, Secret, Secrets
from leeward.words import _
from leeward.work.channels import Found, Writer, reference
from leeward.work.quiet_settings import Channels, Phone

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from leeward.wire import Response


def ways(asked: Channels, secrets: Secrets, write: Writer, clock: Clock) -> Mapping[str, Sequence[Found]]:
    """What this machine has beside its terminal, by kind; nothing is shown and nobody is asked yet."""
    return {
        "desktop": [_desktop(write, passes=asked.red_passes)],
        "phone": [_phone(phone, secrets, clock) for phone in asked.phone],
    }


def _desktop(write: Writer, *, passes: bool) -> Found:
    if sys.platform == "darwin":
        from connectors.ring import macos

        refused = macos.refusal(os.environ, sys.platform)
        return Found("desktop", None if refused else macos.MacChannel(), refused or _("macOS notifications."))
    from connectors.ring import dbus, notify_send

    recall, remember = reference(write)
    path = notify_send.program(os.environ)
    other = notify_send.NotifySendChannel(path, recall, remember, passes=passes) if path else None
    if dbus.refusal(os.environ) is None:
        said = _("Desktop notifications over D-Bus.")
        said += " " + _("Where it does not answer, notify-send.") if other else ""
        return Found("desktop", dbus.DesktopChannel(recall, remember, passes=passes, otherwise=other), said)
    refused = notify_send.refusal(os.environ)
    if refused or other is None:
        return Found("desktop", None, refused or "")
    said = _("Desktop notifications through notify-send.")
    said += (
        "" if passes else " " + _("It cannot tell whether you want to be disturbed, so red goes as an ordinary one.")
    )
    return Found("desktop", other, said)


def _apprise(secret: Secret | None) -> Found:
    from connectors.ring import apprise

    if not apprise.installed():
        return Found("phone", None, _("apprise is not installed: pip install 'leeward[apprise]'."))
    if secret is None:
        return Found("phone", None, _("apprise has no address: give one as LEEWARD_TOKEN_APPRISE or in the keyring."))
    return Found("phone", apprise.AppriseChannel(secret), _("One address through Apprise."))


def _phone(phone: Phone, secrets: Secrets, clock: Clock) -> Found:
    from connectors.http import Door
    from connectors.ring.push import PushChannel
    from leeward.ports import Can, Login, Manifest, Origin

    try:
        secret = secrets.get(phone.kind)
    except Trouble as trouble:
        return Found("phone", None, str(trouble))
    if phone.kind == "apprise":
        return _apprise(secret)
    scheme: Scheme | None = None if secret is None else "bearer"
    manifest = Manifest(phone.kind, phone.kind, frozenset[Can](), None, origins=(Origin("{url}", scheme),))
    door = Door(manifest, Login(phone.kind, phone.kind, phone.url), secret, clock)

    def run(asking: Coroutine[Any, Any, Response]) -> Response:
        import asyncio

        async def once() -> Response:
            async with door:
                return await asking

        return asyncio.run(once())

    return Found("phone", PushChannel(phone, door, run), _("{kind} at {url}.").format(kind=phone.kind, url=phone.url))
