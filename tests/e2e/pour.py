"""Real conversations, poured into a room with the times they had.

They come from the annotated chat of LEEWARD_SHARED (its README tells the format); where that is absent, a small one of
our own takes its place.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.e2e.synapse import Synapse, User

_REPO = Path(__file__).parents[2]
_SHARED = Path(os.environ.get("LEEWARD_SHARED", _REPO.parent / "shared")) / "data/chat/ubuntu-dev.jsonl.gz"
_OWN = _REPO / "tests/data/ops.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the corpus. `at` is its own time in milliseconds, `talk` the conversation people say it belongs to."""

    id: int
    at: int
    author: str
    text: str
    talk: int


@dataclass(frozen=True, slots=True)
class Poured:
    """What was poured: the lines, and the event each became."""

    room: str
    lines: tuple[Line, ...]
    events: dict[int, str]

    def talk(self, of: Line) -> list[Line]:
        """The other lines of the same conversation, as people annotated it."""
        return [line for line in self.lines if line.talk == of.talk and line.id != of.id]

    @property
    def middle(self) -> Line:
        """A line from the middle of the room and of its conversation, which others run through."""
        third = len(self.lines) // 3

        def told(line: Line) -> tuple[int, int]:
            together = [other.id for other in self.talk(line)]
            earlier = sum(id < line.id for id in together)
            return min(earlier, 4) + min(len(together) - earlier, 4), len(line.text)

        return max(self.lines[third : 2 * third], key=told)


def conversation(count: int = 30) -> tuple[Line, ...]:
    """Annotated lines of one real room, notices left out."""
    if not _SHARED.exists():
        return _lines(_OWN.read_text(encoding="utf-8").splitlines(), count)
    with gzip.open(_SHARED, "rt", encoding="utf-8") as file:
        return _lines(file, count)


def _lines(rows: Iterable[str], count: int) -> tuple[Line, ...]:
    lines: list[Line] = []
    for row in rows:
        said: dict[str, Any] = json.loads(row)
        if "conv" not in said or said.get("system"):
            continue
        minute = _day(said["room"]) + int(said["ts"]) * 60_000
        # The corpus knows minutes only; within one, order is kept by a second a line.
        at = minute if not lines or lines[-1].at < minute else lines[-1].at + 1000
        lines.append(Line(said["id"], at, said["user"], said["text"], said["conv"]))
        if len(lines) == count:
            break
    return tuple(lines)


def _day(room: str) -> int:
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", room)
    year, month, day = map(int, found.groups()) if found else (2026, 11, 2)
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


def pour(server: Synapse, owner: User, room: str, lines: tuple[Line, ...]) -> Poured:
    """Let the application service say every line with its author and its time."""
    voices: dict[str, str] = {}
    for author in dict.fromkeys(line.author for line in lines):
        localpart = "poured_" + "".join(f"{byte:02x}" for byte in author.encode())
        voices[author] = server.voice(localpart, author)
        server.voice_joins(room, owner, voices[author])
    events = {line.id: server.voice_says(room, voices[line.author], line.text, line.at) for line in lines}
    return Poured(room, lines, events)
