"""When others work, as their mailboxes tell: whose, by which clock, and what is left unread."""

from __future__ import annotations

import pytest

from connectors.teams.api.ask import Ask
from connectors.teams.api.world import World
from connectors.teams.hours import known_zone, told
from leeward.model import Instant, RemoteId
from leeward.ports_extra import Told
from leeward.testing.abilities import run
from leeward.work.quiet_text import hours_of
from tests.contract.teams_world import TeamsWorld

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
DAY_MS = 86_400_000


def test_the_hours_of_a_mailbox_and_its_days_out_of_office() -> None:
    here = TeamsWorld()
    away = (Instant(here.clock.now() + DAY_MS), Instant(here.clock.now() + 2 * DAY_MS))
    here.service.add_hours(here.ana, "08:30", "17:00", "W. Europe Standard Time", WEEK, away)
    (found,) = run(here.connector().hours((RemoteId(here.ana), RemoteId(here.mei), RemoteId("nobody"))))
    assert found == Told(RemoteId(here.ana), "Europe/Berlin", ("mon,tue,wed,thu,fri 08:30-17:00",), (away,))
    assert found.open is not None
    assert hours_of(found.open[0]) == hours_of("mon-fri 08:30-17:00")
    assert [asked.path for asked in here.http.asked if "Schedule" in asked.path] == ["/v1.0/me/calendar/getSchedule"]
    assert "Secret talk" not in repr(found)


@pytest.mark.parametrize("scope", ["User.ReadBasic.All", "Calendars.ReadBasic"])
def test_a_sign_in_without_the_right_tells_nothing_and_is_named(scope: str) -> None:
    here = TeamsWorld()
    here.service.add_hours(here.ana, "09:00", "17:00", "UTC", WEEK)
    here.service.scopes.remove(scope)
    assert run(here.connector().hours((RemoteId(here.ana),))) == ()
    here.service.scopes.remove("Presence.ReadWrite")  # a refusal lists what the token has
    assert scope in run(here.connector().check()).missing_scopes


@pytest.mark.parametrize(
    ("shown", "zone", "windows"),
    [
        ({}, None, None),
        ({"timeZone": {"name": "Asia/Tokyo"}}, "Asia/Tokyo", None),
        ({"timeZone": {"name": "Customized Time Zone"}, "daysOfWeek": ["monday"], "startTime": "09:00:00",
          "endTime": "17:00:00"}, None, None),
        ({"timeZone": {"name": "UTC"}, "daysOfWeek": ["Sunday", "monday", 7], "startTime": "22:00:00",
          "endTime": "06:00:00.0000000"}, "UTC", ("mon,sun 22:00-06:00",)),
        ({"timeZone": {"name": "UTC"}, "daysOfWeek": ["monday"], "startTime": "00:00:00", "endTime": "00:00:00"},
         "UTC", ("mon 00:00-24:00",)),
        ({"timeZone": {"name": "UTC"}, "daysOfWeek": ["monday"], "startTime": "09:00:00", "endTime": "09:00:00"},
         "UTC", None),
        ({"timeZone": {"name": "UTC"}, "daysOfWeek": "monday", "startTime": 9, "endTime": None}, "UTC", None),
        ({"timeZone": ["UTC"], "daysOfWeek": ["monday"], "startTime": "09:00:00", "endTime": "17:00:00"}, None, None),
    ],
)  # fmt: skip
def test_what_is_not_said_whole_is_not_guessed(
    shown: dict[str, object], zone: str | None, windows: tuple[str, ...] | None
) -> None:
    world = World(Ask("https://graph.example"))
    row = {"workingHours": shown, "scheduleItems": [{"status": "oof", "start": 1, "end": {}}, "odd"]}
    assert told(RemoteId("a"), row, world) == Told(RemoteId("a"), zone, windows)
    for window in windows or ():
        assert hours_of(window).week


def test_zones_in_microsofts_words_and_made_up_ones() -> None:
    assert known_zone("Pacific Standard Time") == "America/Los_Angeles"
    assert known_zone("../etc/passwd") is None
    assert known_zone("") is None
