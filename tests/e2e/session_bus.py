"""A private D-Bus session bus: nothing of the developer's own desktop is seen or touched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e import needs, servers

# Without a service folder nothing is started on demand: what a test did not start is not there.
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True, slots=True)
class SessionBus:
    """A running bus. `env` is what a program needs to be on it, with a home of its own."""

    address: str
    folder: Path
    process: servers.Process

    @property
    def env(self) -> dict[str, str]:
        return environment(self.folder, {"DBUS_SESSION_BUS_ADDRESS": self.address})


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment whose home and runtime folders lie in `folder`, without a display or another bus."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    homes = {
        "HOME": folder / "home",
        "XDG_RUNTIME_DIR": folder / "run",
        "XDG_DATA_HOME": folder / "home/data",
        "XDG_CONFIG_HOME": folder / "home/config",
        "XDG_CACHE_HOME": folder / "home/cache",
        "XDG_STATE_HOME": folder / "home/state",
    }
    for home in homes.values():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {**kept, **{name: str(home) for name, home in homes.items()}, **(more or {})}


def start(folder: Path) -> SessionBus:
    """Start a bus whose socket lies in `folder`, whose path must be short (a socket's may have 107 bytes)."""
    program = needs.program("dbus-daemon")
    socket = folder / "bus"
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=socket), encoding="utf-8")
    process = servers.start("dbus", [program, f"--config-file={config}", "--nofork"], folder, env=environment(folder))
    process.up(socket.exists)
    return SessionBus(f"unix:path={socket}", folder, process)
