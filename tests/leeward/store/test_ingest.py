"""The one door in: repeats cost nothing, what is known changes only where it differs, nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

from leeward.model import Batch, File, ItemType, Message, Place, ReadUpTo, RemoteId, Status, Tier
from leeward.store import accounts, find, inbox, read
from tests.leeward.store.hand import (
    ANA,
    DAY,
    ME,
    MINUTE,
    NOW,
    PROJECT,
    ROOM,
    Hand,
    base,
    note,
    opened,
    project,
    room,
    said,
    task,
    thread,
    todo,
)


def everything() -> Batch:
    """One of each, with the fields that could differ between a row and its repeat."""
    return base(
        threads=(thread("t1", "Sign-in fails", url="https://x.example/1", task=RemoteId("k1"), version="3"),),
        messages=(
            said("m1", "who can look?", NOW - 5 * MINUTE, files=(File("trace.txt", "https://x.example/f"),)),
            said("m2", "I can", NOW - 4 * MINUTE, "bo", reply_to=(RemoteId("m1"),), mentions=(RemoteId("me"),)),
            said("m3", "Is it the proxy?", NOW - 3 * MINUTE, thread="t1", key=None, version="1"),
            said("m4", "Ana joined", NOW - 2 * MINUTE, notice=True),
            said("m5", "my own", NOW - MINUTE, "me"),
        ),
        tasks=(task("k1", "Sign-in", text="it\x1b[31m fails", assignees=(RemoteId("me"),), labels=("a", "b"),
                    thread=RemoteId("t1"), tier=Tier.RED, author=RemoteId("ana"), native_status="To do"),),
        notes=(note("n1", "Minutes", "# one"),),
        todos=(todo("d1", mention=True, target=(ItemType.THREAD, RemoteId("t1")), author=RemoteId("ana")),),
        read=(ReadUpTo(ROOM, RemoteId("m1")),),
        cursor="c1",
    )  # fmt: skip


def test_the_same_batch_twice_writes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(everything())
        before = db.total_changes
        hand.tick()
        intake = hand.take(everything())
        assert db.total_changes == before
        assert not intake.touched
        assert not any(intake.counts.values())


def test_a_cursor_moves_only_together_with_rows(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(cursor="1"))
        hand.take(base(cursor="2"))
        assert accounts.cursor(db, hand.uid) == "1"
        hand.take(Batch(messages=(said("m1", "hello"),), cursor="3"), Batch(cursor="4"))
        assert accounts.cursor(db, hand.uid) == "4"


def test_raw_text_stays_beside_the_clean_one(tmp_path: Path) -> None:
    raw = "red \x1b[31malarm\x07 \u202egnp.exe"
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", raw),), tasks=(task("k", raw, text=raw),), notes=(note("n", raw, raw),)))
        row = read.message(db, hand.line("m1"))
        assert row is not None
        assert "\x1b" not in row.text
        assert "\u202e" not in row.text
        assert hand.one("SELECT raw FROM message") == raw
        assert hand.one("SELECT raw_text FROM task") == raw
        assert hand.one("SELECT raw_text FROM note") == raw
        assert hand.item(hand.id(ItemType.TASK, "k"))["raw_title"] == raw
        hand.take(base(messages=(said("m2", "plain"),)))
        assert hand.one("SELECT raw FROM message WHERE id = ?", hand.line("m2")) is None


def test_half_a_surrogate_pair_poisons_nothing(tmp_path: Path) -> None:
    bad = "half \ud83d of a pair"
    with opened(tmp_path) as db:
        hand = Hand(db)
        batch = base(
            messages=(said("m\udc00", bad, raw=bad, url=bad, files=(File(bad, bad),), version=bad),),
            tasks=(task("k\ud800", bad, text=bad, native_status=bad, labels=(bad,), version=bad),),
            threads=(thread("t", bad, url=bad, version=bad),),
            complete=((PROJECT, ItemType.TASK),),
            cursor="c",
        )
        hand.take(batch)
        before = db.total_changes
        hand.take(batch)
        assert db.total_changes == before
        assert hand.one("SELECT count(*) FROM message") == 1
        assert hand.one("SELECT text FROM message") == "half \N{REPLACEMENT CHARACTER} of a pair"
        assert accounts.cursor(db, hand.uid) == "c"


def test_an_absurd_time_stops_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        times = (2**53, 10**18, 2**63, -(2**53), -(10**30))
        hand.take(
            base(
                messages=tuple(said(f"m{n}", "when?", at) for n, at in enumerate(times)),
                tasks=tuple(task(f"k{n}", updated=at, created=at, due=at) for n, at in enumerate(times)),
                threads=tuple(thread(f"t{n}", updated=at) for n, at in enumerate(times)),
                notes=tuple(note(f"n{n}", updated=at) for n, at in enumerate(times)),
            )
        )
        assert hand.one("SELECT count(*) FROM message") == len(times)
        assert len(inbox.page(db, 100)) >= 1
        assert len(read.tasks(db)) == len(times)


def test_an_edit_changes_the_line_and_keeps_its_place(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "tpyo"), said("m2", "next", NOW + 1))))
        n = hand.one("SELECT n FROM message WHERE id = ?", hand.line("m1"))
        thread_id = hand.thread_of("m1")
        intake = hand.take(Batch(messages=(said("m1", "typo", version="2", edited=NOW + 5),)))
        assert [line.text for line in intake.edited] == ["typo"]
        assert not intake.new
        assert hand.one("SELECT text FROM message WHERE n = ?", n) == "typo"
        assert hand.thread_of("m1") == thread_id


def test_a_taken_back_line_is_empty_and_counts_for_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "secret"), said("m2", "other", NOW + 1))))
        hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("m1")),)))
        assert tuple(db.execute("SELECT text, raw FROM message WHERE id = ?", (hand.line("m1"),)).fetchone()) == (
            "",
            None,
        )
        row = read.message(db, hand.line("m1"))
        assert row is not None
        assert row.gone
        assert not row.unread
        before = db.total_changes
        hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("m1")),)))
        assert db.total_changes == before


def test_a_conversation_is_called_like_its_first_line_says_now(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "my password is 1234"), said("m2", "careful", NOW + 1, "bo"))))
        id = hand.thread_of("m1")
        assert hand.item(id)["title"] == "my password is 1234"
        hand.take(Batch(messages=(said("m1", "never mind", version="2"),)))
        assert hand.item(id)["title"] == "never mind"
        hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("m1")),)))
        assert hand.item(id)["title"] == "(no text)"


def test_what_a_service_deleted_leaves_a_tombstone(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=(task("k", assignees=(RemoteId("me"),)),)))
        id = hand.id(ItemType.TASK, "k")
        assert [row.id for row in inbox.page(db)] == [id]
        hand.take(Batch(gone=((ItemType.TASK, RemoteId("k")),)))
        assert inbox.page(db) == []
        assert read.tasks(db) == []
        assert read.task(db, id) is not None
        hand.take(Batch(tasks=(task("k", assignees=(RemoteId("me"),), updated=NOW + 1),)))
        assert [row.id for row in inbox.page(db)] == [id]


def test_missing_once_is_not_gone_and_twice_is(tmp_path: Path) -> None:
    listing = ((PROJECT, ItemType.TASK),)
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=tuple(task(f"k{n}") for n in range(4)), complete=listing))
        short = base(tasks=tuple(task(f"k{n}") for n in range(3)), complete=listing)
        hand.take(short)
        assert len(read.tasks(db)) == 4
        hand.take(short)
        assert len(read.tasks(db)) == 3


def test_seen_again_in_between_begins_the_count_afresh(tmp_path: Path) -> None:
    listing = ((PROJECT, ItemType.TASK),)
    with opened(tmp_path) as db:
        hand = Hand(db)
        whole = base(tasks=tuple(task(f"k{n}") for n in range(4)), complete=listing)
        short = base(tasks=tuple(task(f"k{n}") for n in range(3)), complete=listing)
        for batch in (whole, short, whole, short):
            hand.take(batch)
        assert len(read.tasks(db)) == 4


def test_a_listing_in_pages_is_judged_as_a_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        first = base(tasks=tuple(task(f"k{n}") for n in range(3)))
        last = Batch(tasks=tuple(task(f"k{n}") for n in range(3, 6)), complete=((PROJECT, ItemType.TASK),))
        for _round in range(3):
            hand.take(first, last)
        assert len(read.tasks(db)) == 6


def test_an_empty_or_foreign_listing_removes_nothing(tmp_path: Path) -> None:
    listing = ((PROJECT, ItemType.TASK),)
    for count in (2, 7, 60):
        folder = tmp_path / str(count)
        with opened(folder) as db:
            hand = Hand(db)
            hand.take(base(tasks=tuple(task(f"k{n}") for n in range(count)), complete=listing))
            for strange in (base(complete=listing), base(tasks=(task("foreign"),), complete=listing)):
                for _round in range(4):
                    intake = hand.take(strange)
                    assert intake.counts.get("withheld") == count
            assert len(read.tasks(db)) == count + 1


def test_most_of_a_long_listing_missing_is_withheld(tmp_path: Path) -> None:
    listing = ((PROJECT, ItemType.TASK),)
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=tuple(task(f"k{n}") for n in range(60)), complete=listing))
        for _round in range(3):
            intake = hand.take(base(tasks=tuple(task(f"k{n}") for n in range(9)), complete=listing))
            assert intake.counts["withheld"] == 51
        assert len(read.tasks(db)) == 60


def test_the_owner_decides_about_what_is_suddenly_missing(tmp_path: Path) -> None:
    from leeward.store import outbox
    from leeward.store.db import write
    from leeward.sync.answer import answer

    listing = ((PROJECT, ItemType.TASK),)
    whole = base(tasks=tuple(task(f"k{n}") for n in range(5)), complete=listing)
    for choice, left in (("drop", 5), ("send", 0)):
        with opened(tmp_path / choice) as db:
            hand = Hand(db)
            hand.take(whole)
            hand.take(base(complete=listing))
            (question,) = outbox.listed(db)
            assert (question.state, question.verb) == ("asks", "remove")
            assert "5" in question.why
            write(db, answer, question.row, choice, NOW)
            assert outbox.listed(db) == []
            for _round in range(3):
                assert "withheld" not in hand.take(base(complete=listing)).counts
            assert len(read.tasks(db)) == left


def test_the_question_goes_when_everything_is_back(tmp_path: Path) -> None:
    from leeward.store import outbox

    listing = ((PROJECT, ItemType.TASK),)
    whole = base(tasks=tuple(task(f"k{n}") for n in range(5)), complete=listing)
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(whole)
        hand.take(base(complete=listing))
        before = db.total_changes
        hand.take(base(complete=listing))
        assert db.total_changes == before, "asking twice writes nothing"
        hand.take(whole)
        assert outbox.listed(db) == []


def test_the_last_one_of_a_place_may_go(tmp_path: Path) -> None:
    listing = ((PROJECT, ItemType.TASK),)
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=(task("k"),), complete=listing))
        hand.take(base(complete=listing))
        assert len(read.tasks(db)) == 1
        hand.take(base(complete=listing))
        assert read.tasks(db) == []


def test_a_marker_moved_elsewhere_reads_up_to_it_and_never_back(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        lines = tuple(said(f"m{n}", f"line {n}", NOW + n, thread="t") for n in range(4))
        hand.take(base(threads=(thread("t"),), messages=lines))
        id = hand.thread("t")
        assert hand.item(id)["unread"] == 4
        hand.take(Batch(read=(ReadUpTo(PROJECT, RemoteId("m2"), RemoteId("t")),)))
        assert hand.item(id)["unread"] == 1
        hand.take(Batch(read=(ReadUpTo(PROJECT, RemoteId("m0"), RemoteId("t")),)))
        assert hand.item(id)["unread"] == 1


def test_lines_and_the_marker_on_them_may_come_together(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                messages=(said("m1", "who can look at db-2?"), said("m2", "lunch on Thursday?", NOW + 5 * 3_600_000)),
                read=(ReadUpTo(ROOM, RemoteId("m1")),),
            )
        )
        assert sum(row.unread for row in inbox.everything(db)) == 1
        assert hand.item(hand.thread_of("m2"))["unread"] == 1


def test_a_marker_told_again_does_not_read_what_was_made_unread(tmp_path: Path) -> None:
    from leeward.work import triage

    mark = Batch(read=(ReadUpTo(PROJECT, RemoteId("m1"), RemoteId("t")),))
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(threads=(thread("t"),), messages=(said("m1", "hello", thread="t"),)))
        hand.take(mark)
        hand.act(triage.undone, [hand.thread("t")])
        assert hand.item(hand.thread("t"))["unread"] == 1
        hand.take(mark)
        assert hand.item(hand.thread("t"))["unread"] == 1


def test_a_room_that_moved_keeps_its_ids(tmp_path: Path) -> None:
    new = RemoteId("room-2")
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "before the move"),)))
        place = hand.item(hand.thread_of("m1"))["place"]
        hand.take(
            Batch(
                moved=((ROOM, new),),
                places=(Place(new, "Harbour (new)", flat=True),),
                messages=(said("m2", "after the move", NOW + MINUTE, place=new, reply_to=(RemoteId("m1"),)),),
            )
        )
        assert [row.title for row in find.places(db)].count("Harbour (new)") == 1
        assert hand.item(hand.thread_of("m2"))["place"] == place
        assert hand.thread_of("m2") == hand.thread_of("m1")
        assert hand.one("SELECT remote FROM place WHERE id = ?", place) == new


def test_the_past_arrives_read(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db, since=NOW)
        old = NOW - 3 * DAY
        hand.take(
            base(
                threads=(thread("t", updated=old),),
                messages=(said("m1", "old news", old), said("m2", "old too", old, thread="t")),
                tasks=(task("k1", "somebody's", updated=old), task("k2", "mine", updated=old, assignees=(ME.id,))),
            )
        )
        assert {row.unread for row in inbox.everything(db)} == {0}
        assert hand.id(ItemType.TASK, "k2") in {row.id for row in inbox.page(db)}
        assert hand.id(ItemType.TASK, "k1") not in {row.id for row in inbox.page(db)}


def test_an_old_mention_still_calls_unless_it_was_answered_or_read(tmp_path: Path) -> None:
    old = NOW - 3 * DAY
    me = (ME.id,)

    def about(id: str) -> tuple[Message, ...]:
        return (
            said(f"{id}1", "first", old, thread=id),
            said(f"{id}2", "@sam?", old + 1, thread=id, mentions=me),
            said(f"{id}3", "and more", old + 2, thread=id),
        )

    with opened(tmp_path) as db:
        hand = Hand(db, since=NOW)
        hand.take(
            base(
                threads=tuple(thread(id, updated=old) for id in ("a", "b", "c", "d")),
                messages=(
                    *about("a"),
                    *about("b"),
                    said("b4", "here", old + 3, "me", thread="b"),
                    *about("c"),
                    said("d1", "nothing for me", old, thread="d"),
                    said("r1", "@sam the room wants you", old, mentions=me),
                ),
                read=(ReadUpTo(PROJECT, RemoteId("c3"), RemoteId("c")),),
            )
        )
        rows = {row.id: row for row in inbox.everything(db)}
        assert {name: rows[hand.thread(name)].unread for name in "abcd"} == {"a": 2, "b": 0, "c": 0, "d": 0}
        assert rows[hand.thread("a")].type is ItemType.MENTION
        assert hand.item(hand.thread_of("r1"))["unread"] == 1


def test_an_import_arrives_unread(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db, "local", kind="local")
        hand.take(base(messages=(said("m1", "years ago", NOW - 4000 * DAY),)))
        assert [row.unread for row in inbox.page(db)] == [1]


def test_people_join_by_a_verified_address_only(tmp_path: Path) -> None:
    from msgspec.structs import replace

    with opened(tmp_path) as db:
        one, other = Hand(db, "one"), Hand(db, "other")
        one.take(Batch(people=(replace(ANA, address="ana@x.org", verified=True),)))
        other.take(Batch(people=(replace(ANA, name="A. Duarte", address="ana@x.org"),)))
        assert len(read.people(db)) == 2
        other.take(Batch(people=(replace(ANA, name="A. Duarte", address="Ana@X.org", verified=True),)))
        (human,) = read.people(db)
        assert set(human.accounts) == {"one", "other"}
        assert set(find.names(db, [one.id("person", "ana"), other.id("person", "ana")]).values()) == {human.name}


def test_somebody_the_owner_parted_stays_apart(tmp_path: Path) -> None:
    from msgspec.structs import replace

    with opened(tmp_path) as db:
        one, other = Hand(db, "one"), Hand(db, "other")
        ids = sorted((one.id("person", "ana"), other.id("person", "ana")))
        db.execute("INSERT INTO person_join VALUES (?, ?, 0)", ids)
        for hand in (one, other):
            hand.take(Batch(people=(replace(ANA, address="office@x.org", verified=True),)))
        assert len(read.people(db)) == 2


def test_a_todo_leaves_when_it_was_finished_there(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(todos=(todo("d", "Review it"),)))
        assert [(row.type, row.unread) for row in inbox.page(db)] == [(ItemType.TODO, 1)]
        hand.take(Batch(todos=(todo("d", "Review it", waits=False),)))
        assert inbox.page(db) == []


def test_a_thread_speaks_for_its_task_and_todo(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                threads=(thread("t", task=RemoteId("k")),),
                tasks=(task("k", assignees=(ME.id,), thread=RemoteId("t"), due=NOW + 1),),
                todos=(todo("d", target=(ItemType.TASK, RemoteId("k"))),),
            )
        )
        assert [(row.id, row.tier) for row in inbox.page(db)] == [(hand.thread("t"), Tier.RED)]
        hand.take(Batch(tasks=(task("k", status=Status.DONE, thread=RemoteId("t"), updated=NOW + 1),)))
        assert read.tasks(db, status="open") == []


def test_counts_are_what_a_sync_reports(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        intake = Hand(db).take(everything())
        assert {name: intake.counts[name] for name in ("messages", "tasks", "notes")} == {
            "messages": 5,
            "tasks": 1,
            "notes": 1,
        }


def test_two_accounts_with_the_same_remote_ids_are_apart(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        for name in ("one", "other"):
            Hand(db, name).take(Batch(places=(project(),), tasks=(task("1", f"of {name}"),)))
        assert {row.title for row in read.tasks(db)} == {"of one", "of other"}


def test_many_lines_of_one_instant_keep_their_order(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        lines = tuple(said(f"m{n}", f"line {n}", NOW, thread="t") for n in range(5000))
        hand.take(base(threads=(thread("t"),), messages=lines[:3000]))
        hand.take(Batch(places=(room(),), messages=lines[3000:]))
        assert [row.text for row in read.messages(db, hand.thread("t"))] == [f"line {n}" for n in range(5000)]
