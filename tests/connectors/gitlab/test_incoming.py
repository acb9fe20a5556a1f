from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gitlab.api import incoming
from connectors.gitlab.api.hostile import Odd, rows, stamp
from connectors.gitlab.api.incoming import World
from leeward.model import ItemType, Person, RemoteId, Status, Tier

AT = "2026-05-28T20:26:40.123Z"
ISSUE: dict[str, Any] = {
    "id": 1, "iid": 6, "project_id": 4, "title": "T", "description": "D", "state": "opened", "created_at": AT,
    "updated_at": AT, "author": {"id": 2, "username": "ana", "name": "Ana"}, "assignees": [], "labels": [],
    "user_notes_count": 3, "web_url": "https://g.example/x", "due_date": None,
}  # fmt: skip
NOTE: dict[str, Any] = {
    "id": 9,
    "body": "Hello @Ana",
    "author": {"id": 2, "username": "ana"},
    "created_at": AT,
    "updated_at": AT,
}
TODO: dict[str, Any] = {
    "id": 3, "project": {"id": 4}, "author": None, "action_name": "mentioned", "target_type": "Issue",
    "target": {"iid": 6, "project_id": 4, "title": "T"}, "body": "B", "state": "pending", "created_at": AT,
}  # fmt: skip


def world() -> World:
    return World("https://g.example/api/v4", Person(RemoteId("1"), "Sam", me=True))


def issue(**changed: Any) -> incoming.Item:
    found = incoming.item({**ISSUE, **changed}, "issues", world())
    assert found is not None
    return found


def test_an_issue_is_a_task_and_a_thread_with_one_id() -> None:
    found = issue()
    assert found.task is not None
    assert found.task.id == found.thread.id == found.thread.task == "4/issues/6"
    assert found.first.id == "4/issues/6/description"
    assert found.task.version == AT
    merge = incoming.item(ISSUE, "merge_requests", world())
    assert merge is not None
    assert merge.task is None
    assert merge.thread.task is None


@pytest.mark.parametrize(
    ("state", "labels", "status", "tier"),
    [
        ("opened", [], Status.OPEN, None),
        ("opened", ["Doing", "priority::1"], Status.DOING, Tier.RED),
        ("opened", ["workflow::in progress", "priority::2"], Status.DOING, Tier.YELLOW),
        ("closed", ["Doing", "Priority::3"], Status.DONE, Tier.GREEN),
        ("reopened", [{"name": "doing"}, None, 7], Status.DOING, None),
        (None, None, Status.OPEN, None),
    ],
)
def test_status_and_tier_come_from_state_and_labels(state: Any, labels: Any, status: Status, tier: Tier | None) -> None:
    task = issue(state=state, labels=labels).task
    assert task is not None
    assert (task.status, task.tier) == (status, tier)


def test_a_marker_counts_only_under_our_own_name() -> None:
    text = "D\n\n<!-- lwabc -->"
    theirs, ours = issue(description=text), issue(description=text, author={"id": "1"})
    assert theirs.first.key is None
    assert theirs.first.text == text
    assert (ours.first.key, ours.first.text) == ("lwabc", "D")


@pytest.mark.parametrize(
    "changed",
    [
        {"author": None}, {"assignees": None}, {"assignees": {"id": "7"}}, {"assignees": [None, 3, {"id": 5}]}, {"title": None},
        {"description": 7}, {"iid": "6"}, {"project_id": "4"}, {"user_notes_count": "3"}, {"due_date": "soon"},
        {"updated_at": None}, {"updated_at": 5}, {"labels": "x"}, {"web_url": []},
    ],
)  # fmt: skip
def test_odd_fields_are_passed_over(changed: dict[str, Any]) -> None:
    assert issue(**changed).thread.id == "4/issues/6"


def test_what_cannot_be_an_issue_is_counted() -> None:
    here = world()
    for changed in (
        {"iid": None},
        {"iid": True},
        {"iid": -1},
        {"iid": 6.5},
        {"project_id": "../x"},
        {"created_at": None},
    ):
        assert incoming.item({**ISSUE, **changed}, "issues", here) is None
    assert here.odd.count == 6
    odd = Odd()
    assert list(rows([1, None, {"a": 1}, []], odd)) == [{"a": 1}]
    assert list(rows({"message": "x"}, odd)) == []
    assert odd.count == 4


def test_notes_answer_the_first_of_their_discussion_and_name_people() -> None:
    here = world()
    discussion = {"notes": [NOTE, {**NOTE, "id": 10, "author": None, "system": True}, {**NOTE, "id": None}]}
    lines, _people = incoming.notes(discussion, issue(), here)
    assert [each.id for each in lines] == ["9", "10"]
    assert lines[0].reply_to == ()
    assert lines[1].reply_to == ("9",)
    assert lines[0].mentions == ("2",)
    assert lines[1].notice
    assert lines[1].author is None
    assert here.odd.count == 1


def test_mentions_in_code_and_addresses_do_not_count() -> None:
    handles = {"ana": RemoteId("2"), "a.b": RemoteId("3")}
    text = "`@ana` a@ana.example\n```\n@ana\n```\n/@ana"
    assert incoming.mentions(text, handles) == ()
    assert incoming.mentions("(@A.B), @ana. @nobody @ana", handles) == ("3", "2")


def test_attachments_point_at_the_api() -> None:
    text = f"![shot](/uploads/{'a' * 32}/s%20x.png) [evil](/uploads/../x) [x](https://e.example/uploads/{'b' * 32}/y)"
    files = incoming.files(text, "projects/4", "https://g.example/api/v4")
    assert [(each.name, each.url) for each in files] == [
        ("shot", f"https://g.example/api/v4/projects/4/uploads/{'a' * 32}/s%20x.png")
    ]


def test_a_todo_names_its_thread() -> None:
    found = incoming.todo(TODO, world())
    assert found is not None
    row, _who = found
    assert (row.mention, row.target, row.waits) == (True, (ItemType.THREAD, "4/issues/6"), True)
    other = incoming.todo({**TODO, "target_type": "Epic", "action_name": "assigned", "state": "done"}, world())
    assert other is not None
    assert (other[0].mention, other[0].target, other[0].waits) == (False, None, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(ISSUE)), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.sampled_from(sorted(ISSUE | NOTE | TODO)), JSON)
def test_no_answer_raises(name: str, value: Any) -> None:
    here = world()
    incoming.item({**ISSUE, name: value}, "issues", here)
    incoming.notes({"notes": [{**NOTE, name: value}]}, issue(), here)
    incoming.notes({"notes": value}, issue(), here)
    incoming.todo({**TODO, name: value}, here)
    incoming.place({"id": 4, "visibility": value, "archived": value, name: value}, here, None)
    json.dumps(value)


def test_stamps_of_every_shape() -> None:
    assert stamp("2026-05-28T20:26:40.123Z") == stamp("2026-05-28T22:26:40.123+02:00")
    for odd in (None, 5, "", "yesterday", "2026-13-01T00:00:00Z", "9" * 99):
        assert stamp(odd) is None
