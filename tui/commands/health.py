"""doctor: what is well here and what is not."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
from typing import Any

from leeward import VERSION
from leeward.errors import Problem, Trouble
from leeward.model import Instant
from leeward.paths import lax_mode
from leeward.store import accounts
from leeward.store import db as base
from leeward.store.db import Db
from leeward.sync.lock import held, holder
from leeward.text import one_line
from leeward.words import _, n_
from tui.commands import answers
from tui.odd_settings import odd_settings
from tui.wiring import Home

Check = tuple[str, bool, str]


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--salvage", action="store_true", help=_("carry the user's own data out of a damaged store"))
    parser.set_defaults(run=_doctor)


def _doctor(home: Home, args: argparse.Namespace) -> int:
    if args.salvage:
        from leeward.store.salvage import salvage

        _need(home)
        _alone(home)
        kept = salvage(home.folders.data, home.clock.now())
        answers.say(
            _("The damaged file is kept as {path}; {n} of your own rows were carried over.").format(
                path=kept.damaged, n=kept.rows
            )
        )
    checks = [
        *_versions(),
        *_paths(home),
        *_settings(home),
        *_database(home),
        *_lock(home),
        *_clock(home),
        *_outside(home),
        *_zones(),
    ]
    ok = all(good for _name, good, _say in checks)
    if home.json:
        answers.out({"ok": ok, "checks": [{"name": name, "ok": good, "say": say} for name, good, say in checks]})
    else:
        width = max(len(name) for name, _good, _say in checks)
        answers.lines(f"{'ok ' if good else '!! '} {name:<{width}}  {say}" for name, good, say in checks)
    return 0 if ok else 1


def _alone(home: Home) -> None:
    """Whoever has the store open would go on writing into the file that is moved aside."""
    if held(home.folders.data):
        who = {"who": "?", "pid": "?", **holder(home.folders.data)}
        raise Problem(
            _("Another leeward ({who}, process {pid}) uses this store.").format(who=who["who"], pid=who["pid"]),
            _("Close it, then try again."),
        )


def _need(home: Home) -> None:
    """Only a damaged store is moved aside. Raises `Problem` for one that is whole, a newer program's, or in use."""
    if not home.folders.database.exists():
        return
    try:
        said = answers.reading(home, _look, home.clock.now())["check"]
    except Problem as problem:
        damaged = isinstance(problem.__cause__, sqlite3.Error) and "locked" not in str(problem.__cause__)
        if not damaged:
            raise
    except sqlite3.Error:
        return
    else:
        if said == "ok":
            raise Problem(_("The store is whole; nothing needs to be salvaged."), _("Nothing was changed."))


