"""The CalDAV kind against Radicale and Xandikos, judged by the caldav library."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from leeward.errors import Conflict, SignInNeeded
from leeward.model import Body, Due, Instant, ItemType, Key, NoteDraft, RemoteId, Status, TaskChange, TaskDraft, Tier
from tests.e2e import needs
from tests.e2e.caldav_servers import CalDav
from tests.e2e.live import Live, Pulled, caldav
from tests.e2e.proxy import Moment, Trap, between

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::DeprecationWarning:caldav")]

_NINE = Instant(1_796_119_200_000)  # 2026-12-01 10:00 in Amsterdam
_HOSTILE = "Ärger; \\n literal, “quotes”\nBEGIN:VTODO\nSUMMARY:second\n\n🐈 日本語 " + "long " * 60 + "end"


class World:
    """One empty list, seen by leeward's connector and by the caldav library."""

    def __init__(self, server: CalDav, name: str) -> None:
        needs.module("caldav")
        self.server = server
        self.url = server.make_list(name, name)
        self.path = RemoteId(self.url.removeprefix(server.url))
        self.live: Live = caldav(server, self.path)

    def look(self, use: Callable[[Any], Any]) -> Any:
        """Do something with the caldav library's calendar."""
        with self.server.client() as client:
            return use(client.calendar(url=self.url))

    def add(self, text: str) -> None:
        """Store a VTODO or VJOURNAL as another program would."""
        self.look(lambda calendar: calendar.save_todo(ical=_calendar(text)))

    def todos(self) -> list[Any]:
        found: list[Any] = self.look(
            lambda calendar: [todo.icalendar_component for todo in calendar.todos(include_completed=True)]
        )
        return found

    def create(self, key: str, title: str = "Title", body: str = "Text", due: Due | None = None) -> Any:
        draft = TaskDraft(self.path, title, Body(body), due=due, tier=Tier.RED, labels=("a, b", "c"))
        return self.live.run(lambda each: each.create(draft, key=Key(key)))

    def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Any:
        return self.live.run(lambda each: each.update(self.path, task, change, key=Key("lwchange"), seen=seen))


