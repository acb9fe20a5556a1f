"""The same story by keys and by line commands ends in the same store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leeward.store.db import open_db, write
from tests.tui.commands.desk import Desk
from tests.tui.driving import Screen
from tests.tui.live import go_to, live
from tests.tui.test_watch import SteadyClock
from tui.commands.start import fill

OPS = "db-2 is at 94 %"
DESIGN = "wording of the pause"
RATES = "Rate limits"
ANSWER = "I will, by Friday."


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def team(folder: Path) -> Desk:
    """The sample team in a store of its own, and the line commands over it."""
    desk = Desk(folder)
    desk.clock = SteadyClock(desk.clock.now())
    db = open_db(folder)
    try:
        write(db, fill, desk.clock.now())
    finally:
        db.close()
    return desk


def by_lines(desk: Desk) -> list[str]:
    """The story, told to the command line."""
    rows = {row["title"]: row for row in desk.ask("inbox")}

    def id_of(start: str) -> str:
        return next(str(row["id"]) for title, row in rows.items() if title.startswith(start))

    ops, design, rates = id_of(OPS), id_of(DESIGN), id_of(RATES)
    lines = desk.ask("thread", ops)["messages"]
    newest = [line for line in lines if line["unread"] and not line["mine"]][-1]
    assert desk.run("capture", newest["id"], "--to", "local", "--no-reply").code == 0
    assert desk.run("done", ops).code == 0
    assert desk.run("undo").code == 0
    assert desk.run("later", "2h", ops).code == 0
    assert desk.run("tier", "green", design).code == 0
    assert desk.run("reply", rates, stdin=ANSWER).code == 0
    return [str(hit["title"]) for hit in desk.ask("search", "backup")]


def by_keys(desk: Desk) -> list[str]:
    """The story, told by keys."""
    found: list[str] = []

    async def story(screen: Screen) -> None:
        await go_to(screen, OPS)
        await screen.press("t")
        panel: Any = screen.stage.panel_model
        places = [target.place for target in panel.choices.targets]
        local = next(number for number, place in enumerate(places, 1) if place.account == "local")
        await screen.press(str(local), "enter")
        await go_to(screen, OPS)
        await screen.press("e", "u")
        await go_to(screen, OPS)
        await screen.press("s", "i", "n", "space", "2", "h", "enter")
        await go_to(screen, DESIGN)
        await screen.press("p", "3")
        await go_to(screen, RATES)
        await screen.press("r", *("space" if letter == " " else letter for letter in ANSWER), "escape", "enter")
        await screen.press("slash", *"backup")
        hits: Any = screen.stage.panel_model
        found.extend(str(hit.title) for hit in hits.items)

    live(desk.folder, desk.clock, story)
    return found


def content(desk: Desk) -> dict[str, Any]:
    """What the store holds of the story, by titles: ids are another store's own."""
    db = open_db(desk.folder)
    try:
        triage = db.execute(
            "SELECT title, item.type, item.state, item.later, triage.tier, triage.done_n IS NULL FROM triage"
            " JOIN item ON item.id = triage.item ORDER BY title, item.type"
        ).fetchall()
        tasks = db.execute(
            "SELECT item.title, status, text, item.tier, item.due FROM task JOIN item USING (id) ORDER BY item.title, text"
        ).fetchall()
        outbox = db.execute("SELECT verb, state, due, json_extract(doc, '$.text') FROM outbox ORDER BY row").fetchall()
        links = db.execute(
            "SELECT a.title, b.title, keep FROM link JOIN item AS a ON a.id = a JOIN item AS b ON b.id = b"
        ).fetchall()
        acts = db.execute("SELECT say, undone FROM act ORDER BY n").fetchall()
    finally:
        db.close()
    return {"triage": triage, "tasks": tasks, "outbox": outbox, "links": links, "acts": acts}


def test_the_same_story_by_keys_and_by_line_commands(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "lines").mkdir()
    keys, lines = team(tmp_path / "keys"), team(tmp_path / "lines")
    hits = by_keys(keys), by_lines(lines)
    assert set(hits[0]) == set(hits[1])
    one, two = content(keys), content(lines)
    assert one["tasks"] == two["tasks"]
    for part in one:
        assert one[part] == two[part]
    assert any(state == "later" for _title, _type, state, *_rest in one["triage"])
    assert [verb for verb, *_rest in one["outbox"]] == ["post"]
