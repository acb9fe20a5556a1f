from __future__ import annotations

from datetime import date

import pytest

from connectors.basecamp.connector import Basecamp
from connectors.basecamp.run import PACE, Pace
from leeward.errors import Forbidden, Problem, TryLater
from leeward.model import Audience, Body, Focus, Instant, ItemType, Key, Reach, ReadUpTo, RemoteId
from leeward.ports import Login
from leeward.testing.abilities import run
from leeward.testing.clock import FakeClock
from leeward.testing.mirror import Mirror
from tests.contract.basecamp_world import AsDoor, BasecampWorld
from tests.fakes.base import Answer, Asked, Service
from tests.fakes.basecamp import BasecampFake
from tests.fakes.basecamp.seed import html


def world(**options: object) -> BasecampWorld:
    return BasecampWorld(described=False, **options)  # type: ignore[arg-type] # options of the fake, of many types


def pulled(here: BasecampWorld, mirror: Mirror | None = None) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(here.connector()))
    return mirror


def asked(here: BasecampWorld, since: int = 0) -> list[str]:
    return [each.partition("?")[0].removeprefix(f"/{here.service.account}/") for each in here.urls()[since:]]


def test_an_idle_round_carries_no_bodies() -> None:
    here = world()
    here.add_line("Hello", here.add_thread("Question")[0])
    here.service.add_line(here.chat, here.ana, html("Hi"))
    mirror = pulled(here)
    here.advance(60)
    pulled(here, mirror)
    before = len(here.http.asked)
    here.advance(60)
    bodies: list[Answer] = []

    def watched(service: Service, one: Asked) -> Answer:
        bodies.append(service.answer(one))
        return bodies[-1]

    here.http.read_faults.extend([watched] * 50)
    assert run(mirror.pull(here.connector())) == 0
    assert [each.status for each in bodies].count(304) >= len(bodies) - 2
    assert len(here.http.asked) - before <= here.idle_requests
    assert sum(len(each.body) for each in bodies) < 100


def test_places_are_named_by_their_project_with_its_readers() -> None:
    here = world()
    alone = here.service.add_project("Mine", [here.me], ("todoset",))
    mine = here.service.add_list(alone, "Secret", here.me)
    mirror = pulled(here)
    readers = Audience(Reach.PEOPLE, 3, tuple(RemoteId(str(each)) for each in (here.me, here.ana, here.mei)))
    move = mirror["places"][RemoteId(f"list/{here.list}")]
    assert (move.title, move.audience, move.tasks, move.threads) == ("Quay / Move", readers, True, True)
    assert mirror["places"][RemoteId(f"list/{mine}")].audience.reach is Reach.ONLY_ME
    chat = mirror["places"][RemoteId(f"chat/{here.chat}")]
    assert (chat.title, chat.flat, chat.threads) == ("Quay / Chat", True, False)
    table = mirror["places"][RemoteId(f"table/{here.table}")]
    assert (table.title, table.tasks, table.notes) == ("Quay / Card Table", True, False)
    vault = mirror["places"][RemoteId(f"vault/{here.vault}")]
    assert (vault.title, vault.notes, vault.tasks) == ("Quay / Docs & Files", True, False)
    assert not mirror["places"][RemoteId(f"project/{here.project}")].writable
    assert {each.id for each in mirror["people"].values() if each.me} == {str(here.me)}


@pytest.mark.parametrize("named", ["quay / move", "Move", "{id}", "list/{id}"])
def test_only_named_places_are_read(named: str) -> None:
    here = world()
    name = named.replace("{id}", str(here.list))
    here.login = Login("work", "basecamp", here.login.url, places=(name,))
    inside, _thread = here.add_task("Inside"), here.add_thread("Outside")
    here.service.add_line(here.chat, here.ana, html("Outside"))
    mirror = pulled(here)
    assert set(mirror["tasks"]) == {inside}
    assert {each.text for each in mirror["messages"].values()} == {"Inside"}
    assert set(mirror["places"]) == {f"list/{here.list}"}


