"""Notices at a real notification service on a real bus."""

from __future__ import annotations

import pytest

from leeward.ports import Notice, Rung
from tests.e2e import needs, notifications, servers
from tests.e2e.notifications import Notices
from tests.e2e.session_bus import SessionBus

pytestmark = pytest.mark.e2e

_NOTICE = Notice("#ops · Maria", "db-2 is at <b>94 %</b> & rising\x1b]52;c;AAAA\x07", "red")


class Kept:
    """The ids of popups by our key, as the store keeps them."""

    def __init__(self) -> None:
        needs.module("connectors.ring.dbus")
        from connectors.ring.dbus import DesktopChannel

        self.ids: dict[str, str] = {}
        self.channel = DesktopChannel(self.ids.get, self.ids.__setitem__)


@pytest.fixture
def on_the_bus(bus: SessionBus, monkeypatch: pytest.MonkeyPatch) -> SessionBus:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    return bus


def _calls(notices: Notices, count: int) -> list[str]:
    return servers.until("Notify", lambda: calls if len(calls := notices.notify_calls()) >= count else None, 5)


def test_a_notice_is_shown_and_then_replaced_in_place(on_the_bus: SessionBus) -> None:
    notices = notifications.start(on_the_bus, "body")
    kept = Kept()
    assert kept.channel.ring(_NOTICE, key="digest") is Rung.SENT
    assert kept.channel.ring(Notice("#ops", "2 more", "red"), key="digest") is Rung.SENT
    assert kept.channel.ring(Notice("#design", "another", None), key="other") is Rung.SENT
    calls = _calls(notices, 3)
    notices.process.stop()
    assert kept.ids == {"digest": "1", "other": "2"}
    assert [" 0 " in calls[0], ' "leeward" 1 ' in calls[1], ' "leeward" 0 ' in calls[2]] == [True, True, True]
    assert "#ops · Maria" in calls[0]


def test_markup_is_shown_and_not_obeyed(on_the_bus: SessionBus) -> None:
    notices = notifications.start(on_the_bus, "body body-markup")
    assert Kept().channel.ring(_NOTICE, key="k") is Rung.SENT
    (call,) = _calls(notices, 1)
    notices.process.stop()
    assert "&lt;b&gt;94 %&lt;/b&gt; &amp; rising" in call
    assert "\x1b" not in call
    assert "\x07" not in call


def test_a_desktop_without_room_for_a_body_gets_it_in_the_title(on_the_bus: SessionBus) -> None:
    notices = notifications.start(on_the_bus, "actions")
    assert Kept().channel.ring(Notice("#ops", "disk is full", "red"), key="k") is Rung.SENT
    (call,) = _calls(notices, 1)
    notices.process.stop()
    assert '"#ops: disk is full" ""' in call


def test_where_nobody_shows_notices_it_is_said(on_the_bus: SessionBus) -> None:
    kept = Kept()
    assert kept.channel.ring(_NOTICE, key="k") is Rung.FAILED
    assert kept.ids == {}


def test_where_there_is_no_bus_it_is_said(on_the_bus: SessionBus) -> None:
    on_the_bus.process.stop()
    assert Kept().channel.ring(_NOTICE, key="k") is Rung.FAILED
