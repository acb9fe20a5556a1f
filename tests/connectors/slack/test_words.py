"""What error words mean, what texts become on their way out, and what odd answers are read as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.slack.api import ask, incoming, outgoing
from connectors.slack.api.cursor import Cursor, Gap, Mark, load
from connectors.slack.api.incoming import World
from connectors.slack.api.shape import instant, objects, split_id, stamp, ts_of
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Body, Instant, Key, Person, RemoteId
from leeward.wire import Response
from leeward.work.imports_slack_text import plain
from tests.fakes.slack.described import EXAMPLES

PEOPLE = {"ana": "U0ANA", "Mei.Tanaka": "U0MEI"}
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not at hand")


def composed(own: str, quoted: str = "", link: str | None = None) -> str:
    return outgoing.compose(Body(own, quoted, link), PEOPLE.get, {"dock": "C0DOCK"}.get)


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("**bold** and ~~gone~~ and *kept*", "*bold* and ~gone~ and *kept*"),
        ("[the form](https://example.org/?a=1&b=2)", "<https://example.org/?a=1&amp;b=2|the form>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("@ana, and @Mei.Tanaka.", "<@U0ANA>, and <@U0MEI>."),
        ("@nobody mail@ana.org", "@nobody mail@ana.org"),
        ("@here #dock #other", "<!here> <#C0DOCK> #other"),
        ("`@ana **x** <b>`", "`@ana **x** &lt;b&gt;`"),
        ("<@U0123456> <!channel> <https://x.org>", "<@U0123456> &lt;!channel&gt; &lt;https://x.org&gt;"),
    ],
)
def test_own_words_become_marks(own: str, sent: str) -> None:
    assert composed(own) == sent


def test_quoted_words_stay_words() -> None:
    sent = composed("See:", "<!channel> <@U0ANA> @ana &amp;\n<#C0DOCK>", "https://example.org/t")
    assert sent == (
        "See:\n\n>&lt;!channel&gt; &lt;@U0ANA&gt; @ana &amp;amp;\n>&lt;#C0DOCK&gt;\n\nhttps://example.org/t"
    )


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_a_quote_holds_no_mark_and_reads_the_same(quoted: str) -> None:
    sent = outgoing.escape(quoted)
    assert "<" not in sent
    assert plain(sent, {}, {}) == quoted


def test_what_is_too_long_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Refused, match="longer"):
        composed("x" * 40_001)


@given(st.text(alphabet="ab &;\n<>", max_size=9000))
@settings(max_examples=25, deadline=None)
def test_blocks_hold_all_words_and_our_key(words: str) -> None:
    sent = outgoing.escape(words)
    made = json.loads(outgoing.blocks(sent, Key("lwblock")))
    assert "".join(each["text"]["text"] for each in made) == sent
    assert all(len(each["text"]["text"]) <= 3000 for each in made)
    assert "".join(plain(each["text"]["text"], {}, {}) for each in made) == words
    assert outgoing.key_of({"blocks": made}) == "lwblock"


@pytest.mark.parametrize(
    ("code", "kind", "taken"),
    [
        ("invalid_auth", SignInNeeded, False),
        ("token_expired", SignInNeeded, False),
        ("ratelimited", TryLater, False),
        ("fatal_error", TryLater, True),
        ("channel_not_found", Gone, False),
        ("thread_not_found", ask.Absent, False),
        ("not_in_channel", Forbidden, False),
        ("restricted_action_read_only_channel", Forbidden, False),
        ("metadata_too_large", ask.NoMetadata, False),
        ("msg_too_long", Refused, False),
        ("no_text", Refused, False),
    ],
)
def test_each_word_of_an_error_becomes_one_trouble_that_says_whether_it_was_taken(
    code: str, kind: type[Trouble], taken: bool
) -> None:
    with pytest.raises(kind) as caught:
        ask.judge(Response(200, json.dumps({"ok": False, "error": code}).encode()))
    assert caught.value.taken is taken


def test_a_missing_scope_is_named_and_a_pause_is_read() -> None:
    with pytest.raises(Forbidden, match="im:history"):
        ask.judge(Response(200, b'{"ok":false,"error":"missing_scope","needed":"im:history"}'))
    with pytest.raises(TryLater) as caught:
        ask.judge(
            Response(200, b'{"ok":false,"error":"ratelimited"}', {"retry-after": "17"}), Instant(1_780_000_000_000)
        )
    assert caught.value.after_s == 17
    assert caught.value.do == "Going on in 17 s."


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"ok":1}', b'{"ok":"true"}'])
def test_an_answer_that_says_neither_yes_nor_no_is_not_understood(body: bytes) -> None:
    with pytest.raises(ServiceChanged):
        ask.judge(Response(200, body))


def test_an_error_word_with_marks_is_not_shown() -> None:
    with pytest.raises(Refused, match="unknown_error"):
        ask.judge(Response(200, json.dumps({"ok": False, "error": "\u202eevil <b>"}).encode()))


def test_stamps_keep_their_order_and_their_time() -> None:
    assert instant("1780000000.123456") == 1_780_000_000_123
    assert ts_of(Instant(1_780_000_000_123)) == "1780000000.123000"
    assert [stamp(each) for each in ("1780000000.1", 1780000000.5, None, "1780000000.123456")] == [
        None,
        None,
        None,
        "1780000000.123456",
    ]
    assert split_id("C0X/1780000000.123456") == ("C0X", "1780000000.123456")
    assert split_id("C0X/../x") is None


def test_a_cursor_comes_back_as_it_was() -> None:
    mark = Mark({"1780000000.000001": "#1"}, (Gap("1770000000.000001", "", 7),), ("1780000000.000001",))
    where = Cursor("U1", strict=True, at={"C1": mark})
    assert load(where.dump(), "U1") == where
    assert load(where.dump(), "U2") == Cursor("U2")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("1780000000.000001"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = [
    "ts",
    "text",
    "user",
    "bot_id",
    "subtype",
    "thread_ts",
    "reply_count",
    "latest_reply",
    "edited",
    "files",
    "attachments",
    "blocks",
    "metadata",
    "profile",
    "id",
    "name",
    "is_im",
    "members",
    "username",
    "bot_profile",
    "hidden",
]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=10))
@settings(max_examples=150, deadline=None)
def test_nothing_odd_in_a_line_raises(row: dict[str, object]) -> None:
    row = {"ts": "1780000000.000002", "id": "C1"} | row
    world = World(me=RemoteId("U1"))
    incoming.message(row, "C1", world)
    incoming.person(row, world)
    incoming.channel(row, world, None)
    incoming.bot(row)
    incoming.named([row])
    incoming.moved(row)
    incoming.thread("1780000000.000002", "C1", {"1780000000.000002": row}, world)


def _examples(what: str) -> list[Path]:
    return sorted(EXAMPLES.glob(f"*.{what}.json"))


@needs_examples
@pytest.mark.parametrize("path", _examples("200"), ids=lambda path: path.name)
def test_every_official_answer_is_understood(path: Path) -> None:
    document = ask.judge(Response(200, path.read_bytes()))
    world = World(me=RemoteId("W1"), workspace="https://subarachnoid.slack.com/")
    rows, odd = incoming.lines(document)
    listed = document.get("messages")
    if isinstance(listed, list) and path.name.startswith("conversations."):
        assert (len(rows), odd) == (len(listed), 0)
        for ts, row in rows.items():
            message = incoming.message(row, "C1", world)
            assert message is not None
            assert (message.at, message.text, message.author) == (instant(ts), row["text"], row["user"])
    if path.name.startswith("users.conversations"):
        places = [incoming.channel(row, world, None) for row in objects(document.get("channels"))]
        assert [each.title for each in places if each] == [row["name"] for row in document["channels"]]
    if path.name.startswith("users.info"):
        found = incoming.person(document["user"], world)
        assert found == Person(
            RemoteId("W012A3CDE"), "spengler", "spengler", "spengler@ghostbusters.example.com", False,
            "America/Los_Angeles",
        )  # fmt: skip


@needs_examples
def test_the_official_thread_is_read_whole() -> None:
    document = ask.judge(Response(200, (EXAMPLES / "conversations.replies.200.json").read_bytes()))
    rows, _odd = incoming.lines(document)
    root = min(rows)
    thread = incoming.thread(root, "C1", rows, World())
    assert (thread.title, thread.people) == ("Island", ("U061F7AUR",))
    assert incoming.known_answers(thread.version) == rows.keys() - {root}
    assert ask.next_cursor(document)


@needs_examples
@pytest.mark.parametrize("path", _examples("default"), ids=lambda path: path.name)
def test_every_official_error_is_one_of_ours(path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        ask.judge(Response(200, path.read_bytes()))
    assert caught.value.what


@needs_examples
def test_built_links_are_slacks_own() -> None:
    document = json.loads((EXAMPLES / "chat.getPermalink.200.json").read_text(encoding="utf-8"))
    built = ask.permalink("https://ghostbusters.slack.com/", document["channel"], "1358546515.000080")
    assert built == "https://ghostbusters.slack.com/archives/C1H9RESGA/p1358546515000080"
    assert document["permalink"].startswith("https://ghostbusters.slack.com/archives/C1H9RESGA/p1358546515")
