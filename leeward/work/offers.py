"""A better idea about a conversation, once more was said: offered in its journal, never carried out by us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import fmean

from msgspec import Struct

from leeward.model import Instant
from leeward.rows import JournalRow
from leeward.store import find
from leeward.store.db import Db
from leeward.text import one_line
from leeward.words import _
from leeward.work.context_belong import Hints, judged
from leeward.work.context_lines import Line
from leeward.work.context_ties import WINDOW, Ties

_JOIN = 0.7  # how surely the first line of a conversation must belong with another one
_SPLIT = 0.06  # how little a line may belong with the rest of its conversation
_AROUND = 200
_TITLE_CELLS = 50
_LOOKED_AT = 40  # lines of a conversation that are judged for a split


class Offer(Struct, frozen=True):
    """Join the conversation `other` with the asked one, or (without `other`) split the asked one at the line `at`."""

    at: str
    other: str | None = None


def offers(
    lines: Sequence[Line], settled: Mapping[str, str], thread: str, *, names: Mapping[str, str] | None = None
) -> list[Offer]:
    """What would be better for the conversation `thread`, now that all of `lines` (of one place, oldest first) were said.

    `settled` maps lines to conversations. What lies further apart than a window is not compared.
    """
    ties = Ties(names)
    spoken = [line for line in lines if not line.notice and line.thread is None]
    tied = [ties.push(line) for line in spoken]
    first: dict[str, int] = {}
    for n, line in enumerate(spoken):
        if line.id in settled:
            first.setdefault(settled[line.id], n)
    if thread not in first:
        return []
    found: list[Offer] = []

    def belongs(n: int, with_: str) -> float:
        low = max(0, n - WINDOW)
        others = [one for one in tied[low : n + WINDOW + 1] if one is not tied[n]]
        shares, _alone = judged(ties.model, tied[n], others, Hints())
        kin = [
            share
            for one, share in zip(others, shares, strict=True)
            if settled.get(one.line.id) == with_ and (settled.get(spoken[n].id) == with_ or one.line.at <= spoken[n].at)
        ]
        return fmean(kin) if kin else -1.0

    begin = first[thread]
    for other, at in first.items():
        early, late = (other, begin) if at < begin else (thread, at)
        if other != thread and late - first[early] <= _AROUND and belongs(late, early) >= _JOIN:
            found.append(Offer(spoken[late].id, other))
    mine = [n for n, line in enumerate(spoken) if settled.get(line.id) == thread and n > begin]
    strange = (n for n in mine[:_LOOKED_AT] if 0 <= belongs(n, thread) < _SPLIT)
    return [*found, *(Offer(spoken[n].id) for n in islice(strange, 1))]


def why(db: Db, thread: str) -> list[JournalRow]:
    """The offers for a conversation cut from a flat place, as entries of its journal; none about what the owner settled."""
    row = db.execute("SELECT place, cut FROM item WHERE id = ? AND type = 'thread'", (thread,)).fetchone()
    pinned = db.execute("SELECT 1 FROM pinned_cut WHERE thread = ? LIMIT 1", (thread,)).fetchone()
    if row is None or not row[1] or pinned:
        return []
    last = db.execute("SELECT id FROM message WHERE thread = ? ORDER BY n DESC LIMIT 1", (thread,)).fetchone()
    if last is None:
        return []
    from leeward.work.conversations import around

    lines = around(db, str(last[0]))
    marks = ",".join("?" * len(lines))
    settled = dict(
        db.execute(f"SELECT id, thread FROM message WHERE id IN ({marks})", [line.id for line in lines]).fetchall()
    )
    kept = {str(one) for (one,) in db.execute("SELECT DISTINCT thread FROM pinned_cut")}
    names = find.names(db, {line.author for line in lines})
    found = offers(lines, {id: of for id, of in settled.items() if of and of not in kept}, thread, names=names)
    at = Instant(lines[-1].at)
    return [JournalRow(at, _say(db, thread, offer)) for offer in found]


def _say(db: Db, thread: str, offer: Offer) -> str:
    if offer.other is None:
        text = db.execute("SELECT text FROM message WHERE id = ?", (offer.at,)).fetchone()[0]
        return _("From “{text}” on it may be another conversation: leeward thread split {at}").format(
            text=one_line(text, _TITLE_CELLS), at=offer.at[:12]
        )
    title = db.execute("SELECT title FROM item WHERE id = ?", (offer.other,)).fetchone()[0]
    return _("“{title}” may be the same conversation: leeward thread join {a} {b}").format(
        title=one_line(title, _TITLE_CELLS), a=thread[:12], b=offer.other[:12]
    )