def test_a_named_project_brings_all_of_it_and_other_names_begin_anew() -> None:
    here = world()
    other = here.service.add_project("Board", [here.me, here.ana], ("todoset",))
    here.service.add_todo(here.service.add_list(other, "Budget", here.ana), here.ana, "Figures")
    here.add_task("Crane")
    here.login = Login("work", "basecamp", here.login.url, places=("Board",))
    mirror = pulled(here)
    assert [each.title for each in mirror["tasks"].values()] == ["Figures"]
    here.login = Login("work", "basecamp", here.login.url)
    assert {each.title for each in pulled(here, mirror)["tasks"].values()} == {"Figures", "Crane"}


def test_a_list_made_since_the_last_look_comes_with_its_first_to_do() -> None:
    here = world()
    mirror = pulled(here)
    here.advance(60)
    place = here.service.add_list(here.project, "New", here.ana)
    here.service.add_todo(place, here.ana, "First")
    pulled(here, mirror)
    assert mirror["places"][RemoteId(f"list/{place}")].title == "Quay / New"
    assert [each.place for each in mirror["tasks"].values()] == [f"list/{place}"]


def test_a_folder_in_a_folder_is_a_place_of_its_own() -> None:
    here = world()
    inner = here.service.add("Vault", here.project, here.vault, here.ana, title="Drawings")
    here.service.add_document(inner["id"], here.ana, "Plan", html("x"))
    mirror = pulled(here)
    assert mirror["places"][RemoteId(f"vault/{inner['id']}")].title == "Quay / Docs & Files / Drawings"
    here.advance(60)
    late = here.service.add("Vault", here.project, inner["id"], here.ana, title="Old")
    here.service.add_document(late["id"], here.ana, "Older plan", html("y"))
    pulled(here, mirror)
    assert mirror["places"][RemoteId(f"vault/{late['id']}")].title == "Quay / Drawings / Old"
    assert {each.place for each in mirror["notes"].values()} == {f"vault/{inner['id']}", f"vault/{late['id']}"}


def test_a_card_in_a_new_table_finds_it() -> None:
    here = world()
    mirror = pulled(here)
    here.advance(60)
    column = here.service.add("Kanban::Column", here.project, here.table, here.ana, title="Waiting")
    card = here.service.add_card(column["id"], here.ana, "Signs")
    pulled(here, mirror)
    found = mirror["tasks"][RemoteId(f"card/{card['id']}")]
    assert (found.place, found.native_status) == (f"table/{here.table}", "Waiting")


def test_a_project_made_since_the_last_look_is_found_within_the_hour() -> None:
    here = world()
    mirror = pulled(here)
    here.advance(60)
    project = here.service.add_project("Late", [here.me, here.ana])
    row = here.service.add_message(project, here.ana, "Hello", html("there"))
    pulled(here, mirror)
    assert f"message/{row['id']}" in mirror["threads"]
    here.advance(3600)
    pulled(here, mirror)
    assert (
        mirror["places"][RemoteId(f"board/{here.service.dock(project, 'message_board')}")].title
        == "Late / Message Board"
    )


def test_a_comment_on_what_did_not_move_brings_it_along() -> None:
    here = world(comments_touch=False)
    document = here.service.add_document(here.vault, here.mei, "Minutes", html("Decided"))
    mirror = pulled(here)
    assert f"document/{document['id']}" not in mirror["threads"]
    here.advance(3600 * 24)
    line = here.service.add_comment(document["id"], here.ana, html("Good"))
    pulled(here, mirror)
    thread = mirror["threads"][RemoteId(f"document/{document['id']}")]
    assert (thread.place, thread.title) == (f"vault/{here.vault}", "Minutes")
    assert mirror["messages"][RemoteId(f"comment/{line['id']}")].text == "Good"
    assert mirror["notes"][RemoteId(f"document/{document['id']}")].text == "Decided"


def test_a_comment_on_what_leeward_does_not_know_is_shown_in_its_project() -> None:
    here = world()
    question = here.service.add("Inbox::Forward", here.project, None, here.ana, title="From outside")
    line = here.service.add_comment(question["id"], here.ana, html("Who answers?"))
    mirror = pulled(here)
    thread = mirror["threads"][RemoteId(f"thing/{question['id']}")]
    assert (thread.title, thread.place) == ("From outside", f"project/{here.project}")
    assert mirror["messages"][RemoteId(f"comment/{line['id']}")].thread == thread.id


