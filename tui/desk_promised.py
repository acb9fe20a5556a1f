"""The desk over the real store: lines that promise or ask for something."""

from __future__ import annotations

from collections.abc import Sequence

from leeward.model import ItemId
from leeward.rows import PromiseRow
from leeward.store import promises
from leeward.store.db import Db
from leeward.work import promises as work
from tui.asks import Ask, Filter, Page, Receipt
from tui.desk_verbs import StoreVerbs

EVERYTHING = 1 << 30


class StorePromises(StoreVerbs):
    """`tui.desk_promises.Promises` over a store."""

    async def promises(self, ask: Ask, want: Filter) -> Page[PromiseRow]:
        """A stretch of the open lines; a store from before there were promises is read through at the first look."""
        if not await self._ask(promises.known):
            await self._do(work.catch_up)
        return await self._ask(page, ask, want)

    async def dismiss(self, lines: Sequence[ItemId]) -> Receipt:
        """Nothing is open there."""
        return await self._act(lambda db: work.dismiss(db, self.now(), lines))

    async def unpush(self, link: ItemId) -> Receipt:
        """What a link carried over last is taken back; both sides then stay as they are."""
        from leeward.work import links

        return await self._act(lambda db: links.take_back(db, self.now(), link))


def page(db: Db, ask: Ask, want: Filter) -> Page[PromiseRow]:
    """The stretch that is asked for, one row more read than shown, to know whether the list goes on."""

    def read(limit: int, *, after: str | None = None, before: str | None = None) -> list[PromiseRow]:
        return promises.page(
            db, limit, after=after, before=before, mine=want.mine, text=want.text, account=want.account
        )

    if ask.end:
        rows = read(EVERYTHING)
        return Page(tuple(rows[-ask.limit :]), more_before=len(rows) > ask.limit)
    if ask.before:
        rows = read(ask.limit + 1, before=ask.before)
        return Page(tuple(rows[-ask.limit :]), len(rows) > ask.limit, more_after=True)
    if ask.around:
        half = ask.limit // 2
        before = read(half + 1, before=ask.around)
        rest = read(ask.limit - half + 1, after=before[-1].id if before else None)
        more = len(rest) > ask.limit - half
        return Page((*before[-half:], *rest[: ask.limit - half]), len(before) > half, more)
    rows = read(ask.limit + 1, after=ask.after)
    return Page(tuple(rows[: ask.limit]), ask.after is not None, len(rows) > ask.limit)
