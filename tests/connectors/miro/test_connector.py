from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any, TypeVar

import pytest

from connectors import TABLE, make
from connectors.http import Door
from connectors.limits import Limits
from connectors.miro import pulling as miro_pulling
from connectors.miro import run as miro_run
from connectors.miro.connector import Miro
from connectors.miro.pulling import ASKED, DOCS_NOW
from connectors.miro.writing import ON_A_STICKY
from leeward.clock import SystemClock
from leeward.errors import Conflict, Forbidden, NotSupported, Refused, SignInNeeded, TryLater
from leeward.model import (
    Body,
    Focus,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Reach,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Login, Secret
from leeward.testing.mirror import Mirror
from tests.contract.miro_world import MiroWorld
from tests.fakes.base import Answer, Asked, LostError, Service, always
from tests.fakes.miro import MiroFake
from tests.fakes.miro import make as make_fake
from tests.fakes.miro.seed import html
from tests.fakes.serve import Serving

T = TypeVar("T")
DAY = 86_400.0


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: MiroWorld, **login: Any) -> Miro:
    return Miro(Login("work", "miro", world.service.base, **login), world.http, world.clock)


def pulled(world: MiroWorld, mirror: Mirror | None = None, **login: Any) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(connector(world, **login)))
    return mirror


def since(world: MiroWorld, before: int) -> list[str]:
    return [asked.path for asked in world.http.asked[before:]]


def change(world: MiroWorld, task: RemoteId, seen: str | None = None, **fields: Any) -> str:
    asked = TaskChange(frozenset(fields), **fields)
    sent = run(
        connector(world, zone="Europe/Amsterdam").update(
            world.place(ItemType.TASK), task, asked, key=Key("lwx"), seen=seen
        )
    )
    assert sent.version is not None
    return sent.version


# Who is signed in


def test_check_names_the_person_the_team_and_the_boards() -> None:
    world = MiroWorld()
    world.service.add_board("Plans", world.me, [world.me])
    identity = run(world.connector().check())
    assert (identity.person.name, identity.person.me, identity.server, identity.places) == (
        "Sam Vermeer", True, "Harbour", 2,
    )  # fmt: skip
    assert run(connector(world, places=("plans",)).check()).places == 1


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [(("boards:read",), ("boards:write",)), (("identity:read",), ("boards:read", "boards:write")), ((), ())],
)
def test_check_names_the_scopes_a_token_lacks(scopes: tuple[str, ...], missing: tuple[str, ...]) -> None:
    world = MiroWorld()
    world.service.scopes = scopes
    if not scopes:  # an answer without scopes says nothing of them; the boards do
        with pytest.raises(Forbidden, match="boards:read"):
            run(world.connector().check())
        return
    assert run(world.connector().check()).missing_scopes == missing


def test_a_token_that_only_reads_reads_and_is_refused_writes() -> None:
    world = MiroWorld()
    world.service.scopes = ("boards:read",)
    task = world.add_task("Look")
    assert task in pulled(world)["tasks"]
    with pytest.raises(Forbidden, match="boards:write") as caught:
        change(world, task, title="No")
    assert caught.value.taken is False


def test_two_accounts_see_their_own_boards() -> None:
    world = MiroWorld()
    world.service.tokens["second"] = world.other
    own = world.service.add_board("Ana's own", world.other, [world.other])
    assert own not in pulled(world)["places"]
    from tests.fakes.base import FakeHttp

    other = Miro(Login("second", "miro", world.service.base), FakeHttp(world.service, "second"), world.clock)
    mirror = Mirror()
    run(mirror.pull(other))
    assert own in mirror["places"]


# Boards


def test_boards_say_who_reads_them_and_who_may_write() -> None:
    world = MiroWorld()
    service = world.service
    made: dict[str, RemoteId] = {
        "alone": RemoteId(service.add_board("Alone", world.me, [world.me])),
        "team": RemoteId(service.add_board("Team", world.other, [world.other], teamAccess="view")),
        "company": RemoteId(service.add_board("Company", world.other, [world.other], organizationAccess="comment")),
        "web": RemoteId(service.add_board("Web", world.me, [world.me], access="view")),
    }
    service.boards[made["team"]]["roles"] = {world.me: "viewer"}
    places = pulled(world)["places"]
    assert {name: places[id_].audience.reach for name, id_ in made.items()} == {
        "alone": Reach.ONLY_ME, "team": Reach.ORGANISATION, "company": Reach.ORGANISATION, "web": Reach.PUBLIC,
    }  # fmt: skip
    shared = places[RemoteId(world.board)].audience
    assert (shared.reach, shared.count, set(shared.people)) == (Reach.PEOPLE, 2, {world.me, world.other})
    assert [places[made[name]].writable for name in ("alone", "team")] == [True, False]
    assert places[made["web"]].url == f"https://miro.com/app/board/{made['web']}/"


