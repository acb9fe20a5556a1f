"""The ClickUp fake with ClickUp's published description before it."""

from __future__ import annotations

import json

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.clickup import rules
from tests.fakes.described import SHARED
from tests.fakes.operations import find

DOCUMENT = SHARED / "api" / "clickup.yaml"


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described."""

    document = DOCUMENT
    origin = "https://api.clickup.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = find(rules.RULES, asked)
        return found is not None and found[0].described

    @classmethod
    def body(cls, asked: Asked) -> bytes | None:
        """Where the description is stricter than the service: null clears a field, and a comment need not be assigned."""
        found = find(rules.RULES, asked)
        if not asked.body or found is None or found[0].name not in {"update", "edit_comment"}:
            return asked.body or None
        body = json.loads(asked.body)
        if found[0].name == "edit_comment":
            body = {"assignee": 1, **body}
        return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


check = Described.check
