"""Votes: emoji at an issue, a merge request, or a line of one."""

from __future__ import annotations

from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Odd, Row, ident, obj, rows, text
from connectors.paging import Walk, pages
from leeward.errors import Gone, NotSupported
from leeward.model import RemoteId
from leeward.ports import Http
from leeward.ports_extra import Vote
from leeward.words import _


class Votes:
    """Bound to one account; `me` is who votes."""

    def __init__(self, http: Http, ask: Ask, me: RemoteId | None) -> None:
        self._http, self._ask, self._me = http, ask, me

    async def at(self, thread: RemoteId, message: RemoteId) -> tuple[Vote, ...]:
        """Every choice with its people, in the order they were first made."""
        people: dict[str, list[RemoteId]] = {}
        for row in await self._given(self._path(thread, message)):
            who = ident(obj(row.get("user")).get("id"))
            name = text(row.get("name"))
            if name and who is not None:
                people.setdefault(name, []).append(who)
        return tuple(Vote(name, tuple(dict.fromkeys(ids))) for name, ids in people.items())

    async def set(self, thread: RemoteId, message: RemoteId, choice: str, *, on: bool) -> None:
        """Give a vote or take it back; GitLab refuses to take one twice, so what stands is looked at first."""
        path = self._path(thread, message)
        mine = [row for row in await self._given(path) if self._is_mine(row, choice)]
        if on and not mine:
            await self._http.send(self._ask.write("POST", path, name=choice))
        for row in () if on else mine:
            try:
                await self._http.send(self._ask.write("DELETE", f"{path}/{ident(row.get('id'))}"))
            except Gone:
                continue

    def _path(self, thread: RemoteId, message: RemoteId) -> str:
        if thread.startswith("groups/"):
            raise NotSupported(_("leeward takes no votes at epics."), _("Vote in GitLab."))
        return self._ask.awards(thread, None if message.endswith("/description") else message)

    def _is_mine(self, row: Row, choice: str) -> bool:
        return ident(obj(row.get("user")).get("id")) == self._me and text(row.get("name")) == choice

    async def _given(self, path: str) -> list[Row]:
        found: list[Row] = []
        async for response in pages(self._http, self._ask.get(path, ("per_page", "100")), Walk()):
            found += rows(response.json(), Odd())
        return found
