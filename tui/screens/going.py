"""Verbs that move: cursor, panes, views, history."""

from __future__ import annotations

from msgspec.structs import replace

from leeward.rows import MessageRow, OutboxRow, TaskRow
from leeward.words import _
from tui.asks import Filter
from tui.listing import Fold
from tui.screens import reading
from tui.screens.settling import Settling
from tui.screens.workspace import Workspace
from tui.stage import Stop
from tui.widgets.lines import Lines

PARTS = ("side", "list", "reader")


class Going:
    """Moves; none of them marks anything read."""

    def __init__(self, stage: Workspace, settling: Settling) -> None:
        self.stage = stage
        self._settling = settling

    # ---- the cursor ----

    def _pane(self) -> Lines:
        return self.stage.pane()

    def act_down(self) -> None:
        """One item down."""
        self._pane().move(1)

    def act_up(self) -> None:
        """One item up; at the very top it lets new rows in."""
        if not self._pane().move(-1) and self._pane() is self.stage.list and self.stage.listing.waiting:
            self.act_top()

    def act_page(self) -> None:
        """A page down; at the end the next unread."""
        pane = self._pane()
        if not pane.page(1) and pane is not self.stage.panel_pane:
            self.act_next_unread()

    def act_page_up(self) -> None:
        """A page up."""
        self._pane().page(-1)

    def act_top(self) -> None:
        """To the very top; new rows come in."""
        stage = self.stage
        if self._pane() is not stage.list:
            self._edge(end=False)
            return

        async def start() -> None:
            await stage.listing.start()
            stage.list.show(stage.listing.items, 0, top="start")
            stage.frame_drawn()
            stage.follow()

        stage.load(start, "list", opens=True)

    def act_end(self) -> None:
        """To the end, however far."""
        stage = self.stage
        if self._pane() is not stage.list or not stage.listing.main.more_after:
            self._edge(end=True)
            return

        async def end() -> None:
            await stage.listing.start(end=True)
            stage.list.show(stage.listing.items, len(stage.listing.items) - 1, top="end")
            stage.follow()

        stage.load(end, "list", opens=True)

    def _edge(self, *, end: bool) -> None:
        stage, pane = self.stage, self._pane()
        doc = stage.doc
        feed = doc.feed
        if pane is stage.reader and feed is not None and doc.thread and (feed.more_after if end else feed.more_before):
            stage.load(lambda: stage.reopen(end=end), "reader", opens=True)
            return
        pane.edge(end=end)

    # ---- panes ----

    def act_left(self) -> None:
        """The pane to the left."""
        self._step(-1)

    def act_right(self) -> None:
        """The pane to the right."""
        self._step(1)

    def _step(self, by: int) -> None:
        stage = self.stage
        parts = self._parts()
        at = parts.index(stage.part) + by if stage.part in parts else 0
        if 0 <= at < len(parts):
            stage.focus_part(parts[at])

    def _parts(self) -> tuple[str, ...]:
        """The parts one can go to now."""
        panel = self.stage.panel_model
        if panel is not None:
            return ("list",) if panel.lone else ("list", "reader")
        return PARTS[:-1] if self.stage.has_class("alone") else PARTS

    def act_next_part(self) -> None:
        """The next part, round."""
        self._round(1)

    def act_previous_part(self) -> None:
        """The part before, round."""
        self._round(-1)

    def _round(self, by: int) -> None:
        stage = self.stage
        parts = self._parts()
        stage.focus_part(parts[(parts.index(stage.part) + by) % len(parts)] if stage.part in parts else "list")

    # ---- opening and going back ----

    def act_open(self) -> None:
        """Open what the cursor is on."""
        stage = self.stage
        if stage.part == "side":
            self._choose()
        elif stage.part == "reader":
            self._open_entry()
        elif stage.fold is not None:
            self._toggle(stage.fold)
        elif isinstance(stage.row, OutboxRow):
            self._settling.answer(stage.row)
        elif stage.has_class("alone"):
            item = getattr(stage.row, "item", None)
            if item is not None:
                stage.load(lambda: stage.open_item(item), "reader", opens=True)
        elif stage.row is not None:
            stage.focus_part("reader")

    def _choose(self) -> None:
        stage = self.stage
        row = stage.side.item
        account = next((one for one in stage.told.accounts if row and one.account == row.account), None)
        if account is not None and account.trouble:
            self._settling.account(account)
        elif row is not None and row.want is not None:
            stage.go(Stop("inbox", row.want))

    def _toggle(self, fold: Fold) -> None:
        stage = self.stage

        async def toggle() -> None:
            listing = stage.listing
            await listing.open_fold(fold, opened=not fold.opened)
            stage.list.show(listing.items, stage.list.cursor)

        stage.load(toggle, "near", opens=True)

    def _open_entry(self) -> None:
        stage = self.stage
        entry = stage.reader.item
        if isinstance(entry, reading.Para) and entry.link is not None:
            item = entry.link.item
            stage.load(lambda: stage.open_item(item), "reader", opens=True)
        elif isinstance(entry, MessageRow) and stage.doc.longer(entry):
            stage.reader.forget()
        elif getattr(entry, "sending", None):
            self.act_go_outbox()
        elif getattr(entry, "task", None):
            stage.load(lambda: stage.open_item(entry.task), "reader", opens=True)

    def act_back(self) -> None:
        """Out of the panel, the reader, the ticks, the filter; then back through history."""
        stage = self.stage
        if stage.panel_model is not None and stage.part != "reader":
            panel = stage.panel_model
            stage.panel(panel.under)
            panel.left()
        elif stage.notice.display:
            stage.banner("")
        elif stage.part != "list":
            stage.focus_part("list")
        elif stage.listing.ticked:
            stage.listing.ticked.clear()
            stage.redraw()
        elif stage.stop.view != "search" and (stage.listing.source.want.text or stage.listing.source.want.unread):
            want = replace(stage.listing.source.want, text="", unread=False)
            stage.go(Stop(stage.stop.view, want, stage.stop.at), remember=False)
        elif not stage.back() and stage.stop.want not in {None, Filter()}:
            stage.go(Stop("inbox"), remember=False)

    def act_quit(self) -> None:
        """Back; at the top, quit."""
        stage = self.stage
        if stage.panel_model is not None or stage.part != "list":
            self.act_back()
        elif not stage.back():
            stage.app.exit()

    # ---- views ----

    def act_view_inbox(self) -> None:
        """View 1: the inbox."""
        self._view("inbox")

    def act_view_tasks(self) -> None:
        """View 2: the tasks."""
        self._view("tasks")

    def act_view_notes(self) -> None:
        """View 3: the notes."""
        self._view("notes")

    def act_view_sessions(self) -> None:
        """View 4: the sessions."""
        self._view("sessions")

    def act_view_quiet(self) -> None:
        """View 5: the week, what waits and what rang."""
        self._view("quiet")

    def _view(self, name: str) -> None:
        stage = self.stage
        if stage.stop.view == name and stage.stop.want in {None, Filter()}:
            stage.focus_part("list")
            self.act_top()
        else:
            stage.go(Stop(name))

    def act_layout(self) -> None:
        """What else the view can show: tasks of mine or of everybody, all rows or the unread; the row stays."""
        stage = self.stage
        want, here = stage.listing.source.want, stage.stop.at
        if stage.stop.view == "tasks":
            stage.go(Stop("tasks", Filter(mine=not want.mine, text=want.text), here), remember=False)
        elif stage.stop.view == "inbox" and want.pick == "promises":
            stage.go(Stop("inbox", Filter("promises", mine=not want.mine, text=want.text), here), remember=False)
        elif stage.stop.view == "inbox":
            stage.go(Stop("inbox", replace(want, unread=not want.unread), here), remember=False)
        else:
            stage.say(_("This view has one layout."))

    # ---- unread ----

    def act_next_unread(self) -> None:
        """The next unread row, wherever it is."""
        self._unread(back=False)

    def act_previous_unread(self) -> None:
        """The unread row before."""
        self._unread(back=True)

    def _unread(self, *, back: bool) -> None:
        stage = self.stage
        here = stage.listing.key_of(stage.list.item) if stage.stop.view == "inbox" else None
        keep = stage.part

        async def find() -> None:
            row = await stage.desk.next_unread(here, back=back)
            if row is None:
                stage.say(_("Nothing else is unread."))
                return
            at = stage.listing.index(row.id) if stage.stop.view == "inbox" else None
            if at is None:
                stage.go(Stop("inbox", Filter("all"), row.id, keep))
                return
            stage.list.to(at)
            await stage.read(row, force=True)

        stage.load(find, "reader", opens=True)

    # ---- to what belongs to it ----

    def act_go_outbox(self) -> None:
        """What is on its way."""
        self.stage.go(Stop("outbox"))

    def act_go_linked(self) -> None:
        """The task of this line, or the item at the other end of the first link: the thread a task came from."""
        stage = self.stage
        row, message = stage.doc.row, stage.message
        here = row.id if isinstance(row, TaskRow) else stage.doc.thread or stage.doc.subject

        async def follow() -> None:
            goal = message.task if message is not None else None
            links = await stage.desk.links(here) if goal is None and here is not None else ()
            if goal is None and not links:
                stage.say(_("Nothing is linked here. t makes a task of a line, T joins one."))
                return
            await stage.open_item(goal or links[0].item)

        stage.load(follow, "reader", opens=True)

    def act_go_capsule(self) -> None:
        """The captured lines of a task."""
        stage = self.stage
        row = stage.doc.row
        if not isinstance(row, TaskRow):
            stage.say(_("Only a task made of a line has captured lines."))
            return

        async def show() -> None:
            found = await stage.desk.capsule(row.id)
            if found is None:
                stage.say(_("This task was not made of a line."))
                return
            stage.set_doc(reading.capsule_doc(row, found, stage.face))
            stage.focus_part("reader")

        stage.load(show, "reader", opens=True)

    def act_outside(self) -> None:
        """The browser."""
        stage = self.stage
        item = stage.reader.item if stage.part == "reader" else None
        url = getattr(item, "url", None) or getattr(stage.doc.row, "url", None) or getattr(stage.row, "url", None)
        if not url:
            stage.say(_("This has no address outside."))
        elif not stage.app_opens(url):
            stage.say(_("That address is not one to open."), trouble=True)

    def act_copy_link(self) -> None:
        """The address to the clipboard."""
        stage = self.stage
        item = stage.reader.item if stage.part == "reader" else None
        url = getattr(item, "url", None) or getattr(stage.row, "url", None)
        self._copy(url, _("This has no link."))

    def act_copy_text(self) -> None:
        """The text to the clipboard."""
        stage = self.stage
        entry = stage.reader.item if stage.part == "reader" else None
        text = entry.text if isinstance(entry, MessageRow) else getattr(stage.row, "title", None)
        self._copy(text, _("Nothing to copy here."))

    def _copy(self, text: str | None, without: str) -> None:
        if not text:
            self.stage.say(without)
            return
        self.stage.app.copy_to_clipboard(text)
        self.stage.say(_("Handed to the terminal for its clipboard."))
