"""The Basecamp fake with Basecamp's published description before it."""

from __future__ import annotations

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.basecamp import rules
from tests.fakes.described import SHARED

DOCUMENT = SHARED / "api" / "basecamp.yaml"
EXAMPLES = SHARED / "api" / "examples" / "basecamp"


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described."""

    document = DOCUMENT
    origin = "https://3.basecampapi.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = rules.find(asked)
        return found is not None and found[0].described


check = Described.check
