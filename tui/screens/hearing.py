"""What the workspace hears: events of the desk, and what its panes say when they are moved or clicked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from leeward.events import ELSEWHERE
from leeward.rows import MessageRow, OutboxRow
from tui import status, view
from tui.bridge import DeskChanged, DeskProgress, DeskTold
from tui.screens import reading
from tui.screens.frame import SIDE
from tui.screens.shown import Shown
from tui.status import Told
from tui.widgets.fence import Fence
from tui.widgets.lines import Lines
from tui.widgets.painted import Painted


class Hearing(Shown):
    """Reads again what changed, and loads more where the cursor comes near an edge."""

    act: Callable[[str], None]
    _parted = False

    async def on_desk_changed(self, message: DeskChanged) -> None:
        """Read again what is on the screen, behind the hand."""
        message.stop()
        self.load(self._tell, "tell")
        if self._listing.source.hears(message.keys):
            self.load(self._again, "again")
        doc = self.doc
        sends = isinstance(doc.row, OutboxRow) or (doc.head is not None and doc.head.coming)
        sending = ("outbox",) if sends else ()
        if not message.keys.isdisjoint((doc.subject, doc.thread, ELSEWHERE, *sending, *doc.made)):
            self.load(self._read_again, "reread")

    def on_desk_told(self, message: DeskTold) -> None:
        """Say once what broke."""
        message.stop()
        told = message.told
        if told.what:
            self.say(status.trouble_of(told.account, told.what, told.do), trouble=True)

    def on_desk_progress(self, message: DeskProgress) -> None:
        """Show long work in the status line."""
        message.stop()
        finished = message.progress.total and message.progress.done >= message.progress.total
        self.told = replace(self.told, progress=None if finished else message.progress)
        self.draw_head()

    async def _ask_first(self) -> Told:
        """What the first frame tells: all but whether it is quiet, which takes more to know."""
        desk = self.desk
        counts = await desk.counts()
        accounts, outbox = tuple(await desk.accounts()), tuple(await desk.outbox())
        return replace(self.told, counts=counts, accounts=accounts, outbox=outbox)

    async def _tell_quiet(self) -> None:
        self.draw_head()  # whether it is quiet may take a moment to know
        self.told = replace(self.told, quiet=await self.desk.quiet())
        self.draw_head()

    async def _tell(self) -> None:
        self.told = await self._ask_first()
        before = dict(self._listing.folds)
        self._listing.folded(self.told.counts)
        if before != self._listing.folds:
            self.list.show(self._listing.items, self.list.cursor)
        self.draw_side()
        await self._tell_quiet()

    async def _again(self, *, all_in: bool = False) -> None:
        listing = self._listing
        here = listing.key_of(self.list.item)
        top = listing.key_of(self.list.items[self.list.top]) if self.list.top < len(self.list.items) else None
        await listing.refresh(all_in=all_in)
        if listing is not self._listing:
            return
        at, top_at = listing.index(here), listing.index(top)
        moved = top_at - self.list.top if top_at is not None else 0
        self.list.empty = listing.source.empty()
        self.list.show(listing.items, self.list.cursor if at is None else at, moved=moved)
        self._titles()
        if at is None and self.part == "reader":
            self._parted = True  # what is being read stays, though its row went
        elif at is None:
            self.follow()

    async def _read_again(self) -> None:
        doc, here = self.doc, self.reader.item
        row = await reading.as_now(self.desk, doc.row)
        if row is None or doc.frozen:
            return
        fresh = await reading.doc_of(self.desk, row, self.face)
        if doc is not self.doc:
            return
        fresh.shown = doc.shown
        self.doc = fresh
        at = fresh.index(here.id) if isinstance(here, MessageRow) else self.reader.cursor
        self._titles()
        written = len(fresh.coming) > len(doc.coming)  # one wants to see the line one has just written
        self.reader.show(fresh.items, self.reader.cursor if at is None else at, top="end" if written else "keep")

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The cursor moved: the reader follows, more is loaded near an edge."""
        message.stop()
        pane = message.pane
        if pane is self.list:
            if message.by_mouse:
                self.focus_part("list")
            self.follow(at_once=message.far)
            self.load_near()
        elif pane is self.reader:
            if message.by_mouse:
                self.focus_part("reader")
            self.load_older()
            self.think()
        elif pane is self.side and message.by_mouse:
            self.focus_part("side")
            self.act("open")
        elif pane is self.panel_pane and self.panel_model is not None:
            if message.by_mouse:
                self.focus_part("list")
            self.panel_model.cursor = pane.cursor
            self.panel_model.moved(pane.item)

    def on_lines_opened(self, message: Lines.Opened) -> None:
        """A double click opens; in the views one click did already."""
        message.stop()
        if message.pane is not self.side:
            self.act("open")

    def on_lines_pressed(self, message: Lines.Pressed) -> None:
        """A click on a view's name goes there."""
        message.stop()
        if message.pane is not self.head or message.line:
            return
        said = view.text_of(self.head.fixed[0])
        for number, (name, title, _count) in enumerate(status.views(self.told.counts), 1):
            start = said.find(f" {number} {title[:1]}")
            if 0 <= start <= message.column < start + len(title) + 6:
                self.act(f"view_{name}")
                return

    def on_painted_brushed(self, message: Painted.Brushed) -> None:
        """The mouse paints on a panel."""
        message.stop()
        if self.panel_model is not None and self.bar_model is None:
            self.panel_model.brush(message.line, message.column, began=message.began)

    def load_near(self) -> None:
        """More rows where the cursor comes near an edge, once the frame of this key is out."""
        feed = self._listing.main
        if self._nearing is not None or (feed.wants(self.list.cursor) is None and not self._listing.opened):
            return
        if self._follow_s:
            self._nearing = asyncio.get_running_loop().call_later(self._follow_s, self._load_near)
        else:
            self._load_near()

    def _load_near(self) -> None:
        self._nearing = None

        async def more() -> None:
            listing = self._listing
            here = listing.key_of(self.list.item)
            moved = await listing.near(self.list.cursor)
            if moved is not None and listing is self._listing:
                at = listing.index(here)
                self.list.show(listing.items, self.list.cursor if at is None else at, moved=moved)

        self.load(more, "near")

    def load_older(self) -> None:
        """More lines of a thread where the cursor comes near an edge."""
        doc = self.doc
        item = self.reader.item
        if doc.feed is None or doc.thread is None or not isinstance(item, MessageRow):
            return
        at = doc.feed.index(item.id)
        ask = doc.feed.wants(at) if at is not None else None
        if ask is None:
            return
        thread, feed = doc.thread, doc.feed

        async def more() -> None:
            page = await self.desk.messages(thread, ask)
            if doc is not self.doc:
                return
            feed.grown(ask, page)
            top, here = self.reader.items[self.reader.top], self.reader.item
            doc.rebuilt(self.face)
            moved = next((at for at, entry in enumerate(doc.items) if entry is top), self.reader.top) - self.reader.top
            cursor = doc.index(here.id) if isinstance(here, MessageRow) else None
            self.reader.show(doc.items, self.reader.cursor if cursor is None else cursor, moved=moved)

        self.load(more, "older")

    def on_fence_dragged(self, message: Fence.Dragged) -> None:
        """The border after the list was pulled."""
        message.stop()
        if message.fence.id == "fence2":
            self.widen_to(message.column)

    def widen_to(self, column: int) -> None:
        """Put the border after the list at a column."""
        self.list_width = max(28, min(column - SIDE - 1, self.app.size.width - SIDE - 32))
        self.load(lambda: self.desk.remember("list width", str(self.list_width)), "habit")
        self.lay()
        self.call_after_refresh(self.frame_drawn)

    def focus_part(self, part: str) -> None:
        """Give a part the focus."""
        if part != self.part:
            self.part = part
            if self._parted:
                self._parted = False
                self.follow()
            self.lay()
            if self.shape == "wide":
                self.light()
                self._titles()
                self.draw_foot()
            else:
                self.call_after_refresh(self.frame_drawn)
