"""The requests Microsoft Graph understands. Links it gives out for further pages are followed as they are."""

from __future__ import annotations

import json
import re
from typing import Any

from connectors.teams.api.shape import PLAN, TODO, Row, channel_of, iso, list_of, part, split, text
from leeward.wire import Request

VERSION = "/v1.0"
PAGE = 50
"""As many lines as a page of messages holds."""

MANY = 100
"""As many tasks, pages and sections as one is asked for elsewhere."""

_CLEAN = re.compile(r"[^\x00-\x20\x7f\\]{1,8000}")
_ALL_KINDS = (("prefer", "include-unknown-enum-members"),)
"""Without it joins and renames come as a kind that says nothing."""


class Ask:
    """Requests under one address."""

    def __init__(self, url: str) -> None:
        self.base = url.rstrip("/") + VERSION

    def get(self, path: str, headers: tuple[tuple[str, str], ...] = (), /, **params: str | int) -> Request:
        """A question; `top`, `expand` and their like are written with the dollar Graph wants."""
        named = tuple((f"${name}", str(value)) for name, value in params.items())
        return Request("GET", f"{self.base}{path}", named, headers)

    def lines(self, path: str, **params: str | int) -> Request:
        """A question about messages."""
        return self.get(path, _ALL_KINDS, top=PAGE, **params)

    def link(self, relative: str, *, messages: bool = False) -> Request:
        """A page that Graph named."""
        return Request("GET", f"{self.base}{relative}", headers=_ALL_KINDS if messages else ())

    def write(self, method: str, path: str, document: Any, *, headers: tuple[tuple[str, str], ...] = ()) -> Request:
        """A change, in signs that any text can be written in: what is sent back may be half of a pair."""
        body = json.dumps(document, separators=(",", ":")).encode()
        given = (("content-type", "application/json"), *headers)
        return Request(method, f"{self.base}{path}", headers=given, body=body)

    def act(self, method: str, path: str) -> Request:
        """A change that says everything in its address."""
        return Request(method, f"{self.base}{path}")

    def relative(self, link: object) -> str | None:
        """A link of an answer without the address it must begin with; None for one that leads elsewhere."""
        found = text(link).replace(" ", "%20")
        if not found.startswith(f"{self.base}/") or not _CLEAN.fullmatch(found):
            return None
        return found[len(self.base) :]

    def next_page(self, document: Row) -> tuple[str | None, bool]:
        """The following page, and whether the answer names one that cannot be used."""
        named = document.get("@odata.nextLink")
        found = self.relative(named)
        return found, bool(named) and found is None


def channel_path(place: str) -> str:
    """A channel, as a path. Raises ValueError for any other place."""
    found = channel_of(place)
    if found is None:
        raise ValueError(place)
    return f"/teams/{part(found[0])}/channels/{part(found[1])}"


def line_path(message: str) -> str | None:
    """A message by its id: of a chat, a channel's post, or an answer to one; None for no message."""
    for count in (2, 3, 4):
        found = split(message, count)
        if found is None:
            continue
        if count == 2:
            return f"/chats/{part(found[0])}/messages/{part(found[1])}"
        answer = f"/replies/{part(found[3])}" if count == 4 else ""
        return f"/teams/{part(found[0])}/channels/{part(found[1])}/messages/{part(found[2])}{answer}"
    return None


def tasks_path(place: str) -> str | None:
    """Where the tasks of a list or plan are listed."""
    if found := list_of(place, TODO):
        return f"/me/todo/lists/{part(found)}/tasks"
    if found := list_of(place, PLAN):
        return f"/planner/plans/{part(found)}/tasks"
    return None


def newer(at: int, word: str = "gt") -> str:
    """The filter for what changed after an instant."""
    return f"lastModifiedDateTime {word} {iso(at)}"


def chat_link(chat: str, message: str) -> str:
    """Where the Teams program opens a line of a chat; Graph itself gives none."""
    context = "%7B%22contextType%22%3A%22chat%22%7D"
    return f"https://teams.microsoft.com/l/message/{part(chat)}/{part(message)}?context={context}"
