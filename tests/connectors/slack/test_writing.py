"""Writing lines, finding them again, markers and quiet."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.slack.quiet import THEIRS
from leeward.errors import Forbidden, Gone, NotSupported, Refused, ServiceChanged, Trouble, TryLater
from leeward.model import Body, File, Instant, ItemType, Key, RemoteId, Sent
from leeward.ports import Upload
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.slack_world import SlackWorld
from tests.fakes.base import always, lose_answer

KEY = Key("lwkey1")
HOUR_MS = 3_600_000


def post(world: SlackWorld, text: str, thread: RemoteId | None = None, key: Key = KEY, quoted: str = "") -> Sent:
    return run(world.connector().post(RemoteId(world.channel), thread, Body(text, quoted), key=key))


def rows(world: SlackWorld) -> Mirror:
    mirror = Mirror()
    run(mirror.pull(world.connector()))
    return mirror


def changes(world: SlackWorld) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in world.http.asked if asked.method == "POST"]


@pytest.mark.parametrize("options", [{}, {"metadata": False}, {"payloads": False}])
def test_a_flat_line_carries_its_key_in_any_way_and_keeps_it_through_a_change(options: dict[str, Any]) -> None:
    world = SlackWorld(**options)
    since = world.clock.now()
    for number in range(230):
        world.add_line(f"before {number}", None)
    sent = post(world, "Hello <b> & more")
    for number in range(230):
        world.add_line(f"after {number}", None)
    connector = world.connector()
    place = RemoteId(world.channel)
    found = run(connector.find_sent(ItemType.MESSAGE, place, None, KEY, since))
    assert found == sent
    assert run(connector.find_sent(ItemType.MESSAGE, place, None, Key("lwother"), since)) is None
    assert run(connector.find_sent(ItemType.TASK, place, None, KEY, since)) is None
    row = rows(world)["messages"][sent.id]
    assert (row.text, row.key, row.thread, row.url) == ("Hello <b> & more", KEY, None, sent.url)
    run(connector.edit(place, None, sent.id, Body("Changed"), key=KEY))
    row = rows(world)["messages"][sent.id]
    assert (row.text, row.key) == ("Changed", KEY)
    run(connector.edit(place, None, sent.id, None, key=KEY))
    assert sent.id not in rows(world)["messages"]


def test_a_token_that_may_not_send_metadata_is_asked_once() -> None:
    world = SlackWorld(metadata=False)
    connector, place = world.connector(), RemoteId(world.channel)
    for number in range(2):
        run(connector.post(place, None, Body("x" * 4000 if number else "short"), key=Key(f"lwonce{number}")))
    assert len(changes(world)) == 3
    assert [row.key for row in rows(world)["messages"].values()] == ["lwonce0", "lwonce1"]


def test_a_key_somebody_else_copied_is_not_ours() -> None:
    world = SlackWorld()
    metadata = {"event_type": f"leeward_{KEY}", "event_payload": {"key": KEY}}
    line = world.id(world.service.say(world.channel, world.ana, "copied", metadata=metadata))
    since = world.clock.now()
    assert run(world.connector().find_sent(ItemType.MESSAGE, RemoteId(world.channel), None, KEY, since)) is None
    assert rows(world)["messages"][line].key is None


def test_only_our_own_lines_are_changed() -> None:
    world = SlackWorld()
    line, place = world.add_line("hers", None), RemoteId(world.channel)
    thread, _first = world.add_thread("Question")
    answer = world.add_line("hers too", thread)
    for where, one in ((None, line), (thread, answer)):
        for body in (Body("mine"), None):
            with pytest.raises(Forbidden) as caught:
                run(world.connector().edit(place, where, one, body, key=KEY))
            assert caught.value.taken is False
    with pytest.raises(Gone):
        run(world.connector().edit(place, None, world.id("1780000000.900000"), None, key=KEY))
    assert changes(world) == []


def test_what_is_asked_before_a_write_fails_without_a_doubt() -> None:
    world = SlackWorld()
    world.http.read_faults = [always(503)]
    with pytest.raises(TryLater) as caught:
        post(world, "x")
    assert caught.value.taken is False
    assert changes(world) == []


def test_a_limit_on_posting_is_surely_not_taken() -> None:
    world = SlackWorld()
    world.service.limited["chat.postMessage"] = 12
    with pytest.raises(TryLater) as caught:
        post(world, "x")
    assert (caught.value.taken, caught.value.after_s) == (False, 12)
    world.service.errors["chat.postMessage"] = "ratelimited"
    with pytest.raises(TryLater) as again:
        post(world, "x")
    assert again.value.taken is False


def test_a_lost_answer_is_found_and_one_without_a_stamp_is_in_doubt() -> None:
    world = SlackWorld()
    since = world.clock.now()
    world.http.write_faults = [lose_answer]
    with pytest.raises(Trouble) as caught:
        post(world, "once")
    assert caught.value.taken is True
    place = RemoteId(world.channel)
    assert run(world.connector().find_sent(ItemType.MESSAGE, place, None, KEY, since)) is not None
    world.http.write_faults = [always(200, b'{"ok":true}')]
    with pytest.raises(ServiceChanged) as doubt:
        post(world, "again")
    assert doubt.value.taken is True


def test_pages_in_circles_leave_it_in_doubt() -> None:
    world = SlackWorld()
    thread, _first = world.add_thread("Question")
    world.service.loops = True
    for where in (None, thread):
        with pytest.raises(ServiceChanged, match="circles"):
            run(
                world.connector().find_sent(
                    ItemType.MESSAGE, RemoteId(world.channel), where, KEY, Instant(world.clock.now() - 1)
                )
            )
    assert len(world.http.asked) < 20


def test_own_mentions_act_and_quoted_ones_do_not() -> None:
    world = SlackWorld()
    post(world, "@ana and #harbour, @here", quoted=f"<@{world.mei}> <!channel> @mei")
    assert world.service.did == [f"@{world.ana}", "!here"]
    sent = [row for row in world.service.lines[world.channel].values() if row["user"] == world.me]
    assert f"<#{world.channel}>" in sent[0]["text"]
    assert "unfurl_links=false" in world.http.asked[-1].body.decode()


def test_an_edit_looks_for_no_names_either() -> None:
    world = SlackWorld()
    sent = post(world, "x")
    body = Body("y", quoted="@here <!everyone>")
    run(world.connector().edit(RemoteId(world.channel), None, sent.id, body, key=KEY))
    assert world.service.did == []


def test_files_are_not_sent_and_archived_channels_refuse() -> None:
    world = SlackWorld()
    place = RemoteId(world.channel)
    with pytest.raises(NotSupported):
        run(world.connector().post(place, None, Body("x"), (Upload("a", b"b"),), key=KEY))
    with pytest.raises(Refused):
        post(world, "")
    world.service.channels[world.channel]["is_archived"] = True
    with pytest.raises(Forbidden, match="is_archived"):
        post(world, "x")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/files-pri/T1/x",
        "https://files.slack.com.evil.org/files-pri/T1/x",
        "http://files.slack.com/files-pri/T1/x",
        "https://docs.example.org/x",
        "https://slack.com@evil.org/files-pri/x",
        None,
    ],
)
def test_files_are_fetched_from_slacks_own_hosts_only(url: str | None) -> None:
    world = SlackWorld()
    with pytest.raises(NotSupported):
        run(world.connector().fetch(File("x", url)))
    assert world.http.asked == []


def test_slacks_file_host_is_asked_for_files_and_not_by_an_account_elsewhere() -> None:
    world = SlackWorld()
    world.service.files["/files-pri/T1-F1/a.txt"] = b"text"
    file = File("a.txt", "https://files.slack.com/files-pri/T1-F1/a.txt")
    assert run(world.connector().fetch(file)) == b"text"
    world.login = replace(world.login, url="https://harbour.slack.com")
    assert run(world.connector().fetch(file)) == b"text"
    world.http.faults = [always(200, b"<!DOCTYPE html>", content_type="text/html; charset=utf-8")]
    with pytest.raises(Forbidden, match="sign-in"):
        run(world.connector().fetch(file))
    world.login = replace(world.login, url="http://127.0.0.1:9")
    with pytest.raises(NotSupported):
        run(world.connector().fetch(file))


def test_the_marker_of_a_channel_moves_forward_only_and_threads_have_none() -> None:
    world = SlackWorld()
    first, second = world.add_line("one", None), world.add_line("two", None)
    thread, answer = world.add_thread("Question")
    place, connector = RemoteId(world.channel), world.connector()
    run(connector.mark_read(place, None, second, ()))
    assert world.service.read[world.me, world.channel] == second.partition("/")[2]
    run(connector.mark_read(place, None, first, ()))
    run(connector.mark_read(place, thread, answer, ()))
    run(connector.mark_read(place, None, None, ()))
    assert changes(world) == ["conversations.mark"]


def test_a_bot_moves_no_marker() -> None:
    world = SlackWorld()
    world.service.users[world.me] |= {"is_bot": True, "profile": {"bot_id": "B0001"}}
    run(world.connector().mark_read(RemoteId(world.channel), None, world.add_line("one", None), ()))
    assert changes(world) == []


def test_missing_scopes_are_named() -> None:
    world = SlackWorld()
    world.service.tokens[world.secret] = (world.me, ("channels:read", "channels:history", "users:read", "chat:write"))
    identity = run(world.connector().check())
    assert "im:history" in identity.missing_scopes
    assert "channels:write" in identity.missing_scopes
    assert "chat:write" not in identity.missing_scopes
    assert (identity.person.name, identity.places) == ("Sam Vermeer", 1)


def test_quiet_snoozes_lengthens_and_ends_only_what_is_ours() -> None:
    world = SlackWorld()
    connector, service = world.connector(), world.service
    now = world.clock.now()
    remembered = run(connector.set_quiet(True, Instant(now + HOUR_MS), None))
    assert service.snoozes[world.me] == now // 1000 + 3600
    remembered = run(connector.set_quiet(True, Instant(now + 2 * HOUR_MS), remembered))
    assert service.snoozes[world.me] == now // 1000 + 7200
    assert remembered is not None
    assert json.loads(remembered)["end"] == now // 1000 + 7200
    service.snoozes[world.me] += 900
    run(connector.set_quiet(False, None, remembered))
    assert world.me in service.snoozes
    service.snoozes[world.me] -= 900
    run(connector.set_quiet(False, None, remembered))
    assert world.me not in service.snoozes


def test_a_snooze_by_hand_is_left_alone_and_an_open_end_lasts_a_day() -> None:
    world = SlackWorld()
    connector, service = world.connector(), world.service
    by_hand = world.clock.now() // 1000 + 600
    service.snoozes[world.me] = by_hand
    assert run(connector.set_quiet(True, None, None)) == THEIRS
    run(connector.set_quiet(False, None, THEIRS))
    assert service.snoozes[world.me] == by_hand
    world.advance(601)
    run(connector.set_quiet(True, None, None))
    assert service.snoozes[world.me] == world.clock.now() // 1000 + 86_400


def test_a_token_without_the_scope_shows_no_quiet_and_says_nothing() -> None:
    world = SlackWorld()
    world.service.tokens[world.secret] = (world.me, ("chat:write",))
    assert asyncio.run(world.connector().set_quiet(True, None, None)) == THEIRS
    assert changes(world) == []
