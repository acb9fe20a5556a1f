"""Lines that Slack keeps until their time, pins, the status, and the quiet hours of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.manifests.slack import APP, MANIFEST, PAGE
from leeward.errors import Forbidden, Gone, Problem, Refused, TryLater
from leeward.model import Body, File, Instant, ItemType, Key, RemoteId
from leeward.ports_extra import FindsWaiting, Told
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.slack_world import SlackWorld
from tests.fakes.base import lose_answer

KEY = Key("lwkey1")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def world() -> SlackWorld:
    return SlackWorld()


def hand_over(world: SlackWorld, text: str = "Good morning", in_ms: int = HOUR_MS, **more: Any) -> tuple[Any, Instant]:
    at = Instant(world.clock.now() + in_ms)
    body = Body(text, more.get("quoted", ""))
    place = RemoteId(world.channel)
    return run(world.connector().send_at(place, more.get("thread"), body, at, key=more.get("key", KEY))), at


def said(world: SlackWorld) -> list[str]:
    world.service.post_due()
    return [row["text"] for row in world.service.lines[world.channel].values()]


def test_slack_posts_it_at_its_second_and_it_is_known_by_its_key(world: SlackWorld) -> None:
    _sent, at = hand_over(world, "Guten <Morgen> & mehr", in_ms=HOUR_MS + 1)
    world.advance(HOUR_MS / 1000)
    assert said(world) == []
    world.advance(1)
    assert said(world) == ["Guten &lt;Morgen&gt; &amp; mehr"]
    found = run(world.connector().find_sent(ItemType.MESSAGE, RemoteId(world.channel), None, KEY, at))
    assert found is not None
    mirror = Mirror()
    run(mirror.pull(world.connector()))
    assert [row.key for row in mirror.rows["messages"].values()] == [KEY]
    assert world.service.wrong == []


def test_it_never_carries_metadata_with_which_slack_would_never_post_it(world: SlackWorld) -> None:
    hand_over(world)
    asked = world.http.asked[-1]
    assert asked.path.endswith("chat.scheduleMessage")
    assert b"metadata=" not in asked.body
    assert b"block_id" in asked.body


def test_an_answer_and_a_quote_go_with_it_and_the_quote_does_nothing(world: SlackWorld) -> None:
    thread, _first = world.add_thread("Which day?")
    hand_over(world, "Tuesday", thread=thread, quoted="<!channel> which day?")
    world.advance(2 * 3600)
    said(world)
    row = list(world.service.lines[world.channel].values())[-1]
    assert thread is not None
    assert row["thread_ts"] == thread.partition("/")[2]
    assert world.service.did == []


def test_what_waits_is_found_again_by_its_words_and_time(world: SlackWorld) -> None:
    connector = world.connector()
    assert isinstance(connector, FindsWaiting)
    sent, at = hand_over(world, "Hello  *there*\n@ana")
    place, body = RemoteId(world.channel), Body("Hello  *there*\n@ana")
    found = run(connector.find_waiting(place, None, body, at, key=KEY))
    assert found is not None
    assert found.id == sent.id
    assert run(connector.find_waiting(place, None, Body("Hello"), at, key=KEY)) is None
    assert run(connector.find_waiting(place, None, body, Instant(at + 60_000), key=KEY)) is None


def test_an_answer_that_was_lost_is_found_among_many(world: SlackWorld) -> None:
    for number in range(25):
        hand_over(world, f"line {number}", key=Key(f"lwk{number}"))
    world.http.write_faults = [lose_answer]
    at = Instant(world.clock.now() + HOUR_MS)
    with pytest.raises(TryLater) as caught:
        hand_over(world, "the lost one")
    assert caught.value.taken
    found = run(world.connector().find_waiting(RemoteId(world.channel), None, Body("the lost one"), at, key=KEY))
    assert found is not None


def test_a_page_that_loops_ends_and_says_so(world: SlackWorld) -> None:
    _sent, at = hand_over(world)
    world.service.loops = True
    place = RemoteId(world.channel)
    with pytest.raises(Exception, match="circles"):
        run(world.connector().find_waiting(place, None, Body("another"), at, key=KEY))


def test_it_is_taken_back_and_then_is_gone(world: SlackWorld) -> None:
    sent, _at = hand_over(world)
    connector, place = world.connector(), RemoteId(world.channel)
    run(connector.unsend(place, sent.id))
    assert world.service.waiting == {}
    with pytest.raises(Gone):
        run(connector.unsend(place, sent.id))
    with pytest.raises(Problem):
        run(connector.unsend(place, RemoteId("../nonsense")))


def test_slacks_reach_is_known_before_and_its_thirty_in_five_minutes_are_waited_for(world: SlackWorld) -> None:
    with pytest.raises(Refused, match="120 days"):
        hand_over(world, in_ms=121 * DAY_MS)
    asked = [each for each in world.http.asked if each.path.endswith("scheduleMessage")]
    assert asked == []
    hand_over(world, in_ms=120 * DAY_MS - 1000)
    for number in range(30):
        hand_over(world, f"line {number}", key=Key(f"lwk{number}"))
    with pytest.raises(TryLater) as caught:
        hand_over(world, "one too many")
    assert caught.value.taken is False


def test_a_time_that_is_over_is_refused(world: SlackWorld) -> None:
    with pytest.raises(Refused, match="over"):
        hand_over(world, in_ms=-HOUR_MS)


def test_a_line_is_pinned_once_and_unpinned_once(world: SlackWorld) -> None:
    line = world.add_line("the plan", None)
    place, connector = RemoteId(world.channel), world.connector()
    for _twice in range(2):
        run(connector.pin(place, line, pinned=True))
        assert world.service.pins[world.channel] == [line.partition("/")[2]]
    for _twice in range(2):
        run(connector.pin(place, line, pinned=False))
        assert world.service.pins[world.channel] == []
    with pytest.raises(Problem):
        run(connector.pin(RemoteId("C0OTHER"), line, pinned=True))


@pytest.mark.parametrize("emoji", ["palm_tree", ":palm_tree:"])
def test_a_status_shows_until_its_end_and_is_cleared(world: SlackWorld, emoji: str) -> None:
    connector = world.connector()
    until = Instant(world.clock.now() + HOUR_MS + 1)
    run(connector.set_status("Away, back at 9", emoji, until))
    profile = world.service.users[world.me]["profile"]
    assert (profile["status_text"], profile["status_emoji"]) == ("Away, back at 9", ":palm_tree:")
    assert profile["status_expiration"] == -(-until // 1000)
    run(connector.set_status("", None, None))
    assert (profile["status_text"], profile["status_emoji"], profile["status_expiration"]) == ("", "", 0)
    with pytest.raises(Refused):
        run(connector.set_status("x" * 101, None, None))
    run(connector.set_status("odd sign", "🌴", None))
    assert profile["status_emoji"] == ""


def test_a_bot_has_no_status_of_its_owner(world: SlackWorld) -> None:
    world.service.users[world.me]["is_bot"] = True
    with pytest.raises(Forbidden):
        run(world.connector().set_status("Away", None, None))


def test_when_others_are_quiet_is_told_with_their_zone(world: SlackWorld) -> None:
    now = world.clock.now()
    night = (now // 1000 + 3600, now // 1000 + 9 * 3600)
    world.service.nights = {world.ana: night}
    world.service.users[world.mei]["tz"] = "Asia/Tokyo"
    people = (RemoteId(world.ana), RemoteId(world.mei), RemoteId("U0NOBODY"))
    told = run(world.connector().hours(people))
    assert told == (
        Told(RemoteId(world.ana), "Europe/Amsterdam", away=((Instant(night[0] * 1000), Instant(night[1] * 1000)),)),
        Told(RemoteId(world.mei), "Asia/Tokyo"),
    )
    world.service.errors["dnd.teamInfo"] = "missing_scope"
    assert [one.away for one in run(world.connector().hours(people))] == [(), ()]
    assert run(world.connector().hours(())) == ()


def test_a_canvas_is_a_link_and_a_file_a_file(world: SlackWorld) -> None:
    page = {
        "id": "F0001", "title": "Plan", "name": "Plan", "filetype": "quip", "mode": "quip",
        "url_private": "https://files.slack.com/files-pri/T0-F0001/plan", "permalink": "https://harbour.slack.com/docs/F1",
    }  # fmt: skip
    world.service.say(world.channel, world.ana, "see", files=[page, world.service.add_file("a.txt", b"x")])
    mirror = Mirror()
    run(mirror.pull(world.connector()))
    (line,) = mirror.rows["messages"].values()
    first, second = line.files
    assert first.url == "https://harbour.slack.com/docs/F1"
    assert isinstance(first, File)
    assert "/files-pri/" in str(second.url)


def test_the_manifest_file_and_the_page_make_the_same_app() -> None:
    """What is pasted by hand and what the page comes filled in with."""
    file = Path(__file__).parents[3] / "connectors" / "slack" / "manifest.yaml"
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == APP
    from urllib.parse import parse_qs, urlsplit

    asked = parse_qs(urlsplit(PAGE).query)
    assert json.loads(asked["manifest_json"][0]) == APP
    assert len(PAGE) < 2000
    assert MANIFEST.secrets[0].page == PAGE
