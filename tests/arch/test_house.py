"""The Makefile, the lists of versions and the script that judges a change."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.arch.source import ROOT

TARGETS = {"run", "test", "test-fast", "test-lowest", "check", "bench", "bench-1m", "clean", "help"}


def asked() -> list[Requirement]:
    """What pyproject.toml asks for to run and to test."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    return [Requirement(line) for line in (*project["dependencies"], *project["optional-dependencies"]["dev"])]


def pinned(name: str) -> dict[str, Version]:
    lines = (ROOT / name).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    return {canonicalize_name(line.partition("==")[0]): Version(line.partition("==")[2]) for line in pins}


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    pins = pinned("constraints.txt")
    for requirement in asked():
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_the_lowest_versions_are_the_lowest_allowed() -> None:
    pins = pinned("constraints-lowest.txt")
    for requirement in asked():
        bounds = [Version(part.version) for part in requirement.specifier if part.operator == ">="]
        if bounds:
            assert pins.pop(canonicalize_name(requirement.name)) == bounds[0], requirement
    assert set(pins) <= {canonicalize_name(requirement.name) for requirement in asked()}


def test_what_the_weights_were_learned_from_is_named_beside_the_licence() -> None:
    """The package holds the weights: whoever opens its licences must find whose work they come from."""
    about = json.loads((ROOT / "leeward" / "work" / "context_model.json").read_text())["about"]
    notice = " ".join((ROOT / "NOTICE").read_text().split())
    for said in ("github.com/jkkummerfeld/irc-disentanglement", "creativecommons.org/licenses/by/4.0", "Kummerfeld"):
        assert said in about
        assert said in notice
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "NOTICE" in project["license-files"]


def make(*words: str, folder: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which("make")
    if program is None:
        pytest.skip("make is not installed")
    env = {**os.environ, "PATH": path or os.environ["PATH"], "MAKEFLAGS": ""}
    return subprocess.run([program, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_help_names_every_target() -> None:
    done = make("help")
    assert {line.split()[1] for line in done.stdout.splitlines()} >= TARGETS
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(folder: Path, name: str, does: str) -> None:
    file = folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)


def test_a_machine_without_python_is_told_what_to_do(clone: Path) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        program(clone, name, "exit 1")
    for words in ((), ("PYTHON=/nowhere/python",)):
        done = make(".venv/bin/python", *words, folder=clone, path=f"{clone}/bin:/usr/bin:/bin")
        assert done.returncode != 0
        assert "leeward needs Python 3.11 or newer with its venv module, and found none" in done.stderr
        assert "apt install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_the_newest_python_that_can_is_taken(clone: Path) -> None:
    program(clone, "python3.13", "exit 1")
    real = f'[ "$1" = -c ] && exec {sys.executable} "$@"; mkdir -p .venv/bin; echo "$0" > .venv/bin/python'
    program(clone, "python3.12", real)
    program(clone, "python3", real)
    done = make(".venv/bin/python", folder=clone, path=f"{clone}/bin:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert (clone / ".venv" / "bin" / "python").read_text().strip() == f"{clone}/bin/python3.12"


def test_an_environment_is_made_anew_when_its_lists_change(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "python3", "exit 0")
    shutil.copy(clone / "bin" / "python3", clone / ".venv" / "bin" / "python")
    assert "pip install" in make("--no-print-directory", "-n", ".venv/.dev", folder=clone).stdout
    assert make(".venv/.dev", folder=clone).returncode == 0
    assert "pip install" not in make("-n", ".venv/.dev", ".venv/.run", folder=clone).stdout
    os.utime(clone / "constraints.txt", (4e9, 4e9))
    assert "pip install" in make("-n", ".venv/.dev", folder=clone).stdout


def test_the_judge_is_strict_and_calls_everything() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert "LEEWARD_E2E=require" in text
    assert {"make check", "make test"} <= set(re.findall(r"make [a-z-]+", text))
    assert sum(int(minutes) for minutes in re.findall(r"limited (\d+)m", text)) < 25
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
