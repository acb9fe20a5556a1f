"""The connector writes over the fake Graph: lines, tasks, pages, markers, presence; and what it must not do twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from connectors.teams.connector import Teams
from leeward.errors import (
    Conflict,
    Forbidden,
    Gone,
    NotSupported,
    Problem,
    Refused,
    ServiceChanged,
    Trouble,
    TryLater,
)
from leeward.model import (
    Body,
    File,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
    Tier,
)
from leeward.ports import Upload
from leeward.testing.abilities import pulled, run
from tests.contract.teams_world import ChatWorld, TeamsWorld, html
from tests.fakes.base import always, lose_answer

KEY = Key("lwkey1")
SOON_MS = 3_600_000


def post(
    here: TeamsWorld, text: str, thread: RemoteId | None = None, connector: Teams | None = None, **more: Any
) -> Any:
    place = here.place(ItemType.MESSAGE)
    return run((connector or here.connector()).post(place, thread, Body(text), key=more.pop("key", KEY), **more))


def sent_row(here: TeamsWorld, sent: Any) -> dict[str, Any]:
    where = here.chat if isinstance(here, ChatWorld) else here.channel
    return here.service.lines[where][sent.id.rpartition("/")[2]]


def methods(here: TeamsWorld, since: int) -> list[tuple[str, str]]:
    return [(each.method, each.path.rpartition("/")[2]) for each in here.http.asked[since:]]


def test_a_new_post_begins_a_thread_and_an_answer_stands_below_it() -> None:
    here = TeamsWorld()
    root = post(here, "A question")
    answer = post(here, "An answer", root.id, key=Key("lwkey2"))
    rows = pulled(here)["messages"]
    assert rows[root.id].thread == root.id
    assert rows[root.id].key == KEY
    assert (rows[answer.id].thread, rows[answer.id].reply_to) == (root.id, (root.id,))
    assert answer.url.startswith("https://teams.microsoft.com/l/message/")
    assert sent_row(here, answer)["root"] == root.id.rpartition("/")[2]


def test_an_answer_in_a_chat_quotes_the_line_it_answers() -> None:
    here = ChatWorld()
    line = here.add_thread("Which day?")[1]
    sent = post(here, "Thursday", reply_to=line)
    (attached,) = sent_row(here, sent)["attachments"]
    assert attached["contentType"] == "messageReference"
    assert json.loads(attached["content"])["messagePreview"] == "Which day?"
    row = pulled(here)["messages"][sent.id]
    assert (row.text, row.reply_to, row.files) == ("Thursday", (line,), ())
    here.delete_line(line)
    assert sent_row(here, post(here, "Too late", reply_to=line, key=Key("lwkey2")))["attachments"] == []


def test_a_name_that_was_typed_mentions_a_member_and_asks_who_there_is_only_then() -> None:
    for here in (TeamsWorld(), ChatWorld()):
        sent = post(here, "No name @ all")
        assert not any(each.path.endswith("/members") for each in here.http.asked)
        sent = post(here, "@ana please ask @Mei Tanaka, not @sam or @nobody", key=Key("lwkey2"))
        assert [each["mentionText"] for each in sent_row(here, sent)["mentions"]] == ["Ana Duarte", "Mei Tanaka"]
        row = pulled(here)["messages"][sent.id]
        assert row.mentions == (here.ana, here.mei)
        assert row.text == "@Ana Duarte please ask @Mei Tanaka, not @sam or @nobody"


def test_the_key_is_seen_once_and_then_travels_unseen() -> None:
    here = ChatWorld()
    connector = here.connector()
    first, second = (post(here, "Hi", connector=connector, key=Key(f"lwkey{n}")) for n in (1, 2))
    assert "⟦lwkey1⟧" in sent_row(here, first)["html"]
    assert "⟦" not in sent_row(here, second)["html"]
    fresh = here.connector()
    mirror = pulled(here)
    run(mirror.pull(fresh))
    assert "⟦" not in sent_row(here, post(here, "Hi", connector=fresh, key=Key("lwkey3")))["html"]
    assert {each.key for each in pulled(here)["messages"].values()} == {"lwkey1", "lwkey2", "lwkey3"}


def test_where_teams_drops_what_nobody_sees_the_key_stays_seen() -> None:
    here = ChatWorld(strips=True)
    connector = here.connector()
    lines = [post(here, "Hi", connector=connector, key=Key(f"lwkey{n}")) for n in range(3)]
    assert all("⟦lwkey" in sent_row(here, each)["html"] for each in lines)
    assert {each.text for each in pulled(here)["messages"].values()} == {"Hi"}


def test_an_edit_keeps_key_quote_and_names() -> None:
    here = ChatWorld()
    line = here.add_thread("Which day?")[1]
    sent = post(here, "Befor", reply_to=line)
    here.advance(5)
    connector = here.connector()
    run(connector.edit(RemoteId(here.chat), None, sent.id, Body("After @ana"), key=Key("lwother")))
    row = pulled(here)["messages"][sent.id]
    assert (row.text, row.key, row.reply_to) == ("After @Ana Duarte", KEY, (line,))
    assert row.edited is not None
    assert row.mentions == (here.ana,)


def test_an_answer_in_a_channel_can_be_changed_and_taken_back() -> None:
    here = TeamsWorld()
    thread, _first = here.add_thread("Question")
    sent = post(here, "Befor", thread)
    place = here.place(ItemType.MESSAGE)
    run(here.connector().edit(place, thread, sent.id, Body("After"), key=KEY))
    assert pulled(here)["messages"][sent.id].text == "After"
    run(here.connector().edit(place, thread, sent.id, None, key=KEY))
    assert sent.id not in pulled(here)["messages"]
    with pytest.raises(Gone):
        run(here.connector().edit(place, thread, sent.id, Body("Again"), key=KEY))


def test_lines_of_others_stay_as_they_are() -> None:
    here = ChatWorld()
    line = here.add_thread("Theirs")[1]
    for body in (Body("Mine"), None):
        with pytest.raises(Forbidden) as caught:
            run(here.connector().edit(RemoteId(here.chat), None, line, body, key=KEY))
        assert caught.value.taken is False
    assert here.lines()[line].text == "Theirs"


@pytest.mark.parametrize("world", [TeamsWorld, ChatWorld])
def test_a_lost_line_is_found_in_any_place_and_never_made_twice(world: Callable[[], TeamsWorld]) -> None:
    here = world()
    since = here.clock.now()
    here.http.write_faults = [lose_answer]
    with pytest.raises(TryLater) as caught:
        post(here, "Once")
    assert caught.value.taken is True
    for number in range(70):
        here.add_thread(f"Later {number}")
    place = here.place(ItemType.MESSAGE)
    found = run(here.connector().find_sent(ItemType.MESSAGE, place, None, KEY, since))
    assert found is not None
    assert here.lines()[found.id].text.startswith("Once")
    assert run(here.connector().find_sent(ItemType.MESSAGE, place, None, Key("lwnone"), since)) is None


def test_what_cannot_be_known_is_not_answered_with_no() -> None:
    here = ChatWorld()
    here.add_thread("x")
    here.service.loops = True
    for what in (ItemType.MESSAGE, ItemType.TASK, ItemType.NOTE):
        with pytest.raises(ServiceChanged, match="circles"):
            run(here.connector().find_sent(what, here.place(what), None, KEY, here.clock.now()))


def test_a_chats_marker_moves_to_a_line_and_never_back() -> None:
    here = ChatWorld()
    lines = [here.add_thread(f"Line {number}")[1] for number in range(4)]
    place = RemoteId(here.chat)

    def mark(line: RemoteId) -> list[str]:
        seen = len(here.http.asked)
        run(here.connector().mark_read(place, None, line, ()))
        return [name for method, name in methods(here, seen) if method == "POST"]

    assert mark(lines[1]) == ["markChatUnreadForUser"]
    assert here.read_upto(None) == lines[1]
    assert mark(lines[0]) == []
    assert mark(lines[3]) == ["markChatReadForUser"]
    assert mark(lines[3]) == []
    assert here.read_upto(None) == lines[3]
    assert mark(RemoteId("19:other@thread.v2/1")) == []


def test_channels_have_no_marker() -> None:
    here = TeamsWorld()
    thread, first = here.add_thread("Question")
    run(here.connector().mark_read(here.place(ItemType.MESSAGE), thread, first, ()))
    assert here.http.asked == []


def test_a_todo_carries_link_and_key_as_a_linked_resource() -> None:
    here = TeamsWorld(zone="Europe/Amsterdam")
    body = Body("Before Friday", "/close @all", "https://teams.microsoft.com/l/message/1")
    draft = TaskDraft(
        here.place(ItemType.TASK), "Call the harbour", body, due=date(2026, 11, 24), tier=Tier.RED, labels=("quay",)
    )
    sent = run(here.connector().create(draft, key=KEY))
    row = here.service.todos[sent.id.rpartition("/")[2]]
    (linked,) = row["linkedResources"]
    assert {name: linked[name] for name in ("applicationName", "externalId", "webUrl", "displayName")} == {
        "applicationName": "leeward", "externalId": KEY, "webUrl": body.link, "displayName": "Call the harbour",
    }  # fmt: skip
    assert row["body"] == {"contentType": "text", "content": f"Before Friday\n\n> /close @all\n\n{body.link}"}
    assert row["dueDateTime"] == {"dateTime": "2026-11-23T23:00:00.000", "timeZone": "UTC"}
    assert (row["importance"], row["categories"]) == ("high", ["quay"])
    task = pulled(here)["tasks"][sent.id]
    assert (task.due, task.tier, task.labels, task.key) == (date(2026, 11, 24), Tier.RED, ("quay",), KEY)


def test_nobody_else_can_be_given_a_todo() -> None:
    here = TeamsWorld()
    place = here.place(ItemType.TASK)
    with pytest.raises(Refused, match="alone"):
        run(here.connector().create(TaskDraft(place, "x", Body("x"), (RemoteId(here.ana),)), key=KEY))
    run(here.connector().create(TaskDraft(place, "x", Body("x"), (RemoteId(here.me),)), key=KEY))
    task = here.add_task("Mine")
    change = TaskChange(frozenset({"assignees"}), assignees=(RemoteId(here.ana),))
    with pytest.raises(Refused):
        run(here.connector().update(place, task, change, key=KEY, seen=None))


def test_an_update_of_a_todo_leaves_what_it_does_not_name() -> None:
    here = TeamsWorld()
    task = here.add_task("Befor", "Text")
    here.service.todos[task.rpartition("/")[2]]["dueDateTime"] = {"dateTime": "2026-11-24T00:00:00", "timeZone": "UTC"}
    seen = pulled(here)["tasks"][task].version
    change = TaskChange(
        frozenset({"status", "due", "tier", "text", "labels"}), status=Status.DOING, text="New\n\n— To Do —\n- [ ] x",
        tier=Tier.GREEN, labels=("a",),
    )  # fmt: skip
    sent = run(here.connector().update(here.place(ItemType.TASK), task, change, key=KEY, seen=seen))
    row = here.service.todos[task.rpartition("/")[2]]
    assert (row["title"], row["status"], row["dueDateTime"], row["importance"]) == ("Befor", "inProgress", None, "low")
    assert row["body"]["content"] == "New"
    assert sent.version == pulled(here)["tasks"][task].version


def test_a_planned_task_goes_out_whole_in_one_request() -> None:
    here = ChatWorld()
    draft = TaskDraft(
        here.place(ItemType.TASK), "Measure", Body("Text"), (RemoteId(here.ana),), date(2026, 11, 24), Tier.YELLOW
    )
    seen = len(here.http.asked)
    sent = run(here.connector().create(draft, key=KEY))
    assert [each for each in methods(here, seen) if each[0] != "GET"] == [("POST", "tasks")]
    task = pulled(here)["tasks"][sent.id]
    assert (task.text, task.assignees, task.due, task.tier, task.key) == (
        "Text", (here.ana,), date(2026, 11, 24), Tier.YELLOW, KEY,
    )  # fmt: skip
    assert here.service.planned[sent.id.partition("/")[2]]["text"] == "Text\n\n⟦lwkey1⟧"


def test_where_planner_takes_no_text_it_follows_and_nothing_is_made_twice() -> None:
    here = ChatWorld(deep=False)
    sent = run(here.connector().create(TaskDraft(here.place(ItemType.TASK), "Measure", Body("Text"), ()), key=KEY))
    task = pulled(here)["tasks"][sent.id]
    assert (task.text, task.key, task.version) == ("Text", KEY, sent.version)
    here.http.write_faults = [None, always(503)]
    again = run(
        here.connector().create(TaskDraft(here.place(ItemType.TASK), "Measure", Body("Text"), ()), key=Key("lwkey2"))
    )
    assert again.id != sent.id
    assert len(here.service.planned) == 2


def test_a_task_of_which_planner_lost_the_text_asks_its_owner() -> None:
    """It was made without the key: nobody can say that it is not there."""
    here = ChatWorld(deep=False)
    since = here.clock.now()
    here.http.write_faults = [lose_answer]
    with pytest.raises(TryLater):
        run(here.connector().create(TaskDraft(here.place(ItemType.TASK), "Measure", Body("Text"), ()), key=KEY))
    with pytest.raises(ServiceChanged, match="has no text"):
        run(here.connector().find_sent(ItemType.TASK, here.place(ItemType.TASK), None, KEY, since))


def test_planner_refuses_what_changed_in_between() -> None:
    """Two of us read the same; the service itself says 412."""
    here = ChatWorld()
    task = here.add_task("First", "Text")
    name = task.partition("/")[2]
    seen = pulled(here)["tasks"][task].version
    place = here.place(ItemType.TASK)
    connector = here.connector()
    run(connector.check())
    real = here.service.answer

    class Meanwhile:
        """Somebody else is faster by one request."""

        base = here.service.base

        def answer(self, asked: Any) -> Any:
            if asked.method == "PATCH":
                here.service.change_planned(name, title="Theirs")
                here.service.planned[name]["details"] = here.service._step()
            return real(asked)

    here.http.service = Meanwhile()
    for change in (TaskChange(frozenset({"title"}), title="Ours"), TaskChange(frozenset({"text"}), text="Ours")):
        with pytest.raises(Conflict) as caught:
            run(connector.update(place, task, change, key=KEY, seen=seen))
        assert caught.value.taken is False
        seen = f"{here.service._planned(here.service.planned[name])['@odata.etag']}#{str(seen).rpartition('#')[2]}"
    assert here.tasks()[task].title == "Theirs"
    assert here.tasks()[task].text == "Text"


def test_a_text_that_changed_in_planner_is_a_conflict_of_texts_alone() -> None:
    here = ChatWorld()
    task = here.add_task("Title", "Befor")
    seen = pulled(here)["tasks"][task].version
    here.service.planned[task.partition("/")[2]]["text"] = "Theirs"
    place = here.place(ItemType.TASK)
    with pytest.raises(Conflict):
        run(here.connector().update(place, task, TaskChange(frozenset({"text"}), text="Ours"), key=KEY, seen=seen))
    run(here.connector().update(place, task, TaskChange(frozenset({"title"}), title="Ours"), key=KEY, seen=seen))
    assert here.tasks()[task].title == "Ours"


def test_people_tiers_and_text_of_a_planned_task_are_changed() -> None:
    here = ChatWorld()
    sent = run(
        here.connector().create(TaskDraft(here.place(ItemType.TASK), "T", Body("One"), (RemoteId(here.ana),)), key=KEY)
    )
    change = TaskChange(
        frozenset({"assignees", "tier", "text", "due"}), assignees=(RemoteId(here.mei),), tier=Tier.GREEN, text="Two",
    )  # fmt: skip
    again = run(
        here.connector().update(here.place(ItemType.TASK), sent.id, change, key=Key("lwother"), seen=sent.version)
    )
    task = pulled(here)["tasks"][sent.id]
    assert (task.assignees, task.tier, task.text, task.key) == ((here.mei,), Tier.GREEN, "Two", KEY)
    assert task.version == again.version


def test_a_page_of_somebody_else_is_not_replaced() -> None:
    here = TeamsWorld()
    note = here.add_note("Minutes", "Theirs")
    draft = NoteDraft(here.place(ItemType.NOTE), "Minutes", "Ours")
    with pytest.raises(NotSupported, match="did not write"):
        run(here.connector().update_note(note, draft, key=KEY, seen=None))
    assert here.notes()[note].text == "Theirs"


def test_a_page_is_markdown_both_ways() -> None:
    here = TeamsWorld()
    text = "Decided:\n- **Thursday**\n- crane at [seven](https://x.example)\n\n<script>alert(1)</script>"
    sent = run(here.connector().create_note(NoteDraft(here.place(ItemType.NOTE), "Week <47>", text), key=KEY))
    row = pulled(here)["notes"][sent.id]
    assert (row.title, row.text, row.key) == ("Week <47>", text, KEY)
    assert here.acted() == ()
    run(
        here.connector().update_note(
            sent.id, NoteDraft(here.place(ItemType.NOTE), "Week 48", "Two"), key=KEY, seen=row.version
        )
    )
    row = pulled(here)["notes"][sent.id]
    assert (row.title, row.text, row.key) == ("Week 48", "Two", KEY)


def test_a_lost_page_is_found() -> None:
    here = TeamsWorld()
    since = here.clock.now()
    here.http.write_faults = [lose_answer]
    place = here.place(ItemType.NOTE)
    with pytest.raises(TryLater):
        run(here.connector().create_note(NoteDraft(place, "Minutes", "One"), key=KEY))
    for number in range(70):
        here.add_note(f"Page {number}", "x")
    found = run(here.connector().find_sent(ItemType.NOTE, place, None, KEY, since))
    assert found is not None
    assert here.notes()[found.id].title == "Minutes"


def test_a_meeting_is_made_once_however_often_it_is_asked_for() -> None:
    here = TeamsWorld()
    here.http.write_faults = [lose_answer]
    begun = run(here.connector().meet("Book  the\ncrane", "https://x.example", key=KEY))
    again = run(here.connector().meet("Book the crane", "", key=KEY))
    assert begun == again
    assert [row["subject"] for row in here.service.meetings.values()] == ["Book the crane"]
    here.http.write_faults = [always(200, b'{"id": "1", "joinWebUrl": "javascript:alert(1)"}')]
    with pytest.raises(ServiceChanged):
        run(here.connector().meet("x", "", key=KEY))


def test_pins_are_for_chats() -> None:
    here = ChatWorld()
    line = here.add_thread("Pin me")[1]
    place, short = RemoteId(here.chat), line.rpartition("/")[2]
    for _again in range(2):
        run(here.connector().pin(place, line, pinned=True))
        assert here.service.pinned[here.chat] == [short]
    for _again in range(2):
        run(here.connector().pin(place, line, pinned=False))
        assert here.service.pinned[here.chat] == []
    with pytest.raises(NotSupported, match="chats"):
        run(
            here.connector().pin(
                RemoteId(f"{here.team}/{here.channel}"), RemoteId(f"{here.team}/{here.channel}/1"), pinned=True
            )
        )


@pytest.mark.parametrize("world", [TeamsWorld, ChatWorld])
def test_votes_are_reactions(world: Callable[[], TeamsWorld]) -> None:
    here = world()
    thread, line = here.add_thread("Thursday?")
    if thread is not None:
        line = here.add_line("Thursday?", thread)
    where = here.chat if isinstance(here, ChatWorld) else here.channel
    place = here.place(ItemType.MESSAGE)
    here.service.react(where, line.rpartition("/")[2], here.ana, "like")
    here.service.react(where, line.rpartition("/")[2], here.mei, "🦀")
    run(here.connector().vote(place, thread, line, "thumbsup", on=True))
    run(here.connector().vote(place, thread, line, "tada", on=True))
    run(here.connector().vote(place, thread, line, "tada", on=False))
    votes = {each.choice: each.people for each in run(here.connector().votes(place, thread, line))}
    assert votes == {"thumbsup": (here.ana, here.me), "🦀": (here.mei,)}


def quiet(here: TeamsWorld, on: bool, until: int | None = None, remembered: str | None = None) -> str | None:
    return run(here.connector().set_quiet(on, None if until is None else Instant(until), remembered))


def shown(here: TeamsWorld) -> tuple[str, str]:
    return here.service._shown()


def test_quiet_is_shown_until_its_end_and_ended_before() -> None:
    here = TeamsWorld()
    until = here.clock.now() + SOON_MS
    remembered = quiet(here, True, until)
    assert shown(here) == ("DoNotDisturb", "DoNotDisturb")
    assert here.service.preferred is not None
    assert here.service.preferred[2] == until
    remembered = quiet(here, True, until + SOON_MS, remembered)
    assert here.service.preferred[2] == until + SOON_MS
    remembered = quiet(here, True, until - SOON_MS // 2, remembered)
    assert here.service.preferred[2] == until - SOON_MS // 2
    assert quiet(here, False, None, remembered) is None
    assert shown(here) == ("Available", "Available")


def test_quiet_ends_by_itself_while_the_program_sleeps() -> None:
    here = TeamsWorld()
    remembered = quiet(here, True, here.clock.now() + SOON_MS)
    here.advance(2 * SOON_MS / 1000)
    assert shown(here) == ("Available", "Available")
    seen = len(here.http.asked)
    assert quiet(here, False, None, remembered) is None
    assert methods(here, seen) == [], "nothing of ours is left to end"


@pytest.mark.parametrize(
    "chosen",
    [("DoNotDisturb", "DoNotDisturb"), ("Busy", "Busy"), ("BeRightBack", "BeRightBack"), ("Offline", "OffWork")],
)
def test_what_somebody_chose_by_hand_is_left_alone(chosen: tuple[str, str]) -> None:
    here = TeamsWorld()
    here.service.by_hand = chosen
    remembered = quiet(here, True, here.clock.now() + SOON_MS)
    assert remembered == "theirs"
    assert quiet(here, True, here.clock.now() + 2 * SOON_MS, remembered) == "theirs"
    assert quiet(here, False, None, remembered) is None
    assert shown(here) == chosen
    assert here.service.preferred is None


def test_a_choice_made_during_quiet_is_left_alone() -> None:
    here = TeamsWorld()
    until = here.clock.now() + SOON_MS
    remembered = quiet(here, True, until)
    here.service.by_hand = ("Available", "Available")
    assert quiet(here, True, until + SOON_MS, remembered) == "theirs"
    assert quiet(here, False, None, remembered) is None
    assert here.service.by_hand == ("Available", "Available")


@pytest.mark.parametrize(
    "automatic", [("Busy", "InAMeeting"), ("Away", "Away"), ("Available", "Available"), ("Offline", "Offline")]
)
def test_quiet_goes_over_what_comes_by_itself(automatic: tuple[str, str]) -> None:
    here = TeamsWorld()
    here.service.automatic = automatic
    assert quiet(here, True, here.clock.now() + SOON_MS) != "theirs"
    assert shown(here) == ("DoNotDisturb", "DoNotDisturb")


def test_without_the_right_for_presence_there_is_nothing_to_end() -> None:
    here = TeamsWorld()
    here.service.scopes.remove("Presence.ReadWrite")
    assert quiet(here, True, None) == "theirs"
    assert run(here.connector().busy(("presence",), Instant(0), Instant(2**43))) == ()


def test_the_line_beside_the_name_is_set_and_cleared() -> None:
    here = TeamsWorld()
    run(here.connector().set_status("Back on Monday", "🏝", Instant(1_795_478_400_000)))
    assert here.service.status == {
        "message": {"content": "🏝 Back on Monday", "contentType": "text"},
        "expiryDateTime": {"dateTime": "2026-11-24T00:00:00.000", "timeZone": "UTC"},
    }
    run(here.connector().set_status("", "🏝", None))
    assert here.service.status == {"message": {"content": "", "contentType": "text"}}


def test_a_meeting_is_busy_for_a_while_and_do_not_disturb_is_not() -> None:
    here = TeamsWorld()
    now = here.clock.now()
    ask = ("Presence", "work")

    def busy(*shown_: str) -> list[tuple[int, int]]:
        here.service.automatic = (shown_[0], shown_[1])
        return [(each.start, each.end) for each in run(here.connector().busy(ask, now, Instant(now + 86_400_000)))]

    assert busy("Busy", "InAMeeting") == [(now, now + 20 * 60_000)]
    assert busy("DoNotDisturb", "Presenting") == [(now, now + 20 * 60_000)]
    assert busy("Busy", "Busy") == [(now, now + 20 * 60_000)]
    for calm in (
        ("Available", "Available"),
        ("DoNotDisturb", "DoNotDisturb"),
        ("Away", "Away"),
        ("Offline", "OffWork"),
    ):
        assert busy(*calm) == []
    here.service.automatic = ("Busy", "InACall")
    assert run(here.connector().busy(("work",), now, Instant(now + 86_400_000))) == ()
    assert run(here.connector().unknown_calendars(ask)) == ("work",)


@pytest.mark.parametrize("world", [TeamsWorld, ChatWorld])
def test_pictures_are_sent_within_the_line_and_come_back(world: Callable[[], TeamsWorld]) -> None:
    here = world()
    thread, line = here.add_thread("See?")
    pictures = (Upload('crane".png', b"\x89PNG1", "image/png"), Upload("b.jpg", b"JPG2", "image/jpeg"))
    sent = run(
        here.connector().post(here.place(ItemType.MESSAGE), thread, Body("Here"), pictures, key=KEY, reply_to=line)
    )
    row = pulled(here)["messages"][sent.id]
    assert row.key == KEY
    assert row.text.startswith("Here")
    assert [each.name for each in row.files] == ['crane".png', "b.jpg"]
    assert [run(here.connector().fetch(each)) for each in row.files] == [b"\x89PNG1", b"JPG2"]
    assert here.acted() == ()


def test_a_picture_in_a_line_is_fetched_and_a_file_of_sharepoint_is_a_link() -> None:
    here = ChatWorld()
    line = here.add_thread("See")[1].rpartition("/")[2]
    here.service.files["aWQ9"] = b"\x89PNG"
    url = f"{here.service.base}/v1.0/chats/{here.chat}/messages/{line}/hostedContents/aWQ9/$value"
    assert run(here.connector().fetch(File("crane.png", url))) == b"\x89PNG"
    for other in ("https://harbour.sharepoint.com/a.xlsx", f"{here.service.base}/v1.0/me", None):
        seen = len(here.http.asked)
        with pytest.raises(NotSupported):
            run(here.connector().fetch(File("a.xlsx", other)))
        assert len(here.http.asked) == seen


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda one, here: one.post(RemoteId(f"todo/{here.list}"), None, Body("x"), key=KEY), NotSupported),
        (lambda one, here: one.post(here.place(ItemType.MESSAGE), RemoteId("a/b/1"), Body("x"), key=KEY), Problem),
        (
            lambda one, here: one.post(here.place(ItemType.MESSAGE), None, Body("x"), (Upload("a", b""),), key=KEY),
            NotSupported,
        ),
        (
            lambda one, here: one.post(
                here.place(ItemType.MESSAGE), None, Body("x"), (Upload("a", b"x" * 3_000_001, "image/png"),), key=KEY
            ),
            Refused,
        ),
        (lambda one, _here: one.create(TaskDraft(RemoteId("19:x@thread.v2"), "x", Body("x")), key=KEY), NotSupported),
        (
            lambda one, _here: one.update(RemoteId("p"), RemoteId("x"), TaskChange(frozenset()), key=KEY, seen=None),
            Problem,
        ),
        (lambda one, _here: one.create_note(NoteDraft(RemoteId("todo/x"), "x", "x"), key=KEY), NotSupported),
        (
            lambda one, _here: one.update_note(RemoteId("x"), NoteDraft(RemoteId("x"), "x", "x"), key=KEY, seen=None),
            Problem,
        ),
        (lambda one, _here: one.edit(RemoteId("p"), None, RemoteId("x"), None, key=KEY), Problem),
        (lambda one, _here: one.votes(RemoteId("p"), None, RemoteId("x")), Problem),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(
    act: Callable[[Teams, TeamsWorld], Any], error: type[Trouble]
) -> None:
    here = TeamsWorld()
    with pytest.raises(error) as caught:
        run(act(here.connector(), here))
    assert caught.value.taken is False
    assert all(each.method == "GET" for each in here.http.asked)


def test_a_message_of_a_chat_with_html_of_its_own_is_only_text() -> None:
    here = ChatWorld()
    sent = post(here, '<at id="0">Ana</at> <script>x</script> <attachment id="1"></attachment>')
    assert here.acted() == ()
    assert (
        pulled(here)["messages"][sent.id].text
        == '<at id="0">Ana</at> <script>x</script> <attachment id="1"></attachment>'
    )
    assert html("<b>") == "<div>&lt;b&gt;</div>"
