"""The road out: send what is ready, remember what happened, look before sending anything twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from leeward.errors import Conflict, Forbidden, Gone, NotSupported, Refused, SignInNeeded, Trouble, TryLater
from leeward.model import Instant, ItemType, RemoteId, Sent
from leeward.ports import Can, Clock
from leeward.store import derive, fields, outbox, read
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.store.outbox import Row
from leeward.sync import backoff, send
from leeward.sync.account import Live
from leeward.sync.later import Later
from leeward.sync.merge import merge, same
from leeward.words import _

log = logging.getLogger("leeward.outbox")
Updated: TypeAlias = Callable[[Db, Instant, str], object]
"""What `work/` does when a task's change has reached its service: its links follow."""

ROUNDS = 12
"""After so many times without an answer and without a trace its owner is asked."""

PATIENCE_MS = 45_000
"""How long one `sync` waits for rows that are in their grace or being looked for."""


class Sender:
    """Sends the rows of some accounts. `refresh` pulls an account again, so that a conflict can be merged."""

    def __init__(
        self,
        store: Store,
        lives: Mapping[str, Live],
        clock: Clock,
        refresh: Callable[[Live], Awaitable[None]],
        updated: Updated | None = None,
    ) -> None:
        self._store, self._lives, self._clock, self._refresh = store, lives, clock, refresh
        self._updated = updated
        self._one_at_a_time = asyncio.Lock()
        self._later = Later(store, clock, self._settle, self._arrived)
        self.sent: dict[str, int] = {}

    async def drain(self, only: frozenset[str] | None = None) -> None:
        """Send everything that is ready, and wait out the grace and the looks of what is on its way.

        `only` are the uids of the accounts it is about; all by default.
        """
        end = self._clock.now() + PATIENCE_MS
        while True:
            await self.ready(only)
            due = await self.next_due(only)
            if due is None or due > end:
                return
            await self._clock.sleep(max(0.02, (due - self._clock.now()) / 1000))

    async def ready(self, only: frozenset[str] | None = None) -> bool:
        """Send what is ready now, each account's rows in order, accounts side by side. Returns whether there was any.

        Whoever else asks meanwhile waits, and then sees the rows as they are: a row read twice would be sent twice.
        """
        any_at_all = False
        async with self._one_at_a_time:
            while rows := await self._read(outbox.ready, self._clock.now(), self._accounts(only)):
                any_at_all = True
                by_account: dict[str, list[Row]] = {}
                for row in rows:
                    by_account.setdefault(row.account, []).append(row)
                ends = await asyncio.gather(
                    *(self._account(rows) for rows in by_account.values()), return_exceptions=True
                )
                for failed in (end for end in ends if end is not None):
                    raise failed  # only now: whoever asks next must not meet a row that is still being sent
            keepers = self._keepers(only)
            for row in await self._read(outbox.to_hand_over, self._clock.now(), keepers) if keepers else ():
                live = self._lives[row.account]
                if not live.stopped and await self._later.hand_over(live, row):
                    any_at_all = True
                    self.sent[live.uid] = self.sent.get(live.uid, 0) + 1
        return any_at_all

    async def next_due(self, only: frozenset[str] | None = None) -> Instant | None:
        """When there is something to do next; None when nothing is on its way."""
        due, keepers = await self._read(outbox.next_due, self._accounts(only)), self._keepers(only)
        hand = await self._read(outbox.next_hand_over, self._clock.now(), keepers) if keepers else None
        return min((each for each in (due, hand) if each is not None), default=None)

    def _keepers(self, only: frozenset[str] | None) -> list[str]:
        """Accounts whose service keeps lines until their time."""
        return [uid for uid in self._accounts(only) if self._lives[uid].can(Can.SEND_LATER)]

    def _accounts(self, only: frozenset[str] | None) -> list[str]:
        return [uid for uid, live in self._lives.items() if not live.stopped and (only is None or uid in only)]

    async def _account(self, rows: list[Row]) -> None:
        for row in rows:
            await self._one(self._lives[row.account], row)
            if self._lives[row.account].stopped:
                break

    async def _one(self, live: Live, row: Row) -> None:
        tried = row.verb in send.FINDABLE and (row.tries or row.doc.get("again"))
        came = await self._read(came_back, row) if tried else None
        if came is not None:
            await self._arrived(live, row, came)
        elif row.state == "unsure":
            await self._look(live, row)
        elif row.verb == "update_task" and moved_there(row.doc):
            await self._merge(live, row, _("It changed there since you read it."))
        elif row.started is not None and not row.doc.get("again"):
            # A process died between the request and its answer.
            await self._unsure(row, _("leeward was stopped before the answer came; checking whether it arrived"))
        elif not row.doc.get("again") and (new := await self._read(send.successor, row)) is not None:
            why = _(
                "“{place}” took the place of where this was to go; others may read there. Send it there, or drop it?"
            )
            await self._settle(row, "asks", why=why.format(place=new[1]))
        else:
            await self._send(live, row)

    async def _send(self, live: Live, row: Row) -> None:
        doc = {name: value for name, value in row.doc.items() if name != "again"}
        if not await asyncio.wrap_future(self._store.write(outbox.claim, self._clock.now(), row, doc, _("on its way"))):
            return  # as it is now it comes with the next reading
        try:
            ready = await self._read(send.prepare, row)
            back = row.verb == "take_back" and bool((row.parent or {}).get("waiting"))
            answer = await (self._later.take_back(live, row, ready.key) if back else send.send(live, ready))
        except Trouble as trouble:
            await self._failed(live, row, trouble)
        except asyncio.CancelledError:
            raise
        except Exception:  # whatever a connector's bug was, the change may have arrived
            log.exception("row %s could not be sent", row.row)
            await self._unsure(row, _("the answer could not be read; checking whether it arrived"))
        else:
            if row.verb in send.FINDABLE and (answer is None or not answer.id):
                await self._unsure(row, _("the answer was empty; checking whether it arrived"))
            else:
                await self._arrived(live, row, answer)

    async def _failed(self, live: Live, row: Row, trouble: Trouble) -> None:
        now = self._clock.now()
        live.stopped = live.stopped or isinstance(trouble, SignInNeeded)
        if isinstance(trouble, Conflict):
            await self._conflict(live, row, trouble)
        elif trouble.taken:
            await self._unsure(row, _("the answer was lost; checking whether it arrived"))
        elif isinstance(trouble, TryLater | SignInNeeded):
            told = trouble.after_s if isinstance(trouble, TryLater) else None
            due = Instant(now + int(backoff.wait_s(row.tries, told) * 1000))
            await self._settle(row, "queued", started=None, due=due, why=str(trouble), tries=row.tries + 1)
        else:
            await asyncio.wrap_future(self._store.write(_fail, row.row, str(trouble)))

    async def _unsure(self, row: Row, why: str) -> None:
        due = Instant(self._clock.now() + backoff.LOOKS_MS[0])
        if row.verb not in send.FINDABLE:
            # Setting a field or a marker twice does no harm: it is simply tried again.
            due = Instant(self._clock.now() + int(backoff.wait_s(row.tries + 1) * 1000))
            doc = row.doc | {"maybe": True}
            await self._settle(row, "queued", started=None, due=due, why=why, tries=row.tries + 1, doc=doc)
            return
        await self._settle(row, "unsure", due=due, why=why, doc=row.doc | {"looks": 0})

    async def _look(self, live: Live, row: Row) -> None:
        if not live.can(Can.FIND_SENT):
            why = _("{kind} cannot tell whether it arrived. Send it again, or drop it?").format(
                kind=live.manifest.title
            )
            await self._settle(row, "asks", why=why)
            return
        try:
            if row.doc.get("handing"):
                if await self._later.look(live, row):
                    self.sent[live.uid] = self.sent.get(live.uid, 0) + 1
                return
            found = await send.find(live, row)
        except (Gone, Forbidden, Refused, NotSupported) as trouble:
            why = _("Nobody can look whether it arrived: {why} Send it again, or drop it?").format(why=trouble.what)
            await self._settle(row, "asks", why=why)
            return
        except Trouble as trouble:
            live.stopped = live.stopped or isinstance(trouble, SignInNeeded)
            told = trouble.after_s if isinstance(trouble, TryLater) else None
            due = Instant(self._clock.now() + int(backoff.wait_s(row.tries, told) * 1000))
            await self._settle(row, "unsure", due=due, why=str(trouble), tries=row.tries + 1)
            return
        if found is not None:
            await self._arrived(live, row, found)
            return
        looks = int(row.doc.get("looks", 0)) + 1
        if looks < len(backoff.LOOKS_MS):
            due = Instant(self._clock.now() + backoff.LOOKS_MS[looks])
            why = _("not there yet; looking again")
            await self._settle(row, "unsure", due=due, why=why, doc=row.doc | {"looks": looks})
        elif (rounds := int(row.doc.get("rounds", 0)) + 1) >= ROUNDS:
            why = _("It was sent {n} times, and neither an answer came nor did it arrive. Send it again, or drop it?")
            await self._settle(row, "asks", why=why.format(n=rounds))
        else:
            doc = {name: value for name, value in row.doc.items() if name != "looks"}
            doc |= {"again": True, "rounds": rounds}
            why = _("it did not arrive; sending it again")
            await self._settle(row, "queued", started=None, due=self._clock.now(), why=why, doc=doc)

    async def _conflict(self, live: Live, row: Row, trouble: Conflict) -> None:
        if row.verb in send.FINDABLE and row.doc.get("again"):
            # It was looked for, and what stands in its way is not ours: that would go on for ever.
            why = _("{why} Send it again, or drop it?").format(why=trouble)
            await self._settle(row, "asks", why=why)
            return
        if row.verb in send.FINDABLE:
            await self._unsure(row, _("something with our key is there already; checking"))
            return
        if row.verb != "update_task":
            await self._refresh(live)
            await self._settle(row, "asks", why=_("It changed there since you read it. Send yours, or drop it?"))
            return
        await self._refresh(live)
        await self._merge(live, row, str(trouble))

    async def _merge(self, live: Live, row: Row, why: str) -> None:
        """A change that stands there already has been sent: its answer was lost, or somebody made the same."""
        if await asyncio.wrap_future(self._store.write(merge_row, row.row, self._clock.now(), why)):
            self.sent[live.uid] = self.sent.get(live.uid, 0) + 1

    async def _arrived(self, live: Live, row: Row, answer: Sent | None) -> None:
        await asyncio.wrap_future(
            self._store.write(arrived, row.row, live.name, answer, self._clock.now(), self._updated)
        )
        self.sent[live.uid] = self.sent.get(live.uid, 0) + 1

    async def _settle(self, row: Row, state: str, *, why: str = "", due: Instant | None = None, **facts: Any) -> None:
        def act(db: Db) -> None:
            outbox.settle(db, row.row, state, why=why, due=due, **facts)

        await asyncio.wrap_future(self._store.write(act))

    async def _read(self, act: Callable[..., Any], *args: object) -> Any:
        return await asyncio.wrap_future(self._store.read(act, *args))


