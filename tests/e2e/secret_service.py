"""A real keyring: gnome-keyring on a private bus, unlocked, its files in a folder of its own."""

from __future__ import annotations

import subprocess

from tests.e2e import needs, servers
from tests.e2e.session_bus import SessionBus

_NAME = "org.freedesktop.secrets"


def start(bus: SessionBus, *, unlock: bool = True) -> servers.Process:
    """Start gnome-keyring's secret part on `bus`.

    The password on its standard input makes and opens the login ring; without, it would ask in a dialog nobody sees.
    """
    program = needs.program("gnome-keyring-daemon")
    control = bus.folder / "keyring"
    control.mkdir(mode=0o700, exist_ok=True)
    argv = [program, "--foreground", "--components=secrets", f"--control-directory={control}"]
    argv += ["--unlock"] if unlock else []
    password = b"lee side of the hill" if unlock else b""
    process = servers.start("gnome-keyring", argv, bus.folder, env=bus.env, stdin=password)
    process.up(lambda: owned(bus, _NAME))
    return process


def owned(bus: SessionBus, name: str) -> bool:
    """Whether somebody on the bus answers to this name."""
    asked = [
        needs.program("dbus-send"),
        "--session",
        "--print-reply=literal",
        "--dest=org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner",
        f"string:{name}",
    ]
    said = subprocess.run(asked, env=bus.env, capture_output=True, text=True, check=False, timeout=10)
    return "true" in said.stdout
