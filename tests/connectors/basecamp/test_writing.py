from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.basecamp.api import boosts
from connectors.basecamp.connector import on_api
from leeward.errors import Conflict, NotSupported, Refused, TryLater
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
)
from leeward.ports import Span, Upload
from leeward.ports_extra import Told, Vote
from leeward.testing.abilities import pulled, run
from tests.contract.basecamp_world import BasecampWorld, CardWorld, own
from tests.fakes.base import Answer, lose_answer
from tests.fakes.basecamp.seed import html

KEY = Key("lwkey")
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def here() -> BasecampWorld:
    return BasecampWorld()


def change(**fields: Any) -> TaskChange:
    return TaskChange(frozenset(fields), **fields)


def update(here: BasecampWorld, task: RemoteId, seen: str | None = None, **fields: Any) -> Any:
    place = here.place(ItemType.TASK)
    return run(here.connector().update(place, task, change(**fields), key=KEY, seen=seen))


def row(here: BasecampWorld, remote: RemoteId) -> dict[str, Any]:
    return here.service.held[own(remote)]


def test_a_to_do_loses_no_field_when_one_changes(here: BasecampWorld) -> None:
    sgid = here.service.people[here.mei]["attachable_sgid"]
    words = f'<div>See <strong>this</strong>, <bc-attachment sgid="{sgid}"></bc-attachment></div>'
    made = here.service.add_todo(here.list, here.ana, "Crane", words, assignees=[here.me, here.mei],
                                 subscribers=[here.ana], due_on="2026-11-27", starts_on="2026-11-20")  # fmt: skip
    task = RemoteId(f"todo/{made['id']}")
    update(here, task, title="Big crane")
    held = row(here, task)
    assert (held["content"], held["assignees"], held["subscribers"]) == ("Big crane", [here.me, here.mei], [here.ana])
    assert (held["due_on"], held["starts_on"]) == ("2026-11-27", "2026-11-20")
    assert "<strong>this</strong>" in held["description"]
    assert sgid in held["description"]
    update(here, task, due=None)
    assert (held["due_on"], held["starts_on"], held["content"]) == (None, "2026-11-20", "Big crane")
    update(here, task, assignees=(RemoteId(str(here.ana)),), due=FRIDAY)
    assert (held["assignees"], held["due_on"]) == ([here.ana], "2026-11-27")
    assert here.service.wrong == []


def test_a_changed_text_keeps_key_files_and_who_is_named(here: BasecampWorld) -> None:
    blob = here.service.add_blob("plan.pdf", b"%PDF", "application/pdf")
    sgid = here.service.people[here.mei]["attachable_sgid"]
    draft = TaskDraft(here.place(ItemType.TASK), "Crane", Body("Forty tons"))
    sent = run(here.connector().create(draft, key=KEY))
    extra = f'<div><bc-attachment sgid="{blob}"></bc-attachment> <bc-attachment sgid="{sgid}"></bc-attachment></div>'
    held = row(here, sent.id)
    held["description"] = extra + held["description"]
    found = pulled(here)["tasks"][sent.id]
    assert found.text == "[plan.pdf] @Mei\nForty tons"
    update(here, sent.id, found.version, text="Fifty tons for @Mei")
    again = pulled(here)["tasks"][sent.id]
    assert (again.text, again.key) == ("Fifty tons for @Mei\n[plan.pdf]", "lwkey")
    assert here.service.held[own(sent.id)]["description"].count(sgid) == 1


def test_a_comment_is_no_conflict_and_a_tick_is(here: BasecampWorld) -> None:
    task = here.add_task("Crane")
    seen = pulled(here)["tasks"][task].version
    here.add_line("I know one", task)
    update(here, task, seen, title="Big crane")
    seen = pulled(here)["tasks"][task].version
    here.service.change(own(task), completed=True)
    with pytest.raises(Conflict):
        update(here, task, seen, title="Small crane")


def test_a_to_do_is_open_or_done(here: BasecampWorld) -> None:
    task = here.add_task("Crane")
    update(here, task, status=Status.DONE)
    assert row(here, task)["completed"]
    update(here, task, status=Status.OPEN)
    assert not row(here, task)["completed"]
    with pytest.raises(Refused, match="open or done"):
        update(here, task, status=Status.DOING, title="Never")
    assert row(here, task)["content"] == "Crane"


