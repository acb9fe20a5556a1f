"""Open the store's file: pragmas, schema, checks. The only place that decides how SQLite is used."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from leeward.errors import Problem
from leeward.words import _

P = ParamSpec("P")
T = TypeVar("T")

FILE = "leeward.db"
USED = FILE + ".used"
"""Beside the store once its schema is whole: an empty file is no first start then."""
BESIDE = ("-wal", "-shm")
SALVAGED = ".salvaged-"
DAMAGED = ".damaged-"
"""The folder a salvage reads into, and what a damaged file is called: both end in its instant."""
KEPT_BACKUPS = 3
_SCHEMA = Path(__file__).parent / "schema"
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p"})


class Db(sqlite3.Connection):
    """A connection that remembers which items and lists this transaction changed."""

    changed: set[str]
    path: Path = Path(FILE)


def schema_files() -> list[Path]:
    """The migrations in order; the number in a name is the version it makes."""
    # `glob` would find nothing where the folder cannot be read, since Python 3.13.
    return sorted(path for path in _SCHEMA.iterdir() if path.suffix == ".sql")


def latest_version() -> int:
    """The schema version this program writes."""
    return int(schema_files()[-1].name[:4])


def open_db(folder: Path, *, readonly: bool = False) -> Db:
    """Open `folder/leeward.db`, made and migrated first where that is needed.

    Raises `Problem` where the file is damaged, newer than this program, or the folder cannot be written.
    """
    path = folder / FILE
    try:
        if readonly and (db := _as_it_is(path)) is not None:
            return db
        _ensure_file(path)
        db = _connect(path, readonly=False)
        try:
            _migrate(db, path)
            _mark(path.with_name(USED))
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise _problem(path, error) from error
    except OSError as error:
        raise Problem(
            _("The data folder {folder} cannot be used: {why}.").format(folder=folder, why=error.strerror),
            _("Choose another with --data, or mend its rights."),
        ) from error
    if readonly:
        db.close()
        return _connect(path, readonly=True)
    return db


def _as_it_is(path: Path) -> Db | None:
    """The file, to be read; None where it must take the writer's road first."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    db = _connect(path, readonly=True)
    try:
        current = int(db.execute("PRAGMA user_version").fetchone()[0]) == latest_version()
    except BaseException:
        db.close()
        raise
    if not current:
        db.close()
        return None
    return db


def _ensure_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Looked at again: another first start may have filled the file, and left its mark, in between.
    if _is_empty(path) and _was_used(path) and _is_empty(path):
        raise Problem(
            _("{path} is empty, though it was in use before.").format(path=path),
            _("Put back the newest backup of it, or move the file away to start afresh."),
        )
    if not path.exists():
        _finish_salvage(path)
    if not path.exists():
        path.with_name(USED).unlink(missing_ok=True)  # it told of a file that was moved away
        with suppress(FileExistsError):  # another process made it at the same moment
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))


def _finish_salvage(path: Path) -> None:
    """A salvage that was stopped when the damaged file lay aside already: what it read out takes its place."""
    for whole in sorted(path.parent.glob(SALVAGED + "*/" + FILE)):
        damaged = path.with_name(FILE + DAMAGED + whole.parent.name.removeprefix(SALVAGED))
        if not damaged.exists() or path.exists():
            continue
        with suppress(OSError):  # another process was faster
            set_aside(path, damaged, BESIDE)  # they are the damaged one's, and would spoil another
            whole.rename(path)
            whole.parent.rmdir()


def set_aside(path: Path, aside: Path, suffixes: tuple[str, ...] = ("", *BESIDE)) -> None:
    """Call a store's file and what SQLite keeps beside it otherwise, as far as they are there."""
    for suffix in suffixes:
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0


def _was_used(path: Path) -> bool:
    """A first start that was stopped leaves an empty file too, but nothing beside it."""
    if path.with_name(USED).exists():
        return True
    lock = path.with_name("sync.lock")
    return any(path.parent.glob(FILE + ".backup-*")) or (lock.exists() and lock.stat().st_size > 0)


def _mark(used: Path) -> None:
    """Note that the store is whole; one that a start was stopped before gets it at the next."""
    if not used.exists():
        with suppress(OSError):  # a full disk must not keep anybody from what is there
            os.close(os.open(used, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))


def _connect(path: Path, *, readonly: bool) -> Db:
    source = f"file:{_quoted(path)}?mode={'ro' if readonly else 'rw'}"
    db = sqlite3.connect(
        source, uri=True, timeout=5.0, isolation_level=None, factory=Db, check_same_thread=False, cached_statements=256
    )
    db.changed, db.path = set(), path
    try:
        _set_up(db, path, readonly=readonly)
    except BaseException:
        db.close()
        raise
    return db