def came_back(db: Db, row: Row) -> Sent | None:
    """What a row made, where a pull has brought it back meanwhile, known by our key."""
    if row.verb == "post":
        found = db.execute("SELECT remote, url FROM message WHERE key = ?", (row.key,)).fetchone()
        return Sent(RemoteId(found[0]), found[1]) if found else None
    found = db.execute(
        f"SELECT alias.remote, item.url, made.version FROM alias JOIN item USING (id) JOIN {send.FINDABLE[row.verb]} AS made"
        " USING (id) WHERE alias.id = ? AND alias.account = ? AND alias.type = ?",
        (row.item, row.account, send.FINDABLE[row.verb]),
    ).fetchone()
    return Sent(RemoteId(found[0]), found[1], found[2]) if found else None


def moved_there(doc: Mapping[str, Any]) -> bool:
    """Tell whether a pull showed that what a change was made from stands there no more: it is merged, not sent over it."""
    theirs: Mapping[str, Any] = doc.get("theirs") or doc["base"]
    return any(not same(theirs.get(name), doc["base"].get(name)) for name in doc["fields"])


def _fail(db: Db, row: int, why: str) -> None:
    outbox.settle(db, row, "failed", why=why)
    outbox.fail_dependants(db, row)


def merge_row(db: Db, number: int, now: Instant, why: str) -> bool:
    """After a conflict and a fresh pull: send what only we changed, drop what is there already, ask about the rest.

    Returns whether all of it is there already.
    """
    row = outbox.find(db, number)
    if row is None or row.item is None:
        return False
    # Without news of what stands there, what we read before still counts: it is sent again, or asked about.
    theirs = row.doc.get("theirs") or row.doc["base"]
    merged = merge(row.doc["base"], row.doc["fields"], theirs)
    version = db.execute("SELECT version FROM task WHERE id = ?", (row.item,)).fetchone()[0]
    last = db.execute("SELECT max(row) FROM outbox").fetchone()[0]  # what is written later knows of the clash
    doc = row.doc | {"fields": {**merged.send, **{name: ours for name, (_there, ours) in merged.clashes.items()}}}
    doc |= {"base": {name: theirs.get(name) for name in doc["fields"]}, "clash": dict.fromkeys(merged.clashes, last)}
    if merged.clashes:
        name, (there, ours) = next(iter(merged.clashes.items()))
        why = _("{name} was changed there too. There: “{there}”. Here: “{ours}”. Send yours, or drop it?")
        said = {"there": fields.said(db, name, there), "ours": fields.said(db, name, ours)}
        text = why.format(name=fields.word(name), **said)
        outbox.settle(db, number, "asks", why=text, doc=doc, seen=version, started=None)
        read.note_down(db, now, row.item, text)
    elif merged.send and row.tries < 5:
        outbox.settle(
            db, number, "queued", why=_("merged; sending again"), doc=doc, seen=version, due=now, started=None
        )
    elif merged.send:
        outbox.settle(db, number, "asks", why=why, doc=doc, seen=version, started=None)
    else:
        outbox.settle(db, number, "sent", why=_("it says so already"), result={})
        return True
    return False


