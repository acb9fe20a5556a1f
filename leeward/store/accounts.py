"""Accounts, their cursors and their health."""

from __future__ import annotations

from leeward.errors import Problem
from leeward.ids import own_id
from leeward.model import LOCAL, AccountUid, Instant, ItemId
from leeward.store import fts
from leeward.store.db import Db
from leeward.store.intake import AccountFacts
from leeward.words import _


def ensure(db: Db, name: str, kind: str, url: str, *, now: Instant, since: Instant | None = None) -> AccountUid:
    """The uid of an account, made at first sight. Its uid stays when its address or name changes."""
    row = db.execute("SELECT uid, kind, url FROM account WHERE name = ?", (name,)).fetchone()
    if row is None:
        uid = LOCAL if kind == LOCAL else own_id()
        first = 0 if kind == LOCAL else now if since is None else since
        db.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, NULL)", (uid, name, kind, url, first, now))
        return AccountUid(uid)
    if row[1] != kind:
        raise Problem(
            _("The account {name} was {old} before and is {new} now.").format(name=name, old=row[1], new=kind),
            _("Give the new one another name, or remove the old one with `leeward account remove`."),
        )
    if row[2] != url:
        db.execute("UPDATE account SET url = ? WHERE name = ?", (url, name))
    return AccountUid(row[0])


def known(db: Db, name: str) -> AccountUid | None:
    """The uid of an account that was seen before."""
    row = db.execute("SELECT uid FROM account WHERE name = ?", (name,)).fetchone()
    return AccountUid(row[0]) if row else None


def facts(db: Db, uid: str) -> AccountFacts:
    """What ingest needs to know. Raises `Problem` for an account nobody added."""
    row = db.execute("SELECT uid, name, kind, since, me FROM account WHERE uid = ?", (uid,)).fetchone()
    if row is None:
        raise Problem(_("There is no account {name} in the store.").format(name=uid))
    return AccountFacts(row[0], row[1], row[2], Instant(row[3]), ItemId(row[4]) if row[4] else None)


def set_me(db: Db, uid: str, person: ItemId) -> None:
    """Remember who the owner is at this account."""
    db.execute("UPDATE account SET me = ? WHERE uid = ? AND me IS NOT ?", (person, uid, person))


def cursor(db: Db, uid: str) -> str | None:
    """Where the next pull begins."""
    row = db.execute("SELECT value FROM cursor WHERE account = ?", (uid,)).fetchone()
    return str(row[0]) if row else None


def set_cursor(db: Db, uid: str, value: str) -> None:
    """Move the cursor; the same value writes nothing."""
    db.execute(
        "INSERT INTO cursor VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET value = excluded.value"
        " WHERE value <> excluded.value",
        (uid, value),
    )


def told(db: Db, uid: str, now: Instant, what: str | None, do: str = "") -> bool:
    """Note that an account broke (`what`) or works (None). Returns whether that is news."""
    row = db.execute("SELECT ok, what, do FROM health WHERE account = ?", (uid,)).fetchone()
    if row is not None and bool(row[0]) == (what is None) and row[1] == what:
        if (row[2] or "") != do:  # such as a pause that goes on until later: the old trouble, so no news
            db.execute("UPDATE health SET do = ? WHERE account = ?", (do, uid))
            db.changed.add("accounts")
        return False
    db.execute(
        "INSERT INTO health (account, ok, what, do, since) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (account) DO UPDATE SET ok = excluded.ok, what = excluded.what, do = excluded.do, since = excluded.since",
        (uid, int(what is None), what, do, now),
    )
    db.changed.add("accounts")
    return row is not None or what is not None


def health(db: Db) -> dict[str, tuple[bool, str | None, str | None, int]]:
    """How each account is, by name: works, what is wrong, what to do, odd answers counted."""
    rows = db.execute(
        "SELECT account.name, ok, what, do, oddities FROM health JOIN account ON account.uid = health.account"
    )
    return {row[0]: (bool(row[1]), row[2], row[3], row[4]) for row in rows}


def add_oddities(db: Db, uid: str, how_many: int, now: Instant) -> None:
    """Count answers that were not as documented; `doctor` shows them."""
    db.execute(
        "INSERT INTO health (account, ok, since, oddities) VALUES (?, 1, ?, ?)"
        " ON CONFLICT (account) DO UPDATE SET oddities = oddities + excluded.oddities",
        (uid, now, how_many),
    )


def forget(db: Db, uid: str) -> None:
    """Drop what can be pulled again of an account; what is the user's own stays and finds its items when they return."""
    fts.drop(db, uid)
    db.execute("DELETE FROM task WHERE id IN (SELECT id FROM item WHERE account = ?)", (uid,))
    db.execute("DELETE FROM note WHERE id IN (SELECT id FROM item WHERE account = ?)", (uid,))
    for table in ("message", "item", "place", "person", "cursor", "health"):
        db.execute(f"DELETE FROM {table} WHERE account = ?", (uid,))
    db.changed |= {"inbox", "tasks", "notes", "accounts"}