def test_a_due_with_a_time_of_day_goes_as_its_day(here: BasecampWorld) -> None:
    task = here.add_task("Crane")
    update(here, task, due=Instant(1_795_820_400_000))
    assert row(here, task)["due_on"] == "2026-11-27"


def test_who_is_assigned_is_told_and_who_assigns_themselves_is_not(here: BasecampWorld) -> None:
    place = here.place(ItemType.TASK)
    for people in ((here.me,), (here.me, here.ana)):
        chosen = tuple(RemoteId(str(each)) for each in people)
        run(here.connector().create(TaskDraft(place, "Crane", Body(""), chosen, FRIDAY), key=KEY))
    sent = [each.body for each in here.http.asked if each.method == "POST"]
    assert [b'"notify":true' in each for each in sent] == [False, True]


def test_cards_are_made_carried_and_cleared() -> None:
    here = CardWorld()
    place = here.place(ItemType.TASK)
    draft = TaskDraft(place, "Signs", Body("Three"), (RemoteId(str(here.ana)),), FRIDAY)
    sent = run(here.connector().create(draft, key=KEY))
    held = row(here, sent.id)
    assert (held["parent"], held["assignees"], held["due_on"]) == (here.columns["Triage"], [here.ana], "2026-11-27")
    assert pulled(here)["tasks"][sent.id].version == sent.version
    for status, column in ((Status.DOING, "In progress"), (Status.DONE, "Done"), (Status.OPEN, "Triage")):
        again = update(here, sent.id, status=status)
        assert held["parent"] == here.columns[column]
        found = pulled(here)["tasks"][sent.id]
        assert (found.status, found.native_status, found.version) == (status, column, again.version)
    update(here, sent.id, due=None, title="New signs")
    assert (held["due_on"], held["title"], held["assignees"]) == (None, "New signs", [here.ana])
    # A column of the same sort stays: “not now” is open as well.
    here.service.change(own(sent.id), parent=here.columns["Not now"])
    update(here, sent.id, status=Status.OPEN)
    assert held["parent"] == here.columns["Not now"]
    assert here.service.wrong == []


def test_a_card_that_is_there_is_made_once_though_its_people_were_refused() -> None:
    here = CardWorld()
    here.http.write_faults.extend([None, lambda _service, _asked: Answer(403)])
    draft = TaskDraft(here.place(ItemType.TASK), "Signs", Body(""), (RemoteId(str(here.ana)),))
    sent = run(here.connector().create(draft, key=KEY))
    assert row(here, sent.id)["assignees"] == []


def test_a_table_without_such_a_column_says_so() -> None:
    here = CardWorld()
    task = here.add_task("Signs")
    del here.service.held[here.columns["In progress"]]
    with pytest.raises(Refused, match="column"):
        update(here, task, status=Status.DOING)


def test_places_that_hold_no_such_thing_say_so(here: BasecampWorld) -> None:
    connector = here.connector()
    chat = RemoteId(f"chat/{here.chat}")
    with pytest.raises(NotSupported):
        run(connector.create(TaskDraft(chat, "x", Body("")), key=KEY))
    with pytest.raises(NotSupported):
        run(connector.create_note(NoteDraft(chat, "x", "y"), key=KEY))
    with pytest.raises(NotSupported):
        run(connector.update_note(RemoteId("upload/5"), NoteDraft(chat, "x", "y"), key=KEY, seen=None))
    with pytest.raises(NotSupported):
        run(connector.post(here.place(ItemType.TASK), None, Body("x"), key=KEY))
    with pytest.raises(NotSupported):
        run(connector.edit(chat, None, RemoteId("door/5"), Body("x"), key=KEY))


def test_a_line_on_a_board_is_a_new_message_found_again(here: BasecampWorld) -> None:
    place = here.place(ItemType.MESSAGE)
    sent = run(here.connector().post(place, None, Body("# Closed\n\nOn Friday."), key=KEY))
    held = row(here, sent.id)
    assert (held["title"], held["type"]) == ("Closed", "Message")
    found = run(here.connector().find_sent(ItemType.MESSAGE, place, None, KEY, Instant(0)))
    assert found is not None
    assert found.id == sent.id
    run(here.connector().edit(place, None, sent.id, Body("On Monday."), key=KEY))
    line = pulled(here)["messages"][sent.id]
    assert (line.text, line.key) == ("On Monday.", "lwkey")
    assert held["title"] == "Closed"
    here.add_line("Why?", sent.id)
    with pytest.raises(NotSupported, match="commented"):
        run(here.connector().edit(place, None, sent.id, None, key=KEY))


