"""The annotated chats where they are at hand: read, with names taken out, and the score of contexts chosen in them."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from leeward.work.context import WINDOW

FOLDER = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).parents[2] / "shared")) / "data/chat"

_WORD = re.compile(r"@?[\w\[\]{}\\`^|.+-]+[:,>]*")
_EDGE = "_-|`^[]{}\\.+"
_ANSWERS = {"reply_to", "conv"}


class Score(NamedTuple):
    """In percent: CTX-F1@20, and how many of the lines that stand alone were left alone."""

    f1: float
    alone: float


def messages(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def questions(annotated: list[dict[str, Any]]) -> Iterator[str]:
    """The messages without the answers, as `leeward context --batch` reads them."""
    for message in annotated:
        yield json.dumps({key: value for key, value in message.items() if key not in _ANSWERS})


def by_room(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    rooms: dict[str, list[dict[str, Any]]] = {}
    for message in found:
        rooms.setdefault(message["room"], []).append(message)
    return rooms


def annotated_part(found: list[dict[str, Any]], before: int = 150) -> list[dict[str, Any]]:
    """Only the annotated stretch of each room, and `before` lines before it."""
    kept: list[dict[str, Any]] = []
    for room in by_room(found).values():
        first = next((at for at, message in enumerate(room) if "conv" in message), 0)
        kept += room[max(0, first - before) :]
    return kept


def people_of(room: list[dict[str, Any]]) -> set[str]:
    return {str(message.get("user") or "").lower() for message in room} - {""}


def without_names(annotated: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same messages with everything taken out of their text that is somebody's name in their room."""
    people = {room: people_of(said) for room, said in by_room(annotated).items()}
    return [{**message, "text": unnamed(message["text"], people[message["room"]])} for message in annotated]


def unnamed(text: str, people: set[str]) -> str:
    """`text` without the names of `people` (lower case) and the marks that follow them."""

    def keep(found: re.Match[str]) -> str:
        word = found[0].lower().lstrip("@").rstrip(":,>")
        return "" if word in people or word.strip(_EDGE) in people else found[0]

    return _WORD.sub(keep, text)


def score(annotated: list[dict[str, Any]], answers: Mapping[tuple[str, int], set[int]]) -> Score:
    """What contexts score, as the README of the data defines it."""
    scores, alone = [], []
    spoken = [message for message in annotated if not message.get("system")]
    for room, lines in by_room(spoken).items():
        for at, line in enumerate(lines):
            if "conv" not in line:
                continue
            window = lines[max(0, at - WINDOW) : at] + lines[at + 1 : at + WINDOW + 1]
            gold = {other["id"] for other in window if other.get("conv") == line["conv"]}
            found = answers[room, line["id"]] & {other["id"] for other in window}
            scores.append(2 * len(gold & found) / (len(gold) + len(found)) if gold or found else 1.0)
            if not gold:
                alone.append(not found)
    return Score(100 * sum(scores) / len(scores), 100 * sum(alone) / max(1, len(alone)))
