"""Signing in at Miro's page with an app of one's own, from the Manifest alone; renewed by itself, and a plain token too."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from connectors.keys import Keys, Origins
from leeward.config import Config
from leeward.oauth import APPS_OWN
from leeward.ports import Secret, Secrets
from tests.connectors.test_keys import Memory
from tests.fakes.base import Answer, Asked
from tests.fakes.miro import MiroFake
from tests.fakes.miro import make as miro
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving
from tui.cli import World
from tui.commands import run

OWN = "/v1/oauth/token"


class AtMiro(Guarded):
    """Miro gives tokens out under a path of its own."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == OWN:
            asked = Asked(asked.method, "/oauth/token", asked.query, asked.headers, asked.body)
        return super().answer(asked)


class Here(World):
    """The real composition over HTTP with a keyring in memory; the page, which is Miro's own, is opened at the fake."""

    def __init__(self, serving: Serving, authority: Authority, folder: Path) -> None:
        self.serving, self.authority, self.folder = serving, authority, folder
        self.shelf = Memory()
        self.opened: list[str] = []

    def keyring(self, config: Config) -> tuple[bool, str]:
        return True, "memory"

    def secrets(self, config: Config) -> Secrets:
        named = {one.name: Origins(one.token_env, one.token_command) for one in config.accounts}
        return Keys(named, environ={"MIRO_TOKEN": MiroFake.token}, backend=lambda: self.shelf)

    def browse(self, page: str, _code: object = None) -> None:
        self.opened.append(page)
        back = self.authority.agree(page)
        Thread(target=lambda: urlopen(back, timeout=5).close(), daemon=True).start()

    def run(self, *args: str) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.object(sys, "stdin", StringIO("")),
            mock.patch.object(webbrowser, "open", self.browse),
        ):
            code = run([*args, "--data", str(self.folder)], self)
        return code, out.getvalue(), err.getvalue()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    authority = Authority("app-id", "app-secret")
    service: Any = miro()
    with Serving(AtMiro(service, authority)) as serving:
        yield Here(serving, authority, tmp_path)


def test_an_app_of_ones_own_signs_in_and_is_renewed(here: Here) -> None:
    """One test, since Miro wants the address to come back to letter by letter, and a port is there once."""
    here.secrets(Config()).put("wall", Secret("app-secret"), APPS_OWN)
    add = ("account", "add", "miro", "--name", "wall", "--url", here.serving.base, "--client-id", "app-id", "--browser")
    code, _out, err = here.run(*add)
    assert code == 0, err
    split = urlsplit(here.opened[0])
    asked = {name: values[0] for name, values in parse_qs(split.query).items()}
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://miro.com/oauth/authorize"
    assert asked["redirect_uri"] == "http://127.0.0.1:48711/"
    assert asked["scope"].split() == ["boards:read", "boards:write"]
    here.authority.alive.clear()  # the hour is over
    assert here.run("sync")[0] == 0
    assert "Ask for the gate" in here.run("tasks", "--plain")[1]
    grants = [form["grant_type"] for form in here.authority.asked]
    assert grants == ["authorization_code", "refresh_token"]
    assert all(form["client_secret"] == "app-secret" for form in here.authority.asked)
    assert "app-secret" not in (here.folder / "config.toml").read_text(encoding="utf-8")


def test_a_plain_token_needs_no_page(tmp_path: Path) -> None:
    with Serving(miro()) as serving:
        here = Here(serving, Authority(), tmp_path)
        code, _out, err = here.run("account", "add", "miro", "--url", serving.base, "--token-env", "MIRO_TOKEN")
        assert code == 0, err
        assert here.opened == []
        assert here.run("sync")[0] == 0
