"""The desktop's notification service, as python3-dbusmock plays it on a private bus and writes down what it was asked."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.e2e import needs, servers
from tests.e2e.secret_service import owned
from tests.e2e.session_bus import SessionBus

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"


@dataclass(frozen=True, slots=True)
class Notices:
    """A running notification service on `bus`."""

    bus: SessionBus
    process: servers.Process

    def notify_calls(self) -> list[str]:
        """Every Notify call so far, one line each, as the service wrote it down."""
        return [line for line in self.process.tail(1_000_000).splitlines() if re.match(r"[\d.]+ Notify ", line)]

    def signal(self, name: str, *arguments: str) -> None:
        """Let the service say something (ActionInvoked, NotificationClosed); arguments as dbus-send wants them."""
        asked = [needs.program("dbus-send"), "--session", "--type=signal", PATH, f"{NAME}.{name}", *arguments]
        subprocess.run(asked, env=self.bus.env, check=True, timeout=10)


def start(bus: SessionBus, capabilities: str = "body actions") -> Notices:
    """Start the service; it runs under Debian's own Python, which its module is installed for."""
    python = needs.debian_module("dbusmock")
    parameters = f'{{"capabilities": "{capabilities}"}}'
    argv = [python, "-u", "-m", "dbusmock", "--session", "--template", "notification_daemon"]
    process = servers.start("notifications", [*argv, "--parameters", parameters], bus.folder, env=bus.env)
    process.up(lambda: owned(bus, NAME))
    return Notices(bus, process)
