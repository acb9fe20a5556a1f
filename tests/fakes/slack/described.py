"""The fake with Slack's published description standing before it: a request that is not legal there fails the test."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.base import Answer, Asked
from tests.fakes.slack.service import SlackFake

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DOCUMENT = SHARED / "api" / "slack.yaml"
EXAMPLES = SHARED / "api" / "examples" / "slack"


class Described:
    """Checks by the fake's own tables always, and by the description where it is at hand."""

    def __init__(self, service: SlackFake) -> None:
        self.service = service

    @property
    def base(self) -> str:
        return self.service.base

    @base.setter
    def base(self, base: str) -> None:
        self.service.base = base

    def answer(self, asked: Asked) -> Answer:
        if DOCUMENT.is_file() and asked.path.startswith("/api/"):
            check(asked)
        answer = self.service.answer(asked)
        assert self.service.wrong == [], self.service.wrong
        return answer


def check(asked: Asked) -> None:
    """Raise what openapi-core finds wrong with a request."""
    from openapi_core.testing import MockRequest

    _document().validate_request(
        MockRequest(
            "https://slack.com",
            asked.method.lower(),
            asked.path,
            headers=asked.headers,
            args=dict(asked.query),
            data=asked.body or None,
            content_type=asked.headers.get("content-type", "application/x-www-form-urlencoded"),
        )
    )


@cache
def _document() -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_file_path(str(DOCUMENT))
