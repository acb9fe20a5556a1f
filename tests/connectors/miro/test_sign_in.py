"""Signing in at Miro's page with an app of one's own, from the Manifest alone; renewed by itself, and a plain token too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leeward.config import Config
from leeward.oauth import APPS_OWN
from leeward.ports import Secret
from tests.connectors.signing import Here
from tests.fakes.base import Answer, Asked
from tests.fakes.miro import MiroFake
from tests.fakes.miro import make as miro
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving

OWN = "/v1/oauth/token"


class AtMiro(Guarded):
    """Miro gives tokens out under a path of its own."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == OWN:
            asked = Asked(asked.method, "/oauth/token", asked.query, asked.headers, asked.body)
        return super().answer(asked)


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
    ran = here.run(*add)
    assert ran.code == 0, ran.err
    split = urlsplit(here.opened[0])
    asked = {name: values[0] for name, values in parse_qs(split.query).items()}
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://miro.com/oauth/authorize"
    assert asked["redirect_uri"] == "http://127.0.0.1:48711/"
    assert asked["scope"].split() == ["boards:read", "boards:write"]
    here.authority.alive.clear()  # the hour is over
    assert here.run("sync").code == 0
    assert "Ask for the gate" in here.run("tasks", "--plain").out
    grants = [form["grant_type"] for form in here.authority.asked]
    assert grants == ["authorization_code", "refresh_token"]
    assert all(form["client_secret"] == "app-secret" for form in here.authority.asked)
    assert "app-secret" not in (here.folder / "config.toml").read_text(encoding="utf-8")


def test_a_plain_token_needs_no_page(tmp_path: Path) -> None:
    with Serving(miro()) as serving:
        here = Here(serving, Authority(), tmp_path, {"MIRO_TOKEN": MiroFake.token})
        ran = here.run("account", "add", "miro", "--url", serving.base, "--token-env", "MIRO_TOKEN")
        assert ran.code == 0, ran.err
        assert here.opened == []
        assert here.run("sync").code == 0
