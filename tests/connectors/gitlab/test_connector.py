from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from connectors import TABLE, make
from connectors.gitlab.connector import GitLab
from connectors.http import Door
from leeward.clock import SystemClock
from leeward.errors import NotSupported, Problem, ServiceChanged, SignInNeeded, TryLater
from leeward.model import (
    Body,
    Focus,
    ItemType,
    Key,
    Reach,
    RemoteId,
    Status,
    TaskChange,
    TaskDraft,
    Tier,
    Watched,
)
from leeward.ports import Login, Secret, Upload
from leeward.testing.mirror import Mirror
from tests.contract.test_gitlab import GitLabHarness
from tests.fakes.base import Answer, Asked, Service
from tests.fakes.gitlab import GitLabFake
from tests.fakes.gitlab import make as make_fake
from tests.fakes.serve import Serving

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: GitLabHarness, **login: Any) -> GitLab:
    return GitLab(Login("work", "gitlab", world.service.base, **login), world.http, world.clock)


def pulled(world: GitLabHarness, **login: Any) -> Mirror:
    mirror = Mirror()
    run(mirror.pull(connector(world, **login)))
    return mirror


def test_missing_scopes_are_named() -> None:
    world = GitLabHarness()
    assert run(connector(world).check()).missing_scopes == ()
    world.service.tokens[world.secret] = (world.me, ("read_api",))
    identity = run(connector(world).check())
    assert (identity.scopes, identity.missing_scopes) == (("read_api",), ("api",))
    assert identity.person.handle == "sam"
    world.service.tokens.clear()
    with pytest.raises(SignInNeeded):
        run(connector(world).check())


def test_places_say_who_reads_them() -> None:
    world = GitLabHarness()
    alone = world.service.add_project("sam/diary", [world.me])
    public = world.service.add_project("harbour/docs", [world.me], "public")
    inside = world.service.add_project("harbour/inside", [world.me], "internal")
    world.service.add_project("others/secret", [world.other])
    places = pulled(world)["places"]
    reach = {remote: place.audience.reach for remote, place in places.items()}
    assert reach == {
        str(world.project): Reach.PEOPLE,
        str(alone): Reach.ONLY_ME,
        str(public): Reach.PUBLIC,
        str(inside): Reach.ORGANISATION,
    }
    assert places[RemoteId(str(world.project))].audience.count == 2


def test_named_places_by_path_and_id_and_one_that_is_not_there() -> None:
    world = GitLabHarness()
    other = world.service.add_project("harbour/website", [world.me])
    world.service.add_project("harbour/third", [world.me])
    assert pulled(world, places=("harbour/api", str(other), "no/where"))["places"].keys() == {
        str(world.project),
        str(other),
    }


def test_a_place_that_is_not_there_is_told_before_it_is_saved() -> None:
    world = GitLabHarness()
    assert run(connector(world, places=("harbour/api", str(world.project))).check()).person.me
    with pytest.raises(Problem, match="harbour/apx"):
        run(connector(world, places=("harbour/api", "harbour/apx")).check())


def test_merge_requests_are_threads_without_a_task() -> None:
    world = GitLabHarness()
    row = world.service.add_thing(world.project, world.other, "Change", "Why", "merge_requests")
    note = world.service.add_note((world.project, "merge_requests", row["iid"]), world.other, "A question")
    mirror = pulled(world)
    thread = mirror["threads"][RemoteId(f"{world.project}/merge_requests/1")]
    assert thread.task is None
    assert mirror["messages"][RemoteId(str(note["id"]))].thread == thread.id
    assert mirror["tasks"] == {}


def test_todos_arrive_are_finished_here_and_seen_finished_elsewhere() -> None:
    world = GitLabHarness()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    here = world.service.add_todo(world.me, world._key(thread), "mentioned", world.other)
    there = world.service.add_todo(world.me, world._key(thread), "assigned", world.other)
    mirror = pulled(world)
    todos = mirror["todos"]
    assert {remote: todo.mention for remote, todo in todos.items()} == {str(here["id"]): True, str(there["id"]): False}
    assert todos[RemoteId(str(here["id"]))].target == (ItemType.THREAD, thread)
    place = RemoteId(str(world.project))
    run(connector(world).mark_read(place, thread, None, (RemoteId(str(here["id"])), RemoteId("999999"))))
    assert (here["state"], there["state"]) == ("done", "pending")
    there["state"] = "done"
    run(mirror.pull(connector(world)))
    assert [todo.waits for todo in mirror["todos"].values()] == [False, False]


