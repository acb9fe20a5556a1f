"""Apprise as a way to ring: with a stand-in for what the library may say, and with the library itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import ModuleType
from typing import Any, ClassVar

import pytest

from connectors.ring import apprise, ways
from leeward.ports import Notice, Rung, Secret
from leeward.testing.clock import FakeClock
from leeward.work.quiet_settings import Channels, Phone

NOTICE = Notice("Maria", "#ops", "red")


class StandIn(ModuleType):
    """Takes addresses that begin with "good:" and does with a notice what they say."""

    def __init__(self) -> None:
        super().__init__("apprise")
        self.told: list[tuple[str, str]] = []
        outer = self

        class Apprise:
            def add(self, address: str) -> bool:
                self.address = address
                return address.startswith("good:")

            def notify(self, *, title: str, body: str) -> bool:
                if self.address.endswith("broken"):
                    raise RuntimeError("the service's own way to fail")
                outer.told.append((title, body))
                return not self.address.endswith("refuses")

        self.Apprise = Apprise


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    found = StandIn()
    monkeypatch.setitem(sys.modules, "apprise", found)
    return found


@pytest.mark.parametrize(
    ("address", "rung"),
    [("good:x", Rung.SENT), ("good:refuses", Rung.UNKNOWN), ("good:broken", Rung.UNKNOWN), ("bad", Rung.FAILED)],
)
def test_what_the_library_says_is_what_is_told(library: StandIn, address: str, rung: Rung) -> None:
    assert apprise.AppriseChannel(Secret(address)).ring(NOTICE, key="k") is rung
    assert library.told == ([("Maria", "#ops")] if address in {"good:x", "good:refuses"} else [])


class Taken(BaseHTTPRequestHandler):
    """A webhook on this machine."""

    said: ClassVar[list[dict[str, Any]]] = []
    code = 200

    def do_POST(self) -> None:
        self.said.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.code)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return None


@pytest.fixture
def webhook() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Taken)
    running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    running.start()
    yield server
    server.shutdown()
    running.join()
    server.server_close()
    Taken.said.clear()
    Taken.code = 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library itself, while it is imported
def test_the_real_library_hands_it_to_a_service(webhook: HTTPServer) -> None:
    pytest.importorskip("apprise", reason="the extra apprise is not installed")
    channel = apprise.AppriseChannel(Secret(f"json://127.0.0.1:{webhook.server_port}/hook"))
    assert channel.ring(NOTICE, key="k") is Rung.SENT
    assert [(said["title"], said["message"]) for said in Taken.said] == [("Maria", "#ops")]
    Taken.code = 500
    assert channel.ring(NOTICE, key="k") is Rung.UNKNOWN  # it cannot say whether anything arrived
    assert apprise.AppriseChannel(Secret("no such service")).ring(NOTICE, key="k") is Rung.FAILED


class Purse:
    def __init__(self, secret: Secret | None) -> None:
        self.secret = secret

    def get(self, account: str, name: str = "token") -> Secret | None:
        return self.secret if account == "apprise" else None

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        raise AssertionError

    def drop(self, account: str, name: str = "token") -> None:
        raise AssertionError


def _no_store(act: Any, *args: object, **named: object) -> None:
    raise AssertionError("nothing is read or written to find the ways")


@pytest.mark.parametrize(
    ("there", "secret", "says"),
    [(False, None, "not installed"), (True, None, "no address"), (True, "good:x", "Apprise")],
)
def test_the_settings_lead_to_it_or_say_why_not(
    monkeypatch: pytest.MonkeyPatch, there: bool, secret: str | None, says: str
) -> None:
    monkeypatch.setattr(apprise, "installed", lambda: there)
    purse = Purse(Secret(secret) if secret else None)
    (found,) = ways(Channels(phone=(Phone("apprise", ""),)), purse, _no_store, FakeClock())["phone"]
    assert says in found.say
    assert (found.channel is not None) is (says == "Apprise")
