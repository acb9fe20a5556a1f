from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

import pytest

from connectors import TABLE, make
from connectors.clickup.api.asking import chat_at
from connectors.clickup.connector import ClickUp
from connectors.clickup.run import WATCH
from connectors.http import Door
from leeward.clock import SystemClock
from leeward.errors import NotSupported, Refused, SignInNeeded, TryLater
from leeward.model import (
    Body,
    Focus,
    ItemType,
    Key,
    NoteDraft,
    Reach,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
    Tier,
    Watched,
)  # fmt: skip
from leeward.ports import Login, Secret, Upload
from leeward.testing.mirror import Mirror
from tests.contract.test_clickup import ClickUpHarness
from tests.fakes.base import Answer, Asked, Fault, LostError, Service
from tests.fakes.clickup import ClickUpFake
from tests.fakes.clickup import make as make_fake
from tests.fakes.serve import Serving

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: ClickUpHarness, **login: Any) -> ClickUp:
    return ClickUp(Login("work", "clickup", world.service.base, **login), world.http, world.clock)


def pulled(world: ClickUpHarness, mirror: Mirror | None = None, **login: Any) -> Mirror:
    mirror = mirror or Mirror()
    run(mirror.pull(connector(world, **login)))
    return mirror


def since(world: ClickUpHarness, before: int) -> list[str]:
    return [asked.path.removeprefix("/api/") for asked in world.http.asked[before:]]


def test_check_counts_workspaces() -> None:
    world = ClickUpHarness()
    world.service.add_team("Second", [world.me])
    identity = run(connector(world).check())
    assert (identity.person.name, identity.person.address, identity.places) == ("Sam Vermeer", "sam@example.org", 2)
    world.service.tokens.clear()
    with pytest.raises(SignInNeeded):
        run(connector(world).check())


def test_places_say_who_reads_them() -> None:
    world = ClickUpHarness()
    service = world.service
    folder = service.add_folder(service.add_space(world.team, "Board", [world.me]), "Money")
    own = service.add_list(service.folders[folder]["space"], "Budget", folder)
    direct = service.add_channel(world.team, "", [world.me, world.other], "DM", public=False)
    public = service.add_doc(world.team, "Handbook", world.me, public=True)
    places = pulled(world)["places"]
    seen = {name: (row.title, row.audience.reach, row.audience.count) for name, row in places.items()}
    assert seen == {
        world.list: ("Quay / API", Reach.ORGANISATION, 2),
        own: ("Board / Money / Budget", Reach.ONLY_ME, 1),
        f"{world.team}/chat/{world.channel}": ("harbour", Reach.ORGANISATION, 2),
        f"{world.team}/chat/{direct}": ("Ana Duarte", Reach.PEOPLE, 2),
        f"{world.team}/doc/{world.doc}": ("Minutes", Reach.UNKNOWN, None),
        f"{world.team}/doc/{public}": ("Handbook", Reach.PUBLIC, None),
    }


@pytest.mark.parametrize("named", ["quay", "API", "Quay / API"])
def test_only_the_places_that_were_named_are_read(named: str) -> None:
    world = ClickUpHarness()
    other = world.service.add_list(world.service.add_space(world.team, "Board"), "Budget")
    world.service.add_task(other, world.other, "Not asked for")
    world.add_task("Asked for")
    mirror = pulled(world, places=(named,))
    assert [row.title for row in mirror["tasks"].values()] == ["Asked for"]
    assert set(mirror["places"]) == {world.list}
    # A list that is new since the places were read is judged by its names too.
    late = world.service.add_list(world.service.lists[other]["space"], "Late")
    world.service.add_task(late, world.other, "Not asked for either")
    assert len(pulled(world, mirror, places=(named,))["tasks"]) == 1


