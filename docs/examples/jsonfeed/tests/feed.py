"""A JSON Feed of our own making."""

import json
from typing import Any

from connectors.testing.service import Answer, Asked


class Feed:
    """Two entries a page, newest first; behind a token."""

    base = "https://feed.example.org"

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.version = 0
        self.looping = False

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer hush":
            return Answer(401)
        etag = f'"{self.version}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(304)
        at = int(asked.first("from") or 0)
        after = at if self.looping else at + 2
        more = {"next_url": f"{self.base}/feed.json?from={after}"} if after < len(self.items) else {}
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Decisions", **more}
        body = json.dumps({**feed, "items": self.items[::-1][at : at + 2]}).encode()
        return Answer(200, body, {"etag": etag})
