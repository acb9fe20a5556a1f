"""Reading what a fake is filled with: a chat as JSON lines, or a document of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def chat(seed: Path) -> list[dict[str, Any]]:
    """The lines of a chat, an object each."""
    return [json.loads(line) for line in seed.read_text(encoding="utf-8").splitlines() if line.strip()]


def own(seed: Path, name: str) -> dict[str, Any] | None:
    """The document in a file, known by the `name` it must have; None for a chat, of one line too."""
    try:
        document = json.loads(seed.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return document if isinstance(document, dict) and name in document else None
