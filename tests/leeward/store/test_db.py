"""The file itself: made, migrated, backed up, refused, damaged, full, read-only, salvaged. Never a traceback, never a loss."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from leeward.errors import Problem
from leeward.events import Bus, Changed, Event
from leeward.model import Batch, Keep
from leeward.store import db as base_db
from leeward.store import inbox, lanes, outbox, own, read
from leeward.store.db import FILE, USED, Db, backup, latest_version, open_db, schema_files, write
from leeward.store.ingest import ingest
from leeward.store.salvage import salvage
from leeward.work import links, noting
from tests.leeward.store.hand import NOW, STEPS, Hand, base, opened, said, task

ROOT = Path(__file__).parents[3]


def version(folder: Path) -> int:
    with opened(folder) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_a_new_store_is_private_and_current(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    assert version(folder) == latest_version()
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with opened(folder) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        assert {name for name, strict in tables if not strict} <= {"sqlite_schema"}


def older(folder: Path, upto: int) -> None:
    """A store as an older program left it, with something of the user's own in it."""
    folder.mkdir(parents=True)
    db = sqlite3.connect(folder / FILE)
    for file in schema_files()[:upto]:
        db.executescript(file.read_text(encoding="utf-8"))
    db.execute(f"PRAGMA user_version = {upto}")
    db.execute("INSERT INTO draft VALUES ('d', 'typed text', 1)")
    db.commit()
    db.close()


def test_a_migration_backs_up_first_and_keeps_everything(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    older(folder, 1)
    with opened(folder) as db:
        assert db.execute("SELECT text FROM draft").fetchone()[0] == "typed text"
        assert db.execute("PRAGMA user_version").fetchone()[0] == latest_version()
    copy = folder / f"{FILE}.backup-0001"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    old = sqlite3.connect(copy)
    assert old.execute("PRAGMA user_version").fetchone()[0] == 1
    assert old.execute("SELECT text FROM draft").fetchone()[0] == "typed text"
    old.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    older(folder, 1)
    broken = tmp_path / "schema"
    shutil.copytree(base_db._SCHEMA, broken)
    number = latest_version() + 1
    (broken / f"{number:04d}_broken.sql").write_text(
        "CREATE TABLE half (x TEXT) STRICT;\nCREATE TABLE half (x TEXT) STRICT;\n", encoding="utf-8"
    )
    monkeypatch.setattr(base_db, "_SCHEMA", broken)
    with pytest.raises(Problem):
        open_db(folder)
    monkeypatch.undo()
    with opened(folder) as db:
        assert db.execute("SELECT text FROM draft").fetchone()[0] == "typed text"
        assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchone()


def test_three_backups_are_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        for number in range(1, 6):
            db.execute(f"PRAGMA user_version = {number}")
            backup(db, tmp_path / FILE, number)
    assert sorted(path.name[-4:] for path in tmp_path.glob("*.backup-*")) == ["0003", "0004", "0005"]


def test_a_backup_keeps_its_name_for_its_version(tmp_path: Path) -> None:
    """A second process that comes late finds the store migrated: it must not write that over the first one's copy."""
    older(tmp_path / "data", 1)
    with opened(tmp_path / "data") as db:
        copy = backup(db, tmp_path / "data" / FILE, 1)
    old = sqlite3.connect(copy)
    assert old.execute("PRAGMA user_version").fetchone()[0] == 1
    old.close()
    assert not list((tmp_path / "data").glob("*.part"))


def test_a_backup_without_room_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older(tmp_path / "data", 1)
    copy = tmp_path / "data" / f"{FILE}.backup-0001"
    copy.write_bytes(b"the one before")
    gone = sqlite3.connect

    def full(path: object, *args: object, **named: object) -> sqlite3.Connection:
        db: sqlite3.Connection = gone(path, *args, **named)  # type: ignore[call-overload]  # handed through as it came
        if "part" in str(path):
            db.execute("PRAGMA max_page_count = 1")
        return db

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(Problem, match="full"):
        open_db(tmp_path / "data")
    assert copy.read_bytes() == b"the one before"
    assert sorted(path.name for path in (tmp_path / "data").iterdir() if "part" in path.name) == []


def test_a_first_start_beside_another_finds_the_file_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_db(tmp_path).close()
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # it looked a moment before
    open_db(tmp_path).close()


def test_a_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        db.execute(f"PRAGMA user_version = {latest_version() + 1}")
    before = (tmp_path / FILE).read_bytes()
    for readonly in (False, True):
        with pytest.raises(Problem, match="newer leeward"):
            open_db(tmp_path, readonly=readonly)
    assert (tmp_path / FILE).read_bytes() == before


def test_an_emptied_file_is_said_and_not_filled_again(tmp_path: Path) -> None:
    from leeward.sync.lock import SyncLock

    for trace in ("backup", "lock", "used"):
        folder = tmp_path / trace
        open_db(folder).close()
        if trace != "used":
            (folder / USED).unlink()
        if trace == "backup":
            (folder / f"{FILE}.backup-0001").write_bytes(b"x")
        elif trace == "lock":
            lock = SyncLock(folder)
            lock.take("sync", NOW)
            lock.release()
        for path in folder.glob(f"{FILE}-*"):
            path.unlink()
        (folder / FILE).write_bytes(b"")
        with pytest.raises(Problem, match="empty"):
            open_db(folder)
        assert (folder / FILE).stat().st_size == 0


def test_an_empty_file_of_a_first_start_that_was_stopped_is_filled(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert version(tmp_path) == latest_version()


def test_a_store_that_was_never_synced_is_marked_as_used(tmp_path: Path) -> None:
    open_db(tmp_path).close()
    (tmp_path / USED).unlink()  # one that an older program made, or whose first start was stopped at the very end
    open_db(tmp_path).close()
    assert (tmp_path / USED).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).write_bytes(b"")
    for readonly in (False, True):
        with pytest.raises(Problem, match="empty"):
            open_db(tmp_path, readonly=readonly)


def test_a_file_that_another_first_start_fills_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).touch()
    looked = Path.exists

    def filled_first(path: Path) -> bool:
        if path.name == USED:
            monkeypatch.setattr(Path, "exists", looked)
            open_db(tmp_path).close()
        return looked(path)

    monkeypatch.setattr(Path, "exists", filled_first)
    open_db(tmp_path).close()
    assert version(tmp_path) == latest_version()


