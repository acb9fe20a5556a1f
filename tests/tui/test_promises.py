"""Promises on the screen and on the command line: listed, one key from a task, gone with a task, an answer or a dismissal."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.tui.commands.desk import Desk
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tests.tui.live import go_to, live
from tests.tui.test_twins import team

ASKED = "great. and someone should write down why it stopped"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


async def to_promises(screen: Screen) -> None:
    """The views pane, down to Promises, Enter."""
    await screen.press("h")
    for _row in range(20):
        if getattr(screen.stage.side.item, "key", "") == "promises":
            break
        await screen.press("j")
    await screen.press("enter")


def listed(screen: Screen) -> list[str]:
    return [str(row.line.text) for row in screen.stage.listing.items]


def test_the_view_lists_open_lines_and_a_key_makes_a_task_of_one(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await to_promises(screen)
        assert screen.stage.told.counts.promises == 5
        assert "Promises" in screen.dump()
        assert "asked" in screen.dump()
        assert "ana: great. and someone" in screen.dump()
        assert len(listed(screen)) == 5
        assert screen.stage.row.line.text.endswith(ASKED)
        assert "+ asked?" in screen.dump(), "the line carries a quiet mark in the reader"
        await screen.press("t")
        panel: Any = screen.stage.panel_model
        assert panel.context.message == screen.stage.row.id
        places = [target.place.account for target in panel.choices.targets]
        await screen.press(str(places.index("local") + 1), "enter")
        await screen.heard()
        assert not any(text.endswith(ASKED) for text in listed(screen))
        assert screen.stage.told.counts.promises == 4
        await screen.press("u")
        await screen.heard()
        await screen.press("g", "g")
        assert any(text.endswith(ASKED) for text in listed(screen))

    live(tmp_path, desk.clock, story)


def test_e_dismisses_u_brings_back_and_w_says_why(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await to_promises(screen)
        await screen.press("w")
        assert "someone should write" in screen.dump()
        await screen.press("escape", "e")
        await screen.heard()
        assert len(listed(screen)) == 4
        await screen.press("u")
        await screen.heard()
        await screen.press("g", "g")
        assert len(listed(screen)) == 5
        await screen.press("v")
        assert listed(screen) == []
        assert "You promised nothing that is open." in screen.dump()
        await screen.press("v", "f", *"promise", "enter")
        assert [row.kind for row in screen.stage.listing.items] == ["promise", "promise"]

    live(tmp_path, desk.clock, story)
    assert len(desk.ask("promises")) == 5


def test_a_line_that_is_read_is_dismissed_by_name_and_its_mark_goes(tmp_path: Path) -> None:
    desk = team(tmp_path)
    asked = next(row for row in desk.ask("promises") if row["text"].endswith(ASKED))
    title = next(row["title"] for row in desk.ask("inbox", "--all") if row["id"] == asked["thread"])

    async def story(screen: Screen) -> None:
        await go_to(screen, title)
        await screen.press("l", "g", "g")
        for _line in range(40):
            if str(getattr(screen.stage.message, "text", "")).endswith(ASKED):
                break
            await screen.press("j")
        marks = screen.dump().count("+ asked?")
        assert marks
        await screen.press(":", *"nothing is open", "enter")
        await screen.heard()
        line = screen.stage.message
        assert line is not None
        assert line.open is None
        assert screen.dump().count("+ asked?") == marks - 1
        await screen.press(":", *"nothing is open", "enter")
        assert "leaves nothing open" in screen.foot

    live(tmp_path, desk.clock, story)


def test_many_are_dismissed_at_once(tmp_path: Path) -> None:
    memory = MemoryDesk()

    async def story(screen: Screen) -> None:
        await to_promises(screen)
        await screen.press("x", "x", "e")
        assert [call[0] for call in memory.calls if call[0] in {"dismiss", "done"}] == ["dismiss"]
        assert listed(screen) == []

    drive(story, desk=memory)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_the_view_is_there_at_every_width(tmp_path: Path, size: tuple[int, int]) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await to_promises(screen)
        assert "someone should" in screen.dump()

    live(tmp_path, desk.clock, story, size=size)


def slack_export(folder: Path) -> Path:
    """An export of our own making: one channel, one day."""
    path = folder / "export.zip"
    users = [
        {"id": f"U{n}", "name": name, "profile": {"real_name": name.title()}} for n, name in enumerate(("ana", "bo"))
    ]
    said = (
        ("U0", "ik kijk er morgen naar"),
        ("U1", "someone should renew the certificate before Friday"),
        ("U0", "does anyone have the key of the attic?"),
        ("U1", "<@U0> it hangs in the kitchen"),
    )
    lines = [
        {"type": "message", "user": who, "text": text, "ts": f"{1_764_000_000 + n * 60}.000100"}
        for n, (who, text) in enumerate(said)
    ]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("users.json", json.dumps(users))
        file.writestr("channels.json", json.dumps([{"id": "C1", "name": "house", "members": ["U0", "U1"]}]))
        file.writestr("house/2025-11-24.json", json.dumps(lines))
    return path


def test_a_fresh_import_without_any_account_has_its_promises(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.run("import", "slack-export", str(slack_export(tmp_path)), "--me", "ana").code == 0
    rows = desk.ask("promises")
    assert [(row["kind"], row["author"], row["mine"]) for row in rows] == [
        ("request", "Bo", False),
        ("promise", "Ana", True),
    ]
    assert set(rows[0]) == {
        *("id", "thread", "account", "place", "author", "at", "text", "kind", "why", "due", "url", "mine")
    }
    assert rows[0]["due"] == "2025-11-28"
    assert [row["text"] for row in desk.ask("promises", "--mine")] == ["ik kijk er morgen naar"]
    assert [row["kind"] for row in desk.ask("promises", "--kind", "request")] == ["request"]
    assert [row["id"] for row in desk.ask("promises", "--limit", "1")] == [rows[0]["id"]]
    assert [row["id"] for row in desk.ask("promises", "--after", rows[0]["id"])] == [rows[1]["id"]]
    assert desk.ask("promises") == rows, "the list stays as it is"
    assert "nobody has taken it on" in desk.ask("why", rows[0]["id"])[0]["say"]

    assert desk.ask("promises", "dismiss", rows[1]["id"])["done"] == "dismissed: ik kijk er morgen naar"
    assert [row["id"] for row in desk.ask("promises")] == [rows[0]["id"]]
    assert desk.run("undo").code == 0
    assert desk.run("capture", rows[0]["id"], "--to", "local", "--no-reply").code == 0
    assert [row["id"] for row in desk.ask("promises")] == [rows[1]["id"]]
    assert "promise" in desk.run("promises").out
    assert desk.run("promises", "dismiss").code == 2
    assert desk.run("promises", "dismiss", desk.ask("thread", rows[0]["id"])["messages"][-1]["id"]).code in {0, 1}
    assert desk.run("promises", "nonsense").code == 2
