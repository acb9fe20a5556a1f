"""A person who signs in at a service's page: the real commands over HTTP, a keyring in memory, a browser that agrees."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import TextIO
from unittest import mock
from urllib.request import urlopen

from connectors.keys import Keys, Origins
from leeward.config import Config
from leeward.ports import Secrets
from tests.connectors.test_keys import Memory
from tests.fakes.oauth import Authority
from tests.fakes.serve import Serving
from tests.tui.commands.desk import Ran
from tui.cli import World
from tui.commands import guiding, run


class Here(World):
    """The composition of the program; the page of the service, wherever it is, is opened at the fake."""

    def __init__(
        self, serving: Serving, authority: Authority, folder: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        self.serving, self.authority, self.folder, self.environ = serving, authority, folder, environ or {}
        self.shelf = Memory()
        self.opened: list[str] = []
        self.works = True
        self.typed: list[str] = []

    def keyring(self, config: Config, account: str | None = None) -> tuple[bool, str]:
        return self.works, "memory" if self.works else f"There is no keyring on this machine for {account}."

    def secrets(self, config: Config) -> Secrets:
        named = {one.name: Origins(one.token_env, one.token_command) for one in config.accounts}
        return Keys(named, environ=self.environ, backend=lambda: self.shelf)

    def browse(self, page: str, _code: object = None) -> None:
        """A person's browser that agrees and is sent back."""
        self.opened.append(page)
        back = self.authority.agree(page)
        Thread(target=lambda: urlopen(back, timeout=5).close(), daemon=True).start()

    def run(self, *args: str, stdin: str = "", terminal: bool = False, typed: TextIO | None = None) -> Ran:
        """One command, as the shell runs it; what is asked without echo is answered from `typed` of this object."""
        out, err = StringIO(), StringIO()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.object(sys, "stdin", typed or StringIO(stdin)),
            mock.patch.object(webbrowser, "open", self.browse),
            mock.patch.object(guiding, "at_terminal", return_value=terminal),
            mock.patch("getpass.getpass", side_effect=self.typed),
        ):
            code = run([*args, "--data", str(self.folder)], self)
        return Ran(code, out.getvalue(), err.getvalue())
