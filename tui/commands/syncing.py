"""sync, watch."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from leeward.errors import Problem, Usage
from leeward.rows import OutboxRow
from leeward.store import accounts, fields, outbox
from leeward.store.db import Db
from leeward.sync.account import Told
from leeward.sync.busy import BusyTimes
from leeward.words import _, n_
from tui.commands import answers
from tui.running import Running, start
from tui.wiring import Home

_ROUND_S = 300.0


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "sync":
        parser.add_argument("accounts", nargs="*", metavar="ACCOUNT", help=_("only these; all by default"))
        parser.add_argument("--dry-run", action="store_true", help=_("print what would be sent, and send nothing"))
        parser.set_defaults(run=_sync)
    else:
        parser.add_argument(
            "--install", action="store_true", help=_("write a user service that starts it, after showing it")
        )
        parser.add_argument("--yes", action="store_true", help=_("with --install: write it without asking"))
        parser.set_defaults(run=_watch)


def _sync(home: Home, args: argparse.Namespace) -> int:
    unknown = [name for name in args.accounts if home.config.account(name) is None]
    if unknown:
        names = ", ".join(account.name for account in home.config.accounts) or _("none")
        raise Usage(
            _("There is no account {name}.").format(name=unknown[0]), _("There are: {names}.").format(names=names)
        )
    answers.tell_problems(home)
    if home.safe:
        answers.say(_("Safe mode asks no account."))
    elif not home.config.accounts:
        answers.say(_("There is no account to ask yet; `leeward account add` connects one."))
    if args.dry_run:
        return _dry(home, args.accounts)
    report = asyncio.run(_round(home, args.accounts))
    if home.json:
        answers.out({"accounts": report})
    else:
        for one in report:
            answers.say(_line(one))
    return _code(report)


def _code(report: list[dict[str, Any]]) -> int:
    troubled = [one for one in report if one["trouble"]]
    if not troubled:
        return 0
    return 3 if len(troubled) < len(report) else 1


def _dry(home: Home, names: list[str]) -> int:
    rows: list[tuple[OutboxRow, dict[str, str]]] = answers.reading(home, _waiting, names)
    if home.json:
        answers.out([{**answers.outbox_row(row), "says": says} for row, says in rows])
    else:
        from leeward.text import one_line
        from tui.view import verb_word

        for row, says in rows:
            told = "  ".join(f"{name}: {one_line(text, 80)}" for name, text in says.items())
            answers.lines([f"{row.account:<14} {verb_word(row.verb):<12} {row.title}  {row.state}  {told}".rstrip()])
    return 0


def _waiting(db: Db, names: list[str]) -> list[tuple[OutboxRow, dict[str, str]]]:
    """What would be sent, each with what it says: the fields of a change, the words of a line. `names`: only of these."""
    rows = [row for row in outbox.listed(db) if not names or row.account in names]
    return [(row, _says(db, outbox.get(db, row.row).doc)) for row in rows]


def _says(db: Db, doc: dict[str, Any]) -> dict[str, str]:
    if "fields" in doc:
        return {name: fields.said(db, name, value) for name, value in doc["fields"].items()}
    return {name: str(doc[name]) for name in ("title", "own", "text", "quoted") if doc.get(name)}


async def _round(home: Home, names: list[str]) -> list[dict[str, Any]]:
    running = start(home)
    try:
        if running.lock.take("sync", home.clock.now()):
            await running.engine.tidy()
            told = await running.engine.round(names)
            busy = BusyTimes(running.store, home.clock, running.lock)
            await busy.refresh(running.engine.lives.values(), home.config.quiet.busy.calendars)
        else:
            told = await _ask_holder(home, running, names)
        told += [
            Told(name, trouble=trouble) for name, trouble in running.troubles.items() if not names or name in names
        ]
        return await asyncio.wrap_future(running.store.read(_report, told))
    finally:
        await running.close()


def _report(db: Db, told: list[Told]) -> list[dict[str, Any]]:
    found = []
    for one in told:
        uid = accounts.known(db, one.account)
        states = outbox.counts(db, uid) if uid else {}
        trouble = {"what": one.trouble[0], "do": one.trouble[1]} if one.trouble else None
        if one.withheld and not trouble:
            what = _("{n} items are suddenly missing there; nothing was removed here.").format(n=one.withheld)
            trouble = {"what": what, "do": _("If that is right, they leave once you answer in the outbox.")}
        found.append({"account": one.account, "pulled": one.pulled, "sent": one.sent, **states, "trouble": trouble})
    return sorted(found, key=lambda one: str(one["account"]))


async def _ask_holder(home: Home, running: Running, names: list[str]) -> list[Told]:
    """Another process syncs: ask it for a round and report what it did."""
    from leeward.ids import own_id
    from leeward.sync.engine import granted, wish
    from leeward.sync.lock import holder

    token = own_id()
    await asyncio.wrap_future(running.store.write(wish, token, names))
    end = home.clock.monotonic() + _ROUND_S
    while home.clock.monotonic() < end:
        told = await asyncio.wrap_future(running.store.read(granted, token))
        if told is not None:
            return told
        if running.lock.take("sync", home.clock.now()):
            return await running.engine.round(names)
        await home.clock.sleep(0.2)
    who = holder(home.folders.data)
    raise Problem(
        _("Another leeward ({who}, process {pid}) syncs and did not answer.").format(
            who=who.get("who"), pid=who.get("pid")
        ),
        _("Close it, then try again."),
    )


def _counted(name: str, count: int) -> str:
    said = {
        "threads": n_("{n} thread", "{n} threads", count),
        "messages": n_("{n} message", "{n} messages", count),
        "tasks": n_("{n} task", "{n} tasks", count),
        "notes": n_("{n} note", "{n} notes", count),
    }
    return said[name].format(n=count)


def _line(one: dict[str, Any]) -> str:
    if one["trouble"]:
        what = str(one["trouble"]["what"]).removeprefix(f"{one['account']}: ")
        return f"{one['account']}: {what} {one['trouble']['do']}".rstrip()
    pulled = ", ".join(_counted(name, count) for name, count in one["pulled"].items() if count) or _("nothing new")
    waiting = sum(one.get(state, 0) for state in ("queued", "unsure", "asks", "failed"))
    tail = _(", {n} still in the outbox").format(n=waiting) if waiting else ""
    return _("{account}: {pulled}; sent {sent}{tail}").format(
        account=one["account"], pulled=pulled, sent=one["sent"], tail=tail
    )


def _watch(home: Home, args: argparse.Namespace) -> int:
    if args.install:
        from tui.watch import install

        return install(home, yes=args.yes)
    from tui.watch import watch

    answers.tell_problems(home)
    if not sys.stderr.isatty():
        answers.say(_("leeward watches; end it with TERM."))
    return asyncio.run(watch(home))
