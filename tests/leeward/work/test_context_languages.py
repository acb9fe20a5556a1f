"""Chats written for these tests in other languages: the model must not be worse than taking the neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.chats import score
from leeward.work.context import Line, context
from leeward.work.context_lines import MINUTE

CHATS = Path(__file__).parents[2] / "data/chats"
NEAR = 5


def chat(name: str) -> list[dict[str, object]]:
    rows = [line.split("\t") for line in (CHATS / f"{name}.tsv").read_text("utf-8").splitlines()]
    return [
        {"room": name, "id": n, "ts": int(ts), "user": user, "text": text, "conv": conv}
        for n, (conv, ts, user, text) in enumerate(rows)
    ]


def neighbours(count: int, at: int) -> set[int]:
    return set(range(max(0, at - NEAR), min(count, at + NEAR + 1))) - {at}


@pytest.mark.parametrize(("name", "least"), [("dutch", 75), ("german", 75), ("japanese", 60), ("emoji", 60)])
def test_other_languages_are_told_apart_better_than_by_distance(name: str, least: float) -> None:
    said = chat(name)
    lines = [Line(str(m["id"]), int(str(m["ts"])) * MINUTE, str(m["user"]), str(m["text"])) for m in said]
    near = score(said, {(name, n): neighbours(len(said), n) for n in range(len(said))})
    found = score(said, {(name, n): {int(mark.id) for mark in context(lines, str(n))} for n in range(len(said))})
    assert found.f1 >= max(near.f1, least)