def test_google_documents_are_known_once_somebody_comments() -> None:
    here = world()
    row = here.service.add("GoogleDocument", here.project, here.vault, here.ana, title="Plan", document_type="doc",
                           link="https://docs.example.org/p")  # fmt: skip
    here.service.add_comment(row["id"], here.ana, html("See page 2"))
    mirror = pulled(here)
    assert mirror["notes"][RemoteId(f"gdoc/{row['id']}")].text == "[Plan](https://docs.example.org/p)\n\ndoc"
    assert f"gdoc/{row['id']}" in mirror["threads"]


def test_schedule_entries_and_answers_are_threads() -> None:
    here = world()
    schedule, checkins = here.service.dock(here.project, "schedule"), here.service.dock(here.project, "questionnaire")
    entry = here.service.add("Schedule::Entry", here.project, schedule, here.ana, title="Meeting", summary="Meeting",
                             all_day=False, starts_at="2026-06-01T09:00:00Z", ends_at="2026-06-01T10:00:00Z",
                             participants=[here.ana], description=html("Bring the plan"))  # fmt: skip
    here.service.add_comment(entry["id"], here.mei, html("I am late"))
    question = here.service.add("Question", here.project, checkins, here.ana, title="What now?")
    answer = here.service.add("Question::Answer", here.project, question["id"], here.mei, title="What now?",
                              content=html("Signs"))  # fmt: skip
    mirror = pulled(here)
    assert mirror["threads"][RemoteId(f"entry/{entry['id']}")].place == f"schedule/{schedule}"
    first = mirror["messages"][RemoteId(f"entry/{entry['id']}")]
    assert first.text == "2026-06-01 09:00:00Z - 2026-06-01 10:00:00Z\n\nBring the plan"
    held = mirror["threads"][RemoteId(f"answer/{answer['id']}")]
    assert (held.title, held.place) == ("What now?: Mei Tanaka", f"checkins/{checkins}")


def test_notes_of_a_project_hill_chart_and_links() -> None:
    here = world()
    here.service.projects[here.project]["dots"] = [{"id": 1, "label": "Move", "color": "blue", "position": 40}]
    here.service.add("Door", here.project, None, here.ana, title="Drawings", link="https://figma.example.org/f",
                     service={"name": "Figma"}, description="")  # fmt: skip
    mirror = pulled(here)
    titles = {each.title: each for each in mirror["notes"].values()}
    assert titles["Hill chart: Quay"].text == "- Move: 40 of 100, figuring it out"
    assert titles["Drawings"].text == "[Drawings](https://figma.example.org/f)\n\nFigma"
    here = world(old=True)
    here.add_task("Still here")
    assert len(pulled(here)["tasks"]) == 1


def test_card_steps_come_with_the_card_itself() -> None:
    here = world()
    card = here.service.add_card(here.columns["In progress"], here.ana, "Signs", html("Three languages"))
    here.service.add_step(card["id"], here.ana, "Ask the printer", [here.mei])
    mirror = pulled(here)
    found = mirror["tasks"][RemoteId(f"card/{card['id']}")]
    assert found.text == "Three languages\n\n— Basecamp —\n- [ ] Ask the printer (Mei Tanaka)"
    assert (found.place, found.native_status) == (f"table/{here.table}", "In progress")
    here.advance(60)
    assert pulled(here, mirror)["tasks"][found.id] == found


def test_rows_that_came_thin_are_asked_for_by_themselves() -> None:
    here = world(thin=True)
    task = here.service.add_todo(here.list, here.ana, "Crane", html("Forty tons"), due_on="2026-11-27")
    mirror = pulled(here)
    found = mirror["tasks"][RemoteId(f"todo/{task['id']}")]
    assert (found.text, found.due) == ("Forty tons", date(2026, 11, 27))


@pytest.mark.parametrize("status", ["trashed", "archived"])
def test_trash_and_archive_are_gone_and_come_back(status: str) -> None:
    here = world()
    task, note = here.add_task("Crane"), here.add_note("Minutes", "x")
    thread, _first = here.add_thread("Question")
    assert thread is not None
    mirror = pulled(here)
    here.advance(600)
    for each in (task, note, thread):
        here.service.trash(int(each.rpartition("/")[2]), status)
    for _round in range(7):
        here.advance(60)
        pulled(here, mirror)
    assert task not in mirror["tasks"]
    assert note not in mirror["notes"]
    assert thread not in mirror["threads"]
    here.advance(600)
    here.service.trash(int(task.rpartition("/")[2]), "active")
    assert task in pulled(here, mirror)["tasks"]


