"""The fake with Graph's published description before it."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.described import SHARED
from tests.fakes.operations import find
from tests.fakes.teams import rules

DOCUMENT = SHARED / "api" / "teams.yaml"


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described."""

    document = DOCUMENT
    origin = "https://graph.microsoft.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = find(rules.RULES, asked)
        return found is not None and found[0].described

    @classmethod
    def body(cls, asked: Asked) -> bytes | None:
        """Where the description is stricter than the service: null clears a field."""
        if not asked.body or asked.method != "PATCH":
            return asked.body or None
        body = json.loads(asked.body)
        return json.dumps({name: value for name, value in body.items() if value is not None}).encode()

    @classmethod
    def check(cls, asked: Asked) -> None:
        """The description writes the function with its brackets."""
        if asked.path.endswith("/messages/delta"):
            asked = replace(asked, path=f"{asked.path}()")
        super().check(asked)
