"""Writing: the key travels, what was sent is found, a stale version is a conflict, and quotes never act."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest

from leeward.errors import Conflict
from leeward.model import Body, ItemType, Key, NoteDraft, Status, TaskChange, TaskDraft
from leeward.ports import Can, Edits, MarksRead
from leeward.testing.abilities import create, finds, needs, notes, posts, pulled, run, tasks
from leeward.testing.harness import Harness
from leeward.testing.reading import DAY_S, HOSTILE

ACTS = """> /close
/close
\u200b/assign @ana
  /label ~urgent
> > /due tomorrow
```
/close
```
~~~
/todo
~~~
@all @channel @here @everyone @room <!channel> <@U024BE7LH> @ana please, see #1 !2 &3 %4 ~bug $5
https://example.org/@all/#1 [title](@all) `@all` **@all** _@ana_ \\@all \\/close
</blockquote></code></pre>
/close
-->
/reopen
<!-- /close -->
<script>alert(1)</script><a href="javascript:alert(1)">x</a>
BEGIN:VALARM
END:VTODO
"""
"""Other people's text that would act somewhere if it were sent as it stands."""


def decoy(harness: Harness, number: int = 130) -> None:
    """More than a page of tasks that a search for `lwkeylate` by substring finds as well."""
    for each in range(number):
        harness.add_task(f"Decoy {each}", "about lwkeylat and lwkeylatefew")


