"""VTODO in our words and back: every field, whatever we do not know kept, and repeating tasks one instance at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api import todo
from connectors.caldav.api.ical import UnreadableError, parse, tidy
from connectors.caldav.api.objects import Here
from leeward.errors import Conflict, Gone, NotSupported
from leeward.model import Body, Instant, Key, Person, RemoteId, Status, Task, TaskChange, TaskDraft, Tier

HERE = Here(
    RemoteId("/sam/tasks/1.ics"),
    RemoteId("/sam/tasks/"),
    '"1"',
    "Europe/Amsterdam",
    frozenset({RemoteId("mailto:sam@example.org")}),
)
NOW = Instant(1_780_000_000_000)
KEY = Key("lwkey")

RICH = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VTODO
UID:1
DTSTAMP:20260101T000000Z
CREATED:20260101T000000Z
LAST-MODIFIED:20260102T000000Z
SEQUENCE:4
SUMMARY;LANGUAGE=en:Mend the boat\\, soon
DESCRIPTION:First\\nsecond
STATUS:IN-PROCESS
PERCENT-COMPLETE:40
DUE;TZID=Europe/Berlin:20261124T090000
DTSTART;TZID=Europe/Berlin:20261120T090000
PRIORITY:2
CATEGORIES:wood,paint\\, red
CATEGORIES:boat
URL:https://chat.example.org/1
RELATED-TO;RELTYPE=PARENT:0
ORGANIZER;CN="Lee, Ana":mailto:Ana@example.org
ATTENDEE;CN=Sam;PARTSTAT=ACCEPTED:MAILTO:sam@example.org
ATTENDEE:mailto:bo@example.org
X-APPLE-SORT-ORDER:7
X-ODD;P="a;b":v
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT15M
END:VALARM
END:VTODO
END:VCALENDAR
""".replace("\n", "\r\n")


def task_of(text: str, here: Here = HERE) -> Task:
    found = todo.read(parse(text), here)
    assert found is not None
    return found[0]


def edit(text: str, *, key: Key = KEY, **fields: Any) -> str:
    changed = todo.change(text, TaskChange(frozenset(fields), **fields), key, NOW, "Europe/Amsterdam")
    assert changed is not None
    return changed


def plain(*lines: str) -> str:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VTODO", "UID:1", "DTSTAMP:20260101T000000Z")
    return "\r\n".join((*head, *lines, "END:VTODO", "END:VCALENDAR", ""))


def at(*parts: int) -> Instant:
    return Instant(round(datetime(*parts, tzinfo=UTC).timestamp() * 1000))  # type: ignore[arg-type,misc] # parts of a time


def test_every_field_is_read() -> None:
    found = todo.read(parse(RICH), HERE)
    assert found is not None
    task, people = found
    assert task == Task(
        HERE.path,
        HERE.place,
        "Mend the boat, soon",
        "First\nsecond",
        status=Status.DOING,
        native_status="IN-PROCESS",
        author=RemoteId("mailto:ana@example.org"),
        assignees=(RemoteId("mailto:sam@example.org"), RemoteId("mailto:bo@example.org")),
        due=at(2026, 11, 24, 8),
        tier=Tier.RED,
        labels=("wood", "paint, red", "boat"),
        url="https://chat.example.org/1",
        updated=at(2026, 1, 2),
        created=at(2026, 1, 1),
        version='"1"',
    )
    assert people == [
        Person(RemoteId("mailto:ana@example.org"), "Lee, Ana", address="ana@example.org"),
        Person(RemoteId("mailto:sam@example.org"), "Sam", address="sam@example.org", me=True),
        Person(RemoteId("mailto:bo@example.org"), "bo@example.org", address="bo@example.org"),
    ]


