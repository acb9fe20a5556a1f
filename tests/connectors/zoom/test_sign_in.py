"""Signing in at Zoom's page, from the Manifest alone: the code, what is asked for, renewal, and the plain token."""

from __future__ import annotations

import re
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
from connectors.manifests.zoom import MANIFEST as ZOOM
from leeward.config import Config
from leeward.ports import Secrets
from tests.connectors.test_keys import Memory
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving
from tests.fakes.zoom import ZoomFake
from tests.fakes.zoom import make as zoom
from tui.cli import World
from tui.commands import run


class Here(World):
    """The real composition over HTTP with a keyring in memory; the page, which is Zoom's own, is opened at the fake."""

    def __init__(self, serving: Serving, authority: Authority, folder: Path) -> None:
        self.serving, self.authority, self.folder = serving, authority, folder
        self.shelf = Memory()
        self.opened: list[str] = []

    def keyring(self, config: Config) -> tuple[bool, str]:
        return True, "memory"

    def secrets(self, config: Config) -> Secrets:
        named = {one.name: Origins(one.token_env, one.token_command) for one in config.accounts}
        return Keys(named, environ={"ZOOM_TOKEN": ZoomFake.token}, backend=lambda: self.shelf)

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
    authority = Authority("public-id")
    service: Any = zoom()
    with Serving(Guarded(service, authority)) as serving:
        yield Here(serving, authority, tmp_path)


def add(here: Here, *more: str) -> tuple[int, str, str]:
    return here.run("account", "add", "zoom", "--name", "team", "--url", here.serving.base, *more)


def test_a_public_app_signs_in_with_a_code_and_no_secret(here: Here) -> None:
    """One test, since Zoom wants the address to come back to letter by letter, and a port is there once."""
    here.authority.scope = " ".join(scope for scope in ZOOM.secrets[0].scopes if scope != "team_chat:write:files")
    code, _out, err = add(here, "--client-id", "public-id", "--browser")
    assert code == 0, err
    assert re.search(r"team_chat:write:user_message +to write, now or later", err)
    assert "The token lacks: team_chat:write:files." in err
    split = urlsplit(here.opened[0])
    asked = {name: values[0] for name, values in parse_qs(split.query).items()}
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://zoom.us/oauth/authorize"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:47811/"
    assert set(asked["scope"].split()) == set(ZOOM.secrets[0].scopes)
    assert here.authority.asked[-1]["client_id"] == "public-id"
    assert "client_secret" not in here.authority.asked[-1]
    here.authority.scope = None
    code, _out, err = here.run("account", "sign-in", "team", "--browser")
    assert code == 0, err
    assert '"missing_scopes": []' in here.run("account", "check", "team", "--json")[1]
    assert here.run("sync")[0] == 0
    assert any("move" in line for line in here.run("inbox", "--plain")[1].splitlines())


def test_a_plain_token_needs_no_page(tmp_path: Path) -> None:
    with Serving(zoom()) as serving:
        here = Here(serving, Authority(), tmp_path)
        assert add(here, "--token-env", "ZOOM_TOKEN")[0] == 0
        assert here.opened == []
        assert here.run("sync")[0] == 0