class Writing:
    """Mixed into `Contract`."""

    def test_a_created_task_carries_the_key_and_comes_back_by_a_pull(self, harness: Harness) -> None:
        """The row the pull yields is the one `Sent` named."""
        needs(harness, Can.TASKS, Can.TASK_WRITE)
        sent = create(harness, "Write the minutes", Body("Before Friday."), "lwkeyone")
        row = pulled(harness)["tasks"][sent.id]
        assert (row.title, row.key) == ("Write the minutes", "lwkeyone")
        assert "Before Friday." in row.text
        assert "lwkeyone" not in row.text
        assert sent.version == row.version

    def test_every_field_of_a_draft_arrives(self, harness: Harness) -> None:
        """Due as a date, and the status open."""
        needs(harness, Can.TASKS, Can.TASK_WRITE)
        draft = TaskDraft(harness.place(ItemType.TASK), "Fields", Body("x"), due=date(2026, 11, 24))
        sent = run(tasks(harness).create(draft, key=Key("lwkeytwo")))
        row = pulled(harness)["tasks"][sent.id]
        assert row.due == date(2026, 11, 24)
        assert row.status is Status.OPEN

    def test_a_task_is_found_by_its_key_on_a_late_page(self, harness: Harness) -> None:
        """Looking at the first page only is how duplicates are made."""
        needs(harness, Can.TASK_WRITE, Can.FIND_SENT)
        since = harness.clock.now()
        decoy(harness)
        sent = create(harness, "The one", Body("x"), "lwkeylate")
        decoy(harness)
        place = harness.place(ItemType.TASK)
        found = run(finds(harness).find_sent(ItemType.TASK, place, None, Key("lwkeylate"), since))
        assert found is not None
        assert found.id == sent.id
        assert run(finds(harness).find_sent(ItemType.TASK, place, None, Key("lwkeynone"), since)) is None

    def test_a_posted_line_carries_the_key_and_is_found(self, harness: Harness) -> None:
        """In its thread, as an answer where one was asked for."""
        needs(harness, Can.THREADS, Can.POST, Can.FIND_SENT)
        thread, first = harness.add_thread("Question")
        line = harness.add_line("First answer", thread)
        since = harness.clock.now()
        place = harness.place(ItemType.MESSAGE)
        for number in range(120):
            harness.add_line(f"Sooner {number}", thread)
        sent = run(posts(harness).post(place, thread, Body("Mine"), key=Key("lwpostkey"), reply_to=line))
        plain = run(posts(harness).post(place, thread, Body("Mine too"), key=Key("lwpostplain")))
        for number in range(120):
            harness.add_line(f"Later {number}", thread)
        row = pulled(harness)["messages"][sent.id]
        assert (row.text, row.key, row.thread) == ("Mine", "lwpostkey", thread)
        assert row.reply_to
        assert first in harness.lines()
        found = run(finds(harness).find_sent(ItemType.MESSAGE, place, thread, Key("lwpostkey"), since))
        assert found is not None
        assert found.id == sent.id
        late = run(finds(harness).find_sent(ItemType.MESSAGE, place, thread, Key("lwpostplain"), since))
        assert late is not None
        assert late.id == plain.id
        assert run(finds(harness).find_sent(ItemType.MESSAGE, place, thread, Key("lwpostno"), since)) is None

    def test_our_own_line_can_be_changed_and_taken_back(self, harness: Harness) -> None:
        """EDIT; the key stays in it."""
        needs(harness, Can.THREADS, Can.POST, Can.EDIT)
        thread, _first = harness.add_thread("Question")
        place = harness.place(ItemType.MESSAGE)
        sent = run(posts(harness).post(place, thread, Body("Befor"), key=Key("lweditkey")))
        harness.advance(5)
        edits = cast(Edits, harness.connector())
        run(edits.edit(place, thread, sent.id, Body("After"), key=Key("lweditkey")))
        row = pulled(harness)["messages"][sent.id]
        assert (row.text, row.key) == ("After", "lweditkey")
        run(edits.edit(place, thread, sent.id, None, key=Key("lweditkey")))
        assert sent.id not in harness.lines() or not harness.lines()[sent.id].text

    def test_an_update_sets_what_it_names_and_nothing_else(self, harness: Harness) -> None:
        """Title, then status; the text stays."""
        needs(harness, Can.TASKS, Can.TASK_WRITE)
        sent = create(harness, "Befor", Body("The text"), "lwupdkey")
        place = harness.place(ItemType.TASK)
        harness.advance(5)
        change = TaskChange(frozenset({"title", "due"}), title="After", due=date(2026, 12, 1))
        again = run(tasks(harness).update(place, sent.id, change, key=Key("lwupd2"), seen=sent.version))
        harness.advance(5)
        done = TaskChange(frozenset({"status"}), status=Status.DONE)
        last = run(tasks(harness).update(place, sent.id, done, key=Key("lwupd3"), seen=again.version))
        row = pulled(harness)["tasks"][sent.id]
        assert (row.title, row.status, row.due, row.key) == ("After", Status.DONE, date(2026, 12, 1), "lwupdkey")
        assert "The text" in row.text
        assert row.version == last.version
        assert harness.tasks()[sent.id].done

    def test_an_update_of_a_stale_version_is_a_conflict(self, harness: Harness) -> None:
        """And leaves the other side's words alone."""
        needs(harness, Can.TASKS, Can.TASK_WRITE)
        task = harness.add_task("First")
        seen = pulled(harness)["tasks"][task].version
        harness.advance(DAY_S)
        harness.change_task(task, "Theirs")
        change = TaskChange(frozenset({"title"}), title="Ours")
        with pytest.raises(Conflict) as caught:
            run(tasks(harness).update(harness.place(ItemType.TASK), task, change, key=Key("lwstale"), seen=seen))
        assert caught.value.taken is False
        assert harness.tasks()[task].title == "Theirs"

    def test_notes_are_made_found_and_guarded_like_tasks(self, harness: Harness) -> None:
        """Create, find, replace, and a stale version."""
        needs(harness, Can.NOTES, Can.NOTE_WRITE)
        place = harness.place(ItemType.NOTE)
        since = harness.clock.now()
        sent = run(notes(harness).create_note(NoteDraft(place, "Minutes", "One"), key=Key("lwnotekey")))
        row = pulled(harness)["notes"][sent.id]
        assert (row.title, row.text, row.key) == ("Minutes", "One", "lwnotekey")
        if Can.FIND_SENT in harness.manifest.can:
            found = run(finds(harness).find_sent(ItemType.NOTE, place, None, Key("lwnotekey"), since))
            assert found is not None
            assert found.id == sent.id
        harness.advance(5)
        draft = NoteDraft(place, "Minutes", "Two")
        run(notes(harness).update_note(sent.id, draft, key=Key("lwnote2"), seen=row.version))
        assert pulled(harness)["notes"][sent.id].text == "Two"
        with pytest.raises(Conflict):
            run(notes(harness).update_note(sent.id, draft, key=Key("lwnote3"), seen=row.version))

    def test_own_words_survive_the_round_trip(self, harness: Harness) -> None:
        """What the owner typed goes and comes back as typed."""
        needs(harness, Can.THREADS, Can.POST)
        thread, _first = harness.add_thread("Question")
        place = harness.place(ItemType.MESSAGE)
        for number, text in enumerate(HOSTILE):
            sent = run(posts(harness).post(place, thread, Body(text), key=Key(f"lwown{number}")))
            assert pulled(harness)["messages"][sent.id].text == text

    def test_quoted_text_never_acts_at_the_service(self, harness: Harness) -> None:
        """No command runs, nobody is alerted, no reference is made; and it is still there to read."""
        can = harness.manifest.can
        body = Body("My own words", quoted=ACTS)
        if Can.TASK_WRITE in can:
            sent = create(harness, "Quotes", body, "lwquote1")
            assert not harness.tasks()[sent.id].done
            assert "My own words" in harness.tasks()[sent.id].text
            assert "close" in harness.tasks()[sent.id].text
        if Can.POST in can:
            thread, _first = harness.add_thread("Question")
            place = harness.place(ItemType.MESSAGE)
            run(posts(harness).post(place, thread, body, key=Key("lwquote2")))
        assert harness.acted() == ()

    def test_a_thread_can_be_marked_read(self, harness: Harness) -> None:
        """Up to a line, and never back."""
        needs(harness, Can.MARK_READ, Can.THREADS)
        thread, first = harness.add_thread("Question")
        line = harness.add_line("Answer", thread)
        place = harness.place(ItemType.MESSAGE)
        if not harness.reads_upto:
            pytest.skip(f"{harness.manifest.kind} finishes to-dos only; its own tests prove it")
        marks = cast(MarksRead, harness.connector())
        run(marks.mark_read(place, thread, line, ()))
        assert harness.read_upto(thread) == line
        run(marks.mark_read(place, thread, first, ()))
        assert harness.read_upto(thread) == line
