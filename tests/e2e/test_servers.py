"""Each real server answers its own independent client; only then do the other tests of this folder mean anything."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import needs, servers
from tests.e2e.plain_http import ask, basic

if TYPE_CHECKING:
    from tests.e2e.caldav_servers import CalDav
    from tests.e2e.notifications import Notices
    from tests.e2e.session_bus import SessionBus
    from tests.e2e.synapse import Synapse

pytestmark = pytest.mark.e2e


@pytest.mark.filterwarnings("ignore::DeprecationWarning:caldav")
def test_a_task_made_with_the_caldav_library_is_found_again(caldav_server: CalDav) -> None:
    needs.module("caldav")
    url = caldav_server.make_list("plain", "Plain")
    with caldav_server.client() as client:
        tasks = client.calendar(url=url)
        tasks.add_todo(uid="one@leeward.test", summary="Water the ficus; twice, really")
        found = client.calendar(url=url).todos()
        assert [todo.icalendar_component["SUMMARY"] for todo in found] == ["Water the ficus; twice, really"]
        homes = client.principal().calendars()
        assert any(str(home.url).rstrip("/").endswith("/plain") for home in homes)


def test_radicale_wants_the_password(radicale: CalDav) -> None:
    refused = ask("PROPFIND", radicale.home, headers=basic(radicale.user, "wrong"))
    allowed = ask("PROPFIND", radicale.home, headers=basic(radicale.user, radicale.password))
    assert (refused.status, allowed.status) == (401, 207)


def test_nio_reads_and_answers_in_a_room(homeserver: Synapse) -> None:
    needs.module("nio")
    sam = homeserver.register(homeserver.new_name("sam"), display="Sam")
    room = homeserver.create_room(sam, "#ops")
    voice = homeserver.voice("poured_maria", "Maria")
    homeserver.voice_joins(room, sam, voice)
    event = homeserver.voice_says(room, voice, "db-2 is at 94 % disk, who can look?", 1_100_520_000_000)

    bodies, sent = asyncio.run(_read_and_answer(homeserver.url, sam.id, sam.password, room))

    assert bodies == [(event, voice, 1_100_520_000_000, "db-2 is at 94 % disk, who can look?")]
    assert homeserver.timeline(room, sam)[-1]["event_id"] == sent


async def _read_and_answer(url: str, user: str, password: str, room: str) -> tuple[list[Any], str]:
    import nio

    client = nio.AsyncClient(url, user)
    try:
        assert isinstance(await client.login(password), nio.LoginResponse)
        synced = await client.sync(timeout=0, full_state=True)
        assert isinstance(synced, nio.SyncResponse)
        events = synced.rooms.join[room].timeline.events
        texts = [event for event in events if isinstance(event, nio.RoomMessageText)]
        sent = await client.room_send(room, "m.room.message", {"msgtype": "m.text", "body": "me"})
        assert isinstance(sent, nio.RoomSendResponse)
        return [(each.event_id, each.sender, each.server_timestamp, each.body) for each in texts], sent.event_id
    finally:
        await client.close()


_ROUND_TRIP = """
import keyring
assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService", keyring.get_keyring()
keyring.set_password("leeward", "work-gitlab", "s3cret")
print(keyring.get_password("leeward", "work-gitlab"))
"""


def test_a_secret_goes_into_the_keyring_and_secret_tool_finds_it(keyring_bus: SessionBus) -> None:
    needs.module("keyring")
    stored = subprocess.run(
        [sys.executable, "-c", _ROUND_TRIP],
        env={**keyring_bus.env, "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert stored.stdout.strip() == "s3cret", stored.stderr
    asked = [needs.program("secret-tool"), "lookup", "service", "leeward", "username", "work-gitlab"]
    looked_up = subprocess.run(asked, env=keyring_bus.env, capture_output=True, text=True, check=False, timeout=30)
    assert looked_up.stdout == "s3cret", looked_up.stderr


def test_a_notice_reaches_the_notification_service(notices: Notices) -> None:
    asked = [needs.program("gdbus"), "call", "--session", "--dest", "org.freedesktop.Notifications"]
    asked += ["--object-path", "/org/freedesktop/Notifications", "--method", "org.freedesktop.Notifications.Notify"]
    asked += ["--", "leeward", "0", "", "#ops", "Maria: db-2 is at 94 %", "[]", "{}", "-1"]
    said = subprocess.run(asked, env=notices.bus.env, capture_output=True, text=True, check=False, timeout=30)
    assert said.stdout.strip() == "(uint32 1,)", said.stderr
    calls = servers.until("Notify is written down", lambda: notices.notify_calls() or None, 5)
    assert len(calls) == 1
    assert "Maria: db-2 is at 94 %" in calls[0]
