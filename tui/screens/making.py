"""Verbs that tie: a task of a line, a line to a task, splitting and joining threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from leeward.model import Instant, ItemId, Keep
from leeward.rows import LinkRow, TaskRow
from leeward.text import one_line
from leeward.words import _
from tui import view
from tui.asks import Ask, CaptureDraft, Filter, Receipt, ThreadHead
from tui.bars import Bar, Option
from tui.keeping import Keeper
from tui.screens.workspace import Workspace
from tui.times import DAY

if TYPE_CHECKING:
    from tui.screens.capture_panel import CapturePanel

_NO_TASK = Receipt(_("Only tasks are carried."), undoable=False)
OFFERED = 600
"""Tasks among which a line's own is found by words of its title."""


class Making:
    """What `t T` do, and the palette's verbs on threads and links."""

    def __init__(self, stage: Workspace) -> None:
        self.stage = stage
        self.keeper = Keeper(stage)

    def act_task(self) -> None:
        """The capture panel for the line that is meant."""
        from tui.screens.capture_panel import CapturePanel, Choices

        stage = self.stage
        message = stage.message
        if message is None:
            stage.no_line(_("There is no line to make a task of. In Tasks (2) c writes a task of its own."))
            return
        line = message.id

        async def show() -> None:
            desk = stage.desk
            context, targets, people, words = await asyncio.gather(
                desk.context(line), desk.targets(line), desk.people("", line), desk.draft_load(_draft(line))
            )
            if context.task is not None:
                self._again(context.task, line)
                return
            doc = stage.doc
            head = doc.head
            seen = (doc.thread, doc.feed.rows[-1].id) if doc.thread and doc.feed and doc.feed.rows else None
            place = f"{head.row.place} ({view.audience_words(head.audience)})" if head is not None else ""

            def make(draft: CaptureDraft) -> None:
                self._make(panel, draft, seen)

            panel = CapturePanel(
                context,
                Choices(targets, people[:8]),
                one_line(place, 60),
                lambda: stage.face,
                make,
                desk.due_words,
                lambda typed: self.keeper.typed(_draft(line), typed),
                stage.ask,
            )
            if words:
                panel.recall(words)
            stage.panel(panel)
            stage.panel_pane.show(panel.items, panel.cursor, top="cursor")

        stage.load(show, "panel")

    def _make(self, panel: CapturePanel, draft: CaptureDraft, seen: tuple[ItemId, ItemId] | None) -> None:
        stage = self.stage

        async def capture() -> Receipt:
            receipt = await stage.desk.capture(draft)
            await self.keeper.forget(_draft(draft.message))
            if seen is not None:
                await stage.desk.read(*seen)
            return receipt

        def send() -> None:
            stage.panel(None)
            stage.do(capture)

        target = panel.choices.targets[panel.target] if panel.choices.targets else None
        if target is not None and target.wider:
            stage.confirm(target.wider, _("make it all the same"), send)
        else:
            send()

    def _again(self, task: ItemId, line: ItemId) -> None:
        stage = self.stage

        def chosen(value: str) -> None:
            if value == "see":
                stage.load(lambda: stage.open_item(task), "reader")
            else:
                stage.do(lambda: stage.desk.capture(CaptureDraft(line, (line,), "", again=True)))

        options = (Option("enter", _("see it"), "see"), Option("2", _("make another"), "again"))
        stage.ask(Bar(_("This line is a task already."), options, chosen))

    def act_each(self) -> None:
        """One task each of the ticked rows' newest lines."""
        stage = self.stage
        rows = [row for row in stage.listing.items if stage.listing.key_of(row) in stage.listing.ticked]
        threads = [row.thread for row in rows if getattr(row, "thread", None)]
        if not threads:
            stage.say(_("Tick threads with x first."))
            return

        async def make() -> Receipt:
            made = 0
            for thread in threads:
                head = await stage.desk.head(thread)
                line = await self._newest(head)
                if head is None or line is None:
                    continue
                context = await stage.desk.context(line)
                lines = tuple(mark.id for mark in context.marks) or (line,)
                await stage.desk.capture(CaptureDraft(line, lines, context.title or head.row.title))
                made += 1
            return Receipt(_("{n} tasks made").format(n=made))

        stage.do(make)

    async def _newest(self, head: ThreadHead | None) -> ItemId | None:
        """The line a thread's task is made of: its first unread one, else its last."""
        if head is None or head.first_unread is not None or head.row.thread is None:
            return head.first_unread if head is not None else None
        rows = (await self.stage.desk.messages(head.row.thread, Ask(1, end=True))).rows
        return rows[-1].id if rows else None

    def act_join(self) -> None:
        """Tie the line to a task that exists."""
        stage = self.stage
        message = stage.message
        if message is None:
            stage.no_line(_("There is no line to tie to a task."))
            return
        line = message.id

        async def show() -> None:
            near = (await stage.desk.tasks(Ask(OFFERED), Filter(mine=False))).rows

            def chosen(task: TaskRow) -> None:
                stage.do(lambda: stage.desk.attach(line, task.id))

            def fits(text: str) -> list[TaskRow]:
                words = text.casefold().split()
                return [row for row in near if all(word in row.title.casefold() for word in words)]

            def shown(text: str) -> str:
                names = " · ".join(one_line(row.title, 30) for row in fits(text)[:4]) if text.strip() else " "
                return names or _("No task of that name.")

            def typed(text: str) -> str | None:
                found = fits(text)
                named = [row for row in found if row.title.casefold() == text.strip().casefold()] or found
                if len(named) != 1 or not text.strip():
                    return shown(text)
                chosen(named[0])
                return None

            options = [Option(str(n), one_line(row.title, 28), row) for n, row in enumerate(near[:6], 1)]
            stage.ask(Bar(_("JOIN"), options, chosen, typed, shown, hint=_("or type words of its title")))

        stage.load(show, "bar")

    def act_split(self) -> None:
        """A thread of its own from this line on."""
        stage = self.stage
        message = stage.message
        if message is None or stage.part != "reader":
            stage.no_line(_("Put the cursor on the line where it should begin."))
            return
        line = message.id
        stage.do(lambda: stage.desk.split(line))

    def act_join_threads(self) -> None:
        """The two ticked threads become one."""
        stage = self.stage
        threads = [
            row.thread
            for row in stage.listing.items
            if stage.listing.key_of(row) in stage.listing.ticked and getattr(row, "thread", None)
        ]
        if len(threads) != 2:
            stage.say(_("Tick two threads with x first."))
            return
        stage.do(lambda: stage.desk.join(threads[0], threads[1]))

    def act_links(self) -> None:
        """What each link keeps in step."""
        from tui.screens.sheet_panels import LinksPanel

        stage = self.stage
        row = stage.doc.row
        if row is None:
            stage.say(_("Nothing is chosen."))
            return

        def keep(link: LinkRow, what: Keep) -> None:
            stage.do(lambda: stage.desk.keep(link.id, what))

        def opened(link: LinkRow) -> None:
            stage.panel(None)
            stage.load(lambda: stage.open_item(link.item), "reader")

        async def show() -> None:
            links = await stage.desk.links(row.id)
            lacks = {str(link.id): await stage.desk.lacks(link.item) for link in links}
            stage.panel(LinksPanel(row.title, links, lacks, keep, opened))

        stage.load(show, "panel")

    def act_unpush(self) -> None:
        """Take back what a link carried over last."""
        self._of_link(_("TAKE BACK"), self.stage.desk.unpush)

    def act_unlink(self) -> None:
        """Take a link of this away."""
        self._of_link(_("UNLINK"), self.stage.desk.unlink)

    def _of_link(self, title: str, verb: Callable[[ItemId], Awaitable[Receipt]]) -> None:
        """Do something with one of the links of this."""
        stage = self.stage
        row = stage.doc.row

        async def show() -> None:
            links = await stage.desk.links(row.id) if row is not None else ()
            if not links:
                stage.say(_("Nothing is linked here."))
                return
            options = [Option(str(n), one_line(link.title, 40), link.id) for n, link in enumerate(links[:9], 1)]
            stage.ask(Bar(title, options, lambda link: stage.do(lambda: verb(link))))

        stage.load(show, "bar")

    def act_carry_right(self) -> None:
        """A task's next status."""
        self._carry(1)

    def act_carry_left(self) -> None:
        """A task's status before."""
        self._carry(-1)

    def act_carry_up(self) -> None:
        """A task is due a day sooner."""
        self._shift(-1)

    def act_carry_down(self) -> None:
        """A task is due a day later."""
        self._shift(1)

    def _shift(self, by: int) -> None:
        stage = self.stage

        async def shift() -> Receipt:
            row = await stage.task_meant()
            if row is None:
                return _NO_TASK
            if row.due is None:
                return Receipt(_("This has no due to carry: i gives it one."), undoable=False)
            due = row.due + timedelta(days=by) if isinstance(row.due, date) else Instant(row.due + by * DAY)
            return await stage.desk.set_task(row.id, {"due": due})

        stage.do(shift)

    def _carry(self, by: int) -> None:
        from leeward.model import Status

        stage = self.stage
        order = tuple(Status)

        async def carry() -> Receipt:
            row = await stage.task_meant()
            if row is None:
                return _NO_TASK
            at = order.index(row.status) + by
            if not 0 <= at < len(order):
                said = _("It is {status} already.").format(status=view.status_word(row.status))
                return Receipt(said, undoable=False)
            return await stage.desk.set_task(row.id, {"status": order[at]})

        stage.do(carry)


def _draft(line: ItemId) -> str:
    """The key under which what is typed in a line's panel is kept."""
    return f"capture:{line}"
