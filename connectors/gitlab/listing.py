"""Listings in the order of their last change, walked by stamp.

What changes while a listing is walked goes to its end, and what is deleted leaves it: numbered pages would then skip
what slid over a page's edge. So each page is asked for from the newest stamp of the one before; numbered pages are
followed only where more things than a page holds carry one stamp, or where the server heeds neither stamp nor order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from msgspec.structs import replace

from connectors.gitlab.api.hostile import Odd, Row, rows, stamp
from connectors.paging import MAX_PAGES, Walk, onward, pages, unfinished
from leeward.errors import ServiceChanged
from leeward.model import Instant
from leeward.ports import Http
from leeward.wire import Request, Response
from leeward.words import _

Since: TypeAlias = Callable[[Instant | None], Request]
"""Asks for what changed at an instant or after it, oldest change first."""


async def by_stamp(http: Http, since: Since, after: Instant | None, walk: Walk) -> AsyncIterator[Response]:
    """Every page of what changed from `after` on; some rows come twice. `walk` says afterwards whether it was whole."""
    seen: set[str] = set()
    request, behind, heeded = since(after), "", True
    while walk.pages < MAX_PAGES:
        response = await http.send(request)
        target = onward(response, walk)
        yield response
        if target is None:
            return
        stamps = [at for row in rows(response.json(), Odd()) if (at := stamp(row.get("updated_at"))) is not None]
        if behind and after is not None and min(stamps, default=after) < after:
            # It gave its first page again: go on where the page before it led.
            heeded, target = False, behind
        elif target in seen or target == response.url:
            return
        seen.add(target)
        heeded = heeded and stamps == sorted(stamps)
        newest = max(stamps, default=None)
        if heeded and newest is not None and (after is None or newest > after):
            after, behind = newest, target
            request = since(after)
        else:
            behind = ""
            request = replace(request, url=target, params=())


async def every(http: Http, request: Request) -> AsyncIterator[Row]:
    """Every row of a listing. Raises `ServiceChanged` where it breaks off: nobody can say then what is not in it."""
    walk = Walk()
    async for response in pages(http, request, walk):
        for row in listed(response):
            yield row
    if not walk.whole:
        raise unfinished(walk)


def listed(response: Response, odd: Odd | None = None) -> Iterable[Row]:
    """The rows of one page. Raises `ServiceChanged` for an answer that is no list: it is not an empty one."""
    document = response.json()
    if not isinstance(document, list):
        raise ServiceChanged(_("GitLab's answer is not what was asked for."), _("Trying again later."))
    return rows(document, odd if odd is not None else Odd())
