"""promises."""

from __future__ import annotations

import argparse
from typing import Any

from leeward.errors import Usage
from leeward.rows import PromiseRow
from leeward.store import find, promises
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts
from leeward.work import promises as work
from tui.commands import answers
from tui.commands.parsing import count
from tui.wiring import Home


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:  # noqa: ARG001 - every group of verbs is asked so
    """Add what the verb takes."""
    parser.add_argument("words", nargs="*", metavar="dismiss ID…", help=_("nothing is open in these lines"))
    parser.add_argument("--mine", action="store_true", help=_("only what I said myself"))
    parser.add_argument("--kind", choices=sorted(promises.KINDS), default="", help=_("only what is of this kind"))
    parser.add_argument("--limit", type=count, default=100, help=_("rows a page (100)"))
    parser.add_argument("--after", metavar="ID", help=_("continue after this row"))
    parser.set_defaults(run=_promises)


def _promises(home: Home, args: argparse.Namespace) -> int:
    if not answers.reading(home, promises.known):
        answers.writing(home, work.catch_up)
    words: list[str] = args.words
    if not words:
        return _show(home, args)
    if words[0] != "dismiss" or len(words) < 2:
        raise Usage(_("Write `promises`, or `promises dismiss ID…`."))

    def act(db: Db) -> str | None:
        work.dismiss(db, home.clock.now(), answers.ids(db, words[1:], "message"))
        return acts.last(db)

    said = answers.writing(home, act)
    return answers.told(home, {"done": said}, said or _("Nothing to change."))


def _show(home: Home, args: argparse.Namespace) -> int:
    def act(db: Db) -> list[PromiseRow]:
        after = str(find.resolve(db, args.after, "message")) if args.after else None
        return promises.page(db, args.limit, after=after, mine=args.mine, text=args.kind)

    rows = answers.reading(home, act)
    if home.json:
        answers.out([_row(row) for row in rows])
        return 0
    from tui.view import text_of
    from tui.view_promises import promise_one

    face, width = answers.face(home), max(60, answers.width() - answers.ID)
    lines = [text_of(promise_one(row, width, face)) for row in rows]
    answers.listed(rows, lines or [_("Nothing that was promised or asked is open.")])
    return 0


def _row(row: PromiseRow) -> dict[str, Any]:
    """A row in JSON."""
    line = row.line
    return {
        "id": row.id,
        "thread": row.thread,
        "account": row.account,
        "place": row.place,
        "author": line.author,
        "at": answers.stamp(line.at),
        "text": line.text,
        "kind": row.kind,
        "why": work.reason(row),
        "due": answers.due(work.due(row)),
        "url": line.url,
        "mine": line.mine,
    }
