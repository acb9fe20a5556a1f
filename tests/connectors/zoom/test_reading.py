"""Pulling from Zoom: what arrives, what is left for the next round, and what limits and refusals do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from connectors.zoom.connector import Zoom
from leeward.errors import Forbidden, SignInNeeded, Trouble, TryLater
from leeward.model import Batch, Focus, ItemType, Reach, RemoteId, Watched
from leeward.testing.mirror import Mirror
from tests.contract.zoom_world import ZoomWorld
from tests.fakes.base import Answer, Asked, FakeHttp, always
from tests.fakes.operations import find
from tests.fakes.zoom import rules

DAY_S = 86_400


def batches(connector: Zoom, cursor: str | None = None, focus: Focus | None = None) -> list[Batch]:
    async def collect() -> list[Batch]:
        return [batch async for batch in connector.pull(cursor, focus or Focus())]

    return asyncio.run(collect())


def found_label(request: Asked) -> str:
    found = find(rules.RULES, request)
    return found[0].label if found else ""


def pull(world: ZoomWorld, mirror: Mirror, connector: Zoom | None = None) -> int:
    return asyncio.run(mirror.pull(connector or world.connector()))


def asked(world: ZoomWorld, path: str, since: int = 0) -> list[Asked]:
    return [each for each in world.http.asked[since:] if each.path.endswith(path)]


def test_news_costs_one_question_for_the_list_and_one_a_place() -> None:
    world, mirror = ZoomWorld(), Mirror()
    others = [world.service.add_channel(f"c{number}", [world.me, world.ana]) for number in range(9)]
    for id in others:
        world.service.say(id, world.ana, "Hello")
    world.advance(60)
    connector = world.connector()
    pull(world, mirror, connector)
    world.advance(60)
    before = len(world.http.asked)
    assert pull(world, mirror, connector) == 0
    idle = [each.path for each in world.http.asked[before:]]
    assert idle.count("/v2/chat/users/me/sessions") == 1
    assert idle.count("/v2/chat/users/me/messages") == 2
    assert len(idle) == 3
    world.advance(60)
    line = RemoteId(world.service.say(others[4], world.ana, "News"))
    before = len(world.http.asked)
    pull(world, mirror, connector)
    assert line in mirror["messages"]
    assert asked(world, "/messages", before)[0].first("to_channel") == others[4]


def test_a_long_channel_comes_whole_and_up_to_its_history() -> None:
    world, mirror = ZoomWorld(history=450), Mirror()
    made = []
    for number in range(600):
        made.append(world.add_line(f"Line {number}", None))
        world.advance(4 * 3600)
    connector = world.connector()
    for _round in range(3):
        pull(world, mirror, connector)
        world.advance(60)
    held = mirror["messages"].keys()
    assert set(made[-450:]) <= held
    assert len(held) < 700


@pytest.mark.parametrize("oldest_first", [False, True])
def test_more_news_than_a_round_takes_leave_no_hole(oldest_first: bool) -> None:
    world, mirror = ZoomWorld(oldest_first=oldest_first), Mirror()
    world.service.users[world.me]["type"] = 1
    world.add_line("First", None)
    connector = world.connector()
    pull(world, mirror, connector)
    made = {world.add_line(f"Line {number}", None) for number in range(900)}
    for _round in range(5):
        world.advance(1000)
        pull(world, mirror, connector)
    assert made <= mirror["messages"].keys()


def test_where_zoom_refuses_long_stretches_the_past_comes_by_the_month() -> None:
    world, mirror = ZoomWorld(most_days=40), Mirror()
    old = world.add_line("Old", None)
    world.advance(200 * DAY_S)
    new = world.add_line("New", None)
    connector = world.connector()
    for _round in range(2):
        pull(world, mirror, connector)
        world.advance(60)
    assert {old, new} <= mirror["messages"].keys()
    assert json.loads(mirror.cursor or "")["narrow"] is True


def test_a_flat_line_that_is_changed_or_deleted_is_noticed_though_nothing_moved() -> None:
    world, mirror = ZoomWorld(), Mirror()
    first, second = world.add_line("one", None), world.add_line("two", None)
    pull(world, mirror)
    world.advance(DAY_S)
    world.edit_line(first, "One")
    world.delete_line(second)
    pull(world, mirror)
    assert mirror.texts("messages") == {first: "One"}
    assert mirror["messages"][first].edited is not None
    assert mirror.gone == [(ItemType.MESSAGE, second)]


def test_an_old_thread_is_found_by_its_answer_and_read_from_its_beginning() -> None:
    world, mirror = ZoomWorld(replies_move=False), Mirror()
    thread, first = world.add_thread("An old question")
    pull(world, mirror)
    for number in range(60):
        world.advance(DAY_S)
        world.add_line(f"Line {number}", None)
    connector = world.connector()
    pull(world, mirror, connector)
    late = world.add_line("A late answer", thread)
    world.advance(60)
    before = len(world.http.asked)
    pull(world, mirror, connector)
    assert mirror["messages"][late].thread == thread
    assert mirror["messages"][first].thread == thread
    threads = [each for each in world.http.asked[before:] if each.path.endswith("/thread")]
    assert threads
    assert all(each.first("from") for each in threads)


def test_a_thread_longer_than_a_page_is_read_backwards_whole() -> None:
    world, mirror = ZoomWorld(history=0), Mirror()
    thread, _first = world.add_thread("The long one")
    made = {world.add_line(f"Line {number}", thread) for number in range(230)}
    world.advance(40 * DAY_S)
    late = world.add_line("Late", thread)
    pull(world, mirror)
    assert made | {late} <= mirror["messages"].keys()
    assert mirror["threads"][RemoteId(str(thread))].title == "The long one"


def test_answers_that_share_a_second_are_all_read() -> None:
    world, mirror = ZoomWorld(burst=True, history=0), Mirror()
    thread, _first = world.add_thread("Many at once")
    for second in range(4):
        world.advance(1)
        made = {world.add_line(f"Line {second} {number}", thread) for number in range(70)}
    world.advance(40 * DAY_S)
    world.add_line("Late", thread)
    pull(world, mirror)
    assert made <= mirror["messages"].keys()
    assert len(mirror["messages"]) == 4 * 70 + 3


def test_a_changed_answer_beyond_the_window_is_seen_by_its_watched_thread() -> None:
    world, mirror = ZoomWorld(), Mirror()
    thread, _first = world.add_thread("Question")
    answer, other = world.add_line("Befor", thread), world.add_line("Gone", thread)
    for number in range(60):
        world.add_line(f"Line {number}", None)
    pull(world, mirror)
    pull(world, mirror)
    world.edit_line(answer, "After")
    world.delete_line(other)
    world.advance(DAY_S)
    pull(world, mirror)
    assert mirror["messages"][answer].text == "After"
    assert mirror["messages"][answer].edited is not None
    assert (ItemType.MESSAGE, other) in mirror.gone
    assert pull(world, mirror) == 0


def test_a_deleted_root_is_gone_and_its_answers_stay() -> None:
    world, mirror = ZoomWorld(), Mirror()
    thread, first = world.add_thread("Question")
    answer = world.add_line("Answer", thread)
    pull(world, mirror)
    world.delete_line(first)
    world.advance(DAY_S)
    pull(world, mirror)
    assert first not in mirror["messages"]
    assert answer in mirror["messages"]
    assert [each for each in mirror.gone if each[1] == first] == [(ItemType.MESSAGE, first)]


def test_people_and_places_have_names_and_readers() -> None:
    world, mirror = ZoomWorld(), Mirror()
    talk = world.service.chat(world.me, world.mei)
    world.service.say(talk, world.mei, "Just us")
    public = world.service.add_channel("all hands", [world.me, world.ana], 3)
    guest = world.service.add_user("Guest Worker", "guest", external=True)
    world.service.members[world.channel].append(guest)
    world.service.say(world.channel, guest, "From outside")
    pull(world, mirror)
    places = mirror["places"]
    direct = places[RemoteId(f"@{world.member(world.mei)}")]
    assert (direct.title, direct.audience.reach, direct.audience.count) == ("Mei Tanaka", Reach.PEOPLE, 2)
    assert places[RemoteId(world.channel)].audience.count == 4
    assert places[RemoteId(public)].audience.reach is Reach.ORGANISATION
    assert RemoteId(f"@{world.member(world.ana)}") not in places
    people = {person.name: person for person in mirror["people"].values()}
    assert people["Sam Vermeer"].me
    assert people["Sam Vermeer"].verified
    assert not people["Ana Duarte"].verified
    line = next(each for each in mirror["messages"].values() if each.text == "From outside")
    assert mirror["people"][line.author].name == "Guest Worker"


def test_somebody_who_is_no_contact_gets_a_name_from_their_lines_and_a_nameless_group_from_its_people() -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.service.tokens[world.secret][1].discard("team_chat:read:list_contacts")
    stranger = world.service.add_user("Noor Haddad", "noor")
    world.service.say(world.service.chat(world.me, stranger), stranger, "Hello there")
    group = world.service.add_channel("", [world.me, world.ana, stranger], 4)
    connector = world.connector()
    for _round in range(2):
        pull(world, mirror, connector)
        world.advance(60)
    direct = mirror["places"][RemoteId(f"@{world.member(stranger)}")]
    assert direct.title == "Noor Haddad"
    assert mirror["places"][RemoteId(group)].title == "Ana Duarte, Noor Haddad"


def test_named_places_are_read_alone_and_a_named_contact_before_anything_was_said() -> None:
    world, mirror = ZoomWorld(places=("#Harbour", "mei@example.org")), Mirror()
    other = world.service.add_channel("other", [world.me])
    world.service.say(other, world.ana, "Not asked for")
    world.service.say(world.service.chat(world.me, world.ana), world.ana, "Nor this")
    line = world.add_line("Hello", None)
    pull(world, mirror)
    assert mirror["messages"].keys() == {line}
    assert mirror["places"].keys() == {world.channel, f"@{world.member(world.mei)}"}


def test_a_channel_joined_within_the_hour_is_found_by_its_news() -> None:
    world, mirror = ZoomWorld(), Mirror()
    connector = world.connector()
    pull(world, mirror, connector)
    world.advance(600)
    fresh = world.service.add_channel("fresh", [world.me, world.ana])
    line = RemoteId(world.service.say(fresh, world.ana, "Welcome"))
    pull(world, mirror, connector)
    assert line in mirror["messages"]
    assert mirror["places"][RemoteId(fresh)].title == "fresh"


def test_a_conversation_no_list_names_costs_no_list_each_round() -> None:
    world, mirror = ZoomWorld(), Mirror()
    connector = world.connector()
    pull(world, mirror, connector)
    before = len(world.http.asked)
    hidden = world.service.add_channel("meeting chat", [world.me])
    world.service.channels[hidden]["hidden"] = True
    for _round in range(10):
        world.advance(120)
        world.service.say(hidden, world.me, "Said in a meeting")
        pull(world, mirror, connector)
    assert len(asked(world, "/channels", before)) == 1
    assert mirror["messages"] == {}


def test_a_place_that_may_not_be_read_hides_no_other() -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.service.add_channel("shut", [world.me])
    line = world.add_line("Hello", None)
    world.service.limits["messages"].append((403, 403, "Operation not permitted.", {}))
    pull(world, mirror)
    world.advance(60)
    pull(world, mirror)
    assert line in mirror["messages"]


@pytest.mark.parametrize("scope", ["user:read:user", "team_chat:read:list_user_channels",
                                   "team_chat:read:list_user_sessions", "team_chat:read:list_user_messages"])  # fmt: skip
def test_what_nothing_works_without_is_named(scope: str) -> None:
    world = ZoomWorld()
    world.add_line("Hello", None)
    world.service.tokens[world.secret][1].discard(scope)
    with pytest.raises(Forbidden, match=scope):
        batches(world.connector())


def test_all_other_scopes_may_be_left_out_at_once() -> None:
    world, mirror = ZoomWorld(), Mirror()
    thread, _first = world.add_thread("Question")
    line = world.add_line("Answer", thread)
    world.add_note("Summary", "Words")
    needed = ("user:read:user", "list_user_channels", "list_user_sessions", "list_user_messages")
    held = world.service.tokens[world.secret][1]
    held.intersection_update({scope for scope in held if scope.endswith(needed)})
    pull(world, mirror)
    assert line in mirror["messages"]
    assert mirror["messages"][line].author == world.member(world.ana)
    assert mirror["notes"] == {}


def test_a_page_token_that_ended_is_no_hole() -> None:
    world, mirror = ZoomWorld(), Mirror()
    made = {world.add_line(f"Line {number}", None) for number in range(180)}

    def slow(service: Any, request: Asked) -> Answer | None:
        if request.first("next_page_token") and request.path.endswith("/messages"):
            world.advance(16 * 60)
        return None

    world.http.faults = [slow] * 40
    connector = world.connector()
    for _round in range(4):
        pull(world, mirror, connector)
        world.http.faults = []
        world.advance(60)
    assert made <= mirror["messages"].keys()


def test_a_seconds_limit_is_waited_out() -> None:
    world, mirror = ZoomWorld(per_second=2), Mirror()
    line = world.add_line("Hello", None)
    pull(world, mirror)
    assert line in mirror["messages"]
    assert world.clock.slept


def test_a_free_account_keeps_to_two_requests_a_second() -> None:
    world, mirror = ZoomWorld(per_second=2), Mirror()
    world.service.users[world.me]["type"] = 1
    told: list[int] = []
    real = world.service.answer

    def count(_service: Any, request: Asked) -> Answer:
        answer = real(request)
        told.append(answer.status)
        return answer

    world.http.faults = [count] * 100
    line = world.add_line("Hello", None)
    pull(world, mirror)
    assert line in mirror["messages"]
    assert set(told) == {200}


def test_a_days_limit_is_told_with_its_end_and_nothing_is_asked_before() -> None:
    world = ZoomWorld()
    world.service.spent_until = world.clock.now() + 3 * 3_600_000
    connector = world.connector()
    with pytest.raises(TryLater) as caught:
        batches(connector)
    assert "23:26 UTC" in caught.value.what
    assert caught.value.after_s == pytest.approx(3 * 3600, abs=1)
    assert caught.value.taken is False
    before = len(world.http.asked)
    world.advance(3600)
    with pytest.raises(TryLater) as caught:
        batches(connector)
    assert len(world.http.asked) == before
    assert caught.value.after_s == pytest.approx(2 * 3600, abs=1)
    world.advance(2 * 3600 + 1)
    assert batches(connector)


def test_a_free_account_is_asked_every_three_minutes_and_has_enough_for_a_day() -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.service.users[world.me]["type"] = 1
    connector = world.connector()
    pull(world, mirror, connector)
    before = len(world.http.asked)
    world.advance(60)
    line = world.add_line("Hello", None)
    pull(world, mirror, connector)
    assert len(world.http.asked) == before
    world.advance(120)
    pull(world, mirror, connector)
    assert line in mirror["messages"]
    for _thread in range(5):
        world.add_thread("Question")
    for _line in range(60):
        world.add_line("Chatter", None)
    before = len(world.http.asked)
    world.http.service = world.service
    for _minute in range(4 * 60):
        world.advance(60)
        pull(world, mirror, connector)
    medium = [each for each in world.http.asked[before:] if found_label(each) == "Medium"]
    assert 80 < len(medium) < 1300 / 6


@pytest.mark.parametrize(("status", "code"), [(401, 124), (400, 124)])
def test_a_token_that_ended_stops_the_account(status: int, code: int) -> None:
    world = ZoomWorld()
    world.http.faults = [always(status, json.dumps({"code": code, "message": "Invalid access token."}).encode())] * 3
    with pytest.raises(SignInNeeded):
        batches(world.connector())


def test_a_wrong_token_asks_for_a_new_one() -> None:
    world = ZoomWorld()
    world.http = FakeHttp(world.service, "wrong")
    with pytest.raises(SignInNeeded):
        asyncio.run(world.connector().check())


def test_several_accounts_do_not_mix() -> None:
    world = ZoomWorld()
    world.service.tokens["of-ana"] = (world.ana, set(world.service.tokens[world.secret][1]))
    mine, hers = Mirror(), Mirror()
    theirs = Zoom(world.login, FakeHttp(world.service, "of-ana"), world.clock)
    talk = world.service.chat(world.ana, world.mei)
    line = RemoteId(world.service.say(talk, world.mei, "Not for Sam"))
    pull(world, mine)
    pull(world, hers, theirs)
    assert line in hers["messages"]
    assert line not in mine["messages"]
    assert pull(world, Mirror(), theirs) > 0
    strange = Mirror()
    strange.cursor = mine.cursor
    pull(world, strange, theirs)
    assert line in strange["messages"]


def test_a_cursor_that_is_damaged_begins_again() -> None:
    for stored in ("", "{", "[]", '{"me": 5}', '{"me":"usr0001sam","at":[],"due":5,"reminders":{"x":[1]}}',
                   '{"me":"usr0001sam","at":{"chn00001":{"n":"x","g":[[1],5],"t":[],"r":5}}}'):  # fmt: skip
        world = ZoomWorld()
        line = world.add_line("Hello", None)
        mirror = Mirror()
        mirror.cursor = stored
        pull(world, mirror)
        assert line in mirror["messages"], stored


def test_odd_rows_in_every_list_stop_nothing() -> None:
    world, mirror = ZoomWorld(), Mirror()
    line = world.add_line("Hello", None)
    real = world.service.answer

    def odd(_service: Any, request: Asked) -> Answer | None:
        answer = real(request)
        body = json.loads(answer.body) if answer.body else {}
        for name in (
            "channels",
            "contacts",
            "members",
            "sessions",
            "messages",
            "reminders",
            "data",
            "meetings",
            "summaries",
        ):
            if isinstance(body.get(name), list):
                body[name] = [None, {}, "text", 5, {"id": None, "unknown": {"deep": [1]}}, *body[name]]
        return Answer(answer.status, json.dumps(body).encode(), answer.headers)

    world.http.faults = [odd] * 60
    pull(world, mirror)
    assert line in mirror["messages"]
    assert mirror.oddities > 20


def test_a_thread_on_the_screen_is_read_first_and_one_of_a_strange_place_never() -> None:
    world, mirror = ZoomWorld(), Mirror()
    thread, _first = world.add_thread("Question")
    pull(world, mirror)
    held = mirror["threads"][RemoteId(str(thread))]
    focus = Focus(
        places=(RemoteId(world.channel),),
        threads=(Watched(held.id, held.place, held.version), Watched(RemoteId("x"), RemoteId("elsewhere"), None)),
    )
    before = len(world.http.asked)
    batches(world.connector(), mirror.cursor, focus)
    threads = [each.path for each in world.http.asked[before:] if each.path.endswith("/thread")]
    assert threads == [f"/v2/chat/users/me/messages/{thread}/thread"]


def test_a_failure_in_between_is_told_after_what_came() -> None:
    world = ZoomWorld()
    world.service.add_channel("other", [world.me])
    world.add_line("Hello", None)
    world.service.limits["messages"].append((500, 0, "oops", {}))
    found: list[Batch] = []

    async def collect() -> None:
        async for batch in world.connector().pull(None, Focus()):
            found.append(batch)  # noqa: PERF401 # what came before the failure counts

    with pytest.raises(Trouble):
        asyncio.run(collect())
    assert found


def test_a_line_of_the_same_second_as_the_one_before_is_not_missed() -> None:
    world, mirror = ZoomWorld(burst=True), Mirror()
    for number in range(5):
        world.service.say(world.service.add_channel(f"other {number}", [world.me]), world.me, "Older")
    world.advance(60)
    first = world.add_line("First", None)
    connector = world.connector()
    pull(world, mirror, connector)
    second = world.add_line("In the same second", None)
    world.advance(60)
    pull(world, mirror, connector)
    assert {first, second} <= mirror["messages"].keys()


def test_after_a_long_absence_zoom_may_refuse_to_tell_all_of_it() -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.add_line("Before", None)
    pull(world, mirror)
    world.service.most_days = 60
    world.advance(200 * DAY_S)
    line = world.add_line("After", None)
    connector = world.connector()
    for _round in range(2):
        pull(world, mirror, connector)
        world.advance(60)
    assert line in mirror["messages"]


def test_reminders_wait_when_their_time_has_come_and_end_when_they_are_gone() -> None:
    world, mirror = ZoomWorld(), Mirror()
    thread, first = world.add_thread("Question")
    line, later = world.add_line("Look at this", None), world.add_line("And this", thread)
    now = world.clock.now()
    world.service.remind(world.channel, line, now - 1000, "the crane")
    world.service.remind(world.channel, later, now + DAY_S * 1000)
    connector = world.connector()
    pull(world, mirror, connector)
    todo = mirror["todos"][line]
    assert (todo.title, todo.waits, todo.place, todo.target) == ("the crane", True, world.channel, None)
    assert later not in mirror["todos"]
    world.advance(DAY_S + 60)
    pull(world, mirror, connector)
    assert mirror["todos"][later].target == (ItemType.THREAD, first)
    assert mirror["todos"][later].title == "And this"
    del world.service.reminders[line]
    world.advance(700)
    pull(world, mirror, connector)
    assert mirror["todos"][line].waits is False
    assert mirror["todos"][later].waits is True


def test_a_reminder_that_rang_between_two_rounds_waits_and_one_removed_before_is_forgotten() -> None:
    world, mirror = ZoomWorld(), Mirror()
    rang, removed = world.add_line("Rang", None), world.add_line("Removed", None)
    world.service.remind(world.channel, rang, world.clock.now() + 60_000)
    world.service.remind(world.channel, removed, world.clock.now() + DAY_S * 1000)
    pull(world, mirror)
    world.service.reminders.clear()
    world.advance(700)
    pull(world, mirror)
    assert mirror["todos"][rang].waits
    assert removed not in mirror["todos"]
    world.advance(700)
    asyncio.run(world.connector().mark_read(RemoteId(world.channel), None, None, (rang,)))
