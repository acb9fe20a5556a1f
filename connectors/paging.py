"""Walk pages by the `Link` header: within the origin, never the same page twice, and never without end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from msgspec import Struct
from msgspec.structs import replace

from connectors.origins import same_origin
from leeward.errors import ServiceChanged
from leeward.ports import Http
from leeward.text import one_line
from leeward.wire import Request, Response
from leeward.words import _

MAX_PAGES = 2000
_LINK = re.compile(r"<([^<>]{1,8000})>((?:\s*;\s*[^\s;,=]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_ORIGIN = re.compile(r"[a-z]+://[^/?#]+", re.IGNORECASE)
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";]+)\"?", re.IGNORECASE)


class Walk(Struct):
    """Pages so far. `whole` turns True when the last page said it was the last; False after a loop or the cap.

    `elsewhere` is the address of another origin where the rest is said to be: nothing was asked there.
    """

    whole: bool = False
    pages: int = 0
    elsewhere: str = ""


def next_link(response: Response) -> str | None:
    """The address the answer calls `next`, absolute; None where there is none or it leads to another origin."""
    for match in _LINK.finditer(response.headers.get("link", "")):
        rel = _REL.search(match[2])
        if rel and "next" in rel[1].lower().split():
            return same_origin(response.url, match[1])
    return None


def onward(response: Response, walk: Walk) -> str | None:
    """Count a page in, and tell where the next one is; None where there is none, and `walk` says then why."""
    walk.pages += 1
    target = next_link(response)
    if target is None:
        walk.elsewhere = _named_next(response)
        walk.whole = not walk.elsewhere
    return target


def _named_next(response: Response) -> str:
    """What the answer names as its next page, usable or not; "" where it names none."""
    found = _LINK.finditer(response.headers.get("link", ""))
    return next((each[1] for each in found if (rel := _REL.search(each[2])) and "next" in rel[1].lower()), "")


def unfinished(walk: Walk) -> ServiceChanged:
    """What to tell of a walk that did not come to its end, whose rest therefore nobody knows."""
    if walk.elsewhere:
        origin = _ORIGIN.match(walk.elsewhere)
        url = one_line(origin[0] if origin else walk.elsewhere, 200)
        return ServiceChanged(
            _("The rest of a list is said to be at another address: {url}").format(url=url),
            _("Nothing was asked there. If it is the same server, make that the account's url."),
        )
    return ServiceChanged(_("The service's pages did not end."), _("Trying again later."))


async def pages(http: Http, request: Request, walk: Walk, cap: int = MAX_PAGES) -> AsyncIterator[Response]:
    """Every page from `request` on. What `walk` says afterwards tells whether the listing was whole."""
    seen: set[str] = set()
    while walk.pages < cap:
        response = await http.send(request)
        target = onward(response, walk)
        yield response
        if target is None or target in seen or target == response.url:
            return
        seen.add(target)
        request = replace(request, url=target, params=())
