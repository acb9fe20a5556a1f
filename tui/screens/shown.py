"""What the workspace shows: the list of a view, and the reader that follows its cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from logging import getLogger
from typing import TYPE_CHECKING, Any

from textual import events
from textual.worker import Worker

from leeward.errors import Trouble
from leeward.ids import own_id
from leeward.model import ItemId, ItemType
from leeward.rows import InboxRow, MessageRow, PromiseRow, TaskRow
from leeward.text import one_line
from leeward.words import _
from tui import view
from tui.actions import Keymap
from tui.asks import Ask, Filter
from tui.listing import Fold, Listing, Look
from tui.screens import reading, sources
from tui.screens.frame import Frame
from tui.screens.reading import Doc
from tui.stage import Stop
from tui.status import Told
from tui.times import Face
from tui.view import text_of
from tui.widgets.contained import card
from tui.widgets.pens import Pens

if TYPE_CHECKING:
    from tui.desk import Desk


FOLLOW_S = 0.05
"""The reader follows once the cursor has rested this long, so that a held key costs the list alone."""

OPENS = frozenset({"bar", "panel", "composer"})
"""Groups of reads that open something which takes keys."""

THINK_S = 0.3
TOGETHER_S = 0.012
"""After a page the list waits this long for the reader, so that the screen changes once."""


class Shown(Frame):
    """The list and the reader, and what stands above them."""

    def __init__(self, desk: Desk, keymap: Keymap, pens: Pens, wall: Callable[[Any], Any], follow_s: float) -> None:
        super().__init__(pens)
        self.desk = desk
        self.keymap = keymap
        self.told = Told()
        self.doc = Doc()
        self._wall = wall
        self._follow_s = follow_s
        self._following: asyncio.TimerHandle | None = None
        self._followed: Worker[None] | None = None
        self.astray = False
        self._opening: asyncio.Event | None = None
        self._thinking: asyncio.TimerHandle | None = None
        self._nearing: asyncio.TimerHandle | None = None
        self._holding: tuple[ExitStack, asyncio.TimerHandle] | None = None
        self._footed = ""
        self._stop = Stop()
        self._listing = Listing(sources.InboxSource(desk))
        self._above: Callable[[int], list[view.Line]] | None = None
        self.list.draw_item = self._draw_row
        self.list.above = self._list_above
        self.reader.above = self._reader_above
        self.reader.draw_item = self._draw_entry
        self.reader.rests = lambda entry: not isinstance(entry, reading.Heading)

    @property
    def face(self) -> Face:
        """Now, and the reader's wall clock."""
        return Face(self.desk.now(), self._wall)

    @property
    def row(self) -> Any:
        """The row under the list's cursor; the heading and nothing are no rows."""
        item = self.list.item
        return None if isinstance(item, Fold) else item

    @property
    def fold(self) -> Fold | None:
        """The heading of folded rows, if the cursor is on it."""
        item = self.list.item
        return item if isinstance(item, Fold) and self.part == "list" else None

    @property
    def listing(self) -> Listing:
        """The list that is shown."""
        return self._listing

    @property
    def message(self) -> MessageRow | None:
        """The line that is meant; never one that its service does not show yet, since nothing can be tied to that."""
        item = self.reader.item
        if self.part != "reader" and isinstance(self.row, PromiseRow):
            return self.row.line
        if self.part == "reader":
            return item if isinstance(item, MessageRow) and item.sending is None else None
        lines = [each for each in self.doc.items if isinstance(each, MessageRow)]
        rows = [each for each in lines if not each.notice and each.sending is None]
        fresh = [each for each in rows if each.unread and not each.mine]
        theirs = [each for each in rows if not each.mine]
        chosen = fresh or theirs or rows
        return chosen[-1] if chosen else None

    def no_line(self, said: str) -> None:
        """Say why no line is meant: the one under the cursor is on its way, or `said`."""
        if self.part == "reader" and getattr(self.reader.item, "sending", None) is not None:
            said = _("Its service does not show this line yet, so nothing can be made of it. g o shows the outbox.")
        self.say(said)

    async def task_meant(self) -> TaskRow | None:
        """The task that is read, or the one of the row under the cursor, as it is now; None where it is no task."""
        row = self.doc.row if self.part == "reader" else self.row
        if isinstance(row, TaskRow) or (isinstance(row, InboxRow) and row.type is ItemType.TASK):
            return await self.desk.task(row.id)
        return None

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

    def load(self, work: Callable[[], Awaitable[None]], group: str, *, opens: bool = False) -> Worker[None]:
        """A read in the background; a newer one of its group ends it. Keys wait for what `opens` something."""
        done = asyncio.Event()
        if opens or group in OPENS:
            self._opening = done

        async def guarded() -> None:
            try:
                await work()
            except Trouble as trouble:
                self.say(str(trouble), trouble=True)
            except Exception:  # a read's bug must not end the program; the log has all of it
                name = own_id()[:8]
                getLogger("leeward").exception("bug %s: a read failed", name)
                self._not_shown(group, name)
            finally:
                done.set()

        return self.run_worker(guarded, group=group, exclusive=True, exit_on_error=False)

    @property
    def opening(self) -> bool:
        """Whether something that the next key may be meant for is still being opened."""
        return self._opening is not None and not self._opening.is_set()

    def is_open(self) -> None:
        """What is being opened can take keys, though more of it is still to come."""
        if self._opening is not None:
            self._opening.set()

    async def opened(self) -> None:
        """Wait until nothing is being opened."""
        while self._opening is not None and not self._opening.is_set():
            await self._opening.wait()

    @property
    def behind(self) -> bool:
        """Whether the reader does not show the row under the list's cursor yet; `astray`: nobody told it to so far."""
        under_way = self._followed is not None and not self._followed.is_finished
        return self.astray or self._following is not None or under_way

    async def catch_up(self) -> None:
        """Let the reader show the row under the list's cursor now."""
        if self._following is not None:
            self._following.cancel()
        self._following, self._followed, self.astray = None, None, False
        await self.read(self.row)

    def _not_shown(self, group: str, name: str) -> None:
        """A card where something would stand; elsewhere a sentence."""
        self.say(_("This could not be shown ({id}); the log says why.").format(id=name), trouble=True)
        if group == "list":
            self.list.empty = card(name, self.list.space)
            self.list.show((), 0)

    def follow(self, *, at_once: bool = False) -> None:
        """Show what the list's cursor is on, once it rests; nothing is marked read by that."""
        if self._following is not None:
            self._following.cancel()
            self._following = None
        self.astray = False
        if not self._follow_s:
            self._follow()
        elif at_once:
            row = self.row
            self._hold()
            self._followed = self.load(lambda: self._together(row), "reader")
        else:
            self._following = asyncio.get_running_loop().call_later(self._follow_s, self._follow)

    def _follow(self) -> None:
        self._following, self.astray = None, False
        row = self.row
        self._followed = self.load(lambda: self.read(row), "reader")

    async def _together(self, row: Any) -> None:
        """List and reader in one frame."""
        try:
            await self.read(row)
            self.reader.drawn()
        finally:
            self._release()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The first frame: styles were read a moment ago, and the sizes that panes are told now change nothing on it."""
        event.refresh_styles = False
        self.call_next(self._hold)

    def _hold(self) -> None:
        """Paint nothing before `_release`, or for that long."""
        if self._holding is None:
            batch = ExitStack()
            batch.enter_context(self.app.batch_update())
            self._holding = batch, asyncio.get_running_loop().call_later(TOGETHER_S, self._release)

    def _release(self) -> None:
        if self._holding is not None:
            batch, timer = self._holding
            self._holding = None
            timer.cancel()
            batch.close()

    async def read(self, row: Any, at: ItemId | None = None, *, force: bool = False) -> None:
        """Show a row in the reader, at a line; what is being read stays where it is unless `force`."""
        doc = await self.doc_or_card(row, at)
        if not force and doc.subject == self.doc.subject and self.part == "reader" and at is None:
            return
        self.set_doc(doc)

    async def doc_or_card(self, row: Any, at: ItemId | None = None) -> Doc:
        """What the reader shows for a row; a card where a bug keeps it from that."""
        try:
            return await reading.doc_of(self.desk, row, self.face, at)
        except Trouble:
            raise
        except Exception:  # one item's bug must not take the rest with it; the log has all of it
            name = own_id()[:8]
            getLogger("leeward").exception("bug %s: a read failed", name)
            said = text_of(card(getattr(row, "id", None) or name, 200)[0])
            return Doc(items=[reading.Para(said, ink="bold")], row=row)

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
        place = len(doc.items) - 1 if doc.at_end else doc.start
        self.reader.show(doc.items, place, top="end" if doc.at_end else "cursor")
        if self.shape == "narrow":
            self.draw_head()
        if self._footed != self.scope():  # a task is not answered, a line is not assigned
            self.draw_foot()
        self.think()

    def think(self) -> None:
        """Once the hand rests on a line, work out what would belong to a task of it."""
        if self._thinking is not None:
            self._thinking.cancel()
        self._thinking = asyncio.get_running_loop().call_later(THINK_S, self._think)

    def _think(self) -> None:
        self._thinking = None
        line = self.message
        if line is not None and self.panel_model is None:
            self.desk.think_ahead(line.id)

    def _draw_row(self, item: Any, space: int) -> Sequence[view.Line]:
        if isinstance(item, Fold):
            return (view.fold(item.name, (item.count, item.unread), space, opened=item.opened),)
        return self._listing.source.draw(item, space, Look(self.face, self.two_lines, frozenset(self._listing.ticked)))

    def _draw_entry(self, entry: reading.Entry, space: int) -> Sequence[view.Line]:
        most = self.doc.shown.get(entry.id, view.PREVIEW) if isinstance(entry, MessageRow) else view.PREVIEW
        return reading.draw(entry, space, self.face, most)

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
        if want.pick == "promises" and want.mine:
            title = _("Promises, mine")
        if want.tiers is not None:
            title = " ".join(view.tier_word(tier) for tier in sorted(want.tiers))
        elif want.account:
            title = want.account
        if want.unread:
            title = _("{title}, unread").format(title=title)
        return self._stop.view, title, want

    def reader_title(self) -> str:
        """What the reader holds."""
        return self.doc.title[0][0] if self.doc.title else ""

    def reader_end(self) -> view.Line:
        """How many lines are new there."""
        return self.doc.title_end

    def frame_drawn(self) -> None:
        """Draw all that stands around the panes, and their titles."""
        self._titles()
        self.draw_head()
        self.draw_bar()
        self.draw_foot()
        self.light()

    def draw_foot(self) -> None:
        """What can be pressed, or what was said."""
        self._footed = self.scope()
        super().draw_foot()

    def scope(self) -> str:
        """Which keys are alive."""
        if self.bar_model is not None:
            return self.bar_model.scope
        if self.has_class("writing"):
            return "composer"
        if self.panel_model is not None and self.part != "reader":
            return self.panel_model.scope if self.panel_model.field is None else "line"
        scope = self._listing.source.scope
        if self.part == "reader" and scope in {"inbox", "work"} and isinstance(self.doc.row, TaskRow):
            return "tasks"
        task = isinstance(self.row, InboxRow) and self.row.type is ItemType.TASK
        return "tasks" if scope == "inbox" and task and not isinstance(self.message, MessageRow) else scope