def test_subtasks_and_closed_tasks_come_too() -> None:
    world = ClickUpHarness()
    statuses = world.service.lists[world.list]["statuses"]
    parent = world.add_task("Parent")
    world.service.add_task(world.list, world.other, "Child", parent=parent)
    world.service.add_task(world.list, world.other, "Closed", status=statuses[3])
    tasks = {row.title: row for row in pulled(world)["tasks"].values()}
    assert tasks["Closed"].status is Status.DONE
    assert f"Subtask of {parent}" in tasks["Child"].text


def test_a_task_of_a_new_list_brings_its_place_with_it() -> None:
    world = ClickUpHarness()
    mirror = pulled(world)
    late = world.service.add_list(world.service.add_space(world.team, "New"), "Fresh")
    world.service.add_task(late, world.other, "First")
    world.advance(1)
    assert pulled(world, mirror)["places"][RemoteId(late)].title == "New / Fresh"


def test_hundreds_of_tasks_of_one_moment_all_come() -> None:
    world = ClickUpHarness()
    made = {world.add_task(f"T {number}") for number in range(350)}
    for each in made:
        world.service.tasks[each]["date_updated"] = 1_780_000_000_000
    assert pulled(world)["tasks"].keys() == made


def test_a_deletion_between_two_pages_loses_nobody() -> None:
    world = ClickUpHarness()
    made = [world.add_task(f"T {number}") for number in range(250)]

    def drop(service: Service, asked: Asked) -> Answer | None:
        if asked.path.endswith(f"/team/{world.team}/task") and len(world.service.tasks) == 250:
            answer = service.answer(asked)
            for each in made[-30:]:
                world.service.drop_task(each)
            return answer
        return None

    world.http.read_faults = [drop] * 20
    assert set(made[:-30]) <= pulled(world)["tasks"].keys()


def test_comments_of_many_tasks_come_over_several_pulls() -> None:
    world = ClickUpHarness()
    for number in range(70):
        world.add_thread(f"Thread {number}")
    mirror = Mirror()
    lines: list[int] = []
    for _pull in range(6):
        before = len(world.http.asked)
        run(_pull_unwatched(world, mirror))
        assert len(world.http.asked) - before < 100
        lines.append(sum("/" not in each for each in mirror["messages"]))
        world.advance(60)
    assert lines == [25, 37, 49, 61, 70, 70]


async def _pull_unwatched(world: ClickUpHarness, mirror: Mirror) -> None:
    async for batch in connector(world).pull(mirror.cursor, Focus()):
        mirror.ingest(batch)


def test_watched_threads_are_looked_at_in_turn_and_those_on_the_screen_always() -> None:
    world = ClickUpHarness()
    threads = [world.add_thread(f"Thread {number}")[0] for number in range(50)]
    mirror = Mirror()
    for _pull in range(4):
        pulled(world, mirror)
    watch = mirror.focus().watch
    shown = next(each for each in watch if each.thread == threads[0])
    asked: set[str] = set()
    for _pull in range(4):
        before = len(world.http.asked)

        async def look() -> None:
            async for batch in connector(world).pull(mirror.cursor, Focus(threads=(shown,), watch=watch)):
                mirror.ingest(batch)

        run(look())
        comments = [path for path in since(world, before) if path.endswith("/comment")]
        assert len(comments) <= WATCH + 1
        assert any(str(threads[0]) in path for path in comments)
        asked |= set(comments)
    assert len(asked) == 50


def test_a_pull_with_nothing_new_asks_what_the_readme_says() -> None:
    world = ClickUpHarness()
    world.add_thread("Question")
    world.add_note("Page", "Text")
    mirror = pulled(pulled_world := world)
    pulled(pulled_world, mirror)
    before = len(world.http.asked)
    pulled(world, mirror)
    paths = [path.replace(world.team, "T") for path in since(world, before)]
    assert [path for path in paths if "comment" not in path and "pages" not in path] == [
        "v2/user", "v2/team", "v2/team/T/task", "v3/workspaces/T/chat/channels", "v3/workspaces/T/docs",
    ]  # fmt: skip
    assert len(paths) == 7


