"""One run without a network: a fake GitLab behind its real connector, popups that are counted, a clock in the hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from connectors import TABLE
from connectors.gitlab.connector import GitLab
from connectors.ics import read_week
from leeward import ports_session as renewing
from leeward.config import Account, Config
from leeward.errors import NotSupported
from leeward.model import Instant
from leeward.paths import find
from leeward.ports import Clock, Login, Manifest, Secret, Secrets
from leeward.testing.clock import FakeClock
from leeward.work.channels import Found, Writer
from leeward.work.quiet_ics import Imported
from tests.fakes.base import FakeHttp
from tests.fakes.gitlab import GitLabFake
from tests.leeward.ring_world import Popups
from tui.running import Running, start
from tui.wiring import Connected, Home, Pasted, Show

SETTINGS = """
[[account]]
name = "work"
kind = "gitlab"
url = "https://gitlab.example.org"

[quiet]
timezone = "Europe/Amsterdam"
[quiet.schedules.work]
open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]
"""


class Tokens:
    def get(self, account: str, name: str = "token") -> Secret | None:
        return Secret(GitLabFake.token)

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        return "memory"

    def drop(self, account: str, name: str = "token") -> None:
        return None


class FakeOutside:
    """`tui.wiring.Outside`."""

    def __init__(self, clock: FakeClock) -> None:
        self.popups = Popups("dbus")
        self.service = GitLabFake(now=clock.now)
        self.me = self.service.add_user("Sam Vermeer", "sam", self.service.token)
        self.other = self.service.add_user("Ana Duarte", "ana")
        self.project = self.service.add_project("harbour/api", [self.me, self.other])
        self.http = FakeHttp(self.service, self.service.token)
        self.days: list[tuple[date, str]] = []
        self.asked_days: list[tuple[tuple[str, ...], int]] = []

    def manifests(self, *, theirs: bool = True) -> Mapping[str, Manifest]:
        return TABLE

    def manifest(self, kind: str) -> Manifest:
        return TABLE[kind]

    def tokens(self, account: Account, secrets: Secrets, clock: Clock, folder: Path) -> None:
        return None

    async def sign_in(
        self,
        account: Account,
        secret: Secret | None,
        how: str,
        show: Show,
        clock: Clock,
        pasted: Pasted | None = None,
    ) -> Secret:
        raise NotSupported("nobody signs in here")

    def lacks(self, kind: str, kept: Secret | None) -> tuple[str, ...]:
        return ()

    def connect(
        self,
        login: Login,
        secret: Secret | renewing.Tokens | None,
        clock: Clock,
        ca_file: Path | None,
        others: Mapping[str, Secret] | None = None,
    ) -> Connected:
        async def close() -> None:
            return None

        return Connected(GitLab(login, self.http, clock), close)

    async def discover(self, login: Login, clock: Clock) -> str:
        return login.url

    def secrets(self, config: Config) -> Tokens:
        return Tokens()

    def keyring(self, config: Config, account: str | None = None) -> tuple[bool, str]:
        return True, "fake"

    def ways(self, config: Config, write: Writer, clock: Clock) -> Mapping[str, Sequence[Found]]:
        return {"desktop": [Found("desktop", self.popups, "popups")]}

    def holidays(self, regions: Sequence[str], year: int) -> tuple[Sequence[tuple[date, str]], Sequence[str]]:
        self.asked_days.append((tuple(regions), year))
        return self.days, [] if "ZZ" not in regions else ["Nothing is known of the holidays of ZZ."]

    def read_calendar(self, text: str, now: datetime) -> Imported:
        return read_week(text, now)


class QuietHome:
    """A home in `folder`, and what a test asks of it."""

    def __init__(self, folder: Path, at: int, settings: str = SETTINGS) -> None:
        self.clock = FakeClock(Instant(at))
        self.outside = FakeOutside(self.clock)
        (folder / "data").mkdir()
        self.folders = find(str(folder / "config.toml"), str(folder / "data"))
        self.settings(settings)
        self.home = self.fresh()

    def fresh(self) -> Home:
        """As a new process has it."""
        return Home(self.folders, self.outside, self.clock)

    def settings(self, text: str) -> None:
        self.folders.config.write_text(text)
        self.folders.config.chmod(0o600)

    def start(self) -> Running:
        return start(self.home)

    def say(self, title: str = "Pump fails") -> dict[str, Any]:
        """Ana writes an issue with a to-do for Sam."""
        row = self.outside.service.add_thing(self.outside.project, self.outside.other, title, title)
        key = (self.outside.project, "issues", row["iid"])
        self.outside.service.add_todo(self.outside.me, key, "assigned", self.outside.other)
        return row


def query(running: Running, sql: str, *values: object) -> list[Any]:
    rows: list[Any] = running.store.read(lambda db: db.execute(sql, values).fetchall()).result()
    return rows


def act(running: Running, function: Callable[..., Any], *args: object) -> Any:
    return running.store.write(function, *args).result()