def test_after_a_store_was_moved_away_a_first_start_may_be_stopped_too(tmp_path: Path) -> None:
    from leeward.store import db as module

    open_db(tmp_path).close()
    (tmp_path / FILE).rename(tmp_path / "kept.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_connect", lambda *_args, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            open_db(tmp_path)
    assert (tmp_path / FILE).stat().st_size == 0
    open_db(tmp_path).close()
    assert version(tmp_path) == latest_version()


def through_the_lanes(folder: Path) -> None:
    store = lanes.Store(folder)
    try:
        store.read(inbox.everything).result()
        store.write(lambda db: db.execute("DELETE FROM message") and None).result()
    finally:
        store.close()


def test_a_page_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=tuple(said(f"m{n}", "text " * 50, NOW + n) for n in range(300))))
    with open_and_break(tmp_path / FILE), pytest.raises(Problem, match="damaged"):
        through_the_lanes(tmp_path)


@pytest.mark.parametrize("damage", ["all", "header", "middle"])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as db:
        Hand(db).take(base(messages=tuple(said(f"m{n}", "text " * 50, NOW + n) for n in range(300))))
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    if damage == "all":
        data[:] = b"not a database, but a letter" * 100
    elif damage == "header":
        data[:32] = b"\xff" * 32
    else:
        data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    kept = path.read_bytes()

    def use() -> None:
        db = open_db(tmp_path)
        try:
            write(db, lambda db: inbox.everything(db) and db.execute("DELETE FROM message"))
        finally:
            db.close()

    with pytest.raises(Problem, match="damaged"):
        use()
    with pytest.raises(Problem, match="damaged"):
        through_the_lanes(tmp_path)
    assert path.read_bytes()[:200] == kept[:200]


def test_a_full_disk_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "before"),)))
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
        big = Batch(messages=tuple(said(f"b{n}", f"{n} " * 500, NOW + n) for n in range(200)))
        with pytest.raises(Problem, match="disk is full"):
            hand.take(big)
        assert not db.in_transaction
        assert [row.text for row in read.messages(db, hand.thread_of("m1"))] == ["before"]
        db.execute("PRAGMA max_page_count = 1000000")
        hand.take(big)
        assert hand.one("SELECT count(*) FROM message") == 201
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"


READ_ONLY = """
import os, sys
from pathlib import Path
from leeward.errors import Problem
from leeward.store.db import open_db
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
for folder in sys.argv[1:]:
    for readonly in (False, True):
        try:
            open_db(Path(folder), readonly=readonly).close()
        except Problem as problem:
            print("said", problem)
        else:
            print("opened")
"""