def test_chat_lines_are_written_found_changed_and_deleted(here: BasecampWorld) -> None:
    place = RemoteId(f"chat/{here.chat}")
    sent = run(here.connector().post(place, None, Body("Hello **all**, @ana"), key=KEY))
    held = row(here, sent.id)
    assert here.service.people[here.ana]["attachable_sgid"] in held["content"]
    for number in range(60):
        here.service.add_line(here.chat, here.ana, html(f"Line {number}"))
    found = run(here.connector().find_sent(ItemType.MESSAGE, place, None, KEY, Instant(0)))
    assert found is not None
    assert found.id == sent.id
    line = pulled(here)["messages"][sent.id]
    assert (line.text, line.key, line.mentions) == ("Hello **all**, @Ana", "lwkey", (str(here.ana),))
    run(here.connector().edit(place, None, sent.id, Body("Bye @Ana"), key=KEY))
    line = pulled(here)["messages"][sent.id]
    assert (line.text, line.key) == ("Bye @Ana", "lwkey")
    run(here.connector().edit(place, None, sent.id, None, key=KEY))
    run(here.connector().edit(place, None, sent.id, None, key=KEY))
    assert own(sent.id) not in here.service.held


def test_a_name_nobody_may_look_up_goes_as_words(here: BasecampWorld) -> None:
    connector = here.connector()
    place = RemoteId(f"chat/{here.chat}")
    here.http.read_faults.extend([None, lambda _service, _asked: Answer(403)])
    sent = run(connector.post(place, None, Body("Hello @ana"), key=KEY))
    assert "Hello @ana" in row(here, sent.id)["content"]
    here.advance(3600)
    sent = run(connector.post(place, None, Body("Hello @ana"), key=Key("lwagain")))
    assert here.service.people[here.ana]["attachable_sgid"] in row(here, sent.id)["content"]
    before = len(here.http.asked)
    run(connector.post(place, None, Body("Hello @mei"), key=Key("lwthird")))
    assert len(here.http.asked) - before == 1


def test_a_task_s_first_line_is_its_text_and_stays(here: BasecampWorld) -> None:
    task = here.add_task("Crane", "Forty tons")
    run(here.connector().edit(here.place(ItemType.TASK), task, task, Body("Fifty tons"), key=KEY))
    assert pulled(here)["tasks"][task].text == "Fifty tons"
    with pytest.raises(NotSupported):
        run(here.connector().edit(here.place(ItemType.TASK), task, task, None, key=KEY))


def test_files_go_with_a_comment_and_come_back(here: BasecampWorld) -> None:
    thread, _first = here.add_thread("Question")
    plan = Upload("plan ä.pdf", b"%PDF-1.4", "application/pdf")
    sent = run(here.connector().post(here.place(ItemType.MESSAGE), thread, Body("See"), (plan,), key=KEY))
    line = pulled(here)["messages"][sent.id]
    assert line.text == "See\n[plan ä.pdf]"
    assert (line.files[0].name, line.files[0].size, line.files[0].media_type) == ("plan ä.pdf", 8, "application/pdf")
    assert run(here.connector().fetch(line.files[0])) == b"%PDF-1.4"
    with pytest.raises(NotSupported):
        run(here.connector().fetch(File("x", "https://elsewhere.example.org/x")))
    assert here.service.wrong == []


HOME = "https://3.basecampapi.com"


@pytest.mark.parametrize(
    ("url", "base", "asked"),
    [
        ("https://storage.3.basecamp.com/1/blobs/ab/download/a.png", HOME, f"{HOME}/1/blobs/ab/download/a.png"),
        (f"{HOME}/1/blobs/ab/download/a.png?x=1", HOME, f"{HOME}/1/blobs/ab/download/a.png?x=1"),
        ("https://storage.3.basecamp.com.example.org/1/a", HOME, None),
        ("http://storage.3.basecamp.com/1/a", HOME, None),
        ("https://storage.3.basecamp.com/1/a", "https://gateway.example.org", None),
        ("https://example.org/a", HOME, None),
        ("", HOME, None),
    ],
)
def test_files_are_asked_of_the_api_s_own_host(url: str, base: str, asked: str | None) -> None:
    assert on_api(url, base) == asked


