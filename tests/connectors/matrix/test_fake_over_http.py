"""The fake as a person or an outside test meets it: over HTTP, seeded from a chat, holding a sync back."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from leeward.model import Focus
from leeward.ports import Login
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from tests.fakes.base import FakeHttp
from tests.fakes.matrix import Homeserver, make
from tests.fakes.serve import Serving

CHAT = (
    {"room": "2020-01-01", "id": 0, "ts": 0.0, "user": "ana", "text": "=== ana joined", "system": True},
    {"room": "2020-01-01", "id": 1, "ts": 1.0, "user": "Ana", "text": "good \u200f morning"},
    {"room": "2020-01-01", "id": 2, "ts": 1.0, "user": "ana", "text": "somebody else"},
    {"room": "2020-01-01", "id": 3, "ts": 5.5, "user": "b|en", "text": "hi"},
    {"room": "other", "id": 0, "ts": 0.0, "user": "x", "text": "in the other room"},
)


def call(base: str, path: str, token: str = "", body: dict[str, Any] | None = None, method: str = "GET") -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, method=method)
    request.add_header("authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def test_a_chat_is_poured_with_its_people_and_times(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    seed.write_text("".join(json.dumps(line) + "\n" for line in CHAT), encoding="utf-8")
    server = make(seed)
    from connectors.matrix.connector import Matrix

    login = Login("team", "matrix", server.base)

    async def read() -> list[Any]:
        connector = Matrix(login, FakeHttp(server, server.token), FakeClock())
        return [line async for batch in connector.pull(None, Focus()) for line in batch.messages if not line.notice]

    found = run(read())
    lines = [line for line in found if line.text != "in the other room"]
    assert len(found) == len(lines) + 1
    assert {line.text for line in lines} == {"good \u200f morning", "somebody else", "hi"}
    assert len({line.author for line in lines}) == 3
    times = sorted(line.at for line in lines)
    assert [at - times[0] for at in times] == [0, 0, 270_000]


def test_every_room_of_a_chat_is_poured_and_people_are_the_same_in_all(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    said = [("quay", "ana"), ("dock", "bo"), ("dock", "ana"), ("quay", "ana")]
    lines = [{"room": room, "id": str(n), "ts": n, "user": user, "text": f"{n}"} for n, (room, user) in enumerate(said)]
    seed.write_text("".join(json.dumps(one) + "\n" for one in lines))
    server = make(seed)
    members = {room.state["m.room.name", ""]["content"]["name"]: room.members() for room in server.rooms.values()}
    ana, bo = f"@ana:{server.name}", f"@bo:{server.name}"
    assert members == {"quay": sorted([server.user, ana]), "dock": sorted([server.user, ana, bo])}


def test_a_sync_with_a_timeout_waits_for_news_and_no_longer() -> None:
    server = Homeserver()
    room = server.make_room(server.user, "Harbour")
    with Serving(server) as serving:
        path = "/_matrix/client/v3/sync?timeout=0"
        since = call(serving.base, path, server.token)["next_batch"]
        began = time.monotonic()
        quiet = call(serving.base, f"/_matrix/client/v3/sync?timeout=60&since={since}", server.token)
        assert "rooms" not in quiet
        assert time.monotonic() - began >= 0.06
        timer = threading.Timer(0.1, server.say, (room, server.user, "news"))
        timer.start()
        told = call(serving.base, f"/_matrix/client/v3/sync?timeout=15000&since={since}", server.token)
        timer.join()
        assert [event["content"]["body"] for event in told["rooms"]["join"][room.id]["timeline"]["events"]] == ["news"]


def test_strangers_are_refused_and_an_application_service_says_when() -> None:
    server = Homeserver()
    service = server.sign_in(server.register("bridge"), application_service=True)
    voice = server.register("voice")
    room = server.make_room(voice, "Poured")
    with Serving(server) as serving:
        for token in ("", "wrong"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                call(serving.base, "/_matrix/client/v3/account/whoami", token)
            assert refused.value.code == 401
            refused.value.close()
        path = f"/_matrix/client/v3/rooms/{room.id}/send/m.room.message/t1?user_id={voice}&ts=1000"
        sent = call(serving.base, path, service, {"msgtype": "m.text", "body": "long ago"}, "PUT")
    event = room.by_id(sent["event_id"])
    assert event is not None
    assert (event["sender"], event["origin_server_ts"]) == (voice, 1000)