def test_history_is_bounded_and_the_newest_comes() -> None:
    world = GitLabHarness()
    threads = [world.add_thread(f"Thread {number}") for number in range(10)]
    mirror = pulled(world, history=4)
    assert len(mirror["threads"]) == 10
    assert len(mirror["tasks"]) == 10
    notes = {first for _thread, first in threads} & mirror["messages"].keys()
    assert notes == {threads[-1][1], threads[-2][1]}


def test_an_older_thread_is_read_once_it_is_on_the_screen() -> None:
    world = GitLabHarness()
    threads = [world.add_thread(f"Thread {number}") for number in range(5)]
    mirror = pulled(world, history=2)
    thread, first = threads[0]
    assert thread is not None
    assert first not in mirror["messages"]
    focus = Focus(threads=(Watched(thread, RemoteId(str(world.project)), mirror["threads"][thread].version),))

    async def look() -> None:
        async for batch in connector(world, history=2).pull(mirror.cursor, focus):
            mirror.ingest(batch)

    run(look())
    assert first in mirror["messages"]


def test_one_project_that_fails_hides_no_other_and_loses_no_line() -> None:
    world = GitLabHarness()
    other = world.service.add_project("harbour/website", [world.me])
    _thread, first = world.add_thread("In the broken one")
    row = world.service.add_thing(other, world.other, "In the sound one")

    def fail(service: Service, asked: Asked) -> Answer | None:
        broken = asked.path.endswith(f"/projects/{world.project}/issues/1/discussions")
        return Answer(500) if broken else None

    world.http.read_faults += [fail] * 40
    mirror = Mirror()
    with pytest.raises(TryLater):
        run(mirror.pull(connector(world)))
    assert RemoteId(f"{other}/issues/{row['iid']}") in mirror["tasks"]
    assert first not in mirror["messages"]
    world.mend()
    run(mirror.pull(connector(world)))
    assert first in mirror["messages"]


def test_the_cursor_follows_the_service_not_this_machine() -> None:
    world = GitLabHarness()
    world.add_task("First")
    mirror = pulled(world)
    world.clock.advance(-10 * 365 * 86_400)
    late = world.add_task("Made while the clock here was wrong")
    run(mirror.pull(connector(world)))
    assert late in mirror["tasks"]


def test_what_is_on_the_screen_comes_first() -> None:
    world = GitLabHarness()
    second = RemoteId(str(world.service.add_project("harbour/website", [world.me])))
    world.add_task("In the first")
    world.service.add_thing(int(second), world.other, "In the second")

    async def order() -> list[str]:
        pull = connector(world).pull(None, Focus(places=(second,)))
        return [task.place async for batch in pull for task in batch.tasks]

    assert run(order()) == [second, str(world.project)]


def test_a_watched_thread_that_was_deleted_is_gone_and_one_hidden_is_not() -> None:
    world = GitLabHarness()
    dropped, hidden = world.add_task("Dropped"), world.add_task("Hidden")
    mirror = pulled(world)
    world.hide_task(hidden)
    world.delete_task(dropped)
    run(mirror.pull(connector(world)))
    assert mirror.gone == [(ItemType.THREAD, dropped), (ItemType.TASK, dropped)]
    assert hidden in mirror["tasks"]


def test_a_version_of_somebody_elses_making_is_only_asked_again() -> None:
    world = GitLabHarness()
    thread, first = world.add_thread("Question")
    assert thread is not None
    mirror = pulled(world)
    focus = Focus(threads=(Watched(thread, RemoteId(str(world.project)), "nonsense/§/§"),))

    async def again() -> int:
        return sum([mirror.ingest(batch) async for batch in connector(world).pull(mirror.cursor, focus)])

    assert run(again()) == 0
    assert first in mirror["messages"]


def test_a_tier_is_written_only_where_the_team_has_such_labels() -> None:
    world = GitLabHarness()
    place = RemoteId(str(world.project))
    draft = TaskDraft(place, "Urgent", Body("x"), tier=Tier.RED, assignees=(RemoteId(str(world.me)),))
    first = run(connector(world).create(draft, key=Key("lwtier1")))
    world.service.labels[world.project] = ["Priority::1", "priority::2", "bug"]
    second = run(connector(world).create(draft, key=Key("lwtier2")))
    tasks = pulled(world)["tasks"]
    assert (tasks[first.id].labels, tasks[second.id].labels) == ((), ("Priority::1",))
    assert tasks[second.id].tier is Tier.RED
    assert tasks[second.id].assignees == (str(world.me),)


