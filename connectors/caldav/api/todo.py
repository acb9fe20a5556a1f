"""VTODO and our tasks: what one says in the words of the other, and how a change is written into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from connectors.caldav.api.ical import Component, escape, items, line, parse, render, tidy
from connectors.caldav.api.objects import KEY, TODO, Here, fresh, main, one_line, set_text, touch, updated_of
from connectors.caldav.api.people import attend, attendees, people_of
from connectors.caldav.api.repeat import Instance, due_of, instances, new_override, not_followed, repeats
from connectors.caldav.api.rules import UnknownRuleError
from connectors.caldav.api.when import (
    Zones,
    at_moment,
    due_line,
    duration_of,
    instant_of,
    moment,
    stamp,
    wall_of,
    zones_of,
)
from leeward.errors import Conflict, Gone, NotSupported
from leeward.model import Body, Due, Instant, Key, Person, Status, Task, TaskChange, TaskDraft, Tier
from leeward.text import safe_url
from leeward.words import _

_STATUS = {
    "NEEDS-ACTION": Status.OPEN,
    "IN-PROCESS": Status.DOING,
    "COMPLETED": Status.DONE,
    "CANCELLED": Status.DONE,
}
_PRIORITY = {Tier.RED: "1", Tier.YELLOW: "5", Tier.GREEN: "9"}
_WHOLE = 100


def read(calendar: Component, here: Here) -> tuple[Task, list[Person]] | None:
    """The task an object holds and the people it names; None where it holds none."""
    todo = main(calendar, TODO)
    if todo is None:
        return None
    zones = zones_of(calendar, here.zone)
    status, due = _standing(todo, calendar, zones)
    people = people_of(todo, here.mine)
    organizer = todo.line("ORGANIZER")
    task = Task(
        here.path,
        here.place,
        todo.text("SUMMARY"),
        todo.text("DESCRIPTION"),
        status=status,
        native_status=todo.value("STATUS").upper() or None,
        author=people[0].id if organizer and people else None,
        assignees=attendees(todo),
        due=due,
        tier=tier_of(todo),
        labels=labels_of(todo),
        url=safe_url(todo.value("URL")) if todo.value("URL") else None,
        updated=updated_of(todo),
        created=instant_of(todo.line("CREATED")),
        recurring=repeats(todo),
        key=Key(todo.text(KEY)) if todo.line(KEY) else None,
        version=here.version,
    )
    return task, people


def _standing(todo: Component, calendar: Component, zones: Zones) -> tuple[Status, Due | None]:
    """Status and due: of the present instance where the task repeats, of the series where we cannot follow it."""
    if not repeats(todo) or status_of(todo) is Status.DONE:
        return status_of(todo), due_now(todo, zones)
    try:
        present = _present(todo, calendar, zones)
        if present is None:
            return Status.DONE, due_now(todo, zones)
        return status_of(present.override or todo), due_of(todo, present, zones)
    except UnknownRuleError:
        return status_of(todo), due_now(todo, zones)


def _present(todo: Component, calendar: Component, zones: Zones) -> Instance | None:
    """The first instance that is not finished; None when all are."""
    every = instances(todo, calendar, zones)
    return next((one for one in every if not one.override or status_of(one.override) is not Status.DONE), None)


def status_of(todo: Component) -> Status:
    """What STATUS says, or what the other properties let one conclude where it is missing."""
    said = _STATUS.get(todo.value("STATUS").upper())
    if said is not None:
        return said
    percent = _number(todo, "PERCENT-COMPLETE")
    if todo.line("COMPLETED") or percent >= _WHOLE:
        return Status.DONE
    return Status.DOING if percent else Status.OPEN


def due_now(todo: Component, zones: Zones) -> Due | None:
    """DUE, or DTSTART and DURATION."""
    start, length = todo.line("DTSTART"), duration_of(todo.value("DURATION"))
    if todo.line("DUE") or start is None or length is None:
        return moment(todo.line("DUE"), zones)
    read_start = wall_of(start.value)
    try:
        return at_moment(read_start[0] + length, start, zones) if read_start else None
    except OverflowError:
        return None


def tier_of(todo: Component) -> Tier | None:
    """1 to 4 is high, 5 is medium, 6 to 9 is low, 0 says nothing."""
    number = _number(todo, "PRIORITY")
    if not 1 <= number <= 9:
        return None
    return Tier.RED if number < 5 else Tier.YELLOW if number == 5 else Tier.GREEN


def labels_of(todo: Component) -> tuple[str, ...]:
    """Every category, each once, in order."""
    return tuple(dict.fromkeys(label for said in todo.lines("CATEGORIES") for label in items(said.value)))


def _number(todo: Component, name: str) -> int:
    value = todo.value(name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 5 else 0


def text_of(body: Body) -> str:
    """The owner's own words, then what is quoted; plain text acts nowhere, so a quote stays as it is."""
    return "\n\n".join(part for part in (body.own, body.quoted) if part)


