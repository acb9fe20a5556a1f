"""What the owner's own corrections say about the context of a line: gentle, local evidence, out of the store.

Three kinds are kept: conversations that were split or joined (`pinned_cut`, with a `habit`), the lines that were ticked
when a task was made of one of them (`capsule`), and how often lines were ticked or unticked in a place (`habit`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from math import log

from leeward.store import find
from leeward.store.db import Db
from leeward.work.context import Choice, Hints, choose
from leeward.work.context_lines import Line
from leeward.work.conversations import around

_KEPT = 1.2  # log odds: what the owner joined in one conversation, or split
_TICKED = 1.5  # lines that travelled together
_UNTICKED = -1.0  # a line amid those that travelled, left out
_MOST = 3.0
_LEAN = 0.7
_CALM = 3  # ticks that are expected anyway: the first one does not turn a place over
_REMEMBERED = 40
_CAPSULES = 50


def choice(db: Db, message: str) -> Choice:
    """The lines around a line with their scores and reasons, and which of them travel; the owner's corrections count."""
    lines = around(db, message)
    names = find.names(db, {line.author for line in lines})
    return choose(lines, message, names=names, hints=hints(db, lines, message))


def hints(db: Db, lines: Sequence[Line], target: str) -> Hints:
    """What corrections say about the lines around `target`; `lines` are those of its place, oldest first."""
    ids = [line.id for line in lines]
    nudges: dict[str, float] = {}
    for found in (_kept(db, ids, target), _ticked(db, ids, target)):
        for id, nudge in found.items():
            nudges[id] = max(-_MOST, min(nudges.get(id, 0.0) + nudge, _MOST))
    row = db.execute("SELECT place FROM message WHERE id = ?", (target,)).fetchone()
    return Hints(nudges, lean(*ticks(db, str(row[0])))) if row else Hints(nudges)


def _kept(db: Db, ids: Sequence[str], target: str) -> dict[str, float]:
    marks = ",".join("?" * len(ids))
    threads = dict(
        db.execute(
            f"SELECT message, thread FROM pinned_cut JOIN habit ON habit.name = 'corrected ' || thread WHERE message IN ({marks})",
            ids,
        ).fetchall()
    )
    mine = threads.pop(target, None)
    if mine is None:
        return {}
    return {id: _KEPT if thread == mine else -_KEPT for id, thread in threads.items()}


def _ticked(db: Db, ids: Sequence[str], target: str) -> dict[str, float]:
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT doc FROM capsule WHERE message IN ({marks}) ORDER BY at DESC LIMIT ?", (*ids, _CAPSULES)
    ).fetchall()
    nudges: dict[str, float] = {}
    for (doc,) in rows:
        found = json.loads(doc)
        for id, nudge in told(ids, {str(line["id"]) for line in found["lines"]}, target).items():
            nudges[id] = nudges.get(id, 0.0) + nudge
    return nudges


def told(ids: Sequence[str], ticked: Collection[str], target: str) -> dict[str, float]:
    """What one choice of lines (`ticked`, out of `ids`, oldest first) says about the lines around `target`."""
    if len(ticked) < 2:
        return {}
    places = [at for at, id in enumerate(ids) if id in ticked]
    if not places:
        return {}
    amid = ids[places[0] : places[-1] + 1]
    if target not in amid:
        return {}
    if target in ticked:
        return {id: _TICKED if id in ticked else _UNTICKED for id in amid if id != target}
    return {id: _UNTICKED for id in amid if id in ticked}


def ticks(db: Db, place: str) -> tuple[int, int]:
    """How many lines were ticked and unticked in a place, of those that were proposed or not."""
    row = db.execute("SELECT value FROM habit WHERE name = ?", (habit(place),)).fetchone()
    numbers = [int(word) for word in str(row[0]).split() if word.isdecimal()] if row else []
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def habit(place: str) -> str:
    """The name under which the ticks of a place are remembered."""
    return f"ticks {place}"


def lean(ticked: int, unticked: int) -> float:
    """Log odds for every line of a place where the owner rather adds lines (or takes them out)."""
    return max(-_LEAN, min(0.5 * log((ticked + _CALM) / (unticked + _CALM)), _LEAN))


def note_ticks(db: Db, place: str, offered: Choice, chosen: Iterable[str]) -> None:
    """Remember how the owner's choice differs from what was offered; older choices fade."""
    after = {mark.id for mark in offered.marks} & set(chosen)
    more, fewer = len(after - offered.taken), len(offered.taken - after)
    if not more and not fewer:
        return
    ticked, unticked = ticks(db, place)
    ticked, unticked = ticked + more, unticked + fewer
    if ticked + unticked > _REMEMBERED:
        ticked, unticked = ticked // 2, unticked // 2
    db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (habit(place), f"{ticked} {unticked}"))
