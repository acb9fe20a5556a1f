"""What the reader shows: a thread's lines under day headings, or one task or note in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, field

from leeward.model import ItemId, ItemType
from leeward.rows import Found, InboxRow, LinkRow, MessageRow, NoteRow, OutboxRow, PromiseRow, TaskRow
from leeward.text import one_line
from leeward.words import _, n_
from tui import times, view
from tui.asks import Captured, ThreadHead
from tui.feed import Feed
from tui.times import Face
from tui.view import Line
from tui.wrap import wrap

if TYPE_CHECKING:
    from tui.desk import Desk


FIRST = 120
MORE = 40_000
"""Characters of a long line that Enter adds: a million at once would stop the screen for seconds."""


class Heading(Struct, frozen=True):
    """A line of its own between messages: a day, or where the unread ones begin."""

    title: str
    accent: bool = False


class Para(Struct, frozen=True):
    """A paragraph of a task or note; `name` is a fact's name, `sort` what a line of its text is (`tui.dressed`)."""

    text: str
    name: str = ""
    link: LinkRow | None = None
    ink: str = "text"
    sort: str = ""


Entry: TypeAlias = MessageRow | Heading | Para


def entries(rows: Sequence[MessageRow], first_unread: ItemId | None, face: Face) -> list[Entry]:
    """Messages under a heading a day, and one before the first unread."""
    found: list[Entry] = []
    shown = None
    for row in rows:
        date = face.wall(row.at).date()
        if date != shown:
            found.append(Heading(times.heading(date, face)))
            shown = date
        if row.id == first_unread:
            found.append(Heading(_("new"), accent=True))
        found.append(row)
    return found


def draw(entry: Entry, space: int, face: Face, most: int = view.PREVIEW) -> Sequence[Line]:
    """The lines of one entry; of a message at most `most` characters."""
    if isinstance(entry, Heading):
        return (view.rule(entry.title, space, ink="accent" if entry.accent else "dim"),)
    if isinstance(entry, Para):
        if entry.name:
            return (view.fitted(((f"{entry.name:<9} ", "dim"), (one_line(entry.text), entry.ink)), space),)
        if entry.sort:
            from tui import dressed

            return dressed.draw(entry.text, entry.sort, space)[:2000]
        return tuple(((line, entry.ink),) for line in wrap(entry.text, space)[:2000])
    return view.message_lines(entry, space, face, most=most)


class Doc(Struct):
    """What the reader holds now. `thread` is set while it is a thread; `subject` is what verbs act on."""

    subject: ItemId | None = None
    thread: ItemId | None = None
    head: ThreadHead | None = None
    title: Line = ()
    title_end: Line = ()
    items: list[Entry] = field(default_factory=list)
    feed: Feed[MessageRow] | None = None
    start: int = 0
    at_end: bool = False
    row: Any = None
    shown: dict[ItemId, int] = field(default_factory=dict)
    """How many characters are drawn of long lines that were opened."""
    frozen: bool = False
    """Whether it stays as it was opened: captured lines are what they were."""

    @property
    def made(self) -> set[ItemId]:
        """The tasks made of its lines, whose state its lines carry."""
        return {line.task for line in self.feed.rows if line.task} if self.feed is not None else set()

    @property
    def coming(self) -> tuple[MessageRow, ...]:
        """Its owner's lines that are on their way: they stand after its last one, once that is loaded."""
        ended = self.head is not None and self.feed is not None and not self.feed.more_after
        return self.head.coming if self.head is not None and ended else ()

    def longer(self, line: MessageRow) -> bool:
        """Let more of a long line be drawn; False where all of it is."""
        drawn = self.shown.get(line.id, view.PREVIEW)
        if drawn >= len(line.text):
            return False
        self.shown[line.id] = drawn + MORE
        return True

    def rebuilt(self, face: Face) -> None:
        """Entries from the messages loaded now."""
        if self.feed is not None:
            rows = [*self.feed.rows, *self.coming]
            self.items = entries(rows, self.head.first_unread if self.head else None, face)

    def index(self, id: ItemId | None) -> int | None:
        """Where a message stands among the entries."""
        return next((at for at, item in enumerate(self.items) if isinstance(item, MessageRow) and item.id == id), None)


def _message_id(row: MessageRow) -> ItemId:
    return row.id


async def thread_doc(desk: Desk, thread: ItemId, face: Face, at: ItemId | None = None) -> Doc | None:
    """A thread, at a line, else at its first unread one, else at its end."""
    found = await desk.opened(thread, at, FIRST)
    if found is None:
        return None
    head, page = found
    where = at or head.first_unread
    doc = Doc(head.row.id, thread, head, feed=Feed(_message_id), row=head.row)
    assert doc.feed is not None
    doc.feed.filled(page)
    doc.rebuilt(face)
    place = doc.index(where)
    doc.start = len(doc.items) - 1 if place is None else place
    doc.at_end = place is None
    doc.title = _thread_title(head)
    end = times.due_left(head.row.due, head.row.left, face) if head.row.left is not None and head.row.due else ""
    new = view.unread_words(head.row.unread)
    doc.title_end = ((f"{end}  " if end and new else end, "dim"), (new, "accent"))
    return doc


def _thread_title(head: ThreadHead) -> Line:
    about = " · ".join((head.row.account, view.audience_words(head.audience)))
    return ((one_line(head.row.place, 80), "bold"), (f" · {about}", "dim"))


