"""The one screen: a list, a reader that follows it, panels and bars over them. It answers what verbs ask of a stage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from logging import getLogger
from typing import Any

from textual import events
from textual.worker import Worker

from leeward.errors import Trouble
from leeward.model import ItemId
from leeward.rows import InboxRow, MessageRow, NoteRow, TaskRow
from leeward.text import one_line, safe_url
from leeward.words import _
from tui import status, view
from tui.actions import Keymap
from tui.asks import Ask, Filter, Receipt
from tui.bars import Bar, Option
from tui.bridge import Bridge, DeskChanged, DeskProgress, DeskTold
from tui.desk import Desk
from tui.listing import Fold, Listing, Look, Source
from tui.panels import Panel
from tui.screens import reading, sources
from tui.screens.frame import SIDE, Frame
from tui.screens.reading import Doc
from tui.stage import Stop
from tui.status import Told
from tui.theme import PALETTES, Palette
from tui.times import Face
from tui.week import week_lines
from tui.widgets.fence import Fence
from tui.widgets.lines import Lines
from tui.widgets.pens import Pens

FOLLOW_S = 0.05
"""The reader follows once the cursor has rested this long, so that a held key costs the list alone."""


class Workspace(Frame):
    """Everything a person works in."""

    def __init__(self, desk: Desk, keymap: Keymap, pens: Pens, wall: Callable[[Any], Any], follow_s: float) -> None:
        super().__init__(pens)
        self.desk = desk
        self.keymap = keymap
        self.told = Told()
        self.doc = Doc()
        self.key = ""
        self._wall = wall
        self._follow_s = follow_s
        self._following: asyncio.TimerHandle | None = None
        self._history: list[Stop] = []
        self._stop = Stop()
        self._verbs: asyncio.Queue[tuple[Callable[[], Awaitable[Receipt | None]], bool]] = asyncio.Queue()
        self._listing = Listing(sources.InboxSource(desk))
        self._bridge: Bridge | None = None
        self.act: Callable[[str], None] = lambda _verb: None
        self.list.draw_item = self._draw_row
        self.list.above = self._list_above
        self.reader.above = self._reader_above
        self.reader.draw_item = self._draw_entry
        self.reader.rests = lambda entry: not isinstance(entry, reading.Heading)

    # ---- starting ----

    def on_mount(self) -> None:
        """Fill the first page at once, the rest behind it."""
        self._bridge = Bridge(self.desk.listen, self)
        self.lay()
        self._obeying: Worker[None] = self.run_worker(self._obey, group="verbs", exit_on_error=False)
        self.load(self._first, "list")
        self.set_interval(20.0, self.tick)

    def on_unmount(self) -> None:
        """Hear no more."""
        if self._following is not None:
            self._following.cancel()
        if self._bridge is not None:
            self._bridge.close()

    async def _first(self) -> None:
        self.told = await self._ask_all()
        self._listing.folded(self.told.counts.fyi, self.told.counts.fyi_unread)
        await self._listing.start()
        items = self._listing.items
        doc = await self._doc(items[0] if items else None, None)
        with self.app.batch_update():
            self.list.empty = self._listing.source.empty()
            self.list.show(items, 0, top="start")
            self.draw_side()
            self.set_doc(doc)
            self.frame_drawn()

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the panes for the new size."""
        self.lay()
        self.call_after_refresh(self.frame_drawn)

    def tick(self) -> None:
        """The clock moved."""
        self.list.forget()
        self.draw_head()

    def frame_drawn(self) -> None:
        """Draw all that stands around the panes, and their titles."""
        self._titles()
        self.draw_head()
        self.draw_bar()
        self.draw_foot()
        self.light()

    # ---- what verbs ask for ----

    @property
    def face(self) -> Face:  # type: ignore[override]  # the frame declares it as an attribute
        """Now, and the reader's wall clock."""
        return Face(self.desk.now(), self._wall)

    @property
    def stop(self) -> Stop:
        """Where one is."""
        return replace(self._stop, at=self._listing.key_of(self.list.item), part=self.part)

    @property
    def row(self) -> Any:
        """The row under the list's cursor; the heading and nothing are no rows."""
        item = self.list.item
        return None if isinstance(item, Fold) else item

    @property
    def fold(self) -> Fold | None:
        """The FYI heading, if the cursor is on it."""
        item = self.list.item
        return item if isinstance(item, Fold) and self.part == "list" else None

    @property
    def listing(self) -> Listing:
        """The list that is shown."""
        return self._listing

    @property
    def message(self) -> MessageRow | None:
        """The line that is meant."""
        item = self.reader.item
        if self.part == "reader":
            return item if isinstance(item, MessageRow) else None
        rows = [each for each in self.doc.items if isinstance(each, MessageRow) and not each.notice]
        fresh = [each for each in rows if each.unread and not each.mine]
        theirs = [each for each in rows if not each.mine]
        chosen = fresh or theirs or rows
        return chosen[-1] if chosen else None

    def subjects(self) -> Sequence[ItemId]:
        """The ticked rows that are on the list, else the row under the cursor."""
        ticked = [
            id for item in self._listing.items if (id := self._listing.key_of(item)) in self._listing.ticked and id
        ]
        if ticked:
            return ticked
        if self.part == "reader" and self.doc.subject is not None:
            return (self.doc.subject,)
        here = self._listing.key_of(self.list.item)
        return () if here is None else (here,)

    def say(self, text: str, *, trouble: bool = False) -> None:
        """A sentence in the footer, until the next key."""
        self.said = f"! {text}" if trouble else text
        self.draw_foot()

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
            try:
                self._receipt(await verb())
            except Trouble as trouble:
                self.say(str(trouble), trouble=True)
                if left:
                    self.load(self._again, "again")
            except Exception:  # one verb's bug must not stop the next; the log has all of it
                getLogger("leeward").exception("a verb failed")
                self.say(_("That did not work; the log says why."), trouble=True)
            self._verbs.task_done()

    def _receipt(self, receipt: Receipt | None) -> None:
        if receipt is None:
            self.say(_("Nothing to take back."))
        elif receipt.asks:
            self.say(receipt.asks)
        else:
            if receipt.undoable:
                self.undo_hint = one_line(receipt.say, 60)
            self.say(receipt.say, trouble=not receipt.ok)

    def confirm(self, question: str, yes: str, act: Callable[[], None]) -> None:
        """Ask before something that cannot be taken back."""
        self.ask(Bar(question, (Option("enter", yes, act),), chosen=lambda value: value()))

    def load(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        """A read in the background; a newer one of its group ends it."""

        async def guarded() -> None:
            try:
                await work()
            except Trouble as trouble:
                self.say(str(trouble), trouble=True)
            except Exception:  # a reader's bug must not end the program; the log has all of it
                getLogger("leeward").exception("a read failed")
                self.say(_("This could not be shown; the log says why."), trouble=True)

        self._reading: Worker[None] = self.run_worker(guarded, group=group, exclusive=True, exit_on_error=False)

    def ask(self, bar: Bar | None) -> None:
        """Show a bar, or take it away."""
        self.bar_model = bar
        self.draw_bar()
        self.draw_foot()

    def panel(self, panel: Panel | None) -> None:
        """Show a panel in the list's place, or take it away."""
        self.panel_model = panel
        if panel is not None:
            self.part = "list"
            panel.changed = self.draw_panel
            self.panel_pane.draw_item = panel.draw
            self.panel_pane.rests = panel.rests
            self.lay()
            self.draw_panel(start=True)
        else:
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

    # ---- going ----

    def source(self, stop: Stop) -> Source:
        """The list of a stop."""
        desk, want = self.desk, stop.want
        makers: dict[str, Callable[[], Source]] = {
            "inbox": lambda: sources.InboxSource(desk, want),
            "tasks": lambda: sources.TasksSource(desk, want),
            "notes": lambda: sources.NotesSource(desk, want),
            "sessions": sources.SessionsSource,
            "quiet": lambda: sources.QuietSource(desk),
            "outbox": lambda: sources.OutboxSource(desk),
            "search": lambda: sources.FoundSource(desk, stop.text),
        }
        return makers[stop.view]()

    def go(self, stop: Stop, *, remember: bool = True) -> None:
        """Go somewhere; back returns."""
        if remember:
            self._history = [*self._history[-49:], self.stop]
        self._stop, self.part = stop, stop.part
        self._listing = Listing(self.source(stop))
        self.set_class(stop.view in {"quiet", "sessions"}, "alone")
        self.lay()
        self.load(self._arrive, "list")

    async def _arrive(self) -> None:
        listing = self._listing
        counts = self.told.counts
        listing.folded(counts.fyi, counts.fyi_unread)
        await listing.start(self._stop.at)
        above = await self.above(self._stop)
        if listing is not self._listing:
            return
        with self.app.batch_update():
            self._above = above
            self.list.empty = listing.source.empty()
            at = listing.index(self._stop.at)
            self.list.show(listing.items, at or 0, top="cursor" if at else "start")
            self.frame_drawn()
        self.follow(at_once=True)

    _above: Callable[[int], list[view.Line]] | None = None

    async def above(self, stop: Stop) -> Callable[[int], list[view.Line]] | None:
        """Fixed lines over a list; the quiet view has its week there."""
        if stop.view != "quiet":
            return None
        quiet, days = await self.desk.quiet(), await self.desk.quiet_week()
        return lambda space: week_lines(quiet, days, space, self.face)

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

    def focus_part(self, part: str) -> None:
        """Give a part the focus."""
        if part != self.part:
            self.part = part
            self.lay()
            if self.shape == "wide":
                self.light()
                self._titles()
                self.draw_foot()
            else:
                self.call_after_refresh(self.frame_drawn)

    def widen_to(self, column: int) -> None:
        """Put the border after the list at a column."""
        self.list_width = max(28, min(column - SIDE - 1, self.app.size.width - SIDE - 32))
        self.lay()
        self.call_after_refresh(self.frame_drawn)

    def on_fence_dragged(self, message: Fence.Dragged) -> None:
        """The border after the list was pulled."""
        message.stop()
        if message.fence.id == "fence2":
            self.widen_to(message.column)

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

    # ---- the reader follows ----

    def follow(self, *, at_once: bool = False) -> None:
        """Show what the list's cursor is on, once it rests; nothing is marked read by that."""
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if at_once or not self._follow_s:
            self._follow()
        else:
            self._following = asyncio.get_running_loop().call_later(self._follow_s, self._follow)

    def _follow(self) -> None:
        self._following = None
        row = self.row
        self.load(lambda: self.read(row), "reader")

    async def read(self, row: Any, at: ItemId | None = None, *, force: bool = False) -> None:
        """Show a row in the reader, at a line; what is being read stays where it is unless `force`."""
        doc = await self._doc(row, at)
        if not force and doc.subject == self.doc.subject and self.part == "reader" and at is None:
            return
        self.set_doc(doc)

    async def reopen(self, *, end: bool) -> None:
        """The thread that is open, at its end or its beginning."""
        doc = self.doc
        if doc.feed is None or doc.thread is None:
            return
        doc.feed.filled(await self.desk.messages(doc.thread, Ask(reading.FIRST, end=end)))
        doc.rebuilt(self.face)
        self.reader.show(doc.items, len(doc.items) - 1 if end else 0, top="end" if end else "start")

    def set_doc(self, doc: Doc) -> None:
        """Show this in the reader."""
        self.doc = doc
        self.desk.focus((doc.thread,) if doc.thread else ())
        self._titles()
        place = len(doc.items) - 1 if doc.at_end else doc.start
        self.reader.show(doc.items, place, top="end" if doc.at_end else "cursor")
        if self.shape == "narrow":
            self.draw_head()

    async def _doc(self, row: Any, at: ItemId | None) -> Doc:
        found: Doc | None = None
        thread = getattr(row, "thread", None)
        if isinstance(row, InboxRow) and row.thread is None:
            task = await self.desk.task(row.id)
            found = reading.task_doc(task, self.face) if task is not None else None
        elif isinstance(row, TaskRow):
            found = reading.task_doc(row, self.face)
        elif isinstance(row, NoteRow):
            found = reading.note_doc(row, self.face)
        elif thread is not None:
            near = at or (row.id if row.type == "message" else None)
            found = await reading.thread_doc(self.desk, thread, self.face, near)
        elif row is not None and getattr(row, "type", None) in {"task", "note"}:
            task = await self.desk.task(row.id) if row.type == "task" else None
            note = await self.desk.note(row.id) if row.type == "note" else None
            found = reading.task_doc(task, self.face) if task else reading.note_doc(note, self.face) if note else None
        return found or Doc()

    def _draw_row(self, item: Any, space: int) -> Sequence[view.Line]:
        if isinstance(item, Fold):
            return (view.fold(item.count, item.unread, space, opened=item.opened),)
        return self._listing.source.draw(item, space, Look(self.face, self.two_lines, frozenset(self._listing.ticked)))

    def _draw_entry(self, entry: reading.Entry, space: int) -> Sequence[view.Line]:
        return reading.draw(entry, space, self.face)

    def _titles(self) -> None:
        self.list.redraw()
        self.reader.redraw()

    def _list_above(self, space: int) -> list[view.Line]:
        waiting, ticked = self._listing.waiting, len(self._listing.ticked)
        _name, title, want = self.where()
        end = _("{n} new, g g lets them in").format(n=waiting) if waiting else ""
        end = _("{n} ticked").format(n=ticked) if ticked and not end else end
        shown = f"{title} · {one_line(want.text, 30)}" if want.text else title
        ink = "strong" if self.pane() is self.list else "bold"
        above = self._above(space) if self._above is not None else []
        if self.shape != "wide" and not end and not want.text:
            return above
        return [view.spread(((shown, ink),), ((end, "accent"),), space), *above]

    def _reader_above(self, space: int) -> list[view.Line]:
        doc = self.doc
        if self.shape == "middle":
            return [view.rule(view.text_of(doc.title), space, view.text_of(doc.title_end))]
        if self.shape == "narrow":
            return []
        lively = self.part == "reader"
        spans = ((text, "strong" if n == 0 and lively else ink) for n, (text, ink) in enumerate(doc.title))
        return [view.spread(spans, doc.title_end, space)]

    def where(self) -> tuple[str, str, Filter]:
        """The view's name, title and filter."""
        want = self._listing.source.want
        titles = {
            "inbox": {"later": _("Later"), "waiting": _("Waiting"), "promises": _("Promises")}.get(
                want.pick, _("Inbox")
            ),
            "tasks": _("Tasks, mine") if want.mine else _("Tasks, all"),
            "notes": _("Notes"),
            "sessions": _("Sessions"),
            "quiet": _("Quiet"),
            "outbox": _("Outbox"),
            "search": _("Search"),
        }
        title = titles[self._stop.view]
        if want.tiers is not None:
            title = " ".join(view.tier_word(tier) for tier in sorted(want.tiers))
        elif want.account:
            title = want.account
        return self._stop.view, title, want

    def reader_title(self) -> str:
        """What the reader holds."""
        return self.doc.title[0][0] if self.doc.title else ""

    def reader_end(self) -> view.Line:
        """How many lines are new there."""
        return self.doc.title_end

    def scope(self) -> str:
        """Which keys are alive."""
        if self.bar_model is not None:
            return "line"
        if self.has_class("writing"):
            return "composer"
        if self.panel_model is not None and self.part != "reader":
            return self.panel_model.scope
        return self._listing.source.scope

    # ---- what the desk says ----

    async def on_desk_changed(self, message: DeskChanged) -> None:
        """Read again what is on the screen, behind the hand."""
        message.stop()
        self.load(self._tell, "tell")
        if self._listing.source.hears(message.keys):
            self.load(self._again, "again")
        doc = self.doc
        if doc.subject in message.keys or doc.thread in message.keys:
            self.load(self._read_again, "reread")

    def on_desk_told(self, message: DeskTold) -> None:
        """Say once what broke."""
        message.stop()
        if message.told.what:
            self.say(f"{message.told.account}: {message.told.what} {message.told.do}".strip(), trouble=True)

    def on_desk_progress(self, message: DeskProgress) -> None:
        """Show long work in the status line."""
        message.stop()
        finished = message.progress.total and message.progress.done >= message.progress.total
        self.told = replace(self.told, progress=None if finished else message.progress)
        self.draw_head()

    async def _ask_all(self) -> Told:
        desk = self.desk
        counts, quiet = await desk.counts(), await desk.quiet()
        accounts, outbox = tuple(await desk.accounts()), tuple(await desk.outbox())
        return replace(self.told, counts=counts, quiet=quiet, accounts=accounts, outbox=outbox)

    async def _tell(self) -> None:
        self.told = await self._ask_all()
        counts = self.told.counts
        before = self._listing.fold
        self._listing.folded(counts.fyi, counts.fyi_unread)
        if before != self._listing.fold:
            self.list.show(self._listing.items, self.list.cursor)
        self.draw_side()
        self.draw_head()

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
        if at is None:
            self.follow()

    async def _read_again(self) -> None:
        doc, here = self.doc, self.reader.item
        fresh = await self._doc(doc.row, None)
        if doc is not self.doc:
            return
        self.doc = fresh
        at = fresh.index(here.id) if isinstance(here, MessageRow) else self.reader.cursor
        self._titles()
        self.reader.show(fresh.items, self.reader.cursor if at is None else at)

    # ---- panes tell ----

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The cursor moved: the reader follows, more is loaded near an edge."""
        message.stop()
        pane = message.pane
        if pane is self.list:
            if message.by_mouse:
                self.focus_part("list")
            self.follow()
            self.load_near()
        elif pane is self.reader:
            if message.by_mouse:
                self.focus_part("reader")
            self.load_older()
        elif pane is self.panel_pane and self.panel_model is not None:
            self.panel_model.cursor = pane.cursor
            self.panel_model.moved(pane.item)

    def on_lines_opened(self, message: Lines.Opened) -> None:
        """A double click opens."""
        message.stop()
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

    def load_near(self) -> None:
        """More rows where the cursor comes near an edge."""

        async def more() -> None:
            listing = self._listing
            here = listing.key_of(self.list.item)
            moved = await listing.near(self.list.cursor)
            if moved is not None and listing is self._listing:
                at = listing.index(here)
                self.list.show(listing.items, self.list.cursor if at is None else at, moved=moved)

        feed = self._listing.main
        if feed.wants(self.list.cursor) is not None or self._listing.opened:
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
