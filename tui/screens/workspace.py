"""The one screen a person works in: it answers what verbs ask of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from logging import getLogger
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual import events
from textual.worker import Worker

from leeward.errors import Trouble
from leeward.model import ItemId
from leeward.text import one_line, safe_url
from leeward.words import _
from tui import view
from tui.actions import Keymap
from tui.asks import Filter, Receipt
from tui.bars import Bar, Option
from tui.bridge import Bridge
from tui.listing import Listing, Source
from tui.panels import Panel
from tui.screens import reading, sources
from tui.screens.hearing import Hearing
from tui.stage import Stop
from tui.status import Told
from tui.theme import PALETTES, Palette
from tui.widgets.lines import Lines
from tui.widgets.pens import Pens

if TYPE_CHECKING:
    from tui.desk import Desk


_FIRST_S = 0.08
"""How long the first frame waits for all that stands on it, before it is shown with the list alone."""


class Workspace(Hearing):
    """Everything a person works in."""

    def __init__(self, desk: Desk, keymap: Keymap, pens: Pens, wall: Callable[[Any], Any], follow_s: float) -> None:
        super().__init__(desk, keymap, pens, wall, follow_s)
        self.key = ""
        self.act = lambda _verb: None
        self.started: Callable[[], object] | None = None
        self._history: list[Stop] = []
        self._part_before = self.part
        self._card: tuple[Stop | None, str] = (None, "")
        self._verbs: asyncio.Queue[tuple[Callable[[], Awaitable[Receipt | None]], bool]] = asyncio.Queue()
        self.failed = False  # whether the last verb did
        self._bridge: Bridge | None = None

    async def on_mount(self) -> None:
        """Fill the first page at once, the rest behind it; the first frame waits a moment for its rows."""
        self._bridge = Bridge(self.desk.listen, self)
        self._obeying: Worker[None] = self.run_worker(self._obey, group="verbs", exit_on_error=False)
        self._filled = asyncio.Event()
        self.load(self._first, "list")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * _FIRST_S):
                await self._filled.wait()
        self.set_interval(20.0, self.tick)

    def on_unmount(self) -> None:
        """Hear no more."""
        for timer in (self._following, self._thinking, self._nearing):
            if timer is not None:
                timer.cancel()
        self._release()
        if self._bridge is not None:
            self._bridge.close()

    async def _first(self) -> None:
        listing = self._listing
        await listing.start()
        items = listing.items
        rest = asyncio.ensure_future(self._rest(items[0] if items else None))
        if not (await asyncio.wait({rest}, timeout=_FIRST_S))[0]:  # the list does not wait for what is slow
            with self.app.batch_update():
                self.list.empty = listing.source.empty()
                self.list.show(items, 0, top="start")
                self.frame_drawn()
        doc, self.told = await rest
        listing.folded(self.told.counts)
        with self.app.batch_update():
            self.draw_side()
            if listing is self._listing:  # nobody went elsewhere meanwhile
                self.list.empty = listing.source.empty()
                self.list.show(listing.items, self.list.cursor)
                if not self.doc.items:
                    self.set_doc(doc)
            self.frame_drawn()
        self._filled.set()
        if self.started is not None:
            self.started()
        self.load(self._tell_quiet, "quiet")

    async def _rest(self, row: Any) -> tuple[reading.Doc, Told]:
        return await self.doc_or_card(row), await self._ask_first()

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the panes for the new size."""
        self.lay()
        if self.notice.display:
            self.banner(self._told_above)
        if self.panel_model is not None:
            self.panel_model.high = self.app.size.height
        self.call_after_refresh(self.frame_drawn)

    def tick(self) -> None:
        """The clock moved."""
        self.list.forget()
        self.draw_head()

    @property
    def stop(self) -> Stop:
        """Where one is."""
        return replace(self._stop, at=self._listing.key_of(self.list.item), part=self.part)

    def do(self, verb: Callable[[], Awaitable[Receipt | None]], *, leaving: Sequence[ItemId] = ()) -> None:
        """Queue a verb; rows that leave go at once and the cursor comes to the next one."""
        if leaving:
            self._leave(leaving)
        self._verbs.put_nowait((verb, bool(leaving)))

    def _leave(self, ids: Sequence[ItemId]) -> None:
        at = self.list.cursor
        gone = set(ids)
        before = sum(1 for item in self._listing.items[:at] if self._listing.key_of(item) in gone)
        self._listing.drop(ids)
        self.list.show(self._listing.items, at - before)
        self._titles()
        self.follow()

    async def _obey(self) -> None:
        while True:
            verb, left = await self._verbs.get()
            failed = True
            try:
                self._receipt(await verb())
                failed = False
            except Trouble as trouble:
                self.say(str(trouble), trouble=True)
                if left:
                    self.load(self._again, "again")
            except Exception:  # one verb's bug must not stop the next; the log has all of it
                getLogger("leeward").exception("a verb failed")
                self.say(_("That did not work; the log says why."), trouble=True)
            self.failed = failed
            self._verbs.task_done()

    def _receipt(self, receipt: Receipt | None) -> None:
        """Say what was done; a verb without a receipt has nothing to say."""
        if receipt is None or receipt.asks:
            return
        if receipt.item is not None:  # who made it looks for it: it does not wait among what is new
            self._listing.let_back(receipt.item)
            self.load(self._again, "again")
        if receipt.undoable:
            self.undo_hint = one_line(receipt.say, 40)
        self.say(receipt.say, trouble=not receipt.ok)

    def confirm(self, question: str, yes: str, act: Callable[[], None]) -> None:
        """Ask before something that cannot be taken back."""
        self.ask(Bar(question, (Option("enter", yes, act),), chosen=lambda value: value()))

    def ask(self, bar: Bar | None) -> None:
        """Show a bar, or take it away."""
        self.bar_model = bar
        self.draw_bar()
        self.draw_foot()

    def panel(self, panel: Panel | None, *, over: bool = False) -> None:
        """Show a panel in the list's place, or take it away; `over` the present one, which comes back after it."""
        if over and panel is not None:
            panel.under = self.panel_model
        if panel is not None and self.panel_model is None:
            self._part_before = self.part
        self.panel_model = panel
        if panel is not None:
            self.part = "list"
            panel.changed, panel.high = self.draw_panel, self.app.size.height
            panel.typed = self.panel_pane.redraw
            self.panel_pane.draw_item = panel.draw
            self.panel_pane.rests = panel.rests
            self.lay()
            self.draw_panel(start=True)
        else:
            self.part = self._part_before  # one goes on where one was, as with a line that was being read
            self.lay()
            self.call_after_refresh(self.frame_drawn)
        self.frame_drawn()

    def draw_panel(self, *, start: bool = False) -> None:
        """Draw the panel's model."""
        panel = self.panel_model
        if panel is None:
            return
        self.panel_pane.above = panel.fixed
        self.panel_pane.empty = panel.empty()
        self.panel_pane.show(panel.items, panel.cursor, top="start" if start else "keep")
        self.draw_foot()

    def redraw(self) -> None:
        """Draw lists anew."""
        self.list.forget()
        self.reader.forget()
        self._titles()

    def app_opens(self, url: str) -> bool:
        """Open a safe address in the browser; False where it is none."""
        address = safe_url(url)
        if address is None:
            return False
        self.app.open_url(address)
        self.say(_("Asked the browser to open {url}").format(url=address))
        return True

    def source(self, stop: Stop) -> Source:
        """The list of a stop."""
        desk, want = self.desk, stop.want
        makers: dict[str, Callable[[], Source]] = {
            "inbox": lambda: _inbox(desk, want),
            "tasks": lambda: sources.TasksSource(desk, want),
            "notes": lambda: sources.NotesSource(desk, want),
            "sessions": sources.SessionsSource,
            "quiet": lambda: sources.QuietSource(desk, want),
            "outbox": lambda: sources.OutboxSource(desk),
            "search": lambda: sources.FoundSource(desk, stop.text),
        }
        return makers[stop.view]()

    def go(self, stop: Stop, *, remember: bool = True) -> None:
        """Go somewhere; back returns."""
        if remember:
            self._history = [*self._history[-49:], self.stop]
        self._stop, self.part, self.panel_model = stop, stop.part, None
        self._listing = Listing(self.source(stop))
        self.list.hold()
        self.set_class(stop.view in {"quiet", "sessions"}, "alone")
        self.lay()
        self.load(self._arrive, "list", opens=True)

    async def _arrive(self) -> None:
        listing = self._listing
        listing.folded(self.told.counts)
        await listing.start(self._stop.at)
        above = await self.above(self._stop)
        if listing is not self._listing:
            return
        with self.app.batch_update():
            self._above = above
            self.list.empty = listing.source.empty()
            at = listing.index(self._stop.at)
            self.list.show(listing.items, at or 0, top="cursor" if at else "start")
            self.draw_side()
            self.frame_drawn()
        self.follow(at_once=True)

    async def _again(self, *, all_in: bool = False) -> None:
        await super()._again(all_in=all_in)
        if self._stop.view == "quiet":
            self._above = await self.above(self._stop)
            self.list.redraw()

    async def above(self, stop: Stop) -> Callable[[int], list[view.Line]] | None:
        """Fixed lines over a list; the quiet view has its week there."""
        if stop.view != "quiet":
            return None
        from tui.week import board_lines, days_shown, week_lines

        quiet, days, board = await self.desk.quiet(), await self.desk.quiet_week(), await self.desk.quiet_board()
        if board.card:
            self._card = (stop, board.card)
        elif self._card[0] is stop:
            board = replace(board, card=self._card[1])

        def lines(space: int) -> list[view.Line]:
            week = week_lines(quiet, days[: days_shown(self.app.size.height)], space, self.face, board.through)
            return board_lines(week, board, space, self.face)

        return lines

    def back(self) -> bool:
        """One step back through history; False at the top."""
        if self._history:
            self.go(self._history.pop(), remember=False)
            return True
        return False

    async def open_item(self, item: ItemId) -> None:
        """Show an item wherever it lives, remembering where one was."""
        task = await self.desk.task(item)
        note = None if task else await self.desk.note(item)
        if task is not None:
            self.go(Stop("tasks", Filter(), task.id, "reader"))
        elif note is not None:
            self.go(Stop("notes", Filter(), note.id, "reader"))
        else:
            doc = await reading.thread_doc(self.desk, item, self.face)
            if doc is None:
                self.say(_("It is not here any more."))
                return
            self.go(Stop("inbox", Filter("all"), doc.subject, "reader"))

    def themes(self) -> Sequence[str]:
        """The names of all themes, ours first."""
        return [*PALETTES, *(name for name in self.app.available_themes if name not in PALETTES)]

    def retheme(self, name: str) -> None:
        """Draw in another theme."""
        self.pens.change(self.palette_named(name))
        self.app.theme = name
        for pane in self.query(Lines):
            pane.forget_strips()
        self.frame_drawn()

    def palette_named(self, name: str) -> Palette:
        """Ours, or one made of a theme of Textual's."""
        from tui.foreign import palette_of

        return PALETTES[name] if name in PALETTES else palette_of(self.app.available_themes[name])


def _inbox(desk: Desk, want: Filter | None) -> Source:
    """The inbox or one of its parts; promises are a list of lines."""
    if want is not None and want.pick == "promises":
        from tui.screens.promised import PromisesSource

        return PromisesSource(desk, want)
    return sources.InboxSource(desk, want)
