"""A view that somebody saved at a service, opened as a query: `view:Sprint 12`, or `view:` and its address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from leeward.errors import Usage
from leeward.model import AccountUid, RemoteId
from leeward.ports_extra import OpensViews
from leeward.words import _

_QUERY = re.compile(r"\s*view:\s*(?:\"([^\"]+)\"|(\S.*?))\s*")


def view_in(query: str) -> str | None:
    """The view a query names; None for any other query."""
    found = _QUERY.fullmatch(query)
    return (found[1] or found[2]) if found else None


async def opened(
    services: Iterable[tuple[AccountUid, OpensViews]], words: str
) -> tuple[AccountUid, tuple[RemoteId, ...]]:
    """Whose view it is, and the tasks it shows now, in its order. Raises `Usage` where nobody knows it."""
    several = list(services)
    for uid, service in several:
        shown = await service.open_view(words)
        if shown is not None:
            return uid, shown
    what = _("There is no view {words}.") if several else _("No account here has views: ClickUp accounts do.")
    raise Usage(what.format(words=words), _("Give its title, or its address from the browser.") if several else "")
