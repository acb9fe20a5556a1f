from __future__ import annotations

import json

import pytest

from connectors.matrix.api import cursor as marks
from connectors.matrix.api.cursor import Cursor, Gap
from connectors.matrix.api.news import Wants, read_news
from connectors.matrix.api.rooms import Room
from leeward.errors import ServiceChanged, SignInNeeded, TryLater
from leeward.model import Batch, Focus, Message, Place, Reach, ReadUpTo, RemoteId, Watched
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.matrix_world import MatrixWorld
from tests.fakes.base import always


async def _all(world: MatrixWorld, cursor: str | None, focus: Focus) -> list[Batch]:
    return [batch async for batch in world.connector().pull(cursor, focus)]


def batches(world: MatrixWorld, cursor: str | None = None, focus: Focus | None = None) -> list[Batch]:
    return run(_all(world, cursor, focus or Focus()))


def pulled(world: MatrixWorld, mirror: Mirror | None = None) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(world.connector()))
    return mirror


def say(world: MatrixWorld, count: int, word: str = "line") -> list[str]:
    made = []
    for number in range(count):
        world.advance(1)
        made.append(world.server.say(world.room, world.ana, f"{word} {number}"))
    return made


def written(mirror: Mirror) -> dict[str, Message]:
    return {id: line for id, line in mirror["messages"].items() if not line.notice}


def test_first_contact_reads_as_many_lines_as_asked_for_and_newest_first() -> None:
    world = MatrixWorld(history=150)
    made = say(world, 400)
    found = written(pulled(world))
    assert sorted(found, key=lambda one: found[one].at) == made[-150:]
    assert written(pulled(MatrixWorld(history=0))) == {}


def test_a_gap_is_read_back_to_what_is_known_with_edits_redactions_and_threads_in_it() -> None:
    world = MatrixWorld()
    old = say(world, 3, "old")
    mirror = pulled(world)
    world.server.edit(world.room, world.ana, old[0], "changed in the gap")
    world.server.take_back(world.room, world.ana, old[1])
    answer = world.add_line("answer in the gap", RemoteId(old[2]))
    gap = say(world, 260, "gap")
    pulled(world, mirror)
    found = written(mirror)
    assert set(gap) <= found.keys()
    assert found[old[0]].text == "changed in the gap"
    assert old[1] not in found
    assert (found[answer].thread, found[old[2]].thread) == (old[2], old[2])
    assert mirror["threads"][RemoteId(old[2])].title == "old 2"
    pages = [asked for asked in world.http.asked if asked.path.endswith("/messages")]
    assert len(pages) < 6
    assert found.keys() == written(pulled(world)).keys()


def test_a_pull_that_breaks_in_a_gap_goes_on_where_it_stopped() -> None:
    world = MatrixWorld()
    made = say(world, 350)
    mirror = Mirror()
    whole = len(batches(world))
    assert whole > 3
    for survives in range(2, 9):
        world.http.faults = [None] * survives + [always(503)]
        try:
            pulled(world, mirror)
        except TryLater:
            continue
        finally:
            world.http.faults = []
    pulled(world, mirror)
    assert set(made) == written(mirror).keys()


def test_a_token_the_server_forgot_starts_over_without_losing_a_line() -> None:
    world = MatrixWorld()
    say(world, 30)
    mirror = pulled(world)
    before = set(mirror["messages"])
    new = say(world, 120, "new")
    world.server.forgets = True
    pulled(world, mirror)
    assert before | set(new) == set(mirror["messages"])
    assert mirror.gone == []


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_token_the_server_forgot_is_read_again_from_the_end(page: int) -> None:
    world = MatrixWorld(history=180)
    made = say(world, 250)
    refused = always(400, b'{"errcode":"M_INVALID_PARAM"}')
    world.http.faults = [None, None, *[None] * (page - 1), refused]
    mirror = pulled(world)
    assert set(made[-180:]) <= mirror["messages"].keys()
    assert mirror.oddities == 1


