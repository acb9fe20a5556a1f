from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from msgspec.structs import replace

from leeward.model import Batch, Instant, ItemType, Status, Tier
from leeward.text import clean, one_line
from tui.demo.load import _at, _due, accounts, batches, sleeping

MONDAY = Instant(1_795_424_400_000)  # 2026-11-23 09:00 UTC
FRIDAY_NIGHT = Instant(MONDAY + (4 * 24 + 13) * 3_600_000)
NOWS = [MONDAY, FRIDAY_NIGHT]


def held() -> dict[str, Batch]:
    """Each account's rows, with what was read of its chats, which comes later."""
    rows = dict(batches(MONDAY)[: len(accounts())])
    for name, later in batches(MONDAY)[len(accounts()) :]:
        assert later == Batch(read=later.read)
        rows[name] = replace(rows[name], read=rows[name].read + later.read)
    return rows


def together(now: Instant) -> Batch:
    rows = [batch for _, batch in batches(now)]
    return Batch(
        places=tuple(place for batch in rows for place in batch.places),
        people=rows[0].people,
        threads=tuple(thread for batch in rows for thread in batch.threads),
        messages=tuple(message for batch in rows for message in batch.messages),
        tasks=tuple(task for batch in rows for task in batch.tasks),
        notes=tuple(note for batch in rows for note in batch.notes),
        todos=tuple(todo for batch in rows for todo in batch.todos),
        read=tuple(read for batch in rows for read in batch.read),
    )


@pytest.mark.parametrize("now", NOWS)
def test_every_view_has_something_to_show(now: Instant) -> None:
    team = together(now)
    assert (len(team.tasks), len(team.notes), len(team.people)) == (30, 8, 7)
    assert set(Counter(task.status for task in team.tasks)) == set(Status)
    assert {task.tier for task in team.tasks} == {*Tier, None}
    assert {type(task.due) for task in team.tasks} == {date, int, type(None)}
    assert len({person.zone for person in team.people if not person.me}) == 4
    assert [person.id for person in team.people if person.me] == ["robin"]
    assert sum("[fyi]" in message.text for message in team.messages) >= 4
    assert any("robin" in message.mentions for message in team.messages)
    assert {todo.mention for todo in team.todos} == {True, False}


@pytest.mark.parametrize("now", NOWS)
def test_all_that_was_said_lies_in_the_past_and_in_order(now: Instant) -> None:
    team = together(now)
    assert all(message.at < now for message in team.messages)
    assert all(note.updated < now for note in team.notes)
    assert all(task.updated is not None and task.created is not None for task in team.tasks)
    for stream in {(message.place, message.thread) for message in team.messages}:
        times = [message.at for message in team.messages if (message.place, message.thread) == stream]
        assert times == sorted(times)


def test_every_name_leads_somewhere() -> None:
    for batch in held().values():
        people = {person.id for person in batch.people}
        places = {place.id for place in batch.places}
        lines = [message.id for message in batch.messages]
        assert len(lines) == len(set(lines))
        assert {message.author for message in batch.messages} <= people
        assert {who for message in batch.messages for who in message.mentions} <= people
        assert {id for message in batch.messages for id in message.reply_to} <= set(lines)
        assert {read.message for read in batch.read} <= set(lines)
        assert {who for task in batch.tasks for who in task.assignees} <= people
        named = [{row.place for row in rows} for rows in (batch.messages, batch.tasks, batch.notes)]
        named += [{row.place for row in rows} for rows in (batch.todos, batch.threads, batch.read)]
        assert set().union(*named) <= places
        assert {thread.task for thread in batch.threads} <= {task.id for task in batch.tasks}
        assert {task.thread for task in batch.tasks if task.thread} == {thread.id for thread in batch.threads}


def test_what_was_put_off_is_there_and_wakes_in_working_time() -> None:
    rows = held()
    for account, (kind, remote), until in sleeping(MONDAY):
        ids = {
            ItemType.MESSAGE: {message.id for message in rows[account].messages},
            ItemType.THREAD: {thread.id for thread in rows[account].threads},
            ItemType.TASK: {task.id for task in rows[account].tasks},
        }
        assert remote in ids[kind]
        assert until > MONDAY
    assert len(sleeping(MONDAY)) == 3


def test_the_accounts_are_those_of_the_batches() -> None:
    assert [account.name for account in accounts()] == list(held())
    assert len(accounts()) == 3


def test_the_texts_pass_the_sanitiser_untouched() -> None:
    team = together(MONDAY)
    texts = [row.text for rows in (team.tasks, team.notes, team.messages) for row in rows]
    titles = [row.title for rows in (team.tasks, team.notes, team.threads, team.todos) for row in rows]
    assert [clean(text) for text in texts] == texts
    assert [one_line(title) for title in titles] == titles


def test_working_days_skip_the_weekend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.demo.load.system_zone", lambda: "Europe/Amsterdam")
    assert _due("w+1", FRIDAY_NIGHT) == date(2026, 11, 30)
    assert _due("w+2 16:00", MONDAY) == MONDAY + 2 * 86_400_000 + 6 * 3_600_000
    assert _due("w+0 17:30", MONDAY) == MONDAY + 7 * 3_600_000 + 1_800_000
    assert _due("+5h", Instant(MONDAY + 1)) == MONDAY + 5 * 3_600_000 + 1_800_000
    assert _due(None, MONDAY) is None


@pytest.mark.parametrize("said", ["soon", "1d", "-1w", "w+2 25:00", ""])
def test_a_time_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"sample team|must be in"):
        _due(said, MONDAY)
    with pytest.raises(ValueError, match="sample team"):
        _at(said, MONDAY)
