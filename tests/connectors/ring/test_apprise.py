"""Apprise as a way to ring, with a stand-in for the library: the extra is not installed for tests."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

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
    [("good:x", Rung.SENT), ("good:refuses", Rung.FAILED), ("good:broken", Rung.UNKNOWN), ("bad", Rung.FAILED)],
)
def test_what_the_library_says_is_what_is_told(library: StandIn, address: str, rung: Rung) -> None:
    assert apprise.AppriseChannel(Secret(address)).ring(NOTICE, key="k") is rung
    assert library.told == ([("Maria", "#ops")] if address in {"good:x", "good:refuses"} else [])


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
