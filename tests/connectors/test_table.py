from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

import connectors
from leeward.errors import NotSupported, Problem, Usage
from leeward.oauth import APPS_OWN
from leeward.ports import Can, Login, Manifest
from tests.fakes.base import FakeHttp

ROOT = Path(__file__).resolve().parents[2]

OURS = Manifest("tracker", "Tracker", frozenset({Can.TASKS}), "their.module:Tracker")


def test_the_table_imports_no_kind_and_nothing_heavy() -> None:
    code = (
        "import sys, connectors; connectors.manifest('gitlab');"
        "print(sorted(m for m in sys.modules if m.startswith(('connectors.', 'httpx', 'textual', 'importlib.metadata'))))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert out.strip() == "['connectors.manifests', 'connectors.manifests.gitlab']"


def test_every_kind_with_a_target_is_named_in_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = {name for each in contracts for name in each.get("modules", ()) if name.startswith("connectors.")}
    assert named == {f"connectors.{kind}" for kind, each in connectors.TABLE.items() if each.target}


def test_local_has_no_connector() -> None:
    with pytest.raises(NotSupported, match="this machine"):
        connectors.make(Login("local", "local", ""), FakeHttp(None), SimpleNamespace())  # type: ignore[arg-type] # unused


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(Usage) as caught:
        connectors.manifest("gitlob")
    assert "gitlob" in caught.value.what
    assert "gitlab" in caught.value.do


def test_a_third_party_kind_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("tracker", f"{__name__}:OURS", connectors.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _self: OURS)
    monkeypatch.setattr(connectors, "_entry_points", lambda kind=None: iter([entry] if kind != "gitlob" else []))
    assert connectors.manifest("tracker") is OURS
    kinds = connectors.Kinds()
    assert kinds["tracker"] is OURS
    assert list(kinds) == [*connectors.TABLE, "tracker"]
    assert "gitlob" not in kinds
    with pytest.raises(Usage, match="tracker"):
        connectors.manifest("gitlob")


def test_the_table_answers_before_other_packages_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(_kind: str | None = None) -> NoReturn:
        raise AssertionError("nobody asked for a kind of theirs")

    monkeypatch.setattr(connectors, "_entry_points", looked)
    assert connectors.Kinds()["gitlab"] is connectors.TABLE["gitlab"]
    assert "gitlab" in connectors.Kinds()


def test_every_address_to_sign_in_at_is_an_origin_that_gets_no_token() -> None:
    asked = 0
    for each in connectors.TABLE.values():
        if each.oauth is None:
            continue
        named = {origin.url for origin in each.origins}
        bare = {origin.url for origin in each.origins if origin.scheme is None}
        for address in filter(None, (each.oauth.token, each.oauth.authorize, each.oauth.device)):
            asked += 1
            origin = "/".join(address.split("/")[:3])
            # The page is opened by a browser and never asked by us: it may be where files are given out, too.
            fitting = named if address == each.oauth.authorize else bare
            assert address.startswith("{url}/") or origin in fitting, f"{each.kind}: {address}"
            assert address.startswith(("{url}/", "https://")), f"{each.kind}: {address}"
        assert all(scope.why for scope in each.oauth.scopes), each.kind
        own = [spec for spec in each.secrets if spec.name == APPS_OWN]
        assert (each.oauth.app == "public") == (not own), f"{each.kind}: the secret of its app"
        assert each.oauth.client or (each.oauth.app_page and each.oauth.app_help), f"{each.kind}: how an app is made"
    assert asked


@pytest.mark.parametrize("found", ["no manifest", Manifest("other", "Other", frozenset(), "their.module:Other"), None])
def test_a_third_party_kind_that_cannot_be_used_is_said_and_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, found: object
) -> None:
    def load(_entry: EntryPoint) -> object:
        if found is None:
            raise ImportError("their dependency is missing")
        return found

    entries = [EntryPoint("tracker", "their.module:MANIFEST", connectors.GROUP)]
    entries.append(EntryPoint("gitlab", "their.module:GITLAB", connectors.GROUP))
    monkeypatch.setattr(EntryPoint, "load", load)
    monkeypatch.setattr(
        connectors, "_entry_points", lambda kind=None: iter(e for e in entries if kind in {None, e.name})
    )
    with pytest.raises(Problem, match="tracker"):
        connectors.manifest("tracker")
    assert list(connectors.Kinds()) == list(connectors.TABLE)
    assert "their.module:MANIFEST" in caplog.text


def test_origins_carry_credentials_only_where_the_account_points() -> None:
    fixed = {(each.kind, origin.url) for each in connectors.TABLE.values() for origin in each.origins if origin.scheme}
    # Slack keeps files on a host of its own, which wants the same token; Zoom gives out what it keeps on several.
    assert {one for one in fixed if one[1] != "{url}"} == {
        ("slack", "https://files.slack.com"),
        ("zoom", "https://zoom.us"),
        ("zoom", "https://file.zoom.us"),
        *(("zoom", f"https://us0{number}web.zoom.us") for number in range(2, 7)),
    }