def test_a_cursor_of_another_user_is_not_used() -> None:
    world = MatrixWorld()
    say(world, 3)
    stored = marks.write(Cursor(since="s1", me="@somebody:hs.test", rooms={world.room.id: Room(read=True)}))
    batch = batches(world, stored)[0]
    assert [place.id for place in batch.places] == [world.room.id]


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"v":1}',
        '{"v":1,"rooms":{"x":3},"gaps":[1,[2]]}',
        '{"v":1,"rooms":{"!a:b":{"heroes":[1]}}}',
        "\ud800",
    ],
)
def test_a_damaged_cursor_costs_a_first_round_and_no_more(stored: str) -> None:
    assert marks.read(stored).since is None


def test_a_cursor_comes_back_as_it_was_written() -> None:
    room = Room(
        "Harbour", heroes=(("@a:b", "A"),), loud=("*",), makers=("@a:b",), joined=3, read=True, last="$x", stamp=5
    )
    cursor = Cursor("s5", "@me:b", {"!r:b": room}, (Gap("!r:b", None, "$x", 5, 20, 1),), {"$e": ("!r:b", "$x")})
    assert marks.read(marks.write(cursor)) == cursor


def test_nothing_new_is_no_batch_and_two_questions() -> None:
    world = MatrixWorld()
    say(world, 3)
    connector = world.connector()

    async def twice() -> tuple[int, int]:
        cursor = None
        async for batch in connector.pull(None, Focus()):
            cursor = batch.cursor or cursor
        before = len(world.http.asked)
        none = [batch async for batch in connector.pull(cursor, Focus())]
        return len(none), len(world.http.asked) - before

    assert run(twice()) == (0, 1)


def test_a_quiet_round_is_not_asked_twice_and_loses_nothing() -> None:
    world = MatrixWorld()
    say(world, 3)
    connector = world.connector()

    async def rounds() -> list[RemoteId]:
        cursor = None
        async for batch in connector.pull(None, Focus()):
            cursor = batch.cursor or cursor
        world.server.put(world.room, "m.reaction", world.ana, {"m.relates_to": {}})
        assert [batch async for batch in connector.pull(cursor, Focus())] == []
        new = world.server.say(world.room, world.ana, "after the quiet")
        lines = [
            line.id for _round in range(2) async for batch in connector.pull(cursor, Focus()) for line in batch.messages
        ]
        assert set(lines) == {new}
        return lines

    # The cursor was not stored, so the line is told again: better twice than never.
    assert len(run(rounds())) == 2


def test_only_chosen_rooms_are_read_and_spaces_never() -> None:
    world = MatrixWorld(places=("harbour",))
    other = world.server.make_room(world.ana, "Other")
    world.server.join(other, world.server.user)
    world.server.say(other, world.ana, "not for us")
    space = world.server.make_room(world.ana, "Harbour", create={"type": "m.space"})
    world.server.join(space, world.server.user)
    say(world, 2)
    mirror = pulled(world)
    assert set(mirror["places"]) == {world.room.id}
    assert {line.place for line in mirror["messages"].values()} == {world.room.id}
    world.login = MatrixWorld().login
    pulled(world, mirror)
    assert set(mirror["places"]) == {world.room.id, other.id}
    assert "not for us" in {line.text for line in mirror["messages"].values()}


def test_the_rules_of_a_room_say_who_reads_it() -> None:
    world = MatrixWorld()
    server = world.server
    made = {
        "public": server.make_room(world.ana, "p", "public"),
        "readable": server.make_room(world.ana, "w", history="world_readable"),
        "restricted": server.make_room(world.ana, "r", "restricted"),
    }
    for room in made.values():
        server.join(room, server.user)
    alone = server.make_room(server.user, "alone")
    direct = server.make_room(world.ana)
    server.join(direct, server.user)
    places: dict[RemoteId, Place] = pulled(world)["places"]
    reach = {name: places[RemoteId(room.id)].audience.reach for name, room in made.items()}
    assert reach == {"public": Reach.PUBLIC, "readable": Reach.PUBLIC, "restricted": Reach.ORGANISATION}
    assert places[RemoteId(alone.id)].audience.reach is Reach.ONLY_ME
    told = places[RemoteId(direct.id)]
    assert told.title == "Ana Grün"
    assert (told.audience.reach, told.audience.count) == (Reach.PEOPLE, 2)
    assert set(told.audience.people) == {server.user, world.ana}
    assert (told.flat, told.threads, told.writable) == (True, True, True)


