"""Lines with a time: handed over to a service that keeps them itself, so that they leave also while this machine sleeps.

Where the account has no such service, or it refuses (too far ahead, too many), the line waits here until its time. An
unclear answer is looked for among the lines that wait there; a service that does not show them is asked at the line's
time whether it was posted. So a line is never posted by both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from leeward.errors import Conflict, Gone, SignInNeeded, Trouble, TryLater
from leeward.model import Instant, ItemType, Key, RemoteId, Sent
from leeward.ports import Can, Clock
from leeward.ports_extra import FindsWaiting
from leeward.store import outbox, read
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.store.outbox import Row
from leeward.sync import backoff, send
from leeward.sync.account import Live
from leeward.words import _

log = logging.getLogger("leeward.outbox")
AGAIN_MS = 86_400_000
"""What a service refused today may be within its reach tomorrow."""

AROUND_MS = 90_000
"""So close to its time nobody can say whether a line waits or is being posted: it is looked for afterwards."""


class Settles(Protocol):
    """How a row is moved on."""

    async def __call__(self, row: Row, state: str, *, why: str = "", due: Instant | None = None, **facts: Any) -> None:
        """As `Sender` does it."""
        ...


Arrived = Callable[[Live, Row, Sent], Any]


class Later:
    """The lines with a time of one sender. `arrived` remembers one that turned out to be posted."""

    def __init__(self, store: Store, clock: Clock, settle: Settles, arrived: Arrived) -> None:
        self._store, self._clock, self._settle, self._arrived = store, clock, settle, arrived

    async def hand_over(self, live: Live, row: Row) -> bool:
        """Let the service keep a line; whether it does now."""
        if row.started is not None:  # a process died between the request and its answer
            await self._unclear(row, _("leeward was stopped before the answer came; checking whether it waits there"))
            return False
        at, now = Instant(row.doc["at"]), self._clock.now()
        claimed = row.doc | {"handing": True}
        why = _("being handed over to {kind}").format(kind=live.manifest.title)
        if not await asyncio.wrap_future(self._store.write(outbox.claim, now, row, claimed, why)):
            return False
        try:
            ready = await asyncio.wrap_future(self._store.read(send.prepare, row))
            answer = await live.service.send_at(
                row.doc["place"], row.doc["thread"], send.body_of(ready), at, key=row.key
            )
        except Trouble as trouble:
            await self._failed(live, row, trouble)
            return False
        except Exception:  # whatever a connector's bug was, the line may wait there
            log.exception("row %s could not be handed over", row.row)
            await self._unclear(row, _("the answer could not be read; checking whether it waits there"))
            return False
        if not answer.id:
            await self._unclear(row, _("the answer was empty; checking whether it waits there"))
            return False
        await self._waits(live, row, answer)
        return True

    async def look(self, live: Live, row: Row) -> bool:
        """Find out about a line whose handing over had an unclear end; whether it waits there."""
        at, now = int(row.doc["at"]), self._clock.now()
        finds = live.service if isinstance(live.service, FindsWaiting) else None
        if abs(now - at) < AROUND_MS or (now < at and finds is None):
            why = _("whether it waits at {kind} is seen at its time").format(kind=live.manifest.title)
            await self._settle(row, "unsure", due=Instant(at + AROUND_MS), why=why)
            return False
        ready = await asyncio.wrap_future(self._store.read(send.prepare, row))
        place, thread, body = row.doc["place"], row.doc["thread"], send.body_of(ready)
        waiting = None if finds is None else await finds.find_waiting(place, thread, body, Instant(at), key=row.key)
        if waiting is not None:
            await self._waits(live, row, waiting)
            return True
        if now > at and (posted := await send.find(live, row)) is not None:
            await self._arrived(live, row, posted)
            return False
        await self._not_there(row)
        return False

    async def take_back(self, live: Live, row: Row, key: Key) -> None:
        """Take a waiting line back; one that was posted meanwhile, known by its `key`, is taken back as a line."""
        place, thread, at = row.doc["place"], row.doc["thread"], int(row.doc["since"])
        try:
            await live.service.unsend(place, RemoteId((row.parent or {})["id"]))
        except Gone:
            left = at + AROUND_MS - self._clock.now()
            if abs(self._clock.now() - at) < AROUND_MS:
                why = _("It is being posted just now; it is taken back afterwards.")
                raise TryLater(why, after_s=left / 1000, taken=False) from None
            if left > 0 or not (live.can(Can.FIND_SENT) and live.can(Can.EDIT)):
                return  # it neither waits nor was posted: somebody took it back, we ourselves perhaps
            since = Instant(at - 600_000)
            posted = await live.service.find_sent(ItemType.MESSAGE, place, thread, key, since)
            if posted is not None:
                await live.service.edit(place, thread, posted.id, None, key=row.key)

    async def _not_there(self, row: Row) -> None:
        looks = int(row.doc.get("looks", 0)) + 1
        if looks < len(backoff.LOOKS_MS):
            due = Instant(self._clock.now() + backoff.LOOKS_MS[looks])
            why = _("not there yet; looking again")
            await self._settle(row, "unsure", due=due, why=why, doc=row.doc | {"looks": looks})
            return
        await self._keep(row, self._clock.now(), _("it did not arrive; handing it over again"))

    async def _failed(self, live: Live, row: Row, trouble: Trouble) -> None:
        if trouble.taken or isinstance(trouble, Conflict):
            await self._unclear(row, _("the answer was lost; checking whether it waits there"))
            return
        now = self._clock.now()
        live.stopped = live.stopped or isinstance(trouble, SignInNeeded)
        if isinstance(trouble, TryLater | SignInNeeded):
            told = trouble.after_s if isinstance(trouble, TryLater) else None
            await self._keep(row, Instant(now + int(backoff.wait_s(row.tries + 1, told) * 1000)), str(trouble))
        else:
            why = _("waits here until its time: {why}").format(why=trouble)
            await self._keep(row, Instant(now + AGAIN_MS), why)

    async def _keep(self, row: Row, again: Instant, why: str) -> None:
        """It waits here; from `again` on the service is asked once more to keep it."""
        doc = {name: value for name, value in row.doc.items() if name not in {"handing", "looks"}}
        doc["hand_at"] = again
        due = Instant(row.doc["at"])
        await self._settle(row, "queued", started=None, due=due, why=why, doc=doc, tries=row.tries + 1)

    async def _unclear(self, row: Row, why: str) -> None:
        due = Instant(self._clock.now() + backoff.LOOKS_MS[0])
        await self._settle(row, "unsure", due=due, why=why, doc=row.doc | {"handing": True, "looks": 0})

    async def _waits(self, live: Live, row: Row, answer: Sent) -> None:
        await asyncio.wrap_future(self._store.write(waits, row.row, live.manifest.title, answer, self._clock.now()))


def waits(db: Db, number: int, kind: str, answer: Sent, now: Instant) -> None:
    """Remember that a line waits at its service, and under which name, so that it can be taken back."""
    row = outbox.get(db, number)
    why = _("waits at {kind}, which posts it at its time").format(kind=kind)
    result = {"id": answer.id, "url": answer.url, "version": answer.version, "waiting": True}
    outbox.settle(db, number, "sent", why=why, due=Instant(row.doc["at"]), result=result)
    if row.item is not None:
        read.note_down(db, now, row.item, why)
