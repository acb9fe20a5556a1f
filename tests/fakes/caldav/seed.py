"""Filling the fake: from a calendar file, from a JSON list of tasks, or one object at a time."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.caldav.service import CalDavService

STAMP = datetime(2026, 1, 5, 9, tzinfo=UTC)


def todo_text(uid: str, **said: Any) -> str:
    """A VTODO by an independent writer: `said` are properties by their lower-case names."""
    return _object("Todo", uid, said)


def journal_text(uid: str, **said: Any) -> str:
    return _object("Journal", uid, said)


def _object(kind: str, uid: str, said: dict[str, Any]) -> str:
    import icalendar

    component: Any = getattr(icalendar, kind)()
    component.add("uid", uid)
    component.add("dtstamp", STAMP)
    for name, value in said.items():
        component.add(name.replace("_", "-"), value)
    calendar: Any = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//another program//EN")
    calendar.add_component(component)
    return str(calendar.to_ical().decode())


def fill(service: CalDavService, seed: Path) -> None:
    """Read .ics (every VTODO and VJOURNAL becomes an object) or JSON: `[{"title", "text", "status", "due", "labels"}]`."""
    if seed.suffix == ".ics":
        _from_calendar(service, seed.read_text(encoding="utf-8"))
        return
    for number, task in enumerate(json.loads(seed.read_text(encoding="utf-8"))):
        said = {"summary": task["title"], "description": task.get("text", "")}
        if task.get("due"):
            said["due"] = (datetime if "T" in task["due"] else date).fromisoformat(task["due"])
        if task.get("status"):
            said["status"] = task["status"]
        if task.get("labels"):
            said["categories"] = task["labels"]
        service.shelf("tasks").put(f"seed-{number}.ics", todo_text(f"seed-{number}", **said))


def _from_calendar(service: CalDavService, text: str) -> None:
    from icalendar import Calendar

    whole: Any = Calendar.from_ical(text)
    zones = [each for each in whole.subcomponents if each.name == "VTIMEZONE"]
    by_uid: dict[str, list[Any]] = {}
    for each in whole.subcomponents:
        if each.name in {"VTODO", "VJOURNAL"}:
            by_uid.setdefault(str(each.get("UID")), []).append(each)
    for number, components in enumerate(by_uid.values()):
        calendar: Any = Calendar()
        calendar.add("version", "2.0")
        calendar.add("prodid", "-//another program//EN")
        for each in (*zones, *components):
            calendar.add_component(each)
        slug = "tasks" if components[0].name == "VTODO" else "notes"
        service.shelf(slug).put(f"seed-{number}.ics", calendar.to_ical().decode())
