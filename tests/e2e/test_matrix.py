"""The Matrix kind against Synapse, judged by the homeserver itself and by matrix-nio."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, unquote

import pytest
from msgspec.structs import replace

from leeward.errors import Forbidden, NotSupported, SignInNeeded
from leeward.model import Body, File, Focus, Instant, ItemType, Key, Reach, RemoteId, RemoteRef
from leeward.ports import Upload
from tests.e2e import needs
from tests.e2e.live import Live, Pulled, matrix
from tests.e2e.plain_http import ask
from tests.e2e.pour import conversation, pour
from tests.e2e.proxy import Moment, Trap, between
from tests.e2e.synapse import Synapse, User

pytestmark = pytest.mark.e2e

_ROOM = "/_matrix/client/v3/rooms"
_PICTURE = bytes(range(256)) * 40


class World:
    """A room with its owner, who uses leeward, and a colleague, who does not."""

    def __init__(self, server: Synapse) -> None:
        self.server = server
        self.owner = server.register(server.new_name("sam"), display="Sam")
        self.ana = server.register(server.new_name("ana"), display="Ana")
        self.room = RemoteId(server.create_room(self.owner, "#ops"))
        server.invite(self.room, self.owner, self.ana.id)
        server.join(self.room, self.ana)
        self.live: Live = matrix(server, self.owner)

    def pull(self, before: Pulled | None = None, focus: Focus | None = None) -> Pulled:
        return self.live.pull(before.cursor if before else None, focus)

    def post(self, own: str, key: str, *, live: Live | None = None, **where: Any) -> Any:
        place, thread = where.pop("place", self.room), where.pop("thread", None)
        return (live or self.live).run(lambda each: each.post(place, thread, Body(own), key=Key(key), **where))

    def answer_in(self, root: str, text: str) -> str:
        """Ana answers in the thread of `root`."""
        relation = {"rel_type": "m.thread", "event_id": root}
        return self.server.say(self.room, self.ana, text, **{"m.relates_to": relation})

    def redact(self, event: str, by: User) -> None:
        path = f"{_ROOM}/{quote(self.room)}/redact/{quote(event)}/{self.server.new_name('r')}"
        self.server.call("PUT", path, {}, token=by.token)

    def said_by(self, user: User) -> list[dict[str, Any]]:
        said = self.server.timeline(self.room, self.owner)
        return [event for event in said if event["type"] == "m.room.message" and event["sender"] == user.id]


@pytest.fixture
def world(homeserver: Synapse) -> World:
    return World(homeserver)


def test_who_we_are_and_what_a_wrong_token_says(world: World) -> None:
    identity = world.live.run(lambda each: each.check())
    assert (identity.person.id, identity.person.name, identity.places) == (world.owner.id, "Sam", 1)
    with pytest.raises(SignInNeeded):
        Live(world.live.login, "wrong").run(lambda each: each.check())


def test_a_poured_conversation_is_read_whole_and_once(world: World) -> None:
    lines = conversation(40)
    poured = pour(world.server, world.owner, world.room, lines)

    start = world.pull()

    told = sorted(start.messages.values(), key=lambda message: message.at)
    assert [message.text for message in told] == [line.text for line in lines]
    assert [message.at for message in told] == [line.at for line in lines]
    assert [message.id for message in told] == [poured.events[line.id] for line in lines]
    names = {person.id: person.name for person in start.all.people}
    assert [names[message.author] for message in told if message.author] == [line.author for line in lines]
    assert all(message.id in unquote(message.url or "") for message in told)
    (place,) = start.all.places
    assert (place.id, place.title, place.flat, place.writable) == (world.room, "#ops", True, True)
    assert place.audience.reach is Reach.PEOPLE
    assert place.audience.count == 2 + len({line.author for line in lines})
    assert world.pull(start).messages == {}


def test_a_gap_between_two_pulls_is_filled(world: World) -> None:
    start = world.pull()
    sent = [world.server.say(world.room, world.ana, f"line {number}") for number in range(130)]
    news = world.pull(start)
    assert set(news.messages) == set(sent)
    assert [message.text for message in sorted(news.messages.values(), key=lambda one: one.at)][-1] == "line 129"
    assert world.pull(news).messages == {}


def test_history_is_read_by_count(world: World) -> None:
    sent = [world.server.say(world.room, world.ana, f"line {number}") for number in range(30)]
    few = Live(replace(world.live.login, history=10), world.live.secret).pull()
    # Membership and names count as lines of the room too, so a few more or less may come.
    assert set(sent[-8:]) <= set(few.messages) < set(sent)


def test_a_line_that_is_answered_in_a_thread_moves_into_it(world: World) -> None:
    root = world.server.say(world.room, world.ana, "shall we?")
    start = world.pull()
    assert start.messages[RemoteId(root)].thread is None
    reply = world.answer_in(root, "we shall")
    news = world.pull(start)
    assert {id: message.thread for id, message in news.messages.items()} == {root: root, reply: root}
    assert news.threads[RemoteId(root)].title == "shall we?"


def test_an_edit_changes_the_line_and_only_its_author_can(world: World) -> None:
    line = world.server.say(world.room, world.ana, "at 5")
    start = world.pull()
    world.server.say(world.room, world.ana, "* at 6", **_edit(line, "at 6"))
    edited = world.pull(start).messages[RemoteId(line)]
    assert (edited.text, edited.version != start.messages[RemoteId(line)].version) == ("at 6", True)
    assert edited.edited is not None
    before = world.pull()
    world.server.say(world.room, world.owner, "* never", **_edit(line, "never"))
    assert "never" not in {message.text for message in world.pull(before).messages.values()}
    assert world.pull().messages[RemoteId(line)].text == "at 6"


def _edit(line: str, text: str) -> dict[str, Any]:
    content = {"msgtype": "m.text", "body": text}
    return {"m.new_content": content, "m.relates_to": {"rel_type": "m.replace", "event_id": line}}


def test_a_line_taken_back_is_gone(world: World) -> None:
    line = world.server.say(world.room, world.ana, "oops")
    kept = world.server.say(world.room, world.ana, "kept")
    start = world.pull()
    world.redact(line, world.ana)
    assert world.pull(start).all.gone == ((ItemType.MESSAGE, RemoteId(line)),)
    anew = world.pull()
    assert (RemoteId(line) in anew.messages, RemoteId(kept) in anew.messages) == (False, True)


def test_a_line_posted_twice_is_there_once_and_can_be_found(world: World) -> None:
    line = world.server.say(world.room, world.ana, "who?")
    since = Instant(world.server.event(world.room, world.owner, line)["origin_server_ts"])
    first = world.post("me, **now**", "lwpost", reply_to=RemoteId(line))
    again = world.post("me, **now**", "lwpost", reply_to=RemoteId(line))

    (event,) = world.said_by(world.owner)
    assert first.id == again.id == event["event_id"]
    content = event["content"]
    assert content["dev.leeward.key"] == "lwpost"
    assert content["m.relates_to"]["m.in_reply_to"]["event_id"] == line
    assert "<strong>now</strong>" in content["formatted_body"]

    def find(key: str) -> Any:
        return world.live.run(lambda each: each.find_sent(ItemType.MESSAGE, world.room, None, Key(key), since))

    assert (find("lwpost").id, find("lwother")) == (first.id, None)
    mine = world.pull().messages[first.id]
    assert (mine.key, mine.reply_to, mine.author) == ("lwpost", (line,), world.owner.id)


def test_after_a_lost_answer_the_line_is_there_once(world: World) -> None:
    with between(world.server.url) as proxy:
        trap = Trap("PUT", "/send/m.room.message/", Moment.WRITTEN, lambda: None)
        proxy.traps.append(trap)
        behind = Live(replace(world.live.login, url=proxy.url), world.live.secret)
        sent = world.post("only once", "lwlost", live=behind)
        assert trap.sprung.is_set()
    assert [event["event_id"] for event in world.said_by(world.owner)] == [sent.id]


def test_our_line_in_a_thread_stands_in_it_for_other_programs(world: World) -> None:
    root = RemoteId(world.server.say(world.room, world.ana, "plan?"))
    sent = world.post("plan!", "lwthread", thread=root)
    path = f"/_matrix/client/v1/rooms/{quote(world.room)}/relations/{quote(root)}/m.thread"
    related = world.server.call("GET", path, token=world.ana.token)["chunk"]
    assert [event["event_id"] for event in related] == [sent.id]


def test_our_own_line_is_edited_and_taken_back_but_not_anothers(world: World) -> None:
    sent = world.post("teh plan", "lwtypo")
    world.live.run(lambda each: each.edit(world.room, None, sent.id, Body("the plan"), key=Key("lwedit")))
    assert world.pull().messages[sent.id].text == "the plan"
    world.live.run(lambda each: each.edit(world.room, None, sent.id, None, key=Key("lwback")))
    assert world.server.event(world.room, world.owner, sent.id)["content"] == {}
    other = RemoteId(world.server.say(world.room, world.ana, "mine"))
    with pytest.raises(Forbidden):
        world.live.run(lambda each: each.edit(world.room, None, other, Body("yours"), key=Key("lwsteal")))


def test_quoted_text_mentions_nobody(world: World) -> None:
    body = Body("see below", quoted=f"> @room {world.ana.id} <b>look</b>")
    world.live.run(lambda each: each.post(world.room, None, body, key=Key("lwquote")))
    (event,) = world.said_by(world.owner)
    assert event["content"]["m.mentions"] == {}
    assert "<b>" not in event["content"]["formatted_body"]


def test_mentions_of_the_owner_are_told(world: World) -> None:
    line = world.server.say(world.room, world.ana, "Sam?", **{"m.mentions": {"user_ids": [world.owner.id]}})
    assert world.pull().messages[RemoteId(line)].mentions == (world.owner.id,)


def test_read_markers_travel_both_ways(world: World) -> None:
    first = RemoteId(world.server.say(world.room, world.ana, "one"))
    second = RemoteId(world.server.say(world.room, world.ana, "two"))
    start = world.pull()
    world.live.run(lambda each: each.mark_read(world.room, None, first, ()))
    assert _receipt(world) == first
    world.server.call(
        "POST", f"{_ROOM}/{quote(world.room)}/receipt/m.read/{quote(second)}", {}, token=world.owner.token
    )
    news = world.pull(start)
    assert (world.room, second) in {(read.place, read.message) for read in news.all.read}


def _receipt(world: World) -> str | None:
    """What the room's other members see as read by the owner."""
    synced = world.server.call("GET", "/_matrix/client/v3/sync", token=world.ana.token, query={"timeout": 0})
    events = synced["rooms"]["join"][world.room]["ephemeral"]["events"]
    receipts = [event["content"] for event in events if event["type"] == "m.receipt"]
    found = [id for content in receipts for id, kinds in content.items() if world.owner.id in kinds.get("m.read", {})]
    return found[0] if found else None


