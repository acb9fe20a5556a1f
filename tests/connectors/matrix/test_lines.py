from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.matrix.api.lines import Scene, Woven, sort, weave
from connectors.matrix.api.shape import events
from leeward.model import ItemType, Message
from tests.connectors.matrix.samples import JSON, edit_of, example, in_thread, line

ME = "@me:hs.test"
SCENE = Scene("!r:hs.test", "https://hs.test", ME)


def read(*found: Any, asked: dict[str, Any] | None = None, scene: Scene = SCENE) -> Woven:
    known, _odd = events(list(found))
    return weave(sort(known, scene), dict(asked or {}), scene)


def only(*found: Any, scene: Scene = SCENE) -> Message:
    (message,) = read(*found, scene=scene).messages
    return message


def test_the_official_text_is_a_line_of_the_room() -> None:
    message = only(example("m.room.message$m.text"))
    assert message.text == "**This is an example text message**"
    assert message.raw == "<b>This is an example text message</b>"
    assert (message.author, message.at, message.thread) == ("@example:example.org", 1_432_735_824_653, None)
    assert message.url == "https://matrix.to/#/%21r%3Ahs.test/%24example?via=hs.test"


def test_official_files_are_fetched_with_our_token() -> None:
    message = only(example("m.room.message$m.file"))
    (file,) = message.files
    assert file.url == "https://hs.test/_matrix/client/v1/media/download/example.org/FHyPlCeYUSFFxlgbQYZmoEoe"
    assert (file.name, file.size, file.media_type) == ("something-important.doc", 46144, "application/msword")
    for kind in ("image", "audio", "video"):
        assert only(example(f"m.room.message$m.{kind}")).files


def test_official_emotes_locations_notices_and_strange_kinds_are_lines() -> None:
    assert only(example("m.room.message$m.emote")).text == "* thinks **this** is an example emote"
    assert "geo:51.5008,0.1247" in only(example("m.room.message$m.location")).text
    assert only(example("m.room.message$m.notice")).notice is False
    assert only(example("m.room.message$m.server_notice")).text.startswith("Human-readable")
    assert "verify your device" in only(example("m.room.message$m.key.verification.request")).text


def test_official_state_is_a_notice_or_nothing() -> None:
    joined = only(example("m.room.member"))
    assert (joined.notice, joined.text) == (True, "Alice Margatroid joined")
    assert only(example("m.room.name")).text == "example named the room The room name"
    assert "An interesting room topic" in only(example("m.room.topic") | {"state_key": ""}).text
    assert read(example("m.reaction")).messages == ()
    assert read(example("m.room.pinned_events")).messages == ()


def test_the_official_redaction_takes_back() -> None:
    redaction = example("m.room.redaction")
    redaction["content"]["redacts"] = "$gone"
    assert read(line("$gone"), redaction).gone == ((ItemType.MESSAGE, "$gone"),)
    assert read(line("$gone"), redaction).messages == ()
    emptied = line("$empty") | {"content": {}}
    assert read(emptied).gone == ((ItemType.MESSAGE, "$empty"),)


def test_a_new_display_name_is_no_news() -> None:
    member = example("m.room.member") | {"unsigned": {"prev_content": {"membership": "join"}}}
    assert read(member).messages == ()


def test_a_thread_takes_its_first_line_in() -> None:
    answer = line("$b", "answer", at=2000, more={"m.relates_to": in_thread("$a")})
    woven = read(line("$a", "question\nmore"), answer)
    assert [(one.id, one.thread) for one in woven.messages] == [("$a", "$a"), ("$b", "$a")]
    (thread,) = woven.threads
    assert (thread.id, thread.title, thread.updated, thread.version) == ("$a", "question", 2000, "$b")
    assert woven.messages[1].reply_to == ()


def test_a_root_on_another_page_is_asked_for() -> None:
    known, _odd = events([line("$b", more={"m.relates_to": in_thread("$a")})])
    page = sort(known, SCENE)
    assert page.missing() == ("$a",)
    woven = weave(page, {"$a": line("$a", "question")}, SCENE)
    assert {one.id: one.thread for one in woven.messages} == {"$a": "$a", "$b": "$a"}
    without = weave(sort(known, SCENE), {}, SCENE)
    assert [(one.id, one.thread) for one in without.messages] == [("$b", "$a")]