def create(draft: TaskDraft, key: Key, now: Instant) -> str:
    """A new object for a draft."""
    calendar, todo = fresh(TODO, key, now)
    set_text(todo, "SUMMARY", one_line(draft.title))
    set_text(todo, "DESCRIPTION", text_of(draft.body))
    todo.put("STATUS", line("STATUS", "NEEDS-ACTION"))
    if draft.due is not None:
        todo.put("DUE", due_line("DUE", draft.due))
    if draft.tier:
        todo.put("PRIORITY", line("PRIORITY", _PRIORITY[draft.tier]))
    _set_labels(todo, draft.labels)
    attend(todo, draft.assignees)
    url = safe_url(draft.body.link) if draft.body.link else None
    if url:
        todo.put("URL", line("URL", url))
    return render(calendar)


def change(text: str, wanted: TaskChange, key: Key, now: Instant, zone: str) -> str | None:
    """The object with a change written into it; None where it says all of that already.

    Raises `Gone` where it is no task any more, `NotSupported` for what cannot be said of a repeating task,
    `UnreadableError` where the object cannot be read.
    """
    calendar = parse(text)
    todo = main(calendar, TODO)
    if todo is None:
        raise Gone(_("This is no longer a task."))
    zones = zones_of(calendar, zone)
    series = repeats(todo)
    moved = [_FIELDS[name](todo, wanted) for name in sorted(wanted.fields & _FIELDS.keys())]
    if "due" in wanted.fields:
        moved.append(_set_due(todo, wanted.due, calendar, zones))
    if "status" in wanted.fields and not series:
        moved.append(_set_status(todo, wanted.status, now))
    if any(moved):
        touch(todo, now)
    if "status" in wanted.fields and series:
        moved.append(_set_instance(todo, calendar, wanted, key, now, zones))
    return render(calendar) if any(moved) else None


def _set_title(todo: Component, wanted: TaskChange) -> bool:
    return set_text(todo, "SUMMARY", one_line(wanted.title))


def _set_description(todo: Component, wanted: TaskChange) -> bool:
    return set_text(todo, "DESCRIPTION", wanted.text)


def _set_tier(todo: Component, wanted: TaskChange) -> bool:
    if tier_of(todo) is wanted.tier:
        return False
    todo.put("PRIORITY", *([line("PRIORITY", _PRIORITY[wanted.tier])] if wanted.tier else []))
    return True


def _set_categories(todo: Component, wanted: TaskChange) -> bool:
    return _set_labels(todo, wanted.labels)


def _set_labels(todo: Component, labels: tuple[str, ...]) -> bool:
    tidied = tuple(dict.fromkeys(word for word in (tidy(label).strip() for label in labels) if word))
    if set(labels_of(todo)) == set(tidied):
        return False
    todo.put("CATEGORIES", *([line("CATEGORIES", ",".join(escape(word) for word in tidied))] if tidied else []))
    return True