def _versions() -> list[Check]:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"leeward {VERSION}", f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    for name in ("textual", "httpx", "keyring"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(_("{name} is missing").format(name=name))
    return [("versions", sqlite3.sqlite_version_info >= (3, 37), ", ".join(found))]


def _paths(home: Home) -> list[Check]:
    checks = []
    for name, path in (("config", home.folders.config), ("data", home.folders.data), ("log", home.folders.log)):
        mode = lax_mode(path) if path.exists() else None
        if mode is not None:
            say = _("{path} can be read by others ({mode:o}); chmod it to 600 or 700.").format(path=path, mode=mode)
        else:
            say = str(path) if path.exists() else _("{path} (not there yet)").format(path=path)
        writable = not path.exists() or os.access(path, os.W_OK)
        checks.append((name, writable, say if writable else say + " " + _("It cannot be written.")))
    return checks


def _settings(home: Home) -> list[Check]:
    config = home.config
    count = len(config.accounts)
    well = n_("{n} account, no mistakes.", "{n} accounts, no mistakes.", count).format(n=count)
    # What is only odd does nothing and is no fault; it is told all the same, since doctor is where people look for it.
    found = sorted([*home.problems, *odd_settings(config)], key=lambda problem: problem.line)
    rows = [("settings", problem.warning, str(problem)) for problem in found] or [("settings", True, well)]
    # People read a line for each; scripts look for one check of this name.
    return [("settings", all(row[1] for row in rows), "; ".join(row[2] for row in rows))] if home.json else rows


def _database(home: Home) -> list[Check]:
    if not home.folders.database.exists():
        return [("database", True, _("There is none yet."))]
    try:
        facts = answers.reading(home, _look, home.clock.now())
    except Trouble as trouble:
        return [("database", False, str(trouble))]
    except sqlite3.Error as error:
        return [("database", False, str(error))]
    checks: list[Check] = [
        ("database", facts["check"] == "ok", _checked(facts)),
        ("outbox", not facts["stuck"], _("{waiting} waiting, {stuck} need an answer").format(**facts)),
        ("rang lately", facts["rang"][0], _("in seven days: {said}.").format(said=facts["rang"][1])),
        ("quiet", not facts["amiss"], facts["amiss"] or _("no trouble with calendars, holidays or settings.")),
    ]
    for name, (ok, what, do, odd) in facts["health"].items():
        say = " ".join(part for part in (what or _("works."), do) if part)
        checks.append((name, ok, say + (_(" {n} odd answers.").format(n=odd) if odd else "")))
    if base.on_network(home.folders.database):
        checks.append(("disk", True, _("The store lies on a network file system; a slower journal is used.")))
    return checks


def _checked(facts: dict[str, Any]) -> str:
    say = _("schema {schema}, {check}").format(schema=facts["schema"], check=one_line(facts["check"]))
    if facts["check"] == "ok":
        return say
    return say + " " + _("`leeward doctor --salvage` carries what is yours into a new store and keeps this one.")


_WEEK_MS = 7 * 24 * 3600 * 1000


def _look(db: Db, now: Instant) -> dict[str, Any]:
    from leeward.work import notify_log, quiet_remarks

    waiting = db.execute("SELECT count(*) FROM outbox WHERE state IN ('queued', 'unsure')").fetchone()[0]
    stuck = db.execute("SELECT count(*) FROM outbox WHERE state IN ('asks', 'failed')").fetchone()[0]
    return {
        "schema": db.execute("PRAGMA user_version").fetchone()[0],
        "check": db.execute("PRAGMA quick_check(1)").fetchone()[0],
        "waiting": waiting,
        "stuck": stuck,
        "health": accounts.health(db),
        "rang": notify_log.lately(db, Instant(now - _WEEK_MS)),
        "amiss": " ".join(say for name, say in quiet_remarks.said(db, now).items() if name != quiet_remarks.ZONE),
    }


def _lock(home: Home) -> list[Check]:
    if not held(home.folders.data):
        return [("lock", True, _("Nobody syncs at the moment."))]
    who = holder(home.folders.data)
    return [
        (
            "lock",
            True,
            _("{who} syncs (process {pid} on {host}).").format(**{"who": "?", "pid": "?", "host": "?", **who}),
        )
    ]


_SKEW_S = 120.0


def _clock(home: Home) -> list[Check]:
    """How far this machine's clock is from what the services said at the last sync."""
    skew = holder(home.folders.data).get("skew", {})
    far = {name: seconds for name, seconds in skew.items() if abs(seconds) > _SKEW_S}
    if far:
        told = ", ".join(_("{name}: {s:+.0f} s").format(name=name, s=seconds) for name, seconds in far.items())
        return [("clock", False, _("This machine's clock is off ({told}); set it by network time.").format(told=told))]
    return [
        (
            "clock",
            True,
            _("within {n} s of the services").format(n=int(_SKEW_S)) if skew else _("no service told its time yet"),
        )
    ]


def _outside(home: Home) -> list[Check]:
    from leeward.work.channels import say

    works, said = home.outside.keyring(home.config)
    needed = any(not one.token_env and not one.token_command for one in home.config.accounts)
    checks: list[Check] = [("keyring", works or not needed, said)]

    def write(act: Any, *args: object, **named: object) -> None:  # noqa: ARG001 - a Writer that writes nothing
        return None

    from tui.commands.quieting import terminal_ways

    found = {
        "terminal": terminal_ways(home.config.quiet.channels.terminal),
        **home.outside.ways(home.config, write, home.clock),
    }
    told = say(home.config.quiet.channels.order, found)
    # A way to ring that this machine does not have is told, and is no fault.
    checks += [(f"rings {kind}", True, words) for kind, _good, words in told]
    return checks


def _zones() -> list[Check]:
    from leeward.zones import system_zone, tz_release

    machine, packaged = tz_release()
    say = _("{zone}; machine {machine}, packaged {packaged}, the newer one is used.")
    return [("zones", True, say.format(zone=system_zone(), machine=machine or _("none"), packaged=packaged))]
