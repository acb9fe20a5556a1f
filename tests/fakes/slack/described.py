"""The Slack fake with Slack's published description before it."""

from __future__ import annotations

from tests.fakes import described
from tests.fakes.base import Asked
from tests.fakes.described import SHARED

DOCUMENT = SHARED / "api" / "slack.yaml"
EXAMPLES = SHARED / "api" / "examples" / "slack"


class Described(described.Described):
    """Every method lies under /api/; forms are the service's own way to be asked."""

    document = DOCUMENT
    origin = "https://slack.com"
    content_type = "application/x-www-form-urlencoded"

    @classmethod
    def described(cls, asked: Asked) -> bool:
        return asked.path.startswith("/api/")
