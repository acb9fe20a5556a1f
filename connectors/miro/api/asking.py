"""The requests Miro is asked, as plain data, with what each costs of the credits of a minute."""

from __future__ import annotations

import re
from urllib.parse import quote

from msgspec import Struct

from leeward.wire import Request, json_request

PAGE = 50
"""The most a page can be asked to hold."""

LEVELS = {1: 50, 2: 100, 3: 500, 4: 2000}
"""What a request costs, by the level its page in Miro's reference names."""

_DEAR = re.compile(r"/v2/boards/[^/]+/(?:items|groups|connectors)")


def credits_of(request: Request) -> int:
    """What a request takes from the minute's credits."""
    path = request.url.partition("://")[2].partition("/")[2]
    if request.method == "GET":
        tagged = any(name == "tag_id" for name, _value in request.params)
        return LEVELS[2 if _DEAR.fullmatch(f"/{path}") and not tagged else 1]
    if request.method == "DELETE":
        return LEVELS[3]
    return LEVELS[1 if path.endswith("/tags") else 2]


class Ask(Struct, frozen=True):
    """Builds requests; `base` is the account's address."""

    base: str

    def get(self, path: str, *params: tuple[str, str]) -> Request:
        """Read `path`."""
        return Request("GET", f"{self.base}/{path}", params)

    def write(self, method: str, path: str, document: object) -> Request:
        """POST or PATCH a document."""
        return json_request(method, f"{self.base}/{path}", document)

    def token(self) -> Request:
        """Who the token belongs to and what it may do."""
        return self.get("v1/oauth-token")

    def boards(self, offset: int) -> Request:
        """Boards the token sees, those that moved last first."""
        return self.get("v2/boards", ("sort", "last_modified"), *_page(offset))

    def board(self, board: str) -> Request:
        """One board."""
        return self.get(_board(board))

    def members(self, board: str, offset: int) -> Request:
        """Who a board was shared with."""
        return self.get(f"{_board(board)}/members", *_page(offset))

    def items(self, board: str, cursor: str, type: str = "") -> Request:
        """Every item of a board, or those of one type. Tags are not part of the answer."""
        kind = (("type", type),) if type else ()
        after = (("cursor", cursor),) if cursor else ()
        return self.get(f"{_board(board)}/items", ("limit", str(PAGE)), *kind, *after)

    def tagged(self, board: str, tag: str, offset: int) -> Request:
        """Items that carry a tag."""
        return self.get(f"{_board(board)}/items", ("tag_id", tag), *_page(offset))

    def tags(self, board: str, offset: int) -> Request:
        """Tags of a board."""
        return self.get(f"{_board(board)}/tags", *_page(offset))

    def tags_of(self, board: str, item: str) -> Request:
        """Tags of one item."""
        return self.get(f"{_board(board)}/items/{_part(item)}/tags")

    def tag(self, method: str, board: str, item: str, tag: str) -> Request:
        """Put a tag on an item (POST) or take it off (DELETE). Without the tag, DELETE would mean the item itself."""
        assert tag, "a tag has an id"
        return Request(method, f"{self.base}/{_board(board)}/items/{_part(item)}", (("tag_id", tag),))

    def item(self, board: str, item: str) -> Request:
        """An item of any type."""
        return self.get(f"{_board(board)}/items/{_part(item)}")

    def doc(self, board: str, item: str) -> Request:
        """A doc with its text as Markdown."""
        return self.get(f"{_board(board)}/docs/{_part(item)}", ("textContentType", "markdown"))

    def one(self, kind: str, board: str, item: str = "") -> str:
        """The path of items of one kind (cards, sticky_notes, texts, docs, frames, tags, items), or of one of them."""
        path = f"{_board(board)}/{kind}"
        return f"{path}/{_part(item)}" if item else path


def _board(board: str) -> str:
    return f"v2/boards/{_part(board)}"


def _part(value: str) -> str:
    return quote(value, safe="=")


def _page(offset: int) -> tuple[tuple[str, str], ...]:
    at = (("offset", str(offset)),) if offset else ()
    return (("limit", str(PAGE)), *at)
