"""Whatever happens between two pulls, many small ones end with what one whole pull sees."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leeward.errors import TryLater
from leeward.model import ItemType, RemoteId
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.matrix_world import MatrixWorld
from tests.fakes.base import always

NUMBER = st.integers(0, 50)
STEP = st.one_of(
    st.tuples(st.just("say"), NUMBER),
    st.tuples(st.just("burst"), st.integers(45, 75)),
    st.tuples(st.just("thread"), NUMBER),
    st.tuples(st.just("answer"), NUMBER),
    st.tuples(st.just("edit"), NUMBER),
    st.tuples(st.just("strange edit"), NUMBER),
    st.tuples(st.just("take back"), NUMBER),
    st.tuples(st.just("undo edit"), NUMBER),
    st.tuples(st.just("rename"), NUMBER),
    st.tuples(st.just("pull"), NUMBER),
    st.tuples(st.just("broken pull"), st.integers(0, 6)),
    st.tuples(st.just("forget"), NUMBER),
)


class Script:
    def __init__(self, page: int) -> None:
        self.world = MatrixWorld()
        self.world.server.page = page
        self.mirror = Mirror()
        self.lines: list[RemoteId] = []
        self.edits: list[str] = []

    def do(self, what: str, number: int) -> None:
        self.world.advance(1)
        line = self.lines[number % len(self.lines)] if self.lines else None
        if what in {"pull", "broken pull"}:
            self._pull(number if what == "broken pull" else None)
        elif what == "forget":
            self.world.server.forgets = True
        elif what == "rename":
            self.world.server.state(self.world.room, self.world.ana, "m.room.name", {"name": f"name {number}"})
        elif what == "burst":
            # More than one sync tells at once, seen from a cursor that stands before it.
            self._pull(None)
            for each in range(number):
                self.do("say", each)
        elif what == "say" or line is None:
            self.lines.append(self.world.add_line(f"line {number}", None))
        else:
            self._about(what, line, number)

    def _about(self, what: str, line: RemoteId, number: int) -> None:
        server, room, ana = self.world.server, self.world.room, self.world.ana
        if what == "thread":
            root = room.in_thread(line)
            self.lines.append(self.world.add_line("in a thread", RemoteId(root) if root else line))
        elif what == "answer":
            self.lines.append(self.world.add_line("answer", None, line))
        elif what == "edit":
            self.edits.append(server.edit(room, ana, line, f"edited {number}"))
        elif what == "strange edit":
            server.edit(room, server.user, line, "by a stranger")
        elif what == "take back":
            self.lines.remove(line)
            server.take_back(room, ana, line)
        elif what == "undo edit" and self.edits:
            server.take_back(room, ana, self.edits.pop(number % len(self.edits)))

    def _pull(self, breaks_after: int | None) -> None:
        if breaks_after is not None:
            self.world.http.faults = [*[None] * breaks_after, always(503)]
        try:
            run(self.mirror.pull(self.world.connector()))
        except TryLater:
            assert breaks_after is not None
        self.world.http.faults = []


def told(mirror: Mirror) -> dict[str, Any]:
    """Lines as a reader sees them. A line whose thread was taken back may still know of it."""
    return {id: (line.text, line.author, line.at, line.reply_to) for id, line in mirror["messages"].items()}


@settings(max_examples=25, deadline=None)
@example([*[("say", 0)] * 6, ("forget", 0), ("broken pull", 3)], 3)
@given(st.lists(STEP, max_size=25), st.sampled_from([7, 30, 100]))
def test_small_pulls_and_one_whole_pull_agree(steps: list[tuple[str, int]], page: int) -> None:
    script = Script(page)
    for what, number in steps:
        script.do(what, number)
    script.do("pull", 0)
    whole = Mirror()
    run(whole.pull(script.world.connector()))
    assert told(script.mirror) == told(whole)
    assert script.mirror["places"] == whole["places"]
    taken_back = {id for type, id in script.mirror.gone if type is ItemType.MESSAGE}
    assert not taken_back & set(script.lines)
    threads = {id: line.thread for id, line in whole["messages"].items() if line.thread}
    assert threads.items() <= {id: line.thread for id, line in script.mirror["messages"].items()}.items()
    assert script.world.server.complaints == []
