"""How the fake says no."""

from __future__ import annotations

import json

from tests.fakes.base import Answer


class Refusal(Exception):  # it is an answer, not an error
    def __init__(self, status: int, said: str, **headers: str) -> None:
        super().__init__(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps({"error": said}).encode() if said else b""
        self.answer = Answer(status, body, {"content-type": "application/json", **named})