def test_boards_are_chosen_by_name_id_or_team() -> None:
    world = MiroWorld()
    plans = world.service.add_board("Plans", world.me, [world.me])
    world.service.boards[plans]["team"] = "Quay"
    for places, expected in (
        (("plans",), {plans}),
        ((world.board,), {world.board}),
        (("Quay",), {plans}),
        (("no",), set()),
    ):
        assert pulled(world, None, places=places)["places"].keys() == expected


def test_a_policy_that_is_not_told_is_unknown() -> None:
    world = MiroWorld()
    honest = world.service._board_row
    world.service._board_row = lambda row, me: {**honest(row, me), "policy": None}  # type: ignore[method-assign]
    assert pulled(world)["places"][RemoteId(world.board)].audience.reach is Reach.UNKNOWN


def test_an_idle_round_asks_twice_and_a_moved_board_is_listed() -> None:
    world = MiroWorld()
    for number in range(5):
        world.service.add_board(f"Board {number}", world.me, [world.me])
    world.add_task("Card")
    world.advance(DAY)
    mirror = pulled(world)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert since(world, before) == ["/v1/oauth-token", "/v2/boards"]
    world.advance(120)
    world.add_note("New", "sticky")
    world.advance(120)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert f"/v2/boards/{world.board}/items" in since(world, before)
    assert len(since(world, before)) <= 5


def test_a_board_that_just_moved_is_listed_once_more() -> None:
    world = MiroWorld()
    world.add_task("Card")
    mirror = pulled(world)
    world.advance(10)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert f"/v2/boards/{world.board}/items" in since(world, before)
    world.advance(61)
    for expected in (True, False):
        before = len(world.http.asked)
        pulled(world, mirror)
        assert (f"/v2/boards/{world.board}/items" in since(world, before)) is expected


def test_a_tag_that_moved_nothing_is_seen_within_the_hour_and_on_the_screen_at_once() -> None:
    world = MiroWorld()
    task = world.add_task("Card")
    world.advance(DAY)
    mirror = pulled(world)
    item = task.rpartition("/")[2]
    world.service.items[item]["tags"].append(world.service.add_tag(world.board, "done"))
    world.advance(600)
    assert pulled(world, mirror)["tasks"][task].status is Status.OPEN

    async def look() -> None:
        async for batch in world.connector().pull(mirror.cursor, Focus(places=(RemoteId(world.board),))):
            mirror.ingest(batch)

    run(look())
    assert mirror["tasks"][task].status is Status.DONE
    world.service.items[item]["tags"].clear()
    world.advance(3601)
    assert pulled(world, mirror)["tasks"][task].status is Status.OPEN


def test_a_closed_board_hides_no_other() -> None:
    world = MiroWorld()
    world.add_task("Seen")
    shut = world.service.add_board("Shut", world.me, [world.me])
    world.service.refuse.add(shut)
    mirror = pulled(world)
    assert [row.title for row in mirror["tasks"].values()] == ["Seen"]


def test_a_board_that_fails_hides_no_other_and_is_told() -> None:
    world = MiroWorld()
    world.add_task("Seen")
    world.service.add_board("Broken", world.me, [world.me])

    def broken(service: Service, asked: Asked) -> Answer | None:
        return Answer(503) if asked.path.endswith("/items") else None

    newest_first = [None, None, None, broken]
    world.http.faults.extend(newest_first)
    mirror = Mirror()
    with pytest.raises(TryLater):
        run(mirror.pull(world.connector()))
    assert [row.title for row in mirror["tasks"].values()] == ["Seen"]


# Gone