def test_labels_are_added_and_removed_never_overwritten() -> None:
    world = GitLabHarness()
    task = world.add_task("Labelled")
    row = world.service.things[world._key(task)]
    row["labels"] = ["Doing", "bug", "priority::2"]
    place = RemoteId(str(world.project))
    change = TaskChange(frozenset({"labels", "status", "assignees"}), labels=("ui",), status=Status.DONE)
    run(connector(world).update(place, task, change, key=Key("lwa"), seen=None))
    assert (row["labels"], row["state"], row["assignees"]) == (["priority::2", "ui"], "closed", [])
    again = TaskChange(frozenset({"status", "due"}), status=Status.DOING)
    run(connector(world).update(place, task, again, key=Key("lwb"), seen=row["updated_at"]))
    assert (row["labels"], row["state"], row["due_date"]) == (["Doing", "priority::2", "ui"], "opened", None)


def test_files_go_up_and_come_down() -> None:
    world = GitLabHarness()
    thread, _first = world.add_thread("Question")
    place = RemoteId(str(world.project))
    data = bytes(range(256)) + b"\r\n--x--\r\n"
    upload = Upload('../we"ird\r\nname.bin', data)
    sent = run(connector(world).post(place, thread, Body("See the file"), (upload,), key=Key("lwfile")))
    row = pulled(world)["messages"][sent.id]
    assert row.key == "lwfile"
    assert len(row.files) == 1
    assert run(connector(world).fetch(row.files[0])) == data


def test_a_line_needs_a_thread() -> None:
    world = GitLabHarness()
    with pytest.raises(NotSupported):
        run(connector(world).post(RemoteId("1"), None, Body("x"), key=Key("lwx")))


def test_a_copied_marker_is_not_ours() -> None:
    world = GitLabHarness()
    world.add_task("A forgery", "text\n\n<!-- lwforged -->")
    place = RemoteId(str(world.project))
    found = run(connector(world).find_sent(ItemType.TASK, place, None, Key("lwforged"), world.clock.now()))
    assert found is None


def test_through_the_door_over_the_wire() -> None:
    service = make_fake()

    async def work(base: str) -> tuple[Mirror, str]:
        login = Login("work", "gitlab", base)
        async with Door(TABLE["gitlab"], login, Secret(GitLabFake.token), SystemClock()) as door:
            made = make(login, door, SystemClock())
            mirror = Mirror()
            await mirror.pull(made)
            assert isinstance(made, GitLab)
            place = next(iter(mirror["places"]))
            sent = await made.create(TaskDraft(place, "Over the wire", Body("x", "@all\n/close")), key=Key("lwwire"))
            await mirror.pull(made)
            return mirror, mirror["tasks"][sent.id].status

    with Serving(service) as serving:
        mirror, status = run(work(serving.base))
        assert all(GitLabFake.token not in str(asked.query) for asked in serving.asked)
    assert status is Status.OPEN
    assert service.did == []
    assert service.wrong == []
    assert len(mirror["places"]) == 2
    assert len(mirror["messages"]) > 8


def test_an_address_without_a_gitlab_says_so() -> None:
    world = GitLabHarness()
    world.http.read_faults = [lambda _service, _asked: Answer(404)]
    with pytest.raises(ServiceChanged, match=r"no GitLab at https://gitlab\.example\.org"):
        run(connector(world).check())


def test_a_wrong_token_over_the_wire() -> None:
    async def work(base: str) -> None:
        login = Login("work", "gitlab", base)
        async with Door(TABLE["gitlab"], login, Secret("wrong"), SystemClock()) as door:
            await make(login, door, SystemClock()).check()

    with Serving(make_fake()) as serving, pytest.raises(SignInNeeded, match="401"):
        run(work(serving.base))


def test_a_todo_whose_target_was_deleted_waits_no_more() -> None:
    """GitLab drops such to-dos without a word: they are neither pending nor done."""
    world = GitLabHarness()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    lost = world.service.add_todo(world.me, world._key(thread), "mentioned", world.other)
    kept = world.service.add_todo(world.me, world._key(thread), "assigned", world.other)
    mirror = pulled(world)
    world.service.waiting.remove(lost)
    run(mirror.pull(connector(world)))
    assert mirror["todos"].keys() == {RemoteId(str(kept["id"]))}
    assert (ItemType.TODO, RemoteId(str(lost["id"]))) in mirror.gone


def test_a_list_of_todos_that_is_suddenly_empty_takes_none_away() -> None:
    world = GitLabHarness()
    thread, _first = world.add_thread("Question")
    assert thread is not None
    held = [world.service.add_todo(world.me, world._key(thread), "mentioned", world.other) for _each in range(3)]
    mirror = pulled(world)
    rows, world.service.waiting = world.service.waiting, []
    for _time in range(3):
        run(mirror.pull(connector(world)))
    assert len(mirror["todos"]) == 3
    world.service.waiting = rows
    for each in held:
        each["state"] = "done"
    run(mirror.pull(connector(world)))
    assert [todo.waits for todo in mirror["todos"].values()] == [False] * 3
