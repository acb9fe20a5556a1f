"""Learning the weights of the context: the same rooms and seed give the same bytes, and leeward can read them."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from leeward.work.context_model import Model
from leeward.work.context_ties import Ties

TOPICS = ("vault", "printer", "lunch", "replica")


def chat(name: str, dice: random.Random) -> list[dict[str, Any]]:
    """Two conversations of two people each, running through each other."""
    lines: list[dict[str, Any]] = []
    last: dict[int, int] = {}
    for n in range(40):
        pair = dice.randrange(2)
        one, other = (("ann", "bob"), ("cleo", "dan"))[pair][:: dice.choice((1, -1))]
        word = TOPICS[pair * 2 + n // 25]
        lines.append(
            {"room": name, "id": n, "ts": n, "user": one, "text": f"{other}: the {word} again, {dice.choice(TOPICS)}?"}
        )
        if n >= 10:
            lines[-1] |= {"reply_to": [last.get(pair, n)], "conv": pair}
        last[pair] = n
    return lines


@pytest.fixture
def data(tmp_path: Path) -> Path:
    from tools.train_context.rooms import FILES

    dice = random.Random(1)
    for name in FILES.values():
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            for room in range(4):
                for line in chat(f"{name}{room}", dice):
                    file.write(json.dumps(line) + "\n")
    return tmp_path


def test_the_same_rooms_and_seed_give_the_same_bytes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy", reason="learning needs the extra `train`")
    from tools.train_context.__main__ import train

    first, again = data / "first.json", data / "again.json"
    train(data, first, seed=1)
    said = capsys.readouterr().err
    assert "rooms of other folds, no names: CTX-F1@20" in said
    assert "dev, names: CTX-F1@20" in said
    train(data, again, seed=1)
    assert first.read_bytes() == again.read_bytes()
    assert Ties(None, Model(first.read_text("utf-8"))).model.vocabulary


def test_names_are_taken_out_of_what_is_said() -> None:
    from bench.chats import unnamed, without_names

    assert unnamed("ann: ask @Bob, or bob_ (not bobby)", {"ann", "bob"}) == " ask  or  (not bobby)"
    messages = [{"room": "r", "user": "Ann", "text": "hi"}, {"room": "s", "user": "bob", "text": "ann: hi bob"}]
    assert [message["text"] for message in without_names(messages)] == ["hi", "ann: hi "]
