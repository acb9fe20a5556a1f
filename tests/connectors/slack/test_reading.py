"""Pulling from a workspace: what arrives, what is left for the next round, and what limits do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connectors.slack.connector import Slack
from leeward.errors import SignInNeeded, TryLater
from leeward.model import Batch, Focus, ItemType, Reach, ReadUpTo, RemoteId, Watched
from leeward.testing.mirror import Mirror
from tests.contract.slack_world import SlackWorld
from tests.fakes.base import FakeHttp, always
from tests.fakes.slack.service import TEAM

DAY_S = 86_400


def batches(connector: Slack, cursor: str | None = None, focus: Focus | None = None) -> list[Batch]:
    async def collect() -> list[Batch]:
        return [batch async for batch in connector.pull(cursor, focus or Focus())]

    return asyncio.run(collect())


def pull(world: SlackWorld, mirror: Mirror, connector: Slack | None = None) -> int:
    return asyncio.run(mirror.pull(connector or world.connector()))


def asked(world: SlackWorld, method: str, since: int = 0) -> list[Any]:
    return [each for each in world.http.asked[since:] if each.path.endswith(method)]


def test_a_long_channel_comes_whole_and_up_to_its_history() -> None:
    world = SlackWorld(history=450)
    made = [world.add_line(f"Line {number}", None) for number in range(600)]
    mirror = Mirror()
    pull(world, mirror)
    assert set(made[-450:]) <= mirror["messages"].keys()
    assert len(mirror["messages"]) < 600


def test_news_beyond_a_page_leave_no_hole() -> None:
    world = SlackWorld()
    world.add_line("First", None)
    mirror = Mirror()
    pull(world, mirror)
    made = {world.add_line(f"Line {number}", None) for number in range(350)}
    pull(world, mirror)
    assert made <= mirror["messages"].keys()
    assert len(mirror["messages"]) == 351


def test_a_flat_line_that_is_edited_or_deleted_is_noticed() -> None:
    world = SlackWorld()
    first, second, third = (world.add_line(text, None) for text in ("one", "two", "three"))
    mirror = Mirror()
    pull(world, mirror)
    world.advance(DAY_S)
    world.edit_line(first, "One <more>")
    world.delete_line(second)
    world.delete_line(third)
    pull(world, mirror)
    assert mirror.texts("messages") == {first: "One <more>"}
    assert mirror["messages"][first].edited is not None
    assert sorted(mirror.gone) == [(ItemType.MESSAGE, second), (ItemType.MESSAGE, third)]


def test_what_a_plan_hides_was_not_deleted() -> None:
    world = SlackWorld()
    old = world.add_line("old", None)
    mirror = Mirror()
    pull(world, mirror)
    world.advance(95 * DAY_S)
    world.service.plan_days = 90
    new = world.add_line("new", None)
    pull(world, mirror)
    assert mirror["messages"].keys() == {old, new}
    assert mirror.gone == []


def test_a_line_missing_from_a_page_is_asked_for_before_it_is_gone() -> None:
    world = SlackWorld()
    line = world.add_line("lagging", None)
    world.add_line("other", None)
    mirror = Mirror()
    pull(world, mirror)
    real = world.service._conversations_history

    def lags(user: str, given: dict[str, str]) -> dict[str, Any]:
        document = real(user, given)
        if "inclusive" not in given:
            document["messages"] = [row for row in document["messages"] if row["text"] != "lagging"]
        return document

    world.service._conversations_history = lags  # type: ignore[method-assign] # the index lags behind
    pull(world, mirror)
    pull(world, mirror)
    assert line in mirror["messages"]
    assert mirror.gone == []
    world.delete_line(line)
    pull(world, mirror)
    assert mirror.gone == [(ItemType.MESSAGE, line)]


def test_an_answer_shown_to_the_channel_is_one_line_in_its_thread() -> None:
    world = SlackWorld()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    for number in range(120):
        world.add_line(f"between {number}", None)
    mirror = Mirror()
    pull(world, mirror)
    root = thread.partition("/")[2]
    ts = world.service.say(world.channel, world.ana, "For all", root, subtype="thread_broadcast")
    pull(world, mirror, None)
    line = mirror["messages"][world.id(ts)]
    assert (line.thread, line.reply_to, line.notice) == (thread, (thread,), False)
    assert list(mirror.texts("messages").values()).count("For all") == 1
    assert mirror["threads"][thread].version.endswith(ts)
    assert (
        line.url
        == f"https://harbour.slack.com/archives/{world.channel}/p{ts.replace('.', '')}?thread_ts={root}&cid={world.channel}"
    )


def test_a_deleted_first_line_leaves_its_answers() -> None:
    world = SlackWorld()
    thread, first = world.add_thread("Question")
    mirror = Mirror()
    pull(world, mirror)
    world.delete_line(first)
    pull(world, mirror)
    assert first not in mirror["messages"]
    assert [row.text for row in mirror["messages"].values() if row.thread == thread] == ["…"]
    assert set(mirror.gone) == {(ItemType.MESSAGE, first)}


@pytest.mark.parametrize("fresh", [True, False])
def test_many_channels_take_turns(fresh: bool) -> None:
    world = SlackWorld(tiers=True)
    made = set()
    for number in range(70):
        channel = world.service.add_channel(f"room-{number}", [world.me, world.ana])
        made.add(world.id(world.service.say(channel, world.ana, f"In {number}"), channel))
    mirror = Mirror()
    connector = world.connector()
    for _round in range(2 if not fresh else 8):
        pull(world, mirror, None if fresh else connector)
        world.advance(61)
    assert made <= mirror["messages"].keys()


def test_the_past_of_many_channels_comes_in_too() -> None:
    world = SlackWorld()
    world.http = FakeHttp(world.service, world.secret)
    made = set()
    for number in range(50):
        channel = world.service.add_channel(f"room-{number}", [world.me])
        made |= {world.id(world.service.say(channel, world.ana, f"Line {line}"), channel) for line in range(130)}
    mirror, connector = Mirror(), world.connector()
    for _round in range(8):
        world.advance(61)
        before = len(world.http.asked)
        pull(world, mirror, connector)
        assert len(asked(world, "history", before)) <= 40
    assert made <= mirror["messages"].keys()


def test_the_channel_on_the_screen_comes_first() -> None:
    world = SlackWorld()
    channels = [world.service.add_channel(f"room-{number}", [world.me]) for number in range(60)]
    batches(world.connector(), None, Focus(places=(RemoteId(channels[-1]),)))
    assert asked(world, "history")[0].first("channel") == channels[-1]


def test_fifteen_lines_a_minute_bring_everything_in_the_end_and_are_never_exceeded() -> None:
    world = SlackWorld(strict=True)
    thread, _first = world.add_thread("A long one")
    made = {world.add_line(f"Answer {number}", thread) for number in range(40)}
    made |= {world.add_line(f"Line {number}", None) for number in range(50)}
    second = world.service.add_channel("second", [world.me])
    made.add(world.id(world.service.say(second, world.ana, "There"), second))
    mirror, connector = Mirror(), world.connector()
    pull(world, mirror, connector)
    assert mirror.cursor is not None
    assert '"strict":true' in mirror.cursor
    for _round in range(30):
        world.advance(61)
        before = len(world.http.asked)
        pull(world, mirror, connector)
        assert len(asked(world, "history", before)) <= 1
        assert len(asked(world, "replies", before)) <= 1
    assert made <= mirror["messages"].keys()
    assert mirror.gone == []


def test_the_restricted_limit_is_said_where_the_account_is_checked() -> None:
    world = SlackWorld(strict=True)
    for number in range(20):
        world.add_line(f"Line {number}", None)
    identity = asyncio.run(world.connector().check())
    assert "15 lines a minute" in (identity.server or "")
    assert "15 lines" not in (asyncio.run(SlackWorld().connector().check()).server or "")


def test_a_limit_in_the_middle_ends_the_round_and_keeps_what_came() -> None:
    world = SlackWorld()
    line = world.add_line("kept", None)
    world.add_thread("not yet")
    world.service.limited["conversations.replies"] = 30
    mirror = Mirror()
    pull(world, mirror)
    assert line in mirror["messages"]
    assert [each.version for each in mirror["threads"].values()] == [""]
    pull(world, mirror)
    assert [bool(each.version) for each in mirror["threads"].values()] == [True]


def test_a_line_joins_the_thread_that_begins_under_it() -> None:
    world = SlackWorld()
    line = world.add_line("Which day?", None)
    mirror = Mirror()
    pull(world, mirror)
    assert mirror["messages"][line].thread is None
    answer = world.add_line("Thursday", line)
    pull(world, mirror)
    assert (mirror["messages"][line].thread, mirror["messages"][answer].thread) == (line, line)
    thread = mirror["threads"][line]
    assert (thread.title, thread.updated) == ("Which day?", mirror["messages"][answer].at)


def test_a_limit_before_anything_came_is_told_with_its_pause() -> None:
    world = SlackWorld()
    world.service.limited["users.conversations"] = 42
    with pytest.raises(TryLater) as caught:
        batches(world.connector())
    assert caught.value.after_s == 42
    assert caught.value.taken is False


@pytest.mark.parametrize("code", ["ratelimited", "internal_error"])
def test_an_error_word_at_200_is_understood(code: str) -> None:
    world = SlackWorld()
    world.add_line("x", None)
    world.service.errors["conversations.history"] = code
    with pytest.raises(TryLater) as caught:
        batches(world.connector())
    assert caught.value.taken is (code == "internal_error")


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_revoked_token_stops_the_account(code: str) -> None:
    world = SlackWorld()
    world.service.revoked[world.secret] = code
    with pytest.raises(SignInNeeded, match=code):
        batches(world.connector())


def test_a_channel_in_trouble_does_not_hide_the_others() -> None:
    world = SlackWorld()
    other = world.service.add_channel("other", [world.me])
    world.add_line("here", None)
    world.service.say(other, world.ana, "there")
    world.http.faults = [None, None, None, None, always(503)]
    mirror = Mirror()
    with pytest.raises(TryLater):
        pull(world, mirror)
    assert len(mirror["messages"]) == 1
    world.http.faults = []
    pull(world, mirror)
    assert len(mirror["messages"]) == 2


def test_a_round_with_nothing_new_yields_nothing_to_keep() -> None:
    world = SlackWorld()
    world.add_thread("Question")
    connector, mirror = world.connector(), Mirror()
    pull(world, mirror, connector)
    before = len(world.http.asked)
    again = batches(connector, mirror.cursor, mirror.focus())
    assert [each for batch in again for each in (*batch.messages, *batch.threads, *batch.people, *batch.read)] == []
    assert all(batch.cursor is None for batch in again)
    assert len(world.http.asked) - before == 5


def test_what_was_not_kept_is_told_again() -> None:
    world = SlackWorld()
    line = world.add_line("once", None)
    connector = world.connector()

    async def stop() -> None:
        pulling: Any = connector.pull(None, Focus())
        async for batch in pulling:
            if batch.messages:
                break
        await pulling.aclose()

    asyncio.run(stop())
    told = [each.id for batch in batches(connector) for each in batch.messages]
    assert told == [line]


def test_markers_set_elsewhere_arrive() -> None:
    world = SlackWorld()
    first, second = world.add_line("one", None), world.add_line("two", None)
    world.add_line("three", None)
    world.service.read[world.me, world.channel] = second.partition("/")[2]
    assert [each for batch in batches(world.connector()) for each in batch.read] == [
        ReadUpTo(RemoteId(world.channel), second)
    ]
    world.service.read[world.me, world.channel] = first.partition("/")[2][:-1] + "9"
    assert [each.message for batch in batches(world.connector()) for each in batch.read] != []


def test_places_say_who_can_read_them() -> None:
    world = SlackWorld()
    service = world.service
    public = service.add_channel("general", [world.me])
    shared = service.add_channel("partners", [world.me], is_ext_shared=True)
    direct = service.add_channel("", [world.me, world.ana], "im")
    alone = service.add_channel("", [world.me, world.me], "im")
    group = service.add_channel("mpdm-x", [world.me, world.ana, world.mei], "mpim")
    old = service.add_channel("old", [world.me], is_archived=True)
    service.add_channel("not-mine", [world.ana])
    mirror = Mirror()
    pull(world, mirror)
    places = mirror["places"]
    assert len(places) == 7
    assert (places[RemoteId(public)].audience.reach, places[RemoteId(public)].title) == (Reach.ORGANISATION, "general")
    assert places[RemoteId(shared)].audience.reach is Reach.UNKNOWN
    assert places[RemoteId(direct)].title == "Ana Duarte"
    assert places[RemoteId(direct)].audience.people == (world.me, world.ana)
    assert places[RemoteId(alone)].audience.reach is Reach.ONLY_ME
    assert places[RemoteId(group)].title == "Ana Duarte, Mei Tanaka"
    assert (places[RemoteId(group)].audience.reach, places[RemoteId(group)].audience.count) == (Reach.PEOPLE, 3)
    assert (places[RemoteId(old)].archived, places[RemoteId(old)].writable) == (True, False)
    assert not [each for each in asked(world, "history") if each.first("channel") == old]
    assert places[RemoteId(world.channel)].audience.count == 3


def test_only_the_named_channels_are_read() -> None:
    world = SlackWorld(places=("#Harbour",))
    world.service.add_channel("general", [world.me])
    mirror = Mirror()
    pull(world, mirror)
    assert mirror["places"].keys() == {world.channel}


def test_people_come_with_zone_and_only_a_confirmed_address_of_this_workspace_counts() -> None:
    world = SlackWorld()
    service = world.service
    guest = service.add_user("Gil Guest", "gil", team_id="T0OTHER")
    unsure = service.add_user("Una Sure", "una", is_email_confirmed=False)
    for author in (world.ana, guest, unsure):
        service.say(world.channel, author, "hello")
    service.say(world.channel, "", "beep", bot_id="B0001", username="Deploys", subtype="bot_message")
    mirror = Mirror()
    pull(world, mirror)
    people = mirror["people"]
    ana = people[RemoteId(world.ana)]
    assert (ana.name, ana.handle, ana.address, ana.verified) == ("Ana Duarte", "ana", "ana@example.org", True)
    assert ana.zone == "Europe/Amsterdam"
    assert people[RemoteId(world.me)].me
    assert not people[RemoteId(guest)].verified
    assert not people[RemoteId(unsure)].verified
    assert people[RemoteId("B0001")].name == "Deploys"
    assert service.users[guest]["team_id"] != TEAM


def _says(text: str, **more: Any) -> Callable[[SlackWorld], RemoteId]:
    return lambda world: world.id(world.service.say(world.channel, world.ana, text, **more))


def test_marks_become_words_and_mentions() -> None:
    world = SlackWorld()
    text = f"<@{world.me}> see <#{world.channel}|> and <https://example.org/a?b=1&amp;c=2|the form> &lt;@U0&gt; <!here>"
    line = _says(text)(world)
    quiet = _says("x", attachments=[{"text": f"<@{world.me}> was quoted"}])(world)
    mirror = Mirror()
    pull(world, mirror)
    row = mirror["messages"][line]
    assert row.text == ("@Sam Vermeer see #harbour and the form (https://example.org/a?b=1&c=2) <@U0> @here")
    assert row.mentions == (world.me,)
    assert row.raw == text
    assert mirror["messages"][quiet].mentions == ()


def test_joins_are_notices_and_files_are_named() -> None:
    world = SlackWorld()
    joined = _says("<@U0> has joined", subtype="channel_join")(world)
    file = world.service.add_file("plan.txt", b"the plan")
    held = _says("", files=[file, {"id": "F9", "mode": "tombstone", "name": "gone.txt", "url_private": "x"}])(world)
    mirror = Mirror()
    pull(world, mirror)
    assert mirror["messages"][joined].notice
    row = mirror["messages"][held]
    assert row.text == "plan.txt, gone.txt"
    assert [(each.name, each.size, bool(each.url)) for each in row.files] == [
        ("plan.txt", 8, True),
        ("gone.txt", None, False),
    ]
    assert asyncio.run(world.connector().fetch(row.files[0])) == b"the plan"


def test_a_cursor_of_somebody_else_or_of_nonsense_begins_anew() -> None:
    world = SlackWorld()
    line = world.add_line("x", None)
    for cursor in ("nonsense", "[1]", '{"me":"U9","at":{}}', f'{{"me":"{world.me}","at":{{"C1":[],"x":{{"w":7}}}}}}'):
        told = [each.id for batch in batches(world.connector(), cursor) for each in batch.messages]
        assert told == [line]


def test_a_thread_that_is_not_there_does_not_stop_the_others() -> None:
    world = SlackWorld()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    absent = Watched(world.id("1780000000.999999"), RemoteId(world.channel), None)
    told = batches(world.connector(), None, Focus(threads=(absent,)))
    assert {each.id for batch in told for each in batch.threads if each.version} == {thread}