def test_an_update_keeps_what_it_does_not_name() -> None:
    changed = edit(RICH, title="New", status=Status.DONE)
    before, after = RICH.split("\r\n"), changed.split("\r\n")
    touched = ("SUMMARY", "STATUS", "PERCENT-COMPLETE", "COMPLETED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
    assert [raw for raw in before if not raw.startswith(touched)] == [
        raw for raw in after if not raw.startswith(touched)
    ]
    assert "SUMMARY:New" in after
    assert "SEQUENCE:5" in after
    assert "STATUS:COMPLETED" in after
    assert "PERCENT-COMPLETE:100" in after
    assert [raw for raw in after if raw.startswith("COMPLETED:")] == ["COMPLETED:20260528T202640Z"]


def test_opening_again_takes_the_completion_back() -> None:
    done = edit(RICH, status=Status.DONE)
    again = edit(done, status=Status.OPEN)
    assert task_of(again).status is Status.OPEN
    assert "COMPLETED:" not in again
    assert "PERCENT-COMPLETE" not in again


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((), Status.OPEN),
        (("STATUS:NEEDS-ACTION",), Status.OPEN),
        (("STATUS:in-process",), Status.DOING),
        (("STATUS:COMPLETED",), Status.DONE),
        (("STATUS:CANCELLED",), Status.DONE),
        (("STATUS:X-ODD",), Status.OPEN),
        (("COMPLETED:20260101T000000Z",), Status.DONE),
        (("PERCENT-COMPLETE:100",), Status.DONE),
        (("PERCENT-COMPLETE:30",), Status.DOING),
        (("PERCENT-COMPLETE:-5",), Status.OPEN),
    ],
)
def test_a_status_is_read_from_whichever_property_tells_it(lines: tuple[str, ...], status: Status) -> None:
    assert task_of(plain(*lines)).status is status


def test_a_cancelled_task_stays_cancelled_when_it_is_done() -> None:
    wanted = TaskChange(frozenset({"status"}), status=Status.DONE)
    assert todo.change(plain("STATUS:CANCELLED"), wanted, KEY, NOW, "UTC") is None


@pytest.mark.parametrize(
    ("priority", "tier"),
    [("0", None), ("1", Tier.RED), ("4", Tier.RED), ("5", Tier.YELLOW), ("9", Tier.GREEN), ("x", None)],
)
def test_a_priority_is_a_tier_and_the_same_tier_changes_nothing(priority: str, tier: Tier | None) -> None:
    text = plain(f"PRIORITY:{priority}")
    assert task_of(text).tier is tier
    for wanted in (*Tier, None):
        change = TaskChange(frozenset({"tier"}), tier=wanted)
        changed = todo.change(text, change, KEY, NOW, "UTC")
        assert (changed is None) == (wanted is tier)
        assert task_of(changed or text).tier is wanted


def test_due_takes_along_what_no_longer_fits() -> None:
    later = edit(RICH, due=at(2026, 12, 1))
    assert "DTSTART;TZID=Europe/Berlin:20261120T090000" in later
    assert task_of(later).due == at(2026, 12, 1)
    assert "DTSTART;" not in edit(RICH, due=date(2026, 12, 1)).partition("BEGIN:VTODO")[2]
    assert "DTSTART;" not in edit(RICH, due=at(2026, 11, 1)).partition("BEGIN:VTODO")[2]
    cleared = edit(RICH, due=None)
    assert task_of(cleared).due is None
    assert "DTSTART;TZID" in cleared
    with_length = plain("DTSTART:20261124T080000Z", "DURATION:PT2H")
    assert task_of(with_length).due == at(2026, 11, 24, 10)
    assert "DURATION" not in edit(with_length, due=at(2026, 12, 1))


def test_labels_and_people_are_set_as_a_whole() -> None:
    changed = edit(
        RICH,
        labels=("boat", "new, one"),
        assignees=(RemoteId("mailto:sam@example.org"), RemoteId("mailto:cy@example.org")),
    )
    task = task_of(changed)
    assert task.labels == ("boat", "new, one")
    assert task.assignees == ("mailto:sam@example.org", "mailto:cy@example.org")
    assert "PARTSTAT=ACCEPTED" in changed
    assert "SCHEDULE-AGENT=NONE" in changed
    with pytest.raises(NotSupported):
        edit(RICH, assignees=(RemoteId("no address"),))


def test_nothing_to_change_writes_nothing() -> None:
    wanted = TaskChange(
        frozenset({"title", "text", "due", "tier", "labels", "assignees", "status"}), **_same(task_of(RICH))
    )
    assert todo.change(RICH, wanted, KEY, NOW, "Europe/Amsterdam") is None


