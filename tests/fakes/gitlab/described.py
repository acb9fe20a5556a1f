"""The fake with GitLab's published description standing before it: a request that is not legal there fails the test."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.base import Answer, Asked
from tests.fakes.gitlab import rules
from tests.fakes.gitlab.service import GitLabFake

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DOCUMENT = SHARED / "api" / "gitlab.yaml"


class Described:
    """Checks by the fake's own tables always, and by the description where it is at hand and has the operation."""

    def __init__(self, service: GitLabFake) -> None:
        self.service = service

    @property
    def base(self) -> str:
        return self.service.base

    @base.setter
    def base(self, base: str) -> None:
        self.service.base = base

    def answer(self, asked: Asked) -> Answer:
        found = rules.find(asked)
        if found is not None and found[0].described and "merge_requests" not in asked.path and DOCUMENT.is_file():
            check(asked)
        answer = self.service.answer(asked)
        assert self.service.wrong == [], self.service.wrong
        return answer


def check(asked: Asked) -> None:
    """Raise what openapi-core finds wrong with a request."""
    from openapi_core.testing import MockRequest

    _document().validate_request(
        MockRequest(
            "https://gitlab.example.com",
            asked.method.lower(),
            asked.path,
            headers=asked.headers,
            args=dict(asked.query),
            data=asked.body or None,
            content_type=asked.headers.get("content-type", "application/json"),
        )
    )


@cache
def _document() -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_file_path(str(DOCUMENT))
