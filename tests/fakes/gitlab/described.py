"""The GitLab fake with GitLab's published description before it."""

from __future__ import annotations

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.described import SHARED
from tests.fakes.gitlab import rules
from tests.fakes.operations import find

DOCUMENT = SHARED / "api" / "gitlab.yaml"


class Described(described.Described):
    """Merge requests, uploads and labels are not in the description."""

    document = DOCUMENT
    origin = "https://gitlab.example.com"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        found = find(rules.RULES, asked)
        return found is not None and found[0].described and "merge_requests" not in asked.path


check = Described.check