def test_a_read_only_folder_is_a_sentence(tmp_path: Path) -> None:
    used, fresh = tmp_path / "used", tmp_path / "fresh"
    open_db(used).close()
    fresh.mkdir()
    for folder in (used, fresh):
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
    for parent in (tmp_path, *list(tmp_path.parents)[:2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(used), str(fresh), str(fresh / "below")],
            capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
        )  # fmt: skip
    finally:
        for folder in (used, fresh):
            folder.chmod(0o755)
    if "PermissionError" in done.stderr and "leeward/errors" in done.stderr:
        pytest.skip("another user cannot read this checkout")
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("said") for line in lines if line != "opened")
    assert lines[0].startswith("said")
    assert lines[2].startswith("said")


def test_a_file_where_the_folder_should_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Problem, match="cannot be used"):
            open_db(folder)


def test_what_is_the_owners_is_salvaged(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "who can look?"),), tasks=(task("k", "Theirs"),)))
        mine = write(db, own.new_task, NOW, title="My own task", text="typed by me")
        page = write(db, noting.add_note, NOW, "Minutes", "typed too")
        link = hand.act(links.tie, hand.thread_of("m1"), mine.id, keep=Keep.STATUS)
        row = write(db, outbox.put, NOW, hand.uid, "post", {"place": "room", "text": "unsent"}, item="x")
        db.execute("INSERT INTO draft VALUES ('d', 'typed text', 1)")
        uid, conversation = hand.uid, hand.thread_of("m1")
    path = tmp_path / FILE
    with open_and_break(path):
        pass
    kept = salvage(tmp_path, NOW)
    assert kept.rows >= 6
    assert kept.damaged.exists()
    with opened(tmp_path) as db:
        assert [row.title for row in read.tasks(db)] == ["My own task"]
        assert [row.text for row in read.notes(db)] == ["typed too"]
        assert {row.id for row in read.tasks(db)} == {mine.id}
        assert {row.id for row in read.notes(db)} == {page}
        assert outbox.get(db, row).doc["text"] == "unsent"
        assert db.execute("SELECT text FROM draft").fetchone()[0] == "typed text"
        # What can be pulled comes back under its old ids, and the link finds both ends.
        write(db, ingest, uid, [base(messages=(said("m1", "who can look?"),))], STEPS, NOW)
        (task_row,) = read.tasks(db)
        assert [(one.id, one.item) for one in task_row.links] == [(link, conversation)]


class open_and_break:  # noqa: N801 - used like a function
    """Spoil the pages of what can be pulled again, and leave the rest readable."""

    def __init__(self, path: Path) -> None:
        db = sqlite3.connect(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = [root for (root,) in db.execute("SELECT rootpage FROM sqlite_schema WHERE name IN ('message', 'item')")]
        size = db.execute("PRAGMA page_size").fetchone()[0]
        db.close()
        data = bytearray(path.read_bytes())
        for page in pages:
            data[(page - 1) * size : page * size] = b"\xa5" * size
        path.write_bytes(data)

    def __enter__(self) -> None: ...

    def __exit__(self, *_about: object) -> None: ...


def test_a_file_that_is_no_database_is_moved_aside_and_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"letter" * 1000)
    kept = salvage(tmp_path, NOW)
    assert kept.rows == 0
    assert kept.damaged.read_bytes() == b"letter" * 1000
    assert version(tmp_path) == latest_version()


def test_salvaging_without_room_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as db:
        db.executemany("INSERT INTO draft VALUES (?, ?, 1)", [(str(n), "typed text " * 90) for n in range(300)])
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / FILE).read_bytes()
    whole = base_db._connect

    def small(path: Path, *, readonly: bool) -> Db:
        db = whole(path, readonly=readonly)
        db.execute("PRAGMA max_page_count = 60")
        return db

    monkeypatch.setattr(base_db, "_connect", small)
    with pytest.raises(Problem, match="full"):
        salvage(tmp_path, NOW)
    monkeypatch.undo()
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "salvaged" in path.name or "damaged" in path.name] == []
    assert salvage(tmp_path, NOW).rows >= 300