def test_what_comes_back_from_the_trash_brings_what_was_said_there() -> None:
    here = world()
    old, late = here.add_task("Crane"), here.add_task("Ropes")
    here.add_line("Before", old)
    here.service.trash(int(old.rpartition("/")[2]))
    mirror = pulled(here)
    assert set(mirror["tasks"]) == {late}
    here.advance(3600)
    here.add_line("Just now", late)
    here.service.trash(int(late.rpartition("/")[2]))
    pulled(here, mirror)
    here.advance(3600)
    here.service.trash(int(old.rpartition("/")[2]), "active")
    here.service.trash(int(late.rpartition("/")[2]), "active")
    pulled(here, mirror)
    assert set(mirror["tasks"]) == {old, late}
    assert {"Before", "Just now"} <= {each.text for each in mirror["messages"].values()}


def test_a_list_that_was_put_away_is_no_longer_read() -> None:
    here = world()
    here.add_task("Crane")
    mirror = pulled(here)
    here.advance(600)
    here.service.trash(here.list, "archived")
    for _round in range(7):
        here.advance(60)
        pulled(here, mirror)
    assert mirror["places"][RemoteId(f"list/{here.list}")].archived
    assert len(mirror["tasks"]) == 1


def test_chat_lines_new_changed_and_deleted() -> None:
    here = world()
    place = RemoteId(f"chat/{here.chat}")
    rows = [here.service.add_line(here.chat, here.ana, html(f"Line {number}")) for number in range(40)]
    mirror = pulled(here)
    assert len(mirror["messages"]) == 40
    assert {each.place for each in mirror["messages"].values()} == {place}
    here.advance(600)
    here.service.change(rows[3]["id"], content=html("Changed"))
    del here.service.held[rows[38]["id"]]
    plain = here.service.add_line(here.chat, here.mei, "a <b>", "Chat::Lines::Text")
    pulled(here, mirror)
    changed = mirror["messages"][RemoteId(f"line/{here.chat}/{rows[3]['id']}")]
    assert changed.text == "Changed"
    assert changed.edited is not None
    assert mirror.gone == [(ItemType.MESSAGE, f"line/{here.chat}/{rows[38]['id']}")]
    assert mirror["messages"][RemoteId(f"line/{here.chat}/{plain['id']}")].text == "a <b>"
    here.advance(60)
    pulled(here, mirror)
    assert len(mirror.gone) == 1


def test_a_chat_is_read_back_as_far_as_the_owner_wants() -> None:
    here = world(history=50)
    for number in range(300):
        here.service.add_line(here.chat, here.ana, html(f"Line {number}"))
    assert 50 <= len(pulled(here)["messages"]) < 120


def test_pings_are_chats_with_who_is_in_them() -> None:
    here = world()
    chat = here.service.add_circle([here.me, here.ana])
    row = here.service.add_line(chat, here.ana, html("Shall we talk?"))
    mirror = pulled(here)
    place = mirror["places"][RemoteId(f"chat/{chat}")]
    assert (place.title, place.flat, place.audience.reach, place.audience.count) == (
        "Ana Duarte",
        True,
        Reach.PEOPLE,
        2,
    )
    assert mirror["messages"][RemoteId(f"line/{chat}/{row['id']}")].text == "Shall we talk?"
    assert mirror["todos"] == {}
    sent = run(here.connector().post(place.id, None, Body("At ten"), key=Key("lwping")))
    run(here.connector().mark_read(place.id, None, sent.id, ()))
    assert here.service.readings[0]["read"]
    here.advance(60)
    pulled(here, mirror)
    assert mirror["messages"][sent.id].key == "lwping"


def test_a_file_in_a_chat_is_a_line() -> None:
    here = world()
    sgid = here.service.add_blob("plan.pdf", b"%PDF", "application/pdf")
    here.service.add_line(here.chat, here.ana, "", "Chat::Lines::Upload", sgid=sgid)
    line = next(iter(pulled(here)["messages"].values()))
    assert (line.text, line.files[0].name, line.files[0].size) == ("plan.pdf", "plan.pdf", 4)