def test_answers_to_comments_and_assigned_ones_arrive() -> None:
    world = ClickUpHarness()
    thread, first = world.add_thread("Question")
    assert thread is not None
    assigned = world.service.add_comment(thread, world.other, "Look!", assignee=world.me, assigned_by=world.other)
    mirror = pulled(world)
    assert mirror["todos"][RemoteId(assigned["id"])].waits
    answer = world.add_line("An answer", thread, first)
    world.service.comments[assigned["id"]]["resolved"] = True
    pulled(world, mirror)
    assert mirror["messages"][answer].reply_to == (first,)
    assert not mirror["todos"][RemoteId(assigned["id"])].waits
    assert mirror["messages"][RemoteId(assigned["id"])].edited is None


def test_chat_lines_threads_edits_and_deletions() -> None:
    world = ClickUpHarness()
    service, place = world.service, f"{world.team}/chat/{world.channel}"
    flat = service.add_message(world.channel, world.other, "Hello")["id"]
    gone = service.add_message(world.channel, world.other, "Soon gone")["id"]
    mirror = pulled(world)
    assert mirror["messages"][flat].thread is None
    world.advance(600)
    service.edit_message(flat, "Hello, all")
    service.drop_message(gone)
    reply = service.add_message(world.channel, world.other, "Yes?", flat)["id"]
    pulled(world, mirror)
    assert mirror["messages"][flat].text == "Hello, all"
    assert mirror["messages"][flat].edited is not None
    assert mirror["messages"][flat].thread == f"{place}/{flat}"
    assert mirror["messages"][RemoteId(f"{flat}/{reply}")].text == "Yes?"
    assert mirror.gone == [(ItemType.MESSAGE, gone)]


def test_a_long_channel_stops_at_the_history_the_owner_wants() -> None:
    world = ClickUpHarness()
    for number in range(450):
        world.service.add_message(world.channel, world.other, f"Line {number}")
    assert len(pulled(world, history=150)["messages"]) == 200
    assert len(pulled(world)["messages"]) == 450


def test_chat_that_is_switched_off_hides_nothing_else() -> None:
    world = ClickUpHarness()
    task, note = world.add_task("Task"), world.add_note("Page", "Text")
    mirror = Mirror()

    def off(_service: Service, asked: Asked) -> Answer | None:
        return Answer(403, b"{}") if "/chat/" in asked.path else None

    world.http.read_faults = [off] * 50
    pulled(world, mirror)
    assert task in mirror["tasks"]
    assert note in mirror["notes"]


def test_a_part_that_fails_is_told_after_the_others_came() -> None:
    world = ClickUpHarness()
    note = world.add_note("Page", "Text")

    def broken(_service: Service, asked: Asked) -> Answer | None:
        return Answer(503) if asked.path.endswith("/task") else None

    world.http.read_faults = [broken] * 50
    mirror = Mirror()
    with pytest.raises(TryLater):
        pulled(world, mirror)
    assert note in mirror["notes"]
    world.mend()
    task = world.add_task("Task")
    assert task in pulled(world, mirror)["tasks"]


def test_without_a_connection_nothing_more_is_asked() -> None:
    world = ClickUpHarness()

    def lost(_service: Service, _asked: Asked) -> Answer | None:
        raise LostError(arrived=False)

    faults: list[Fault | None] = [None, None, lost, lost]
    world.http.read_faults = faults
    with pytest.raises(TryLater):
        pulled(world)
    assert len(world.http.asked) == 3


