"""Whatever happens at the service, and whatever fails in between: what came step by step is what a fresh account sees."""

from __future__ import annotations

import os
import random
from contextlib import suppress

import pytest

from leeward.errors import Trouble
from leeward.testing.abilities import pulled, run
from leeward.testing.harness import Break
from leeward.testing.mirror import Mirror
from tests.contract.basecamp_world import BasecampWorld
from tests.fakes.basecamp.seed import html

SEEDS = range(200 if os.environ.get("LEEWARD_FULL") else 6)
FAULTS = (
    Break("answer", 503), Break("answer", 429, b"", (("retry-after", "3"),)), Break("answer", 403), Break("lost"), Break("cut"),
    Break("answer", 200, b"null"), Break("refused"), Break("empty"),
)  # fmt: skip


class Life:
    """Somebody works at the service: one thing at a time, chosen by chance."""

    def __init__(self, here: BasecampWorld, chance: random.Random) -> None:
        self.here, self.chance = here, chance
        self.service = here.service

    def some(self, *types: str, status: str = "active") -> int | None:
        found = [row["id"] for row in self.service.held.values() if row["type"] in types and row["status"] == status]
        return self.chance.choice(found) if found else None

    def live(self) -> None:
        words = f"Words {self.chance.random()}"
        act = self.chance.choice(
            (self.make, self.make, self.say, self.say, self.change, self.carry, self.drop, self.chat)
        )
        act(words)

    def make(self, words: str) -> None:
        here = self.here
        self.chance.choice((
            lambda: here.add_task(words, words),
            lambda: here.add_thread(words)[1],
            lambda: here.add_note(words, words),
            lambda: self.service.add_card(self.chance.choice(list(here.columns.values())), here.ana, words),
            lambda: self.service.add_list(here.project, words, here.ana),
        ))()  # fmt: skip

    def say(self, words: str) -> None:
        about = self.some("Message", "Todo", "Kanban::Card", "Document")
        if about is not None and self.service.is_there(self.service.held[about]):
            self.service.add_comment(
                about, self.chance.choice((self.here.ana, self.here.mei, self.here.me)), html(words)
            )

    def change(self, words: str) -> None:
        found = self.some("Message", "Todo", "Comment", "Document", "Kanban::Card")
        if found is None:
            return
        row = self.service.held[found]
        name = "description" if row["type"] == "Todo" else "content"
        titles = {"title": words} if row["type"] in {"Message", "Document"} else {}
        self.service.change(found, **{name: html(words)}, **titles)

    def carry(self, _words: str) -> None:
        card, todo = self.some("Kanban::Card"), self.some("Todo")
        if card is not None:
            self.service.change(card, parent=self.chance.choice(list(self.here.columns.values())))
        if todo is not None:
            self.service.change(
                todo, completed=self.chance.random() < 0.5, due_on=self.chance.choice((None, "2026-11-27"))
            )

    def drop(self, _words: str) -> None:
        found = self.some("Comment", "Todo", "Document", "Kanban::Card")
        if found is not None:
            self.service.trash(found)
        back = self.some("Comment", "Todo", "Document", "Kanban::Card", status="trashed")
        if back is not None and self.chance.random() < 0.3:
            self.service.trash(back, "active")

    def chat(self, words: str) -> None:
        self.service.add_line(self.here.chat, self.here.ana, html(words))
        line = self.some("Chat::Lines::RichText")
        if line is not None and self.chance.random() < 0.3:
            self.service.change(line, content=html(words))


@pytest.mark.parametrize("seed", SEEDS)
def test_step_by_step_and_whole_agree_whatever_fails(seed: int) -> None:
    chance = random.Random(seed)
    here = BasecampWorld(described=False, comments_touch=seed % 2 == 0, etags=seed % 3 != 0)
    life, mirror = Life(here, chance), Mirror()
    for _round in range(25):
        for _act in range(chance.randrange(8)):
            life.live()
            here.advance(chance.choice((0, 1, 30)))
        if chance.random() < 0.4:
            here.http.read_faults.extend([None] * chance.randrange(30))
            here.break_next(chance.choice(FAULTS), "read", chance.randrange(1, 4))
        with suppress(Trouble):
            run(mirror.pull(here.connector()))
        here.mend()
        here.advance(chance.choice((5, 60, 600, 4000)))
    for _round in range(8):
        run(mirror.pull(here.connector()))
        here.advance(120)
    whole = pulled(here)
    for name in ("threads", "messages", "tasks", "notes"):
        gone = {row for row in mirror[name] if row not in whole[name]}
        # What stands below something in the trash is gone with it, and may still be told of here. So may the thread of a
        # document whose comments were all taken back.
        assert {row for row in gone if _is_active(here, name, row)} == set(), name
        assert set(whole[name]) <= set(mirror[name]), name
        assert all(mirror[name][row] == whole[name][row] for row in whole[name]), name
    assert here.service.wrong == []


def _is_active(here: BasecampWorld, name: str, remote: str) -> bool:
    row = here.service.held.get(int(remote.rpartition("/")[2]))
    if row is None or not here.service.is_there(row):
        return False
    said = [each for each in here.service.below(row["id"], "Comment") if each["status"] == "active"]
    return remote.startswith("comment/") or row["type"] != "Document" or name in {"notes", "tasks"} or bool(said)
