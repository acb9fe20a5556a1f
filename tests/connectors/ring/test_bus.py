"""The desktop channel on a real message bus, before a notification service of our own that refuses ids it never gave."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jeepney import DBusAddress, MessageType, message_bus, new_error, new_method_call, new_method_return
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields

from connectors.ring.dbus import DesktopChannel
from leeward.ports import Notice, Rung

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon on this machine")
NAME = "org.freedesktop.Notifications"


class Service:
    """A notification service on the bus."""

    def __init__(self, address: str) -> None:
        self.shown: dict[int, tuple[Any, ...]] = {}
        self._bus = open_dbus_connection(bus=address)
        self._bus.send_and_get_reply(message_bus.RequestName(NAME))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            message = self._bus.receive()
            if message.header.message_type is not MessageType.method_call:
                continue
            method = message.header.fields[HeaderFields.member]
            if method == "Stop":
                self._bus.send(new_method_return(message))
                return
            self._bus.send(self._answer(method, message))

    def _answer(self, method: str, message: Any) -> Any:
        if method == "GetCapabilities":
            return new_method_return(message, "as", (["body", "body-markup"],))
        replaces = message.body[1]
        if replaces and replaces not in self.shown:
            return new_error(message, NAME + ".Unknown", "s", ("no such id",))
        name = replaces or len(self.shown) + 1
        self.shown[name] = message.body
        return new_method_return(message, "u", (name,))

    def stop(self, caller: DBusConnection) -> None:
        address = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
        caller.send_and_get_reply(new_method_call(address, "Stop"), timeout=5)
        self._thread.join(5)
        self._bus.close()


@contextmanager
def desktop() -> Iterator[tuple[str, Service]]:
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        try:
            service = Service(address)
            yield address, service
            with open_dbus_connection(bus=address) as caller:
                service.stop(caller)
        finally:
            daemon.terminate()


def test_popups_on_a_real_bus() -> None:
    refs: dict[str, str] = {}
    with desktop() as (address, service):
        channel = DesktopChannel(refs.get, refs.__setitem__, lambda: open_dbus_connection(bus=address))
        assert channel.ring(Notice("Maria", "<b>#ops</b>", "red", sound=True), key="a") is Rung.SENT
        assert channel.ring(Notice("Jo", "#design", None), key="b") is Rung.SENT
        assert channel.ring(Notice("Maria", "again", "red"), key="a") is Rung.SENT
        refs["c"] = "99"
        assert channel.ring(Notice("Kim", "x", None), key="c") is Rung.FAILED
        assert len(service.shown) == 2
        assert service.shown[1][3:5] == ("Maria", "again")
        assert service.shown[2][6]["urgency"] == ("y", 1)