def test_what_a_listing_lacks_is_asked_for_and_only_a_404_is_gone() -> None:
    world = MiroWorld()
    card, note = world.add_task("Card"), world.add_note("Note", "x")
    hidden = world.add_task("Lagging")
    frame = world.id(world.service.add_item(world.board, "frame", world.other, {"title": "Frame"})["id"])
    mirror = pulled(world)
    for each in (card, note, frame):
        world.service.drop_item(each.rpartition("/")[2])
    world.hide_task(hidden)
    world.advance(DAY)
    pulled(world, mirror)
    assert set(mirror.gone) == {(ItemType.TASK, card), (ItemType.NOTE, note), (ItemType.NOTE, frame)}
    assert hidden in mirror["tasks"]


def test_a_card_that_became_a_sticky_note_is_gone_as_a_task_and_there_as_a_note() -> None:
    world = MiroWorld()
    card = world.add_task("Card")
    mirror = pulled(world)
    row = world.service.items[card.rpartition("/")[2]]
    row.update(type="sticky_note", data={"content": html("Card")})
    world.service.touch(row)
    world.advance(DAY)
    pulled(world, mirror)
    assert mirror.gone == [(ItemType.TASK, card)]
    assert card in mirror["notes"]


def test_a_board_we_lost_takes_nothing_with_it() -> None:
    world = MiroWorld()
    world.add_task("Kept")
    world.advance(DAY)
    mirror = pulled(world)
    world.service.boards[world.board]["members"].remove(world.me)
    world.advance(DAY)
    pulled(world, mirror)
    assert mirror.gone == []
    assert len(mirror["tasks"]) == 1


def test_many_that_are_gone_are_asked_for_in_turn() -> None:
    world = MiroWorld()
    made = [world.add_task(f"Card {number}") for number in range(50)]
    world.advance(DAY)
    mirror = pulled(world)
    for each in made[:45]:
        world.service.drop_item(each.rpartition("/")[2])
    counts = []
    for _round in range(4):
        world.advance(DAY)
        pulled(world, mirror)
        counts.append(len(mirror.gone))
    assert counts == [ASKED, 2 * ASKED, 45, 45]


# Cards


def test_a_card_with_everything() -> None:
    world = MiroWorld()
    frame = world.service.add_item(world.board, "frame", world.other, {"title": "Sprint 12"})["id"]
    tags = [world.service.add_tag(world.board, title) for title in ("gate", "In Progress")]
    data = {"title": "<p>Ask &amp; tell</p>", "description": "<p>One<br>two</p><ul><li>three</li></ul>",
            "assigneeId": world.other, "dueDate": "2026-11-24T22:30:00.000Z"}  # fmt: skip
    made = world.service.add_item(world.board, "card", world.other, data, parent=frame, tags=tags)
    plain = world.service.add_item(world.board, "card", world.other, {"title": "In a column"}, parent=frame)
    rows = pulled(world, None, zone="Europe/Amsterdam")["tasks"]
    row = rows[world.id(made["id"])]
    assert (row.title, row.text) == ("Ask & tell", "One\ntwo\n- three")
    assert (row.status, row.native_status, row.labels) == (Status.DOING, "In Progress", ("gate",))
    assert (row.assignees, row.due) == ((world.other,), date(2026, 11, 24))
    assert row.url == f"https://miro.com/app/board/{world.board}/?moveToWidget={made['id']}"
    assert rows[world.id(plain["id"])].native_status == "Sprint 12"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/Amsterdam", "America/Los_Angeles"])
def test_a_due_is_the_same_day_again(zone: str) -> None:
    world = MiroWorld()
    draft = TaskDraft(world.place(ItemType.TASK), "Due", Body("x"), due=date(2026, 3, 29))
    sent = run(connector(world, zone=zone).create(draft, key=Key("lwdue")))
    assert pulled(world, None, zone=zone)["tasks"][sent.id].due == date(2026, 3, 29)


def test_an_instant_is_kept_as_its_day_and_a_due_can_be_cleared() -> None:
    world = MiroWorld()
    task = world.add_task("Due")
    version = change(world, task, due=Instant(1_795_600_000_000))
    assert pulled(world, None, zone="UTC")["tasks"][task].due == date(2026, 11, 25)
    change(world, task, version, due=None)
    assert pulled(world)["tasks"][task].due is None