def test_a_file_goes_out_and_comes_in_byte_for_byte(world: World) -> None:
    needs.module("nio")
    upload = Upload("drawer two.png", _PICTURE, "image/png")
    world.live.run(lambda each: each.post(world.room, None, Body("look"), (upload,), key=Key("lwfile")))
    pictures = [event["content"] for event in world.said_by(world.owner) if event["content"]["msgtype"] == "m.image"]
    assert [(content["filename"], content["info"]["size"]) for content in pictures] == [
        ("drawer two.png", len(_PICTURE))
    ]
    body, media_type = asyncio.run(_download(world, pictures[0]["url"]))
    assert (body, media_type) == (_PICTURE, "image/png")

    files = [file for message in world.pull().messages.values() for file in message.files]
    assert [(file.name, file.size, file.media_type) for file in files] == [
        ("drawer two.png", len(_PICTURE), "image/png")
    ]
    assert world.live.run(lambda each: each.fetch(files[0])) == _PICTURE
    with pytest.raises(NotSupported):
        world.live.run(lambda each: each.fetch(File("x", "http://127.0.0.1:9/_matrix/x")))


async def _download(world: World, mxc: str) -> tuple[bytes, str]:
    import nio

    client = nio.AsyncClient(world.server.url, world.ana.id)
    client.access_token = world.ana.token
    try:
        got = await client.download(mxc)
        assert isinstance(got, nio.MemoryDownloadResponse), got
        assert isinstance(got.body, bytes)
        return got.body, got.content_type
    finally:
        await client.close()