def test_a_file_whose_answer_was_lost_is_put_into_a_chat_once(here: BasecampWorld) -> None:
    place, plan = RemoteId(f"chat/{here.chat}"), Upload("plan.pdf", b"%PDF-1.4", "application/pdf")
    here.http.write_faults.append(lose_answer)
    with pytest.raises(TryLater):
        run(here.connector().post(place, None, Body("See"), (plan,), key=KEY))
    assert run(here.connector().find_sent(ItemType.MESSAGE, place, None, KEY, Instant(0))) is None
    run(here.connector().post(place, None, Body("See"), (plan,), key=KEY))
    lines = pulled(here)["messages"].values()
    assert sorted(each.text for each in lines) == ["See", "plan.pdf"]
    here.advance(3600)
    run(here.connector().post(place, None, Body("Again"), (plan,), key=Key("lwlater")))
    assert len(pulled(here)["messages"]) == 4


def test_reading_before_a_write_never_makes_it_unsure(here: BasecampWorld) -> None:
    task = here.add_task("Crane")
    here.http.read_faults.extend([lambda _service, _asked: Answer(503)] * 3)
    with pytest.raises(TryLater) as caught:
        update(here, task, title="x")
    assert caught.value.taken is False


def test_what_was_read_here_leaves_hey(here: BasecampWorld) -> None:
    thread, _first = here.add_thread("Question")
    other, _second = here.add_thread("Other")
    line = here.add_line("Answer", thread)
    here.service.add_line(here.chat, here.ana, html("Hi"))
    place = here.place(ItemType.MESSAGE)
    late = here.add_line("Late", thread)
    run(here.connector().mark_read(place, thread, line, ()))
    assert len([each for each in here.service.readings if each["read"]]) == 0
    run(here.connector().mark_read(place, thread, late, ()))
    assert [each["title"] for each in here.service.readings if each["read"]] == ["Question"]
    chat = RemoteId(f"chat/{here.chat}")
    newest = max(each["id"] for each in here.service.below(here.chat))
    run(here.connector().mark_read(chat, None, RemoteId(f"line/{here.chat}/{newest - 1}"), ()))
    assert len([each for each in here.service.readings if each["read"]]) == 1
    run(here.connector().mark_read(chat, None, RemoteId(f"line/{here.chat}/{newest}"), ()))
    assert len([each for each in here.service.readings if each["read"]]) == 2
    assert other is not None
    waiting = next(each for each in here.service.readings if not each["read"])
    run(here.connector().mark_read(place, None, None, (RemoteId(f"reading/{waiting['id']}"),)))
    assert all(each["read"] for each in here.service.readings)


def test_a_step_is_ticked(here: BasecampWorld) -> None:
    card = here.service.add_card(here.columns["Triage"], here.ana, "Signs")
    step = here.service.add_step(card["id"], here.ana, "Ask", [here.me])
    before = len(here.http.asked)
    run(here.connector().mark_read(here.place(ItemType.TASK), None, None, (RemoteId(f"step/{step['id']}"),)))
    assert step["completed"]
    assert [each.method for each in here.http.asked[before:]] == ["GET", "PUT"]


def test_pins_and_bookmarks(here: BasecampWorld) -> None:
    thread, first = here.add_thread("Question")
    line = here.add_line("Answer", thread)
    spoken = here.service.add_line(here.chat, here.ana, html("Hi"))
    place, connector = here.place(ItemType.MESSAGE), here.connector()
    for each in (first, line, RemoteId(f"line/{here.chat}/{spoken['id']}")):
        for _again in range(2):
            run(connector.pin(place, each, pinned=True))
    assert here.service.pinned == {own(first)}
    assert here.service.bookmarks == {own(line), spoken["id"]}
    for each in (first, line):
        for _again in range(2):
            run(connector.pin(place, each, pinned=False))
    assert (here.service.pinned, here.service.bookmarks) == (set(), {spoken["id"]})
    with pytest.raises(NotSupported):
        run(connector.pin(place, RemoteId("nothing"), pinned=True))


