"""The fake judged by Basecamp's own client and by itself: over HTTP, with pages, limits, ETags and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from connectors.basecamp.connector import Basecamp
from connectors.http import Door
from connectors.manifests.basecamp import MANIFEST as BASECAMP
from leeward.model import Body, Focus, Key
from leeward.ports import Login, Secret
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from tests.fakes.base import Answer, Asked
from tests.fakes.basecamp import BasecampFake, make, rules
from tests.fakes.basecamp.described import DOCUMENT, check
from tests.fakes.basecamp.seed import html
from tests.fakes.described import _read
from tests.fakes.serve import Serving

sdk = pytest.importorskip("basecamp")

LACKED = {
    "account", "person", "circles", "edit_line", "drop_line", "chat_uploads", "chat_upload", "attach", "drop_boost",
    "bookmark", "unbookmark", "status", "hill", "step", "upcoming",
}  # fmt: skip
"""Operations of the fake that the trimmed description does not have; so are those that show one recording of some types."""


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(make()) as running:
        fake(running).limit = 1000
        yield running


def fake(serving: Serving) -> BasecampFake:
    assert isinstance(serving.service, BasecampFake)
    return serving.service


@pytest.fixture
def client(serving: Serving) -> Iterator[Any]:
    config = sdk.Config(base_url=serving.base, max_retries=1, timeout=10)
    with sdk.Client(access_token=BasecampFake.token, config=config) as opened:
        yield opened.for_account(str(fake(serving).account))


def ask(service: BasecampFake, method: str, path: str, query: str = "", **body: object) -> Answer:
    pairs = tuple((name, value) for name, _eq, value in (each.partition("=") for each in query.split("&") if each))
    headers = {"authorization": f"Bearer {service.token}", "user-agent": "test (a@example.org)"}
    data = json.dumps(body).encode() if body else b""
    headers |= {"content-type": "application/json"} if method != "GET" else {}
    return service.answer(Asked(method, f"/{service.account}{path}", pairs, headers, data))


def first(service: BasecampFake, type_: str) -> int:
    return next(int(row["id"]) for row in service.held.values() if row["type"] == type_)


def test_basecamps_own_client_reads_every_tool(serving: Serving, client: Any) -> None:
    service = fake(serving)
    assert client.people.my_profile()["name"] == "Sam Vermeer"
    assert {each["name"] for each in client.people.list()} >= {"Ana Duarte", "Mei Tanaka"}
    project = next(each for each in client.projects.list() if each["name"] == "The new quay")
    dock = {each["name"]: each["id"] for each in client.projects.get(project_id=project["id"])["dock"]}
    assert len(client.people.list_for_project(project_id=project["id"])) == 4
    message = client.messages.list(board_id=dock["message_board"])[-1]
    assert [each["type"] for each in client.comments.list(recording_id=message["id"])] == ["Comment"]
    lists = client.todolists.list(todoset_id=dock["todoset"])
    todo = client.todos.list(todolist_id=lists[0]["id"])[0]
    assert (todo["content"], todo["due_on"]) == ("Order the crane", "2026-11-27")
    board = client.card_tables.get(card_table_id=dock["kanban_board"])
    cards = [card for column in board["lists"] for card in client.cards.list(column_id=column["id"])]
    assert client.cards.get(card_id=cards[0]["id"])["steps"][0]["title"] == "Ask the printer"
    assert len(client.campfires.list_lines(campfire_id=dock["chat"])) == 2
    assert [each["title"] for each in client.documents.list(vault_id=dock["vault"])] == ["Minutes of week 47"]
    assert client.hill_charts.get(todoset_id=dock["todoset"])["dots"][0]["position"] == 62
    assert client.my_assignments.get_my_assignments()["non_priorities"]
    upload = client.uploads.get(upload_id=first(service, "Upload"))
    assert client.download_url(upload["download_url"]).body == b"%PDF-1.4 a plan"
    assert service.wrong == []


def test_basecamps_own_client_walks_pages_and_types(serving: Serving, client: Any) -> None:
    service = fake(serving)
    place = first(service, "Todolist")
    for number in range(210):
        service.add_todo(place, service.me, f"To-do {number}")
    found = client.recordings.list(type="Todo", sort="updated_at", direction="desc")
    assert found.meta.total_count == len(found) == 212
    assert found[0]["title"] == "To-do 209"
    assert len({each["id"] for each in found}) == 212
    for type_ in sorted(rules.TYPES):
        assert all(each["type"] == type_ for each in client.recordings.list(type=type_))


def test_basecamps_own_client_writes(serving: Serving, client: Any) -> None:
    service = fake(serving)
    place, chat, vault = (first(service, each) for each in ("Todolist", "Chat::Transcript", "Vault"))
    made = client.todos.create(todolist_id=place, content="Paint", description="<div>Blue</div>", due_on="2026-12-01",
                               assignee_ids=[service.me])  # fmt: skip
    changed = client.todos.update(todo_id=made["id"], content="Paint it")
    assert (changed["content"], changed["due_on"], changed["description"]) == (
        "Paint it",
        "2026-12-01",
        "<div>Blue</div>",
    )
    assert [each["id"] for each in changed["assignees"]] == [service.me]
    client.todos.complete(todo_id=made["id"])
    assert client.todos.get(todo_id=made["id"])["completed"]
    client.todos.uncomplete(todo_id=made["id"])
    comment = client.comments.create(recording_id=made["id"], content="<div>Good</div>")
    assert (
        client.comments.update(comment_id=comment["id"], content="<div>Better</div>")["content"] == "<div>Better</div>"
    )
    client.recordings.trash(recording_id=comment["id"])
    assert [each["id"] for each in client.recordings.list(type="Comment", status="trashed")] == [comment["id"]]
    line = client.campfires.create_line(campfire_id=chat, content="<div>Hi</div>", content_type="text/html")
    client.campfires.update_line(campfire_id=chat, line_id=line["id"], content="<div>Ho</div>")
    assert client.campfires.get_line(campfire_id=chat, line_id=line["id"])["content"] == "<div>Ho</div>"
    client.campfires.create_upload(campfire_id=chat, content=b"x", content_type="text/plain", name="a.txt")
    assert client.campfires.list_uploads(campfire_id=chat)[0]["attachments"][0]["byte_size"] == 1
    client.campfires.delete_line(campfire_id=chat, line_id=line["id"])
    document = client.documents.create(vault_id=vault, title="Week 48", content="<div>x</div>", status="active")
    assert client.documents.update(document_id=document["id"], title="Week 49")["content"] == "<div>x</div>"
    columns = {row["title"]: row["id"] for row in service.columns(service.held[vault]["project"])}
    card = client.cards.create(column_id=columns["Triage"], title="Ropes", due_on="2026-12-02")
    client.cards.move(card_id=card["id"], column_id=columns["Done"])
    assert client.cards.update(card_id=card["id"], due_on="")["due_on"] is None
    assert client.cards.get(card_id=card["id"])["completed"]
    client.card_steps.set_completion(step_id=first(service, "Kanban::Step"), completion="on")
    boost = client.boosts.create_recording_boost(recording_id=card["id"], content="+1")
    client.boosts.delete_boost(boost_id=boost["id"])
    sgid = client.attachments.create(content=b"y", content_type="text/plain", name="b.txt")["attachable_sgid"]
    assert sgid in service.blobs
    assert service.wrong == []


def test_basecamps_own_client_knows_who_is_mentioned_and_what_waits(serving: Serving, client: Any) -> None:
    service = fake(serving)
    mei = next(each["id"] for each in service.people.values() if each["name"] == "Mei Tanaka")
    made = client.comments.create_with_mentions(
        recording_id=first(service, "Message"), content="<div>See</div>", mentions=[mei]
    )
    assert 'content-type="application/vnd.basecamp.mention"' in made["content"]
    assert "<figcaption>Mei</figcaption>" in made["content"]
    unread = client.my_notifications.get_my_notifications()["unreads"]
    client.my_notifications.mark_as_read(readables=[each["readable_sgid"] for each in unread])
    document = client.my_notifications.get_my_notifications()
    assert (len(document["unreads"]), len(document["reads"])) == (0, len(unread))
    client.messages.pin(message_id=first(service, "Message"))
    chat = service.add_circle([service.me, mei])
    service.add_line(chat, mei, html("Shall we?"))
    assert client.pings.list()[0]["links"]["lines"].endswith(f"/chats/{chat}/lines.json")
    schedule = service.dock(service.held[first(service, "Todolist")]["project"], "todoset")
    service.add("Schedule::Entry", service.held[schedule]["project"], schedule, mei, title="Meeting", summary="Meeting",
                all_day=False, starts_at="2026-06-01T09:00:00Z", ends_at="2026-06-01T10:00:00Z", participants=[mei])  # fmt: skip
    told = client.reports.upcoming(window_starts_on="2026-06-01", window_ends_on="2026-06-02")
    assert [each["summary"] for each in told["schedule_entries"]] == ["Meeting"]
    service.people[mei]["away"] = {"start_date": "2026-06-01", "end_date": "2026-06-02"}
    assert client.people.get(person_id=mei)["out_of_office"]["start_date"] == "2026-06-01"
    assert service.wrong == []


def test_basecamps_own_client_understands_the_refusals(serving: Serving, client: Any) -> None:
    service = fake(serving)
    with pytest.raises(sdk.NotFoundError):
        client.todos.get(todo_id=5)
    service.refuse.add(first(service, "Todo"))
    with pytest.raises(sdk.ForbiddenError):
        client.todos.get(todo_id=first(service, "Todo"))
    service.limit = 0
    with pytest.raises(sdk.RateLimitError) as limited:
        client.people.my_profile()
    assert limited.value.retry_after
    service.limit = 50
    service.answers = [500, 422]
    with pytest.raises(sdk.ApiError):
        client.people.my_profile()
    with pytest.raises(sdk.ValidationError):
        client.people.my_profile()
    service.tokens.clear()
    with pytest.raises(sdk.AuthError):
        client.people.my_profile()


def test_the_connector_works_through_the_real_door(serving: Serving) -> None:
    login, clock = Login("work", "basecamp", serving.base, user="sam@example.org"), FakeClock()

    async def whole() -> tuple[set[str], str, str]:
        async with Door(BASECAMP, login, Secret(BasecampFake.token), clock) as door:
            connector = Basecamp(login, door, clock)
            threads = [each async for batch in connector.pull(None, Focus()) for each in batch.threads]
            message = next(each for each in threads if each.title == "Which day for the move?")
            sent = await connector.post(message.place, message.id, Body("Grüße <&> @ana"), key=Key("lwdoor"))
            texts = {line.text async for batch in connector.pull(None, Focus()) for line in batch.messages}
            return texts, sent.id, message.id

    texts, sent, _thread = run(whole())
    assert "Grüße <&> @Ana" in texts
    assert sent.startswith("comment/")
    assert fake(serving).wrong == []
    assert fake(serving).anonymous == 0


def test_wrong_requests_are_refused_and_remembered() -> None:
    service = make()
    todo, place, card = (first(service, each) for each in ("Todo", "Todolist", "Kanban::Card"))
    wrong = [
        ask(service, "GET", "/projects/recordings.json"),
        ask(service, "GET", "/projects/recordings.json", "type=Ping"),
        ask(service, "GET", "/projects/recordings.json", "type=Todo&since=5"),
        ask(service, "GET", "/people.json", "page=0"),
        ask(service, "POST", f"/todolists/{place}/todos.json", description="no content"),
        ask(service, "POST", f"/todolists/{place}/todos.json", content="x", due_on="tomorrow"),
        ask(service, "POST", f"/todolists/{place}/todos.json", content="x", assignee_ids=["1"]),
        ask(service, "PUT", f"/todos/{todo}", content="x", due_on=""),
        ask(service, "PUT", f"/card_tables/cards/{card}", column_id=5),
        ask(service, "POST", f"/card_tables/cards/{card}/moves.json", position=1),
        ask(service, "POST", f"/recordings/{todo}/boosts.json", content="x" * 17),
        ask(service, "PUT", "/my/unreads.json", readables="all"),
    ]
    assert {each.status for each in wrong} == {400}
    assert len(service.wrong) == len(wrong)


def test_who_may_not_ask_and_how() -> None:
    service = make()
    headers = {"authorization": f"Bearer {service.token}", "user-agent": "test"}
    path = f"/{service.account}/my/profile.json"
    assert service.answer(Asked("GET", path, (), {"authorization": headers["authorization"]})).status == 400
    assert service.answer(Asked("GET", path, (), {**headers, "authorization": "Bearer x"})).status == 401
    assert service.answer(Asked("GET", "/5/my/profile.json", (), headers)).status == 404
    bare = Asked("POST", f"/{service.account}/recordings/{first(service, 'Todo')}/comments.json", (), headers, b"{}")
    assert service.answer(bare).status == 415
    assert service.answer(Asked("GET", path, (), headers)).status == 200
    assert service.anonymous
    service.inactive = True
    assert service.answer(Asked("GET", path, (), headers)).headers["reason"] == "Account Inactive"


def test_its_limit_ends_and_304_counts_too() -> None:
    now = 1_780_000_000_000
    service = BasecampFake(now=lambda: now)
    service.add_person("Sam", service.token)
    service.limit = 3
    etag = ask(service, "GET", "/my/profile.json").headers["etag"]
    headers = {"authorization": f"Bearer {service.token}", "user-agent": "t@e", "if-none-match": etag}
    same = [service.answer(Asked("GET", f"/{service.account}/my/profile.json", (), headers)) for _each in range(3)]
    assert [each.status for each in same] == [304, 304, 429]
    assert same[2].headers["retry-after"] == "10"
    now += 10_001
    assert ask(service, "GET", "/my/profile.json").status == 200


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the published description is not at hand; set LEEWARD_SHARED")
def test_the_description_refuses_what_it_should_and_the_gaps_are_known() -> None:
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    check(Asked("POST", "/1/todolists/7/todos.json", (), headers, b'{"content": "x"}'))
    for body in (b'{"description": "x"}', b'{"content": 7}', b"[]"):
        with pytest.raises(OpenAPIError):
            check(Asked("POST", "/1/todolists/7/todos.json", (), headers, body))
    with pytest.raises(OpenAPIError):
        check(Asked("GET", "/1/my/profile.json", (), {}))
    assert {rule.name for rule in rules.RULES if not rule.described} == LACKED | {"one"}


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the published description is not at hand; set LEEWARD_SHARED")
def test_what_it_answers_is_as_described() -> None:
    """But for null: the service says it, as its examples show, where the description knows absence only."""
    service = make()
    service.limit = 1000
    columns = [row["id"] for row in service.held.values() if row["type"] == "Kanban::Column"]
    project = service.held[first(service, "Message")]["project"]
    paths = [
        *(
            "/my/profile.json",
            "/people.json",
            "/projects.json",
            "/chats.json",
            "/my/assignments.json",
            "/my/readings.json",
        ),
        *(f"/projects/{project}", f"/projects/{project}/people.json", f"/card_tables/lists/{columns[0]}/cards.json"),
        *(f"/projects/recordings.json?type={each}" for each in sorted(rules.TYPES)),
        f"/chats/{service.dock(project, 'chat')}/lines.json",
        f"/message_boards/{service.dock(project, 'message_board')}/messages.json",
        f"/messages/{first(service, 'Message')}",
        f"/recordings/{first(service, 'Message')}/comments.json",
        f"/comments/{first(service, 'Comment')}",
        f"/todosets/{service.dock(project, 'todoset')}/todolists.json",
        f"/todolists/{first(service, 'Todolist')}/todos.json",
        f"/todos/{first(service, 'Todo')}",
        f"/card_tables/{service.dock(project, 'kanban_board')}",
        f"/card_tables/cards/{first(service, 'Kanban::Card')}",
        f"/vaults/{service.dock(project, 'vault')}/documents.json",
        f"/documents/{first(service, 'Document')}",
    ]
    for path in paths:
        where, _mark, query = path.partition("?")
        answer = ask(service, "GET", where, query)
        told = json.dumps(_without_null(json.loads(answer.body))).encode()
        asked = MockRequest(
            "https://3.basecampapi.com", "get", f"/{service.account}{where}", args=dict([query.split("=")] if query else []),
            headers={"authorization": "Bearer x"},
        )  # fmt: skip
        _read(DOCUMENT).validate_response(asked, MockResponse(told, answer.status, content_type="application/json"))


def _without_null(document: Any) -> Any:
    """What the description itself allows to be null stays."""
    if isinstance(document, list):
        return [_without_null(each) for each in document]
    if not isinstance(document, dict):
        return document
    return {name: _without_null(value) for name, value in document.items() if value is not None or name == "color"}


def test_a_chat_becomes_projects_and_a_seed_of_its_own_their_work(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    lines = [{"room": "dock", "id": 0, "ts": 0, "user": "lee", "text": "a < b\nc"},
             {"room": "dock", "id": 1, "ts": 1, "user": "lee", "text": "joins", "system": True},
             {"room": "dock", "id": 2, "ts": 2, "user": "kim", "text": "yes"}]  # fmt: skip
    seed.write_text("\n".join(map(json.dumps, lines)))
    said = [row["content"] for row in make(seed).held.values() if "Lines" in row["type"]]
    assert said == ["<div>a &lt; b<br>c</div>", "<div>yes</div>"]
    message = {"subject": "S", "text": "T", "author": "kim", "comments": [{"author": "sam", "text": "C"}]}
    lists = [{"name": "L", "todos": [{"title": "D", "text": "E"}]}]
    seed.write_text(json.dumps({"projects": [{"name": "P", "messages": [message], "lists": lists}]}))
    types = [row["type"] for row in make(seed).held.values()]
    assert [types.count(each) for each in ("Message", "Comment", "Todolist", "Todo")] == [1] * 4


def test_where_the_fake_differs_from_basecamp_on_purpose() -> None:
    service = make()
    # No two stamps are equal, and whether a comment moves what it is about can be chosen: Basecamp promises neither.
    assert service.stamp() < service.stamp()
    todo = service.held[first(service, "Todo")]
    before = todo["updated"]
    service.add_comment(todo["id"], service.me, "x")
    assert todo["updated"] > before
    # Whatever Basecamp would take out of a text, or what would lead somewhere, is written down as having acted.
    ask(service, "POST", f"/recordings/{todo['id']}/comments.json",
        content='<script>x</script><a href="javascript:x">y</a><div>z</div>')  # fmt: skip
    assert service.did == ["tag script", "tag script", "led to javascript:x"]
    assert list(service.held.values())[-1]["content"] == 'x<a href="javascript:x">y</a><div>z</div>'
    # What one puts in the trash keeps its own place; what stands below it is no longer listed as active.
    service.trash(todo["id"])
    listed = json.loads(ask(service, "GET", "/projects/recordings.json", "type=Comment").body)
    assert todo["id"] not in {each["parent"]["id"] for each in listed}
    # Drafts, private to-dos, clients, subscriptions and who is notified are not kept.
    assert ask(service, "POST", f"/vaults/{first(service, 'Vault')}/documents.json", title="x").status == 422
