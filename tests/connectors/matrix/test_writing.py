from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.matrix.api import ask
from connectors.matrix.api.words import PART
from connectors.matrix.connector import discover
from leeward.errors import (
    Forbidden,
    Gone,
    NotSupported,
    Problem,
    Refused,
    ServiceChanged,
    SignInNeeded,
    Trouble,
    TryLater,
)
from leeward.model import Body, File, ItemType, Key, RemoteId, Sent
from leeward.ports import Upload
from leeward.testing.abilities import pulled, run
from leeward.wire import Request, Response
from tests.contract.matrix_world import MatrixWorld
from tests.fakes.base import FakeHttp, always, lose_answer


def post(world: MatrixWorld, text: str = "Mine", thread: str | None = None, **more: Any) -> Sent:
    key = more.pop("key", Key("lwpost"))
    files = more.pop("files", ())
    place = RemoteId(world.room.id)
    return run(world.connector().post(place, RemoteId(thread) if thread else None, Body(text), files, key=key, **more))


def event(world: MatrixWorld, id: str) -> dict[str, Any]:
    found = world.room.by_id(id)
    assert found is not None
    content: dict[str, Any] = found["content"]
    return content


def test_an_answer_in_the_room_names_its_line_and_no_thread() -> None:
    world = MatrixWorld()
    line = world.add_line("Question", None)
    sent = post(world, reply_to=line)
    assert event(world, sent.id)["m.relates_to"] == {"m.in_reply_to": {"event_id": line}}
    assert sent.url is not None
    assert sent.url.startswith("https://matrix.to/#/%21room0%3Ahs.test/%24")
    assert "m.relates_to" not in event(world, post(world, key=Key("lwother")).id)


def test_a_line_in_a_thread_falls_back_to_the_newest_line_seen() -> None:
    world = MatrixWorld()
    root, _first = world.add_thread("Question")
    last = world.add_line("Newest", root)
    connector = world.connector()

    async def act() -> Sent:
        from leeward.model import Focus

        async for _batch in connector.pull(None, Focus()):
            pass
        return await connector.post(RemoteId(world.room.id), root, Body("Mine"), key=Key("lwthread"))

    relation = event(world, run(act()).id)["m.relates_to"]
    assert relation == {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": last},
    }
    relation = event(world, post(world, thread=root, reply_to=last).id)["m.relates_to"]
    assert relation["is_falling_back"] is False


def test_the_same_key_never_makes_two_lines() -> None:
    world = MatrixWorld()
    world.http.write_faults = [lose_answer]
    with pytest.raises(TryLater):
        post(world)
    first = post(world)
    assert post(world).id == first.id
    assert sum(line.text == "Mine" for line in world.lines().values()) == 1


def test_files_come_before_the_words_and_can_be_fetched() -> None:
    world = MatrixWorld()
    files = (Upload("chart.png", b"\x89PNG", "image/png"), Upload("notes.txt", b"words", "text/plain"))
    sent = post(world, files=files)
    rows = list(pulled(world)["messages"].values())
    rows = [row for row in rows if row.author == world.server.user and not row.notice]
    rows.sort(key=lambda row: world.room.position(row.id) or 0)
    assert [row.text for row in rows] == ["chart.png", "notes.txt", "Mine"]
    assert [row.key for row in rows] == [None, None, "lwpost"]
    assert rows[-1].id == sent.id
    (file,) = rows[1].files
    assert run(world.connector().fetch(file)) == b"words"
    assert (file.name, file.size, file.media_type) == ("notes.txt", 5, "text/plain")
    alone = post(world, "", files=files[:1], key=Key("lwalone"))
    assert event(world, alone.id)["dev.leeward.key"] == "lwalone"


