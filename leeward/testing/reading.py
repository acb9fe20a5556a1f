"""Pulling: whole and incremental agree, nothing is lost or doubled, and absence is not deletion."""

from __future__ import annotations

from leeward.model import ItemType
from leeward.ports import Can
from leeward.testing.abilities import needs, pulled, run, seed_some
from leeward.testing.harness import Harness
from leeward.testing.mirror import Mirror

MANY = 500
DAY_S = 86_400.0

HOSTILE = (
    "Ελληνικά, 日本語, עברית\u200f, emoji 👩\u200d👩\u200d👧 and e\u0301",
    "tabs\tand \\ back\\slashes, `code`, <b>tags</b> &amp; entities; commas, semi;colons",
    "quotes \" ' and a line\nbreak\n\n\nand three",
    "[link](javascript:alert(1)) ${HOME} $(id) %s %n {0} \\n \\u202e",
    "x" * 5000,
)
"""Texts a service can hold; each must come through as it is."""


def _pull(mirror: Mirror, harness: Harness) -> int:
    """By a fresh connector, as after a restart."""
    return run(mirror.pull(harness.connector()))


class Reading:
    """Mixed into `Contract`."""

    def test_a_whole_pull_and_many_small_ones_agree(self, harness: Harness) -> None:
        """What arrived step by step is what a fresh account would see."""
        mirror = Mirror()
        for _step in range(3):
            seed_some(harness, 2)
            harness.advance(DAY_S)
            _pull(mirror, harness)
        whole = pulled(harness)
        for name in ("places", "threads", "messages", "tasks", "notes", "todos"):
            assert mirror[name] == whole[name], name
        assert any(whole[name] for name in ("messages", "tasks", "notes"))

    def test_repeats_cost_nothing(self, harness: Harness) -> None:
        """A pull with nothing new changes no row and asks little."""
        seed_some(harness)
        harness.advance(DAY_S)
        mirror = pulled(harness)
        _pull(mirror, harness)
        before = len(harness.urls())
        assert _pull(mirror, harness) == 0
        assert len(harness.urls()) - before <= harness.idle_requests

    def test_paging_loses_nothing_and_doubles_nothing(self, harness: Harness) -> None:
        """500 items over however many pages."""
        if Can.TASKS in harness.manifest.can:
            made = {harness.add_task(f"Task {number}") for number in range(MANY)}
            assert made <= pulled(harness)["tasks"].keys()
            assert len(pulled(harness)["tasks"]) == len(harness.tasks())
        else:
            needs(harness, Can.THREADS)
            thread, _first = harness.add_thread("The long one")
            made = {harness.add_line(f"Line {number}", thread) for number in range(MANY)}
            mirror = pulled(harness)
            assert made <= mirror["messages"].keys()
            assert len(mirror["messages"]) == len(harness.lines())

    def test_a_page_that_names_itself_as_the_next_ends(self, harness: Harness) -> None:
        """A loop at the service neither hangs us nor makes a listing count as whole."""
        if Can.TASKS in harness.manifest.can:
            for number in range(250):
                harness.add_task(f"Task {number}")
        else:
            seed_some(harness)
        if not harness.loop_pages():
            return
        mirror = Mirror()
        _pull(mirror, harness)
        assert len(harness.urls()) < MANY
        assert not any(what is ItemType.TASK for _place, what in mirror.complete)

    def test_a_reply_in_an_old_thread_arrives(self, harness: Harness) -> None:
        """The commonest thing other programs lose."""
        needs(harness, Can.THREADS)
        thread, first = harness.add_thread("An old question")
        harness.advance(30 * DAY_S)
        seed_some(harness)
        mirror = pulled(harness)
        harness.advance(DAY_S)
        seed_some(harness)
        _pull(mirror, harness)
        line = harness.add_line("A late answer", thread, first)
        harness.advance(1)
        _pull(mirror, harness)
        assert mirror["messages"][line].text == "A late answer"
        assert mirror["messages"][line].thread == thread
        assert first in mirror["messages"][line].reply_to

    def test_an_edited_line_arrives_and_keeps_its_id(self, harness: Harness) -> None:
        """With its new text and as one line."""
        needs(harness, Can.THREADS)
        thread, _first = harness.add_thread("Question")
        line = harness.add_line("Befor", thread)
        mirror = pulled(harness)
        count = len(mirror["messages"])
        harness.advance(DAY_S)
        harness.edit_line(line, "After")
        _pull(mirror, harness)
        assert mirror["messages"][line].text == "After"
        assert mirror["messages"][line].edited is not None
        assert len(mirror["messages"]) == count

    def test_a_deleted_line_is_gone_and_no_other(self, harness: Harness) -> None:
        """Only what the service itself calls deleted, and only once it does."""
        needs(harness, Can.THREADS)
        thread, first = harness.add_thread("Question")
        lines = [harness.add_line(f"Line {number}", thread) for number in range(5)]
        mirror = pulled(harness)
        harness.advance(DAY_S)
        harness.delete_line(lines[2])
        _pull(mirror, harness)
        assert lines[2] not in mirror["messages"]
        assert {first, *lines} - {lines[2]} <= mirror["messages"].keys()
        assert [each for each in mirror.gone if each[0] is ItemType.MESSAGE] == [(ItemType.MESSAGE, lines[2])]

    def test_a_renamed_task_arrives_and_a_deleted_one_is_gone(self, harness: Harness) -> None:
        """Where the service tells of deletions at all."""
        needs(harness, Can.TASKS)
        kept, dropped = harness.add_task("Befor"), harness.add_task("Dropped")
        mirror = pulled(harness)
        harness.advance(DAY_S)
        harness.change_task(kept, "After")
        told = harness.delete_task(dropped)
        _pull(mirror, harness)
        assert mirror["tasks"][kept].title == "After"
        assert (dropped not in mirror["tasks"]) == told

    def test_a_changed_note_arrives(self, harness: Harness) -> None:
        """With its new text, under its old id."""
        needs(harness, Can.NOTES)
        note = harness.add_note("Minutes", "Befor")
        mirror = pulled(harness)
        harness.advance(DAY_S)
        harness.change_note(note, "After")
        _pull(mirror, harness)
        assert mirror["notes"][note].text == "After"

    def test_missing_from_a_listing_is_not_gone(self, harness: Harness) -> None:
        """A lagging index must not close or remove anything."""
        needs(harness, Can.TASKS)
        task = harness.add_task("Still there")
        mirror = pulled(harness)
        harness.hide_task(task)
        harness.advance(DAY_S)
        harness.add_task("Something newer")
        _pull(mirror, harness)
        _pull(mirror, harness)
        assert task in mirror["tasks"]
        assert mirror.gone == []

    def test_hostile_texts_come_through_unharmed(self, harness: Harness) -> None:
        """The raw text is kept; cleaning for display is not a kind's business."""
        can = harness.manifest.can
        for text in HOSTILE:
            if Can.THREADS in can:
                thread, _first = harness.add_thread("Question")
                line = harness.add_line(text, thread)
                assert pulled(harness)["messages"][line].text == text
            if Can.TASKS in can:
                task = harness.add_task("Task", text)
                assert pulled(harness)["tasks"][task].text == text
