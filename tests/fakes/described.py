"""A fake with its service's published description before it: a request that is not legal there fails the test."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.base import Answer, Asked, Service

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).resolve().parents[3] / "shared"))


_RIGHT: set[object] = set()
"""Requests that were found right: asking openapi-core again would take half the time of these tests."""


class Strict(Service, Protocol):
    """A fake that writes down what its own tables found wrong with a request."""

    wrong: list[str]


class Described:
    """Checks by the fake's own tables always, and by the description where it is at hand and has the operation.

    A kind says in `described` which requests the description knows, and in `body` where that is stricter than the service.
    """

    document: Path
    origin: str
    content_type = "application/json"

    def __init__(self, service: Strict) -> None:
        self.service = service

    @property
    def base(self) -> str:
        return self.service.base

    @base.setter
    def base(self, base: str) -> None:
        self.service.base = base

    @classmethod
    def described(cls, asked: Asked) -> bool:
        return True

    @classmethod
    def body(cls, asked: Asked) -> bytes | None:
        return asked.body or None

    def answer(self, asked: Asked) -> Answer:
        if self.document.is_file() and self.described(asked):
            self.check(asked)
        answer = self.service.answer(asked)
        assert self.service.wrong == [], self.service.wrong
        return answer

    @classmethod
    def check(cls, asked: Asked) -> None:
        """Raise what openapi-core finds wrong with a request. What was found right once is right again."""
        told = (cls.document, asked.method, asked.path, asked.query, tuple(sorted(asked.headers.items())), asked.body)
        if told in _RIGHT:
            return
        from openapi_core.testing import MockRequest

        _read(cls.document).validate_request(
            MockRequest(
                cls.origin,
                asked.method.lower(),
                asked.path,
                headers=asked.headers,
                args=dict(asked.query),
                data=cls.body(asked),
                content_type=asked.headers.get("content-type", cls.content_type),
            )
        )
        _RIGHT.add(told)


@cache
def _read(document: Path) -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_file_path(str(document))
