"""The annotated rooms: read, with names taken out of what is said, and the words they have in common."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from bench.chats import by_room, messages, people_of, unnamed
from leeward.work.context_lines import MINUTE, Line, Names, read

FILES = {
    "train": "ubuntu-train.jsonl.gz",
    "dev": "ubuntu-dev.jsonl.gz",
    "mediawiki": "newdomains-mediawiki-dev.jsonl.gz",
}


class Said(NamedTuple):
    """A line with what people said about it: `conv` is None where nobody was asked."""

    line: Line
    answers: frozenset[str]
    conv: str | None


class Room(NamedTuple):
    """A room's lines that somebody wrote, oldest first; `first` and `last` are the ends of the annotated stretch."""

    name: str
    lines: list[Said]
    first: int
    last: int


def rooms(path: Path, *, named: bool = True) -> list[Room]:
    """The rooms of one file; without names, everything that is somebody's name in the room is taken out of its lines."""
    return [_room(name, found, named=named) for name, found in by_room(messages(path)).items()]


def _room(name: str, found: list[dict[str, Any]], *, named: bool) -> Room:
    people = people_of(found)
    spoken = [message for message in found if not message.get("system")]
    lines = [_said(message, people, named=named) for message in spoken]
    annotated = [at for at, line in enumerate(lines) if line.conv is not None]
    return Room(name, lines, annotated[0], annotated[-1])


def _said(message: dict[str, Any], people: set[str], *, named: bool) -> Said:
    text: str = message["text"]
    line = Line(
        id=str(message["id"]),
        at=int(message["ts"] * MINUTE),
        author=message["user"],
        text=text if named else unnamed(text, people),
    )
    return Said(
        line, frozenset(map(str, message.get("reply_to", ()))), str(message["conv"]) if "conv" in message else None
    )


def vocabulary(found: list[Room], size: int = 400, least: int = 40) -> list[str]:
    """The words and marks most lines have, if they come from at least `least` rooms and are nobody's name."""
    counts: Counter[str] = Counter()
    places: Counter[str] = Counter()
    names = Names()
    for room in found:
        people = {line.line.author.lower() for line in room.lines}
        here: set[str] = set()
        for line in room.lines:
            pieces = {piece for piece in read(line.line, names).pieces if piece not in people}
            counts.update(pieces)
            here |= pieces
        places.update(here)
    common = [(count, word) for word, count in counts.items() if places[word] >= min(least, len(found))]
    return [word for _count, word in sorted(common, key=lambda pair: (-pair[0], pair[1]))[:size]]