def _same(task: Task) -> dict[str, Any]:
    names = ("title", "text", "status", "assignees", "due", "tier", "labels")
    return {name: getattr(task, name) for name in names}


def test_an_object_that_is_no_task_any_more_is_gone() -> None:
    text = plain().replace("VTODO", "VEVENT")
    with pytest.raises(Gone):
        todo.change(text, TaskChange(frozenset({"title"}), title="x"), KEY, NOW, "UTC")
    with pytest.raises(UnreadableError):
        todo.change("rubbish", TaskChange(frozenset({"title"}), title="x"), KEY, NOW, "UTC")


# Older releases of the independent reader take a typed \\N for a newline and %2C for a comma.
_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\\%"), max_size=120)


@settings(max_examples=100, deadline=None)
@given(
    title=_TEXT,
    own=_TEXT,
    quoted=_TEXT,
    due=st.one_of(st.none(), st.dates(), st.integers(0, 4_000_000_000).map(lambda seconds: Instant(seconds * 1000))),
    tier=st.one_of(st.none(), st.sampled_from(Tier)),
    labels=st.lists(_TEXT, max_size=3),
)
def test_a_draft_goes_round_and_an_independent_reader_agrees(
    title: str, own: str, quoted: str, due: Any, tier: Tier | None, labels: list[str]
) -> None:
    draft = TaskDraft(
        HERE.place, title, Body(own, quoted, "https://chat.example.org/2"), due=due, tier=tier, labels=tuple(labels)
    )
    text = todo.create(draft, KEY, NOW)
    task = task_of(text)
    assert task.title == tidy(" ".join(title.splitlines()))
    assert task.text == tidy("\n\n".join(part for part in (own, quoted) if part))
    assert (task.due, task.tier, task.key, task.url) == (due, tier, KEY, "https://chat.example.org/2")
    assert set(task.labels) == {word for word in (tidy(label).strip() for label in labels) if word}
    assert task.status is Status.OPEN
    theirs: Any = icalendar.Calendar.from_ical(text)
    (component,) = theirs.subcomponents
    assert component.name == "VTODO"
    assert not component.subcomponents
    assert str(component.get("SUMMARY", "")) == task.title
    assert str(component.get("DESCRIPTION", "")) == task.text
    assert not component.errors


DAILY = plain(
    "SUMMARY:Water the plants",
    "DTSTART;TZID=Europe/Amsterdam:20260327T080000",
    "DUE;TZID=Europe/Amsterdam:20260327T090000",
    "RRULE:FREQ=DAILY;COUNT=4",
    "X-ODD:kept",
)


def step(text: str, key: str, status: Status = Status.DONE) -> str:
    return edit(text, key=Key(key), status=status)


def test_ticking_off_changes_one_instance_and_never_the_series() -> None:
    series = DAILY.partition("BEGIN:VTODO")[2].partition("END:VTODO")[0]
    text = DAILY
    assert task_of(text).recurring
    # The clocks go forward in the night to the 29th: nine on the wall is an hour earlier in UTC from then on.
    for key, due in (
        ("a", at(2026, 3, 27, 8)),
        ("b", at(2026, 3, 28, 8)),
        ("c", at(2026, 3, 29, 7)),
        ("d", at(2026, 3, 30, 7)),
    ):
        task = task_of(text)
        assert (task.due, task.status, task.title) == (due, Status.OPEN, "Water the plants")
        text = step(text, key)
        assert text.partition("BEGIN:VTODO")[2].partition("END:VTODO")[0] == series
    assert task_of(text).status is Status.DONE
    assert text.count("RECURRENCE-ID;TZID=Europe/Amsterdam:2026032") == 3
    assert text.count("RRULE") == 1
    assert text.count("STATUS:COMPLETED") == 4
    theirs: Any = icalendar.Calendar.from_ical(text)
    assert len({str(each["UID"]) for each in theirs.subcomponents}) == 1


def test_the_last_ticked_instance_can_be_opened_again() -> None:
    text = step(step(DAILY, "a"), "b")
    again = step(text, "c", Status.OPEN)
    assert task_of(again).due == at(2026, 3, 28, 8)
    assert again.count("STATUS:COMPLETED") == 1


