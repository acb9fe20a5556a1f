from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.clickup.api import lines, places, tasks
from connectors.clickup.api.places import Above, Workspace
from connectors.clickup.api.world import World
from leeward.model import Audience, Person, Reach, RemoteId, Status, Thread, Tier
from leeward.zones import instant, zone

ME = Person(RemoteId("1"), "Sam", me=True)
ANA = Person(RemoteId("2"), "Ana")
TEAM = Workspace(RemoteId("90"), "Harbour", (ME, ANA))
THREAD = Thread(RemoteId("86a"), RemoteId("7"), "T", url="https://app.clickup.com/t/86a")
AMSTERDAM = zone("Europe/Amsterdam")


def world() -> World:
    return World("https://api.clickup.com/api", "Europe/Amsterdam", ME)


def task_row(**more: Any) -> dict[str, Any]:
    row = {"id": "86a", "name": "T", "list": {"id": "7"}, "date_created": "1780000000000", "creator": {"id": 2}}
    return {**row, "date_updated": "1780000000001", "status": {"status": "to do", "type": "open"}, **more}


def task(**more: Any) -> Any:
    found = tasks.item(task_row(**more), world())
    assert found is not None
    return found.task


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("open", Status.OPEN), ("unstarted", Status.OPEN), ("custom", Status.DOING), ("done", Status.DONE),
     ("closed", Status.DONE), ("", Status.OPEN)],
)  # fmt: skip
def test_statuses_by_their_kind_with_the_native_word_kept(kind: str, wanted: Status) -> None:
    found = task(status={"status": "Wacht op Ana", "type": kind})
    assert (found.status, found.native_status) == (wanted, "Wacht op Ana")


def test_what_the_description_types_wrongly_is_read_as_the_service_sends_it() -> None:
    found = task(
        assignees=[{"id": 2, "username": "Ana"}, {"id": 1}, "odd"],
        tags=[{"name": "urgent"}, {"name": "urgent"}, 7],
        priority={"id": "1", "priority": "urgent"},
    )
    assert (found.assignees, found.labels, found.tier) == (("2", "1"), ("urgent",), Tier.RED)
    assert [task(priority=each).tier for each in (2, {"id": "4"}, {"priority": "low"}, {"id": "3"}, None, "x")] == [
        Tier.YELLOW, Tier.GREEN, Tier.GREEN, None, None, None,
    ]  # fmt: skip


def test_a_due_is_a_day_at_four_in_the_morning_there_and_else_an_instant() -> None:
    four = instant(datetime(2026, 11, 24, 4), AMSTERDAM)
    noon = instant(datetime(2026, 11, 24, 12), AMSTERDAM)
    assert task(due_date=str(four)).due == date(2026, 11, 24)
    assert task(due_date=str(noon)).due == noon
    assert task(due_date=str(noon), due_date_time=False).due == date(2026, 11, 24)
    assert task(due_date=str(four), due_date_time=True).due == four
    assert task(due_date=None).due is None
    for wanted in (date(2026, 3, 29), noon, None):
        fields = tasks.due_fields(wanted, "Europe/Amsterdam")
        assert tasks.due(fields, "Europe/Amsterdam") == wanted


def test_checklists_parents_and_dependencies_stand_below_the_text_and_are_never_written_back() -> None:
    found = task(
        markdown_description="The text",
        parent="86p",
        checklists=[{"name": "Steps", "items": [{"name": "one", "resolved": True}, {"name": "two\nlines"}]}],
        dependencies=[{"task_id": "86a", "depends_on": "86b"}, {"task_id": "86c", "depends_on": "86a"}],
        linked_tasks=[{"task_id": "86a", "link_id": "86d"}],
    )
    assert found.text.splitlines() == [
        "The text", "", "— ClickUp —", "Subtask of 86p", "Steps:", "- [x] one", "- [ ] two lines", "Waits for 86b",
        "86c waits for this", "Linked with 86d",
    ]  # fmt: skip
    assert tasks.own_text(found.text) == "The text"


def test_a_marker_counts_only_under_our_own_name() -> None:
    theirs = task(markdown_description="Copied\n\n⟦lwkey1⟧")
    ours = task(markdown_description="Mine\n\n⟦lwkey1⟧", creator={"id": 1})
    assert (theirs.text, theirs.key, ours.text, ours.key) == ("Copied\n\n⟦lwkey1⟧", None, "Mine", "lwkey1")


def test_readers_are_never_narrower_than_they_are_told() -> None:
    def readers(**row: Any) -> Audience:
        found = places.space({"id": "5", "name": "S", **row}, TEAM, world())
        assert found is not None
        return found[1].audience

    assert readers(private=False) == Audience(Reach.ORGANISATION, 2, (ME.id, ANA.id))
    assert readers(private=True, members=[{"user": {"id": 1}}]).reach is Reach.ONLY_ME
    assert readers(private=True, members=[{"user": {"id": 1}}, {"user": {"id": 2}}]).reach is Reach.PEOPLE
    for unknown in ({"private": True}, {}, {"private": "no"}, {"members": [{"user": {"id": 1}}]}):
        assert readers(**unknown).reach is Reach.UNKNOWN
    above = Above("S", Audience(Reach.ORGANISATION), ())
    found = places.list_place({"id": "7", "name": "L", "permission_level": "read"}, above, world())
    assert found is not None
    assert (found[0].title, found[0].writable, found[0].audience) == ("S / L", False, above.audience)


