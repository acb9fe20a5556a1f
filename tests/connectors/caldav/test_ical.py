"""Content lines: what we do not touch stays to the letter, and an independent reader agrees with what we write."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api.ical import (
    MAX_CHARS,
    Component,
    Line,
    UnreadableError,
    escape,
    fold,
    items,
    line,
    parse,
    read_line,
    render,
    text_line,
    tidy,
    unescape,
)

OBJECT = (
    'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nX-WR-CALNAME;X-P="a:b;c":Home\r\n'
    "BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VTODO\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY;LANGUAGE=nl:Een\r\nno colon in this one\r\n"
    'X-UNKNOWN;X-Q="q^nq":va\\,lue\\\\N\r\nDUE;VALUE=GARBAGE:whenever\r\n'
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
)


# Older releases of the independent reader take a typed \\N for a newline and %2C for a comma.
_PLAIN = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\%")


def test_an_object_goes_round_to_the_letter() -> None:
    assert render(parse(OBJECT)) == OBJECT
    assert render(parse(OBJECT.replace("\r\n", "\n"))) == OBJECT


def test_lines_are_unfolded_wherever_they_were_folded() -> None:
    folded = OBJECT.replace("Een", "E\r\n e\r\n\tn")
    todo = parse(folded).inner("VTODO")[0]
    assert todo.text("SUMMARY") == "Een"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VCALENDAR\nEND:VTODO",
        "BEGIN:VCARD\nEND:VCARD",
        "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 50 + "END:X\n" * 50 + "END:VCALENDAR",
        "BEGIN:VCALENDAR\n" + "X:1\n" * 50_000 + "END:VCALENDAR",
        "BEGIN:VCALENDAR\nX:" + "x" * MAX_CHARS + "\nEND:VCALENDAR",
    ],
)
def test_what_is_no_object_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse(text)


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from('BEGIN:END;VCALENDARTODO=",\\\r\n \t"^x1é'), max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        parse(f"BEGIN:VCALENDAR\r\n{text}\r\nEND:VCALENDAR\r\n")
    except UnreadableError:
        return


@settings(max_examples=200)
@given(st.text())
def test_text_goes_round(text: str) -> None:
    assert unescape(escape(text)) == tidy(text)
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize("text", ["C:\\New\\notes", "a\\n", "\\N\\n\\,\\;", "tab\there", "x\\"])
def test_backslashes_are_no_newlines(text: str) -> None:
    assert unescape(escape(text)) == text


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=400))
def test_folding_keeps_to_75_octets_and_breaks_no_character(text: str) -> None:
    raw = text_line("SUMMARY", text).raw
    folded = fold(raw)
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == raw


@settings(max_examples=100)
@given(st.text(alphabet=_PLAIN, max_size=200), st.text(max_size=60))
def test_an_independent_reader_agrees(summary: str, name: str) -> None:
    calendar = Component("VCALENDAR", [line("VERSION", "2.0"), line("PRODID", "x")])
    attendee = line("ATTENDEE", "mailto:a@example.org", (("CN", name),))
    calendar.body.append(Component("VTODO", [line("UID", "1"), text_line("SUMMARY", summary), attendee]))
    theirs: Any = icalendar.Calendar.from_ical(render(calendar))
    todo = theirs.subcomponents[0]
    assert str(todo["SUMMARY"]) == tidy(summary)
    again = parse(render(calendar)).inner("VTODO")[0]
    assert again.text("SUMMARY") == tidy(summary)
    said = again.line("ATTENDEE")
    assert said is not None
    assert said.value == "mailto:a@example.org"
    assert said.param("CN") == tidy(name).replace("\t", " ")


def test_a_line_is_split_outside_of_quotes_only() -> None:
    found = read_line('ATTENDEE;CN="Lee; Ana: x";ROLE=CHAIR:mailto:ana@example.org')
    assert (found.name, found.value) == ("ATTENDEE", "mailto:ana@example.org")
    assert found.params == (("CN", "Lee; Ana: x"), ("ROLE", "CHAIR"))
    assert read_line("no form at all") == Line("no form at all", "", (), "")


def test_list_values_split_on_bare_commas() -> None:
    assert items("a\\,b,c ,, d\\;e") == ["a,b", "c", "d;e"]


def test_put_keeps_the_place_of_what_it_replaces() -> None:
    todo = parse(OBJECT).inner("VTODO")[0]
    todo.put("SUMMARY", text_line("SUMMARY", "Twee"))
    names = [each.name for each in todo.body]
    assert names[:4] == ["UID", "DTSTAMP", "SUMMARY", ""]
    todo.put("PRIORITY", line("PRIORITY", "1"))
    assert [each.name for each in todo.body][-2:] == ["PRIORITY", "VALARM"]
