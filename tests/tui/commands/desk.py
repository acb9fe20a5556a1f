"""The command line in one process: real store and settings, connectors over the fakes, a clock that stands still."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from connectors import make
from connectors.keys import entry
from leeward.config import Config
from leeward.ports import Clock, Login, Secret, Secrets
from leeward.ports_session import Tokens
from leeward.testing.clock import FakeClock
from leeward.work.channels import Found, Writer
from tests.fakes.base import FakeHttp, Service
from tests.fakes.gitlab import make as gitlab
from tests.fakes.matrix import make as matrix
from tui.cli import World
from tui.commands import run
from tui.wiring import Connected


class Purse:
    """Tokens in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Secret] = {}

    def get(self, account: str, name: str = "token") -> Secret | None:
        return self.kept.get(entry(account, name))

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        self.kept[entry(account, name)] = secret
        return "memory"

    def drop(self, account: str, name: str = "token") -> None:
        self.kept.pop(entry(account, name), None)


class Outside(World):
    """The real composition, with the doors leading into the fakes, by kind, and tokens in memory."""

    def __init__(self, services: dict[str, Service]) -> None:
        self.services = services
        self.purse = Purse()
        self.doors: dict[str, FakeHttp] = {}

    def connect(
        self,
        login: Login,
        secret: Secret | Tokens | None,
        clock: Clock,
        ca_file: Path | None,
        others: Mapping[str, Secret] | None = None,
    ) -> Connected:
        shown = secret.reveal() if isinstance(secret, Secret) else None
        scheme = self.manifest(login.kind).origins[0].scheme or "bearer"
        fresh = FakeHttp(self.services[login.kind], shown, scheme)
        door = self.doors.setdefault(login.kind, fresh)

        async def close() -> None: ...

        return Connected(make(login, door, clock), close)

    async def discover(self, login: Login, clock: Clock) -> str:
        return login.url

    def secrets(self, config: Config) -> Secrets:
        return self.purse

    def ways(self, config: Config, write: Writer, clock: Clock) -> Mapping[str, Sequence[Found]]:
        return {}

    def keyring(self, config: Config, account: str | None = None) -> tuple[bool, str]:
        return True, "memory"


@dataclass(frozen=True)
class Ran:
    """One command: its code and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def synced(folder: Path) -> Desk:
    """A desk with the usual GitLab account, asked once."""
    desk = Desk(folder)
    desk.connect()
    assert desk.run("sync").code == 0
    return desk


class Desk:
    """A data folder and a command line over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.outside = Outside({"gitlab": gitlab(), "matrix": matrix(None)})

    def run(self, *args: str, stdin: str | bytes = "") -> Ran:
        """Run `leeward ARGS…` with this folder; never raises but for a bug of the test."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _each in range(2))
        given = stdin.encode() if isinstance(stdin, str) else stdin
        with (
            redirect_stdout(out), redirect_stderr(err), self._clock(),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8")),
        ):  # fmt: skip
            try:
                code = run([*args, "--data", str(self.folder)], self.outside)
            except SystemExit as gone:
                code = int(gone.code or 0) if not isinstance(gone.code, str) else 1
        said = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]
        return Ran(code, said[0], said[1])

    def ask(self, *args: str, stdin: str = "") -> Any:
        """Run with --json; the answer parsed. It must succeed."""
        ran = self.run(*args, "--json", stdin=stdin)
        assert ran.code == 0, f"{args}: {ran}"
        return ran.json

    @contextmanager
    def _clock(self) -> Iterator[None]:
        with mock.patch("leeward.clock.SystemClock", return_value=self.clock):
            yield

    def connect(self, kind: str = "gitlab", name: str | None = None) -> None:
        """Add an account as a person would."""
        service: Any = self.outside.services[kind]
        added = self.run(
            *(
                "account",
                "add",
                kind,
                "--name",
                name or kind,
                "--url",
                service.base,
                "--token-stdin",
                "--first",
                "week",
            ),
            stdin=service.token + "\n",
        )
        assert added.code == 0, added
