"""The Zoom fake with Zoom's published description before it."""

from __future__ import annotations

import json

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.described import SHARED
from tests.fakes.operations import find
from tests.fakes.zoom import rules

DOCUMENT = SHARED / "api" / "zoom.yaml"


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described."""

    document = DOCUMENT
    origin = "https://api.zoom.us"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = find(rules.RULES, asked)
        return found is not None and found[0].described

    @classmethod
    def body(cls, asked: Asked) -> bytes | None:
        """The description spells one status as nothing else of Zoom's does."""
        found = find(rules.RULES, asked)
        if not asked.body or found is None or found[0].name != "set_presence":
            return asked.body or None
        body = json.loads(asked.body)
        if body.get("status") == "Do_Not_Disturb":
            body["status"] = "Do_No_Disturb"
        return json.dumps(body).encode()