def arrived(
    db: Db, number: int, account: str, answer: Sent | None, now: Instant, updated: Updated | None = None
) -> None:
    """Remember that a change reached its service, in the one transaction that nothing can come between."""
    row = outbox.find(db, number)
    if row is None or row.state == "sent":
        return  # it was dropped while it was looked for, or somebody else found it first
    result = {"id": answer.id, "url": answer.url, "version": answer.version} if answer else {}
    outbox.settle(db, number, "sent", result=result)
    if answer is None or row.item is None:
        return
    if row.verb in {"create_task", "create_note"}:
        type = ItemType.TASK if row.verb == "create_task" else ItemType.NOTE
        table = type.value
        db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?, ?)", (row.account, type, answer.id, row.item))
        db.execute("UPDATE item SET remote = ?, url = coalesce(?, url) WHERE id = ?", (answer.id, answer.url, row.item))
        db.execute(f"UPDATE {table} SET version = ? WHERE id = ?", (answer.version, row.item))
        db.execute("DELETE FROM own WHERE id = ?", (row.item,))
        say = _("Made in {account}: {url}").format(account=account, url=answer.url or answer.id)
        read.note_down(db, now, row.item, say)
        _pass_on(db, row, answer)
    elif row.verb in {"update_task", "update_note"}:
        table = row.verb.removeprefix("update_")
        db.execute(f"UPDATE {table} SET version = coalesce(?, version) WHERE id = ?", (answer.version, row.item))
        _pass_on(db, row, answer)
        if updated is not None and row.verb == "update_task":
            updated(db, now, row.item)
    derive.derive(db, [row.item], now)
    db.changed |= {row.item, "tasks", "inbox"}


def _pass_on(db: Db, row: Row, answer: Sent) -> None:
    """What waits behind a change was made on top of it: it has seen the version the change made."""
    db.execute(
        "UPDATE outbox SET seen = coalesce(?, seen) WHERE item = ? AND verb IN ('update_task', 'update_note')"
        " AND state = 'queued' AND row > ?",
        (answer.version, row.item, row.row),
    )
    if row.verb == "update_task":
        _now_there(db, row)


def _now_there(db: Db, row: Row) -> None:
    """What waits behind a change knows that the service says it now: that is no news of somebody else's."""
    assert row.item is not None
    for number, state, doc in outbox.changes(db, row.item, behind=row.row):
        if state == "queued" and "theirs" in doc:
            doc["theirs"] |= {name: value for name, value in row.doc["fields"].items() if name in doc["theirs"]}
            outbox.settle(db, number, "queued", doc=doc)
