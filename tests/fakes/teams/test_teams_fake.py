"""The fake judged by itself and through the real door: over HTTP, with pages, tokens, limits and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from connectors.http import Door
from connectors.manifests.teams import MANIFEST as TEAMS
from connectors.teams.connector import Teams
from leeward.errors import Conflict
from leeward.model import Body, Focus, Key, RemoteId, TaskChange
from leeward.ports import Login, Secret
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from tests.fakes.serve import Serving
from tests.fakes.teams import TeamsFake, make


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(make()) as running:
        yield running


def fake_of(serving: Serving) -> TeamsFake:
    assert isinstance(serving.service, TeamsFake)
    return serving.service


def ask(serving: Serving, path: str, method: str = "GET", body: object = None, **headers: str) -> Any:
    """A plain client, without a line of ours between."""
    url = path if path.startswith("http") else f"{serving.base}/v1.0{path}"
    given = {
        "authorization": f"Bearer {TeamsFake.token}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        given["content-type"] = "application/json"
    with urlopen(Request(url.replace(" ", "%20"), data, given, method=method), timeout=5) as answer:
        said = answer.read()
        return json.loads(said) if said else None


def refused(serving: Serving, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        ask(serving, path, method, body, **headers)
    with caught.value as answer:
        return answer.code, json.loads(answer.read())["error"]["message"]


def test_pages_are_followed_as_they_are_named(serving: Serving) -> None:
    fake = fake_of(serving)
    chat = next(iter(fake.chats))
    author = next(iter(fake.users))
    for number in range(120):
        fake.say(chat, author, f"Line {number}")
    seen: list[str] = []
    link: str | None = f"/chats/{quote(chat)}/messages?$top=50"
    while link:
        page = ask(serving, link)
        seen += [row["id"] for row in page["value"]]
        link = page.get("@odata.nextLink")
    assert len(seen) == len(set(seen)) == 121


def test_a_filter_counts_only_with_the_order_of_the_same_property(serving: Serving) -> None:
    fake = fake_of(serving)
    chat = next(iter(fake.chats))
    path = f"/chats/{quote(chat)}/messages?$top=50&$filter=lastModifiedDateTime gt 2099-01-01T00:00:00.000Z&$orderby="
    assert ask(serving, f"{path}lastModifiedDateTime desc")["value"] == []
    assert len(ask(serving, f"{path}createdDateTime desc")["value"]) == 1


def test_a_delta_tells_what_changed_and_runs_out(serving: Serving) -> None:
    fake = fake_of(serving)
    team, channel = next(iter(fake.teams)), next(iter(fake.channels))
    path = f"/teams/{team}/channels/{quote(channel)}/messages/delta?$top=50&$expand=replies"
    first = ask(serving, path)
    assert [len(row["replies"]) for row in first["value"]] == [2]
    link = first["@odata.deltaLink"]
    assert ask(serving, link)["value"] == []
    fake.say(channel, next(iter(fake.users)), "<p>New</p>")
    again = ask(serving, link)
    assert [row["body"]["content"] for row in again["value"]] == ["<p>New</p>"]
    fake.expire()
    assert refused(serving, again["@odata.deltaLink"]) == (410, "Resync required.")


def test_refusals_say_what_graph_says(serving: Serving) -> None:
    fake = fake_of(serving)
    assert refused(serving, "/me", authorization="Bearer wrong")[0] == 401
    fake.scopes.remove("Chat.ReadWrite")
    status, said = refused(serving, "/me/chats")
    assert status == 403
    assert "Scopes on the request 'Calendars.ReadBasic, Channel.ReadBasic.All, " in said
    assert refused(serving, "/teams/nowhere/channels")[0] == 404
    assert fake.wrong == []
    assert refused(serving, "/me/joinedTeams?$search=x")[0] == 400
    assert refused(serving, "/nothing")[0] == 404
    assert len(fake.wrong) == 2
    fake.answers = [429]
    with pytest.raises(HTTPError) as caught:
        ask(serving, "/me")
    with caught.value as answer:
        assert answer.headers["retry-after"] == "7"


def test_planner_wants_the_etag_and_refuses_an_old_one(serving: Serving) -> None:
    fake = fake_of(serving)
    name = next(iter(fake.planned))
    etag = ask(serving, f"/planner/tasks/{name}")["@odata.etag"]
    assert refused(serving, f"/planner/tasks/{name}", "PATCH", {"title": "x"})[0] == 400
    assert ask(serving, f"/planner/tasks/{name}", "PATCH", {"title": "Mine"}, if_match=etag) is None
    assert refused(serving, f"/planner/tasks/{name}", "PATCH", {"title": "Ours"}, if_match=etag)[0] == 412
    assert fake.planned[name]["title"] == "Mine"


def test_a_page_gives_its_parts_ids_and_replaces_one(serving: Serving) -> None:
    fake = fake_of(serving)
    page = next(iter(fake.pages))
    fake.pages[page]["inner"] = '<div data-id="a"><div><p>x</p></div></div><p>after</p>'
    ask(serving, f"/me/onenote/pages/{quote(page)}/content", "PATCH",
        [{"target": "div:{guid}{2}", "action": "replace", "content": "<p>new</p>"}])  # fmt: skip
    assert fake.pages[page]["inner"] == "<p>new</p><p>after</p>"
    assert refused(serving, f"/me/onenote/pages/{quote(page)}/content", "PATCH",
                   [{"target": "p:{guid}{9}", "action": "replace", "content": ""}])[0] == 400  # fmt: skip


def test_the_connector_works_through_the_real_door(serving: Serving) -> None:
    login, clock = Login("work", "teams", serving.base), FakeClock()

    async def whole() -> tuple[set[str], set[str], str]:
        async with Door(TEAMS, login, Secret(TeamsFake.token), clock) as door:
            connector = Teams(login, door, clock)
            assert (await connector.check()).missing_scopes == ()
            batches = [each async for each in connector.pull(None, Focus())]
            place = next(one for each in batches for one in each.places if one.title == "Move")
            sent = await connector.post(place.id, None, Body("Grüße <&> @ana"), key=Key("lwdoor"))
            task = next(one for each in batches for one in each.tasks if one.title == "Measure the wall")
            change = TaskChange(frozenset({"title"}), title="Measured")
            await connector.update(task.place, task.id, change, key=Key("lwdoor2"), seen=task.version)
            with pytest.raises(Conflict):
                await connector.update(task.place, task.id, change, key=Key("lwdoor3"), seen=task.version)
            texts = {line.text async for batch in connector.pull(None, Focus()) for line in batch.messages}
            return texts, {one.title for each in batches for one in each.notes}, sent.id

    texts, notes, sent = run(whole())
    assert "Grüße <&> @Ana Duarte" in texts
    assert "Nobody can sign in\n\nSign-in fails behind the **company proxy** since Monday." in texts
    assert notes == {"Week 47"}
    assert sent.startswith("19:")
    assert fake_of(serving).wrong == []


def test_a_chat_is_poured_into_chats(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    said = (
        {"room": "harbour", "id": 0, "ts": 0.0, "user": "ana", "text": "joined", "system": True},
        {"room": "harbour", "id": 1, "ts": 1.0, "user": "B|en", "text": "a < b\nc"},
        {"room": "other", "id": 2, "ts": 2.0, "user": "ana", "text": "there"},
    )
    seed.write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    fake = make(seed)
    assert [row["topic"] for row in fake.chats.values()] == ["harbour", "other"]
    assert [row["html"] for chat in fake.chats for row in fake.lines[chat].values()] == ["a &lt; b<br>c", "there"]
    assert all(RemoteId(user) in row["members"] for user in fake.users for row in fake.chats.values())
