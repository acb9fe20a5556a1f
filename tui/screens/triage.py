"""Verbs that clear: done, later, tiers, ticks, assigning, undo."""

from __future__ import annotations

from collections.abc import Sequence

from leeward.model import ItemId, Tier
from leeward.rows import PersonRow
from leeward.words import _
from tui.asks import Ask, Filter, Preset, Receipt
from tui.bars import Bar, Option
from tui.listing import Fold
from tui.screens.workspace import Workspace

ALL_FOLDED = 2_000


class Triage:
    """What `e s p x a u` do."""

    def __init__(self, stage: Workspace) -> None:
        self.stage = stage
        self._from: ItemId | None = None

    def _ids(self) -> Sequence[ItemId]:
        ids = self.stage.subjects()
        if not ids:
            self.stage.say(_("Nothing is chosen."))
        return ids

    async def _folded(self, fold: Fold) -> tuple[ItemId, ...]:
        page = await self.stage.desk.inbox(Ask(ALL_FOLDED), Filter(fyi=fold.name))
        return tuple(row.id for row in page.rows)

    def act_done(self) -> None:
        """Done; on a heading all that is folded under it."""
        stage = self.stage
        fold = stage.fold
        if stage.listing.source.name == "promises" and stage.part == "list":
            self.act_dismiss()
            return
        if fold is not None and not stage.listing.ticked:

            async def clear() -> Receipt:
                return await stage.desk.done(await self._folded(fold))

            stage.do(clear)
            return
        if ids := self._ids():
            stage.do(lambda: stage.desk.done(ids), leaving=ids)

    def act_dismiss(self) -> None:
        """Nothing is open in these lines, or in the one that is read."""
        stage = self.stage
        if stage.listing.source.name == "promises" and stage.part == "list":
            if ids := self._ids():
                stage.do(lambda: stage.desk.dismiss(ids), leaving=ids)
            return
        message = stage.message
        if message is None or message.open is None:
            stage.say(_("This line leaves nothing open."))
            return
        id = message.id
        stage.do(lambda: stage.desk.dismiss([id]))

    def act_undone(self) -> None:
        """Back, unread."""
        if ids := self._ids():
            self.stage.do(lambda: self.stage.desk.undone(ids))

    def act_later(self) -> None:
        """The bar of times."""
        stage = self.stage
        ids = self._ids()
        if not ids:
            return

        def put_off(when: Preset) -> None:
            stage.do(lambda: stage.desk.later(ids, when), leaving=ids)

        def typed(text: str) -> str | None:
            words = stage.desk.words(text)
            if words.at is None:
                return words.say
            put_off(Preset(words.say, words.at))
            return None

        async def show() -> None:
            presets = await stage.desk.later_presets(ids[0])
            options = tuple(Option(str(number), each.title, each) for number, each in enumerate(presets[:9], 1))
            stage.ask(
                Bar(
                    _("LATER"), options, put_off, typed, lambda text: stage.desk.words(text).say if text else "",
                    hint=_("or type: di 9u, in 2h"),
                )
            )  # fmt: skip

        stage.load(show, "bar")

    # ---- tiers ----

    def act_tier_red(self) -> None:
        """Set the tier that says today."""
        self._tier(Tier.RED)

    def act_tier_yellow(self) -> None:
        """Set the tier that says within 48 h."""
        self._tier(Tier.YELLOW)

    def act_tier_green(self) -> None:
        """Set the tier that says for your information."""
        self._tier(Tier.GREEN)

    def act_tier_none(self) -> None:
        """No tier, whatever the sender meant."""
        self._tier(None)

    def _tier(self, tier: Tier | None) -> None:
        stage = self.stage
        ids = self._ids()
        if not ids:
            return
        stage.do(lambda: stage.desk.tier(ids, tier))
        stage.listing.ticked.clear()
        if stage.part == "list":
            stage.list.move(1)

    # ---- ticks ----

    def act_tick(self) -> None:
        """Tick, and on to the next; on a heading all that is folded under it."""
        stage = self.stage
        listing = stage.listing
        fold = stage.fold
        if fold is not None:

            async def tick_all() -> None:
                ids = set(await self._folded(fold))
                if not fold.opened:
                    await listing.open_fold(fold, opened=True)
                if ids <= listing.ticked:
                    listing.ticked -= ids
                else:
                    listing.ticked |= ids
                stage.list.show(listing.items, stage.list.cursor)
                stage.redraw()

            stage.load(tick_all, "near")
            return
        id = listing.key_of(stage.list.item)
        if id is None or stage.part != "list":
            return
        listing.ticked ^= {id}
        self._from = id
        stage.list.forget()
        stage.list.move(1)
        stage.redraw()

    def act_range(self) -> None:
        """Tick everything from the last ticked row to here."""
        stage = self.stage
        listing = stage.listing
        here, start = stage.list.cursor, listing.index(self._from)
        if start is None:
            self.act_tick()
            return
        low, high = sorted((here, start))
        items = listing.items[low : high + 1]
        listing.ticked |= {id for item in items if not isinstance(item, Fold) and (id := listing.key_of(item))}
        stage.redraw()

    # ---- people ----

    def act_assign(self) -> None:
        """To somebody."""
        stage = self.stage
        ids = self._ids()
        if not ids:
            return

        def give(person: PersonRow | None) -> None:
            stage.do(lambda: stage.desk.assign(ids, person.id if person else None))

        async def show() -> None:
            people = await stage.desk.people("", ids[0])
            options = [Option(str(number), person.name, person) for number, person in enumerate(people[:8], 1)]

            def typed(text: str) -> str | None:
                low = text.casefold()
                fits = [person for person in people if low in person.name.casefold() or low == (person.handle or "")]
                if len(fits) == 1 or (fits and fits[0].name.casefold() == low):
                    give(fits[0])
                    return None
                return ", ".join(person.name for person in fits[:6]) or _("Nobody of that name is known here.")

            stage.ask(Bar(_("FOR"), (*options, Option("0", _("nobody"))), give, typed, hint=_("or type a name")))

        stage.load(show, "bar")

    # ---- undo ----

    def act_undo(self) -> None:
        """Take the last act back; what has left already is asked about."""
        stage = self.stage

        async def undo() -> Receipt | None:
            stage.listing.let_back()
            receipt = await stage.desk.undo()
            stage.undo_hint = ""
            if receipt is None:
                stage.say(_("Nothing to take back."))
            elif receipt.asks:
                stage.confirm(
                    receipt.asks, _("yes, take it back"), lambda: stage.do(lambda: stage.desk.undo(sure=True))
                )
            return receipt

        stage.do(undo)

    def act_redo(self) -> None:
        """Do it again."""
        stage = self.stage

        async def redo() -> Receipt | None:
            receipt = await stage.desk.redo()
            if receipt is None:
                stage.say(_("Nothing to do again."))
            return receipt

        stage.do(redo)