def test_a_status_is_a_tag_and_labels_are_the_others() -> None:
    world = MiroWorld()
    task = world.add_task("Card")
    version = change(world, task, labels=("gate", "crane"))
    version = change(world, task, version, status=Status.DOING)
    version = change(world, task, version, status=Status.DONE)
    row = pulled(world)["tasks"][task]
    assert (row.status, row.labels, row.version) == (Status.DONE, ("gate", "crane"), version)
    version = change(world, task, version, labels=("crane",))
    assert pulled(world)["tasks"][task].status is Status.DONE
    version = change(world, task, version, status=Status.OPEN)
    assert world.service.tag_titles(task.rpartition("/")[2]) == ["crane"]
    assert [row["title"] for row in world.service.tags.values()] == ["gate", "crane", "Doing", "Done"]
    with pytest.raises(Refused, match="eight"):
        change(world, task, version, labels=tuple(f"tag {number}" for number in range(9)))


def test_a_draft_brings_its_labels_and_one_that_cannot_be_put_on_changes_nothing() -> None:
    world = MiroWorld()
    draft = TaskDraft(world.place(ItemType.TASK), "T", Body("x"), labels=("gate", "crane"))
    sent = run(world.connector().create(draft, key=Key("lwlabel")))
    row = pulled(world)["tasks"][sent.id]
    assert (row.labels, row.version) == (("gate", "crane"), sent.version)
    world.http.write_faults.extend([None, always(500)])
    sent = run(world.connector().create(draft, key=Key("lwlabel2")))
    assert pulled(world)["tasks"][sent.id].key == "lwlabel2"


def test_a_board_beyond_all_bounds_is_read_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miro_pulling, "MAX_BOARD_PAGES", 2)
    world = MiroWorld()
    for number in range(150):
        world.add_task(f"Card {number}")
    world.advance(DAY)
    mirror = pulled(world)
    assert len(mirror["tasks"]) == 100
    before = len(world.http.asked)
    pulled(world, mirror)
    assert since(world, before) == ["/v1/oauth-token", "/v2/boards"]
    assert mirror.gone == []


def test_finished_already_is_left_as_its_team_says_it() -> None:
    world = MiroWorld()
    done = world.service.add_tag(world.board, "Completed")
    made = world.service.add_item(world.board, "card", world.other, {"title": "x"}, tags=[done])
    change(world, world.id(made["id"]), status=Status.DONE)
    assert world.service.tag_titles(made["id"]) == ["Completed"]


def test_a_tag_put_on_by_somebody_else_is_a_conflict() -> None:
    world = MiroWorld()
    task = world.add_task("Card")
    seen = pulled(world)["tasks"][task].version
    world.service.items[task.rpartition("/")[2]]["tags"].append(world.service.add_tag(world.board, "Done"))
    with pytest.raises(Conflict):
        change(world, task, seen, title="Mine")


def test_a_new_text_keeps_our_key_and_takes_no_other() -> None:
    world = MiroWorld()
    draft = TaskDraft(world.place(ItemType.TASK), "T", Body("Befor"), assignees=(RemoteId(world.other),))
    sent = run(world.connector().create(draft, key=Key("lwkeep")))
    change(world, sent.id, text="After")
    row = pulled(world)["tasks"][sent.id]
    assert (row.text, row.key, row.assignees) == ("After", "lwkeep", (world.other,))
    change(world, sent.id, assignees=())
    assert pulled(world)["tasks"][sent.id].assignees == ()
    copied = world.add_task("Copied", "words\n\n⟦lwkeep⟧")
    assert pulled(world)["tasks"][copied].key is None
    found = run(world.connector().find_sent(ItemType.TASK, RemoteId(world.board), None, Key("lwkeep"), Instant(0)))
    assert found is not None
    assert found.id == sent.id


def test_a_quote_that_is_too_long_is_cut_and_own_words_are_not() -> None:
    world = MiroWorld()
    draft = TaskDraft(world.place(ItemType.TASK), "Long", Body("Mine.", "> quoted " * 2000, "https://x.example/1"))
    sent = run(world.connector().create(draft, key=Key("lwlong")))
    row = pulled(world)["tasks"][sent.id]
    assert row.key == "lwlong"
    assert row.text.startswith("Mine.\n\n> quoted")
    assert row.text.endswith("…\n\nhttps://x.example/1")
    assert len(row.text) <= 6000
    with pytest.raises(Refused, match="6,000"):
        run(world.connector().create(TaskDraft(draft.place, "Long", Body("own " * 2000)), key=Key("lwlong2")))