def test_a_rename_is_a_new_title_and_a_notice() -> None:
    world = MatrixWorld()
    mirror = pulled(world)
    world.server.state(world.room, world.ana, "m.room.name", {"name": "Quay"})
    pulled(world, mirror)
    assert mirror["places"][RemoteId(world.room.id)].title == "Quay"
    assert "ana named the room Quay" in {line.text for line in mirror["messages"].values() if line.notice}


def test_a_room_we_left_is_archived_and_comes_back() -> None:
    world = MatrixWorld()
    say(world, 2)
    mirror = pulled(world)
    world.server.join(world.room, world.server.user, "ban", world.ana)
    pulled(world, mirror)
    assert mirror["places"][RemoteId(world.room.id)].archived
    assert len(written(mirror)) == 2
    missed = say(world, 130, "missed")
    world.server.join(world.room, world.server.user)
    pulled(world, mirror)
    assert not mirror["places"][RemoteId(world.room.id)].archived
    assert set(missed) <= mirror["messages"].keys()


def test_an_upgraded_room_moves_once_we_are_in_the_new_one() -> None:
    world = MatrixWorld(places=("Harbour",))
    say(world, 2)
    first = batches(world)
    cursor = first[-1].cursor
    new = world.server.upgrade(world.room, world.ana)
    tombstone = batches(world, cursor)
    assert [place.writable for batch in tombstone for place in batch.places] == [False]
    assert [batch.moved for batch in tombstone if batch.moved] == []
    world.server.state(new, world.ana, "m.room.name", {"name": "Another name"})
    world.server.join(new, world.server.user)
    after = batches(world, tombstone[-1].cursor)
    assert [batch.moved for batch in after if batch.moved] == [((world.room.id, new.id),)]
    assert [place.id for batch in after for place in batch.places] == [new.id]
    world.server.join(world.room, world.server.register("late"), "join")
    later = batches(world, after[-1].cursor)
    assert [batch.moved for batch in later if batch.moved] == []
    assert world.room.id not in [place.id for batch in later for place in batch.places]


def test_a_room_that_only_claims_to_follow_does_not_move_anything() -> None:
    world = MatrixWorld()
    cursor = batches(world)[-1].cursor
    thief = world.server.make_room(world.ana, "Mine", create={"predecessor": {"room_id": world.room.id}})
    world.server.join(thief, world.server.user)
    assert [batch.moved for batch in batches(world, cursor) if batch.moved] == []


def test_what_was_read_elsewhere_is_told_by_thread_and_by_room() -> None:
    world = MatrixWorld()
    root, _first = world.add_thread("Question")
    assert root is not None
    answer = world.add_line("Answer", root)
    line = say(world, 1)[0]
    cursor = batches(world)[-1].cursor
    me, place = world.server.user, RemoteId(world.room.id)

    def told(thread: str | None, event: str, type: str = "m.read") -> set[ReadUpTo]:
        world.server.position += 1
        world.room.mark(world.server.position, me, type, event, thread, world.clock.now())
        focus = Focus(watch=(Watched(root, place),))
        return {mark for batch in batches(world, cursor, focus) for mark in batch.read}

    threaded = ReadUpTo(place, answer, root)
    assert told(root, answer) == {threaded}
    main = ReadUpTo(place, RemoteId(line))
    assert told("main", line, "m.read.private") == {threaded, main}
    assert told(None, line) == {threaded, main, ReadUpTo(place, RemoteId(line), root)}
    world.server.position += 1
    world.room.mark(world.server.position, world.ana, "m.read", answer, None, 5)
    world.room.fully_read[me] = (world.server.position, answer)
    assert ReadUpTo(place, answer) in told("main", line)


