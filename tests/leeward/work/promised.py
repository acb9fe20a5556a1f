"""How often a mark is right: what leeward leaves marked in the development rooms, against labels given by hand.

`python -m tests.leeward.work.promised` prints the figures and every wrong mark by room and line number. The labels
(`tests/data/promises.tsv`) are ours and hold no text: room, line number, how it was chosen, label. `window`: every line
of a stretch of each room, labelled before the rules were run on it; `marked`: what the rules marked at their first run.
Labels: p promise, r request, l put off, u question nobody answers, q question that is answered, - nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from leeward.model import Batch, Instant, Message, Person, Place, RemoteId
from leeward.store.db import Db, write
from leeward.store.ingest import ingest
from leeward.work.promises_read import Kind
from leeward.work.steps import import_steps
from tests.leeward.store.hand import NOW, Hand, opened
from tests.leeward.work.chat import messages

LABELS = Path(__file__).parents[2] / "data" / "promises.tsv"
ROOMS = ("ubuntu-dev.jsonl.gz", "newdomains-mediawiki-dev.jsonl.gz")
LETTER = {Kind.PROMISE: "p", Kind.REQUEST: "r", Kind.LATER: "l", Kind.QUESTION: "u"}
MINUTE = 60_000


class Label(NamedTuple):
    """One labelled line."""

    chosen: str
    says: str


class Figures(NamedTuple):
    """Marks of a sort that stand on labelled lines, how many of them are right, and how many labelled lines there are."""

    right: int
    marked: int
    labelled: int
    wrong: tuple[tuple[str, int], ...]

    @property
    def precision(self) -> float:
        return self.right / self.marked if self.marked else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def labels() -> dict[tuple[str, int], Label]:
    rows = (line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines())
    return {(room, int(number)): Label(chosen, says) for room, number, chosen, says in rows}


def marks(folder: Path) -> dict[tuple[str, int], str]:
    """Every mark that stands in the rooms after all their lines were taken in as flat channels."""
    with opened(folder) as db:
        hand = Hand(db, "irc", since=0)
        for name in ROOMS:
            rooms: dict[str, list[Message]] = {}
            people: dict[str, Person] = {}
            for row in messages(name):
                room = rooms.setdefault(row["room"], [])
                people[row["user"]] = Person(RemoteId(row["user"]), row["user"])
                at = Instant(NOW + int(row["ts"] * MINUTE))
                who = RemoteId(row["user"])
                notice = bool(row.get("system"))
                room.append(
                    Message(
                        RemoteId(f"{row['room']} {row['id']}"),
                        RemoteId(row["room"]),
                        who,
                        at,
                        row["text"],
                        notice=notice,
                    )
                )
            for room_name, said in rooms.items():
                place = Place(RemoteId(room_name), room_name, flat=True)
                write(db, ingest, hand.uid, [Batch(places=(place,), people=tuple(people.values()))], (), NOW)
                for start in range(0, len(said), 500):
                    batch = Batch(messages=tuple(said[start : start + 500]))
                    write(db, ingest, hand.uid, [batch], import_steps(), NOW)
        return _marked(db)


def _marked(db: Db) -> dict[tuple[str, int], str]:
    rows = db.execute("SELECT remote, kind, open FROM promise JOIN message ON message.id = promise.message")
    found = {}
    for remote, kind, still in rows:
        room, _blank, number = remote.rpartition(" ")
        if still or kind != Kind.QUESTION:
            found[room, int(number)] = LETTER[Kind(kind)]
    return found


def figures(marked: dict[tuple[str, int], str], sort: str) -> Figures:
    """`sort`: "said" for promises, requests and what is put off, "asked" for questions that nobody answered."""
    wanted = {"u"} if sort == "asked" else {"p", "r", "l"}
    known = labels()
    here = {spot: says for spot, says in marked.items() if says in wanted and spot in known}
    right = [spot for spot in here if known[spot].says in wanted]
    wrong = tuple(sorted(spot for spot in here if known[spot].says not in wanted))
    return Figures(len(right), len(here), sum(one.says in wanted for one in known.values()), wrong)


def unlabelled(marked: dict[tuple[str, int], str]) -> list[tuple[str, int]]:
    """Promises, requests and what is put off that nobody has labelled: a change of the rules needs a look at them."""
    known = labels()
    return sorted(spot for spot, says in marked.items() if says != "u" and spot not in known)


def told(marked: dict[tuple[str, int], str]) -> list[str]:
    """The figures as lines to read."""
    known = labels()
    lines = [f"{len(known)} labelled lines, {dict(Counter(one.says for one in known.values()))}"]
    for sort in ("said", "asked"):
        one = figures(marked, sort)
        lines.append(
            f"{sort}: {one.right} of {one.marked} marks right ({one.precision:.1%}), {one.labelled} labelled so"
        )
        lines += [f"  wrong: {room} {number}" for room, number in one.wrong]
    return [*lines, *(f"  not labelled: {room} {number}" for room, number in unlabelled(marked))]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="leeward-promises-") as folder:
        sys.stdout.write("\n".join(told(marks(Path(folder)))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