def test_a_room_that_was_replaced_takes_its_place_along(world: World) -> None:
    world.server.say(world.room, world.ana, "before")
    start = world.pull()
    made = world.server.call(
        "POST", f"{_ROOM}/{quote(world.room)}/upgrade", {"new_version": "11"}, token=world.owner.token
    )
    new = RemoteId(made["replacement_room"])
    world.server.invite(new, world.owner, world.ana.id)
    world.server.join(new, world.ana)
    line = world.server.say(new, world.ana, "after")

    news = world.pull(start)

    assert news.all.moved == ((world.room, new),)
    assert news.messages[RemoteId(line)].place == new
    places = {place.id: place for place in news.all.places}
    assert (places[new].writable, places[new].title) == (True, "#ops")
    assert _gone(news) == ()


def _gone(pulled: Pulled) -> tuple[RemoteRef, ...]:
    return pulled.all.gone


def test_an_encrypted_room_is_read_as_such_and_never_written_to(world: World) -> None:
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    path = f"{_ROOM}/{quote(world.room)}/state/m.room.encryption/"
    world.server.call("PUT", path, algorithm, token=world.owner.token)
    sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "s"}
    line = world.server.send(world.room, world.ana, sealed, "m.room.encrypted")
    start = world.pull()
    assert RemoteId(line) in start.messages
    assert [place.writable for place in start.all.places] == [False]
    with pytest.raises(NotSupported):
        world.post("in the clear", "lwclear")
    assert world.said_by(world.owner) == []


def test_the_push_channel_wakes_for_a_new_line(world: World) -> None:
    async def woken(connector: Any) -> int:
        wakes = asyncio.Event()
        listening = asyncio.create_task(connector.listen(wakes.set))
        try:
            # The first answer only says where now is, so say something until it is heard.
            for number in range(40):
                await asyncio.to_thread(world.server.say, world.room, world.ana, f"knock {number}")
                try:
                    await asyncio.wait_for(wakes.wait(), 0.5)
                except TimeoutError:
                    continue
                return number
            raise AssertionError("nobody woke")
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    assert world.live.run(woken) < 40


def test_leaving_a_room_deletes_nothing(world: World) -> None:
    world.server.say(world.room, world.ana, "stay")
    start = world.pull()
    world.server.call("POST", f"{_ROOM}/{quote(world.room)}/leave", {}, token=world.owner.token)
    news = world.pull(start)
    assert _gone(news) == ()
    assert [(place.id, place.archived) for place in news.all.places] in ([], [(world.room, True)])


def test_the_homeserver_is_asked_without_a_token_for_what_needs_none(world: World) -> None:
    answer = ask("GET", f"{world.server.url}/_matrix/client/versions")
    assert "v1.1" in answer.json()["versions"]
