"""Walk pages by the `Link` header: within the origin, never the same page twice, and never without end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from msgspec import Struct
from msgspec.structs import replace

from connectors.origins import same_origin
from leeward.ports import Http
from leeward.wire import Request, Response

MAX_PAGES = 2000
_LINK = re.compile(r"<([^<>]{1,8000})>((?:\s*;\s*[^\s;,=]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";]+)\"?", re.IGNORECASE)


class Walk(Struct):
    """Pages so far. `whole` turns True when the last page said it was the last; False after a loop or the cap."""

    whole: bool = False
    pages: int = 0


def next_link(response: Response) -> str | None:
    """The address the answer calls `next`, absolute; None where there is none or it leads to another origin."""
    for match in _LINK.finditer(response.headers.get("link", "")):
        rel = _REL.search(match[2])
        if rel and "next" in rel[1].lower().split():
            return same_origin(response.url, match[1])
    return None


def has_next(response: Response) -> bool:
    """Whether the answer names a next page at all, usable or not."""
    return any(
        (rel := _REL.search(m[2])) and "next" in rel[1] for m in _LINK.finditer(response.headers.get("link", ""))
    )


async def pages(http: Http, request: Request, walk: Walk, cap: int = MAX_PAGES) -> AsyncIterator[Response]:
    """Every page from `request` on. What `walk` says afterwards tells whether the listing was whole."""
    seen: set[str] = set()
    while walk.pages < cap:
        response = await http.send(request)
        walk.pages += 1
        target = next_link(response)
        if target is None:
            walk.whole = not has_next(response)
            yield response
            return
        yield response
        if target in seen or target == response.url:
            return
        seen.add(target)
        request = replace(request, url=target, params=())
