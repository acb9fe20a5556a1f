"""Tokens in a real keyring: gnome-keyring, open, locked and absent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.e2e import needs, secret_service, session_bus
from tests.e2e.session_bus import SessionBus

pytestmark = pytest.mark.e2e

_TOKEN = "glpat-é-“quoted”-\t-token"

# A program of its own, because keyring looks for its backend once a process.
_PROGRAM = """
import json, sys, time
from connectors.keys import Keys
from leeward.errors import Problem
from leeward.ports import Secret
keys, began, answers = Keys({}), time.monotonic(), []
for verb, *rest in json.loads(sys.argv[1]):
    try:
        if verb == "get":
            found = keys.get(*rest)
            answers.append(found.reveal() if found else None)
        elif verb == "put":
            answers.append(keys.put(rest[0], Secret(rest[1])))
        elif verb == "say":
            answers.append(keys.say()[0])
        else:
            answers.append(keys.drop(*rest))
    except Problem as problem:
        answers.append({"problem": str(problem)})
print(json.dumps({"answers": answers, "seconds": time.monotonic() - began}))
sys.stdout.flush()
import os; os._exit(0)  # a call that waits for a dialog must not keep the test waiting
"""


def _keys(env: Mapping[str, str], *asked: tuple[str, ...]) -> tuple[list[Any], float]:
    """What a fresh process answers, and how long it took."""
    argv = [sys.executable, "-c", _PROGRAM, json.dumps(asked)]
    done = subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return said["answers"], said["seconds"]


@pytest.fixture(autouse=True)
def there() -> None:
    needs.module("connectors.keys")
    needs.module("keyring")


def test_a_token_is_kept_found_by_another_process_and_forgotten(keyring_bus: SessionBus) -> None:
    env = keyring_bus.env
    (backend, well), _ = _keys(env, ("put", "work-gitlab", _TOKEN), ("say",))
    assert (isinstance(backend, str) and backend != "", well) == (True, True)
    assert _keys(env, ("get", "work-gitlab"), ("get", "other"), ("get", "work-gitlab", "push"))[0] == [
        _TOKEN,
        None,
        None,
    ]
    lookup = [needs.program("secret-tool"), "lookup", "service", "leeward", "username", "work-gitlab"]
    assert subprocess.run(lookup, env=env, capture_output=True, text=True, check=False, timeout=30).stdout == _TOKEN
    assert _keys(env, ("drop", "work-gitlab"), ("get", "work-gitlab"), ("drop", "work-gitlab"))[0] == [None, None, None]
    assert subprocess.run(lookup, env=env, capture_output=True, text=True, check=False, timeout=30).stdout == ""


def test_a_token_survives_the_end_of_the_keyring(bus: SessionBus) -> None:
    first = secret_service.start(bus)
    _keys(bus.env, ("put", "work-gitlab", _TOKEN))
    first.stop()
    again = secret_service.start(bus)
    try:
        assert _keys(bus.env, ("get", "work-gitlab"))[0] == [_TOKEN]
    finally:
        again.stop()


@pytest.fixture
def locked_bus(bus: SessionBus) -> Iterator[SessionBus]:
    process = secret_service.start(bus, unlock=False)
    yield bus
    process.stop()


def test_a_keyring_that_waits_for_a_dialog_is_left_behind(locked_bus: SessionBus) -> None:
    (answer,), seconds = _keys(locked_bus.env, ("put", "work-gitlab", _TOKEN))
    assert "token_env" in answer["problem"]
    assert _TOKEN not in answer["problem"]
    assert seconds < 12


def test_without_a_keyring_nothing_is_kept_in_silence(bus: SessionBus) -> None:
    (kept, found, well), seconds = _keys(bus.env, ("put", "work-gitlab", _TOKEN), ("get", "work-gitlab"), ("say",))
    assert "token_env" in kept["problem"]
    assert (found, well) == (None, False)
    assert seconds < 12


def test_without_a_bus_nothing_is_kept_in_silence(bus: SessionBus) -> None:
    env = session_bus.environment(bus.folder, {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus.folder}/nobody"})
    (kept, found), _ = _keys(env, ("put", "work-gitlab", _TOKEN), ("get", "work-gitlab"))
    assert "token_env" in kept["problem"]
    assert found is None