def test_a_comment_assigned_to_the_owner_waits_until_it_is_resolved() -> None:
    row = {"id": "9", "date": "1780000000000", "comment_text": "Please look\nnow", "user": {"id": 2}}
    found = [
        lines.comment(
            {**row, "assignee": {"id": who}, "assigned_by": {"id": 2}, "resolved": resolved}, THREAD, None, world()
        )
        for who, resolved in ((1, False), (1, True), (2, False))
    ]
    todos = [each.todo for each in found if each]
    assert [each.waits if each else None for each in todos] == [True, False, None]
    assert todos[0] is not None
    assert (todos[0].title, todos[0].target, todos[0].author) == ("Please look", ("thread", "86a"), "2")
    assert len({each.seen.digest for each in found if each}) == 3


def test_mentions_of_comments_and_chat() -> None:
    part = {"type": "tag", "text": "@Sam", "user": {"id": 1}}
    row = {"id": "9", "date": 1, "comment_text": "@Sam", "comment": [{"text": "a"}, part, {"type": "tag"}, 7]}
    found = lines.comment(row, THREAD, None, world())
    said = lines.chat_line(
        {"id": "8", "date": 1, "content": "Hi [@Sam](#user_mention#1) @Sam", "user_id": "2"},
        RemoteId("90/chat/6"),
        None,
        world(),
    )
    assert found is not None
    assert said is not None
    assert (found.line.mentions, said.line.mentions) == (("1",), ("1",))


def test_a_chat_line_made_into_a_task_has_a_thread_that_names_it() -> None:
    row = {"id": "8", "date": 1, "content": "Fix the gate", "user_id": "2", "triaged_object_id": "86x"}
    place = RemoteId("90/chat/6")
    made = lines.chat_line({**row, "triaged_object_type": 1}, place, None, world())
    other = lines.chat_line({**row, "triaged_object_type": 19}, place, None, world())
    assert made is not None
    assert other is not None
    thread = lines.chat_thread(made, [])
    assert thread is not None
    assert (thread.id, thread.task, thread.title) == ("90/chat/6/8", "86x", "Fix the gate")
    assert (other.task, other.line.thread) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "id",
    "list",
    "name",
    "status",
    "date",
    "date_created",
    "date_updated",
    "creator",
    "user",
    "user_id",
    "assignees",
    "assignee",
    "tags",
    "priority",
    "due_date",
    "due_date_time",
    "parent",
    "checklists",
    "items",
    "dependencies",
    "linked_tasks",
    "comment",
    "comment_text",
    "content",
    "reply_count",
    "replies_count",
    "triaged_object_id",
    "resolved",
    "private",
    "members",
    "teams",
    "hidden",
    "pages",
    "type",
    "visibility",
    "public",
]
ROWS = st.dictionaries(st.sampled_from(NAMES), JSON | st.just("7") | st.just({"id": "7"}), max_size=len(NAMES))


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_no_answer_whatever_it_holds_raises(row: dict[str, Any]) -> None:
    here = world()
    place = RemoteId("90/chat/6")
    tasks.item(row, here)
    tasks.item({**task_row(), **{name: value for name, value in row.items() if name not in {"id", "list"}}}, here)
    lines.comment(row, THREAD, None, here)
    lines.comment({**row, "id": "9", "date": 5}, THREAD, RemoteId("8"), here)
    lines.chat_line(row, place, None, here)
    lines.chat_line({**row, "id": "9", "date": 5}, place, None, here)
    list(lines.pages([row, {**row, "id": "9", "date_updated": 5}], RemoteId("90/doc/8"), here))
    places.workspaces(row, here)
    above = Above("S", Audience(), ())
    for make in (places.folder, places.list_place):
        make({**row, "id": "5"}, above, here)
    for build in (places.space, places.doc, places.list_of_task):
        build({**row, "id": "5"}, TEAM, here)
    places.channel({**row, "id": "5"}, TEAM, here, None)


def test_what_is_odd_is_counted() -> None:
    here = world()
    assert tasks.item({"id": "86a"}, here) is None
    assert lines.comment({"id": "../x", "date": 1}, THREAD, None, here) is None
    assert list(lines.pages("no list", RemoteId("90/doc/8"), here)) == []
    assert here.odd.count == 3


def test_nested_pages_are_notes_and_deleted_ones_are_not() -> None:
    rows = [
        {"id": "a", "name": "A", "content": "x", "date_created": 5, "date_updated": 7, "pages": [
            {"id": "b", "name": "B", "content": "y\n\n⟦lwk⟧", "creator_id": 1, "date_created": 6}]},
        {"id": "c", "name": "C", "content": "z", "date_created": 5, "deleted": True},
    ]  # fmt: skip
    found = list(lines.pages(json.loads(json.dumps(rows)), RemoteId("90/doc/8"), world()))
    assert [(each.id, each.text, each.key, each.updated) for each in found] == [
        ("90/doc/8/a", "x", None, 7), ("90/doc/8/b", "y", "lwk", 6),
    ]  # fmt: skip