def test_what_was_sent_with_a_line_is_taken_back_with_it() -> None:
    world = MatrixWorld()
    files = (Upload("chart.png", b"\x89PNG", "image/png"), Upload("notes.txt", b"words", "text/plain"))
    kept = post(world, "Other", files=files[:1], key=Key("lwother"))
    sent = post(world, files=files)
    place = RemoteId(world.room.id)
    ours = [one for _at, one in world.room.events if one["content"].get(PART) == "lwpost"]
    assert [one["content"]["body"] for one in ours] == ["chart.png", "notes.txt"]
    run(world.connector().edit(place, None, sent.id, None, key=Key("lwback")))
    assert all(not event(world, one["event_id"]) for one in ours)
    assert not event(world, sent.id)
    assert event(world, kept.id)["body"] == "Other"
    assert [one["content"]["body"] for _at, one in world.room.events if one["content"].get(PART)] == ["chart.png"]
    # A repeat after a lost answer finds everything gone, and no other file under its transaction ids.
    run(world.connector().edit(place, None, sent.id, None, key=Key("lwback")))


def test_a_file_is_fetched_from_its_own_server_only() -> None:
    world = MatrixWorld()
    for url in ("https://elsewhere.test/_matrix/client/v1/media/download/a/b", f"{world.server.base}/admin", None):
        with pytest.raises(NotSupported):
            run(world.connector().fetch(File("x", url)))
    assert world.http.asked == []
    with pytest.raises(Gone):
        run(world.connector().fetch(File("x", ask.download_url(world.server.base, "mxc://hs.test/none"))))
    unknown = b'{"errcode":"M_UNRECOGNIZED"}'
    world.http.faults = [always(404, unknown), always(200, b"from an older server")]
    file = File("x", ask.download_url(world.server.base, "mxc://hs.test/old"))
    assert run(world.connector().fetch(file)) == b"from an older server"
    assert world.http.asked[-1].path == "/_matrix/media/v3/download/hs.test/old"