def test_an_update_changes_each_field_in_clickups_own_words() -> None:
    world = ClickUpHarness()
    draft = TaskDraft(
        RemoteId(world.list), "T", Body("Text"), (RemoteId("2"),), date(2026, 12, 1), Tier.RED, ("a", "B")
    )
    sent = run(connector(world).create(draft, key=Key("lwkey1")))
    row = world.service.tasks[sent.id]
    assert (row["assignees"], row["priority"], row["tags"], row["due_date_time"]) == ([2], 1, ["a", "b"], False)
    row["checklists"] = [{"name": "Steps", "items": [{"name": "one"}]}]
    shown = pulled(world)["tasks"][sent.id]
    change = TaskChange(
        frozenset({"text", "status", "assignees", "due", "tier", "labels"}), text=shown.text.replace("Text", "Words"),
        status=Status.DOING, assignees=(RemoteId("1"),), due=None, tier=Tier.GREEN, labels=("b", "c"),
    )  # fmt: skip
    again = run(connector(world).update(shown.place, sent.id, change, key=Key("lwkey2"), seen=shown.version))
    assert (row["assignees"], row["priority"], row["tags"], row["due_date"]) == ([1], 4, ["b", "c"], None)
    assert (row["text"], row["status"]["status"]) == ("Words\n\n⟦lwkey1⟧", "in progress")
    after = pulled(world)["tasks"][sent.id]
    assert (after.key, after.version, after.tier) == ("lwkey1", again.version, Tier.GREEN)


def test_done_is_said_in_the_lists_own_word_and_a_list_without_one_refuses() -> None:
    world = ClickUpHarness()
    task = world.add_task("T")
    done = TaskChange(frozenset({"status"}), status=Status.DONE)
    run(connector(world).update(RemoteId(world.list), task, done, key=Key("lwk"), seen=None))
    assert world.service.tasks[task]["status"]["status"] == "shipped"
    world.service.lists[world.list]["statuses"] = world.service.lists[world.list]["statuses"][2:]
    with pytest.raises(Refused):
        run(
            connector(world).update(
                RemoteId(world.list), task, TaskChange(frozenset({"status"})), key=Key("lwk"), seen=None
            )
        )


def test_an_edit_keeps_to_whom_a_comment_is_assigned() -> None:
    world = ClickUpHarness()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    place = RemoteId(world.list)
    sent = run(connector(world).post(place, thread, Body("Please"), key=Key("lwk1")))
    world.service.comments[sent.id].update(assignee=2, resolved=True)
    run(connector(world).edit(place, thread, sent.id, Body("Please, Ana"), key=Key("lwk1")))
    row = world.service.comments[sent.id]
    assert (row["assignee"], row["resolved"], row["text"]) == (2, True, "Please, Ana\n\n⟦lwk1⟧")


def test_an_answer_to_an_answer_goes_below_the_same_comment() -> None:
    world = ClickUpHarness()
    thread, first = world.add_thread("Question")
    reply = world.add_line("Answer", thread, first)
    sent = run(connector(world).post(RemoteId(world.list), thread, Body("Mine"), key=Key("lwk1"), reply_to=reply))
    assert sent.id.startswith(f"{first}/")
    assert pulled(world)["messages"][sent.id].reply_to == (first,)


def test_chat_lines_are_posted_found_changed_and_deleted() -> None:
    world = ClickUpHarness()
    place = RemoteId(f"{world.team}/chat/{world.channel}")
    root = world.service.add_message(world.channel, world.other, "Who can?")["id"]
    flat = run(connector(world).post(place, None, Body("I"), key=Key("lwflat")))
    below = run(connector(world).post(place, None, Body("Me too"), key=Key("lwbelow"), reply_to=RemoteId(root)))
    assert (world.service.messages[below.id.split("/")[1]]["root"], below.id.split("/")[0]) == (root, root)
    found = run(connector(world).find_sent(ItemType.MESSAGE, place, None, Key("lwbelow"), world.clock.now()))
    assert found is not None
    assert found.id == below.id
    run(connector(world).edit(place, None, flat.id, Body("I can"), key=Key("lwflat")))
    assert pulled(world)["messages"][flat.id].text == "I can"
    run(connector(world).edit(place, None, flat.id, None, key=Key("lwflat")))
    run(connector(world).edit(place, None, flat.id, None, key=Key("lwflat")))
    assert flat.id not in world.service.messages
    with pytest.raises(Refused):
        run(connector(world).post(place, None, Body("x" * 40_000), key=Key("lwlong")))