def _calendar(text: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//e2e//EN", *text.strip().splitlines(), "END:VCALENDAR", ""]
    return "\r\n".join(line.strip() for line in lines)


@pytest.fixture
def world(caldav_server: CalDav, request: pytest.FixtureRequest) -> World:
    return World(caldav_server, re.sub(r"\W", "-", request.node.name))


def test_the_bare_address_leads_to_every_list(world: World) -> None:
    everything = caldav(world.server)
    identity = everything.run(lambda each: each.check())
    pulled = everything.pull()
    places = {place.id: place for place in pulled.all.places}
    assert places[world.path].tasks
    assert places[world.path].notes
    assert places[world.path].writable
    assert identity.places == len(places)
    assert identity.person.me


def test_a_wrong_password_is_said(radicale: CalDav) -> None:
    with pytest.raises(SignInNeeded):
        Live(caldav(radicale).login, "wrong").run(lambda each: each.check())


def test_what_others_add_change_and_delete_arrives_once(world: World) -> None:
    world.add("BEGIN:VTODO\nUID:a@x\nDTSTAMP:20261101T090000Z\nSUMMARY:first\nDUE;VALUE=DATE:20261224\nEND:VTODO")
    world.add("BEGIN:VTODO\nUID:b@x\nDTSTAMP:20261101T090000Z\nSUMMARY:second\nSTATUS:IN-PROCESS\nEND:VTODO")
    start = world.live.pull()
    assert {task.title: (task.status, task.due) for task in start.tasks.values()} == {
        "first": (Status.OPEN, date(2026, 12, 24)),
        "second": (Status.DOING, None),
    }
    assert world.live.pull(start.cursor).tasks == {}

    world.look(lambda calendar: _rename(calendar, "first", "first, renamed"))
    changed = world.live.pull(start.cursor)
    assert [task.title for task in changed.tasks.values()] == ["first, renamed"]

    (second,) = [task for task in start.tasks.values() if task.title == "second"]
    world.look(lambda calendar: next(todo for todo in calendar.todos() if _summary(todo) == "second").delete())
    gone = world.live.pull(changed.cursor)
    # A path alone does not say what lay there, so it may be called gone as a note too.
    assert (ItemType.TASK, second.id) in gone.all.gone
    assert ({id for _, id in gone.all.gone}, gone.tasks) == ({second.id}, {})
    assert world.live.pull(gone.cursor).all.gone == ()


def _summary(todo: Any) -> str:
    return str(todo.icalendar_component["SUMMARY"])


def _rename(calendar: Any, old: str, new: str) -> None:
    todo = next(todo for todo in calendar.todos() if _summary(todo) == old)
    with todo.edit_icalendar_instance() as document:
        document.walk("VTODO")[0]["SUMMARY"] = new
    todo.save()


def test_a_token_the_server_forgot_loses_and_deletes_nothing(world: World) -> None:
    for number in range(3):
        world.create(f"lwtoken{number}", f"task {number}")
    start = world.live.pull()
    stale = json.loads(start.cursor or "")
    stale["at"][world.path]["t"] = _spoilt(stale["at"][world.path]["t"])

    again = world.live.pull(json.dumps(stale))

    assert sorted(task.title for task in again.tasks.values()) == ["task 0", "task 1", "task 2"]
    assert again.all.gone == ()
    assert world.live.pull(again.cursor).all.gone == ()


def _spoilt(token: str) -> str:
    """A token of the right shape that the server never gave out."""
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def test_a_task_sent_twice_is_made_once_and_says_what_was_meant(world: World) -> None:
    first = world.create("lwoncetwice", _HOSTILE.splitlines()[0], _HOSTILE, due=_NINE)
    again = world.create("lwoncetwice", _HOSTILE.splitlines()[0], _HOSTILE, due=_NINE)

    assert (again.id, again.version) == (first.id, first.version)
    (todo,) = world.todos()
    assert str(todo["SUMMARY"]) == _HOSTILE.splitlines()[0]
    assert str(todo["DESCRIPTION"]) == _HOSTILE
    assert str(todo["X-LEEWARD-KEY"]) == "lwoncetwice"
    assert todo["DUE"].dt.timestamp() * 1000 == _NINE
    assert [str(word) for word in todo["CATEGORIES"].cats] == ["a, b", "c"]
    (task,) = world.live.pull().tasks.values()
    assert (task.text, task.due, task.tier, task.key) == (_HOSTILE, _NINE, Tier.RED, "lwoncetwice")


def test_after_a_lost_answer_the_task_is_found_by_its_key(world: World) -> None:
    with between(world.server.url) as proxy:
        trap = Trap("PUT", ".ics", Moment.WRITTEN, lambda: None)
        proxy.traps.append(trap)
        login = caldav(world.server, world.path).login
        behind = Live(replace(login, url=proxy.url), world.server.password)
        draft = TaskDraft(world.path, "lost and found", Body(""))
        # The door may try a PUT again by itself, since it can be repeated; either way one object is there.
        sent = behind.run(lambda each: each.create(draft, key=Key("lwlost")))
        assert trap.sprung.is_set()
    found = world.live.run(lambda each: each.find_sent(ItemType.TASK, world.path, None, Key("lwlost"), Instant(0)))
    missing = world.live.run(lambda each: each.find_sent(ItemType.TASK, world.path, None, Key("lwnever"), Instant(0)))
    assert (found.id, missing) == (sent.id, None)
    assert len(world.todos()) == 1


def test_an_update_of_an_old_version_is_refused_and_changes_nothing(world: World) -> None:
    sent = world.create("lwstale")
    world.look(lambda calendar: _rename(calendar, "Title", "changed elsewhere"))
    with pytest.raises(Conflict):
        world.update(sent.id, TaskChange(frozenset({"title"}), title="mine"), sent.version)
    assert [str(todo["SUMMARY"]) for todo in world.todos()] == ["changed elsewhere"]


def test_an_update_keeps_what_it_does_not_know(world: World) -> None:
    world.add(
        "BEGIN:VTODO\nUID:k@x\nDTSTAMP:20261101T090000Z\nSUMMARY:old\nX-OTHER-PROGRAM;X-P=1:keep me\n"
        "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:ring\nTRIGGER:-PT15M\nEND:VALARM\nEND:VTODO"
    )
    (task,) = world.live.pull().tasks.values()
    change = TaskChange(frozenset({"title", "status", "due"}), title="new", status=Status.DONE, due=date(2026, 12, 24))
    sent = world.update(task.id, change, task.version)

    (todo,) = world.todos()
    assert (str(todo["SUMMARY"]), str(todo["STATUS"]), todo["DUE"].dt) == ("new", "COMPLETED", date(2026, 12, 24))
    assert str(todo["X-OTHER-PROGRAM"]) == "keep me"
    assert [part.name for part in todo.subcomponents] == ["VALARM"]
    (after,) = world.live.pull().tasks.values()
    assert (after.title, after.status, after.version) == ("new", Status.DONE, sent.version)


def test_of_a_repeating_task_one_instance_is_completed(world: World) -> None:
    world.add(
        "BEGIN:VTODO\nUID:r@x\nDTSTAMP:20261101T090000Z\nSUMMARY:weekly notes\nDTSTART;VALUE=DATE:20261102\n"
        "DUE;VALUE=DATE:20261103\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VTODO"
    )
    start = world.live.pull()
    (task,) = start.tasks.values()
    assert (task.recurring, task.status, task.due) == (True, Status.OPEN, date(2026, 11, 3))

    world.update(task.id, TaskChange(frozenset({"status"}), status=Status.DONE), task.version)

    (after,) = world.live.pull(start.cursor).tasks.values()
    assert (after.recurring, after.status, after.due) == (True, Status.OPEN, date(2026, 11, 10))
    parts = world.look(lambda calendar: calendar.todos(include_completed=True)[0].icalendar_instance.walk("VTODO"))
    finished = [part for part in parts if part.get("STATUS") == "COMPLETED"]
    assert [part["RECURRENCE-ID"].dt for part in finished] == [date(2026, 11, 2)]
    assert [str(part["RRULE"].to_ical().decode()) for part in parts if "RRULE" in part] == ["FREQ=WEEKLY;COUNT=3"]


def test_notes_are_made_read_and_replaced(world: World) -> None:
    draft = NoteDraft(world.path, "Minutes; Tuesday", _HOSTILE)
    sent = world.live.run(lambda each: each.create_note(draft, key=Key("lwnote")))
    start = world.live.pull()
    assert [(note.title, note.text, note.key) for note in start.notes.values()] == [
        ("Minutes; Tuesday", _HOSTILE, "lwnote")
    ]
    better = NoteDraft(world.path, "Minutes", "shorter")
    world.live.run(lambda each: each.update_note(sent.id, better, key=Key("lwedit"), seen=sent.version))
    (note,) = world.look(lambda calendar: calendar.journals())
    assert str(note.icalendar_component["DESCRIPTION"]) == "shorter"
    with pytest.raises(Conflict):
        world.live.run(lambda each: each.update_note(sent.id, draft, key=Key("lwlate"), seen=sent.version))
    assert _texts(world.live.pull(start.cursor)) == ["shorter"]


def _texts(pulled: Pulled) -> list[str]:
    return [note.text for note in pulled.notes.values()]
