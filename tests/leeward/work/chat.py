"""Annotated chat for tests: the shared rooms where they are at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import chats


def shared_chat(name: str) -> Path:
    path = chats.FOLDER / name
    if not path.is_file():
        pytest.skip(f"the annotated chat {name} is not here; name its folder in LEEWARD_SHARED")
    return path


def messages(name: str) -> list[dict[str, Any]]:
    return chats.messages(shared_chat(name))
