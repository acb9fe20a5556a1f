"""Fresh worlds for a test: the owner, two colleagues, and where they talk and keep what is to be done."""

from __future__ import annotations

from html import escape
from typing import Any

from connectors.manifests.teams import MANIFEST as TEAMS
from connectors.teams.api.html_in import read
from connectors.teams.connector import Teams
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.teams import TeamsFake
from tests.fakes.teams.described import Described


def html(text: str) -> str:
    """As Teams keeps what somebody typed."""
    return f"<div>{escape(text, quote=False)}</div>".replace("\n", "<br>")


class TeamsWorld(FakeHarness):
    """Lines in a channel, tasks in To Do, notes in OneNote."""

    manifest = TEAMS
    reads_upto = False

    def __init__(self, *, history: int = 2000, places: tuple[str, ...] = (), zone: str = "UTC", **options: Any) -> None:
        self.clock = FakeClock()
        self.service = TeamsFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", self.service.token)
        self.ana = self.service.add_user("Ana Duarte")
        self.mei = self.service.add_user("Mei Tanaka")
        self.team = self.service.add_team("Harbour", [self.me, self.ana, self.mei])
        self.channel = self.service.add_channel(self.team, "Quay")
        self.list = self.service.add_list("Tasks")
        self.section = self.service.add_section("Minutes")
        for name, value in options.items():
            setattr(self.service, name, value)
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret)
        self.login = Login("work", "teams", self.service.base, history=history, places=places, zone=zone)

    def connector(self) -> Teams:
        return Teams(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        if what is ItemType.TASK:
            return RemoteId(f"todo/{self.list}")
        if what is ItemType.NOTE:
            return RemoteId(f"onenote/{self.section}")
        return RemoteId(f"{self.team}/{self.channel}")

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.loops = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        root = RemoteId(f"{self.team}/{self.channel}/{self.service.say(self.channel, self.ana, html(text))}")
        return root, root

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        assert thread is not None
        root = thread.rpartition("/")[2]
        return RemoteId(f"{thread}/{self.service.say(self.channel, self.ana, html(text), root)}")

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.change(self.channel, line.rpartition("/")[2], html(text))

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop(self.channel, line.rpartition("/")[2])

    def lines(self) -> dict[RemoteId, Held]:
        return {
            RemoteId("/".join(each for each in (self.team, self.channel, row["root"], id_) if each)): _held(row)
            for id_, row in self.service.lines[self.channel].items()
        }

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return RemoteId(f"todo/{self.list}/{self.service.add_todo(self.list, title, text)}")

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change_todo(task.rpartition("/")[2], title=title)

    def delete_task(self, task: RemoteId) -> bool:
        self.service.drop_todo(task.rpartition("/")[2])
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden.add(task.rpartition("/")[2])

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"todo/{row['list']}/{id_}"): Held(
                row["body"]["content"], row["title"], row["status"] == "completed"
            )
            for id_, row in self.service.todos.items()
        }

    def add_note(self, title: str, text: str) -> RemoteId:
        return RemoteId(f"page/{self.service.add_page(self.section, title, f'<p>{escape(text)}</p>')}")

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.edit_page(note.rpartition("/")[2], inner=f"<p>{escape(text)}</p>")

    def notes(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"page/{id_}"): Held(read(row["inner"]).words, row["title"])
            for id_, row in self.service.pages.items()
        }

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)


class ChatWorld(TeamsWorld):
    """Lines in a chat, tasks in Planner."""

    reads_upto = True
    idle_requests = 14
    """A channel, a chat, a list and a plan are asked, and three texts of the plan's tasks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.chat = self.service.add_chat([self.me, self.ana, self.mei], "Move")
        self.plan = self.service.add_plan("Quay wall", self.team)

    def place(self, what: ItemType) -> RemoteId:
        if what is ItemType.TASK:
            return RemoteId(f"plan/{self.plan}")
        return RemoteId(self.chat) if what is ItemType.MESSAGE else super().place(what)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        return None, RemoteId(f"{self.chat}/{self.service.say(self.chat, self.ana, html(text))}")

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        more: dict[str, Any] = {}
        words = html(text)
        if reply_to is not None:
            name = reply_to.rpartition("/")[2]
            more["attachments"] = [{"id": name, "contentType": "messageReference", "content": "{}", "name": None}]
            words = f'<attachment id="{name}"></attachment>{words}'
        return RemoteId(f"{self.chat}/{self.service.say(self.chat, self.ana, words, **more)}")

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.change(self.chat, line.rpartition("/")[2], html(text))

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop(self.chat, line.rpartition("/")[2])

    def lines(self) -> dict[RemoteId, Held]:
        return {RemoteId(f"{self.chat}/{id_}"): _held(row) for id_, row in self.service.lines[self.chat].items()}

    def read_upto(self, thread: RemoteId | None) -> RemoteId | None:
        upto = self.service.read.get((self.me, self.chat))
        return RemoteId(f"{self.chat}/{upto}") if upto else None

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return RemoteId(f"planner/{self.service.add_planned(self.plan, self.ana, title, text)}")

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change_planned(task.rpartition("/")[2], title=title)

    def delete_task(self, task: RemoteId) -> bool:
        del self.service.planned[task.rpartition("/")[2]]
        return True

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"planner/{id_}"): Held(row["text"], row["title"], row["percentComplete"] == 100)
            for id_, row in self.service.planned.items()
        }


def _held(row: dict[str, Any]) -> Held:
    return Held(read(row["html"]).words)