def test_a_marker_comes_again_with_the_line_it_stands_at() -> None:
    world = MatrixWorld()
    say(world, 1)
    cursor = batches(world)[-1].cursor
    gap = say(world, 170)
    world.server.position += 1
    world.room.mark(world.server.position, world.server.user, "m.read", gap[20], "main", world.clock.now())
    told = batches(world, cursor)
    mark = ReadUpTo(RemoteId(world.room.id), RemoteId(gap[20]))
    (page,) = [batch for batch in told if gap[20] in {line.id for line in batch.messages}]
    assert page is not told[0]
    assert mark in page.read


def test_a_thread_on_the_screen_is_read_whole_however_short_the_history() -> None:
    world = MatrixWorld(history=5)
    root, _first = world.add_thread("Long ago")
    assert root is not None
    answers = [world.add_line(f"answer {number}", root) for number in range(250)]
    say(world, 20)
    focus = Focus(threads=(Watched(root, RemoteId(world.room.id)),))
    mirror = Mirror()
    for batch in batches(world, None, focus):
        mirror.ingest(batch)
    assert {root, *answers} <= mirror["messages"].keys()
    assert all(mirror["messages"][id].thread == root for id in answers)


def test_an_edit_that_is_taken_back_gives_the_line_its_text_again() -> None:
    world = MatrixWorld()
    line = say(world, 1)[0]
    mirror = pulled(world)
    edit = world.server.edit(world.room, world.ana, line, "changed")
    pulled(world, mirror)
    assert mirror["messages"][RemoteId(line)].text == "changed"
    world.server.take_back(world.room, world.ana, edit)
    pulled(world, mirror)
    assert mirror["messages"][RemoteId(line)].text == "line 0"


def test_names_are_those_of_the_room() -> None:
    world = MatrixWorld()
    say(world, 3)
    world.server.names[world.ana] = "Ana at the quay"
    world.server.join(world.room, world.ana)
    people = pulled(world)["people"]
    assert people[RemoteId(world.ana)].name == "Ana at the quay"
    assert people[RemoteId(world.ana)].handle == world.ana
    assert people[RemoteId(world.server.user)].me


def test_a_room_that_is_shut_for_a_while_is_read_later_and_the_others_now() -> None:
    world = MatrixWorld()
    other = world.server.make_room(world.ana, "Other")
    world.server.join(other, world.server.user)
    made = say(world, 30)
    there = world.server.say(other, world.ana, "there")
    world.http.faults = [None, None, always(403)]
    mirror = pulled(world)
    assert RemoteId(there) in mirror["messages"]
    assert not set(made) <= mirror["messages"].keys()
    pulled(world, mirror)
    assert set(made) <= mirror["messages"].keys()


def test_a_revoked_token_stops_and_a_pause_is_as_long_as_told() -> None:
    world = MatrixWorld()
    world.server.tokens.clear()
    with pytest.raises(SignInNeeded):
        batches(world)
    world = MatrixWorld()
    body = json.dumps({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 4200}).encode()
    world.http.faults = [always(429, body)]
    with pytest.raises(TryLater) as caught:
        batches(world)
    assert (caught.value.after_s, caught.value.taken) == (4.2, False)
    world.http.faults = [always(429, body, retry_after="7")]
    with pytest.raises(TryLater) as caught:
        batches(world)
    assert caught.value.after_s == 7.0
    world.http.faults = [always(404)]
    with pytest.raises(ServiceChanged, match="no Matrix homeserver at"):
        batches(world)


@pytest.mark.parametrize(("limited", "gaps"), [(True, (Gap("!a:x", None, "$last", 5),)), (False, ())])
def test_lines_that_were_left_out_are_read_back_also_where_the_server_does_not_say_from_where(
    *, limited: bool, gaps: tuple[Gap, ...]
) -> None:
    timeline = {"events": [], "limited": limited}
    answer = {"next_batch": "s2", "rooms": {"join": {"!a:x": {"timeline": timeline}}}}
    before = Cursor("s1", "@me:x", {"!a:x": Room(read=True, last="$last", stamp=5)})
    assert read_news(answer, before, Wants((), 100, {}, 10)).cursor.gaps == gaps
