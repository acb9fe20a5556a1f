"""Epics as threads with their lines, what is written to them, and epics that are no longer there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import pages as read
from connectors.gitlab.connector import GitLab
from connectors.gitlab.talk import MAX_ASKED
from leeward.errors import NotSupported, Trouble
from leeward.model import Body, Focus, ItemType, Key, RemoteId, Watched
from leeward.ports import Login, Upload
from leeward.testing.harness import Break
from leeward.testing.mirror import Mirror
from tests.contract.test_gitlab import GitLabEpicsHarness
from tests.fakes.base import Answer, Asked, Service

T = TypeVar("T")
DAY = 86_400.0
HOUR = 3601.0


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def connector(world: GitLabEpicsHarness, **login: Any) -> GitLab:
    return GitLab(Login("work", "gitlab", world.service.base, **login), world.http, world.clock)


def pulled(
    world: GitLabEpicsHarness, mirror: Mirror | None = None, focus: Focus | None = None, **login: Any
) -> tuple[Mirror, int]:
    """One pull; nothing is watched unless `focus` says so. Also how many rows changed."""
    mirror = mirror or Mirror()

    async def work() -> int:
        pull = connector(world, **login).pull(mirror.cursor, focus or Focus())
        return sum([mirror.ingest(batch) async for batch in pull])

    changed = run(work())
    return mirror, changed


def asked_since(world: GitLabEpicsHarness, before: int) -> list[str]:
    return [each.path.removeprefix(f"/api/v4/groups/{world.group}/") for each in world.http.asked[before:]]


def say(world: GitLabEpicsHarness, epic: RemoteId, text: str, discussion: str | None = None) -> dict[str, Any]:
    return world.service.add_note(world._key(epic), world.other, text, discussion)


def watching(mirror: Mirror, epic: RemoteId) -> Focus:
    thread = mirror["threads"][epic]
    return Focus(watch=(Watched(epic, thread.place, thread.version),))


# Threads


def test_an_epic_is_a_thread_with_its_lines() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move", "All of it, @sam")
    question = say(world, epic, "When?")
    answer = say(world, epic, "In May, @sam", world.service.find_note(question["id"])[1]["id"])
    system = say(world, epic, "added the label gate")
    system["system"] = True
    world.advance(60)
    world.service.edit_note(question["id"], "When exactly?")
    mirror, _changed = pulled(world)
    thread, lines = mirror["threads"][epic], mirror["messages"]
    assert (thread.title, thread.task, mirror["tasks"][epic].thread) == ("The move", epic, epic)
    assert thread.place == mirror["tasks"][epic].place == f"groups/{world.group}"
    assert thread.people == (str(world.other),)
    assert thread.url == f"{world.service.base}/groups/harbour/-/epics/1"
    first = lines[RemoteId(f"{epic}/description")]
    assert (first.text, first.mentions, first.thread) == ("All of it, @sam", (str(world.me),), epic)
    asked, told, notice = (lines[RemoteId(str(each["id"]))] for each in (question, answer, system))
    assert (asked.text, asked.edited, asked.reply_to) == ("When exactly?", thread.updated, ())
    assert (told.reply_to, told.mentions, told.notice) == ((asked.id,), (str(world.me),), False)
    assert told.url == f"{thread.url}#note_{told.id}"
    assert notice.notice


def test_epics_of_groups_below_belong_to_the_outermost() -> None:
    world = GitLabEpicsHarness()
    world.service.add_project("harbour/deep/api", [world.me])
    made = world.service.add_epic("harbour/deep", world.other, "Below")
    epic = RemoteId(f"groups/{made['group_id']}/epics/{made['iid']}")
    note = say(world, epic, "Here")
    mirror, _changed = pulled(world)
    assert made["group_id"] != world.group
    assert mirror["threads"][epic].place == f"groups/{world.group}"
    assert mirror["messages"][RemoteId(str(note["id"]))].text == "Here"
    sent = run(connector(world).post(RemoteId(f"groups/{world.group}"), epic, Body("Mine"), key=Key("lwbelow")))
    assert world.service.find_note(int(sent.id))[0] == world._key(epic)


def test_a_line_of_a_watched_epic_arrives_while_the_epic_stands_still() -> None:
    world = GitLabEpicsHarness()
    epic, other = world.add_task("Watched"), world.add_task("Not watched")
    mirror, _changed = pulled(world)
    held = mirror["threads"][epic]
    world.advance(DAY)
    pulled(world, mirror)
    stood = world.service.epics[world._number(epic)]["updated_at"]
    note, unseen = say(world, epic, "News"), say(world, other, "Nobody asks")
    assert world.service.epics[world._number(epic)]["updated_at"] == stood
    pulled(world, mirror, watching(mirror, epic))
    assert mirror["messages"][RemoteId(str(note["id"]))].text == "News"
    assert mirror["threads"][epic].updated > held.updated
    assert RemoteId(str(unseen["id"])) not in mirror["messages"]
    shown = Focus(threads=watching(mirror, other).watch)
    pulled(world, mirror, shown)
    assert RemoteId(str(unseen["id"])) in mirror["messages"]


def test_a_watched_epic_with_nothing_new_costs_one_question_and_changes_nothing() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Watched")
    say(world, epic, "Old")
    mirror, _changed = pulled(world)
    number = world.service.epics[world._number(epic)]["id"]
    world.advance(5)
    before = len(world.http.asked)
    assert pulled(world, mirror, watching(mirror, epic))[1] == 0
    asked = [each for each in asked_since(world, before) if each.startswith("epics")]
    assert asked == ["epics", f"epics/{number}/discussions"]
    before = len(world.http.asked)
    assert pulled(world, mirror)[1] == 0
    assert [each for each in asked_since(world, before) if each.startswith("epics")] == ["epics"]


def test_edited_and_deleted_lines_of_an_epic_that_stands_still() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Watched")
    kept, edited, dropped = (say(world, epic, each) for each in ("Kept", "Befor", "Dropped"))
    mirror, _changed = pulled(world)
    world.advance(60)
    world.service.edit_note(edited["id"], "After")
    world.service.drop_note(dropped["id"])
    pulled(world, mirror, watching(mirror, epic))
    assert mirror.gone == [(ItemType.MESSAGE, str(dropped["id"]))]
    assert mirror["messages"][RemoteId(str(edited["id"]))].text == "After"
    assert RemoteId(str(kept["id"])) in mirror["messages"]
    assert pulled(world, mirror, watching(mirror, epic))[1] == 0


def test_an_epic_that_moved_is_read_anew_and_only_once() -> None:
    world = GitLabEpicsHarness()
    world.service.epics_move = True
    moved, _still = world.add_task("Moves"), world.add_task("Stands")
    mirror, _changed = pulled(world)
    world.advance(DAY)
    note = say(world, moved, "News")
    before = len(world.http.asked)
    pulled(world, mirror)
    number = world.service.epics[world._number(moved)]["id"]
    assert [each for each in asked_since(world, before) if "discussions" in each] == [f"epics/{number}/discussions"]
    assert RemoteId(str(note["id"])) in mirror["messages"]
    for wait in (1, HOUR):
        world.advance(wait)
        before = len(world.http.asked)
        assert pulled(world, mirror)[1] == 0
        assert not any("discussions" in each for each in asked_since(world, before))


def test_beyond_the_history_only_the_description_is_read_until_somebody_watches() -> None:
    world = GitLabEpicsHarness()
    old, new = world.add_task("Old", "Why"), world.add_task("New")
    line = say(world, old, "Far back")
    say(world, new, "Just now")
    mirror, _changed = pulled(world, history=1)
    assert RemoteId(f"{old}/description") in mirror["messages"]
    assert RemoteId(str(line["id"])) not in mirror["messages"]
    assert len(mirror["messages"]) == 3
    before = len(world.http.asked)
    pulled(world, mirror, watching(mirror, old), history=1)
    assert RemoteId(str(line["id"])) in mirror["messages"]
    number = world.service.epics[world._number(old)]["id"]
    asked = [each for each in asked_since(world, before) if each.startswith("epics")]
    assert asked == ["epics", "epics/1", f"epics/{number}/discussions"]


def test_an_old_epic_that_comes_to_be_seen_is_read_with_its_lines() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Seen late")
    line = RemoteId(str(say(world, epic, "Here")["id"]))
    world.hide_task(epic)
    world.advance(DAY)
    world.add_task("Newer")
    mirror, _changed = pulled(world)
    assert epic not in mirror["tasks"]
    world.service.hidden_epics.clear()
    world.advance(HOUR)
    pulled(world, mirror)
    assert line in mirror["messages"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_epics_whose_lines_are_not_shown_stay_with_their_description(status: int) -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move", "All of it")
    line = RemoteId(str(say(world, epic, "Read before")["id"]))
    held, _changed = pulled(world)
    world.service.silent_epics = status
    mirror, _changed = pulled(world)
    assert epic in mirror["tasks"]
    assert set(mirror["messages"]) == {RemoteId(f"{epic}/description")}
    world.change_task(epic, "Renamed")
    for each in (mirror, held):
        for wait in (1, HOUR):
            world.advance(wait)
            pulled(world, each, watching(each, epic))
        assert each.gone == []
        assert each["tasks"][epic].title == "Renamed"
    assert line in held["messages"]
    world.service.silent_epics = None
    pulled(world, mirror, watching(mirror, epic))
    assert line in mirror["messages"]


@pytest.mark.parametrize("version", [None, "nonsense", "a/b/c", "a/9999999/1", "2026/12:x/!"])
def test_a_version_of_somebody_elses_making_is_only_read_again(version: str | None) -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move")
    line = RemoteId(str(say(world, epic, "Here")["id"]))
    mirror, _changed = pulled(world)
    focus = Focus(watch=(Watched(epic, RemoteId(f"groups/{world.group}"), version),))
    assert pulled(world, mirror, focus)[1] == 0
    assert line in mirror["messages"]
    assert mirror["threads"].keys() == {epic}


def test_a_version_names_where_the_lines_are() -> None:
    assert read.held_path(RemoteId("groups/5/epics/3"), "2026/104:ab/1.2") == "groups/5/epics/104"
    assert read.held_path(RemoteId("groups/5/epics/3"), "2026/../104") is None
    assert read.held_path(RemoteId("groups/5/epics/3"), None) is None


def test_a_group_without_a_licence_costs_nothing_more() -> None:
    world = GitLabEpicsHarness()
    world.service.licensed = False
    mirror, _changed = pulled(world)
    asked = [each.path for each in world.http.asked if "/groups/" in each.path]
    assert asked == ["/api/v4/groups/harbour", f"/api/v4/groups/{world.group}/epics"]
    before = len(world.http.asked)
    pulled(world, mirror)
    assert not any("groups" in each.path for each in world.http.asked[before:])


def test_a_file_in_an_epic_is_fetched_from_its_group() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move", f"[plan](/uploads/{'a' * 32}/plan.pdf)")
    world.service.files["a" * 32, "plan.pdf"] = b"the plan"
    (file,) = pulled(world)[0]["messages"][RemoteId(f"{epic}/description")].files
    assert run(connector(world).fetch(file)) == b"the plan"


# Writing


def test_lines_are_written_answered_changed_and_taken_back() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move")
    question = RemoteId(str(say(world, epic, "When?")["id"]))
    here, place = connector(world), world.place(ItemType.MESSAGE)
    plain = run(here.post(place, epic, Body("A thought", "@all\n/close"), key=Key("lwplain")))
    answer = run(here.post(place, epic, Body("In May"), key=Key("lwanswer"), reply_to=question))
    run(here.post(place, epic, Body("To the epic"), key=Key("lwfirst"), reply_to=RemoteId(f"{epic}/description")))
    lines = pulled(world)[0]["messages"]
    assert (lines[plain.id].key, lines[plain.id].reply_to) == ("lwplain", ())
    assert (lines[answer.id].text, lines[answer.id].key, lines[answer.id].reply_to) == (
        "In May", "lwanswer", (question,),
    )  # fmt: skip
    assert world.service.did == []
    run(here.edit(place, epic, answer.id, Body("In June"), key=Key("lwanswer")))
    assert pulled(world)[0]["messages"][answer.id].text == "In June"
    for _twice in range(2):
        run(here.edit(place, epic, answer.id, None, key=Key("lwanswer")))
    assert answer.id not in pulled(world)[0]["messages"]


@pytest.mark.parametrize("reply", [False, True])
def test_a_line_whose_answer_was_lost_is_found_and_said_once(reply: bool) -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move")
    to = RemoteId(str(say(world, epic, "When?")["id"])) if reply else None
    for number in range(150):
        say(world, epic, f"Line {number}")
    since, place = world.clock.now(), world.place(ItemType.MESSAGE)
    world.break_next(Break("lost"), "write")
    with pytest.raises(Trouble) as caught:
        run(connector(world).post(place, epic, Body("Once"), key=Key("lwonce"), reply_to=to))
    assert caught.value.taken
    found = run(connector(world).find_sent(ItemType.MESSAGE, place, epic, Key("lwonce"), since))
    assert found is not None
    said = [remote for remote, held in world.lines().items() if held.text.startswith("Once")]
    assert said == [found.id]
    assert run(connector(world).find_sent(ItemType.MESSAGE, place, epic, Key("lwother"), since)) is None


def test_a_description_is_replaced_and_not_taken_back() -> None:
    world = GitLabEpicsHarness()
    here, place = connector(world), world.place(ItemType.MESSAGE)
    epic = world.add_task("The move", "Befor")
    world.service.epics[world._number(epic)]["author"] = dict(world.service.users[world.me])
    first = RemoteId(f"{epic}/description")
    run(here.edit(place, epic, first, Body("After"), key=Key("lwfirst")))
    row = pulled(world)[0]["messages"][first]
    assert (row.text, row.key) == ("After", "lwfirst")
    with pytest.raises(NotSupported, match="epic"):
        run(here.edit(place, epic, first, None, key=Key("lwfirst")))


def test_files_are_refused_before_anything_is_said() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The move")
    here, place, files = connector(world), world.place(ItemType.MESSAGE), (Upload("a.txt", b"x"),)
    with pytest.raises(NotSupported, match="files"):
        run(here.post(place, epic, Body("See"), files, key=Key("lwfile")))
    assert world.service.threads[world._key(epic)] == []


# Epics that are no longer there


def test_a_deleted_epic_is_gone_after_an_hour_and_a_hidden_or_forbidden_one_is_not() -> None:
    world = GitLabEpicsHarness()
    kept, dropped, hidden, refused = (world.add_task(each) for each in ("Kept", "Dropped", "Hidden", "Refused"))
    mirror, _changed = pulled(world)
    late = world.add_task("Made and dropped within the hour")
    pulled(world, mirror)
    assert late in mirror["tasks"]

    def forbid(service: Service, asked: Asked) -> Answer | None:
        return Answer(403) if asked.path.endswith(f"/{refused}") else None

    world.http.read_faults.extend([forbid] * 200)
    for each in (dropped, late):
        world.service.drop_epic(*world._number(each))
    for each in (hidden, refused):
        world.hide_task(each)
    before = len(world.http.asked)
    pulled(world, mirror)
    assert mirror.gone == []
    assert [each for each in asked_since(world, before) if each.startswith("epics")] == ["epics"]
    for _round in range(3):
        world.advance(HOUR)
        pulled(world, mirror)
    assert sorted(mirror.gone) == sorted(
        (what, each) for each in (dropped, late) for what in (ItemType.THREAD, ItemType.TASK)
    )
    assert mirror["tasks"].keys() == mirror["threads"].keys() == {kept, hidden, refused}


def test_a_deleted_epic_that_is_watched_is_gone_at_once_and_said_once() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Dropped")
    for wait in (1, HOUR):
        mirror, _changed = pulled(world)
        world.service.drop_epic(*world._number(epic))
        world.advance(wait)
        pulled(world, mirror, watching(mirror, epic))
        assert sorted(mirror.gone) == [(ItemType.TASK, epic), (ItemType.THREAD, epic)]
        epic = world.add_task("Dropped later")


def test_the_last_epic_of_a_group_can_go() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("The only one")
    mirror, _changed = pulled(world)
    world.service.drop_epic(*world._number(epic))
    world.advance(HOUR)
    pulled(world, mirror)
    assert mirror["tasks"] == {}


def test_a_licence_that_ends_takes_nothing_away() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Still there")
    mirror, _changed = pulled(world)
    for hides in (False, True):
        world.service.licensed, world.service.hides_epics = False, hides
        world.advance(HOUR)
        pulled(world, mirror, watching(mirror, epic))
    assert mirror.gone == []
    world.service.licensed = True
    world.change_task(epic, "Renamed")
    world.advance(HOUR)
    pulled(world, mirror)
    assert mirror["tasks"][epic].title == "Renamed"


def test_many_missing_epics_are_asked_about_a_few_at_a_time() -> None:
    world = GitLabEpicsHarness()
    epics = [world.add_task(f"Epic {number}") for number in range(2 * MAX_ASKED + 5)]
    mirror, _changed = pulled(world)
    for each in epics[:-1]:
        world.service.drop_epic(*world._number(each))
    left = len(epics)
    for _round in range(3):
        world.advance(HOUR)
        before = len(world.http.asked)
        pulled(world, mirror)
        asked = [each for each in asked_since(world, before) if each.startswith("epics/")]
        assert len(asked) <= MAX_ASKED
        assert len(mirror["tasks"]) == left - len(asked)
        left = len(mirror["tasks"])
    assert mirror["tasks"].keys() == {epics[-1]}


def test_epics_that_lag_in_the_listing_do_not_keep_others_from_being_asked_about() -> None:
    world = GitLabEpicsHarness()
    epics = sorted(world.add_task(f"Epic {number}") for number in range(3 * MAX_ASKED))
    mirror, _changed = pulled(world)
    for each in epics[:-1]:
        world.hide_task(each)
    for each in (epics[0], epics[-1]):
        world.service.drop_epic(*world._number(each))
    for _round in range(3):
        world.advance(HOUR)
        pulled(world, mirror)
    assert set(epics) - mirror["tasks"].keys() == {epics[0], epics[-1]}


def test_a_listing_that_ends_early_takes_nothing_away() -> None:
    world = GitLabEpicsHarness()
    for number in range(120):
        world.add_task(f"Epic {number}")
    mirror, _changed = pulled(world)
    world.service.drop_epic(world.group, 1)
    world.advance(HOUR)
    world.service.looping = True
    pulled(world, mirror)
    assert mirror.gone == []
    world.service.looping = False
    pulled(world, mirror)
    assert {each for _what, each in mirror.gone} == {f"groups/{world.group}/epics/1"}


def test_a_cursor_that_knows_no_listing_reads_the_lines_of_every_epic() -> None:
    world = GitLabEpicsHarness()
    epic = world.add_task("Known as a task only")
    line = RemoteId(str(say(world, epic, "Here")["id"]))
    mirror, _changed = pulled(world)
    where = at.load(mirror.cursor)
    where.sides.clear()
    for mark in where.marks.values():
        mark.near.clear()
    again = Mirror()
    again.cursor = where.dump()
    world.advance(DAY)
    pulled(world, again)
    assert line in again["messages"]
