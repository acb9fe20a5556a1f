"""Writing to Zoom: long texts once and in order, files, edits, lines for later, marks, quiet, and what a token lacks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from connectors.zoom import scopes
from connectors.zoom.api.parts import unsigned
from connectors.zoom.connector import Zoom
from connectors.zoom.presence import THEIRS
from leeward.errors import Forbidden, Gone, NotSupported, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Body, File, Instant, ItemType, Key, RemoteId
from leeward.ports import Upload
from leeward.testing.mirror import Mirror
from tests.contract.zoom_world import ZoomWorld
from tests.fakes.base import Answer, Asked, Fault, lose_answer, never_connect

KEY = Key("lw" + "a" * 24)
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 60 for number in range(15)).strip()
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def place(world: ZoomWorld) -> RemoteId:
    return world.place(ItemType.MESSAGE)


def said(world: ZoomWorld) -> list[str]:
    """What stands in the channel, as Zoom shows it."""
    rows = sorted(world.service.lines[world.where].values(), key=lambda row: row["at"])
    return [row["text"] for row in rows if row["status"] != "Deleted"]


def post(world: ZoomWorld, connector: Zoom, text: str = LONG, **rest: Any) -> RemoteId:
    return run(connector.post(place(world), None, Body(text), key=KEY, **rest)).id


def find(world: ZoomWorld, connector: Zoom) -> RemoteId | None:
    since = Instant(world.clock.now() - 600_000)
    found = run(connector.find_sent(ItemType.MESSAGE, place(world), None, KEY, since))
    return found.id if found else None


def after(count: int, fault: Fault | None) -> list[Fault | None]:
    return [*[None] * count, fault]


def refuse(status: int, code: int = 300) -> Fault:
    def act(_service: Any, _asked: Asked) -> Answer:
        return Answer(status, json.dumps({"code": code, "message": "Message sending failed."}).encode())

    return act


def pull(world: ZoomWorld, connector: Zoom | None = None) -> Mirror:
    mirror = Mirror()
    run(mirror.pull(connector or world.connector()))
    return mirror


def test_a_long_text_arrives_in_order_and_is_read_as_one_line() -> None:
    world = ZoomWorld()
    id = post(world, world.connector())
    texts = said(world)
    assert len(texts) > 3
    assert all(len(text) <= 1024 for text in texts)
    assert [text.rpartition("⟦")[2] for text in texts] == [f"{KEY} {n}/{len(texts)}⟧" for n in range(1, len(texts) + 1)]
    assert "".join(unsigned(text)[0] for text in texts) == LONG
    mirror = pull(world)
    assert mirror.texts("messages") == {id: LONG}
    assert mirror["messages"][id].key == KEY


@pytest.mark.parametrize("lost", [0, 1, 3])
@pytest.mark.parametrize("restarted", [False, True])
def test_after_a_lost_answer_only_the_rest_is_sent(lost: int, restarted: bool) -> None:
    world = ZoomWorld()
    connector = world.connector()
    world.http.write_faults = after(lost, lose_answer)
    with pytest.raises(TryLater) as caught:
        post(world, connector)
    assert caught.value.taken
    assert len(said(world)) == lost + 1
    if restarted:
        connector = world.connector()
    assert find(world, connector) is None
    assert pull(world)["messages"][RemoteId(min(world.service.lines[world.where]))].key is None
    first = post(world, world.connector() if restarted else connector)
    assert pull(world).texts("messages") == {first: LONG}
    assert find(world, world.connector()) == first


def test_where_zoom_does_not_search_what_was_said_of_late_is_looked_through() -> None:
    world = ZoomWorld()
    world.http.write_faults = after(2, lose_answer)
    with pytest.raises(TryLater):
        post(world, world.connector())
    world.service.limits["messages"].append((400, 300, "Search is not available.", {}))
    post(world, world.connector())
    assert "".join(unsigned(text)[0] for text in said(world)) == LONG


def test_a_connection_that_fails_half_way_does_not_count_as_nothing_sent() -> None:
    world = ZoomWorld()
    connector = world.connector()
    world.http.write_faults = after(2, never_connect)
    with pytest.raises(TryLater) as caught:
        post(world, connector)
    assert caught.value.taken
    find(world, connector)
    post(world, connector)
    assert "".join(unsigned(text)[0] for text in said(world)) == LONG


def test_a_short_limit_half_way_is_waited_out() -> None:
    world = ZoomWorld()
    world.service.limits["post"] = []
    world.http.write_faults = after(2, refuse(429))
    post(world, world.connector())
    assert "".join(unsigned(text)[0] for text in said(world)) == LONG


def test_a_text_whose_rest_is_refused_is_taken_back_whole() -> None:
    world = ZoomWorld()
    world.http.write_faults = after(2, refuse(400, 5301))
    with pytest.raises(Refused) as caught:
        post(world, world.connector())
    assert caught.value.taken is False
    assert said(world) == []


def test_where_taking_back_fails_too_nobody_says_nothing_was_sent() -> None:
    world = ZoomWorld()
    world.http.write_faults = [None, refuse(400, 5301), refuse(500)]
    with pytest.raises(Refused) as caught:
        post(world, world.connector())
    assert caught.value.taken is True


def test_too_much_is_refused_before_anything_is_sent() -> None:
    world = ZoomWorld()
    with pytest.raises(Refused):
        post(world, world.connector(), "x" * 30_000)
    assert said(world) == []


def test_an_answer_without_an_id_is_unclear() -> None:
    world = ZoomWorld()
    for body in (b"{}", b'{"id": ""}', b'{"id": []}'):
        world.http.write_faults = [lambda _s, _a, body=body: Answer(201, body)]  # type: ignore[misc] # a default binds it
        with pytest.raises(ServiceChanged) as caught:
            post(world, world.connector(), "Short")
        assert caught.value.taken


def test_files_go_up_first_and_with_the_last_part() -> None:
    world = ZoomWorld()
    files = (Upload('a"\r\nb.txt', b"one", "text/plain"), Upload("c.bin", b"\x00two"))
    id = post(world, world.connector(), files=files)
    rows = sorted(world.service.lines[world.where].values(), key=lambda row: row["at"])
    assert [bool(row["files"]) for row in rows] == [False] * (len(rows) - 1) + [True]
    assert [world.service.files[one][1] for one in rows[-1]["files"]] == [b"one", b"\x00two"]
    assert world.service.wrong == []
    alone = ZoomWorld()
    post(alone, alone.connector(), "With a file", files=files[:1])
    line = next(iter(pull(alone)["messages"].values()))
    assert line.files[0].name == "a__  b.txt".replace("__", "_")
    assert run(alone.connector().fetch(line.files[0])) == b"one"
    with pytest.raises(Refused):
        post(alone, alone.connector(), "Too many", files=files * 4)
    assert id


def test_a_file_that_does_not_go_up_sends_no_line() -> None:
    world = ZoomWorld()
    world.http.write_faults = [lose_answer]
    with pytest.raises(TryLater) as caught:
        post(world, world.connector(), "With a file", files=(Upload("a.txt", b"x"),))
    assert caught.value.taken is False
    assert said(world) == []


def test_a_file_of_elsewhere_or_behind_a_sign_in_page_is_not_fetched() -> None:
    world = ZoomWorld()
    id = world.service.add_file("a.txt", b"x")
    kept = File("a.txt", f"{world.service.base}/v2/chat/files/{id}")
    assert run(world.connector().fetch(kept)) == b"x"
    with pytest.raises(NotSupported):
        run(world.connector().fetch(File("b", "https://example.org/b")))
    with pytest.raises(NotSupported):
        run(world.connector().fetch(File("b", None)))
    world.service.pages = True
    with pytest.raises(Forbidden, match="sign-in page"):
        run(world.connector().fetch(kept))


@pytest.mark.parametrize("text", ["Short now", LONG.replace("word", "WORD"), LONG + "\n\n" + "more " * 300])
def test_a_long_line_is_changed_with_all_its_parts(text: str) -> None:
    world = ZoomWorld()
    id = post(world, world.connector())
    world.advance(60)
    run(world.connector().edit(place(world), None, id, Body(text), key=KEY))
    line = pull(world)["messages"][id]
    assert (line.text, line.key) == (text, KEY)
    assert line.edited is not None
    assert len(pull(world)["messages"]) == 1
    run(world.connector().edit(place(world), None, id, None, key=KEY))
    assert said(world) == []


def test_a_long_line_keeps_its_file_when_it_becomes_short_and_is_not_torn_when_it_grows_late() -> None:
    world = ZoomWorld()
    id = post(world, world.connector(), files=(Upload("a.txt", b"x"),))
    for text in ("Short", LONG[:2000], "Short again"):
        run(world.connector().edit(place(world), None, id, Body(text), key=KEY))
        line = pull(world)["messages"][id]
        assert (line.text, line.key) == (text, KEY)
        assert [each.name for each in line.files] == ["a.txt"]
    world.advance(3600)
    with pytest.raises(Refused, match="more messages") as caught:
        run(world.connector().edit(place(world), None, id, Body(LONG), key=KEY))
    assert caught.value.taken is False
    assert pull(world)["messages"][id].text == "Short again"


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_change_that_is_lost_half_way_is_simply_made_again(lost: int) -> None:
    world = ZoomWorld()
    id = post(world, world.connector(), "Short")
    world.http.write_faults = after(lost, lose_answer)
    with pytest.raises(TryLater):
        run(world.connector().edit(place(world), None, id, Body(LONG), key=KEY))
    run(world.connector().edit(place(world), None, id, Body(LONG), key=KEY))
    assert pull(world).texts("messages") == {id: LONG}
    assert "".join(unsigned(text)[0] for text in said(world)) == LONG


def test_a_change_keeps_files_and_marks_as_typed() -> None:
    world = ZoomWorld()
    id = post(world, world.connector(), "Old", files=(Upload("a.txt", b"x"),))
    run(world.connector().edit(place(world), None, id, Body("**New**"), key=KEY))
    line = pull(world)["messages"][id]
    assert line.text == "**New**"
    assert [each.name for each in line.files] == ["a.txt"]


def test_a_line_of_somebody_else_is_left_alone() -> None:
    world = ZoomWorld()
    line = world.add_line("Theirs", None)
    with pytest.raises(Forbidden):
        run(world.connector().edit(place(world), None, line, Body("Mine"), key=KEY))
    with pytest.raises(Gone):
        run(world.connector().edit(place(world), None, RemoteId("no-such"), None, key=KEY))
    assert said(world) == ["Theirs"]


def test_a_mention_alerts_whom_it_names_and_a_quote_nobody() -> None:
    world = ZoomWorld()
    body = Body("Please look, @ana", quoted="@mei @all said so")
    run(world.connector().post(place(world), None, body, key=KEY))
    assert world.service.did == ["@ana"]
    assert world.service.wrong == []
    line = next(iter(pull(world)["messages"].values()))
    assert line.mentions == (world.member(world.ana),)


def test_the_owners_marks_become_zooms_and_come_back() -> None:
    world = ZoomWorld()
    text = "**bold** and ~~gone~~ and [a link](https://example.org/x)"
    id = post(world, world.connector(), text)
    assert said(world) == [f"bold and gone and a link\n⟦{KEY}⟧"]
    assert pull(world)["messages"][id].text == text


def test_a_line_is_found_on_a_late_page_and_not_in_circles() -> None:
    world = ZoomWorld()
    connector = world.connector()
    id = post(world, connector, "Here")
    for number in range(130):
        world.add_line(f"Later {number}", None)
    assert find(world, world.connector()) == id
    other = ZoomWorld()
    other.add_line("Somebody else", None)
    other.service.loops = True
    with pytest.raises(ServiceChanged):
        find(other, other.connector())


def later(world: ZoomWorld, hours: float) -> Instant:
    return Instant(world.clock.now() + round(hours * 3_600_000))


@pytest.mark.parametrize("text", ["Short", LONG])
def test_a_line_for_later_waits_at_zoom_and_is_sent_once(text: str) -> None:
    world = ZoomWorld()
    at = later(world, 5)
    sent = run(world.connector().send_at(place(world), None, Body(text), at, key=KEY))
    assert said(world) == []
    found = run(world.connector().find_waiting(place(world), None, Body(text), at, key=KEY))
    assert found is not None
    assert (found.id, found.at) == (sent.id, at)
    world.advance(5 * 3600 + 120)
    mirror = pull(world)
    assert list(mirror.texts("messages").values()) == [text]
    with pytest.raises(Gone):
        run(world.connector().unsend(place(world), sent.id))
    assert run(world.connector().find_waiting(place(world), None, Body(text), at, key=KEY)) is None


@pytest.mark.parametrize("text", ["Short", LONG])
def test_a_line_for_later_can_be_taken_back(text: str) -> None:
    world = ZoomWorld()
    sent = run(world.connector().send_at(place(world), None, Body(text), later(world, 5), key=KEY))
    run(world.connector().unsend(place(world), sent.id))
    assert world.service.drafts == {}
    world.advance(6 * 3600)
    assert pull(world)["messages"] == {}


@pytest.mark.parametrize("hours", [0.4, -1, 24 * 181])
def test_times_beyond_zooms_reach_are_refused_and_nothing_is_sent(hours: float) -> None:
    world = ZoomWorld()
    before = len(world.http.asked)
    with pytest.raises(Refused, match="180 days"):
        run(world.connector().send_at(place(world), None, Body("x"), later(world, hours), key=KEY))
    assert all(each.method == "GET" for each in world.http.asked[before:])


def test_a_long_line_for_later_is_there_whole_or_not_at_all() -> None:
    world = ZoomWorld()
    world.http.write_faults = after(2, refuse(400))
    with pytest.raises(Refused):
        run(world.connector().send_at(place(world), None, Body(LONG), later(world, 5), key=KEY))
    assert world.service.drafts == {}
    world.http.write_faults = [*after(1, lose_answer), refuse(500)]
    with pytest.raises(TryLater) as caught:
        run(world.connector().send_at(place(world), None, Body(LONG), later(world, 5), key=KEY))
    assert caught.value.taken
    assert world.service.drafts
    assert run(world.connector().find_waiting(place(world), None, Body(LONG), later(world, 5), key=KEY)) is None
    assert world.service.drafts == {}


def test_an_answer_in_a_thread_for_later_comes_in_its_thread() -> None:
    world = ZoomWorld()
    thread, _first = world.add_thread("Question")
    run(world.connector().send_at(place(world), thread, Body("Then"), later(world, 5), key=KEY))
    world.advance(6 * 3600)
    line = next(each for each in pull(world)["messages"].values() if each.text == "Then")
    assert line.thread == thread


def test_bookmarks_are_set_and_taken_and_stand_as_they_stand() -> None:
    world = ZoomWorld()
    line = world.add_line("Keep this", None)
    connector = world.connector()
    for pinned in (True, True, False, False):
        run(connector.pin(place(world), line, pinned=pinned))
        assert (line in world.service.bookmarks) is pinned
    with pytest.raises(Gone):
        run(connector.pin(place(world), RemoteId("no-such"), pinned=True))
    run(connector.pin(place(world), RemoteId("no-such"), pinned=False))


def test_votes_are_told_given_and_taken_back() -> None:
    world = ZoomWorld()
    line = world.add_line("Thursday?", None)
    world.service.lines[world.where][line]["reactions"] = {"U+1F44D": [world.ana], "U+1F980": [world.mei]}
    connector = world.connector()
    for on in (True, True):
        run(connector.vote(place(world), None, line, "+1", on=on))
    found = {vote.choice: set(vote.people) for vote in run(connector.votes(place(world), None, line))}
    assert found == {"+1": {world.member(world.ana), world.me}, "crab": {world.member(world.mei)}}
    for on in (False, False):
        run(connector.vote(place(world), None, line, "thumbsup", on=on))
    assert {vote.choice: len(vote.people) for vote in run(connector.votes(place(world), None, line))} == {
        "+1": 1,
        "crab": 1,
    }
    with pytest.raises(Refused):
        run(connector.vote(place(world), None, line, "no such sign", on=True))


def test_finishing_a_reminder_takes_it_away_and_a_second_time_is_no_error() -> None:
    world = ZoomWorld(direct=True)
    line = world.add_line("Look", None)
    world.service.remind(world.where, line, world.clock.now() - 1)
    connector = world.connector()
    todo = next(iter(pull(world, connector)["todos"].values()))
    for _again in range(2):
        run(connector.mark_read(todo.place, None, None, (todo.id,)))
    assert world.service.reminders == {}
    assert world.http.asked[-1].first("to_contact") == "ana@example.org"


# Quiet


def quiet(world: ZoomWorld, on: bool, minutes: float | None, remembered: str | None) -> str | None:
    until = None if minutes is None else Instant(world.clock.now() + round(minutes * 60_000))
    return run(world.connector().set_quiet(on, until, remembered))


@pytest.mark.parametrize(("minutes", "set_to"), [(None, 1440), (90, 90), (0.2, 1), (5000, 1440), (90.5, 91)])
def test_quiet_shows_do_not_disturb_for_as_long(minutes: float | None, set_to: int) -> None:
    world = ZoomWorld()
    remembered = quiet(world, True, minutes, None)
    assert world.service.presence["status"] == "Do_Not_Disturb"
    assert world.service.presence["end"] == world.clock.now() + set_to * 60_000
    assert quiet(world, False, None, remembered) is None
    assert world.service.presence["status"] == "Available"


@pytest.mark.parametrize("status", ["Do_Not_Disturb", "Presenting", "Out_of_Office", "In_A_Call", "Busy"])
def test_what_was_set_by_hand_is_never_covered(status: str) -> None:
    world = ZoomWorld()
    world.service.presence = {"status": status, "end": world.clock.now() + 600_000}
    remembered = quiet(world, True, 60, None)
    assert remembered == THEIRS
    assert quiet(world, False, None, remembered) is None
    assert world.service.presence["status"] == status


def test_what_was_changed_by_hand_meanwhile_is_left() -> None:
    world = ZoomWorld()
    remembered = quiet(world, True, 60, None)
    world.service.presence["end"] += 3_600_000
    assert quiet(world, False, None, remembered) is None
    assert world.service.presence["status"] == "Do_Not_Disturb"
    world.service.presence = {"status": "Busy", "end": 0}
    assert quiet(world, False, None, remembered) is None
    assert world.service.presence["status"] == "Busy"


def test_one_change_a_minute_is_told_as_a_pause() -> None:
    world = ZoomWorld(presence_limit=True)
    remembered = quiet(world, True, 60, None)
    with pytest.raises(TryLater) as caught:
        quiet(world, True, 120, remembered)
    assert caught.value.after_s == 60
    world.advance(61)
    assert quiet(world, True, 120, remembered) not in {None, THEIRS, remembered}


def test_signed_in_nowhere_or_not_allowed_nothing_is_set() -> None:
    world = ZoomWorld()
    world.service.presence = {"status": "Offline", "end": 0}
    assert quiet(world, True, 60, None) == THEIRS
    for scope in ("user:read:presence_status", "user:update:presence_status"):
        other = ZoomWorld()
        other.service.tokens[other.secret][1].discard(scope)
        assert quiet(other, True, 60, None) == THEIRS
        assert other.service.presence["status"] == "Available"
    assert quiet(ZoomWorld(), False, None, "no json") is None


# The token


@pytest.mark.parametrize("scope", sorted(scopes.trials("https://api.zoom.us")))
def test_check_names_each_missing_scope(scope: str) -> None:
    world = ZoomWorld()
    world.service.tokens[world.secret][1].discard(scope)
    identity = run(world.connector().check())
    assert identity.missing_scopes == (scope,)
    assert scope not in identity.scopes


def test_check_does_nothing_but_ask() -> None:
    world = ZoomWorld()
    line = world.add_line("Hello", None)
    identity = run(world.connector().check())
    assert identity.missing_scopes == ()
    assert identity.person.me
    assert said(world) == ["Hello"]
    assert world.service.bookmarks == set()
    assert world.service.presence["status"] == "Available"
    assert world.service.lines[world.where][line]["read"] == set()


def test_check_waits_out_a_seconds_limit_and_tells_a_token_that_ended() -> None:
    world = ZoomWorld(per_second=2)
    assert run(world.connector().check()).missing_scopes == ()
    world.service.tokens.clear()
    with pytest.raises(SignInNeeded):
        run(world.connector().check())


def test_every_scope_that_is_asked_for_is_tried_or_said_not_to_be() -> None:
    wanted = set(ZoomWorld.manifest.secrets[0].scopes)
    tried = set(scopes.trials("https://api.zoom.us"))
    assert tried.isdisjoint(scopes.UNTRIED)
    assert wanted == tried | set(scopes.UNTRIED)
    oauth = ZoomWorld.manifest.oauth
    assert oauth is not None
    assert {scope.name for scope in oauth.scopes} == wanted


def test_a_missing_scope_is_named_where_it_is_missed() -> None:
    world = ZoomWorld()
    world.service.tokens[world.secret][1].discard("team_chat:write:user_message")
    with pytest.raises(Forbidden, match="team_chat:write:user_message") as caught:
        post(world, world.connector(), "Hello")
    assert caught.value.taken is False


REFUSALS: tuple[tuple[int, dict[str, Any], type[Trouble]], ...] = (
    (400, {"code": 300, "message": "Validation Failed.", "errors": [{"field": "message", "message": "x"}]}, Refused),
    (400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[a:b, a:b:admin]."}, Forbidden),
    (401, {"code": 4711, "message": "Invalid access token, does not contain scopes:[a:b]"}, Forbidden),
    (400, {"code": 5420, "message": "Can not send message to an archived channel."}, Forbidden),
    (400, {"code": 5421, "message": "Can not send message to a blocked contact."}, Forbidden),
    (400, {"code": "5402", "message": "This only supports replies to a main message."}, Refused),
    (403, {"code": 200, "message": "Unauthorized request."}, Forbidden),
    (404, {"code": 4130, "message": "Channel does not exist: x."}, Gone),
    (404, {}, Gone),
    (429, {"message": "Too many messages."}, TryLater),
)


@pytest.mark.parametrize(("status", "body", "sort"), REFUSALS)
def test_refusals_in_zooms_words_become_ours(status: int, body: dict[str, Any], sort: type[Trouble]) -> None:
    world = ZoomWorld()

    def act(_service: Any, _asked: Asked) -> Answer:
        return Answer(status, json.dumps(body).encode())

    world.http.write_faults = [act]
    with pytest.raises(sort) as caught:
        post(world, world.connector(), "Hello")
    assert caught.value.taken is False
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("call", ["pin", "votes", "unsend", "mark_read", "edit"])
def test_who_we_are_is_asked_before_a_write_and_its_failure_sends_nothing(call: str) -> None:
    world = ZoomWorld()
    line = world.add_line("Hello", None)
    connector = world.connector()
    calls: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        "pin": lambda: connector.pin(place(world), line, pinned=True),
        "votes": lambda: connector.votes(place(world), None, line),
        "unsend": lambda: connector.unsend(place(world), line),
        "mark_read": lambda: connector.mark_read(place(world), None, line, ()),
        "edit": lambda: connector.edit(place(world), None, line, Body("x"), key=KEY),
    }
    world.http.read_faults = [refuse(500)]
    with pytest.raises(Trouble) as caught:
        run(calls[call]())
    assert caught.value.taken is False
    assert [each.method for each in world.http.asked] == ["GET"]
