"""The headline against real servers, whole and with the process killed in the worst moments."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.e2e import needs
from tests.e2e.caldav_servers import CalDav
from tests.e2e.desk import Desk
from tests.e2e.journey import Captured, Journey, begin, quoted_lines
from tests.e2e.proxy import Moment, Proxy, Trap, between
from tests.e2e.synapse import Synapse

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::DeprecationWarning:caldav")]


@pytest.fixture
def journey(tmp_path: Path, homeserver: Synapse, caldav_server: CalDav) -> Journey:
    needs.module("caldav")
    return begin(homeserver, caldav_server, Desk(tmp_path))


def test_a_chat_line_becomes_a_task_with_its_context_and_both_stay_in_step(journey: Journey) -> None:
    journey.connect()
    captured = journey.capture()
    assert captured.reply == "queued"
    assert journey.todos() == []  # capture only enqueues

    journey.desk.run("sync")

    _check_exactly_one_of_each(journey, captured)
    _check_the_capsule_holds_the_conversation(journey, captured)

    journey.complete_elsewhere()
    journey.desk.run("sync")

    assert journey.desk.row(captured.thread)["state"] == "done"
    said = [entry["say"] for entry in journey.desk.run("why", captured.thread)]
    title = str(journey.todos()[0]["SUMMARY"])
    assert any(title in say and "done" in say.casefold() for say in said), said
    _check_exactly_one_of_each(journey, captured)


def test_the_same_line_again_gives_the_same_task(journey: Journey) -> None:
    journey.connect()
    first = journey.capture()
    again = journey.capture()
    assert (again.task["id"], again.reply, again.context) == (first.task["id"], "none", first.context)
    journey.desk.run("sync")
    assert journey.capture().task["id"] == first.task["id"]
    journey.desk.run("sync")
    _check_exactly_one_of_each(journey, first)


def test_a_second_sync_sends_nothing_again_and_brings_nothing_twice(journey: Journey) -> None:
    journey.connect()
    captured = journey.capture()
    journey.desk.run("sync")
    lines = [message["id"] for _, message in journey.desk.messages()]
    again = journey.desk.run("sync")
    assert [account["sent"] for account in again["accounts"]] == [0, 0]
    assert sorted(message["id"] for _, message in journey.desk.messages()) == sorted(lines)
    assert len(lines) == len(journey.poured.lines) + 1
    _check_exactly_one_of_each(journey, captured)


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the process dies: at which request of which server, and how far that had come."""

    chat: bool
    path: str
    moment: Moment

    def __str__(self) -> str:
        return f"{'reply' if self.chat else 'task'}-{self.moment.name.lower()}"


KILLS = [
    Kill(chat=False, path=".ics", moment=Moment.WRITTEN),
    Kill(chat=False, path=".ics", moment=Moment.ANSWERED),
    Kill(chat=True, path="/send/m.room.message/", moment=Moment.BEFORE),
    Kill(chat=True, path="/send/m.room.message/", moment=Moment.WRITTEN),
]


@dataclass(slots=True)
class Victim:
    """The process that a trap kills, by its own id."""

    process: subprocess.Popen[str] | None = None
    killed: list[int] = field(default_factory=list)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.killed.append(self.process.pid)


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_killed_in_the_middle_there_is_still_one_task_and_one_reply(journey: Journey, kill: Kill) -> None:
    with ExitStack() as stack:
        chat, tasks = (stack.enter_context(between(url)) for url in (journey.chat.url, journey.tasks.url))
        journey.connect(chat.url, tasks.url)
        captured = journey.capture()
        victim = Victim()
        trap = _set(chat if kill.chat else tasks, kill, victim.kill)

        victim.process = journey.desk.start("sync", "--json")
        victim.process.communicate(timeout=120)

        assert trap.sprung.is_set()
        assert victim.process.returncode == -9
        assert victim.killed == [victim.process.pid]
        if kill.chat and kill.moment is Moment.BEFORE:
            assert (len(journey.todos()), len(journey.replies())) == (1, 0)

        journey.desk.sync_until_quiet()
        _check_exactly_one_of_each(journey, captured)
        assert journey.desk.run("doctor")["ok"] is True


def _set(proxy: Proxy, kill: Kill, act: Callable[[], None]) -> Trap:
    trap = Trap("PUT", kill.path, kill.moment, act)
    proxy.traps.append(trap)
    return trap


def _check_exactly_one_of_each(journey: Journey, captured: Captured) -> None:
    (todo,) = journey.todos()
    (task,) = [row for row in journey.desk.run("tasks") if row["id"] == captured.task["id"]]
    assert (task["state"], task["account"], task["title"]) == ("sent", "tasks", str(todo["SUMMARY"]))
    assert str(todo["X-LEEWARD-KEY"]).startswith("lw")
    assert str(todo["DUE"].dt) == "2026-12-24"

    (reply,) = journey.replies()
    content = reply["content"]
    assert content["dev.leeward.key"].startswith("lw")
    assert content["dev.leeward.key"] != str(todo["X-LEEWARD-KEY"])
    assert _answers(content) == journey.event
    assert task["title"] in content["body"]
    assert task["url"].endswith(".ics")
    assert task["url"] in content["body"]


def _answers(content: dict[str, Any]) -> str | None:
    """The event a Matrix message answers, or the root of the thread it stands in."""
    relation = content.get("m.relates_to", {})
    answered: str | None = relation.get("m.in_reply_to", {}).get("event_id") or relation.get("event_id")
    return answered


def _check_the_capsule_holds_the_conversation(journey: Journey, captured: Captured) -> None:
    """The line and every line that travels with it are quoted, those travel that people say belong to it."""
    (todo,) = journey.todos()
    description = str(todo["DESCRIPTION"])
    lines = list(journey.poured.lines)
    by_event = {journey.poured.events[line.id]: line for line in lines}
    urls = {message["id"]: unquote(message["url"]) for _, message in journey.desk.messages()}
    travelled = [line for id in captured.context for event, line in by_event.items() if event in urls[id]]

    assert len(travelled) == len(captured.context)
    assert travelled
    assert quoted_lines(description, [journey.line, *travelled]) == [journey.line, *travelled]
    assert all(line.author in description for line in [journey.line, *travelled])
    assert journey.event in unquote(description)  # the permalink
    together = journey.poured.talk(journey.line)
    hits = len([line for line in travelled if line in together])
    assert 2 * hits / (len(travelled) + len(together)) >= 0.5


def test_settings_written_by_hand_work_as_well(journey: Journey) -> None:
    desk = journey.desk
    desk.tokens |= {"CHAT_TOKEN": journey.owner.token, "DAV_PASSWORD": journey.tasks.password}
    settings = desk.folder / "data/config.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(
        f'[[account]]\nname = "chat"\nkind = "matrix"\nurl = "{journey.chat.url}"\ntoken_env = "CHAT_TOKEN"\n'
        f'[[account]]\nname = "tasks"\nkind = "caldav"\nurl = "{journey.tasks.url}"\nuser = "{journey.tasks.user}"\n'
        f'places = ["{journey.list_name}"]\ntoken_env = "DAV_PASSWORD"\n',
        encoding="utf-8",
    )
    told = desk.run("sync")["accounts"]
    assert {account["account"]: account["trouble"] for account in told} == {"chat": None, "tasks": None}
    captured = journey.capture()
    desk.run("sync")
    _check_exactly_one_of_each(journey, captured)
    listed = {account["account"]: account["ok"] for account in desk.run("account", "list")}
    assert (listed["chat"], listed["tasks"]) == (True, True)
