"""Reminders somebody set on messages in Zoom: when their time has come, they wait here until they are done or removed.

Zoom lists them without saying where their messages are: the places are asked one by one, once a reminder.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from msgspec.structs import replace

from connectors.zoom.api import ask
from connectors.zoom.api.cursor import Cursor, Reminder
from connectors.zoom.api.shape import Row, ident, moment, text
from connectors.zoom.people import Directory
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Batch, Instant, ItemType, RemoteId, Todo
from leeward.ports import Clock

EVERY_MS = 10 * 60_000
PLACES_A_ROUND = 20
_ASKED = "reminders"
_LONGEST = 300


class Reminders:
    """Their share of one round."""

    def __init__(
        self, session: Session, directory: Directory, where: Cursor, asked: dict[str, int], clock: Clock
    ) -> None:
        self._session, self._directory, self._where, self._asked, self._clock = session, directory, where, asked, clock

    async def run(self, places: Sequence[str]) -> AsyncIterator[Batch]:
        """Yield those whose time has come, and those that are done."""
        now = self._clock.now()
        if now - self._asked.get(_ASKED, 0) < EVERY_MS:
            return
        try:
            listed = await self._listed()
        except (Forbidden, Gone, Refused):
            # The token may not, or the account has none: nothing to show, and no trouble.
            self._asked[_ASKED] = now
            return
        rows = {id: row for row in listed if (id := ident(row.get("message_id"))) is not None}
        self._session.odd.count += len(listed) - len(rows)
        await self._find(set(rows) - self._where.reminders.keys(), rows, places)
        self._asked[_ASKED] = now
        held = dict(self._where.reminders)
        todos = [todo for id, one in held.items() if (todo := self._todo(id, one, rows.get(RemoteId(id)), now))]
        if todos:
            yield Batch(todos=tuple(todos), cursor=self._where.dump(), oddities=self._session.oddities())

    async def _listed(self, place: str | None = None) -> list[Row]:
        where = self._directory.address(place) if place else {}
        return await self._session.whole(
            ask.get(self._session.base, "/chat/reminder", page_size=ask.REMINDERS_PAGE, **where), "reminders"
        )

    async def _find(self, new: set[RemoteId], rows: dict[RemoteId, Row], places: Sequence[str]) -> None:
        """Where the messages of new reminders are, the places that moved last first."""
        newest = sorted(places, key=lambda place: -self._where.mark(place).newest)
        for place in newest[:PLACES_A_ROUND]:
            if not new:
                return
            try:
                found = {id for row in await self._listed(place) if (id := ident(row.get("message_id")))} & new
            except (Forbidden, Gone, Refused):
                continue
            for id in found:
                self._where.reminders[id] = _told(place, rows[id])
            new -= found

    def _todo(self, id: str, held: Reminder, row: Row | None, now: int) -> Todo | None:
        """A reminder as it stands now, where that is worth telling; forgotten when it was removed, or is done.

        One that rang between two rounds may not be listed any more: it waits all the same, until it is done here.
        """
        if row is not None:
            held = replace(_told(held.place, row), shown=held.shown)
        elif held.shown or held.at > now:
            del self._where.reminders[id]
            return _todo(id, held, waits=False) if held.shown else None
        self._where.reminders[id] = replace(held, shown=held.at <= now)
        return _todo(id, held, waits=True) if held.at <= now else None


def _told(place: str, row: Row) -> Reminder:
    title = text(row.get("reminder_note")).strip() or text(row.get("content")).strip() or "…"
    main = ident(row.get("main_message_id")) if row.get("main_message_id") else None
    return Reminder(place, moment(row.get("remind_time")) or Instant(0), False, title[:_LONGEST], main or "")


def _todo(id: str, held: Reminder, *, waits: bool) -> Todo:
    target = (ItemType.THREAD, RemoteId(held.thread)) if held.thread else None
    return Todo(RemoteId(id), RemoteId(held.place), held.title, Instant(held.at), target=target, waits=waits)
