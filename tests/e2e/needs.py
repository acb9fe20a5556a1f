"""What the end-to-end tests need, and the one place that decides between skipping and failing where it is missing."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_PYTHON = "/usr/bin/python3"
"""The interpreter that Debian's python3-dbusmock is installed for."""

_HOW = "run tests/e2e/env.sh and install what tests/e2e/debian-packages.txt lists"


def missing(what: str, how: str = _HOW) -> NoReturn:
    """Skip the test with a sentence; fail it where LEEWARD_E2E=require says that nothing may be missing."""
    sentence = f"{what} is missing: {how}."
    if os.environ.get("LEEWARD_E2E") == "require":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def module(name: str) -> None:
    """Ask for an importable module of this environment."""
    if find_spec(name) is None:
        missing(f"The Python module {name}")


def program(name: str) -> str:
    """Ask for a program on the path; returns where it is."""
    found = shutil.which(name)
    if found is None:
        missing(f"The program {name}")
    return found


def script(name: str) -> str:
    """Ask for a program that was installed beside this interpreter; returns where it is."""
    beside = Path(sys.executable).parent / name
    if not beside.is_file():
        missing(f"The program {name} of this environment")
    return str(beside)


def debian_module(name: str) -> str:
    """Ask for a module of Debian's own Python; returns that interpreter."""
    import subprocess

    asked = [DEBIAN_PYTHON, "-c", f"import {name}"]
    if not Path(DEBIAN_PYTHON).exists() or subprocess.run(asked, capture_output=True, check=False).returncode:
        missing(f"Debian's Python module {name}")
    return DEBIAN_PYTHON
