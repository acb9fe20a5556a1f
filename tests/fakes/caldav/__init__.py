"""A calendar server as two real ones behave; `python -m tests.fakes caldav`."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.caldav.seed import fill
from tests.fakes.caldav.service import CalDavService

__all__ = ["CalDavService", "make"]


def make(seed: Path | None) -> CalDavService:
    """A server with one calendar for tasks and one for notes, filled from an .ics file or a JSON list of tasks."""
    service = CalDavService()
    service.make_calendar("tasks", "Tasks", ("VTODO",))
    service.make_calendar("notes", "Notes", ("VJOURNAL",))
    if seed:
        fill(service, seed)
    return service
