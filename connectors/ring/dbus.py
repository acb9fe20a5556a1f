"""Desktop notifications over the session's D-Bus (org.freedesktop.Notifications); jeepney is imported when one is shown.

The desktop's own do-not-disturb stays in charge unless the settings allow red to pass it: many desktops show what is
critical in spite of it, so red goes out as an ordinary notice while the desktop says that it is on. A popup can be replaced only by the id that the desktop gave it, so the
id is kept with the delivery. The far machine's desktop is the wrong one when we are used over SSH.

Source: the Desktop Notifications Specification 1.2.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol

from leeward.ports import Channel, Notice, Rung
from leeward.text import clean, one_line
from leeward.words import _

WAIT_S = 5.0
_PATH, _NAME = "/org/freedesktop/Notifications", "org.freedesktop.Notifications"
_URGENCY = {"red": 2, "green": 0}
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]+")


class Connection(Protocol):
    """What we use of a bus connection."""

    def send_and_get_reply(self, message: Any, *, timeout: float | None = None) -> Any:
        """Call a method and wait for its answer. Raises TimeoutError."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def refusal(environ: Mapping[str, str]) -> str | None:
    """Why the desktop of this machine cannot be used; None when it can be tried."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return _("desktop: not over SSH, its popups would be on the far machine.")
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return _("desktop: no graphical session.")
    runtime = environ.get("XDG_RUNTIME_DIR")
    if not environ.get("DBUS_SESSION_BUS_ADDRESS") and not (runtime and Path(runtime, "bus").exists()):
        return _("desktop: no session bus.")
    return None


def connect() -> Connection:
    """Open the session bus. Raises OSError or KeyError when there is none, TimeoutError when it does not answer."""
    from jeepney.io.blocking import open_dbus_connection

    opened: Connection = open_dbus_connection(bus="SESSION", auth_timeout=WAIT_S)
    return opened


class DesktopChannel:
    """The desktop as a way to ring. `recall` and `remember` keep the id of a popup by our key.

    `passes`: red may pass the desktop's do-not-disturb, of which `undisturbed` tells. `otherwise`: who shows it
    where the bus cannot be opened.
    """

    name = "desktop"
    replaces = False  # only by an id that was stored; the delivery knows whether there is one

    def __init__(
        self,
        recall: Callable[[str], str | None],
        remember: Callable[[str, str], None],
        open_bus: Callable[[], Connection] = connect,
        *,
        passes: bool = False,
        undisturbed: Callable[[Connection], bool] | None = None,
        otherwise: Channel | None = None,
    ) -> None:
        self._passes, self._otherwise = passes, otherwise
        self._undisturbed = undisturbed or says_undisturbed
        self._recall = recall
        self._remember = remember
        self._open_bus = open_bus

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Show it, in the place of the popup it was before. UNKNOWN once the desktop may have it."""
        from jeepney.wrappers import DBusErrorResponse

        try:
            bus = self._open_bus()
        except (OSError, KeyError, ValueError, TimeoutError):
            return Rung.FAILED if self._otherwise is None else self._otherwise.ring(notice, key=key)
        asked = False
        try:
            can = frozenset(_ask(bus, "GetCapabilities", None, ())[0])
            held = notice.tier == "red" and not self._passes and self._undisturbed(bus)
            message = arguments(notice, can, int(self._recall(key) or 0), ordinary=held)
            asked = True
            (shown,) = _ask(bus, "Notify", "susssasa{sv}i", message)
            self._remember(key, str(shown))
        except DBusErrorResponse:
            return Rung.FAILED
        except (OSError, TimeoutError, EOFError, ValueError):
            return Rung.UNKNOWN if asked else Rung.FAILED
        finally:
            bus.close()
        return Rung.SENT


def arguments(notice: Notice, can: frozenset[str], replaces: int, *, ordinary: bool = False) -> tuple[Any, ...]:
    """The arguments of `Notify`. The body is escaped where the desktop reads markup in it, plain where it does not.

    `ordinary`: not critical, whatever the tier.
    """
    title = one_line(notice.title, 100)
    body = _CONTROLS.sub(" ", clean(notice.body))[:1000]
    if "body" not in can:
        title, body = one_line(f"{title}: {notice.body}", 200), ""
    elif "body-markup" in can:
        body = escape(body, quote=False)
    hints: dict[str, tuple[str, Any]] = {"urgency": ("y", 1 if ordinary else _URGENCY.get(notice.tier or "", 1))}
    if not notice.sound:
        hints["suppress-sound"] = ("b", True)
    return ("leeward", replaces, "", title, body, [], hints, -1)


def says_undisturbed(bus: Connection) -> bool:
    """Whether the desktop says that nobody wants to be disturbed: KDE on the bus, GNOME in its settings; no where it is silent."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import DBusErrorResponse, unwrap_msg

    names = DBusAddress(_PATH, bus_name=_NAME, interface="org.freedesktop.DBus.Properties")
    question = new_method_call(names, "Get", "ss", (_NAME, "Inhibited"))
    try:
        ((_kind, inhibited),) = unwrap_msg(bus.send_and_get_reply(question, timeout=WAIT_S))
    except (DBusErrorResponse, ValueError, TypeError):
        inhibited = False
    return inhibited is True or _banners_off(os.environ)


def _banners_off(environ: Mapping[str, str], run: Callable[[], str] | None = None) -> bool:
    """GNOME's own switch."""
    if "GNOME" not in environ.get("XDG_CURRENT_DESKTOP", "").upper():
        return False
    try:
        return (run or _gsettings)().strip() == "false"
    except (OSError, subprocess.SubprocessError):
        return False


def _gsettings() -> str:
    asked = ("/usr/bin/gsettings", "get", "org.gnome.desktop.notifications", "show-banners")
    done = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=WAIT_S)  # noqa: S603  a fixed program, no shell
    return done.stdout


def _ask(bus: Connection, method: str, signature: str | None, body: tuple[Any, ...]) -> tuple[Any, ...]:
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import unwrap_msg

    address = DBusAddress(_PATH, bus_name=_NAME, interface=_NAME)
    reply = bus.send_and_get_reply(new_method_call(address, method, signature, body), timeout=WAIT_S)
    return tuple(unwrap_msg(reply))
