"""The Miro fake with Miro's published description before it."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.described import SHARED
from tests.fakes.miro import rules

DOCUMENT = SHARED / "api" / "miro.yaml"


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described."""

    document = DOCUMENT
    origin = "https://api.miro.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = rules.find(asked)
        return found is not None and found[0].described

    @classmethod
    def body(cls, asked: Asked) -> bytes | None:
        """Where the description is stricter than the service: null clears a field and takes an item out of its frame."""
        if not asked.body:
            return None
        return json.dumps(_without_nulls(json.loads(asked.body))).encode()


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(each) for name, each in value.items() if each is not None}


check = Described.check