def task_doc(row: TaskRow, face: Face) -> Doc:
    """A task: its facts, its text, what it is linked with."""
    items: list[Entry] = [Para(row.title, ink="bold"), Para("")]
    word, native = view.status_word(row.status), row.native_status or ""
    other = f" ({native})" if native.casefold() not in {"", word.casefold()} else ""
    items.append(Para(word + other, _("Status")))
    items.append(Para(", ".join(row.assignees) or _("nobody"), _("Who")))
    due = times.due(row.due, face) if row.due else _("none")
    items.append(Para(" · ".join(part for part in (due, times.open_left(row.left)) if part), _("Due")))
    items.append(Para(view.tier_word(row.tier) or _("none"), _("Tier"), ink=view.tier_ink(row.tier)))
    items.append(Para(f"{row.place} · {row.account}", _("Where")))
    if row.state != "sent":
        items.append(Para(view.state_word(row.state), _("Sent"), ink="accent"))
    if row.url:
        items.append(Para(row.url, _("Link")))
    items += _links(row.links)
    if row.text:
        items += [Para(""), *_text(row.text[: view.PREVIEW * 5])]
    title: Line = ((one_line(row.place, 80), "bold"), (f" · {row.account}", "dim"))
    return Doc(row.id, None, None, title, ((view.state_word(row.state), "accent"),), items, row=row)


def capsule_doc(row: TaskRow, captured: Captured, face: Face) -> Doc:
    """What was captured for a task: the lines as they were, below each what became of it, at the end what they name."""
    items: list[Entry] = []
    for entry in entries(captured.lines, None, face):
        items.append(entry)
        if isinstance(entry, MessageRow) and entry.id in captured.since:
            items.append(Para(f"! {captured.since[entry.id]}", ink="bold"))
    if captured.named:
        items += [Para(""), Heading(_("what they name"))]
        items += [Para(text, name) for name, text in captured.named]
    title: Line = ((_("Captured lines"), "bold"), (f" · {row.title}", "dim"))
    changed = n_("{n} changed since", "{n} changed since", len(captured.since)).format(n=len(captured.since))
    end: Line = ((changed, "accent"),) if captured.since else ()
    return Doc(row.id, None, None, title, end, items, row=row, frozen=True)


def note_doc(row: NoteRow, face: Face) -> Doc:
    """A note in full."""
    items: list[Entry] = [Para(row.title, ink="bold"), *_links(row.links), Para("")]
    items += _text(row.text[: view.PREVIEW * 20])
    title: Line = ((one_line(row.place, 80), "bold"), (f" · {row.account}", "dim"))
    return Doc(row.id, None, None, title, ((times.short(row.updated, face), "dim"),), items, row=row)


def _text(text: str) -> list[Para]:
    from tui import dressed

    return [Para(line, sort=sort) for line, sort in dressed.parts(text.rstrip("\n"))]


def outbox_doc(row: OutboxRow, face: Face) -> Doc:
    """A change on its way: what it is, how it stands and why."""
    due = times.short(row.due, face) if row.due is not None else ""
    known = (
        (_("State"), view.state_word(row.state) or row.state),
        (_("Account"), row.account),
        (_("Tries"), str(row.tries) if row.tries else ""),
        (_("Next"), due),
    )
    facts: list[Entry] = [Para(said, name) for name, said in known if said]
    items: list[Entry] = [Para(row.title, ink="bold"), Para(""), *facts]
    if row.why and row.why != view.state_word(row.state):
        items += [Para(""), Para(row.why)]
    return Doc(row.item, None, None, ((view.verb_word(row.verb), "bold"),), (), items, row=row)


def _links(links: Sequence[LinkRow]) -> list[Entry]:
    if not links:
        return []
    said = n_("{n} link", "{n} links", len(links)).format(n=len(links))
    return [Para(""), Heading(said), *(Para(link.title, str(link.type), link) for link in links)]


async def as_now(desk: Desk, row: Any) -> Any:
    """The row of a task, a note or a change as it is now, None where it went; others are read anew when they are shown."""
    if isinstance(row, TaskRow):
        return await desk.task(row.id)
    if isinstance(row, OutboxRow):
        return next((each for each in await desk.outbox() if each.row == row.row), None)
    return await desk.note(row.id) if isinstance(row, NoteRow) else row


async def doc_of(desk: Desk, row: Any, face: Face, at: ItemId | None = None) -> Doc:
    """What the reader shows for a row of any list; an empty one where there is nothing to show."""
    if isinstance(row, TaskRow):
        return task_doc(row, face)
    if isinstance(row, NoteRow):
        return note_doc(row, face)
    if isinstance(row, InboxRow):
        found = await (_of_task(desk, row.id, face) if row.thread is None else thread_doc(desk, row.thread, face, at))
    elif isinstance(row, PromiseRow):
        found = await thread_doc(desk, row.thread, face, at or row.id)
    elif isinstance(row, Found):
        found = await _of_hit(desk, row, face, at)
    elif isinstance(row, OutboxRow):
        return outbox_doc(row, face)
    else:
        found = None
    return found or Doc()


async def _of_task(desk: Desk, id: ItemId, face: Face) -> Doc | None:
    task = await desk.task(id)
    return None if task is None else task_doc(task, face)


async def _of_hit(desk: Desk, row: Found, face: Face, at: ItemId | None) -> Doc | None:
    if row.type is ItemType.TASK:
        return await _of_task(desk, row.id, face)
    if row.type is ItemType.NOTE:
        note = await desk.note(row.id)
        return None if note is None else note_doc(note, face)
    line = row.id if row.type is ItemType.MESSAGE else None
    return await thread_doc(desk, row.thread or row.id, face, at or line)