def test_what_waits_is_told_and_ended() -> None:
    here = world()
    todo = here.add_task("Crane")
    number = int(todo.rpartition("/")[2])
    mention = here.service.notify(number, "mentions", here.mei)
    here.service.notify(here.chat, "pings", here.ana, "Ana Duarte", "https://3.basecamp.com/1/circles/5@6")
    card = here.service.add_card(here.columns["Triage"], here.ana, "Signs")
    step = here.service.add_step(card["id"], here.ana, "Ask the printer", [here.me])
    mirror = pulled(here)
    found = mirror["todos"][RemoteId(f"reading/{mention['id']}")]
    assert (found.mention, found.target, found.waits) == (True, (ItemType.THREAD, todo), True)
    ping = next(each for each in mirror["todos"].values() if each.place == "pings")
    assert (ping.title, ping.mention) == ("Ana Duarte", True)
    held = mirror["todos"][RemoteId(f"step/{step['id']}")]
    assert (held.title, held.target) == ("Signs: Ask the printer", (ItemType.TASK, f"card/{card['id']}"))
    here.advance(60)
    assert run(mirror.pull(here.connector())) == 0
    mention["read"] = here.service.stamp()
    here.service.change(step["id"], completed=True)
    pulled(here, mirror)
    assert [mirror["todos"][each.id].waits for each in (found, held, ping)] == [False, False, True]
    assert mirror["todos"][found.id].target == found.target


def test_what_was_read_elsewhere_is_read_here() -> None:
    here = world()
    thread, _first = here.add_thread("Question")
    assert thread is not None
    line = here.add_line("Answer", thread)
    spoken = here.service.add_line(here.chat, here.ana, html("Hi"))
    pulled(here, mirror := Mirror())
    here.advance(60)
    for each in here.service.readings:
        each["read"] = here.service.stamp()
    read: list[ReadUpTo] = []

    async def pull() -> None:
        async for batch in here.connector().pull(mirror.cursor, Focus()):
            read.extend(batch.read)

    run(pull())
    marks = {each.thread: each.message for each in read}
    assert marks[thread] == line
    assert marks[None] == f"line/{here.chat}/{spoken['id']}"


def test_one_listing_that_fails_hides_no_other_and_is_read_the_next_time() -> None:
    here = world()
    mirror = pulled(here)
    here.advance(60)
    here.add_task("Crane")
    thread, _first = here.add_thread("Question")

    def broken(_service: Service, one: Asked) -> Answer | None:
        return Answer(503) if ("type", "Todo") in one.query else None

    here.http.read_faults.extend([broken] * 40)
    with pytest.raises(TryLater):
        pulled(here, mirror)
    here.mend()
    assert mirror["tasks"] == {}
    here.advance(60)
    pulled(here, mirror)
    assert len(mirror["tasks"]) == 1
    assert thread in mirror["threads"]


def test_a_closed_account_says_so() -> None:
    here = world(inactive=True)
    with pytest.raises(Forbidden, match="closed"):
        run(here.connector().check())
    with pytest.raises(Forbidden, match="closed"):
        pulled(here)


def test_the_account_is_chosen_by_its_address() -> None:
    here = world()
    number = here.service.account
    here.service.base = "https://gateway.example.org"

    def at(url: str) -> Basecamp:
        return Basecamp(Login("work", "basecamp", url), here.http, here.clock)

    identity = run(at("https://gateway.example.org").check())
    assert identity.server is not None
    assert "Harbour" in identity.server
    assert "2026-12-05" in identity.server
    assert "e-mail" in identity.server
    assert identity.places == 1
    named = run(at(f"https://gateway.example.org/{number}").check())
    assert named.server is not None
    assert named.server.startswith("Basecamp: Harbour")
    here.service.accounts = [{"product": "bc3", "id": 5, "name": "Other"}]
    with pytest.raises(Problem, match="several") as several:
        run(at("https://gateway.example.org").check())
    assert "https://gateway.example.org/5 (Other)" in several.value.do
    with pytest.raises(Problem, match="number"):
        run(at("https://3.basecampapi.com").check())
    with pytest.raises(Problem, match="pages"):
        run(at("https://3.basecamp.com/999").check())


def test_a_client_is_told_what_that_means() -> None:
    here = world()
    here.service.people[here.me]["client"] = True
    identity = run(here.connector().check())
    assert identity.server is not None
    assert "client" in identity.server
    assert "no project" not in identity.server
    here.service.projects.clear()
    alone = run(here.connector().check())
    assert alone.server is not None
    assert "no project" in alone.server


