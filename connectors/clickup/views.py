"""Views: lists of tasks that somebody saved in ClickUp, opened by title or by their address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from connectors.clickup.api.asking import Ask
from connectors.clickup.api.hostile import Odd, ident, rows, text
from connectors.clickup.api.places import Workspace
from connectors.clickup.run import as_object
from leeward.errors import Forbidden, Gone
from leeward.model import RemoteId
from leeward.ports import Clock, Http

KNOWN_S = 300.0
_PAGES = 100
_ADDRESS = re.compile(r"https://app\.clickup\.com/[0-9]{1,20}/v/[a-z]{1,4}/([0-9a-z][0-9a-zA-Z-]{2,60})(?:[/?#].*)?")
_ID = re.compile(r"[0-9a-z]{3,20}-[0-9]{1,20}(?:-[0-9a-z]{1,20})?")


class Views:
    """The views of one account. Titles are those of workspaces and spaces, known for five minutes; ids fit any view."""

    def __init__(self, http: Http, ask: Ask, clock: Clock) -> None:
        self._http, self._ask, self._clock = http, ask, clock
        self._titles: dict[str, RemoteId] = {}
        self._aged = -KNOWN_S

    async def find(self, words: str, workspaces: Callable[[], Awaitable[list[Workspace]]]) -> RemoteId | None:
        """The view somebody means."""
        words = words.strip()
        named = _ADDRESS.fullmatch(words) or _ID.fullmatch(words)
        if named:
            return RemoteId(named[named.re.groups])
        if self._clock.monotonic() - self._aged >= KNOWN_S:
            self._titles = await self._all(await workspaces())
            self._aged = self._clock.monotonic()
        return self._titles.get(words.casefold())

    async def tasks(self, view: RemoteId) -> tuple[RemoteId, ...] | None:
        """What it shows now, in its order; None where it is not there, or not for us."""
        found: dict[RemoteId, None] = {}
        try:
            for page in range(_PAGES):
                answer = as_object(await self._http.send(self._ask.get(f"v2/view/{view}/task", ("page", str(page)))))
                listed = [each for row in rows(answer.get("tasks"), Odd()) if (each := ident(row.get("id")))]
                fresh = [each for each in listed if each not in found]
                found |= dict.fromkeys(fresh)
                if answer.get("last_page") is True or not fresh:
                    break
        except (Gone, Forbidden):
            return None
        return tuple(found)

    async def _all(self, workspaces: list[Workspace]) -> dict[str, RemoteId]:
        """The first of a title counts; those of a whole workspace come first."""
        titles: dict[str, RemoteId] = {}
        spaces: list[RemoteId] = []
        for workspace in workspaces:
            await self._of(f"v2/team/{workspace.id}", titles)
            listed = as_object(
                await self._http.send(self._ask.get(f"v2/team/{workspace.id}/space", ("archived", "false")))
            )
            spaces += [each for row in rows(listed.get("spaces"), Odd()) if (each := ident(row.get("id")))]
        for space in spaces:
            await self._of(f"v2/space/{space}", titles)
        return titles

    async def _of(self, path: str, titles: dict[str, RemoteId]) -> None:
        try:
            answer = as_object(await self._http.send(self._ask.get(f"{path}/view")))
        except (Gone, Forbidden):
            return
        for row in rows(answer.get("views"), Odd()):
            found, name = ident(row.get("id")), text(row.get("name")).strip().casefold()
            if found and name:
                titles.setdefault(name, found)