def test_an_instance_can_be_under_way() -> None:
    text = step(DAILY, "a", Status.DOING)
    assert task_of(text).status is Status.DOING
    assert task_of(text).due == at(2026, 3, 27, 8)
    assert task_of(step(text, "b", Status.OPEN)).status is Status.OPEN
    done = step(text, "c")
    assert (task_of(done).status, task_of(done).due) == (Status.OPEN, at(2026, 3, 28, 8))
    assert done.count("RECURRENCE-ID") == 1


def test_exceptions_extra_dates_and_all_day_series() -> None:
    text = plain(
        "DTSTART;VALUE=DATE:20260302",
        "DUE;VALUE=DATE:20260303",
        "RRULE:FREQ=WEEKLY;UNTIL=20260316",
        "EXDATE;VALUE=DATE:20260309",
        "RDATE;VALUE=DATE:20260304",
    )
    dues = []
    for number in range(3):
        dues.append(task_of(text).due)
        text = step(text, f"k{number}")
    assert dues == [date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 17)]
    assert task_of(text).status is Status.DONE


def test_a_series_counted_from_its_due() -> None:
    text = plain("DUE:20260302T090000", "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260309T080000Z")
    assert task_of(text).due == at(2026, 3, 2, 8)
    text = step(text, "a")
    assert task_of(text).due == at(2026, 3, 9, 8)
    assert "RECURRENCE-ID:20260302T090000" in text
    assert task_of(step(text, "b")).status is Status.DONE


def test_the_words_of_a_series_change_its_date_does_not() -> None:
    changed = edit(DAILY, title="Water them")
    assert task_of(changed).title == "Water them"
    assert "RRULE:FREQ=DAILY;COUNT=4" in changed
    with pytest.raises(NotSupported):
        edit(DAILY, due=date(2026, 5, 1))
    same = TaskChange(frozenset({"due"}), due=task_of(DAILY).due)
    assert todo.change(DAILY, same, KEY, NOW, "Europe/Amsterdam") is None


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20260101T000000Z", "RRULE:FREQ=HOURLY"),
        ("RRULE:FREQ=DAILY",),
        ("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"),
        ("DTSTART:20260101T000000Z", "RDATE;VALUE=PERIOD:20260101T000000Z/PT1H"),
        ("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;UNTIL=never"),
    ],
)
def test_a_way_of_repeating_we_do_not_follow_is_shown_and_not_touched(lines: tuple[str, ...]) -> None:
    text = plain("SUMMARY:Odd", "DUE:20260601T000000Z", *lines) if "RRULE:FREQ=DAILY" not in lines[0] else plain(*lines)
    task = task_of(text)
    assert task.recurring
    assert task.status is Status.OPEN
    with pytest.raises(NotSupported):
        step(text, "a")


def test_a_series_finished_as_a_whole_is_done() -> None:
    text = DAILY.replace("X-ODD:kept", "STATUS:COMPLETED")
    assert task_of(text).status is Status.DONE
    with pytest.raises(NotSupported):
        step(text, "a", Status.OPEN)
    assert todo.change(text, TaskChange(frozenset({"status"}), status=Status.DONE), KEY, NOW, "UTC") is None


def meant(text: str, due: Instant, status: Status = Status.DONE) -> str | None:
    """Change the instance that is due then, as the store asks for it."""
    change = TaskChange(frozenset({"status"}), status=status, instance=due)
    return todo.change(text, change, KEY, NOW, "Europe/Amsterdam")


def test_an_instance_that_somebody_else_finished_does_not_finish_the_next_one() -> None:
    """Ticked off on two devices before either knew of the other: it is one instance, and it is done."""
    text = step(DAILY, "elsewhere")
    assert meant(text, at(2026, 3, 27, 8)) is None
    assert task_of(text).due == at(2026, 3, 28, 8)


def test_the_instance_that_was_meant_is_finished_whichever_is_the_present_one() -> None:
    text = meant(DAILY, at(2026, 3, 28, 8))
    assert text is not None
    assert "RECURRENCE-ID;TZID=Europe/Amsterdam:20260328T080000" in text
    assert (task_of(text).due, task_of(text).status) == (at(2026, 3, 27, 8), Status.OPEN)


def test_an_instance_that_is_in_the_series_no_more_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        meant(DAILY, at(2026, 3, 27, 11))
