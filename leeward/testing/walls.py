"""WALL: ideas are made once, moved, tagged and grouped; every verb but the making may be repeated."""

from __future__ import annotations

from typing import cast

import pytest

from leeward.errors import Trouble
from leeward.model import ItemType, Key, RemoteId, Sent
from leeward.ports import Can
from leeward.ports_extra import Idea, KeepsWall, Wall
from leeward.testing.abilities import finds, needs, run
from leeward.testing.harness import Break, Harness, How


def _keeps(harness: Harness) -> KeepsWall:
    needs(harness, Can.WALL)
    return cast(KeepsWall, harness.connector())


def _place(harness: Harness) -> RemoteId:
    return harness.place(ItemType.NOTE)


def _wall(harness: Harness) -> Wall:
    return run(_keeps(harness).wall(_place(harness)))


def _ideas(harness: Harness) -> dict[RemoteId, Idea]:
    return {each.id: each for each in _wall(harness).ideas}


def _add(harness: Harness, text: str, key: str, cluster: RemoteId | None = None) -> Sent:
    work = _keeps(harness).add_idea(_place(harness), text, key=Key(key), x=120.0, y=140.0, cluster=cluster)
    return run(work)


class Walls:
    """Mixed into `Contract`."""

    def test_an_idea_is_on_the_wall_with_its_words_and_its_key(self, harness: Harness) -> None:
        """The key is not among the words, and finds it."""
        since = harness.clock.now()
        sent = _add(harness, "A bell at the gate\nthat rings once", "lwidea1")
        idea = _ideas(harness)[sent.id]
        assert (idea.text, idea.key) == ("A bell at the gate\nthat rings once", "lwidea1")
        assert idea.author == run(harness.connector().check()).person.id
        assert (idea.x, idea.y, idea.cluster, idea.tags) == (120.0, 140.0, None, ())
        needs(harness, Can.FIND_SENT)
        place = _place(harness)
        found = run(finds(harness).find_sent(ItemType.NOTE, place, None, Key("lwidea1"), since))
        assert found is not None
        assert found.id == sent.id
        assert run(finds(harness).find_sent(ItemType.NOTE, place, None, Key("lwidea2"), since)) is None

    @pytest.mark.parametrize("how", ["lost", "cut", "empty"])
    def test_an_idea_whose_answer_is_lost_is_there_once_and_found(self, harness: Harness, how: How) -> None:
        """As with tasks: unsure, then found, never made again."""
        needs(harness, Can.WALL, Can.FIND_SENT)
        since = harness.clock.now()
        harness.break_next(Break(how), "write")
        with pytest.raises(Trouble) as caught:
            _add(harness, "Once", "lwonce")
        assert caught.value.taken
        found = run(finds(harness).find_sent(ItemType.NOTE, _place(harness), None, Key("lwonce"), since))
        assert [each.id for each in _wall(harness).ideas] == [found.id if found else None]

    def test_the_wall_is_whole_over_many_pages_and_says_when_it_is_not(self, harness: Harness) -> None:
        """Others' ideas too; a listing that loops ends and is not called complete."""
        needs(harness, Can.WALL)
        made = {harness.add_idea(f"Idea {number}") for number in range(120)}
        wall = _wall(harness)
        assert {each.id for each in wall.ideas} == made
        assert wall.complete
        if harness.loop_pages():
            assert not _wall(harness).complete

    def test_an_idea_moves_into_a_cluster_and_out_again(self, harness: Harness) -> None:
        """Its words stay."""
        needs(harness, Can.WALL)
        idea = harness.add_idea("Move me")
        other = harness.add_idea("Leave me")
        cluster = run(_keeps(harness).group_ideas(_place(harness), "Here", ()))
        before = _ideas(harness)[other]
        run(_keeps(harness).move_idea(idea, x=130.0, y=150.0, cluster=cluster))
        inside = _ideas(harness)[idea]
        assert (inside.text, inside.x, inside.y, inside.cluster) == ("Move me", 130.0, 150.0, cluster)
        run(_keeps(harness).move_idea(idea, x=-500.0, y=-20.0))
        assert (_ideas(harness)[idea].x, _ideas(harness)[idea].cluster) == (-500.0, None)
        assert _ideas(harness)[other] == before

    def test_a_tag_goes_on_and_off_also_twice(self, harness: Harness) -> None:
        """No second tag that differs by case alone."""
        needs(harness, Can.WALL)
        one, other = harness.add_idea("One"), harness.add_idea("Other")
        for idea, tag, on in ((one, "Gate", True), (one, "Gate", True), (other, "gate", True)):
            run(_keeps(harness).tag_idea(idea, tag, on=on))
        assert [_ideas(harness)[each].tags for each in (one, other)] == [("Gate",), ("Gate",)]
        for _twice in range(2):
            run(_keeps(harness).tag_idea(one, "GATE", on=False))
        assert [_ideas(harness)[each].tags for each in (one, other)] == [(), ("Gate",)]

    def test_ideas_are_grouped_by_cluster_and_tag_and_again_changes_nothing(self, harness: Harness) -> None:
        """One cluster of a title, every idea at its own spot in it, and others left alone."""
        needs(harness, Can.WALL)
        ideas = tuple(harness.add_idea(f"Idea {number}") for number in range(9))
        apart = harness.add_idea("Apart")
        place = _place(harness)
        cluster = run(_keeps(harness).group_ideas(place, "The gate", ideas[:3]))
        assert run(_keeps(harness).group_ideas(place, "The gate", ideas[:3])) == cluster
        assert run(_keeps(harness).group_ideas(place, "The gate", ideas)) == cluster
        wall = _wall(harness)
        assert [each.title for each in wall.clusters] == ["The gate"]
        inside = [each for each in wall.ideas if each.cluster == cluster]
        assert {each.id for each in inside} == set(ideas)
        assert len({(each.x, each.y) for each in inside}) == len(ideas)
        assert {each.tags for each in inside} == {("The gate",)}
        (alone,) = [each for each in wall.ideas if each.id == apart]
        assert (alone.cluster, alone.tags) == (None, ())

    def test_grouping_that_broke_off_is_finished_by_repeating_it(self, harness: Harness) -> None:
        """Whatever write was lost, there is one cluster in the end."""
        needs(harness, Can.WALL)
        ideas = tuple(harness.add_idea(f"Idea {number}") for number in range(3))
        for _broken in range(4):
            harness.break_next(Break("lost"), "write")
            with pytest.raises(Trouble):
                run(_keeps(harness).group_ideas(_place(harness), "The gate", ideas))
            harness.mend()
        cluster = run(_keeps(harness).group_ideas(_place(harness), "The gate", ideas))
        wall = _wall(harness)
        assert [each.id for each in wall.clusters] == [cluster]
        assert {each.cluster for each in wall.ideas} == {cluster}