def test_who_may_see_little_gets_what_they_may_see() -> None:
    here = world()
    here.add_thread("Question")
    shut = ("/people.json", "/chats.json", "/hill.json", "/circles.json", "/my/assignments.json")

    def closed(_service: Service, one: Asked) -> Answer | None:
        kinds = {("type", each) for each in ("Todo", "Todolist", "Vault", "Document", "Door")}
        return Answer(403) if one.path.endswith(shut) or kinds & set(one.query) else None

    here.http.read_faults.extend([closed] * 100)
    mirror = pulled(here)
    assert [each.title for each in mirror["threads"].values()] == ["Question"]
    assert mirror["places"][RemoteId(f"board/{here.board}")].audience == Audience()


def test_two_accounts_keep_apart_and_share_the_pace() -> None:
    here, clock = world(), FakeClock()
    service = BasecampFake(now=clock.now)
    service.account = 7
    service.add_person("Sam Vermeer", service.token)
    service.add_project("Other", [service.me])
    other = Basecamp(Login("two", "basecamp", f"{service.base}/7"), AsDoor(service, service.token), here.clock)
    mirror = Mirror()
    run(mirror.pull(other))
    assert {each.title.partition(" / ")[0] for each in mirror["places"].values()} == {"Other"}
    slept = len(here.clock.slept)
    for _again in range(4):
        run(Mirror().pull(here.connector()))
    assert len(here.clock.slept) > slept
    assert here.service.wrong == []


def test_no_more_than_allowed_in_ten_seconds() -> None:
    clock, pace, at = FakeClock(), Pace(), list[float]()

    async def hurry() -> None:
        for _each in range(200):
            await pace.turn(clock)
            at.append(clock.monotonic())

    run(hurry())
    assert max(sum(1 for one in at if begin <= one < begin + 10) for begin in at) <= PACE


def test_a_service_that_asks_for_a_pause_is_not_asked_on() -> None:
    here = world()
    mirror = pulled(here)
    here.http.read_faults.extend([None, lambda _service, _one: Answer(429, b"", {"retry-after": "7"})])
    before = len(here.http.asked)
    here.advance(60)
    with pytest.raises(TryLater) as caught:
        pulled(here, mirror)
    assert (caught.value.after_s, caught.value.taken) == (7, False)
    assert len(here.http.asked) - before == 2


def test_odd_rows_are_counted_and_stop_nothing() -> None:
    here = world()
    here.add_task("Fine")
    odd = b'[7, {"id": null}, {"id": 5, "type": "Message", "updated_at": 3, "created_at": "x"}]'

    def strange(_service: Service, one: Asked) -> Answer | None:
        return Answer(200, odd) if ("type", "Message") in one.query and ("status", "active") in one.query else None

    here.http.read_faults.extend([strange] * 60)
    mirror = pulled(here)
    assert len(mirror["tasks"]) == 1
    assert mirror.oddities >= 3


def test_a_listing_that_shrinks_while_it_is_walked_is_walked_again() -> None:
    here = world()
    tasks = [here.add_task(f"Task {number}") for number in range(60)]
    seen = 0

    def shrinks(service: Service, one: Asked) -> Answer | None:
        nonlocal seen
        if ("type", "Todo") in one.query and ("status", "active") in one.query:
            seen += 1
            if seen == 2:
                here.service.trash(int(tasks[-1].rpartition("/")[2]))
        return None

    here.http.read_faults.extend([shrinks] * 60)
    mirror = pulled(here)
    pulled(here, mirror)
    assert set(tasks[:-1]) <= mirror["tasks"].keys()


def test_a_step_waits_since_leeward_saw_it() -> None:
    here = world()
    card = here.service.add_card(here.columns["Triage"], here.ana, "Signs")
    step = here.service.add_step(card["id"], here.ana, "Ask", [here.me])
    mirror = pulled(here)
    at = mirror["todos"][RemoteId(f"step/{step['id']}")].at
    here.advance(600)
    here.service.add_step(card["id"], here.ana, "Wait", [here.me])
    pulled(here, mirror)
    assert mirror["todos"][RemoteId(f"step/{step['id']}")].at == at
    assert isinstance(at, int)
    assert Instant(at) <= here.clock.now()
