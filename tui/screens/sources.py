"""The lists: what each loads, how its rows are drawn, and what it says when it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leeward.model import ItemId
from leeward.rows import Found, InboxRow, NoteRow, OutboxRow, TaskRow
from leeward.words import _
from tui import times, view
from tui.asks import Ask, Filter, Page, Rang
from tui.listing import Look
from tui.view import Line
from tui.wrap import left

if TYPE_CHECKING:
    from tui.desk import Desk


def said(*lines: str) -> Sequence[Line]:
    """An empty state: a sentence a line, the first in usual text."""
    return ((), *(((f" {line}", "text" if number == 0 else "dim"),) for number, line in enumerate(lines)))


def unfit(what: str, want: Filter) -> Sequence[Line] | None:
    """What an empty list says where a filter emptied it; None where there is none."""
    return said(what, _("Esc takes the filter away.")) if want.text or want.unread else None


class InboxSource:
    """Threads, mentions, assigned and due."""

    name = "inbox"
    scope = "inbox"
    folds = True

    def __init__(self, desk: Desk, want: Filter | None = None) -> None:
        self.desk = desk
        self.want = want or Filter()

    async def load(self, ask: Ask, want: Filter) -> Page[InboxRow]:
        """Rows by tier, then due."""
        return await self.desk.inbox(ask, want)

    def key(self, row: InboxRow) -> ItemId:
        """The row's id."""
        return row.id

    def draw(self, row: InboxRow, space: int, look: Look) -> Sequence[Line]:
        """One or two lines."""
        ticked = row.id in look.ticked
        if look.two:
            return view.inbox_two(row, space, look.face, ticked=ticked)
        return (view.inbox_one(row, space, look.face, ticked=ticked),)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        filtered = unfit(_("Nothing here fits the filter."), self.want)
        return filtered or {
            "inbox": said(
                _("Nothing waits for you."),
                _("Threads, mentions and what is assigned to you arrive here."),
                _("g a connects an account, c writes something new."),
            ),
            "later": said(_("Nothing is put off."), _("s on a thread puts it off until a time you say.")),
            "waiting": said(_("You wait for nobody."), _("Threads whose next word is somebody else's stand here.")),
        }.get(self.want.pick, said(_("Nothing here.")))

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of the inbox."""
        return "inbox" in keys


class TasksSource:
    """Tasks of all accounts."""

    name = "tasks"
    scope = "tasks"
    folds = False

    def __init__(self, desk: Desk, want: Filter | None = None) -> None:
        self.desk = desk
        self.want = want or Filter(mine=True)

    async def load(self, ask: Ask, want: Filter) -> Page[TaskRow]:
        """By status, tier, then due."""
        return await self.desk.tasks(ask, want)

    def key(self, row: TaskRow) -> ItemId:
        """The task's id."""
        return row.id

    def draw(self, row: TaskRow, space: int, look: Look) -> Sequence[Line]:
        """One or two lines."""
        ticked = row.id in look.ticked
        if look.two:
            return view.task_two(row, space, look.face, ticked=ticked)
        return (view.task_one(row, space, look.face, ticked=ticked),)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        filtered = unfit(_("No task here fits the filter."), self.want)
        makes = _("t on a line of a thread makes one, c writes one.")
        if self.want.mine:
            return filtered or said(_("No task is yours."), _("v shows those of everybody."), makes)
        return filtered or said(_("No tasks here."), makes)

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of tasks."""
        return "tasks" in keys


class NotesSource:
    """Pages, docs, decisions, minutes."""

    name = "notes"
    scope = "notes"
    folds = False

    def __init__(self, desk: Desk, want: Filter | None = None) -> None:
        self.desk = desk
        self.want = want or Filter()

    async def load(self, ask: Ask, want: Filter) -> Page[NoteRow]:
        """Newest first."""
        return await self.desk.notes(ask, want)

    def key(self, row: NoteRow) -> ItemId:
        """The note's id."""
        return row.id

    def draw(self, row: NoteRow, space: int, look: Look) -> Sequence[Line]:
        """One or two lines."""
        ticked = row.id in look.ticked
        if look.two:
            return view.note_two(row, space, look.face, ticked=ticked)
        return (view.note_one(row, space, look.face, ticked=ticked),)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        filtered = unfit(_("No note here fits the filter."), self.want)
        return filtered or said(
            _("No notes here."), _("m n on a thread begins one, m d a decision, m m minutes; c an empty one.")
        )

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of notes."""
        return "notes" in keys


class SessionsSource:
    """Asynchronous team sessions; none are held yet."""

    name = "sessions"
    scope = "sessions"
    folds = False
    want = Filter()

    async def load(self, ask: Ask, want: Filter) -> Page[Any]:  # noqa: ARG002 -- the seam hands it in
        """Nothing yet."""
        return Page()

    def key(self, row: Any) -> ItemId:
        """The row's id."""
        return ItemId(str(row.id))

    def draw(self, row: Any, space: int, look: Look) -> Sequence[Line]:  # noqa: ARG002 -- the seam hands it in
        """Nothing yet."""
        return ()

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        return said(
            _("No session is held."),
            _("A question to the team, 48 hours for ideas, then votes and tasks: they will stand here."),
        )

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of sessions."""
        return "sessions" in keys


class OutboxSource:
    """Every change that still has to reach a service."""

    name = "outbox"
    scope = "outbox"
    folds = False
    want = Filter()

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def load(self, ask: Ask, want: Filter) -> Page[OutboxRow]:  # noqa: ARG002 -- it is always short
        """All of them."""
        return Page(tuple(await self.desk.outbox()))

    def key(self, row: OutboxRow) -> ItemId:
        """The row's number as an id."""
        return ItemId(f"outbox-{row.row}")

    def draw(self, row: OutboxRow, space: int, look: Look) -> Sequence[Line]:
        """What, where and how it stands; below it why, where there is room."""
        if not look.two:
            return (view.outbox_one(row, space),)
        return view.outbox_two(row, space)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        return said(_("All sent."), _("What you write waits here until its service has it."))

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of the outbox."""
        return "outbox" in keys


class FoundSource:
    """Search hits."""

    name = "search"
    scope = "work"
    folds = False

    def __init__(self, desk: Desk, text: str = "") -> None:
        self.desk = desk
        self.want = Filter(text=text)

    async def load_text(self, text: str) -> Page[Found]:
        """The hits of a text."""
        return await self.load(Ask(60), Filter(text=text))

    async def load(self, ask: Ask, want: Filter) -> Page[Found]:
        """Newest first; nothing below two letters."""
        if len(want.text.strip()) < 2:
            return Page()
        return Page(tuple(await self.desk.search(want.text, ask.limit)))

    def key(self, row: Found) -> ItemId:
        """The hit's id."""
        return row.id

    def draw(self, row: Found, space: int, look: Look) -> Sequence[Line]:
        """Title and the words around the match."""
        return view.found_two(row, space, look.face)

    def empty(self) -> Sequence[Line]:
        """What to type."""
        if len(self.want.text.strip()) < 2:
            return said(
                _("Type two letters or more."),
                _("is:task is:note is:decision   by:ana   in:#ops   before: after:2026-11-01"),
            )
        return said(_("Nothing found."), _("Fewer words find more; is: by: in: before: after: narrow."))

    def hears(self, keys: frozenset[str]) -> bool:
        """Not while one reads the hits."""
        return bool(keys & {"search"})


