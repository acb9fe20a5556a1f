"""The kind of the guide: built, installed beside leeward, proved by its own contract suite, and used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.fakes.serve import Serving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "jsonfeed"


def run(*words: str, env: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, **env}, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example's own distribution, built from a copy so that nothing is left in the clone."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    offline = ("--no-index", "--no-build-isolation", "--no-deps", "--no-cache-dir", "--disable-pip-version-check")
    done = run("-m", "pip", "install", *offline, "--target", "site", "./source", env={}, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def seen_by(installed: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join((str(installed / "site"), str(ROOT)))}


def test_it_is_small() -> None:
    files = [each for each in EXAMPLE.rglob("*") if each.suffix in {".py", ".toml"}]
    assert len(files) == 5
    assert sum(len(each.read_text(encoding="utf-8").splitlines()) for each in files) <= 200


def test_its_contract_suite_passes(installed: Path) -> None:
    words = ("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "tests")
    done = run(*words, env=seen_by(installed), folder=installed / "source")
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert f"`{passed[0]}`" in (ROOT / "docs" / "write-a-connector.md").read_text(encoding="utf-8")
    assert "failed" not in done.stdout


def test_it_is_offered_connected_and_read(installed: Path) -> None:
    feed = feed_module().Feed()
    feed.items = [
        {"id": "urn:1", "title": "We move", "content_text": "On Thursday.", "date_modified": "2026-11-20T10:00:00Z"}
    ]
    env = {**seen_by(installed), "FEED_TOKEN": "hush", "LEEWARD_DATA": str(installed / "data")}

    def leeward(*words: str) -> subprocess.CompletedProcess[str]:
        return run("-m", "tui.cli", *words, env=env, folder=installed)

    listed = leeward("account", "add")
    assert listed.returncode == 2
    assert "jsonfeed" in listed.stderr
    assert "jsonfeed" not in leeward("account", "add", "--safe").stderr
    with Serving(feed) as serving:
        url = f"{serving.base}/feed.json"
        added = leeward("account", "add", "jsonfeed", "--url", url, "--token-env", "FEED_TOKEN")
        assert added.returncode == 0, added.stderr
        told = leeward("sync", "--json")
        assert json.loads(told.stdout)["accounts"][0]["trouble"] is None, told
        (note,) = json.loads(leeward("notes", "--json").stdout)
    assert (note["title"], note["text"], note["account"]) == ("We move", "On Thursday.", "jsonfeed")
    without = run("-m", "tui.cli", "doctor", env={**env, "PYTHONPATH": str(ROOT)}, folder=installed)
    assert "no such kind" in without.stdout + without.stderr


def feed_module() -> ModuleType:
    """The example's fake service."""
    spec = spec_from_file_location("feed", EXAMPLE / "tests" / "feed.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
