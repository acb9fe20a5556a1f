"""The fake refuses what it should, and says where it knowingly differs from the real thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_core.exceptions import OpenAPIError

from tests.fakes.base import Answer, Asked
from tests.fakes.clickup import ClickUpFake, make, rules
from tests.fakes.clickup.described import DOCUMENT, check

LACKED = {
    *("delete", "drop_tag", "drop_comment", "drop_message", "attach"),
    *("views", "space_views", "view", "view_tasks"),
}
"""Operations of the fake that the trimmed description does not have."""


def ask(service: ClickUpFake, method: str, path: str, query: str = "", **body: object) -> Answer:
    pairs = tuple((name, value) for name, _eq, value in (each.partition("=") for each in query.split("&") if each))
    headers = {"authorization": service.token, "content-type": "application/json"}
    data = json.dumps(body).encode() if body else b""
    return service.answer(Asked(method, "/api" + path, pairs, headers, data))


def test_wrong_requests_are_refused_and_remembered() -> None:
    service = make()
    team, place, task = next(iter(service.teams)), next(iter(service.lists)), next(iter(service.tasks))
    wrong = [
        ask(service, "GET", f"/v2/team/{team}/task", "page=-1"),
        ask(service, "GET", f"/v2/team/{team}/task", "order_by=date_updated"),
        ask(service, "GET", f"/v2/team/{team}/task", "updated_gt=5"),
        ask(service, "GET", f"/v2/task/{task}/comment", "start=5"),
        ask(service, "GET", f"/v3/workspaces/{team}/chat/channels", "limit=101"),
        ask(service, "GET", f"/v3/workspaces/{team}/docs", "limit=5"),
        ask(service, "POST", f"/v2/list/{place}/task", description="no name"),
        ask(service, "POST", f"/v2/list/{place}/task", name="x", due_date="tomorrow"),
        ask(service, "POST", f"/v2/list/{place}/task", name="x", priority=5),
        ask(service, "POST", f"/v2/list/{place}/task", name="x", assignees={"add": [1], "rem": []}),
        ask(service, "PUT", f"/v2/task/{task}", assignees=[1]),
        ask(service, "POST", f"/v2/task/{task}/comment", comment_text="nobody is told whether to notify"),
    ]
    assert {each.status for each in wrong} == {400}
    assert len(service.wrong) == len(wrong)


def test_who_may_not_and_what_is_not_there() -> None:
    service = make()
    task = next(iter(service.tasks))
    assert ask(service, "GET", "/v2/task/86none").status == 404
    service.refuse.add(task)
    assert ask(service, "GET", f"/v2/task/{task}").status == 403
    service.answers = [409, 503]
    assert [ask(service, "GET", "/v2/user").status for _each in range(3)] == [409, 503, 200]
    headers = {"authorization": f"Bearer {service.token}"}
    assert service.answer(Asked("GET", "/api/v2/user", (), headers)).status == 401


def test_its_limit_is_told_in_every_answer_and_ends() -> None:
    now = 1_780_000_000_000
    service = ClickUpFake(now=lambda: now)
    service.add_user("Sam", service.token)
    service.limit = 2
    answers = [ask(service, "GET", "/v2/user") for _each in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["1", "0", "0"]
    assert int(answers[2].headers["x-ratelimit-reset"]) == now // 1000 + 60
    now += 60_001
    assert ask(service, "GET", "/v2/user").status == 200


def test_pages_of_tasks_and_comments() -> None:
    service = make()
    team, place = next(iter(service.teams)), next(iter(service.lists))
    for number in range(230):
        service.add_task(place, 1, f"T {number}")
    flags = "subtasks=true&include_closed=true&order_by=updated"
    sizes = [len(json.loads(ask(service, "GET", f"/v2/team/{team}/task", f"{flags}&page={page}").body)["tasks"])
             for page in range(4)]  # fmt: skip
    assert sizes == [100, 100, 33, 0]
    task = next(iter(service.tasks))
    for number in range(30):
        service.add_comment(task, 2, f"C {number}")
    first = json.loads(ask(service, "GET", f"/v2/task/{task}/comment").body)["comments"]
    query = f"start={first[-1]['date']}&start_id={first[-1]['id']}"
    rest = json.loads(ask(service, "GET", f"/v2/task/{task}/comment", query).body)["comments"]
    assert (len(first), len(rest)) == (25, 5)
    assert len({each["id"] for each in first + rest}) == 30


def test_closed_tasks_and_subtasks_are_silently_absent_unless_asked_for() -> None:
    service = make()
    team, place = next(iter(service.teams)), next(iter(service.lists))
    service.add_task(place, 1, "Child", parent="86x")
    service.add_task(place, 1, "Closed", status=service.lists[place]["statuses"][3])
    assert b"Child" not in ask(service, "GET", f"/v2/team/{team}/task", "page=0").body
    assert b"Closed" not in ask(service, "GET", f"/v2/team/{team}/task", "page=0").body


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the published description is not at hand; set LEEWARD_SHARED")
def test_the_description_refuses_what_it_should_and_the_gaps_are_known() -> None:
    headers = {"authorization": "pk_x", "content-type": "application/json"}
    check(Asked("POST", "/api/v2/list/7/task", (), headers, b'{"name": "x"}'))
    for body in (b'{"description": "x"}', b'{"name": 7}', b"[]"):
        with pytest.raises(OpenAPIError):
            check(Asked("POST", "/api/v2/list/7/task", (), headers, body))
    with pytest.raises(OpenAPIError):
        check(Asked("GET", "/api/v2/user", (), {}))
    assert {rule.name for rule in rules.RULES if not rule.described} == LACKED


def test_a_chat_becomes_channels_and_a_seed_of_its_own_tasks(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    lines = [{"room": "dock", "id": 0, "ts": 0, "user": "lee", "text": "anybody?"},
             {"room": "dock", "id": 1, "ts": 1, "user": "lee", "text": "joins", "system": True},
             {"room": "dock", "id": 2, "ts": 2, "user": "kim", "text": "yes"}]  # fmt: skip
    seed.write_text("\n".join(map(json.dumps, lines)))
    assert [row["content"] for row in make(seed).messages.values()] == ["anybody?", "yes"]
    task = {"title": "T", "text": "D", "author": "kim", "comments": [{"author": "sam", "text": "N"}]}
    seed.write_text(json.dumps({"lists": [{"name": "L", "tasks": [task]}]}))
    service = make(seed)
    assert [row["name"] for row in service.tasks.values()] == ["T"]
    assert [row["text"] for row in service.comments.values()] == ["N"]


def test_where_the_fake_differs_from_clickup_on_purpose() -> None:
    service = make()
    # No two stamps are equal; a comment leaves its task's stamp alone, which ClickUp does not promise either way.
    assert service.stamp() < service.stamp()
    task = next(iter(service.tasks))
    before = service.tasks[task]["date_updated"]
    service.add_comment(task, 2, "x")
    assert service.tasks[task]["date_updated"] == before
    # An answer that was sent is not named in the answer: the description promises only an object.
    root = next(iter(service.comments))
    assert ask(service, "POST", f"/v2/comment/{root}/reply", comment_text="x", notify_all=False).body == b"{}"
    # Texts act here wherever they would act in ClickUp's editor.
    ask(service, "POST", f"/v2/task/{task}/comment", comment_text="@ana\n/close", notify_all=False)
    assert service.did == ["alerted @ana", "ran /close"]