@pytest.mark.parametrize("step", range(4))
def test_a_salvage_that_was_killed_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Between any two of its moves: the next start finds the file as it was, or what was read out of it."""
    here = tmp_path / "here"
    here.mkdir()
    with opened(tmp_path) as db:  # copied while it is in use, so that its log lies beside it
        db.execute("INSERT INTO draft VALUES ('d', 'typed text', 1)")
        for path in tmp_path.glob(FILE + "*"):
            (here / path.name).write_bytes(path.read_bytes())
    assert {path.name for path in here.iterdir()} >= {FILE, FILE + "-wal", FILE + "-shm"}
    whole, moves = Path.rename, iter(range(9))

    def rename(path: Path, target: Path) -> Path:
        if next(moves) == step:
            raise KeyboardInterrupt
        return whole(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr("shutil.rmtree", lambda *_args, **_named: None)  # a killed process tidies nothing
    with pytest.raises(KeyboardInterrupt):
        salvage(here, NOW)
    monkeypatch.undo()
    with opened(here) as db:
        assert db.execute("SELECT text FROM draft").fetchall() == [("typed text",)]
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def test_what_a_salvage_had_not_read_out_whole_is_no_store(tmp_path: Path) -> None:
    """It was killed while it read; later its owner moved the file away, to start afresh."""
    with opened(tmp_path / f".salvaged-{NOW}") as db:
        db.execute("INSERT INTO draft VALUES ('d', 'typed text', 1)")
    with opened(tmp_path) as db:
        assert db.execute("SELECT text FROM draft").fetchall() == []


def test_salvaging_nothing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem):
        salvage(tmp_path, NOW)


def test_a_transaction_is_all_or_nothing_and_tells_after_it(tmp_path: Path) -> None:
    bus = Bus()
    told: list[Event] = []
    bus.listen(told.append)
    store = lanes.Store(tmp_path, bus)
    try:

        def half(db: Db) -> None:
            db.execute("INSERT INTO draft VALUES ('a', 'x', 1)")
            db.changed.add("a")
            raise RuntimeError("stop")

        with pytest.raises(RuntimeError):
            store.write(half).result()
        assert store.read(lambda db: db.execute("SELECT count(*) FROM draft").fetchone()[0]).result() == 0
        assert told == []
        store.write(lambda db: db.changed.add("b")).result()
        assert told == [Changed(frozenset({"b"}))]
    finally:
        store.close()


def test_a_read_sees_one_moment_and_cannot_write(tmp_path: Path) -> None:
    store = lanes.Store(tmp_path)
    try:
        with pytest.raises((sqlite3.OperationalError, Problem)):
            store.read(lambda db: db.execute("INSERT INTO draft VALUES ('a', 'x', 1)")).result()

        def twice(db: Db) -> tuple[int, int]:
            one = db.execute("SELECT count(*) FROM draft").fetchone()[0]
            store.write(lambda db: db.execute("INSERT INTO draft VALUES ('a', 'x', 1)") and None).result()
            return one, db.execute("SELECT count(*) FROM draft").fetchone()[0]

        assert store.read(twice).result() == (0, 0)
        assert store.read(lambda db: db.execute("SELECT count(*) FROM draft").fetchone()[0]).result() == 1
    finally:
        store.close()


def test_another_process_is_noticed_once(tmp_path: Path) -> None:
    store = lanes.Store(tmp_path)
    try:
        assert not store.others_wrote().result()
        store.write(lambda db: db.execute("INSERT INTO draft VALUES ('a', 'x', 1)") and None).result()
        assert not store.others_wrote().result()
        with opened(tmp_path) as other:
            write(other, lambda db: db.execute("INSERT INTO draft VALUES ('b', 'x', 1)"))
        assert store.others_wrote().result()
        assert not store.others_wrote().result()
    finally:
        store.close()


def test_writers_of_several_connections_lose_nothing(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    open_db(tmp_path).close()

    def work(name: int) -> None:
        with opened(tmp_path) as db:
            for n in range(40):
                write(db, lambda db, key=f"{name}.{n}": db.execute("INSERT INTO draft VALUES (?, 'x', 1)", (key,)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with opened(tmp_path) as db:
        assert db.execute("SELECT count(*) FROM draft").fetchone()[0] == 160


def test_the_schema_of_old_stores_is_the_schema_of_new_ones(tmp_path: Path) -> None:
    older(tmp_path / "old", 1)
    schemas = []
    for folder in (tmp_path / "old", tmp_path / "new"):
        with opened(folder) as db:
            schemas.append(sorted(db.execute("SELECT type, name, sql FROM sqlite_schema").fetchall(), key=str))
    assert schemas[0] == schemas[1]


def test_umask_does_not_widen_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_db(tmp_path / "data").close()
    finally:
        os.umask(before)
    for path in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
