"""What Graph says, read: its own examples, and answers that are not as they should be."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.teams.api import cursor, notes, places, planner, todo
from connectors.teams.api.ask import Ask
from connectors.teams.api.lines import known, line, thread, version
from connectors.teams.api.shape import channel_of, chat_of, ident, instant, iso, list_of, root_of, whole
from connectors.teams.api.world import World
from leeward.model import Audience, File, Instant, Person, Reach, RemoteId, Status, Tier
from tests.fakes.described import SHARED

MANY = 1000 if os.environ.get("LEEWARD_FULL") else 50
EXAMPLES = SHARED / "api" / "examples" / "teams"
PLACE = RemoteId("team1/19:abc@thread.tacv2")


def world(**more: Any) -> World:
    return World(Ask("https://graph.microsoft.com"), owner=Person(RemoteId("me"), "Sam Vermeer", me=True), **more)


def row(**more: Any) -> dict[str, Any]:
    return {
        "id": "1616964509832", "createdDateTime": "2021-03-28T20:48:29.832Z", "messageType": "message",
        "from": {"user": {"id": "u1", "displayName": "Robin Kline"}}, "body": {"contentType": "html", "content": "Hi"},
        **more,
    }  # fmt: skip


def example(name: str) -> dict[str, Any]:
    if not (EXAMPLES / name).is_file():
        pytest.skip("the official examples are not at hand (LEEWARD_SHARED)")
    found: dict[str, Any] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    return found


def test_the_official_page_of_a_chat_is_read() -> None:
    document, here = example("chat-list-messages.json"), world()
    chat = RemoteId("19:2da4c29f6d7041eca70b638b43d45437@thread.v2")
    read = [line(each, chat, here) for each in document["value"]]
    said = [each.said for each in read if each and each.said]
    assert [(each.text, each.notice, each.author) for each in said] == [
        ("Hello world", False, "8ea0e38b-efb3-4757-924a-5f94061cf8c2"),
        ("…", False, "8ea0e38b-efb3-4757-924a-5f94061cf8c2"),
        ("Somebody named the chat Graph Members", True, None),
    ]
    assert said[0].at == 1616964509832
    assert said[0].url is not None
    assert "19%3A2da4c29f6d7041eca70b638b43d45437%40thread.v2/1616964509832" in said[0].url
    assert here.people[RemoteId("8ea0e38b-efb3-4757-924a-5f94061cf8c2")].name == "Robin Kline"
    assert here.odd.count == 0
    assert here.ask.next_page(document)[0] is not None


def test_the_official_page_of_changes_is_read() -> None:
    document, here = example("chatmessage-delta-page1.json"), world()
    place = RemoteId("fbe2bf47-16c8-47cf-b4a5-4b9b187c508b/19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2")
    for each in document["value"]:
        root = line(each, place, here, RemoteId(f"{place}/{each['id']}"))
        assert root is not None
        assert root.said is not None
        assert root.said.thread == root.id
        made = thread(root, [], place)
        assert made.title in {"Test", "HelloWorld 11/29/2020 3:16:31 PM -08:00"}
        assert made.url == each["webUrl"]
    assert here.odd.count == 0
    assert here.ask.next_page(document) == (document["@odata.nextLink"].partition("/v1.0")[2], False)


def test_a_deleted_author_an_app_and_somebody_without_a_name() -> None:
    here = world()
    gone = line(row(**{"from": None}), PLACE, here)
    app = line(row(**{"from": {"user": None, "application": {"id": "bot1", "displayName": "Build bot"}}}), PLACE, here)
    nameless = line(row(**{"from": {"user": {"id": "u9", "displayName": None}}}), PLACE, here)
    assert [each and each.said and each.said.author for each in (gone, app, nameless)] == [None, "bot1", "u9"]
    assert here.named([RemoteId("bot1"), RemoteId("u9")]) == (Person(RemoteId("bot1"), "Build bot"),)
    assert here.odd.count == 0


def test_files_are_links_cards_are_words_and_a_nameless_file_is_odd() -> None:
    card = {
        "type": "AdaptiveCard",
        "body": [{"type": "TextBlock", "text": "Build 7 failed"}, {"text": 7}],
        "title": "CI",
    }
    attachments = [
        {
            "id": "1",
            "contentType": "reference",
            "name": "a.xlsx",
            "contentUrl": "https://h.sharepoint.com/a.xlsx?web=1",
        },
        {
            "id": "2",
            "contentType": "reference",
            "name": None,
            "contentUrl": "https://h.sharepoint.com/x/b%20c.docx?x=1",
        },
        {"id": "3", "contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps(card)},
        {"id": "4", "contentType": "application/vnd.microsoft.card.hero", "content": "{not json"},
        "none",
        {"id": "5", "contentType": None, "contentUrl": None},
    ]
    here = world()
    found = line(row(attachments=attachments, body={"contentType": "html", "content": None}), PLACE, here)
    assert found is not None
    assert found.said is not None
    assert found.said.files == (
        File("a.xlsx", "https://h.sharepoint.com/a.xlsx?web=1"),
        File("b%20c.docx", "https://h.sharepoint.com/x/b%20c.docx?x=1"),
        File("file", None),
    )
    assert found.said.text == "Build 7 failed\nCI"
    assert here.odd.count == 2


def test_a_line_with_nothing_but_a_picture_is_still_shown() -> None:
    html = '<div><img alt="crane.png" src="https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/3/$value"></div>'
    found = line(row(body={"contentType": "html", "content": html}), PLACE, world())
    assert found is not None
    assert found.said is not None
    assert found.said.text == "crane.png"
    assert found.said.files[0].url == "https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/3/$value"
    empty = line(row(body=None), PLACE, world())
    assert empty is not None
    assert empty.said is not None
    assert empty.said.text


def test_mentions_answers_edits_and_what_was_taken_back() -> None:
    mentions = [
        {"id": 0, "mentioned": {"user": {"id": "u2", "displayName": "Ana"}}},
        {"id": 1, "mentioned": {"conversation": {"id": "19:x", "conversationIdentityType": "channel"}}},
        {"id": 2, "mentioned": None},
    ]
    quote = {"id": "1616000000000", "contentType": "messageReference", "content": "{}"}
    found = line(row(mentions=mentions, attachments=[quote], lastEditedDateTime="2021-03-28T20:50:00Z"), PLACE, world())
    assert found is not None
    assert found.said is not None
    assert found.said.mentions == ("u2", "me")
    assert found.said.reply_to == (f"{PLACE}/1616000000000",)
    assert found.said.edited == 1616964600000
    gone = line(row(deletedDateTime="2021-03-28T20:50:00Z"), PLACE, world())
    assert gone is not None
    assert gone.said is None


def test_a_key_counts_under_our_own_name_alone() -> None:
    content = '<div itemprop="leeward" itemid="lwkey1">Hi<br><br>⟦lwkey1⟧</div>'
    body = {"contentType": "html", "content": content}
    theirs = line(row(body=body), PLACE, world())
    here = world()
    ours = line(row(body=body, **{"from": {"user": {"id": "me", "displayName": "Sam"}}}), PLACE, here)
    assert theirs is not None
    assert ours is not None
    assert theirs.said is not None
    assert ours.said is not None
    assert (theirs.said.text, theirs.said.key) == ("Hi\n\n⟦lwkey1⟧", None)
    assert (ours.said.text, ours.said.key) == ("Hi", "lwkey1")
    assert here.hidden is True


def test_a_reaction_moves_no_thread_and_an_edit_does() -> None:
    here, id_ = world(), RemoteId(f"{PLACE}/1")

    def answers(**more: Any) -> str:
        found = line(row(**more), PLACE, here, id_)
        assert found is not None
        return version([found])

    assert answers() == answers(lastModifiedDateTime="2022-01-01T00:00:00Z", reactions=[{"reactionType": "like"}])
    assert answers() != answers(lastEditedDateTime="2022-01-01T00:00:00Z")
    assert answers() != answers(deletedDateTime="2022-01-01T00:00:00Z")
    assert list(known(answers())) == ["1616964509832"]


@pytest.mark.parametrize("what", [None, 7, [], "x", {}, {"id": None}, {"id": 5}, {"id": "a/b"}, {"id": "../x"}])
def test_rows_that_are_nothing_are_counted_and_nothing_else(what: Any) -> None:
    here = world()
    rows = what if isinstance(what, dict) else {}
    assert line(rows, PLACE, here) is None
    assert planner.task(rows, None, here) is None
    assert notes.note(rows, "", here) is None
    assert here.odd.count >= 3


def test_numbers_come_as_texts_and_texts_as_numbers() -> None:
    assert ident(1616964509832) == "1616964509832"
    assert ident(True) is None
    assert whole("50") == 50
    assert whole(-1) is None
    task = planner.task(
        {"id": "T1", "planId": "P1", "title": None, "percentComplete": "100", "priority": "1"}, None, world()
    )
    assert task is not None
    assert (task.status, task.tier, task.version) == (Status.DONE, Tier.RED, None)
    read = line(row(id=1616964509832, createdDateTime="2021-03-28T20:48:29.8320000Z"), PLACE, world())
    assert read is not None
    assert read.id == f"{PLACE}/1616964509832"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "lastEditedDateTime",
    "deletedDateTime",
    "from",
    "body",
    "attachments",
    "mentions",
    "eventDetail",
    "subject",
    "webUrl",
    "title",
    "planId",
    "assignments",
    "dueDateTime",
    "priority",
    "percentComplete",
    "linkedResources",
    "checklistItems",
    "status",
    "categories",
    "createdBy",
    "appliedCategories",
    "displayName",
    "members",
    "viewpoint",
    "lastMessagePreview",
    "parentSection",
    "recurrence",
]


@settings(max_examples=MANY, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)), st.dictionaries(st.text(max_size=6), JSON))
def test_no_parser_raises(strange: dict[str, Any], more: dict[str, Any]) -> None:
    here = world()
    sound = {**row(), **strange, "id": "1", "createdDateTime": "2021-03-28T20:48:29Z"}
    assert line(sound, PLACE, here, RemoteId(f"{PLACE}/1")) is not None
    assert todo.task({**strange, "id": "1"}, "list", here) is not None
    assert planner.task({**strange, "id": "1", "planId": "p"}, more, here) is not None
    places.chat({**strange, "id": "1"}, here)
    places.section(strange, here)
    places.plan(strange, {}, here)
    notes.note(strange, "<p>x</p>", here)
    cursor.load(json.dumps({"v": 1, "me": "me", **strange}), "me")


def test_due_days_of_to_do_are_days_wherever_their_midnight_is() -> None:
    def due(stamp: str, zone: str, named: str = "UTC") -> object:
        return todo.due({"dateTime": stamp, "timeZone": named}, zone)

    day = date(2026, 11, 24)
    assert due("2026-11-24T00:00:00.0000000", "Europe/Amsterdam") == day
    assert due("2026-11-23T23:00:00.0000000", "Europe/Amsterdam") == day
    assert due("2026-11-24T05:00:00.0000000", "America/New_York") == day
    assert due("2026-11-24T00:00:00.0000000", "Asia/Tokyo", "Tokyo Standard Time") == day
    assert due("soon", "UTC") is None
    for zone in ("Europe/Amsterdam", "America/New_York", "UTC", "Pacific/Auckland"):
        field = todo.due_field(day, zone)
        assert field is not None
        assert due(field["dateTime"], zone) == day
    assert planner.due_field(day, "UTC") == "2026-11-24T10:00:00Z"
    late = Instant(1795478400000)  # 24 November, midnight UTC
    assert planner.due_field(late, "Pacific/Auckland") == "2026-11-24T10:00:00Z"


def test_steps_links_and_checklists_stand_beside_the_text_and_are_never_written_back() -> None:
    linked = [
        {"applicationName": "leeward", "externalId": "lwkey1", "webUrl": "https://x.example"},
        {
            "applicationName": "Outlook",
            "displayName": "A mail",
            "webUrl": "https://outlook.example/1",
            "externalId": None,
        },
    ]
    steps = [{"displayName": "buy", "isChecked": True}, {"displayName": "tie", "isChecked": False}]
    document = {"id": "T", "title": "Rope", "body": {"contentType": "html", "content": "<p>30 <b>m</b></p>"},
                "linkedResources": linked, "checklistItems": steps}  # fmt: skip
    task = todo.task(document, "L", world())
    assert task is not None
    assert task.key == "lwkey1"
    assert task.text == "30 **m**\n\n— To Do —\n- [x] buy\n- [ ] tie\nOutlook: A mail https://outlook.example/1"
    assert todo.own_text(task.text) == "30 **m**"
    details = {"description": "Text", "checklist": {"1": {"title": "dig", "isChecked": False}, "2": None},
               "references": {"https%3A//x%2Eexample": {"alias": "Plan"}}}  # fmt: skip
    planned = planner.task({"id": "T", "planId": "P"}, details, world())
    assert planned is not None
    assert planned.text == "Text\n\n— Planner —\n- [ ] dig\nPlan https://x.example"


@pytest.mark.parametrize(
    ("told", "audience"),
    [
        ({"isShared": False}, Audience(Reach.ONLY_ME, 1, (RemoteId("me"),))),
        ({"isShared": "true"}, Audience(Reach.PEOPLE)),
    ],
)
def test_a_list_is_its_owners_alone_unless_it_is_shared(told: dict[str, Any], audience: Audience) -> None:
    found = places.task_list({"id": "L", "displayName": "Tasks", **told}, world())
    assert found is not None
    assert found[1].audience == audience
    book = places.section({"id": "S", "parentNotebook": {"displayName": "Book"}}, world())
    assert book is not None
    assert book[1].audience == Audience(Reach.UNKNOWN), "nothing may look narrower than it is"


def test_ids_of_one_sort_are_none_of_another() -> None:
    assert channel_of("t/c") == ("t", "c")
    assert channel_of("todo/l") is None
    assert chat_of("19:x@thread.v2") == "19:x@thread.v2"
    assert chat_of("t/c") is None
    assert list_of("plan/p", "todo") is None
    assert root_of("t/c/1") == ("t", "c", "1")
    assert root_of("todo/l/1") is None


def test_links_lead_nowhere_else() -> None:
    ask = Ask("https://graph.microsoft.com/")
    for link in ("https://evil.example/v1.0/x", "https://graph.microsoft.com.evil.example/v1.0/", "/x", None, 7,
                 "https://graph.microsoft.com/v1.0/a\tb", "https://graph.microsoft.com/beta/x"):  # fmt: skip
        assert ask.relative(link) is None
        assert ask.next_page({"@odata.nextLink": link}) == (None, bool(link))
    assert ask.relative("https://graph.microsoft.com/v1.0/x?$skiptoken=1") == "/x?$skiptoken=1"
    assert ask.relative("https://graph.microsoft.com/v1.0/x?$filter=a gt 1") == "/x?$filter=a%20gt%201"


@given(st.integers(0, 4_102_444_800_000))
@settings(max_examples=MANY, deadline=None)
def test_stamps_are_read_as_they_are_written(at: int) -> None:
    assert instant(iso(at)) == at


def test_a_position_survives_and_belongs_to_one_person() -> None:
    where = cursor.Cursor("me", Instant(5), 3, True)
    where.channels["t/c"] = cursor.Feed("/teams/x?$deltatoken=1", True)
    where.chats["19:x"] = cursor.ChatMark(Instant(7), "m", "/next", 3, {"1": 2}, "1", {"1": 2})
    where.plans["plan/p"] = {"T": "a.b"}
    where.notes, where.pages = Instant(9), {"page/1": "2026"}
    assert cursor.load(where.dump(), "me") == where
    assert cursor.load(where.dump(), "other") == cursor.Cursor("other")
    for damaged in ("{", "[]", '{"v":1,"me":"me","channels":{"t/c":[1,2]},"chats":{"x":"y"}}', '{"v":2,"me":"me"}'):
        assert cursor.load(damaged, "me") == cursor.Cursor("me")
