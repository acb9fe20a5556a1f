"""The fake refuses what it should, and says where it knowingly differs from the real thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_core.exceptions import OpenAPIError

from tests.fakes.base import Answer, Asked
from tests.fakes.miro import MiroFake, make, rules
from tests.fakes.miro.described import DOCUMENT, check
from tests.fakes.miro.words import acts, kept

LACKED = {"tagged", "untag", "change_text", "change_frame"}
"""Operations of the fake that the trimmed description does not have; `untag` shares its path with a deletion there."""


def ask(service: MiroFake, method: str, path: str, query: str = "", **body: object) -> Answer:
    pairs = tuple((name, value) for name, _eq, value in (each.partition("=") for each in query.split("&") if each))
    headers = {"authorization": f"Bearer {service.token}", "content-type": "application/json"}
    return service.answer(Asked(method, path, pairs, headers, json.dumps(body).encode() if body else b""))


def first(service: MiroFake, type: str) -> str:
    row = next(row for row in service.items.values() if row["type"] == type)
    return f"/v2/boards/{row['board']}/items/{row['id']}"


def test_wrong_requests_are_refused_and_remembered() -> None:
    service = make()
    board = f"/v2/boards/{next(iter(service.boards))}"
    wrong = [
        ask(service, "GET", "/v2/boards", "limit=51"),
        ask(service, "GET", "/v2/boards", "sort=newest"),
        ask(service, "GET", "/v2/boards", "updated_since=5"),
        ask(service, "GET", f"{board}/items", "limit=5"),
        ask(service, "GET", f"{board}/items", "type=comment"),
        ask(service, "POST", f"{board}/cards", data={"name": "x"}),
        ask(service, "POST", f"{board}/cards", data={"title": "x", "dueDate": "tomorrow"}),
        ask(service, "POST", f"{board}/cards", data={"title": "x", "assigneeId": 5}),
        ask(service, "POST", f"{board}/cards", title="x"),
        ask(service, "POST", f"{board}/sticky_notes", data={"content": "x"}, parent="frame"),
        ask(service, "POST", f"{board}/sticky_notes", data={"content": "x"}, position={"z": 1}),
        ask(service, "POST", f"{board}/frames", data={"title": ""}),
        ask(service, "POST", f"{board}/tags", title="x" * 121),
        ask(service, "POST", f"{board}/tags", title="x", fillColor="pink"),
    ]
    assert {each.status for each in wrong} == {400}
    assert len(service.wrong) == len(wrong)


def test_who_may_not_and_what_is_not_there() -> None:
    service = make()
    board = next(iter(service.boards))
    card = first(service, "card")
    assert ask(service, "GET", f"/v2/boards/{board}/items/9").status == 404
    assert ask(service, "GET", "/v2/boards/none/items").status == 404
    assert ask(service, "GET", card.replace("/items/", "/docs/")).status == 404
    service.refuse.add(board)
    assert ask(service, "GET", f"/v2/boards/{board}").status == 403
    service.refuse.clear()
    service.scopes = ("boards:read",)
    refused = ask(service, "POST", f"/v2/boards/{board}/cards", data={"title": "x"})
    assert (refused.status, b"boards:write" in refused.body) == (403, True)
    service.scopes = ()
    assert ask(service, "GET", "/v1/oauth-token").status == 200
    service.answers = [409, 503]
    assert [ask(service, "GET", "/v1/oauth-token").status for _each in range(3)] == [409, 503, 200]
    assert service.answer(Asked("GET", "/v1/oauth-token", (), {"authorization": service.token})).status == 401


def test_credits_are_told_in_every_answer_and_end() -> None:
    now = 1_780_000_000_000
    service = MiroFake(now=lambda: now)
    me = service.add_user("Sam", service.token)
    board = service.add_board("B", me, [me])
    service.credits = 400
    costs = []
    for path in ("/v1/oauth-token", f"/v2/boards/{board}/items", f"/v2/boards/{board}/tags"):
        before = service._left()
        answer = ask(service, "GET", path)
        costs.append(before - int(answer.headers["x-ratelimit-remaining"]))
        assert answer.headers["x-ratelimit-reset"] == str(now // 1000 + 60)
    assert costs == [50, 100, 50]
    assert [ask(service, "GET", "/v1/oauth-token").status for _each in range(5)] == [200, 200, 200, 200, 429]
    now += 60_001
    assert ask(service, "GET", "/v1/oauth-token").status == 200


def test_pages_of_boards_by_offset_and_of_items_by_cursor() -> None:
    service = make()
    me = next(iter(service.users))
    board = service.add_board("Big", me, [me])
    for number in range(25):
        service.add_item(board, "card", me, {"title": f"{number}"})
    page = json.loads(ask(service, "GET", f"/v2/boards/{board}/items", "limit=20").body)
    assert (page["size"], page["total"]) == (20, 25)
    rest = json.loads(ask(service, "GET", f"/v2/boards/{board}/items", f"limit=20&cursor={page['cursor']}").body)
    assert rest["size"] == 5
    assert "cursor" not in rest
    boards = json.loads(ask(service, "GET", "/v2/boards", "limit=2&offset=2").body)
    assert (boards["size"], boards["total"]) == (1, 3)


def test_deleting_with_a_tag_takes_the_tag_and_without_it_the_item() -> None:
    service = make()
    card = first(service, "card")
    item = card.rpartition("/")[2]
    tag = service.items[item]["tags"][0]
    assert ask(service, "DELETE", card, f"tag_id={tag}").status == 204
    assert service.items[item]["tags"] == []
    assert ask(service, "DELETE", card, f"tag_id={tag}").status == 404
    assert ask(service, "DELETE", card).status == 204
    assert item not in service.items


def test_an_item_outside_of_its_frame_is_refused() -> None:
    service = make()
    sticky = first(service, "sticky_note")
    assert ask(service, "PATCH", sticky, position={"x": 100.0, "y": 100.0}).status == 200
    assert ask(service, "PATCH", sticky, position={"x": 5000.0, "y": 100.0}).status == 400
    service.wrong.clear()
    assert ask(service, "PATCH", sticky, parent={"id": None}, position={"x": 5000.0, "y": 1.0}).status == 200


def test_texts_lose_the_tags_that_miro_strips_and_act_where_they_would() -> None:
    assert kept('<p class="x">a<script>b</script><a href="https://x.example" id="y">c</a></p>') == (
        '<p>ab<a href="https://x.example">c</a></p>'
    )
    assert acts("<p>fine &lt;b&gt;</p>") == []
    assert acts("<p>@ana <a href='x'>y</a> [z](javascript:1)</p>") == [
        "tag a",
        "tag a",
        "called @ana",
        "scripted ](javascript:",
    ]


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the official descriptions are not at hand (LEEWARD_SHARED)")
def test_the_description_knows_every_operation_but_those() -> None:
    import yaml

    known = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    paths = {
        (method.upper(), path.replace("{", "(").replace("}", ")")) for path, ops in known.items() for method in ops
    }
    found = set()
    for rule in rules.RULES:
        shape = rule.path.pattern.replace("(?P<board>[^/]+)", "(board_id)").replace("(?P<item>[^/]+)", "(item_id)")
        if (rule.method, shape) in paths:
            found.add(rule.name)
    assert {rule.name for rule in rules.RULES} - found == LACKED - {"tagged", "untag"}
    assert {rule.name for rule in rules.RULES if not rule.described} == LACKED - {"untag"}


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the official descriptions are not at hand (LEEWARD_SHARED)")
def test_the_description_refuses_too() -> None:
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    check(Asked("GET", "/v2/boards", (("limit", "50"),), headers))
    check(Asked("POST", "/v2/boards/b=/cards", (), headers, b'{"data": {"title": "x"}}'))
    for wrong in (
        Asked("GET", "/v2/boards/b=/items", (("type", "comment"),), headers),
        Asked("POST", "/v2/boards/b=/cards", (), headers, b'{"data": {"title": 5}}'),
        Asked("POST", "/v2/boards/b=/frames", (), headers, b"{}"),
        Asked("GET", "/v2/boards", (), {}),
    ):
        with pytest.raises(OpenAPIError):
            check(wrong)


def test_a_chat_and_a_world_of_ones_own_can_seed_it(tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    lines = [{"room": "harbour", "id": "1", "user": "ana", "text": "One"}, {"room": "harbour", "id": "2", "user": "zoe", "text": "Two"},
             {"room": "harbour", "id": "3", "user": "ana", "text": "joined", "system": True}]  # fmt: skip
    chat.write_text("\n".join(json.dumps(each) for each in lines), encoding="utf-8")
    service = make(chat)
    assert [row["data"]["content"] for row in service.items.values()] == ["<p>One</p>", "<p>Two</p>"]
    own = tmp_path / "own.json"
    own.write_text(
        json.dumps({"boards": [{"name": "B", "cards": [{"title": "T", "text": "x"}], "stickies": [{"text": "s"}]}]})
    )
    assert [row["type"] for row in make(own).items.values()] == ["card", "sticky_note"]
