"""Recordings, clips and summaries: cards with lengths, transcripts as words, and what an account lacks is no trouble."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.zoom.api import media
from connectors.zoom.api.shape import Odd
from leeward.errors import Trouble
from leeward.model import Batch, Focus, ItemType, Note, RemoteId
from leeward.testing.mirror import Mirror
from tests.contract.zoom_world import ZoomWorld
from tests.fakes.zoom.seed import TRANSCRIPT

DAY_S = 86_400


def pull(world: ZoomWorld, mirror: Mirror, connector: Any = None) -> int:
    return asyncio.run(mirror.pull(connector or world.connector()))


def note(mirror: Mirror, id: str) -> Note:
    found = mirror["notes"][RemoteId(id)]
    assert isinstance(found, Note)
    return found


def test_a_recording_is_a_card_with_its_length_and_its_words() -> None:
    world, mirror = ZoomWorld(), Mirror()
    uuid = world.service.add_recording("Weekly", 42, TRANSCRIPT)
    pull(world, mirror)
    held = note(mirror, f"rec:{uuid}")
    assert held.title == "Weekly · 42 min"
    assert held.url == "https://zoom.us/rec/share/1"
    assert held.text.startswith("Recording, 42 min\nhttps://zoom.us/rec/share/1\nKept: MP4, TRANSCRIPT\n\n")
    assert held.text.endswith(
        "00:04 Ana Duarte: The crane is free on Thursday. Tuesday is out.\n\n00:12 Jonas Lind: Then Thursday it is."
    )
    assert mirror["places"][media.RECORDINGS].notes
    assert not mirror["places"][media.RECORDINGS].writable


def test_a_transcript_that_comes_later_is_added() -> None:
    world, mirror = ZoomWorld(), Mirror()
    uuid = world.service.add_recording("Weekly", 42)
    pull(world, mirror)
    assert "Jonas" not in note(mirror, f"rec:{uuid}").text
    link = f"{world.service.base}/rec/download/9"
    world.service.transcripts["9"] = TRANSCRIPT.encode()
    world.service.recordings[uuid]["recording_files"].append(
        {"file_type": "TRANSCRIPT", "status": "completed", "download_url": link}
    )
    world.advance(DAY_S)
    pull(world, mirror)
    assert "Jonas Lind: Then Thursday it is." in note(mirror, f"rec:{uuid}").text
    before = len(world.service.downloads)
    world.advance(DAY_S)
    assert pull(world, mirror) == 0
    assert len(world.service.downloads) == before


def test_a_download_follows_zooms_hosts_and_a_sign_in_page_is_no_transcript() -> None:
    world, mirror = ZoomWorld(hops=2), Mirror()
    first = world.service.add_recording("Weekly", 42, TRANSCRIPT)
    pull(world, mirror)
    assert "Jonas" in note(mirror, f"rec:{first}").text
    world.service.pages = True
    second = world.service.add_recording("Monthly", 10, TRANSCRIPT)
    world.advance(DAY_S)
    odd = mirror.oddities
    pull(world, mirror)
    assert note(mirror, f"rec:{second}").text.endswith("Kept: MP4, TRANSCRIPT")
    assert mirror.oddities > odd


def test_many_transcripts_come_over_several_rounds() -> None:
    world, mirror = ZoomWorld(), Mirror()
    made = {f"rec:{world.service.add_recording(f'Meeting {number}', 5, TRANSCRIPT)}" for number in range(45)}
    connector = world.connector()
    for _round in range(3):
        pull(world, mirror, connector)
        world.advance(60)
    assert made == {id for id in mirror["notes"] if id.startswith("rec:")}


def test_a_clip_is_a_card_and_goes_when_zoom_says_so() -> None:
    world, mirror = ZoomWorld(), Mirror()
    id = world.service.add_clip("How the gate is opened", 200, description="Hold the lever.")
    bare = world.service.add_clip("", None, share_link=None)
    pull(world, mirror)
    held = note(mirror, f"clip:{id}")
    assert (held.title, held.url) == ("How the gate is opened · 3:20", f"https://zoom.us/clips/share/{id}")
    assert held.text == f"Clip, 3:20\nhttps://zoom.us/clips/share/{id}\nHold the lever."
    assert note(mirror, f"clip:{bare}").title == "Clip"
    world.advance(DAY_S)
    world.service.clips[id] |= {"status": "RECORD_DELETE", "modified_date": "2026-05-29T20:26:40Z"}
    pull(world, mirror)
    assert (ItemType.NOTE, f"clip:{id}") in mirror.gone
    assert f"clip:{bare}" in mirror["notes"]


@pytest.mark.parametrize("scope", ["clips:read:list_user_clips", "cloud_recording:read:list_user_recordings",
                                   "meeting:read:list_summaries", "meeting:read:summary"])  # fmt: skip
def test_what_a_token_may_not_read_hides_nothing_else(scope: str) -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.service.tokens[world.secret][1].discard(scope)
    world.service.add_clip("Clip", 5)
    world.service.add_recording("Weekly", 42, TRANSCRIPT)
    world.add_note("Summary", "Words")
    line = world.add_line("Hello", None)
    connector = world.connector()
    pull(world, mirror, connector)
    assert line in mirror["messages"]
    assert len(mirror["notes"]) == 2
    asked = len(world.http.asked)
    world.advance(60)
    pull(world, mirror, connector)
    paths = {each.path for each in world.http.asked[asked:]}
    assert paths.isdisjoint({"/v2/clips", "/v2/users/me/recordings", "/v2/users/me/meeting_summaries"})


def test_summaries_of_the_old_form_are_read() -> None:
    told = {
        "meeting_topic": "Weekly", "summary_created_time": "2026-05-28T20:26:40Z", "summary_overview": "We met.",
        "summary_details": [{"label": "Crane", "summary": "It is free."}, None, {"summary": "More."}],
        "next_steps": ["Book it", 5],
    }  # fmt: skip
    held = media.summary_note("u", told, {})
    assert held is not None
    assert held.title == "Weekly"
    assert held.text == "We met.\n\n## Crane\nIt is free.\n\nMore.\n\n- Book it"
    assert media.summary_note("u", {"summary_created_time": "2026-05-28T20:26:40Z"}, {}) is None


@pytest.mark.parametrize(
    ("vtt", "words"),
    [
        (b"", ""),
        (b"WEBVTT\n\n1\n00:01.000 --> 00:02.000\nHello", "00:01 Hello"),
        (b"WEBVTT\r\n\r\n1\r\n01:00:01.000 --> 01:00:02.000\r\n<v Ana>Hi <b>there</b></v>\r\n", "01:00:01 Hi there"),
        (b"\xff\xfe no cue", ""),
        (b"00:00:01.000 --> 00:00:02.000\n\n", ""),
    ],
)
def test_transcripts_of_all_sorts(vtt: bytes, words: str) -> None:
    assert media.transcript(vtt).replace("Ana: ", "") == words


def test_lengths_as_people_say_them() -> None:
    assert [media.length(each) for each in (0, 5, 65, 3600, 3725)] == ["0:00", "0:05", "1:05", "1:00:00", "1:02:05"]


def test_a_cursor_forgets_notes_no_list_shows_any_more() -> None:
    world, mirror = ZoomWorld(), Mirror()
    world.add_note("Old", "Words")
    pull(world, mirror)
    assert "sum:" in str(mirror.cursor)
    world.advance(400 * DAY_S)
    pull(world, mirror)
    assert "sum:" not in str(mirror.cursor)


def test_odd_rows_are_counted() -> None:
    odd = Odd()
    assert media.clip({}, odd) is None
    assert media.recording({"uuid": "a b"}, odd) is None
    assert media.summary_listed({"meeting_uuid": None}, odd) is None
    assert odd.count == 3


def test_a_service_in_trouble_is_told_and_loses_no_note() -> None:
    world, mirror = ZoomWorld(), Mirror()
    id = f"rec:{world.service.add_recording('Weekly', 42, TRANSCRIPT)}"
    world.service.limits["recordings"].append((503, 0, "no", {}))

    async def collect() -> list[Batch]:
        return [batch async for batch in world.connector().pull(None, Focus())]

    with pytest.raises(Trouble):
        asyncio.run(collect())
    pull(world, mirror)
    assert id in mirror["notes"]
