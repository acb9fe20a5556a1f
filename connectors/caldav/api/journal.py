"""VJOURNAL and our notes."""

from __future__ import annotations

from connectors.caldav.api.ical import Component, parse, render
from connectors.caldav.api.objects import JOURNAL, KEY, Here, fresh, main, one_line, set_text, touch, updated_of
from connectors.caldav.api.when import instant_of
from leeward.errors import Gone
from leeward.model import Instant, Key, Note, NoteDraft
from leeward.text import safe_url
from leeward.words import _


def read(calendar: Component, here: Here) -> Note | None:
    """The note an object holds; None where it holds none."""
    journal = main(calendar, JOURNAL)
    if journal is None:
        return None
    return Note(
        here.path,
        here.place,
        journal.text("SUMMARY"),
        text_of(journal),
        updated_of(journal) or instant_of(journal.line("CREATED")) or Instant(0),
        url=safe_url(journal.value("URL")) if journal.value("URL") else None,
        key=Key(journal.text(KEY)) if journal.line(KEY) else None,
        version=here.version,
    )


def text_of(journal: Component) -> str:
    """All of its text: a journal may hold several descriptions."""
    return "\n\n".join(said.text for said in journal.lines("DESCRIPTION"))


def create(draft: NoteDraft, key: Key, now: Instant) -> str:
    """A new object for a draft; without a date, since a note is of no day."""
    calendar, journal = fresh(JOURNAL, key, now)
    set_text(journal, "SUMMARY", one_line(draft.title))
    set_text(journal, "DESCRIPTION", draft.text)
    return render(calendar)


def change(text: str, draft: NoteDraft, now: Instant) -> str | None:
    """The object with a note's new words; None where it says them already. Raises `Gone` and `UnreadableError`."""
    calendar = parse(text)
    journal = main(calendar, JOURNAL)
    if journal is None:
        raise Gone(_("This is no longer a note."))
    moved = set_text(journal, "SUMMARY", one_line(draft.title))
    if text_of(journal) != draft.text:
        moved = set_text(journal, "DESCRIPTION", draft.text) or moved
    if not moved:
        return None
    touch(journal, now)
    return render(calendar)