def test_nothing_is_written_into_an_encrypted_room() -> None:
    world = MatrixWorld()
    world.server.state(world.room, world.ana, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    with pytest.raises(NotSupported) as caught:
        post(world)
    assert caught.value.taken is False
    assert world.server.complaints == []
    assert not pulled(world)["places"][RemoteId(world.room.id)].writable


def test_an_edit_replaces_and_mentions_nobody_again() -> None:
    world = MatrixWorld()
    sent = post(world, "See @ana:hs.test")
    place = RemoteId(world.room.id)
    edited = run(world.connector().edit(place, None, sent.id, Body("See @ana:hs.test today"), key=Key("lwedit")))
    assert edited.id == sent.id
    content = event(world, edited.version or "")
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": sent.id}
    assert content["m.mentions"] == {}
    assert content["m.new_content"]["m.mentions"] == {"user_ids": ["@ana:hs.test"]}
    since = world.clock.now()
    found = run(world.connector().find_sent(ItemType.MESSAGE, place, None, Key("lwedit"), since))
    assert found is not None
    assert found.id == sent.id


def test_somebody_elses_line_is_neither_changed_nor_taken_back() -> None:
    world = MatrixWorld()
    line = world.add_line("Theirs", None)
    world.room.state["m.room.power_levels", ""]["content"]["users"][world.server.user] = 100
    for body in (Body("Mine now"), None):
        with pytest.raises(Forbidden) as caught:
            run(world.connector().edit(RemoteId(world.room.id), None, line, body, key=Key("lwedit")))
        assert caught.value.taken is False
    assert world.lines()[line].text == "Theirs"


def test_what_fails_before_a_write_was_surely_not_taken() -> None:
    world = MatrixWorld()
    for before in range(2):
        world.http.read_faults = [*[None] * before, always(503)]
        with pytest.raises(Trouble) as caught:
            post(world)
        assert caught.value.taken is False
    world.http.read_faults = []
    world.http.write_faults = [always(503)]
    with pytest.raises(TryLater) as uploading:
        post(world, files=(Upload("a", b"a"),))
    assert uploading.value.taken is False


def test_looking_for_a_line_goes_through_all_pages_and_says_when_it_cannot() -> None:
    world = MatrixWorld()
    world.server.page = 10
    since = world.clock.now()
    sent = post(world)
    for number in range(60):
        world.advance(1)
        world.server.say(world.room, world.server.user, f"later {number}")
    place = RemoteId(world.room.id)
    found = run(world.connector().find_sent(ItemType.MESSAGE, place, None, Key("lwpost"), since))
    assert found is not None
    assert found.id == sent.id
    asked = len(world.http.asked)
    assert run(world.connector().find_sent(ItemType.TASK, place, None, Key("lwpost"), since)) is None
    assert len(world.http.asked) == asked
    world.server.loops = True
    with pytest.raises(ServiceChanged):
        run(world.connector().find_sent(ItemType.MESSAGE, place, None, Key("lwnone"), since))


def test_a_copied_key_is_not_ours() -> None:
    world = MatrixWorld()
    world.server.say(world.room, world.ana, "x", None, **{"dev.leeward.key": "lwstolen"})
    place = RemoteId(world.room.id)
    assert run(world.connector().find_sent(ItemType.MESSAGE, place, None, Key("lwstolen"), world.clock.now())) is None


def test_reading_marks_the_room_and_the_threads_apart() -> None:
    world = MatrixWorld()
    root, _first = world.add_thread("Question")
    answer = world.add_line("Answer", root)
    line = world.add_line("Beside", None)
    place = RemoteId(world.room.id)
    connector = world.connector()
    run(connector.mark_read(place, None, line, ()))
    assert world.read_upto(None) == line
    assert world.room.fully_read[world.server.user][1] == line
    run(connector.mark_read(place, root, answer, ()))
    assert world.read_upto(root) == answer
    before = len(world.http.asked)
    run(connector.mark_read(place, root, root, ()))
    run(connector.mark_read(place, None, None, ()))
    assert len(world.http.asked) == before
    assert world.server.complaints == []


def test_listening_wakes_for_news_and_for_nothing_else() -> None:
    world = MatrixWorld()
    woken: list[int] = []

    class Ends(FakeHttp):
        async def send(self, request: Request) -> Response:
            if len(self.asked) == 2:
                world.server.say(world.room, world.ana, "news")
            if len(self.asked) == 4:
                raise TryLater("The line broke.")
            return await super().send(request)

    world.http = Ends(world.server, world.secret)
    with pytest.raises(TryLater):
        run(world.connector().listen(lambda: woken.append(len(world.http.asked))))
    assert woken == [3]
    assert [asked.first("timeout") for asked in world.http.asked] == ["0", "30000", "30000", "30000"]
    assert {asked.first("set_presence") for asked in world.http.asked} == {"offline"}


def test_listening_ends_when_it_is_told_to() -> None:
    world = MatrixWorld()

    class Hangs(FakeHttp):
        async def send(self, request: Request) -> Response:
            if self.asked:
                await asyncio.Event().wait()
            return await super().send(request)

    world.http = Hangs(world.server, world.secret)

    async def act() -> bool:
        task = asyncio.create_task(world.connector().listen(lambda: None))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False

    assert run(act())


def test_the_homeserver_is_found_without_the_token() -> None:
    world = MatrixWorld()
    for name in ("hs.test", "@ana:hs.test", "https://hs.test", " https://hs.test/ "):
        assert run(discover(world.http, name)) == "https://hs.test"
    assert not any("authorization" in asked.headers for asked in world.http.asked)
    world.http.faults = [always(404)]
    assert run(discover(world.http, "hs.test")) == "https://hs.test"


@pytest.mark.parametrize(
    "name", ["", "@", "http://hs.test", "https://hs.test/a?b", "ftp://x", "https://u:p@hs.test", "a b"]
)
def test_what_is_no_address_is_not_asked(name: str) -> None:
    world = MatrixWorld()
    with pytest.raises((Refused, ServiceChanged)):
        run(discover(world.http, name))
    assert not any("authorization" in asked.headers for asked in world.http.asked)


@pytest.mark.parametrize("base", ["http://elsewhere.test", "javascript:x", 3, None, "https://", "https://a:b:c"])
def test_a_well_known_that_would_leak_the_token_is_refused(base: object) -> None:
    world = MatrixWorld()
    body = json.dumps({"m.homeserver": {"base_url": base}}).encode()
    world.http.faults = [always(200, body)]
    with pytest.raises(ServiceChanged):
        run(discover(world.http, "hs.test"))


def test_who_we_are() -> None:
    world = MatrixWorld()
    identity = run(world.connector().check())
    assert (identity.person.id, identity.person.name) == (world.server.user, "Olive Owner")
    assert (identity.server, identity.places) == ("Matrix v1.12", 1)


@pytest.mark.parametrize("name", ["Harbour", "harbour", "#quay:hs.test"])
def test_a_room_that_was_named_is_found(name: str) -> None:
    world = MatrixWorld(places=(name,))
    world.server.state(world.room, world.ana, "m.room.canonical_alias", {"alias": "#quay:hs.test"})
    assert run(world.connector().check()).places == 1


def test_a_room_that_is_named_wrongly_is_told_with_those_there_are() -> None:
    world = MatrixWorld(places=("Harbour", "Harbor"))
    for number in range(25):
        world.server.join(world.server.make_room(world.ana, f"Berth {number:02}"), world.server.user)
    with pytest.raises(Problem) as caught:
        run(world.connector().check())
    assert str(caught.value).startswith("You are in no room called “Harbor”. You are in: “Berth 00”, “Berth 01”, ")
    assert str(caught.value).endswith("“Berth 19” and 6 more.")


def test_the_id_of_a_room_that_was_replaced_still_names_it() -> None:
    world = MatrixWorld()
    world.login = replace(world.login, places=(world.room.id,))
    world.server.join(world.server.upgrade(world.room, world.ana), world.server.user)
    assert run(world.connector().check()).places == 2


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "M_UNKNOWN_TOKEN", SignInNeeded),
        (403, "M_UNKNOWN_TOKEN", SignInNeeded),
        (403, "M_FORBIDDEN", Forbidden),
        (403, "", Forbidden),
        (404, "M_NOT_FOUND", Gone),
        (404, "M_UNRECOGNIZED", NotSupported),
        (413, "M_TOO_LARGE", Refused),
        (400, "M_BAD_JSON", Refused),
        (400, "M_LIMIT_EXCEEDED", TryLater),
        (400, "<script>", Refused),
    ],
)
def test_refusals_by_their_code(status: int, code: str, kind: type[Trouble]) -> None:
    with pytest.raises(kind) as caught:
        ask.judge(Response(status, json.dumps({"errcode": code}).encode()))
    assert caught.value.taken is False
    assert "<" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "ms", "after"),
    [
        ("3", 9000, 3.0),
        ("0", None, 1.0),
        ("999999999999", None, 900.0),
        ("Thu, 28 May 2026 20:26:50 GMT", None, 10.0),
        ("Thu, 28 May 2020 20:26:50 GMT", None, 1.0),
        ("soon", 2500, 2.5),
        ("", None, 60.0),
        ("", "x", 60.0),
        ("", -5, 1.0),
    ],
)
def test_a_pause_in_every_spelling(header: str, ms: object, after: float) -> None:
    body = json.dumps({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": ms}).encode()
    with pytest.raises(TryLater) as caught:
        ask.judge(Response(429, body, {"retry-after": header}), 1_780_000_000_000)
    assert caught.value.after_s == after
    assert caught.value.do.startswith("Going on at " if after >= 60 else f"Going on in {math.ceil(after)} s")
