"""Listings that move, lead away or break off while they are walked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from connectors.gitlab.connector import GitLab
from leeward.errors import ServiceChanged
from leeward.model import ItemType, Key, Reach, RemoteId
from leeward.ports import Login
from leeward.testing.mirror import Mirror
from tests.contract.test_gitlab import GitLabHarness
from tests.fakes.base import Answer, Asked, Service

T = TypeVar("T")
KEY = Key("lwlisted")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: GitLabHarness) -> GitLab:
    return GitLab(Login("work", "gitlab", world.service.base, history=20), world.http, world.clock)


def many(world: GitLabHarness, number: int) -> set[RemoteId]:
    return {world.add_task(f"Issue {each}") for each in range(number)}


def after_each_page(world: GitLabHarness, act: Any) -> None:
    """`act` happens at the service between a page of issues and the next."""
    pages = 0

    def meanwhile(_service: Service, asked: Asked) -> Answer | None:
        nonlocal pages
        if asked.path.endswith("/issues"):
            pages += 1
            if pages > 1:
                act(pages)
        return None

    world.http.read_faults += [meanwhile] * 2000


def test_what_others_change_while_a_listing_is_walked_pushes_nothing_out_of_it() -> None:
    world = GitLabHarness()
    made = many(world, 350)
    after_each_page(world, lambda page: world.change_task(RemoteId(f"{world.project}/issues/{page}"), "Moved"))
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert mirror["tasks"].keys() == made
    assert mirror.complete == {(RemoteId(str(world.project)), ItemType.TASK)}


def test_what_is_deleted_while_a_listing_is_walked_pushes_nothing_out_of_it() -> None:
    world = GitLabHarness()
    made = many(world, 350)
    after_each_page(world, lambda page: world.delete_task(RemoteId(f"{world.project}/issues/{page}")))
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert mirror["tasks"].keys() == made


def test_more_of_one_stamp_than_a_page_holds_come_all() -> None:
    world = GitLabHarness()
    made = many(world, 250)
    for row in world.service.things.values():
        row["updated_at"] = "2026-11-02T08:00:00.000Z"
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert mirror["tasks"].keys() == made


@pytest.mark.parametrize("ordered", [True, False])
def test_a_server_that_heeds_no_stamp_is_walked_by_its_pages(ordered: bool) -> None:
    world = GitLabHarness()
    made = many(world, 350)

    def stubborn(service: Service, asked: Asked) -> Answer | None:
        if not asked.path.endswith("/issues"):
            return None
        dropped = {"updated_after", *(() if ordered else ("sort",))}
        query = tuple(pair for pair in asked.query if pair[0] not in dropped)
        return service.answer(Asked(asked.method, asked.path, query, asked.headers, asked.body))

    world.http.read_faults += [stubborn] * 2000
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert mirror["tasks"].keys() == made


def test_a_list_that_goes_on_at_another_origin_is_told_and_nothing_is_asked_there() -> None:
    world = GitLabHarness()
    many(world, 150)

    def astray(service: Service, asked: Asked) -> Answer | None:
        answer = service.answer(asked)
        link = answer.headers.get("link", "")
        moved = re.sub(r"<https://[^/]+", "<https://gitlab.example.net", link)
        return Answer(answer.status, answer.body, {**answer.headers, **({"link": moved} if link else {})})

    world.http.read_faults += [astray] * 2000
    mirror = Mirror()
    with pytest.raises(ServiceChanged, match=r"https://gitlab\.example\.net"):
        run(mirror.pull(connector(world)))
    assert len(mirror["tasks"]) == 100
    assert len(mirror["messages"]) == 100
    assert mirror.complete == set()


def test_members_that_break_off_are_not_taken_for_all_who_read() -> None:
    world = GitLabHarness()
    for number in range(120):
        world.service.members[world.project].append(world.service.add_user(f"Somebody {number}", f"s{number}"))

    def loop(service: Service, asked: Asked) -> Answer | None:
        answer = service.answer(asked)
        again = {"link": f'<{world.service.base}{asked.path}?page=1>; rel="next"'} if "/members/" in asked.path else {}
        return Answer(answer.status, answer.body, {**answer.headers, **again})

    world.http.read_faults += [loop] * 2000
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert [place.audience.reach for place in mirror["places"].values()] == [Reach.UNKNOWN]


def breaking(world: GitLabHarness) -> None:
    def fault(service: Service, asked: Asked) -> Answer | None:
        answer = service.answer(asked)
        away = {"link": f'<https://elsewhere.example{asked.path}?page=2>; rel="next"'}
        return Answer(answer.status, answer.body, {**answer.headers, **away}) if _is_list(answer) else None

    world.http.read_faults += [fault] * 2000


def wrapped(world: GitLabHarness) -> None:
    def fault(service: Service, asked: Asked) -> Answer | None:
        answer = service.answer(asked)
        return Answer(200, json.dumps({"items": []}).encode(), answer.headers) if _is_list(answer) else None

    world.http.read_faults += [fault] * 2000


def _is_list(answer: Answer) -> bool:
    return answer.body.lstrip().startswith(b"[")


@pytest.mark.parametrize("break_it", [breaking, wrapped])
@pytest.mark.parametrize("what", [ItemType.TASK, ItemType.MESSAGE])
def test_a_search_that_breaks_off_never_says_that_nothing_was_sent(what: ItemType, break_it: Any) -> None:
    world = GitLabHarness()
    thread, _first = world.add_thread("Where it would be")
    place = RemoteId(str(world.project))
    assert run(connector(world).find_sent(what, place, thread, KEY, world.clock.now())) is None
    break_it(world)
    with pytest.raises(ServiceChanged):
        run(connector(world).find_sent(what, place, thread, KEY, world.clock.now()))


@pytest.mark.parametrize("said", [b"{}", b"null", b'{"message": "maintenance"}'])
def test_an_answer_that_is_no_list_is_not_an_empty_list(said: bytes) -> None:
    world = GitLabHarness()
    made = many(world, 2)
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    mirror.cursor, mirror.complete = None, set()

    def foreign(_service: Service, asked: Asked) -> Answer | None:
        return Answer(200, said) if asked.path.endswith(("/issues", "/todos")) else None

    world.http.read_faults += [foreign] * 2000
    with pytest.raises(ServiceChanged):
        run(mirror.pull(connector(world)))
    assert mirror.complete == set()
    assert mirror["tasks"].keys() == made


def test_a_listing_with_a_row_that_cannot_be_read_is_not_whole() -> None:
    world = GitLabHarness()
    many(world, 2)
    world.service.things[world.project, "issues", 1]["created_at"] = "some day"
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert len(mirror["tasks"]) == 1
    assert mirror.complete == set()


def test_a_position_from_the_future_hides_nothing() -> None:
    """The server's clock was ahead for a while, and with it the position that was taken then."""
    world = GitLabHarness()
    made = many(world, 2)
    mirror = Mirror()
    run(mirror.pull(connector(world)))
    assert mirror.cursor is not None
    held = json.loads(mirror.cursor)
    held["marks"] = {name: [at + 864_000_000, near] for name, (at, near) in held["marks"].items()}
    mirror.cursor = json.dumps(held)
    made.add(world.add_task("Made since"))
    run(mirror.pull(connector(world)))
    assert mirror["tasks"].keys() == made
    asked = len(world.urls())
    run(mirror.pull(connector(world)))
    later = [url for url in world.urls()[asked:] if url.partition("?")[0].endswith("/issues")]
    assert later
    assert all("updated_after" in url for url in later if "iids" not in url)
