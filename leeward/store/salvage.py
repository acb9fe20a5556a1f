"""A damaged store: the file is moved aside, never deleted, and what is the user's own is carried into a new one."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from msgspec import Struct

from leeward.errors import Problem
from leeward.model import Instant
from leeward.store import own
from leeward.store.db import FILE, open_db, transaction
from leeward.words import _

OWN_TABLES = (
    *(
        "account",
        "triage",
        "own",
        "alias",
        "pinned_cut",
        "dismissed",
        "person_join",
        "link",
        "journal",
        "capsule",
        "outbox",
        "draft",
    ),
    *("act", "habit", "oneoff"),
    *("notice", "verdict", "delivery", "digest"),  # what rang already must not ring again when it is pulled anew
)


class Kept(Struct, frozen=True):
    """Where the damaged file lies now, and how many rows were read out of it."""

    damaged: Path
    rows: int


def salvage(folder: Path, now: Instant) -> Kept:
    """Move the file aside and read what is the user's own, row by row, as far as it can be read."""
    path = folder / FILE
    if not path.exists():
        raise Problem(_("There is no store in {folder}.").format(folder=folder), _("Nothing needs to be salvaged."))
    damaged = folder / f"{FILE}.damaged-{now}"
    for suffix in ("", "-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(damaged.with_name(damaged.name + suffix))
    new = open_db(folder)
    old = sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)
    rows = 0
    try:
        with transaction(new):
            for table in OWN_TABLES:
                rows += _carry(old, new, table)
            own.ensure_local(new, now)
            for (id,) in new.execute("SELECT id FROM own").fetchall():
                own.restore(new, id, now)
    finally:
        old.close()
        new.close()
    return Kept(damaged, rows)


def _carry(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    count = 0
    try:
        cursor = old.execute(f"SELECT * FROM {table}")
        columns = [column[0] for column in cursor.description]
        marks = ",".join("?" * len(columns))
        while (row := cursor.fetchone()) is not None:
            with contextlib.suppress(sqlite3.IntegrityError):  # a row that was spoilt; those after it may be whole
                done = new.execute(f"INSERT OR IGNORE INTO {table} ({','.join(columns)}) VALUES ({marks})", row)
                count += done.rowcount
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return count
    return count
