"""A line with a time, from the command line to Slack, which keeps it; and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.slack import SlackFake
from tests.tui.commands.desk import Desk


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    fake = SlackFake(now=desk.clock.now)
    me = fake.add_user("Sam Vermeer", "sam", fake.token)
    ana = fake.add_user("Ana Duarte", "ana")
    fake.add_channel("harbour", [me, ana])
    desk.outside.services = {"slack": fake}
    desk.connect("slack")
    assert desk.run("sync").code == 0
    return desk


def slack(here: Desk) -> SlackFake:
    fake = here.outside.services["slack"]
    assert isinstance(fake, SlackFake)
    return fake


def said(here: Desk) -> list[str]:
    slack(here).post_due()
    return [row["text"] for lines in slack(here).lines.values() for row in lines.values()]


def test_it_waits_at_slack_and_is_said_while_nothing_runs_here(here: Desk) -> None:
    row = here.ask("post", "harbour", "--at", "in 20h", stdin="Good morning\n")
    assert row["state"] == "queued"
    assert here.run("sync").code == 0
    (kept,) = slack(here).waiting.values()
    assert kept["text"] == "Good morning"
    (listed,) = here.ask("outbox", "list")
    assert (listed["row"], listed["state"]) == (row["row"], "sent")
    assert "waits at Slack" in listed["why"]
    here.clock.advance(21 * 3600)
    assert said(here) == ["Good morning"]
    assert here.run("sync").code == 0
    assert said(here) == ["Good morning"]
    assert here.ask("outbox", "list") == []


def test_undo_takes_it_back_from_slack(here: Desk) -> None:
    here.ask("post", "harbour", "--at", "in 20h", stdin="Good morning\n")
    assert here.run("sync").code == 0
    refused = here.run("undo")
    assert (refused.code, "reached its service" in refused.err) == (1, True)
    assert here.run("undo", "--sent").code == 0
    assert here.run("sync").code == 0
    assert slack(here).waiting == {}
    here.clock.advance(21 * 3600)
    assert said(here) == []


def test_the_outbox_drops_it_at_slack(here: Desk) -> None:
    row = here.ask("post", "harbour", "--at", "in 20h", stdin="Good morning\n")["row"]
    assert here.run("sync").code == 0
    assert here.ask("outbox", "answer", str(row), "drop") is None, "the row is gone; another takes the line back"
    assert here.run("sync").code == 0
    assert slack(here).waiting == {}
    assert here.run("outbox", "answer", str(row), "send").code == 2


def test_a_refused_line_is_sent_again_once_its_owner_says_so(here: Desk) -> None:
    (channel,) = slack(here).channels.values()
    channel["is_archived"] = True
    row = here.ask("post", "harbour", stdin="Good morning\n")["row"]
    here.run("sync")
    assert [(one["row"], one["state"]) for one in here.ask("outbox", "list")] == [(row, "failed")]
    channel["is_archived"] = False
    answered = here.ask("outbox", "answer", str(row), "send")
    assert (answered["row"], answered["state"]) == (row, "queued")
    assert here.run("sync").code == 0
    assert said(here) == ["Good morning"]


def test_an_answer_goes_into_its_thread(here: Desk) -> None:
    fake = slack(here)
    channel = next(iter(fake.channels))
    root = fake.say(channel, next(iter(fake.members[channel][1:])), "Which day?")
    fake.say(channel, fake.members[channel][1], "please say", root)
    assert here.run("sync").code == 0
    thread = next(row["id"] for row in here.ask("inbox") if row["title"].startswith("Which day"))
    here.ask("reply", thread, "--at", "in 20h", stdin="Tuesday\n")
    assert here.run("sync").code == 0
    here.clock.advance(21 * 3600)
    said(here)
    assert [row["text"] for row in fake.lines[channel].values() if row.get("thread_ts") == root][-1] == "Tuesday"
