"""Signing in at Zoom's page, from the Manifest alone: the code, what is asked for, renewal, and the plain token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.manifests.zoom import MANIFEST as ZOOM
from tests.connectors.signing import Here
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving
from tests.fakes.zoom import ZoomFake
from tests.fakes.zoom import make as zoom
from tests.tui.commands.desk import Ran


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    authority = Authority("public-id")
    service: Any = zoom()
    with Serving(Guarded(service, authority)) as serving:
        yield Here(serving, authority, tmp_path)


def add(here: Here, *more: str) -> Ran:
    return here.run("account", "add", "zoom", "--name", "team", "--url", here.serving.base, *more)


def test_a_public_app_signs_in_with_a_code_and_no_secret(here: Here) -> None:
    """One test, since Zoom wants the address to come back to letter by letter, and a port is there once."""
    here.authority.scope = " ".join(scope for scope in ZOOM.secrets[0].scopes if scope != "team_chat:write:files")
    ran = add(here, "--client-id", "public-id", "--browser")
    assert ran.code == 0, ran.err
    assert re.search(r"team_chat:write:user_message +to write, now or later", ran.err)
    assert "The token lacks: team_chat:write:files." in ran.err
    split = urlsplit(here.opened[0])
    asked = {name: values[0] for name, values in parse_qs(split.query).items()}
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://zoom.us/oauth/authorize"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:47811/"
    assert set(asked["scope"].split()) == set(ZOOM.secrets[0].scopes)
    assert here.authority.asked[-1]["client_id"] == "public-id"
    assert "client_secret" not in here.authority.asked[-1]
    here.authority.scope = None
    ran = here.run("account", "sign-in", "team", "--browser")
    assert ran.code == 0, ran.err
    assert '"missing_scopes": []' in here.run("account", "check", "team", "--json").out
    assert here.run("sync").code == 0
    assert any("move" in line for line in here.run("inbox", "--plain").out.splitlines())


def test_a_plain_token_needs_no_page(tmp_path: Path) -> None:
    with Serving(zoom()) as serving:
        here = Here(serving, Authority(), tmp_path, {"ZOOM_TOKEN": ZoomFake.token})
        assert add(here, "--token-env", "ZOOM_TOKEN").code == 0
        assert here.opened == []
        assert here.run("sync").code == 0
