"""VJOURNAL and notes."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api import journal
from connectors.caldav.api.ical import parse, tidy
from connectors.caldav.api.objects import Here
from leeward.errors import Gone
from leeward.model import Instant, Key, Note, NoteDraft, RemoteId

# Older releases of the independent reader take a typed \\N for a newline and %2C for a comma.
_PLAIN = st.characters(exclude_categories=["Cs"], exclude_characters="\\%")
HERE = Here(RemoteId("/sam/notes/1.ics"), RemoteId("/sam/notes/"), '"1"')
NOW = Instant(1_780_000_000_000)
TWO_TEXTS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VJOURNAL\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    'SUMMARY:Minutes\r\nDESCRIPTION:One\r\nDESCRIPTION;ALTREP="cid:1":Two\r\nX-KEPT:yes\r\nEND:VJOURNAL\r\nEND:VCALENDAR\r\n'
)


def note_of(text: str) -> Note:
    found = journal.read(parse(text), HERE)
    assert found is not None
    return found


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=_PLAIN, max_size=200), st.text(alphabet=_PLAIN, max_size=200))
def test_a_note_goes_round_and_an_independent_reader_agrees(title: str, text: str) -> None:
    made = journal.create(NoteDraft(HERE.place, title, text), Key("lwkey"), NOW)
    note = note_of(made)
    assert (note.title, note.text) == (tidy(" ".join(title.splitlines())), tidy(text))
    assert (note.key, note.updated, note.version) == ("lwkey", NOW, '"1"')
    theirs: Any = icalendar.Calendar.from_ical(made)
    assert str(theirs.subcomponents[0].get("DESCRIPTION", "")) == note.text


def test_several_descriptions_are_one_text_and_stay_several_until_it_changes() -> None:
    assert note_of(TWO_TEXTS).text == "One\n\nTwo"
    assert journal.change(TWO_TEXTS, NoteDraft(HERE.place, "Minutes", "One\n\nTwo"), NOW) is None
    renamed = journal.change(TWO_TEXTS, NoteDraft(HERE.place, "Notes", "One\n\nTwo"), NOW)
    assert renamed is not None
    assert 'DESCRIPTION;ALTREP="cid:1":Two' in renamed
    rewritten = journal.change(TWO_TEXTS, NoteDraft(HERE.place, "Minutes", "Three"), NOW)
    assert rewritten is not None
    assert note_of(rewritten).text == "Three"
    assert "X-KEPT:yes" in rewritten


def test_what_is_no_note_any_more_is_gone() -> None:
    with pytest.raises(Gone):
        journal.change(TWO_TEXTS.replace("VJOURNAL", "VTODO"), NoteDraft(HERE.place, "x", "y"), NOW)
    assert journal.read(parse(TWO_TEXTS.replace("VJOURNAL", "VEVENT")), HERE) is None
