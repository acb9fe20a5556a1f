"""The connector reads over the fake Graph: places, changes, what is expired, lost, slow or forbidden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.teams.api.shape import iso
from connectors.teams.connector import Teams
from leeward.errors import Forbidden, ServiceChanged, SignInNeeded, TryLater
from leeward.model import Focus, ItemType, Reach, RemoteId, Tier
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.teams_world import ChatWorld, TeamsWorld, html
from tests.fakes.base import FakeHttp, always

HOUR_S, DAY_S = 3600.0, 86_400.0


def pulled(here: TeamsWorld, mirror: Mirror | None = None) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(here.connector()))
    return mirror


def asked(here: TeamsWorld, since: int = 0) -> list[str]:
    return [each.path.removeprefix("/v1.0") for each in here.http.asked[since:]]


def queries(here: TeamsWorld, end: str) -> list[dict[str, str]]:
    return [dict(each.query) for each in here.http.asked if each.path.endswith(end)]


def test_places_are_named_with_who_can_read_them() -> None:
    here = ChatWorld()
    here.service.add_channel(here.team, "Board", [here.me, here.mei])
    public = here.service.add_team("Town", [here.me, here.ana], "public")
    here.service.add_channel(public, "General")
    here.service.add_chat([here.me, here.ana])
    here.service.add_list("Ours", shared=True)
    here.service.add_section("Team notes", "Book", shared=True)
    found = {each.title: each for each in pulled(here)["places"].values()}
    reach = {title: (each.audience.reach, each.audience.count) for title, each in found.items()}
    assert reach == {
        "Harbour / Quay": (Reach.PEOPLE, 3),
        "Harbour / Board": (Reach.PEOPLE, 2),
        "Town / General": (Reach.ORGANISATION, None),
        "Move": (Reach.PEOPLE, 3),
        "Ana Duarte": (Reach.PEOPLE, 2),
        "To Do / Tasks": (Reach.ONLY_ME, 1),
        "To Do / Ours": (Reach.PEOPLE, None),
        "Planner / Quay wall": (Reach.PEOPLE, 3),
        "Sam @ Harbour / Minutes": (Reach.ONLY_ME, 1),
        "Book / Team notes": (Reach.UNKNOWN, None),
    }
    assert found["Move"].flat
    assert not found["Harbour / Quay"].flat
    assert found["Harbour / Board"].audience.people == (here.me, here.mei)


def test_a_large_chat_lists_its_members_by_themselves() -> None:
    here = ChatWorld()
    people = [here.service.add_user(f"Person {number}") for number in range(40)]
    here.service.add_chat([here.me, *people], "All")
    found = {each.title: each.audience.count for each in pulled(here)["places"].values()}
    assert found["All"] == 41


def test_chats_are_listed_where_nothing_comes_along() -> None:
    here = ChatWorld(narrow=True)
    here.service.add_chat([here.me, here.ana])
    line = here.add_thread("Hello")[1]
    mirror = pulled(here)
    found = {each.title: each.audience.count for each in mirror["places"].values()}
    assert (found["Move"], found["Ana Duarte"]) == (3, 2)
    assert mirror["messages"][line].text == "Hello"
    seen = len(here.http.asked)
    pulled(here, mirror)
    assert not any(path.endswith("/members") for path in asked(here, seen))


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("harbour",), {"Harbour / Quay", "Harbour / Board"}),
        (("Board", "Move"), {"Harbour / Board", "Move"}),
        (("To Do", "Planner"), {"To Do / Tasks", "Planner / Quay wall"}),
        (("OneNote",), {"Sam @ Harbour / Minutes"}),
        (("ana duarte",), {"Ana Duarte"}),
        (("nothing like it",), set()),
    ],
)
def test_places_can_be_chosen_by_name(names: tuple[str, ...], places: set[str]) -> None:
    here = ChatWorld(places=names)
    here.service.add_channel(here.team, "Board", [here.me, here.mei])
    here.service.add_chat([here.me, here.ana])
    here.service.add_page(here.section, "Page", "<p>x</p>")
    mirror = pulled(here)
    assert {each.title for each in mirror["places"].values()} == places
    assert {each.place for each in mirror["notes"].values()} <= mirror["places"].keys()


def test_a_delta_names_a_date_range_and_asks_for_answers() -> None:
    here = TeamsWorld()
    pulled(here)
    (first,) = queries(here, "/messages/delta")
    assert first["$expand"] == "replies"
    assert first["$filter"] == f"lastModifiedDateTime gt {iso(here.clock.now() - 240 * 86_400_000)}"
    assert first["$top"] == "20"


def test_the_next_pull_asks_for_changes_alone() -> None:
    here = TeamsWorld()
    here.add_thread("Old")
    mirror = pulled(here)
    here.add_thread("New")
    seen = len(here.http.asked)
    assert run(mirror.pull(here.connector())) > 0
    delta = [each for each in here.http.asked[seen:] if each.path.endswith("/messages/delta")]
    assert [[name for name, _value in each.query] for each in delta] == [["$deltatoken"]]
    assert {each.text for each in mirror["messages"].values()} == {"Old", "New"}


@pytest.mark.parametrize("what", ["channel", "list"])
def test_an_expired_link_lists_anew_and_changes_nothing(what: str) -> None:
    here = TeamsWorld()
    for number in range(3):
        here.add_thread(f"Thread {number}")
        here.add_task(f"Task {number}")
    mirror = pulled(here)
    here.service.expire()
    before = {name: dict(mirror[name]) for name in ("places", "threads", "messages", "tasks")}
    pulled(here, mirror)
    assert {name: mirror[name] for name in before} == before
    assert mirror.gone == []
    if what == "channel":
        here.add_thread("After")
    else:
        here.add_task("After")
    assert run(mirror.pull(here.connector())) > 0


@pytest.mark.parametrize("end", ["/messages/delta", "/tasks/delta"])
def test_a_link_that_is_refused_is_given_up_once_and_not_asked_for_ever(end: str) -> None:
    here = TeamsWorld()
    here.add_thread("Question")
    here.add_task("Task")
    mirror = pulled(here)
    real, asked_ = here.service.answer, []

    def refuses(one: Any) -> Any:
        if one.path.endswith(end) and any(name == "$deltatoken" for name, _value in one.query):
            asked_.append(one)
            return always(400, b'{"error":{"code":"BadRequest","message":"Badly formed token."}}')(here.service, one)
        return real(one)

    here.http.service = replace_answer(here, refuses)
    here.add_thread("After")
    here.add_task("After")
    pulled(here, mirror)
    assert len(asked_) == 1
    assert {each.text for each in mirror["messages"].values()} == {"Question", "After"}
    assert {each.title for each in mirror["tasks"].values()} == {"Task", "After"}
    assert mirror.gone == []


def test_a_service_that_keeps_no_changes_at_all_says_so() -> None:
    here = TeamsWorld()
    real = here.service.answer
    here.http.service = replace_answer(
        here, lambda one: always(410)(here.service, one) if one.path.endswith("/delta") else real(one)
    )
    with pytest.raises(ServiceChanged, match="keeps no changes"):
        pulled(here)


def test_more_answers_than_come_along_are_read_too() -> None:
    here = TeamsWorld()
    thread, _first = here.add_thread("The long one")
    for number in range(1100):
        here.add_line(f"Line {number}", thread)
    assert len(pulled(here)["messages"]) == 1101


def test_where_no_answers_come_along_a_large_channel_takes_several_rounds() -> None:
    here = TeamsWorld(expands=False)
    for number in range(300):
        here.add_line("Answer", here.add_thread(f"Thread {number}")[0])
    mirror = pulled(here)
    assert 400 <= len(mirror["messages"]) < 600
    pulled(here, mirror)
    assert len(mirror["messages"]) == 600


def test_an_answer_that_a_retention_rule_removed_is_gone_and_no_other() -> None:
    here = TeamsWorld()
    thread, _first = here.add_thread("Question")
    lines = [here.add_line(f"Line {number}", thread) for number in range(4)]
    mirror = pulled(here)
    here.service.purge(here.channel, lines[1].rpartition("/")[2])
    pulled(here, mirror)
    assert mirror.gone == [(ItemType.MESSAGE, lines[1])]


def test_a_deleted_post_keeps_its_answers() -> None:
    here = TeamsWorld()
    thread, first = here.add_thread("Question")
    line = here.add_line("Answer", thread)
    mirror = pulled(here)
    here.delete_line(first)
    pulled(here, mirror)
    assert mirror.gone == [(ItemType.MESSAGE, first)]
    assert list(mirror["messages"]) == [line]
    assert mirror["threads"][first].title == "Answer"


def test_joins_are_notices_in_a_chat_and_make_no_thread_in_a_channel() -> None:
    here = ChatWorld()
    added = {"@odata.type": "#microsoft.graph.membersAddedEventMessageDetail", "members": [{"id": here.mei}],
             "initiator": {"user": {"id": here.ana, "displayName": None}}}  # fmt: skip
    here.service.say(here.chat, None, "<systemEventMessage/>", event=added)
    here.service.say(here.channel, None, "<systemEventMessage/>", event=added)
    mirror = pulled(here)
    (line,) = mirror["messages"].values()
    assert (line.text, line.notice) == ("Ana Duarte added Mei Tanaka", True)
    assert mirror["threads"] == {}


def test_a_chats_history_comes_newest_first_and_up_to_its_count() -> None:
    here = ChatWorld(history=120)
    for number in range(300):
        here.service.say(here.chat, here.ana, f"Line {number}")
    texts = {each.text for each in pulled(here)["messages"].values()}
    assert {f"Line {number}" for number in range(180, 300)} <= texts
    assert len(texts) <= 150


def test_a_long_history_goes_on_in_the_next_rounds() -> None:
    here = ChatWorld(history=5000)
    for number in range(1700):
        here.service.say(here.chat, here.ana, f"Line {number}")
    mirror = pulled(here)
    assert 1500 <= len(mirror["messages"]) < 1700
    pulled(here, mirror)
    assert len(mirror["messages"]) == 1700


def test_a_chat_is_asked_with_filter_and_order_of_one_property() -> None:
    here = ChatWorld()
    first = here.add_thread("Hello")[1]
    mirror = pulled(here)
    here.advance(DAY_S)
    here.edit_line(first, "Hello again")
    pulled(here, mirror)
    last = queries(here, "/messages")[-1]
    assert last["$orderby"] == "lastModifiedDateTime desc"
    assert last["$filter"].startswith("lastModifiedDateTime gt ")
    assert mirror["messages"][first].text == "Hello again"


def test_a_reaction_or_a_line_known_already_is_no_news() -> None:
    here = ChatWorld()
    line = here.add_thread("Hello")[1]
    mirror = pulled(here)
    pulled(here, mirror)
    before = mirror["messages"][line]
    here.service.react(here.chat, line.rpartition("/")[2], here.ana, "👍")
    assert run(mirror.pull(here.connector())) == 0
    assert mirror["messages"][line] == before


def test_what_was_read_in_teams_is_read_here() -> None:
    here = ChatWorld()
    lines = [here.add_thread(f"Line {number}")[1] for number in range(4)]
    here.service.read[here.me, here.chat] = int(lines[2].rpartition("/")[2])
    marks: list[Any] = []

    async def collect(cursor: str | None) -> str | None:
        async for batch in here.connector().pull(cursor, Focus()):
            marks.extend(batch.read)
            cursor = batch.cursor or cursor
        return cursor

    where = run(collect(None))
    assert [(each.place, each.message, each.thread) for each in marks] == [(here.chat, lines[2], None)]
    run(collect(where))
    assert len(marks) == 1, "told once"


def test_chats_take_turns_where_there_are_many() -> None:
    here = ChatWorld()
    chats = [here.service.add_chat([here.me, here.ana], f"Chat {number}") for number in range(30)]
    lines = [here.service.say(chat, here.ana, "<p>Befor</p>") for chat in chats]
    mirror = pulled(here)
    for chat, line in zip(chats, lines, strict=True):
        here.service.change(chat, line, "<p>After</p>")
    for _round in range(4):
        pulled(here, mirror)
    assert {each.text for each in mirror["messages"].values()} == {"After"}


def test_programs_that_run_once_and_store_nothing_new_look_elsewhere_each_time() -> None:
    here = ChatWorld()
    for number in range(60):
        here.service.add_chat([here.me, here.ana], f"Chat {number}")
    mirror = pulled(here)
    seen: set[str] = set()
    for _hour in range(30):
        here.advance(HOUR_S)
        began = len(here.http.asked)
        run(standing(mirror).pull(here.connector()))
        seen |= {path for path in asked(here, began) if path.endswith("/messages") and "/chats/" in path}
    assert len(seen) > 50


def standing(mirror: Mirror) -> Mirror:
    """Where a program stands whose last rounds brought nothing to store."""
    again = Mirror()
    again.cursor = mirror.cursor
    return again


def test_the_screens_chat_comes_in_every_round() -> None:
    here = ChatWorld()
    for number in range(30):
        here.service.say(here.service.add_chat([here.me, here.ana], f"Chat {number}"), here.ana, "x")
    mirror = pulled(here)
    seen = len(here.http.asked)

    async def once() -> None:
        async for _batch in here.connector().pull(mirror.cursor, Focus(places=(RemoteId(here.chat),))):
            pass

    for _round in range(3):
        run(once())
    assert (
        sum(
            f"/chats/{here.chat}/messages" in each.replace("%3A", ":").replace("%40", "@") for each in asked(here, seen)
        )
        == 3
    )


def test_tasks_of_planner_bring_their_text_state_and_people() -> None:
    here = ChatWorld()
    name = here.service.add_planned(
        here.plan, here.ana, "Measure", "Before the tide", priority=1, percentComplete=50,
        assignments={here.me: {}}, dueDateTime="2026-11-24T10:00:00Z", checklist={"1": {"title": "rope", "isChecked": True}},
    )  # fmt: skip
    task = pulled(here)["tasks"][RemoteId(f"planner/{name}")]
    assert task.text == "Before the tide\n\n— Planner —\n- [x] rope"
    assert (task.status, task.tier, task.assignees, str(task.due)) == ("doing", Tier.RED, (here.me,), "2026-11-24")


def test_a_text_that_changed_alone_is_noticed_in_turn() -> None:
    here = ChatWorld()
    names = [here.service.add_planned(here.plan, here.ana, f"Task {number}", "Befor") for number in range(9)]
    mirror = pulled(here)
    here.service.planned[names[7]]["text"] = "After"
    for _round in range(3):
        pulled(here, mirror)
    assert mirror["tasks"][RemoteId(f"planner/{names[7]}")].text == "After"


def test_many_texts_of_planner_come_over_several_rounds() -> None:
    here = ChatWorld()
    for number in range(130):
        here.service.add_planned(here.plan, here.ana, f"Task {number}", "Text")
    mirror = pulled(here)
    assert len(mirror["tasks"]) == 100
    pulled(here, mirror)
    assert len(mirror["tasks"]) == 130


def test_pages_come_in_shares_oldest_change_first_and_deleted_ones_go() -> None:
    here = TeamsWorld()
    pages = [here.add_note(f"Page {number}", f"Text {number}") for number in range(80)]
    mirror = pulled(here)
    assert len(mirror["notes"]) == 60
    pulled(here, mirror)
    assert mirror["notes"].keys() == set(pages)
    del here.service.pages[pages[3].rpartition("/")[2]]
    pulled(here, mirror)
    assert mirror.gone == []
    here.advance(HOUR_S)
    pulled(here, mirror)
    assert mirror.gone == [(ItemType.NOTE, pages[3])]


def test_a_page_in_a_new_section_brings_its_place() -> None:
    here = TeamsWorld()
    here.add_note("Page", "Text")
    mirror = pulled(here)
    section = here.service.add_section("New", "Other book")
    page = here.service.add_page(section, "First", "<p>x</p>")
    pulled(here, mirror)
    place = mirror["notes"][RemoteId(f"page/{page}")].place
    assert mirror["places"][place].title == "Other book / New"


def test_with_very_many_sections_pages_are_listed_section_by_section() -> None:
    here = TeamsWorld(crowded=True)
    sections = [here.service.add_section(f"Section {number}") for number in range(25)]
    for section in sections:
        here.service.add_page(section, "Page", "<p>x</p>")
    mirror = pulled(here)
    assert len(mirror["notes"]) == 9, "ten sections a round, one of them empty"
    for _round in range(3):
        pulled(here, mirror)
    assert len(mirror["notes"]) == 25
    seen = len(here.http.asked)
    assert run(mirror.pull(here.connector())) == 0
    assert not any(path.endswith("/content") for path in asked(here, seen))


def test_a_task_that_is_mine_comes_from_a_plan_of_another_group() -> None:
    here = ChatWorld()
    elsewhere = here.service.add_plan("Elsewhere", here.service.add_team("Others", [here.ana]))
    mine = here.service.add_planned(elsewhere, here.ana, "For Sam", assignments={here.me: {}})
    mirror = pulled(here)
    task = mirror["tasks"][RemoteId(f"planner/{mine}")]
    assert mirror["places"][task.place].title == "Planner / Elsewhere"
    assert mirror["places"][task.place].audience.reach is Reach.UNKNOWN
    here.service.change_planned(mine, title="For Sam, soon")
    pulled(here, mirror)
    assert mirror["tasks"][task.id].title == "For Sam, soon"


@pytest.mark.parametrize("scope", ["Chat.ReadWrite", "ChannelMessage.Read.All", "Tasks.ReadWrite", "Notes.ReadWrite"])
def test_a_missing_right_hides_its_part_and_no_other(scope: str) -> None:
    here = ChatWorld()
    here.add_thread("In the chat")
    here.service.say(here.channel, here.ana, html("In the channel"))
    here.add_task("Task")
    here.add_note("Page", "Text")
    here.service.scopes.remove(scope)
    mirror = pulled(here)
    there = {
        "Chat.ReadWrite": "In the chat" in {each.text for each in mirror["messages"].values()},
        "ChannelMessage.Read.All": "In the channel" in {each.text for each in mirror["messages"].values()},
        "Tasks.ReadWrite": bool(mirror["tasks"]),
        "Notes.ReadWrite": bool(mirror["notes"]),
    }
    assert there == {name: name != scope for name in there}


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ((), ()),
        (("Chat.ReadWrite",), ("Chat.ReadWrite",)),
        (("Presence.ReadWrite", "ChannelMessage.Send"), ("Presence.ReadWrite", "ChannelMessage.Send")),
        (
            ("ChannelMember.Read.All", "ChannelMessage.ReadWrite"),
            ("ChannelMember.Read.All", "ChannelMessage.ReadWrite"),
        ),
        (("Team.ReadBasic.All",), ("Team.ReadBasic.All",)),
    ],
)
def test_check_names_what_the_token_lacks(lacking: Iterable[str], told: Iterable[str]) -> None:
    """What only writing needs is known as soon as one refusal tells what the token has."""
    here = ChatWorld()
    here.service.scopes -= set(lacking)
    identity = run(here.connector().check())
    assert set(identity.missing_scopes) == set(told)
    assert identity.person.name == "Sam Vermeer"
    assert identity.person.address == "sam@harbour.example"


def test_a_pause_is_waited_for_and_a_token_that_ended_stops_the_account() -> None:
    here = TeamsWorld()
    here.service.answers = [429]
    with pytest.raises(TryLater) as caught:
        pulled(here)
    assert caught.value.after_s == 7
    here.service.tokens.clear()
    with pytest.raises(SignInNeeded):
        pulled(here)


def test_what_came_before_a_pause_stays() -> None:
    """OneNote has the smallest limits and is asked last."""
    here = TeamsWorld()
    here.add_thread("Question")
    here.add_note("Page", "Text")
    mirror = Mirror()
    calls = sum("onenote" not in path for path in _paths(here))
    here.http.faults = [None] * calls + [always(429, retry_after="3600")] * 20
    with pytest.raises(TryLater) as caught:
        run(mirror.pull(here.connector()))
    assert caught.value.after_s == 900
    assert len(mirror["messages"]) == 1


def _paths(here: TeamsWorld) -> list[str]:
    pulled(here)
    found = asked(here)
    here.http.asked.clear()
    return found


def test_one_broken_channel_hides_no_other_and_is_told() -> None:
    here = TeamsWorld()
    other = here.service.add_channel(here.team, "Board")
    here.service.say(other, here.ana, html("Elsewhere"))
    here.add_thread("Here")
    mirror = Mirror()
    real = here.service.answer

    def broken(asked_: Any) -> Any:
        return (
            always(503)(here.service, asked_)
            if other in asked_.path.replace("%3A", ":").replace("%40", "@")
            else real(asked_)
        )

    here.http.service = replace_answer(here, broken)
    with pytest.raises(TryLater):
        run(mirror.pull(here.connector()))
    assert {each.text for each in mirror["messages"].values()} == {"Here"}


def replace_answer(here: TeamsWorld, answer: Any) -> Any:
    class Through:
        base = here.service.base

        def answer(self, asked_: Any) -> Any:
            return answer(asked_)

    return Through()


def test_another_person_begins_anew() -> None:
    here = TeamsWorld()
    here.add_thread("Question")
    mirror = pulled(here)
    here.service.tokens[here.service.token] = here.ana
    again = Mirror()
    again.cursor = mirror.cursor
    run(again.pull(here.connector()))
    assert again["messages"]


def test_two_accounts_see_what_is_theirs() -> None:
    here = ChatWorld()
    here.service.tokens["second"] = here.ana
    alone = here.service.add_chat([here.ana, here.mei], "Without Sam")
    here.service.say(alone, here.mei, html("Between us"))
    here.add_thread("For all")
    first, second = pulled(here), Mirror()
    run(second.pull(Teams(replace(here.login, name="second"), FakeHttp(here.service, "second"), here.clock)))
    assert {each.text for each in first["messages"].values()} == {"For all"}
    assert {each.text for each in second["messages"].values()} == {"For all", "Between us"}
    assert [each.name for each in second["people"].values() if each.me] == ["Ana Duarte"]
    assert run(first.pull(here.connector())) == 0


def test_strange_rows_are_counted_and_the_rest_is_shown() -> None:
    here = ChatWorld()
    here.add_thread("Sound")
    here.service.say(
        here.chat, None, "", attachments=[{"contentType": "reference", "contentUrl": "https://h.example/a"}]
    )
    row = here.service.lines[here.chat][here.service.say(here.chat, here.ana, "x")]
    row["html"], row["kind"] = None, "whatever"
    mirror = pulled(here)
    assert {each.text for each in mirror["messages"].values()} == {"Sound", "a", "(nothing that can be shown here)"}
    assert mirror.oddities == 1


def test_a_refused_listing_of_me_is_no_empty_account() -> None:
    here = TeamsWorld()
    here.http.read_faults = [always(403, b"{}")]
    with pytest.raises(Forbidden):
        pulled(here)


@pytest.mark.parametrize(("importance", "urgent"), [("normal", False), ("high", True), ("urgent", True), (None, False)])
def test_what_its_author_marked_important_is_urgent_here(importance: str | None, urgent: bool) -> None:
    here = ChatWorld()
    here.service.say(here.channel, here.ana, html("The crane is down"), importance=importance)
    here.service.say(here.chat, here.ana, html("The crane is down"), importance=importance)
    found = pulled(here)["messages"].values()
    assert [each.urgent for each in found if each.text == "The crane is down"] == [urgent, urgent]
