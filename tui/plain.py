"""Lists and threads as plain lines, for `--plain`, pipes and screen readers: the words of the screens, nothing drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leeward.rows import InboxRow, MessageRow, NoteRow, TaskRow
from leeward.text import one_line
from leeward.words import _
from tui import times, view
from tui.times import Face
from tui.view import text_of


def plain_inbox(rows: Iterable[InboxRow], width: int, face: Face) -> list[str]:
    """One line a row; a sentence where there are none."""
    lines = [text_of(view.inbox_one(row, max(60, width), face)) for row in rows]
    return lines or [_("Nothing waits in the inbox.")]


def plain_thread(row: InboxRow, messages: Sequence[MessageRow], width: int, face: Face) -> list[str]:
    """The thread's title and place, then its lines under headings by day, each behind its id; "── new" stands before the first unread."""
    about = " · ".join(part for part in (one_line(row.place, 80), row.account, view.unread_words(row.unread)) if part)
    lines = [one_line(row.title), about]
    shown_day = None
    told_new = False
    for message in messages:
        date = face.wall(message.at).date()
        if date != shown_day:
            lines += ["", f"── {times.heading(date, face)}"]
            shown_day = date
        if message.unread and not told_new:
            lines.append(f"── {_('new')}")
            told_new = True
        first, *more = [text_of(line) for line in view.message_lines(message, max(50, width - 10), face)]
        lines += [f"{message.id[:8]}  {first}", *(f"{'':10}{line}" for line in more)]
    return lines


def plain_tasks(rows: Iterable[TaskRow], width: int, face: Face) -> list[str]:
    """One line a task."""
    lines = [text_of(view.task_one(row, max(60, width), face)) for row in rows]
    return lines or [_("No tasks here.")]


def plain_notes(rows: Iterable[NoteRow], width: int, face: Face) -> list[str]:
    """One line a note."""
    lines = [text_of(view.note_one(row, max(60, width), face)) for row in rows]
    return lines or [_("No notes here.")]
