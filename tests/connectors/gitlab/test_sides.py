"""Wikis, boards, epics, votes, reviews, weights and the owner's own status."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gitlab.api import pages as read
from connectors.gitlab.api.beside import EXTRA, beside
from connectors.gitlab.api.hostile import stamp
from connectors.gitlab.api.incoming import World
from connectors.gitlab.connector import GitLab
from leeward.errors import Forbidden, Gone, NotSupported, Refused, TryLater
from leeward.model import (
    Body,
    Focus,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Place,
    Reach,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
    Tier,
)
from leeward.ports import Login
from leeward.ports_extra import Vote
from leeward.testing.mirror import Mirror
from tests.contract.test_gitlab import GitLabEpicsHarness, GitLabHarness
from tests.fakes.base import Answer, Asked, Service

T = TypeVar("T")
DAY = 86_400.0


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: GitLabHarness, **login: Any) -> GitLab:
    return GitLab(Login("work", "gitlab", world.service.base, **login), world.http, world.clock)


def pulled(world: GitLabHarness, mirror: Mirror | None = None, **login: Any) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(connector(world, **login)))
    return mirror


def since(world: GitLabHarness, before: int) -> list[str]:
    return [asked.path.removeprefix("/api/v4/") for asked in world.http.asked[before:]]


def update(world: GitLabHarness, task: RemoteId, **fields: Any) -> None:
    change = TaskChange(frozenset(fields), **fields)
    run(connector(world).update(world.place(ItemType.TASK), task, change, key=Key("lwx"), seen=None))


# Wikis


def test_pages_are_notes_dated_by_the_events_of_the_wiki() -> None:
    world = GitLabHarness()
    world.service.add_page(world.project, "home", "Welcome", world.other)
    world.advance(DAY)
    page = world.service.add_page(world.project, "how to/Move the gate", "One\n\nTwo", world.other)
    wrote = world.service.wiki_events[-1]["created_at"]
    row = pulled(world)["notes"][RemoteId(f"{world.project}/wikis/{page['slug']}")]
    assert (row.title, row.text) == ("Move the gate", "One\n\nTwo")
    assert row.url == f"{world.service.base}/harbour/api/-/wikis/how-to/Move-the-gate"
    assert row.updated == stamp(wrote)


def test_a_server_without_events_of_wikis_dates_pages_by_the_project() -> None:
    world = GitLabHarness()
    world.service.events_of_wikis = False
    note = world.add_note("Minutes", "One")
    row = pulled(world)["notes"][note]
    assert row.updated == stamp(world.service.projects[world.project]["created_at"])


def test_a_quiet_wiki_is_asked_for_once_an_hour_and_at_once_on_the_screen() -> None:
    world = GitLabHarness()
    note = world.add_note("Minutes", "One")
    mirror = pulled(world)

    def asks(focus: Focus | None = None) -> bool:
        before = len(world.http.asked)

        async def look() -> None:
            async for batch in connector(world).pull(mirror.cursor, focus or Focus()):
                mirror.ingest(batch)

        run(look())
        return f"projects/{world.project}/wikis" in since(world, before)

    assert not asks()
    assert asks(Focus(places=(RemoteId(str(world.project)),)))
    world.change_note(note, "Two")  # moves the project
    assert asks()
    assert mirror["notes"][note].text == "Two"
    assert not asks()
    world.advance(3601)
    assert asks()


def test_a_page_is_gone_when_gitlab_asked_for_it_says_so() -> None:
    world = GitLabHarness()
    kept, dropped = world.add_note("Kept", "x"), world.add_note("Dropped", "x")
    lagging = world.add_note("Lagging", "x")
    mirror = pulled(world)
    world.service.drop_page(world.project, "Dropped")
    world.service.hidden_pages.add("Lagging")
    for _round in range(3):
        world.advance(DAY)
        pulled(world, mirror)
    assert mirror.gone == [(ItemType.NOTE, dropped)]
    assert {kept, lagging} == mirror["notes"].keys()


@pytest.mark.parametrize("status", [403, 404])
def test_a_wiki_that_is_switched_off_stops_nothing(status: int) -> None:
    world = GitLabHarness()
    task = world.add_task("Still read")

    def off(service: Service, asked: Asked) -> Answer | None:
        return Answer(status) if asked.path.endswith("/wikis") else None

    world.http.read_faults.extend([off] * 30)
    mirror = pulled(world)
    assert task in mirror["tasks"]
    world.service.projects[world.project]["wiki_enabled"] = False
    world.mend()
    assert pulled(world)["places"][RemoteId(str(world.project))].notes is False


@pytest.mark.parametrize(
    "body", [b'[{"slug": "cut', b'{"message": "odd"}', b'[null, {"slug": 5}, {"title": "no slug"}]']
)
def test_a_wiki_that_cannot_be_read_is_counted_and_stops_nothing(body: bytes) -> None:
    world = GitLabHarness()
    task, note = world.add_task("Still read"), world.add_note("Kept", "x")
    mirror = pulled(world)
    world.advance(DAY)
    world.change_task(task, "Renamed")

    def odd(service: Service, asked: Asked) -> Answer | None:
        return Answer(200, body) if asked.path.endswith("/wikis") else None

    world.http.read_faults.extend([odd] * 30)
    pulled(world, mirror)
    assert mirror["tasks"][task].title == "Renamed"
    assert note in mirror["notes"]
    assert mirror.oddities >= 1
    assert mirror.gone == []


def test_a_page_keeps_its_folder_and_moves_only_when_its_title_does() -> None:
    world = GitLabHarness()
    world.service.add_page(world.project, "how to/Move", "One", world.other)
    note = RemoteId(f"{world.project}/wikis/how-to/Move")
    place = RemoteId(str(world.project))
    sent = run(connector(world).update_note(note, NoteDraft(place, "Move", "Two"), key=Key("lwa"), seen=None))
    assert sent.id == note
    sent = run(connector(world).update_note(note, NoteDraft(place, "Move it", "Two"), key=Key("lwb"), seen=None))
    assert sent.id == f"{world.project}/wikis/how-to/Move-it"
    with pytest.raises(Refused, match="Duplicate"):
        run(connector(world).create_note(NoteDraft(place, "how to/Move it", "x"), key=Key("lwc")))
    with pytest.raises(NotSupported):
        run(connector(world).create_note(NoteDraft(RemoteId("groups/5"), "x", "x"), key=Key("lwd")))
    with pytest.raises(NotSupported):
        run(connector(world).update_note(RemoteId("5/issues/1"), NoteDraft(place, "x", "x"), key=Key("lwe"), seen=None))


# Boards, weights, time


def test_a_column_of_a_board_is_the_services_own_status() -> None:
    world = GitLabHarness()
    world.service.add_board(world.project, "Next", "In progress", "Review")
    row = world.service.add_thing(world.project, world.other, "Card", labels="Review,bug")
    closed = world.service.add_thing(world.project, world.other, "Old", labels="Review", state_event="close")
    plain = world.service.add_thing(world.project, world.other, "Plain")
    tasks = pulled(world)["tasks"]
    told = {each["iid"]: tasks[RemoteId(f"{world.project}/issues/{each['iid']}")] for each in (row, closed, plain)}
    assert [told[each["iid"]].native_status for each in (row, closed, plain)] == ["Review", "closed", "opened"]
    task = told[plain["iid"]].id
    update(world, task, status=Status.DOING)
    assert world.service.things[world.project, "issues", plain["iid"]]["labels"] == ["In progress"]
    again = pulled(world)["tasks"][task]
    assert (again.status, again.native_status) == (Status.DOING, "In progress")


def test_without_a_board_doing_is_our_own_word() -> None:
    world = GitLabHarness()
    task = world.add_task("Card")
    update(world, task, status=Status.DOING)
    assert pulled(world)["tasks"][task].labels == ("Doing",)


def test_columns_are_asked_for_once_an_hour() -> None:
    world = GitLabHarness()
    mirror = pulled(world)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert not any("boards" in path or "wikis" in path or "groups" in path for path in since(world, before))
    world.advance(3601)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert f"projects/{world.project}/boards" in since(world, before)


def test_boards_that_fail_hide_no_task_and_are_told() -> None:
    world = GitLabHarness()
    task = world.add_task("Still read")

    def broken(service: Service, asked: Asked) -> Answer | None:
        return Answer(503) if asked.path.endswith("/boards") else None

    world.http.read_faults.extend([broken] * 30)
    mirror = Mirror()
    with pytest.raises(TryLater):
        run(mirror.pull(connector(world)))
    assert task in mirror["tasks"]


def test_weight_and_time_are_shown_and_never_written_back() -> None:
    world = GitLabHarness()
    made = world.service.add_thing(world.project, world.other, "Weighed", "The text")
    made.update(weight=3, milestone={"title": "v2"}, epic={"iid": 1, "title": "The move"})
    made["time_stats"] = {"time_estimate": 36000, "total_time_spent": 7200, "human_time_estimate": "1d 2h",
                          "human_total_time_spent": "2h"}  # fmt: skip
    task = RemoteId(f"{world.project}/issues/{made['iid']}")
    shown = pulled(world)["tasks"][task].text
    assert shown == f"The text{EXTRA}Weight: 3\nTime: 2h of 1d 2h\nMilestone: v2\nEpic: The move"
    update(world, task, text=shown.replace("The text", "New text"))
    assert (made["description"], made["weight"]) == ("New text", 3)
    assert pulled(world)["messages"][RemoteId(f"{task}/description")].text == "New text"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, ""),
        ({"weight": 0}, "Weight: 0"),
        ({"time_stats": {"total_time_spent": 60}}, "Time: 60 s"),
        ({"time_stats": {"time_estimate": 60}}, "Time: 0h of 60 s"),
        ({"weight": "x", "time_stats": [], "milestone": 5, "epic": {"title": ["x"]}}, ""),
    ],
)
def test_what_is_kept_beside_an_issue(row: dict[str, Any], said: str) -> None:
    assert beside(row) == said


# Reviews


def test_a_request_for_a_review_waits_in_the_inbox_until_it_is_finished() -> None:
    world = GitLabHarness()
    merge = world.service.add_thing(world.project, world.other, "Send the chain", sort="merge_requests")
    world.service.ask_review(world.project, merge["iid"], world.me, world.other)
    thread = RemoteId(f"{world.project}/merge_requests/{merge['iid']}")
    mirror = pulled(world)
    (todo,) = mirror["todos"].values()
    assert (todo.title, todo.target, todo.waits, todo.mention) == (
        "Review: Send the chain", (ItemType.THREAD, thread), True, False,
    )  # fmt: skip
    assert thread in mirror["threads"]
    run(connector(world).mark_read(RemoteId(str(world.project)), thread, None, (todo.id,)))
    assert pulled(world, mirror)["todos"][todo.id].waits is False


# Epics


def test_epics_are_tasks_of_their_group() -> None:
    world = GitLabEpicsHarness()
    world.service.groups["harbour"]["visibility"] = "internal"
    made = world.service.add_epic(
        "harbour", world.other, "The move", "All of it", labels=["Doing", "priority::1"], due_date="2026-12-01"
    )
    mirror = pulled(world)
    place = mirror["places"][RemoteId(f"groups/{world.group}")]
    assert (place.title, place.tasks, place.threads, place.audience.reach) == (
        "harbour",
        True,
        True,
        Reach.ORGANISATION,
    )
    row = mirror["tasks"][RemoteId(f"groups/{world.group}/epics/{made['iid']}")]
    assert (row.title, row.text, row.status, row.tier, row.due) == (
        "The move", "All of it", Status.DOING, Tier.RED, date(2026, 12, 1),
    )  # fmt: skip


@pytest.mark.parametrize("hides", [False, True])
def test_a_group_without_a_licence_is_no_place_and_is_asked_again_after_an_hour(hides: bool) -> None:
    world = GitLabHarness()
    world.service.hides_epics = hides
    task = world.add_task("Still read")
    mirror = pulled(world)
    assert task in mirror["tasks"]
    assert not any(id_.startswith("groups/") for id_ in mirror["places"])
    group = world.service.groups["harbour"]["id"]
    draft = TaskDraft(RemoteId(f"groups/{group}"), "Epic", Body("x"))
    with pytest.raises((Forbidden, Gone), match="Epics are not part"):
        run(connector(world).create(draft, key=Key("lwepic")))
    world.service.licensed = True
    world.service.add_epic("harbour", world.other, "The move")
    assert len(pulled(world, mirror)["tasks"]) == 1
    world.advance(3601)
    assert len(pulled(world, mirror)["tasks"]) == 2


@pytest.mark.parametrize(
    ("enterprise", "licensed", "said"),
    [(False, False, ", without epics"), (True, False, ", without epics"), (True, True, "")],
)
def test_the_check_says_whether_there_are_epics(enterprise: bool, licensed: bool, said: str) -> None:
    world = GitLabHarness()
    world.service.enterprise, world.service.licensed = enterprise, licensed
    for login in ({}, {"places": ("harbour/api",)}):
        assert run(connector(world, **login).check()).server == f"GitLab 18.6.0-fake{said}"


def test_epics_that_fail_hide_no_project_and_no_todo() -> None:
    world = GitLabEpicsHarness()
    merge = world.service.add_thing(world.project, world.other, "Fine", sort="merge_requests")
    world.service.add_todo(world.me, (world.project, "merge_requests", merge["iid"]), "mentioned", world.other)

    def broken(service: Service, asked: Asked) -> Answer | None:
        return Answer(503) if "/epics" in asked.path else None

    world.http.read_faults.extend([broken] * 60)
    mirror = Mirror()
    with pytest.raises(TryLater):
        run(mirror.pull(connector(world)))
    assert len(mirror["threads"]) == 1
    assert len(mirror["todos"]) == 1


def test_projects_of_a_person_and_of_one_group_ask_for_one_group() -> None:
    world = GitLabEpicsHarness()
    world.service.add_project("harbour/deep/down", [world.me])
    diary = world.service.add_project("sam/diary", [world.me])
    world.service.projects[diary]["namespace"]["kind"] = "user"
    pulled(world)
    asked = [asked.path for asked in world.http.asked if asked.path.endswith("/epics")]
    assert asked == [f"/api/v4/groups/{world.group}/epics"]


def test_every_field_of_an_epic_is_written() -> None:
    world = GitLabEpicsHarness()
    place = world.place(ItemType.TASK)
    draft = TaskDraft(place, "The move", Body("x"), due=date(2026, 12, 1), labels=("gate",))
    sent = run(connector(world).create(draft, key=Key("lwepic")))
    row = pulled(world)["tasks"][sent.id]
    assert (row.due, row.labels, row.key) == (date(2026, 12, 1), ("gate",), "lwepic")
    update(world, sent.id, due=None, labels=("crane",), status=Status.DOING, text="y")
    row = pulled(world)["tasks"][sent.id]
    assert (row.due, row.labels, row.status, row.text, row.key) == (
        None,
        ("Doing", "crane"),
        Status.DOING,
        "y",
        "lwepic",
    )
    with pytest.raises(NotSupported, match="nobody"):
        update(world, sent.id, assignees=(RemoteId(str(world.me)),))
    with pytest.raises(NotSupported, match="epics"):
        run(connector(world).votes(place, sent.id, RemoteId("5")))


# Votes


def test_emoji_are_votes_at_issues_merge_requests_and_lines() -> None:
    world = GitLabHarness()
    issue, line = world.add_thread("Thursday?")
    merge = world.service.add_thing(world.project, world.other, "Merge", sort="merge_requests")
    thread = RemoteId(f"{world.project}/merge_requests/{merge['iid']}")
    assert issue is not None
    place = RemoteId(str(world.project))
    world.service.awards[world.project, "issues", 1, int(line)] = [
        {"id": 900, "name": "thumbsup", "user": world.service.users[world.other]}
    ]
    for at in ((issue, line), (issue, RemoteId(f"{issue}/description")), (thread, RemoteId(f"{thread}/description"))):
        for _twice in range(2):
            run(connector(world).vote(place, *at, "thumbsup", on=True))
        run(connector(world).vote(place, *at, "heart", on=True))
        mine = RemoteId(str(world.me))
        others = (RemoteId(str(world.other)),) if at == (issue, line) else ()
        assert run(connector(world).votes(place, *at)) == (Vote("thumbsup", (*others, mine)), Vote("heart", (mine,)))
        for _twice in range(2):
            run(connector(world).vote(place, *at, "thumbsup", on=False))
        assert run(connector(world).votes(place, *at)) == (
            *((Vote("thumbsup", others),) if others else ()), Vote("heart", (mine,)),
        )  # fmt: skip
    with pytest.raises(NotSupported):
        run(connector(world).votes(place, None, line))


# Status


def test_the_owners_own_status_is_set_ends_and_is_cleared() -> None:
    world = GitLabHarness()

    def say(text: str, emoji: str | None = None, hours: float | None = None) -> str:
        until = None if hours is None else Instant(world.clock.now() + int(hours * 3_600_000))
        run(connector(world).set_status(text, emoji, until))
        held = world.service.status_of(world.me)
        return f"{held['emoji']} {held['message']} {held['availability']}"

    assert say("On the boat", ":ship:", 2) == "ship On the boat not_set"
    world.advance(3.5 * 3600)
    assert world.service.status_of(world.me)["message"] == ""
    assert say("At the dentist") == "speech_balloon At the dentist not_set"
    world.advance(90 * DAY)
    assert world.service.status_of(world.me)["message"] == "At the dentist"
    assert say("") == "  not_set"


def test_quiet_leaves_the_owners_own_status_alone() -> None:
    world = GitLabHarness()
    run(connector(world).set_status("On the boat", "ship", None))
    remembered = run(connector(world).set_quiet(True, Instant(world.clock.now() + 3_600_000), None))
    run(connector(world).set_quiet(False, None, remembered))
    assert world.service.status_of(world.me)["message"] == "On the boat"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_no_answer_breaks_the_readers(document: Any) -> None:
    world = World("https://gitlab.example.org/api/v4")
    place = Place(RemoteId("1"), "p")
    row = document if isinstance(document, dict) else {}
    beside({"weight": document, "time_stats": document, "milestone": document})
    read.columns(document, world)
    read.columns([{"lists": document}], world)
    list(read.written(document, world))
    read.wiki_page({**row, "slug": "s"}, place, Instant(0), world)
    read.group_place({**row, "id": 5}, "p")
    read.epic({**row, "id": 9, "group_id": 1, "iid": 2}, place, world)
    read.seal_of([{"notes": document}, {"notes": [row, {**row, "id": 5}]}])
