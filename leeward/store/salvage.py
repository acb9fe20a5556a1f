"""A damaged store: the file is moved aside, never deleted, and what is the user's own is carried into a new one."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from leeward.errors import Problem
from leeward.model import Instant
from leeward.paths import sync_folder
from leeward.store import own
from leeward.store.db import DAMAGED, FILE, SALVAGED, Db, open_db, set_aside, write
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
    "outward",  # what services were told of quiet is to be taken away again
)


class Kept(Struct, frozen=True):
    """Where the damaged file lies now, and how many rows were read out of it."""

    damaged: Path
    rows: int


def salvage(folder: Path, now: Instant) -> Kept:
    """Read what is the user's own into a new file, row by row, as far as it can be read; then move the old one aside.

    Raises `Problem` where that is not possible, and then all is as it was.
    """
    path = folder / FILE
    if not path.exists():
        raise Problem(_("There is no store in {folder}.").format(folder=folder), _("Nothing needs to be salvaged."))
    damaged, apart = folder / f"{FILE}{DAMAGED}{now}", folder / f"{SALVAGED}{now}"
    try:
        new = open_db(apart)
        try:
            rows = write(new, _read_out, path, now)
        finally:
            new.close()
        set_aside(path, damaged)
        (apart / FILE).rename(path)
        sync_folder(folder)
    finally:
        shutil.rmtree(apart, ignore_errors=True)
    return Kept(damaged, rows)


def _read_out(new: Db, path: Path, now: Instant) -> int:
    rows = 0
    old = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        for table in OWN_TABLES:
            rows += _carry(old, new, table)
    finally:
        old.close()
    own.ensure_local(new, now)
    for (id,) in new.execute("SELECT id FROM own").fetchall():
        own.restore(new, id, now)
    return rows


def _carry(old: sqlite3.Connection, new: Db, table: str) -> int:
    count = 0
    for columns, row in _readable(old, table):
        marks = ",".join("?" * len(columns))
        with contextlib.suppress(sqlite3.IntegrityError):  # a row that was spoilt; those after it may be whole
            done = new.execute(f"INSERT OR IGNORE INTO {table} ({','.join(columns)}) VALUES ({marks})", row)
            count += done.rowcount
    return count


def _readable(old: sqlite3.Connection, table: str) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    """The rows of a table up to where it cannot be read, each with the names of its columns."""
    try:
        cursor = old.execute(f"SELECT * FROM {table}")
        columns = [column[0] for column in cursor.description]
        while (row := cursor.fetchone()) is not None:
            yield columns, row
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return