class QuietSource:
    """What rang and what waited, below the week."""

    name = "quiet"
    scope = "quiet"
    folds = False

    def __init__(self, desk: Desk, want: Filter | None = None) -> None:
        self.desk = desk
        self.want = want or Filter()

    async def load(self, ask: Ask, want: Filter) -> Page[Rang]:
        """Newest first."""
        return await self.desk.quiet_log(ask, want.text)

    def key(self, row: Rang) -> ItemId:
        """The notice's id."""
        return row.id

    def draw(self, row: Rang, space: int, look: Look) -> Sequence[Line]:
        """When, what became of it, where, and why."""
        word = {
            "rang": _("RANG"),
            "waited": _("waited"),
            "unseen": _("unseen?"),
            "digest": _("digest"),
            "dropped": _("dropped"),
        }.get(row.what, row.what)
        ink = "bold" if row.what in {"rang", "unseen"} else "dim"
        at = times.short(row.at, look.face)
        if space < 60:  # the reason is what w tells; the title is worth more here
            return (view.fitted(((left(at, 10), "dim"), (left(word, 8), ink), (row.title, "text")), space),)
        start: Line = (
            (left(at, 11), "dim"),
            (left(word, 9), ink),
            (left(row.place, min(14, space // 6)), "text"),
            ("  ", "text"),
            (left(row.title, max(8, space // 2 - 20)), "text"),
        )
        return (view.fitted((*start, ("  ", "text"), (row.why, "dim")), space),)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        filtered = unfit(_("Nothing in the log fits the filter."), self.want)
        return filtered or said(_("Nothing rang and nothing waited yet."), _("w on a line says why it did or did not."))

    def hears(self, keys: frozenset[str]) -> bool:
        """Every change of the quiet state."""
        return "quiet" in keys