def _set_assignees(todo: Component, wanted: TaskChange) -> bool:
    if set(attendees(todo)) == set(wanted.assignees):
        return False
    attend(todo, wanted.assignees)
    return True


_FIELDS: dict[str, Callable[[Component, TaskChange], bool]] = {
    "title": _set_title,
    "text": _set_description,
    "tier": _set_tier,
    "labels": _set_categories,
    "assignees": _set_assignees,
}


def _set_due(todo: Component, due: Due | None, calendar: Component, zones: Zones) -> bool:
    """Set DUE; a start that no longer fits (another sort of value, or later) goes, and so does DURATION."""
    wanted = due if due is None or isinstance(due, date) else Instant(due // 1000 * 1000)
    if _standing(todo, calendar, zones)[1] == wanted:
        return False
    if repeats(todo):
        raise NotSupported(
            _("The date of a repeating task comes from how it repeats."), _("Change it in the program that made it.")
        )
    todo.drop("DURATION")
    todo.put("DUE", *([due_line("DUE", wanted)] if wanted is not None else []))
    start = moment(todo.line("DTSTART"), zones)
    if wanted is not None and (start is None or not _before(start, wanted)):
        todo.drop("DTSTART")
    return True


def _before(start: Due, due: Due) -> bool:
    if isinstance(start, date) and isinstance(due, date):
        return start <= due
    return not isinstance(start, date) and not isinstance(due, date) and start <= due


def _set_status(todo: Component, status: Status, now: Instant) -> bool:
    """Set STATUS with its two companions; a cancelled task counts as done and stays cancelled."""
    if status_of(todo) is status:
        return False
    word = next(word for word, means in _STATUS.items() if means is status)
    todo.put("STATUS", line("STATUS", word))
    if status is Status.DONE:
        todo.put("COMPLETED", line("COMPLETED", stamp(now)))
        todo.put("PERCENT-COMPLETE", line("PERCENT-COMPLETE", "100"))
    else:
        todo.drop("COMPLETED")
        if status is Status.OPEN or _number(todo, "PERCENT-COMPLETE") >= _WHOLE:
            todo.drop("PERCENT-COMPLETE")
    return True


def _set_instance(
    todo: Component, calendar: Component, wanted: TaskChange, key: Key, now: Instant, zones: Zones
) -> bool:
    """Set the status of one instance by an override of its own; the series is not touched.

    The key stands in the override, so that the same change sent again is known and does not move on to the next one.
    """
    status = wanted.status
    if status_of(todo) is Status.DONE:
        if status is Status.DONE:
            return False
        raise NotSupported(_("This repeating task was finished as a whole."), _("Open it in the program that made it."))
    try:
        one = _instance_for(todo, calendar, wanted, zones)
    except UnknownRuleError as error:
        raise not_followed() from error
    if one is None:
        return False
    override = one.override or new_override(todo, one)
    if not _set_status(override, status, now):
        return False
    override.put(KEY, line(KEY, escape(key)))
    touch(override, now)
    if one.override is None:
        calendar.body.append(override)
    return True


def _instance_for(todo: Component, calendar: Component, wanted: TaskChange, zones: Zones) -> Instance | None:
    """The instance that was meant, the present one where nobody knows; to open again: the one that was finished last.

    Raises `Conflict` where the one that was meant is in the series no more.
    """
    present = _present(todo, calendar, zones)
    if wanted.status is Status.OPEN and not (present and status_of(present.override or todo) is Status.DOING):
        finished = [
            one for one in instances(todo, calendar, zones) if one.override and status_of(one.override) is Status.DONE
        ]
        return finished[-1] if finished else None
    if wanted.instance is None or (present and due_of(todo, present, zones) == wanted.instance):
        return present
    # Somebody else finished it meanwhile: the next one must not be taken for it.
    for one in instances(todo, calendar, zones):
        if due_of(todo, one, zones) == wanted.instance:
            return one
    raise Conflict(_("The task repeats at other times now."))