def test_boosts_are_votes(here: BasecampWorld) -> None:
    thread, _first = here.add_thread("Thursday?")
    line = here.add_line("Or Friday", thread)
    theirs = here.service.number()
    here.service.boosts[theirs] = {"id": theirs, "about": own(line), "by": here.ana, "content": "👍"}
    place, connector = here.place(ItemType.MESSAGE), here.connector()
    for _again in range(2):
        run(connector.vote(place, thread, line, "👍", on=True))
    run(connector.vote(place, thread, line, "Friday", on=True))
    run(connector.vote(place, thread, line, "thumbsup", on=True))
    ana, me = RemoteId(str(here.ana)), RemoteId(str(here.me))
    assert run(connector.votes(place, thread, line)) == (Vote("thumbsup", (ana, me)), Vote("Friday", (me,)))
    for _again in range(2):
        run(connector.vote(place, thread, line, "👍", on=False))
    assert run(connector.votes(place, thread, line)) == (Vote("thumbsup", (ana,)), Vote("Friday", (me,)))
    with pytest.raises(Refused, match="16"):
        run(connector.vote(place, thread, line, "x" * 17, on=True))


@pytest.mark.parametrize(
    ("choice", "said", "back"),
    [("heart", "❤", "heart"), ("+1", "👍", "thumbsup"), ("one", "1\u20e3", "one"), ("party_popper", "🎉", "tada"),
     ("grinning_face", "😀", "grinning_face"), ("Thursday", "Thursday", "Thursday"), ("no_such_sign", "no_such_sign", "no_such_sign"),
     (":eyes:", "👀", "eyes"), ("❤\ufe0f", "❤\ufe0f", "heart")],
)  # fmt: skip
def test_a_choice_goes_as_its_sign_and_comes_back_by_its_name(choice: str, said: str, back: str) -> None:
    assert boosts.content(choice) == said
    assert boosts.choice(said) == back


def entry(here: BasecampWorld, start: str, end: str, **more: Any) -> None:
    schedule = here.service.dock(here.project, "schedule")
    fields = {"summary": "Meeting", "starts_at": start, "ends_at": end, "all_day": False, "participants": [], **more}
    here.service.add("Schedule::Entry", here.project, schedule, here.ana, title="Meeting", **fields)


def test_busy_by_the_schedules_of_named_projects(here: BasecampWorld) -> None:
    entry(here, "2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z", participants=[here.me, here.ana])
    entry(here, "2026-06-01T11:00:00Z", "2026-06-01T12:00:00Z", participants=[here.ana])
    entry(here, "2026-06-01T13:00:00+02:00", "2026-06-01T14:00:00+02:00", recurring=True)
    entry(here, "2026-06-02", "2026-06-02", all_day=True)
    entry(here, "2026-06-05T09:00:00Z", "2026-06-05T10:00:00Z")
    entry(here, "odd", "2026-06-01T10:00:00Z")
    hour, first = 3_600_000, 1_780_300_800_000
    within = (Instant(first), Instant(first + 48 * hour))
    for name in ("Quay", "quay / schedule", str(here.project)):
        found = run(here.connector().busy((name,), *within))
        assert found == (
            Span(Instant(first + hour), Instant(first + 2 * hour)),
            Span(Instant(first + 3 * hour), Instant(first + 4 * hour)),
            Span(Instant(first + 16 * hour), Instant(first + 40 * hour), all_day=True),
        )
    assert run(here.connector().unknown_calendars(("Quay", "Quay / Schedule", "Elsewhere"))) == ("Elsewhere",)


def test_others_hours_are_their_zone_and_their_days_out_of_office(here: BasecampWorld) -> None:
    here.service.people[here.ana]["away"] = {"start_date": "2026-06-01", "end_date": "2026-06-02"}
    here.service.people[here.mei]["time_zone"] = "Eastern Time (US & Canada)"
    people = tuple(RemoteId(str(each)) for each in (here.ana, here.mei, 5))
    found = run(here.connector().hours((*people, RemoteId("odd"))))
    begins = 1_780_264_800_000
    away = ((Instant(begins), Instant(begins + 2 * 86_400_000)),)
    assert found == (Told(people[0], "Europe/Amsterdam", None, away), Told(people[1]))


def test_a_changed_document_keeps_its_files_and_its_key(here: BasecampWorld) -> None:
    place = here.place(ItemType.NOTE)
    sent = run(here.connector().create_note(NoteDraft(place, "Minutes", "# Decided\n\n- one"), key=KEY))
    blob = here.service.add_blob("plan.pdf", b"%PDF", "application/pdf")
    row(here, sent.id)["content"] += f'<bc-attachment sgid="{blob}"></bc-attachment>'
    held = pulled(here)["notes"][sent.id]
    run(here.connector().update_note(sent.id, NoteDraft(place, "Minutes 47", "All new"), key=KEY, seen=held.version))
    assert blob in row(here, sent.id)["content"]
    assert row(here, sent.id)["title"] == "Minutes 47"
