from __future__ import annotations

from connectors import TABLE
from connectors.gitlab.connector import GitLab
from leeward.model import ItemType, RemoteId
from leeward.ports import Connector, Login
from leeward.testing.clock import FakeClock
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness, Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.gitlab import GitLabFake
from tests.fakes.gitlab.described import Described


class GitLabHarness(FakeHarness):
    manifest = TABLE["gitlab"]
    reads_upto = False

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.service = GitLabFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", "sam", self.service.token)
        self.other = self.service.add_user("Ana Duarte", "ana")
        self.project = self.service.add_project("harbour/api", [self.me, self.other])
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret)

    def connector(self) -> Connector:
        return GitLab(Login("work", "gitlab", self.service.base), self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(str(self.project))

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.looping = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        row = self.service.add_thing(self.project, self.other, text, text)
        thread = RemoteId(f"{self.project}/issues/{row['iid']}")
        note = self.service.add_note(self._key(thread), self.other, text)
        return thread, RemoteId(str(note["id"]))

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        assert thread is not None
        discussion = self.service.find_note(int(reply_to))[1]["id"] if reply_to else None
        return RemoteId(str(self.service.add_note(self._key(thread), self.other, text, discussion)["id"]))

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.edit_note(int(line), text)

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop_note(int(line))

    def lines(self) -> dict[RemoteId, Held]:
        notes = [n for each in self.service.threads.values() for discussion in each for n in discussion["notes"]]
        held = {RemoteId(str(note["id"])): Held(note["body"]) for note in notes}
        issues = {RemoteId(f"{_path(key)}/description"): Held(row["description"]) for key, row in self._issues()}
        return held | issues

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return _path((self.project, "issues", self.service.add_thing(self.project, self.other, title, text)["iid"]))

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.things[self._key(task)].update(title=title, updated_at=self.service.stamp())

    def delete_task(self, task: RemoteId) -> bool:
        self.service.drop_thing(self._key(task))
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden.add(self._key(task))

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            _path(key): Held(row["description"], row["title"], row["state"] == "closed") for key, row in self._issues()
        }

    def add_note(self, title: str, text: str) -> RemoteId:
        return RemoteId(f"{self.project}/wikis/{self.service.add_page(self.project, title, text, self.other)['slug']}")

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.edit_page(self.project, note.partition("/wikis/")[2], text, self.other)

    def notes(self) -> dict[RemoteId, Held]:
        pages = self.service.wikis[self.project].values()
        return {RemoteId(f"{self.project}/wikis/{row['slug']}"): Held(row["content"], row["title"]) for row in pages}

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)

    def _issues(self) -> list[tuple[tuple[int, str, int], dict[str, str]]]:
        return [(key, row) for key, row in self.service.things.items() if key[1] == "issues"]

    def _key(self, thread: RemoteId) -> tuple[int, str, int]:
        project, sort, iid = thread.split("/")
        return int(project), sort, int(iid)


def _path(key: tuple[int, str, int]) -> RemoteId:
    return RemoteId("/".join(map(str, key)))


class GitLabEpicsHarness(GitLabHarness):
    """Tasks and threads are the epics of a group with a licence, which do not move for a line."""

    # The lines of each watched epic are asked for in every pull.
    idle_requests = 18

    def __init__(self) -> None:
        super().__init__()
        self.service.licensed = True
        self.group = self.service.groups["harbour"]["id"]

    def place(self, what: ItemType) -> RemoteId:
        return super().place(what) if what is ItemType.NOTE else RemoteId(f"groups/{self.group}")

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        thread = self.add_task(text, text)
        return thread, RemoteId(str(self.service.add_note(self._key(thread), self.other, text)["id"]))

    def lines(self) -> dict[RemoteId, Held]:
        epics = {RemoteId(f"{task}/description"): held for task, held in self.tasks().items()}
        return super().lines() | epics

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return _epic((self.group, self.service.add_epic("harbour", self.other, title, text)["iid"]))

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.epics[self._number(task)].update(title=title, updated_at=self.service.stamp())

    def delete_task(self, task: RemoteId) -> bool:
        self.service.drop_epic(*self._number(task))
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden_epics.add(self._number(task))

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            _epic(key): Held(row["description"], row["title"], row["state"] == "closed")
            for key, row in self.service.epics.items()
        }

    def _number(self, task: RemoteId) -> tuple[int, int]:
        _groups, group, _epics, iid = task.split("/")
        return int(group), int(iid)

    def _key(self, thread: RemoteId) -> tuple[int, str, int]:
        group, iid = self._number(thread)
        return group, "epics", iid


def _epic(key: tuple[int, int]) -> RemoteId:
    return RemoteId(f"groups/{key[0]}/epics/{key[1]}")


class TestGitLab(Contract):
    def make(self) -> Harness:
        return GitLabHarness()


class TestEpics(Contract):
    def make(self) -> Harness:
        return GitLabEpicsHarness()