# Notes


def test_notes_are_sticky_notes_texts_docs_and_frames() -> None:
    world = MiroWorld()
    add = world.service.add_item
    frame = add(world.board, "frame", world.other, {"title": "Went well"})
    lower = add(world.board, "sticky_note", world.other, {"content": html("Second")}, parent=frame["id"], y=300.0)
    add(world.board, "sticky_note", world.other, {"content": html("First\nof all")}, parent=frame["id"], y=100.0)
    add(world.board, "card", world.other, {"title": "A card"}, parent=frame["id"], y=500.0)
    text = add(world.board, "text", world.other, {"content": "Plain & simple"})
    doc = add(world.board, "doc_format", world.me, {"content": "# Week 47\n\nThe *move*.", "contentType": "markdown"})
    long = add(world.board, "sticky_note", world.other, {"content": html("w" * 200)})
    add(world.board, "shape", world.other, {"content": "not a note"})
    rows = pulled(world)["notes"]
    seen = {id_.rpartition("/")[2]: (row.title, row.text) for id_, row in rows.items()}
    assert seen[frame["id"]] == ("Went well", "- First of all\n- Second\n- A card")
    assert seen[lower["id"]] == ("Second", "Second")
    assert seen[text["id"]] == ("Plain & simple", "Plain & simple")
    assert seen[doc["id"]] == ("Week 47", "The *move*.")
    assert seen[long["id"]] == ("w" * 79 + "…", "w" * 200)
    assert len(seen) == 6


def test_a_frame_is_a_new_version_when_what_lies_in_it_changes() -> None:
    world = MiroWorld()
    frame = world.service.add_item(world.board, "frame", world.other, {"title": "F"})["id"]
    inside = world.service.add_item(world.board, "sticky_note", world.other, {"content": "a"}, parent=frame)["id"]
    mirror = pulled(world)
    before = mirror["notes"][world.id(frame)]
    world.service.change_item(inside, content="b")
    world.advance(DAY)
    after = pulled(world, mirror)["notes"][world.id(frame)]
    assert (before.text, after.text) == ("- a", "- b")
    assert before.version != after.version


def test_long_notes_become_docs_that_cannot_be_changed_here() -> None:
    world = MiroWorld()
    words = "Decided.\n\n" + "word" * ON_A_STICKY
    draft = NoteDraft(world.place(ItemType.NOTE), "Minutes", words)
    sent = run(world.connector().create_note(draft, key=Key("lwdoc")))
    row = pulled(world)["notes"][sent.id]
    assert (row.title, row.text, row.key) == ("Minutes", words, "lwdoc")
    found = run(world.connector().find_sent(ItemType.NOTE, draft.place, None, Key("lwdoc"), Instant(0)))
    assert found is not None
    assert found.id == sent.id
    with pytest.raises(NotSupported, match="docs"):
        run(world.connector().update_note(sent.id, draft, key=Key("lwdoc2"), seen=None))
    frame = world.id(world.service.add_item(world.board, "frame", world.other, {"title": "F"})["id"])
    with pytest.raises(NotSupported, match="frame"):
        run(world.connector().update_note(frame, draft, key=Key("lwdoc3"), seen=None))


def test_others_notes_and_texts_are_changed_as_they_are_written() -> None:
    world = MiroWorld()
    add = world.service.add_item
    made = [add(world.board, kind, world.other, {"content": html("Befor")})["id"] for kind in ("sticky_note", "text")]
    for each in made:
        draft = NoteDraft(world.place(ItemType.NOTE), "Befor", "After <all>")
        run(world.connector().update_note(world.id(each), draft, key=Key("lwn"), seen=None))
        assert world.service.items[each]["data"]["content"] == "<p>After &lt;all&gt;</p>"


def test_docs_are_read_when_they_move_and_some_at_a_time() -> None:
    world = MiroWorld()
    for number in range(DOCS_NOW + 5):
        data = {"content": f"# Doc {number}", "contentType": "markdown"}
        world.service.add_item(world.board, "doc_format", world.other, data)
    world.advance(DAY)
    mirror = pulled(world)
    assert len(mirror["notes"]) == DOCS_NOW
    assert len(pulled(world, mirror)["notes"]) == DOCS_NOW + 5
    before = len(world.http.asked)
    world.advance(3601)
    pulled(world, mirror)
    assert not any("/docs/" in path for path in since(world, before))