def _set_up(db: Db, path: Path, *, readonly: bool) -> None:
    db.execute("PRAGMA busy_timeout = 5000")
    if not readonly:
        journal = "DELETE" if on_network(path) else "WAL"
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(f"PRAGMA cache_size = {-3000 if readonly else -8000}")


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def on_network(path: Path) -> bool:
    """Tell whether the file lies on a network file system, where WAL's shared memory does not work."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    here = str(path.parent.absolute())
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        point = fields[1].replace("\\040", " ")
        if (here == point or here.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind in _NETWORK_FILE_SYSTEMS


def _migrate(db: Db, path: Path) -> None:
    have = int(db.execute("PRAGMA user_version").fetchone()[0])
    newest = latest_version()
    if have == newest:
        return
    if have > newest:
        raise Problem(
            _("{path} was written by a newer leeward (schema {have}, this one knows {newest}).").format(
                path=path, have=have, newest=newest
            ),
            _("Install that version again, or name another folder with --data."),
        )
    if have:
        backup(db, path, have)
    for file in schema_files():
        version = int(file.name[:4])
        if version > have:
            _apply(db, file, version)


def _apply(db: Db, file: Path, version: int) -> None:
    """One migration, one transaction; a second process that came first has done it already."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if int(db.execute("PRAGMA user_version").fetchone()[0]) < version:
            for statement in _statements(file.read_text(encoding="utf-8")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Split a script; `executescript` would commit the transaction it stands in."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def backup(db: Db, path: Path, version: int) -> Path:
    """Copy the whole store beside itself before a migration; the newest three are kept, readable by the owner only.

    It gets its name when it is whole. A second process may have migrated meanwhile: then the copy is none of that
    version, and the one which that process made stands.
    """
    from leeward.paths import sync_folder

    target = path.with_name(f"{FILE}.backup-{version:04d}")
    part = path.with_name(f".{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        copy = sqlite3.connect(part)
        try:
            db.backup(copy)
            whole = int(copy.execute("PRAGMA user_version").fetchone()[0]) == version
        finally:
            copy.close()
        if whole:
            part.replace(target)
            sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
    for old in sorted(path.parent.glob(FILE + ".backup-*"))[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return target


def _problem(path: Path, error: sqlite3.Error) -> Problem:
    said = str(error)
    if "malformed" in said or "not a database" in said or "disk image" in said:
        return Problem(
            _("{path} is damaged ({said}).").format(path=path, said=said),
            _("Run `leeward doctor --salvage`: the damaged file is kept, notes, links and outbox are carried over."),
        )
    if "locked" in said or "busy" in said:
        return Problem(_("Another program holds {path}.").format(path=path), _("Close it and try again."))
    # What lies in WAL mode needs room even to be read, and SQLite calls a disk without any an I/O error.
    if "full" in said or ("disk I/O" in said and _no_room(path)):
        return Problem(_("The disk is full."), _("Make room; nothing was changed."))
    if "readonly" in said:
        return Problem(
            _("{path} cannot be written.").format(path=path), _("Mend its rights, or name another folder with --data.")
        )
    return Problem(_("{path} cannot be used: {said}.").format(path=path, said=said), _("`leeward doctor` tells more."))


def _no_room(path: Path) -> bool:
    try:
        return os.statvfs(path.parent).f_bavail == 0
    except OSError:
        return False


@contextmanager
def transaction(db: Db) -> Iterator[Db]:
    """Write as one: everything inside is kept, or nothing. `db.changed` holds what it touched, for who asks after."""
    db.changed = set()
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        db.changed = set()
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def write(db: Db, act: Callable[..., T], *args: object, **named: object) -> T:
    """Run `act(db, …)` in a transaction. Raises `Problem` where SQLite could not keep it (full disk, busy, damaged)."""
    try:
        with transaction(db):
            return act(db, *args, **named)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise _problem(db.path, error) from error


def read(db: Db, act: Callable[..., T], *args: object, **named: object) -> T:
    """Run `act(db, …)` on one snapshot. Raises `Problem` where the file cannot be read (damaged, or its disk is)."""
    try:
        db.execute("BEGIN")
        try:
            return act(db, *args, **named)
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if not any(word in str(error) for word in ("malformed", "not a database", "disk", "unable to open")):
            raise
        raise _problem(db.path, error) from error
