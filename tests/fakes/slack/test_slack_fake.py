"""The fake judged by Slack's own client and by itself: over HTTP, with cursors, limits and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.http import Door
from connectors.manifests.slack import MANIFEST as SLACK
from connectors.slack.connector import Slack
from leeward.model import Body, Focus, Key, RemoteId
from leeward.ports import Login, Secret
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from tests.fakes.serve import Serving
from tests.fakes.slack import SlackFake, make

sdk = pytest.importorskip("slack_sdk")
errors = pytest.importorskip("slack_sdk.errors")


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(make()) as running:
        yield running


def client(serving: Serving, token: str = SlackFake.token) -> Any:
    return sdk.WebClient(token=token, base_url=f"{serving.base}/api/", timeout=10)


def test_slacks_own_client_reads_writes_and_pages(serving: Serving) -> None:
    asked = client(serving)
    assert asked.auth_test()["team"] == "Harbour"
    listed = asked.users_conversations(types="public_channel,private_channel,im,mpim", limit=1)
    channels = [row for page in listed for row in page["channels"]]
    assert len(channels) == 3
    general = channels[0]["id"]
    for number in range(12):
        sent = asked.chat_postMessage(channel=general, text=f"Line {number}")
    rows = [row for page in asked.conversations_history(channel=general, limit=5) for row in page["messages"]]
    texts = [row["text"] for row in rows]
    assert len(texts) == len(set(texts)) == 14
    assert texts[0] == "Line 11"
    root = next(row for row in rows if row.get("reply_count"))
    assert root["latest_reply"] > root["ts"]
    asked.chat_postMessage(
        channel=general,
        text="answer",
        thread_ts=root["ts"],
        metadata={"event_type": "x", "event_payload": {"key": "v"}},
    )
    thread = asked.conversations_replies(channel=general, ts=root["ts"], include_all_metadata=True)["messages"]
    assert [row["thread_ts"] == root["ts"] for row in thread] == [True] * 4
    assert thread[-1]["metadata"]["event_payload"] == {"key": "v"}
    alone = asked.conversations_replies(channel=general, ts=thread[-1]["ts"])["messages"]
    assert [row["text"] for row in alone] == ["answer"]
    asked.chat_update(channel=general, ts=sent["ts"], text="Changed")
    link = asked.chat_getPermalink(channel=general, message_ts=sent["ts"])["permalink"]
    assert link.endswith(sent["ts"].replace(".", ""))
    asked.chat_delete(channel=general, ts=sent["ts"])
    later = asked.chat_scheduleMessage(channel=general, text="Later", post_at=int(sent["ts"][:10]) + 3600)
    waiting = asked.chat_scheduledMessages_list(channel=general)["scheduled_messages"]
    assert [(row["id"], row["text"]) for row in waiting] == [(later["scheduled_message_id"], "Later")]
    asked.chat_deleteScheduledMessage(channel=general, scheduled_message_id=later["scheduled_message_id"])
    asked.pins_add(channel=general, timestamp=root["ts"])
    with pytest.raises(errors.SlackApiError, match="already_pinned"):
        asked.pins_add(channel=general, timestamp=root["ts"])
    asked.pins_remove(channel=general, timestamp=root["ts"])
    told = asked.users_profile_set(profile={"status_text": "Away", "status_emoji": ":zzz:", "status_expiration": 0})
    assert told["profile"]["status_text"] == "Away"
    assert asked.dnd_teamInfo(users=[asked.auth_test()["user_id"]])["users"]
    asked.dnd_setSnooze(num_minutes=20)
    assert asked.dnd_info()["snooze_enabled"]


def test_slacks_own_client_opens_a_socket_with_the_apps_token(serving: Serving) -> None:
    fake = serving.service
    assert isinstance(fake, SlackFake)
    fake.socket = "wss://wss-primary.slack.com/link/?ticket=1"
    answer = sdk.WebClient(base_url=f"{serving.base}/api/").apps_connections_open(app_token=SlackFake.app_token)
    assert answer["url"] == fake.socket
    with pytest.raises(errors.SlackApiError, match="missing_scope"):
        client(serving).api_call("apps.connections.open")


def test_slacks_own_client_understands_the_refusals(serving: Serving) -> None:
    fake = serving.service
    assert isinstance(fake, SlackFake)
    with pytest.raises(errors.SlackApiError, match="invalid_auth"):
        client(serving, "xoxp-wrong").auth_test()
    fake.limited["users.list"] = 7
    with pytest.raises(errors.SlackApiError) as caught:
        client(serving).users_list()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["retry-after"] == "7"
    with pytest.raises(errors.SlackApiError, match="channel_not_found"):
        client(serving).conversations_info(channel="C0NOWHERE")
    fake.strict = True
    client(serving).conversations_history(channel=next(iter(fake.channels)))
    with pytest.raises(errors.SlackApiError, match="ratelimited"):
        client(serving).conversations_history(channel=next(iter(fake.channels)))


def test_the_connector_works_through_the_real_door(serving: Serving) -> None:
    login, clock = Login("team", "slack", serving.base), FakeClock()

    async def whole() -> tuple[list[str], str]:
        async with Door(SLACK, login, Secret(SlackFake.token), clock) as door:
            connector = Slack(login, door, clock)
            places = [place async for batch in connector.pull(None, Focus()) for place in batch.places]
            place = next(each for each in places if each.title == "general")
            sent = await connector.post(place.id, None, Body("Grüße <&> @ana"), key=Key("lwdoor"))
            texts = [line.text async for batch in connector.pull(None, Focus()) for line in batch.messages]
            return texts, sent.id

    texts, sent = run(whole())
    assert "Grüße <&> @Ana Duarte" in texts
    assert "Which day for the move? Tuesday or Thursday; please say until tomorrow." in texts
    assert re.fullmatch(r"C\w+/\d{10}\.\d{6}", sent)


def test_a_chat_is_poured_into_channels(tmp_path: Path) -> None:
    seed = tmp_path / "chat.jsonl"
    said = (
        {"room": "harbour", "id": 0, "ts": 0.0, "user": "ana", "text": "a < b", "system": True},
        {"room": "harbour", "id": 1, "ts": 1.0, "user": "B|en", "text": "hi"},
        {"room": "other", "id": 2, "ts": 2.0, "user": "ana", "text": "there"},
    )
    seed.write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    fake = make(seed)
    assert [row["name"] for row in fake.channels.values()] == ["harbour", "other"]
    lines = [row["text"] for channel in fake.channels for row in fake.lines[channel].values()]
    assert lines == ["a &lt; b", "hi", "there"]
    assert all(RemoteId(user) in fake.members[channel] for user in fake.users for channel in fake.channels)


def test_a_request_that_is_not_legal_is_remembered() -> None:
    with Serving(make()) as serving:
        with pytest.raises(errors.SlackApiError, match="invalid_arguments"):
            client(serving).conversations_history(channel="general")
        fake = serving.service
        assert isinstance(fake, SlackFake)
        assert fake.wrong == ["conversations.history: channel is invalid: general"]
