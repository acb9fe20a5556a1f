"""The Basecamp fake with Basecamp's published description before it."""

from __future__ import annotations

import re

from tests.fakes import described
from tests.fakes.base import Answer, Asked
from tests.fakes.basecamp import rules
from tests.fakes.described import SHARED
from tests.fakes.operations import find

DOCUMENT = SHARED / "api" / "basecamp.yaml"
EXAMPLES = SHARED / "api" / "examples" / "basecamp"


_NUMBER = re.compile("[0-9]+")
_held_good: set[tuple[object, ...]] = set()


class Described(described.Described):
    """Knows the operations that the fake's rules mark as described.

    Questions that differ in numbers only are held to the description once: each takes it fifteen milliseconds.
    """

    document = DOCUMENT
    origin = "https://3.basecampapi.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = find(rules.RULES, asked)
        return found is not None and found[0].described

    def answer(self, asked: Asked) -> Answer:
        same = (_NUMBER.sub("0", asked.path), asked.query, *sorted(asked.headers))
        if asked.method == "GET" and same in _held_good:
            answer = self.service.answer(asked)
            assert self.service.wrong == [], self.service.wrong
            return answer
        answer = super().answer(asked)
        if asked.method == "GET":
            _held_good.add(same)
        return answer


check = Described.check
