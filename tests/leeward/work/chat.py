"""Annotated chat for tests: the shared rooms where they are at hand, and the measure they are scored by."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from leeward.work.context import WINDOW

REPO = Path(__file__).parents[3]
SHARED = Path(os.environ.get("LEEWARD_SHARED", REPO.parent / "shared"))


def shared_chat(name: str) -> Path:
    path = SHARED / "data" / "chat" / name
    if not path.is_file():
        pytest.skip(f"the annotated chat {name} is not here; name its folder in LEEWARD_SHARED")
    return path


def messages(name: str) -> list[dict[str, Any]]:
    with gzip.open(shared_chat(name), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def questions(annotated: list[dict[str, Any]]) -> Iterator[str]:
    for message in annotated:
        yield json.dumps({key: value for key, value in message.items() if key not in {"reply_to", "conv"}})


def f1_at_20(annotated: list[dict[str, Any]], answers: Mapping[tuple[str, int], set[int]]) -> float:
    """CTX-F1@20 in percent, as the README of the data defines it."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    for message in annotated:
        if not message.get("system"):
            rooms.setdefault(message["room"], []).append(message)
    scores = []
    for room, lines in rooms.items():
        for at, line in enumerate(lines):
            if "conv" not in line:
                continue
            window = lines[max(0, at - WINDOW) : at] + lines[at + 1 : at + WINDOW + 1]
            gold = {other["id"] for other in window if other.get("conv") == line["conv"]}
            found = answers[room, line["id"]] & {other["id"] for other in window}
            scores.append(1.0 if not gold and not found else 2 * len(gold & found) / (len(gold) + len(found)))
    return 100 * sum(scores) / len(scores)