def test_a_root_alone_is_in_its_thread_once_the_server_bundles_one() -> None:
    latest = line("$b", at=5000, sender="@ben:hs.test", more={"m.relates_to": in_thread("$a")})
    root = line("$a") | {"unsigned": {"m.relations": {"m.thread": {"count": 1, "latest_event": latest}}}}
    woven = read(root)
    assert woven.messages[0].thread == "$a"
    assert woven.threads[0].people == ("@ana:hs.test", "@ben:hs.test")
    assert woven.threads[0].updated == 5000
    assert woven.messages[0].version != only(line("$a")).version


def test_a_thread_inside_a_thread_belongs_to_the_outer_one() -> None:
    inner = line("$b", at=2, more={"m.relates_to": in_thread("$a")})
    deeper = line("$c", at=3, more={"m.relates_to": in_thread("$b")})
    woven = read(line("$a", at=1), inner, deeper)
    assert {one.id: one.thread for one in woven.messages} == {"$a": "$a", "$b": "$a", "$c": "$a"}


def test_circles_of_relations_end() -> None:
    first = line("$a", more={"m.relates_to": in_thread("$b", "$b")})
    second = line("$b", more={"m.relates_to": in_thread("$a", "$a")})
    itself = line("$c", more={"m.relates_to": in_thread("$c", "$c")})
    woven = read(first, second, itself)
    assert len(woven.messages) == 3
    assert woven.messages[2].reply_to == ()


def test_a_real_answer_in_a_thread_is_one() -> None:
    woven = read(line("$a"), line("$b", at=2000, more={"m.relates_to": in_thread("$a", "$a")}))
    assert woven.messages[1].reply_to == ("$a",)


def test_an_answer_loses_the_quote_before_it() -> None:
    answers = {"m.relates_to": {"m.in_reply_to": {"event_id": "$a"}}}
    message = only(line("$b", "> <@ben:hs.test> old\n> words\n\nnew words", more=answers))
    assert (message.text, message.reply_to, message.thread) == ("new words", ("$a",), None)
    html = {
        "format": "org.matrix.custom.html",
        "formatted_body": "<mx-reply><blockquote>old @ben:hs.test</blockquote></mx-reply>new <em>words</em>",
    }
    assert only(line("$b", "x", more=answers | html)).text == "new *words*"
    assert only(line("$b", "> a quote of my own")).text == "> a quote of my own"


def test_the_author_edits_and_a_stranger_does_not() -> None:
    woven = read(line("$a", "old"), line("$e", "* new", at=2000, more=edit_of("$a", "new")))
    assert (woven.messages[0].text, woven.messages[0].edited, woven.messages[0].at) == ("new", 2000, 1000)
    woven = read(line("$a", "old"), line("$e", "* bad", "@eve:hs.test", 2000, more=edit_of("$a", "bad")))
    assert [(one.id, one.text, one.edited) for one in woven.messages] == [("$a", "old", None)]
    assert woven.oddities == 1


def test_a_bundled_edit_by_a_stranger_does_nothing() -> None:
    bad = line("$e", "* bad", "@eve:hs.test", 2000, more=edit_of("$a", "bad"))
    original = line("$a", "old") | {"unsigned": {"m.relations": {"m.replace": bad}}}
    assert only(original).text == "old"
    other = line("$e", "* bad", at=2000, more=edit_of("$other", "bad"))
    assert only(line("$a", "old") | {"unsigned": {"m.relations": {"m.replace": other}}}).text == "old"


def test_the_newest_edit_wins_in_any_order() -> None:
    first = line("$e1", "* one", at=2000, more=edit_of("$a", "one"))
    second = line("$e2", "* two", at=3000, more=edit_of("$a", "two"))
    assert only(line("$a"), second, first).text == "two"


def test_a_strangers_later_edit_hides_none_of_the_authors() -> None:
    own = line("$e1", "* new", at=2000, more=edit_of("$a", "new"))
    bad = line("$e2", "* bad", "@eve:hs.test", 3000, more=edit_of("$a", "bad"))
    for found in ((line("$a", "old"), own, bad), (line("$a", "old"), bad, own)):
        woven = read(*found)
        assert [(one.text, one.edited) for one in woven.messages] == [("new", 2000)]
        assert woven.oddities == 1
    known, _odd = events([own, bad])
    assert sort(known, SCENE).edited()["$e1"] == "$a"
    assert sort(known, SCENE).missing() == ("$a",)


def test_an_edit_keeps_thread_and_answer_of_its_line() -> None:
    edit = line("$e", "* new", at=3000, more=edit_of("$b", "new"))
    woven = read(line("$a"), line("$b", at=2000, more={"m.relates_to": in_thread("$a", "$a")}), edit)
    changed = woven.messages[1]
    assert (changed.text, changed.thread, changed.reply_to) == ("new", "$a", ("$a",))