def test_the_task_made_of_a_chat_line_is_told_to_clickup_and_read_back() -> None:
    world = ClickUpHarness()
    place = RemoteId(f"{world.team}/chat/{world.channel}")
    task = world.add_task("Fix the gate")
    own = f"Task: Fix the gate\nhttps://app.clickup.com/t/{task}"
    sent = run(connector(world).post(place, None, Body(own), key=Key("lwk1")))
    assert world.service.messages[sent.id]["triaged_object_id"] == task
    assert pulled(world)["threads"][RemoteId(f"{place}/{sent.id}")].task == task
    root = world.service.add_message(world.channel, world.other, "The gate is stuck")["id"]
    world.service.add_message(world.channel, world.other, "Again?", root)
    thread = RemoteId(f"{place}/{root}")
    mirror = pulled(world)
    assert mirror["threads"][thread].task is None
    run(connector(world).post(place, thread, Body(own), key=Key("lwk2")))
    assert pulled(world, mirror)["threads"][thread].task == task


def test_a_list_has_no_lines_and_a_channel_no_files() -> None:
    world = ClickUpHarness()
    for files in ((), (Upload("a.txt", b"x"),)):
        with pytest.raises(NotSupported):
            run(connector(world).post(RemoteId(world.list), None, Body("x"), files, key=Key("lwk1")))
    with pytest.raises(NotSupported):
        run(connector(world).create_note(NoteDraft(RemoteId(world.list), "T", "x"), key=Key("lwk1")))


def test_an_edited_page_is_found_although_its_doc_does_not_say_so() -> None:
    world = ClickUpHarness()
    world.service.edits_move_docs = False
    note = world.add_note("Minutes", "Before")
    mirror = pulled(world)
    world.advance(60)
    world.change_note(note, "After")
    assert pulled(world, mirror)["notes"][note].text == "After"


def test_over_http_the_token_goes_raw_and_a_pause_is_kept() -> None:
    service = make_fake()
    with Serving(service) as serving:
        login = Login("work", "clickup", serving.base)

        async def look(token: str) -> Mirror:
            mirror = Mirror()
            async with Door(TABLE["clickup"], login, Secret(token), SystemClock()) as door:
                await mirror.pull(make(login, door, SystemClock()))
            return mirror

        mirror = run(look(ClickUpFake.token))
        assert {asked.headers["authorization"] for asked in serving.asked} == {ClickUpFake.token}
        assert len(mirror["tasks"]) == 3
        assert any(chat_at(each) for each in mirror["threads"])
        with pytest.raises(SignInNeeded):
            run(look("pk_wrong"))
        service.limit = 3
        with pytest.raises(TryLater) as caught:
            run(look(ClickUpFake.token))
        assert 1 <= caught.value.after_s <= 70
    assert service.wrong == []


def test_a_watched_thread_that_is_gone_is_told() -> None:
    world = ClickUpHarness()
    root = world.service.add_message(world.channel, world.other, "Who?")["id"]
    world.service.add_message(world.channel, world.other, "I", root)
    mirror = pulled(world)
    world.service.drop_message(root)
    pulled(world, mirror)
    assert (ItemType.THREAD, f"{world.team}/chat/{world.channel}/{root}") in mirror.gone
    watch = Watched(RemoteId("86gone"), RemoteId(world.list), None)

    async def look() -> list[Any]:
        return [batch.gone async for batch in connector(world).pull(mirror.cursor, Focus(watch=(watch,))) if batch.gone]

    assert run(look()) == [((ItemType.THREAD, "86gone"), (ItemType.TASK, "86gone"))]


def test_a_limit_met_half_way_goes_on_from_there() -> None:
    world = ClickUpHarness()
    for number in range(30):
        thread, first = world.add_thread(f"Thread {number}")
        world.add_line("Answer", thread, first)
    world.service.limit = 20
    mirror = Mirror()
    for _minute in range(8):
        with suppress(TryLater):
            run(_pull_unwatched(world, mirror))
        world.advance(61)
    answers = [each for each in mirror["messages"].values() if each.text == "Answer"]
    assert len(answers) == 30
