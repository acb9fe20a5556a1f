"""The fake with ClickUp's published description standing before it: a request that is not legal there fails the test."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.base import Answer, Asked
from tests.fakes.clickup import rules
from tests.fakes.clickup.service import ClickUpFake

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DOCUMENT = SHARED / "api" / "clickup.yaml"


class Described:
    """Checks by the fake's own tables always, and by the description where it is at hand and has the operation."""

    def __init__(self, service: ClickUpFake) -> None:
        self.service = service

    @property
    def base(self) -> str:
        return self.service.base

    @base.setter
    def base(self, base: str) -> None:
        self.service.base = base

    def answer(self, asked: Asked) -> Answer:
        found = rules.find(asked)
        if found is not None and found[0].described and DOCUMENT.is_file():
            check(asked)
        answer = self.service.answer(asked)
        assert self.service.wrong == [], self.service.wrong
        return answer


def check(asked: Asked) -> None:
    """Raise what openapi-core finds wrong with a request."""
    from openapi_core.testing import MockRequest

    _document().validate_request(
        MockRequest(
            "https://api.clickup.com",
            asked.method.lower(),
            asked.path,
            headers=asked.headers,
            args=dict(asked.query),
            data=_body(asked),
            content_type=asked.headers.get("content-type", "application/json"),
        )
    )


def _body(asked: Asked) -> bytes | None:
    """Where the description is stricter than the service: null clears a field, and a comment need not be assigned."""
    found = rules.find(asked)
    if not asked.body or found is None or found[0].name not in {"update", "edit_comment"}:
        return asked.body or None
    body = json.loads(asked.body)
    if found[0].name == "edit_comment":
        body = {"assignee": 1, **body}
    return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


@cache
def _document() -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_file_path(str(DOCUMENT))
