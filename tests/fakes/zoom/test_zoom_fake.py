"""The fake over HTTP and by itself: pages that end, refusals in Zoom's words, limits, and what it calls illegal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.http import Door
from connectors.manifests.zoom import MANIFEST as ZOOM
from connectors.zoom.connector import Zoom
from leeward.model import Body, Focus, Key
from leeward.ports import Login, Secret, Upload
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from tests.fakes.base import Answer, Asked
from tests.fakes.serve import Serving
from tests.fakes.zoom import ZoomFake, make

SIGNED = {"authorization": f"Bearer {ZoomFake.token}"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(make()) as running:
        yield running


def ask(fake: ZoomFake, path: str, *query: tuple[str, str], method: str = "GET", body: object = None) -> Any:
    """Status and document of an answer."""
    headers = SIGNED | (JSON if body is not None else {})
    data = json.dumps(body).encode() if body is not None else b""
    answer = fake.answer(Asked(method, f"/v2{path}", query, headers, data))
    return answer.status, json.loads(answer.body) if answer.body else None


def quiet() -> tuple[ZoomFake, FakeClock, str]:
    clock = FakeClock()
    fake = ZoomFake(now=clock.now)
    me, ana = fake.add_user("Sam Vermeer", "sam", fake.token), fake.add_user("Ana Duarte", "ana")
    return fake, clock, fake.add_channel("harbour", [me, ana])


def test_the_connector_works_through_the_real_door(serving: Serving) -> None:
    login, clock = Login("team", "zoom", serving.base), FakeClock()
    clock.advance((serving.service.now() - clock.now()) / 1000)  # type: ignore[attr-defined] # it is a ZoomFake

    async def whole() -> tuple[set[str], set[str], bytes]:
        async with Door(ZOOM, login, Secret(ZoomFake.token), clock) as door:
            connector = Zoom(login, door, clock)
            first = [batch async for batch in connector.pull(None, Focus())]
            place = next(each for batch in first for each in batch.places if each.title == "general")
            file = Upload("note.txt", b"Tide at six", "text/plain")
            sent = await connector.post(place.id, None, Body("Grüße <&> " + "x" * 1500), (file,), key=Key("lwdoor"))
            again = [batch async for batch in connector.pull(None, Focus())]
            line = next(line for batch in again for line in batch.messages if line.id == sent.id)
            texts = {line.text for batch in (*first, *again) for line in batch.messages}
            return texts, {note.title for batch in first for note in batch.notes}, await connector.fetch(line.files[0])

    texts, notes, data = run(whole())
    assert "Grüße <&> " + "x" * 1500 in texts
    assert "Which day for the move? Tuesday or Thursday; please say until tomorrow." in texts
    assert notes == {"How the gate is opened · 3:20", "Weekly · 42 min", "Weekly"}
    assert data == b"Tide at six"


def test_a_seconds_limit_is_waited_out_at_the_real_door_and_hops_are_followed(serving: Serving) -> None:
    fake, login, clock = serving.service, Login("team", "zoom", serving.base), FakeClock()
    assert isinstance(fake, ZoomFake)
    clock.advance((fake.now() - clock.now()) / 1000)
    fake.hops = 2
    fake.limits["sessions"] = [(429, 429, "You have reached the maximum per-second rate limit for this API.", {})] * 2

    async def notes() -> set[str]:
        async with Door(ZOOM, login, Secret(ZoomFake.token), clock) as door:
            batches = [batch async for batch in Zoom(login, door, clock).pull(None, Focus())]
            return {note.text for batch in batches for note in batch.notes}

    assert any("Then Thursday it is." in text for text in run(notes()))
    assert clock.slept
    assert [path for path, _signed in fake.downloads] == [f"/rec/download/1{hop}" for hop in ("", "/hop1", "/hop2")]


def test_page_tokens_lead_through_and_end_after_a_quarter_of_an_hour() -> None:
    fake, clock, channel = quiet()
    made = [fake.say(channel, "usr0002ana", f"Line {number}") for number in range(7)]
    path, here = "/chat/users/me/messages", ("to_channel", channel)
    span = (("from", "2026-05-28T00:00:00Z"), ("to", "2026-06-28T00:00:00Z"), ("page_size", "3"))
    found, token = [], ""
    while True:
        _status, document = ask(fake, path, here, *span, *((("next_page_token", token),) if token else ()))
        found += [row["id"] for row in document["messages"]]
        last, token = token, document["next_page_token"]
        if not token:
            break
    assert found == made[::-1]
    clock.advance(15 * 60 + 1)
    status, document = ask(fake, path, here, *span, ("next_page_token", last))
    assert (status, document["code"]) == (400, 300)
    assert "expired" in document["message"]


def test_without_from_a_list_is_of_today_only() -> None:
    fake, clock, channel = quiet()
    fake.say(channel, "usr0002ana", "Yesterday")
    clock.advance(86_400)
    fake.say(channel, "usr0002ana", "Today")
    _status, document = ask(fake, "/chat/users/me/messages", ("to_channel", channel))
    assert [row["message"] for row in document["messages"]] == ["Today"]
    status, document = ask(
        fake, f"/chat/users/me/messages/{document['messages'][0]['id']}/thread", ("to_channel", channel)
    )
    assert (status, document["code"]) == (400, 4233)


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/chat/users/me/messages", None, (400, 300)),
        ("GET", "/chat/channels/none/members", None, (404, 4130)),
        ("POST", "/chat/users/me/messages", {"message": "x" * 1025, "to_channel": "chn00001"}, (400, 300)),
        ("POST", "/chat/users/me/messages", {"message": "x", "to_contact": "nobody"}, (404, 1001)),
        ("POST", "/chat/users/me/messages",
         {"message": "x", "to_channel": "chn00001", "file_ids": ["none"]}, (400, 5404)),
        ("GET", "/no/such/thing", None, (404, 404)),
    ],
)  # fmt: skip
def test_refusals_are_worded_as_zoom_words_them(method: str, path: str, body: object, told: tuple[int, int]) -> None:
    fake, _clock, _channel = quiet()
    status, document = ask(fake, path, method=method, body=body)
    assert (status, document["code"]) == told
    assert document["message"]
    assert fake.wrong == []


def test_a_missing_scope_and_a_wrong_token_are_told_apart() -> None:
    fake, _clock, _channel = quiet()
    fake.tokens[fake.token][1].discard("team_chat:read:list_user_channels")
    status, document = ask(fake, "/chat/users/me/channels")
    assert (status, document["code"]) == (400, 4711)
    assert "does not contain scopes:[team_chat:read:list_user_channels" in document["message"]
    fake.tokens.clear()
    assert ask(fake, "/users/me")[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/chat/users/me/messages", (("to_channel", "chn00001"), ("page_size", "51")), None),
        ("GET", "/chat/users/me/messages", (("to_channel", "chn00001"), ("since", "1")), None),
        ("GET", "/chat/users/me/sessions", (("from", "yesterday"),), None),
        ("GET", "/users/me", (("access_token", "x"),), None),
        ("POST", "/chat/users/me/messages", (), {"to_channel": "chn00001"}),
        ("POST", "/chat/users/me/messages", (), {"message": 5, "to_channel": "chn00001"}),
        ("POST", "/chat/users/me/messages", (), {"message": "x", "colour": "red", "to_channel": "chn00001"}),
    ],
)
def test_a_request_that_is_not_legal_is_remembered(method: str, path: str, query: Any, body: object) -> None:
    fake, _clock, _channel = quiet()
    assert ask(fake, path, *query, method=method, body=body)[0] == 400
    assert fake.wrong


def test_a_channel_takes_ten_messages_a_second_and_is_shut_then() -> None:
    fake, clock, channel = quiet()

    def post() -> Answer:
        body = json.dumps({"message": "x", "to_channel": channel}).encode()
        return fake.answer(Asked("POST", "/v2/chat/users/me/messages", (), SIGNED | JSON, body))

    answers = [post() for _message in range(11)]
    assert [answer.status for answer in answers] == [201] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "10"
    clock.advance(9)
    assert post().status == 429
    clock.advance(2)
    assert post().status == 201


def test_only_what_stands_beside_a_text_acts() -> None:
    fake, _clock, channel = quiet()
    body = {"message": "@all @ana <!channel>", "to_channel": channel}
    assert ask(fake, "/chat/users/me/messages", method="POST", body=body)[0] == 201
    assert fake.did == []
    items = [{"at_type": 2, "start_position": 0, "end_position": 3}]
    ask(fake, "/chat/users/me/messages", method="POST", body=body | {"at_items": items})
    assert fake.did == ["@all"]
    wrong = [{"at_type": 2, "start_position": 1, "end_position": 3}]
    ask(fake, "/chat/users/me/messages", method="POST", body=body | {"at_items": wrong})
    assert fake.wrong


def test_a_chat_is_poured_into_channels(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    said = (
        {"room": "harbour", "id": 0, "ts": 0.0, "user": "ana", "text": "a < b"},
        {"room": "harbour", "id": 1, "ts": 1.0, "user": "B|en", "text": "hi"},
        {"room": "other", "id": 2, "ts": 2.0, "user": "ana", "text": "there"},
    )
    seed.write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    fake = make(seed)
    assert [row["name"] for row in fake.channels.values()] == ["harbour", "other"]
    lines = [row["text"] for channel in fake.channels for row in fake.lines[channel].values()]
    assert lines == ["a < b", "hi", "there"]
    assert all(user in fake.members[channel] for user in fake.users for channel in fake.channels)