# Limits and oddities


def test_a_round_stops_by_itself_and_goes_on_with_the_boards_that_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miro_run, "BUDGET", 3000)
    world = MiroWorld()
    for number in range(10):
        board = world.service.add_board(f"Board {number:02}", world.me, [world.me])
        for each in range(200):
            world.service.add_item(board, "text", world.me, {"content": f"{each}"})
    mirror = Mirror()
    rounds = 0
    while len(mirror["notes"]) < 2000:
        before = sum(cost for _at, cost in world.service._spent)
        pulled(world, mirror)
        assert sum(cost for _at, cost in world.service._spent) - before < 3000 + 600
        rounds += 1
    assert rounds == 2


def test_a_round_leaves_a_reserve_to_others() -> None:
    world = MiroWorld()
    for number in range(5):
        world.service.add_board(f"Board {number}", world.me, [world.me])
    world.service.credits = 10_050
    mirror = pulled(world)
    assert mirror["places"] == {}
    world.service.credits = 100_000
    assert len(pulled(world, mirror)["places"]) == 6


def test_a_pause_is_told_with_its_length() -> None:
    world = MiroWorld()
    world.service.credits = 40
    with pytest.raises(TryLater) as caught:
        pulled(world)
    assert caught.value.taken is False
    assert caught.value.after_s >= 1


def test_odd_items_are_counted_and_the_rest_is_read() -> None:
    world = MiroWorld()
    world.add_task("Fine")
    honest = world.service._listed_row
    odd: list[Any] = [None, 5, {}, {"id": []}, {"id": "1", "type": 7}, {"id": "2", "type": "sticky_note"}]
    odd += [{"id": "3", "type": "card", "data": "x", "position": [], "parent": 4, "createdBy": "me", "modifiedAt": 9}]

    def listed(asked: Asked, names: dict[str, str], _body: Any, _me: str) -> Answer:
        import json

        rows = [honest(row) for row in world.service._on(names["board"])]
        return Answer(200, json.dumps({"data": [*odd, *rows]}).encode())

    world.service._do_items = listed  # type: ignore[method-assign]
    mirror = pulled(world)
    assert sorted(row.title for row in mirror["tasks"].values()) == ["", "Fine"]
    assert mirror.oddities == 6


def test_a_lost_answer_to_a_tag_is_put_right_by_trying_again() -> None:
    world = MiroWorld()
    task = world.add_task("Card")
    seen = pulled(world)["tasks"][task].version

    def lost(service: Service, asked: Asked) -> Answer | None:
        service.answer(asked)
        raise LostError(arrived=True)

    world.http.write_faults.append(lost)
    with pytest.raises(TryLater):
        change(world, task, seen, status=Status.DONE)
    change(world, task, seen, status=Status.DONE)
    assert world.service.tag_titles(task.rpartition("/")[2]) == ["Done"]
    assert len(world.service.tags) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_of_the_listing_of_boards_is_told(status: int) -> None:
    world = MiroWorld()
    world.http.faults.extend([None, always(status)])
    with pytest.raises((Forbidden, Exception)) as caught:
        pulled(world)
    assert caught.type.__name__ in {"Forbidden", "Gone"}


def test_over_http_with_the_door_and_its_limits() -> None:
    service = make_fake()
    with Serving(service) as serving:
        login = Login("work", "miro", serving.base)
        limits = Limits(SystemClock())

        async def look(token: str) -> Mirror:
            mirror = Mirror()
            async with Door(TABLE["miro"], login, Secret(token), SystemClock(), limits=limits) as door:
                await mirror.pull(make(login, door, SystemClock()))
            return mirror

        mirror = run(look(MiroFake.token))
        assert {asked.headers["authorization"] for asked in serving.asked} == {f"Bearer {MiroFake.token}"}
        assert [row.title for row in mirror["tasks"].values()] == ["Ask for the gate's hours"]
        assert {row.title for row in mirror["notes"].values()} >= {"Went well", "Move"}
        with pytest.raises(SignInNeeded):
            run(look("wrong"))
        service.credits = 100
        with pytest.raises(TryLater) as caught:
            run(look(MiroFake.token))
        assert 1 <= caught.value.after_s <= 70
    assert service.wrong == []
