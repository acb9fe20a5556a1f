"""The connector against the fake server: finding, pulling in every dialect, writing once, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from connectors.caldav.api.listing import read_cursor, write_cursor
from connectors.caldav.connector import CalDav
from leeward.errors import Conflict, Forbidden, Gone, Problem, ServiceChanged, SignInNeeded, TryLater
from leeward.model import (
    Body,
    Focus,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Reach,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.mirror import Mirror
from tests.fakes.base import Answer, Asked, FakeHttp, Service, always, lose_answer
from tests.fakes.caldav import CalDavService, make
from tests.fakes.caldav.seed import journal_text, todo_text
from tests.fakes.caldav.service import Dialect

T = TypeVar("T")
TASKS = RemoteId("/sam/tasks/")
DIALECTS: tuple[Dialect, ...] = ("radicale", "xandikos")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class World:
    def __init__(self, dialect: Dialect = "radicale") -> None:
        self.service = CalDavService(dialect)
        self.service.base = "https://dav.example.org"
        self.service.make_calendar("tasks", "Boat tasks", ("VTODO",))
        self.http = FakeHttp(self.service, self.service.token, "basic", self.service.user)
        self.url = self.service.base
        self.places: tuple[str, ...] = ()
        self.mirror = Mirror()

    @property
    def tasks(self) -> RemoteId:
        return RemoteId(self.service.shelf("tasks").path)

    def connector(self) -> CalDav:
        login = Login("home", "caldav", self.url, "sam", self.places, zone="Europe/Amsterdam")
        return CalDav(login, self.http, FakeClock())

    def pull(self) -> int:
        return run(self.mirror.pull(self.connector()))

    def add(self, name: str, **said: Any) -> RemoteId:
        self.service.shelf("tasks").put(name, todo_text(name, **said))
        return RemoteId(self.tasks + name)

    def create(self, key: str = "lwkey", title: str = "Mend") -> Any:
        return run(self.connector().create(TaskDraft(self.tasks, title, Body("own")), key=Key(key)))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_servers_root_leads_to_the_calendars(dialect: Dialect) -> None:
    world = World(dialect)
    identity = run(world.connector().check())
    assert identity.person.id == "mailto:sam@example.org"
    assert (identity.person.name, identity.person.me) == ("Sam Lee", True)
    assert (identity.server, identity.places) == ("https://dav.example.org", 1)
    discovery = world.http.asked[0]
    assert discovery.path == "/.well-known/caldav"
    assert "authorization" not in discovery.headers


@pytest.mark.parametrize("path", ["/sam/", "/sam/tasks/", "/sam/tasks", "/", "/nowhere/"])
def test_any_address_of_the_account_will_do(path: str) -> None:
    world = World()
    world.url = world.service.base + path.rstrip("/") if path != "/sam/tasks" else world.service.base + path
    world.service.make_calendar("more", "More", ("VTODO", "VJOURNAL"))
    places = 1 if "tasks" in path else 2
    if path.startswith("/sam/tasks"):
        world.url = world.service.base + "/sam/tasks/"
    assert run(world.connector().check()).places == places


def test_another_origin_gets_no_credentials_and_is_named() -> None:
    world = World()
    world.service.elsewhere = "https://p42.example.net"
    with pytest.raises(Problem, match=r"https://p42\.example\.net/"):
        run(world.connector().check())
    world.url = world.service.base + "/sam/"
    with pytest.raises(Problem, match=r"https://p42\.example\.net/sam/") as caught:
        run(world.connector().check())
    assert "url" in caught.value.do


@pytest.mark.parametrize(
    ("url", "fine"), [("http://dav.example.org", False), ("http://127.0.0.1:5232", True), ("dav", False)]
)
def test_passwords_do_not_travel_in_the_clear(url: str, fine: bool) -> None:
    world = World()
    world.url = world.service.base = url
    if fine:
        assert run(world.connector().check()).places == 1
        return
    with pytest.raises(Problem):
        run(world.connector().check())
    assert world.http.asked == []


def test_calendars_are_named_by_title_or_path() -> None:
    world = World()
    world.service.make_calendar("two words", "Second", ("VJOURNAL",))
    world.service.make_calendar("events", "Events", ("VEVENT",))
    for named in ("second", "/sam/two%20words/", "https://dav.example.org/sam/two words", "/sam/two words/"):
        world.places = (named,)
        world.mirror = Mirror()
        world.pull()
        assert list(world.mirror["places"]) == ["/sam/two%20words/"]
    world.places = ("Boat tasks", "Events")
    with pytest.raises(Problem, match="Events") as caught:
        run(world.connector().check())
    assert "Second" in caught.value.do


def test_what_a_calendar_is_for_and_who_reads_it() -> None:
    world = World()
    world.service.make_calendar("both", "Both", ("VTODO", "VJOURNAL", "VEVENT")).shared = True
    world.service.make_calendar("lent", "Lent", ("VJOURNAL",)).owner = "/eve/"
    world.service.shelf("lent").readonly = True
    world.pull()
    both, lent, tasks = (world.mirror["places"][RemoteId(f"/sam/{slug}/")] for slug in ("both", "lent", "tasks"))
    assert (both.tasks, both.notes, both.writable, both.audience.reach) == (True, True, True, Reach.UNKNOWN)
    assert (lent.tasks, lent.notes, lent.writable, lent.audience.reach) == (False, True, False, Reach.UNKNOWN)
    assert (tasks.title, tasks.tasks, tasks.notes, tasks.audience.reach) == ("Boat tasks", True, False, Reach.ONLY_ME)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_delta_asks_for_what_changed_only(dialect: Dialect) -> None:
    world = World(dialect)
    for number in range(120):
        world.add(f"{number}.ics", summary=f"Task {number}")
    world.pull()
    assert (world.tasks, ItemType.TASK) in world.mirror.complete
    world.add("3.ics", summary="Renamed")
    world.service.shelf("tasks").drop("4.ics")
    before = len(world.http.asked)
    assert world.pull() == 2
    assert world.mirror.gone == [(ItemType.TASK, world.tasks + "4.ics")]
    multigets = [asked for asked in world.http.asked[before:] if b"multiget" in asked.body]
    assert len(multigets) == 1
    assert multigets[0].body.count(b"href>/") == 1
    assert world.pull() == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_that_is_no_longer_known_starts_over_and_deletes_nothing_by_itself(dialect: Dialect) -> None:
    world = World(dialect)
    kept, dropped = world.add("1.ics", summary="One"), world.add("2.ics", summary="Two")
    world.pull()
    world.mirror.complete.clear()
    world.service.forget_tokens()
    world.service.shelf("tasks").drop("2.ics")
    for _round in range(2):
        # Listed whole twice, so that the store may count what is missing; a third time is not needed.
        world.mirror.complete.clear()
        world.pull()
        assert world.mirror.complete == {(world.tasks, ItemType.TASK)}
        assert world.mirror.gone == []
    world.mirror.complete.clear()
    world.pull()
    assert world.mirror.complete == set()
    assert {kept, dropped} == world.mirror["tasks"].keys()


def test_a_listing_that_is_not_whole_is_not_called_so() -> None:
    world = World()
    for number in range(30):
        world.add(f"{number}.ics", summary="x")
    world.service.page = 10
    world.pull()
    assert (world.tasks, ItemType.TASK) in world.mirror.complete
    assert len(world.mirror["tasks"]) == 30
    world.mirror = Mirror()
    world.service.loops = True
    world.pull()
    assert world.mirror.complete == set()
    assert world.mirror.oddities
    world.service.loops = False
    world.pull()
    assert len(world.mirror["tasks"]) == 30
    assert (world.tasks, ItemType.TASK) in world.mirror.complete


def test_an_object_that_cannot_be_read_is_counted_and_hides_no_other() -> None:
    world = World()
    world.add("1.ics", summary="One")
    shelf = world.service.shelf("tasks")
    for name, text in (
        ("bad.ics", "BEGIN:VCALENDAR\r\nnonsense"),
        ("odd.ics", "\x00".replace("\x00", "?")),
        ("empty.ics", ""),
    ):
        shelf.put(name, text)
    shelf.put("huge.ics", "X" * 3_000_000)
    world.pull()
    assert list(world.mirror["tasks"]) == [world.tasks + "1.ics"]
    assert world.mirror.oddities == 4
    assert world.mirror.complete == set()
    assert world.pull() == 0


def test_appointments_are_passed_over() -> None:
    for types in (True, False):
        world = World()
        world.service.tells_types = types
        shelf = world.service.make_calendar("mix", "Mix", ("VTODO", "VEVENT", "VJOURNAL"))
        shelf.put("e.ics", todo_text("e", summary="x").replace("VTODO", "VEVENT"))
        shelf.put("t.ics", todo_text("t", summary="Task"))
        shelf.put("j.ics", journal_text("j", summary="Note"))
        world.pull()
        assert list(world.mirror["tasks"]) == ["/sam/mix/t.ics"]
        assert list(world.mirror["notes"]) == ["/sam/mix/j.ics"]
        assert world.mirror.oddities == 0


def test_without_sync_reports_only_an_objects_own_404_makes_it_gone() -> None:
    world = World()
    world.service.syncs = False
    kept, dropped, hidden = (world.add(f"{name}.ics", summary=name) for name in ("kept", "dropped", "hidden"))
    world.pull()
    assert (world.tasks, ItemType.TASK) in world.mirror.complete
    world.service.shelf("tasks").drop("dropped.ics")
    world.service.shelf("tasks").hidden.add("hidden.ics")
    world.add("kept.ics", summary="Changed")
    world.pull()
    assert world.mirror.gone == [(ItemType.TASK, dropped)]
    assert world.mirror["tasks"].keys() == {kept, hidden}
    assert world.mirror["tasks"][kept].title == "Changed"


def test_a_calendar_that_may_not_be_read_does_not_keep_the_others_back() -> None:
    world = World()
    world.service.make_calendar("zoo", "Zoo", ("VTODO",)).put("1.ics", todo_text("1", summary="Feed"))

    def closed(_service: Service, asked: Asked) -> Answer | None:
        return Answer(403) if asked.method == "REPORT" and asked.path == world.tasks else None

    world.http.faults = [closed] * 50
    world.add("1.ics", summary="One")
    world.pull()
    assert list(world.mirror["tasks"]) == ["/sam/zoo/1.ics"]
    assert world.mirror.oddities == 1
    world.http.faults = []
    world.pull()
    assert len(world.mirror["tasks"]) == 2


def test_noise_in_one_calendar_is_said_after_the_others_were_read() -> None:
    world = World()
    world.service.make_calendar("zoo", "Zoo", ("VTODO",)).put("1.ics", todo_text("1", summary="Feed"))

    def noise(_service: Service, asked: Asked) -> Answer | None:
        return Answer(207, b"<html>") if asked.method == "REPORT" and asked.path == world.tasks else None

    world.http.faults = [noise] * 50
    with pytest.raises(ServiceChanged):
        world.pull()
    assert list(world.mirror["tasks"]) == ["/sam/zoo/1.ics"]


def test_paths_outside_of_the_calendar_are_never_asked_for() -> None:
    world = World()
    world.add("1.ics", summary="One")
    inside = b"<d:propstat><d:prop><d:getetag>1</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
    hrefs = (
        "/eve/tasks/1.ics",
        "//evil.example.org/sam/tasks/2.ics",
        "/sam/tasks/../3.ics",
        "/sam/tasks/x/4.ics",
        "/sam/tasks/",
    )
    entries = b"".join(b"<d:response><d:href>%s</d:href>%s</d:response>" % (href.encode(), inside) for href in hrefs)
    gone = b"<d:response><d:href>/eve/5.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    body = b'<d:multistatus xmlns:d="DAV:">%s%s<d:sync-token>t</d:sync-token></d:multistatus>' % (entries, gone)

    def mislead(_service: Service, asked: Asked) -> Answer | None:
        return Answer(207, body) if b"sync-collection" in asked.body else None

    world.http.faults = [mislead] * 20
    world.pull()
    assert not any(b"multiget" in asked.body for asked in world.http.asked)
    assert world.mirror.gone == []
    assert world.mirror["tasks"] == {}


def test_a_search_by_key_steps_over_what_cannot_be_read() -> None:
    world = World()
    shelf = world.service.shelf("tasks")
    shelf.put("huge.ics", "X" * 3_000_000)
    shelf.put("bad.ics", "rubbish")
    world.create()
    item = shelf.items["lwkey.ics"]
    shelf.drop("lwkey.ics")
    shelf.put("moved.ics", item.text)
    before = len(world.http.asked)
    found = run(world.connector().find_sent(ItemType.TASK, world.tasks, None, Key("lwkey"), Instant(0)))
    assert found is not None
    assert found.id == world.tasks + "moved.ics"
    assert not any(b"huge.ics" in asked.body for asked in world.http.asked[before:])


def test_what_is_on_the_screen_is_asked_first() -> None:
    world = World()
    world.service.make_calendar("zoo", "Zoo", ("VTODO",))

    async def pull() -> None:
        async for _batch in world.connector().pull(None, Focus(places=(RemoteId("/sam/zoo/"),))):
            pass

    run(pull())
    reports = [asked.path for asked in world.http.asked if asked.method == "REPORT"]
    assert reports == ["/sam/zoo/", "/sam/tasks/"]


@pytest.mark.parametrize(
    "cursor", [None, "", "{", "null", "[]", '{"v":1}', '{"v":1,"at":[]}', '{"v":1,"at":{"/x/":3}}', '{"v":9}']
)
def test_a_cursor_that_is_not_ours_starts_over(cursor: str | None) -> None:
    assert read_cursor(cursor) == {}


def test_a_cursor_goes_round_and_holds_no_more_than_it_must() -> None:
    world = World()
    world.add("1.ics", summary="One")
    world.pull()
    assert world.mirror.cursor is not None
    assert write_cursor(read_cursor(world.mirror.cursor)) == world.mirror.cursor
    assert json.loads(world.mirror.cursor)["at"].keys() == {world.tasks}
    assert len(world.mirror.cursor) < 200


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("knob", ["plain", "keeps_etag", "rewrites"])
def test_one_key_makes_one_object_however_often_it_is_sent(dialect: Dialect, knob: str) -> None:
    world = World(dialect)
    if knob != "plain":
        setattr(world.service, knob, knob == "rewrites")
    sent = [world.create() for _again in range(3)]
    assert len(world.service.shelf("tasks").items) == 1
    (item,) = world.service.shelf("tasks").items.values()
    assert {(each.id, each.version) for each in sent} == {(world.tasks + "lwkey.ics", item.etag)}
    put = next(asked for asked in world.http.asked if asked.method == "PUT")
    assert put.headers["if-none-match"] == "*"


def test_creates_with_lost_answers_are_made_once_each() -> None:
    world = World()
    for number in range(90):
        if number % 3:
            world.http.write_faults = [lose_answer if number % 3 == 1 else always(503)]
            with pytest.raises(TryLater) as caught:
                world.create(f"lw{number}", f"Task {number}")
            assert caught.value.taken
            found = run(world.connector().find_sent(ItemType.TASK, world.tasks, None, Key(f"lw{number}"), Instant(0)))
            assert (found is None) == (number % 3 == 2)
        world.create(f"lw{number}", f"Task {number}")
    assert len(world.service.shelf("tasks").items) == 90


def test_something_else_at_our_path_is_a_conflict() -> None:
    world = World()
    world.add("lwkey.ics", summary="Not ours")
    with pytest.raises(Conflict):
        world.create()
    assert world.service.shelf("tasks").items.keys() == {"lwkey.ics"}


def test_our_object_under_another_name_is_found_by_its_key() -> None:
    world = World()
    sent = world.create()
    shelf = world.service.shelf("tasks")
    item = shelf.items["lwkey.ics"]
    shelf.drop("lwkey.ics")
    shelf.put("moved.ics", item.text)
    again = world.create()
    assert (sent.id, again.id) == (world.tasks + "lwkey.ics", world.tasks + "moved.ics")
    assert shelf.items.keys() == {"moved.ics"}


def test_a_server_that_chooses_another_path_is_followed() -> None:
    world = World()

    def rename(service: Service, asked: Asked) -> Answer | None:
        shelf = world.service.shelf("tasks")
        item = shelf.put("chosen.ics", asked.body.decode())
        return Answer(201, b"", {"location": "chosen.ics", "etag": item.etag})

    world.http.write_faults = [rename]
    assert world.create().id == world.tasks + "chosen.ics"


def test_an_answer_that_is_no_webdav_answer_is_checked() -> None:
    world = World()
    world.http.write_faults = [always(200, b"fine")]
    with pytest.raises(TryLater) as caught:
        world.create()
    assert caught.value.taken
    assert world.service.shelf("tasks").items == {}


def test_a_refusal_is_a_refusal() -> None:
    world = World()
    world.service.shelf("tasks").readonly = True
    with pytest.raises(Forbidden) as caught:
        world.create()
    assert caught.value.taken is False
    notes = NoteDraft(world.tasks, "No place for notes", "x")
    world.service.shelf("tasks").readonly = False
    with pytest.raises(Forbidden):
        run(world.connector().create_note(notes, key=Key("lwnote")))
    with pytest.raises(Conflict):
        run(world.connector().create(TaskDraft(RemoteId("/sam/none/"), "x", Body("x")), key=Key("lw")))


def done(world: World, task: RemoteId, seen: str | None, key: str = "lwdone") -> Any:
    change = TaskChange(frozenset({"status"}), status=Status.DONE)
    return run(world.connector().update(world.tasks, task, change, key=Key(key), seen=seen))


def test_an_update_names_the_version_it_saw() -> None:
    world = World()
    task = world.add("1.ics", summary="One")
    etag = world.service.shelf("tasks").items["1.ics"].etag
    sent = done(world, task, etag)
    assert sent.version == world.service.shelf("tasks").items["1.ics"].etag
    assert next(asked for asked in world.http.asked if asked.method == "PUT").headers["if-match"] == etag
    with pytest.raises(Conflict):
        done(world, task, etag)


def test_somebody_who_is_faster_between_our_look_and_our_write_wins() -> None:
    world = World()
    task = world.add("1.ics", summary="One")

    def faster(_service: Service, _asked: Asked) -> Answer | None:
        world.add("1.ics", summary="Theirs")
        return None

    world.http.write_faults = [faster]
    with pytest.raises(Conflict) as caught:
        done(world, task, None)
    assert caught.value.taken is False
    assert "Theirs" in world.service.shelf("tasks").items["1.ics"].text


def test_our_own_write_sent_twice_by_the_door_is_no_conflict() -> None:
    world = World()
    task = world.add("1.ics", summary="One")

    def twice(service: Service, asked: Asked) -> Answer | None:
        service.answer(asked)
        return service.answer(asked)

    world.http.write_faults = [twice]
    assert done(world, task, None).version == world.service.shelf("tasks").items["1.ics"].etag


def test_a_repeating_task_moves_one_instance_however_often_a_write_is_sent() -> None:
    world = World()
    text = todo_text("r", summary="Water").replace(
        "END:VTODO", "DTSTART:20260302T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VTODO"
    )
    world.service.shelf("tasks").put("r.ics", text)
    task = RemoteId(world.tasks + "r.ics")
    seen = world.service.shelf("tasks").items["r.ics"].etag
    world.http.write_faults = [lose_answer]
    with pytest.raises(TryLater):
        done(world, task, seen)
    for _again in range(3):
        done(world, task, seen)
    assert world.service.shelf("tasks").items["r.ics"].text.count("RECURRENCE-ID") == 1
    world.pull()
    assert world.mirror["tasks"][task].status is Status.OPEN


def test_a_read_that_fails_before_a_write_says_that_nothing_was_written() -> None:
    world = World()
    task = world.add("1.ics", summary="One")
    world.http.read_faults = [lose_answer]
    with pytest.raises(TryLater) as caught:
        done(world, task, None)
    assert caught.value.taken is False
    with pytest.raises(Gone):
        done(world, RemoteId(world.tasks + "none.ics"), None)
    with pytest.raises(Gone):
        done(world, RemoteId("@elsewhere.example.org/x.ics"), None)


def test_an_address_without_a_calendar_server_says_so() -> None:
    world = World()
    world.http.read_faults = [always(404)] * 9
    with pytest.raises(ServiceChanged, match="no calendar server at"):
        world.pull()


def test_a_wrong_password_asks_for_a_new_one_and_a_token_works_too() -> None:
    world = World()
    world.http = FakeHttp(world.service, "wrong", "basic", "sam")
    with pytest.raises(SignInNeeded):
        world.pull()
    world.http = FakeHttp(world.service, world.service.token)
    world.pull()
    assert world.mirror["places"]


def test_the_fake_is_filled_from_files(tmp_path: Any) -> None:
    listed = tmp_path / "tasks.json"
    listed.write_text(
        json.dumps([{"title": "One", "text": "x", "due": "2026-11-24", "labels": ["a"]}, {"title": "Two"}])
    )
    assert len(make(listed).shelf("tasks").items) == 2
    calendar = tmp_path / "all.ics"
    inner = todo_text("a", summary="A").partition("BEGIN:VTODO")[2].partition("END:VCALENDAR")[0]
    calendar.write_text(journal_text("b", summary="B").replace("END:VCALENDAR", f"BEGIN:VTODO{inner}END:VCALENDAR"))
    filled = make(calendar)
    assert (len(filled.shelf("tasks").items), len(filled.shelf("notes").items)) == (1, 1)


def test_a_weak_etag_after_a_write_is_not_taken_for_the_version() -> None:
    """A proxy that packs answers weakens ETags on the way; the listing has the server's own."""
    world = World()

    def weaken(service: Service, asked: Asked) -> Answer | None:
        said = service.answer(asked)
        return Answer(said.status, said.body, {**said.headers, "etag": "W/" + said.headers["etag"]})

    world.http.write_faults = [weaken] * 3
    made = world.create()
    assert made.version == world.service.shelf("tasks").items["lwkey.ics"].etag
    again = done(world, made.id, made.version)
    assert again.version == world.service.shelf("tasks").items["lwkey.ics"].etag
