from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).parents[4] / "shared"))
EXAMPLES = SHARED / "api" / "examples" / "matrix"


def example(name: str) -> dict[str, Any]:
    """An official example event, with the parts of a room event filled in."""
    path = EXAMPLES / f"{name}.yaml"
    if not path.exists():
        pytest.skip("the official examples lie in LEEWARD_SHARED, which is not here")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    document.pop("$ref", None)
    base = {"event_id": "$example", "sender": "@example:example.org", "origin_server_ts": 1_432_735_824_653}
    return {**base, **document}


def line(
    id: str,
    text: str = "hello",
    sender: str = "@ana:hs.test",
    at: int = 1000,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A message event; `more` goes into its content."""
    return {
        "event_id": id,
        "type": "m.room.message",
        "sender": sender,
        "origin_server_ts": at,
        "content": {"msgtype": "m.text", "body": text, **(more or {})},
    }


def in_thread(root: str, answered: str | None = None) -> dict[str, Any]:
    relation: dict[str, Any] = {"rel_type": "m.thread", "event_id": root, "is_falling_back": answered is None}
    return {**relation, "m.in_reply_to": {"event_id": answered or root}}


def edit_of(target: str, text: str) -> dict[str, Any]:
    fresh = {"msgtype": "m.text", "body": text}
    return {"m.new_content": fresh, "m.relates_to": {"rel_type": "m.replace", "event_id": target}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