def test_an_edit_that_is_taken_back_asks_for_its_line_again() -> None:
    redaction = {
        "event_id": "$r",
        "type": "m.room.redaction",
        "sender": "@ana:hs.test",
        "origin_server_ts": 4000,
        "content": {},
        "redacts": "$e",
    }
    known, _odd = events([redaction])
    page = sort(known, SCENE, {"$e": (SCENE.room, "$a")})
    assert page.missing() == ("$a",)
    assert weave(page, {"$a": line("$a", "old")}, SCENE).messages[0].text == "old"
    assert sort(known, SCENE, {"$e": ("!other:hs.test", "$a")}).missing() == ()


def test_mentions_are_those_meant_pills_and_ids_outside_quotes() -> None:
    html = {
        "format": "org.matrix.custom.html",
        "formatted_body": '<blockquote><a href="https://matrix.to/#/@quoted:hs.test">q</a></blockquote>'
        '<p><a href="https://matrix.to/#/%40pill:hs.test">Pill</a> and @typed:hs.test</p>',
    }
    message = only(line("$a", more=html | {"m.mentions": {"user_ids": ["@meant:hs.test", 3, "no"]}}))
    assert message.mentions == ("@meant:hs.test", "@pill:hs.test", "@typed:hs.test")


def test_calling_the_room_mentions_us_only_from_those_who_may() -> None:
    called = line("$a", more={"m.mentions": {"room": True}})
    assert only(called).mentions == ()
    assert only(called, scene=Scene("!r:hs.test", "https://hs.test", ME, frozenset({"*"}))).mentions == (ME,)
    loud = Scene("!r:hs.test", "https://hs.test", ME, frozenset({"@ana:hs.test"}))
    assert only(called, scene=loud).mentions == (ME,)


def test_our_key_counts_from_us_alone() -> None:
    assert only(line("$a", sender=ME, more={"dev.leeward.key": "lwkey"})).key == "lwkey"
    assert only(line("$a", more={"dev.leeward.key": "lwkey"})).key is None
    assert only(line("$a", sender=ME, more={"dev.leeward.key": "<!-- -->"})).key is None


def test_an_encrypted_line_is_shown_as_such_and_kept() -> None:
    sealed = line("$a") | {"type": "m.room.encrypted", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    message = only(sealed)
    assert (message.text, message.notice) == ("encrypted", False)
    assert message.raw is not None
    assert "m.megolm" in message.raw


def test_what_cannot_be_an_event_is_counted_and_left_out() -> None:
    good = line("$a")
    bad: list[Any] = [
        {**good, "sender": None},
        {**good, "sender": "ana"},
        {**good, "event_id": 7},
        {**good, "event_id": "$" + "x" * 400},
        {**good, "event_id": "$\ud800"},
        {**good, "origin_server_ts": "soon"},
        {**good, "origin_server_ts": True},
        {**good, "content": []},
        {**good, "type": None},
        "no",
        None,
        [],
    ]
    assert events([*bad, good])[1] == len(bad)
    assert len(read(*bad, good).messages) == 1


def test_a_stamp_beyond_all_time_is_held_to_it() -> None:
    assert only(line("$a", at=2**52)).at < 2**48
    assert only(line("$a", at=-5)).at == 0


def test_half_a_surrogate_can_be_stored() -> None:
    only(line("$a", "\ud83d half")).text.encode()


@settings(max_examples=150, deadline=None)
@given(
    content=st.dictionaries(
        st.sampled_from(["msgtype", "body", "format", "formatted_body", "m.relates_to", "m.mentions", "info", "url"]),
        JSON | st.sampled_from(["m.file", "m.text", "org.matrix.custom.html", "<p><ul><li>a</li>"]),
    ),
    unsigned=JSON,
    type=st.sampled_from(["m.room.message", "m.room.member", "m.room.redaction", "m.room.encrypted", "m.sticker"]),
    state=st.none() | st.just("@ana:hs.test"),
)
def test_no_event_breaks_a_page(content: dict[str, Any], unsigned: Any, type: str, state: str | None) -> None:
    strange = line("$x") | {"content": content, "unsigned": unsigned, "type": type}
    if state:
        strange["state_key"] = state
    woven = read(strange, line("$good"), asked={"$asked": unsigned})
    assert "$good" in {message.id for message in woven.messages}
