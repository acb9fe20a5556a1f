"""Files in and out, and views opened as queries."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from connectors.clickup.api.files import may_fetch
from connectors.clickup.connector import ClickUp
from connectors.http import Door
from connectors.manifests.clickup import MANIFEST
from leeward.errors import NotSupported, Problem, TryLater, Usage
from leeward.model import Body, File, ItemType, Key, RemoteId
from leeward.ports import Login, Secret, Upload
from leeward.sync.views import opened, view_in
from leeward.testing.clock import FakeClock
from leeward.testing.mirror import Mirror
from leeward.wire import Request
from tests.contract.test_clickup import ClickUpHarness
from tests.fakes.base import lose_answer
from tests.tui.commands.desk import Desk

T = TypeVar("T")
KEY = Key("lwkey1")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: ClickUpHarness) -> ClickUp:
    return ClickUp(Login("work", "clickup", world.service.base), world.http, world.clock)


def pulled(world: ClickUpHarness) -> Mirror:
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    return mirror


def test_files_of_a_task_and_of_a_comment_come_in_and_are_fetched_without_the_token() -> None:
    world = ClickUpHarness()
    task, _first = world.add_thread("The gate")
    assert task is not None
    world.service.add_file(task, world.me, "plan.txt", b"one")
    held = world.service.add_file(task, world.me, "photo.txt", b"two")
    world.service.add_comment(task, world.me, "see photo.txt", files=[held])
    mirror = pulled(world)
    first = mirror["messages"][RemoteId(f"{task}/description")]
    assert [(each.name, each.size) for each in first.files] == [("plan.txt", 3), ("photo.txt", 3)]
    line = next(each for each in mirror["messages"].values() if each.text.startswith("see"))
    assert [each.name for each in line.files] == ["photo.txt"]
    assert run(connector(world).fetch(line.files[0])) == b"two"
    assert world.service.wrong == []


def test_a_file_elsewhere_is_not_fetched() -> None:
    world = ClickUpHarness()
    for url in ("https://evil.example/x", "http://t1.p.clickup-attachments.com/x", None):
        with pytest.raises(NotSupported):
            run(connector(world).fetch(File("x", url)))


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://t9.p.clickup-attachments.com/t9/a/plan.pdf", True),
        ("https://attachments.clickup.com/a", True),
        ("https://api.clickup.com/files/a", True),
        ("https://clickup-attachments.com.evil.example/a", False),
        ("https://evilclickup-attachments.com/a", False),
        ("https://[::1/a", False),
        ("javascript:alert(1)", False),
    ],
)
def test_which_hosts_keep_files(url: str, may: bool) -> None:
    assert may_fetch(url, "https://api.clickup.com/api") is may


def test_the_door_goes_to_hosts_of_files_and_shows_them_nothing() -> None:
    door = Door(MANIFEST, Login("t", "clickup", "https://api.clickup.com"), Secret("pk_1_secret"), FakeClock())
    for url in ("https://t9.p.clickup-attachments.com/a", "https://attachments.clickup.com/a"):
        place = door._pins.check(url)
        assert not door._pins.wants(place)
    for url in (
        "https://clickup-attachments.com/a",
        "https://t9.p.clickup-attachments.com:444/a",
        "https://x.example/a",
    ):
        with pytest.raises(Problem):
            door._pins.check(url)
    assert door._pins.wants(door._pins.check(Request("GET", "https://api.clickup.com/api/v2/user").url))


def post(world: ClickUpHarness, task: RemoteId, text: str, *files: Upload) -> RemoteId:
    sent = run(connector(world).post(RemoteId(world.list), task, Body(text), files, key=KEY))
    return sent.id


def test_files_go_to_the_task_and_the_comment_names_them() -> None:
    world = ClickUpHarness()
    task, _first = world.add_thread("The gate")
    assert task is not None
    line = post(world, task, "The plan", Upload("plan.pdf", b"%PDF"), Upload('odd "näme".txt', b"x"))
    names = [each["title"] for each in world.service.tasks[task]["attachments"]]
    assert names[0] == "plan.pdf"
    assert len(names) == 2
    told = world.service.comments[line]["text"]
    assert told.startswith("The plan\nplan.pdf: ")
    assert world.service.tasks[task]["attachments"][0]["url"] in told
    assert (
        world.service.files[world.service.tasks[task]["attachments"][0]["url"].removeprefix(world.service.base)]
        == b"%PDF"
    )


def test_a_lost_answer_puts_no_file_there_twice() -> None:
    """Neither that of the file, after which the line is sent again, nor that of the comment, which is found."""
    world = ClickUpHarness()
    task, _first = world.add_thread("The gate")
    assert task is not None
    plan = Upload("plan.pdf", b"%PDF")
    world.http.write_faults = [lose_answer]
    with pytest.raises(TryLater) as caught:
        post(world, task, "The plan", plan)
    assert caught.value.taken
    place, since = RemoteId(world.list), world.clock.now()
    assert run(connector(world).find_sent(ItemType.MESSAGE, place, task, KEY, since)) is None
    world.http.write_faults = [lose_answer]
    with pytest.raises(TryLater):
        post(world, task, "The plan", plan)
    assert run(connector(world).find_sent(ItemType.MESSAGE, place, task, KEY, since)) is not None
    assert len(world.service.tasks[task]["attachments"]) == 1
    assert len([one for one in world.service.comments.values() if "The plan" in one["text"]]) == 1


def test_chat_takes_no_files() -> None:
    world = ClickUpHarness()
    channel = world.service.add_channel(world.team, "harbour", [world.me])
    with pytest.raises(NotSupported, match="tasks only"):
        run(
            connector(world).post(
                RemoteId(f"{world.team}/chat/{channel}"), None, Body("x"), (Upload("a", b"b"),), key=KEY
            )
        )


def views(world: ClickUpHarness, count: int = 70) -> list[str]:
    made = [world.service.add_task(world.list, world.me, f"Task {number}")["id"] for number in range(count)]
    world.service.add_view(world.team, "Sprint 12", made[::-1])
    return [str(each) for each in made[::-1]]


def test_a_view_is_opened_by_title_address_and_id_in_its_order() -> None:
    world = ClickUpHarness()
    wanted = views(world)
    (id,) = world.service.views
    asked = connector(world)
    for words in (
        "sprint 12",
        " Sprint 12 ",
        id,
        f"https://app.clickup.com/9015/v/l/{id}",
        f"https://app.clickup.com/9/v/b/{id}?x=1",
    ):
        shown = run(asked.open_view(words))
        assert shown is not None
        assert list(shown) == wanted, words
    assert run(asked.open_view("Sprint 13")) is None
    assert run(asked.open_view("8cv-99999")) is None
    assert world.service.wrong == []


def test_titles_are_asked_for_once_in_a_while_and_pages_that_loop_end() -> None:
    world = ClickUpHarness()
    views(world)
    asked = connector(world)
    run(asked.open_view("Sprint 12"))
    before = len(world.http.asked)
    run(asked.open_view("Sprint 12"))
    assert {each.path.rpartition("/")[2] for each in world.http.asked[before:]} == {"task"}
    world.service.looping = True
    shown = run(asked.open_view("Sprint 12"))
    assert shown is not None
    assert len(shown) == 30
    world.clock.advance(600)
    world.service.add_view(world.team, "Sprint 13", [])
    assert run(asked.open_view("Sprint 13")) == ()


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ("view:Sprint 12", "Sprint 12"),
        (' view: "Sprint 12" ', "Sprint 12"),
        ("view:https://app.clickup.com/9/v/l/8cv-1", "https://app.clickup.com/9/v/l/8cv-1"),
        ("view:", None),
        ("a view:x", None),
        ("review:x", None),
    ],
)
def test_what_is_a_query_for_a_view(query: str, view: str | None) -> None:
    assert view_in(query) == view


def test_without_such_an_account_it_is_said() -> None:
    with pytest.raises(Usage, match="No account here has views"):
        asyncio.run(opened([], "Sprint"))


def test_search_opens_a_view_and_shows_what_is_here_in_its_order(tmp_path: Path) -> None:
    world = ClickUpHarness()
    desk = Desk(tmp_path)
    desk.outside.services = {"clickup": world.service}
    made = [
        world.service.add_task(world.list, world.me, name)["id"] for name in ("Mend the gate", "Paint it", "Oil it")
    ]
    world.service.add_view(world.team, "Sprint 12", [made[2], "86gone", made[0]])
    world.service._now = desk.clock.now
    desk.connect("clickup")
    assert desk.run("sync").code == 0
    assert [row["title"] for row in desk.ask("search", "view:Sprint", "12")] == ["Oil it", "Mend the gate"]
    missing = desk.run("search", "view:Sprint 13")
    assert missing.code == 2
    assert "There is no view Sprint 13." in missing.err
