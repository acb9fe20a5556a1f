"""import, export."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from leeward.errors import Problem
from leeward.events import Progress
from leeward.model import LOCAL
from leeward.store import own
from leeward.store.db import Db
from leeward.store.ingest import ingest
from leeward.words import _, n_
from tui.commands import answers
from tui.wiring import Home


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "import":
        parser.add_argument("kind", choices=["slack-export", "irc", "mbox"])
        parser.add_argument("path", metavar="PATH", type=Path)
        parser.add_argument("--me", metavar="NAME", help=_("who you are there: a name, nick, id or address"))
        parser.add_argument("--zone", metavar="ZONE", help=_("where its clock stood, such as Europe/Amsterdam"))
        parser.set_defaults(run=_import)
    else:
        parser.add_argument("--since", metavar="DATE", help=_("only what changed since"))
        parser.set_defaults(run=_export)


def _import(home: Home, args: argparse.Namespace) -> int:
    from leeward.store.db import open_db, write
    from leeward.work import imports
    from leeward.work.steps import import_steps
    from leeward.zones import system_zone

    try:
        reading = imports.read(args.kind, args.path, me=args.me, zone=args.zone or system_zone())
    except OSError as error:
        raise Problem(_("{path} cannot be read: {why}.").format(path=args.path, why=error.strerror)) from error
    db = open_db(home.folders.data)
    touched: set[str] = set()
    bar = sys.stderr.isatty() and not home.plain
    try:

        def act(db: Db) -> None:
            now = home.clock.now()
            own.ensure_local(db, now)
            for done, batch in enumerate(reading, 1):
                ingest(db, LOCAL, [batch], import_steps(), now)
                touched.update(str(place.id) for place in batch.places)
                if bar:
                    _progress(Progress(args.kind, done, 0), reading.totals.messages)

        write(db, act)
        threads = _threads(db, touched)
    finally:
        db.close()
    if bar:
        sys.stderr.write("\r\x1b[K")
    totals = {"threads": threads, "messages": reading.totals.messages, "people": reading.totals.people}
    return answers.told(home, totals, _said(**totals))


def _said(*, threads: int, messages: int, people: int) -> str:
    return _("{threads}, {messages}, {people} are in.").format(
        threads=n_("{n} thread", "{n} threads", threads).format(n=threads),
        messages=n_("{n} message", "{n} messages", messages).format(n=messages),
        people=n_("{n} person", "{n} people", people).format(n=people),
    )


def _progress(_progress: Progress, messages: int) -> None:
    sys.stderr.write("\r" + n_("{n} message", "{n} messages", messages).format(n=messages) + "\x1b[K")
    sys.stderr.flush()


def _threads(db: Db, places: set[str]) -> int:
    """How many threads the imported places hold."""
    count = 0
    for remote in places:
        row = db.execute(
            "SELECT count(*) FROM item JOIN place ON place.id = item.place WHERE place.account = 'local' AND place.remote = ?"
            " AND item.type = 'thread' AND item.gone = 0 AND item.first_n IS NOT NULL",
            (remote,),
        ).fetchone()
        count += row[0]
    return count


_OWN = {
    "own": "SELECT id, type, doc, updated FROM own",
    "triage": "SELECT item AS id, tier, done_n, later, read_n FROM triage",
    "link": "SELECT id, a, b, message, keep, created, gone FROM link",
    "capsule": "SELECT task AS id, message, doc, hash, at FROM capsule",
    "outbox": "SELECT row AS id, account, verb, item, doc, state, created, why FROM outbox",
    "journal": "SELECT n AS id, at, item, link, say FROM journal",
    "draft": "SELECT key AS id, text, at FROM draft",
    "cut": "SELECT message AS id, thread FROM pinned_cut",
    "dismissed": "SELECT message AS id, at FROM dismissed",
    "person": "SELECT a || ' ' || b AS id, joined FROM person_join",
}
_WHEN = {
    "own": "updated",
    "link": "created",
    "capsule": "at",
    "outbox": "created",
    "journal": "at",
    "draft": "at",
    "dismissed": "at",
}


def _export(home: Home, args: argparse.Namespace) -> int:
    since = 0
    if args.since:
        from datetime import date, datetime, time

        from leeward.errors import Usage
        from leeward.zones import instant, system_zone, zone

        try:
            since = instant(datetime.combine(date.fromisoformat(args.since), time.min), zone(system_zone()))
        except ValueError as error:
            raise Usage(_("{words} is no date.").format(words=args.since), _("Write it like 2026-11-24.")) from error
    for line in answers.reading(home, _lines, since):
        sys.stdout.write(line + "\n")
    return 0


def _lines(db: Db, since: int) -> list[str]:
    """The user's own data, one JSON object a line; tasks, notes and capsules carry their Markdown."""
    found: list[str] = []
    for name, query in _OWN.items():
        where = f" WHERE {_WHEN[name]} >= ?" if name in _WHEN else " WHERE ? >= 0"
        cursor = db.execute(query + where, (since,))
        columns = [column[0] for column in cursor.description]
        for row in cursor:
            record: dict[str, Any] = {"table": name, **dict(zip(columns, row, strict=True))}
            if "doc" in record:
                record["doc"] = json.loads(record["doc"])
                record["markdown"] = _markdown(name, record["doc"])
            found.append(answers.as_json(record))
    return found


def _markdown(name: str, doc: dict[str, Any]) -> str:
    if name == "capsule":
        from leeward.work.capsule import markdown

        return markdown(doc)
    title, text = doc.get("title", ""), doc.get("text") or doc.get("own") or ""
    return f"# {title}\n\n{text}".strip()
