from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leeward.errors import Problem
from leeward.model import Message, Thread
from leeward.work.imports import read
from tests.leeward.work.test_imports import all_of, assert_told_in_order

MAIL = Path(__file__).parents[2] / "data" / "mail.mbox"


def mails(me: str | None = None) -> tuple[dict[str, Message], dict[str, Thread]]:
    batches, messages = all_of(read("mbox", MAIL, me=me))
    assert_told_in_order(batches)
    threads = {thread.id: thread for batch in batches for thread in batch.threads}
    return {message.text.split("\n")[0]: message for message in messages}, {
        str(id): thread for id, thread in threads.items()
    }


def test_mails_become_threads_by_what_they_answer_and_by_subject() -> None:
    messages, threads = mails()
    first, reply = messages["db-2 is at 94 % \u2013 who can look?"], messages["> db-2 is at 94 %"]
    assert first.thread == reply.thread
    assert reply.reply_to == (first.id,)
    assert sorted(thread.title for thread in threads.values()) == ["Disk on db-2", "Lunch"]
    assert messages["who is in?"].thread == messages["Thai at noon & back by one"].thread
    assert read_totals() == {"threads": 2, "messages": 4, "people": 3}


def read_totals() -> dict[str, int]:
    reading = read("mbox", MAIL)
    list(reading)
    return reading.totals.as_json()


def test_bodies_are_text_with_their_quotes_and_attachments_are_named() -> None:
    messages, _threads = mails()
    reply = messages["> db-2 is at 94 %"]
    assert reply.text == "> db-2 is at 94 %\nI look after lunch.\n>From noon on, that is."
    assert [(file.name, file.size, file.media_type) for file in reply.files] == [("disks.csv", 8, "text/csv")]
    assert messages["Thai at noon & back by one"].text == "Thai at noon & back by one\n> who is in?"


def test_a_date_that_is_none_is_taken_from_the_delivery() -> None:
    messages, _threads = mails()
    assert messages["Thai at noon & back by one"].at == 1_795_176_000_000  # 20 November 2026, 12:00 UTC


@pytest.mark.parametrize("me", ["sam@example.org", "Sam Lee", "SAM@example.org"])
def test_mail_to_the_owner_mentions_them(me: str) -> None:
    messages, _threads = mails(me)
    assert messages["db-2 is at 94 % \u2013 who can look?"].mentions == ("mbox:sam@example.org",)
    batches, _all = all_of(read("mbox", MAIL, me=me))
    assert [person.id for batch in batches for person in batch.people if person.me] == ["mbox:sam@example.org"]


def test_people_keep_their_names_and_addresses() -> None:
    batches, _all = all_of(read("mbox", MAIL))
    people = {person.address: person.name for batch in batches for person in batch.people}
    assert people == {
        "ana@example.org": "Ana Mar\u00eda",
        "sam@example.org": "Sam Lee",
        "jo@example.org": "jo@example.org",
    }


def test_the_same_box_gives_the_same_batches() -> None:
    assert list(read("mbox", MAIL)) == list(read("mbox", MAIL))


def test_what_is_no_mailbox_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.mbox").write_text("hello\n")
    with pytest.raises(Problem, match="holds no mail"):
        list(read("mbox", tmp_path / "x.mbox"))
    with pytest.raises(Problem, match="cannot be read"):
        list(read("mbox", tmp_path))


def test_mails_that_answer_in_a_circle_are_one_thread(tmp_path: Path) -> None:
    box = tmp_path / "x.mbox"
    box.write_text(
        "".join(
            f"From a@b Fri Nov 20 09:00:0{n} 2026\nMessage-ID: <{n}@x>\nIn-Reply-To: <{(n + 1) % 3}@x>\n\nword {n}\n\n"
            for n in range(3)
        )
    )
    reading = read("mbox", box)
    _batches, messages = all_of(reading)
    assert reading.totals.as_json() == {"threads": 1, "messages": 3, "people": 0}
    assert [message.text for message in messages] == ["word 0", "word 1", "word 2"]


def test_parts_within_parts_without_end_are_borne(tmp_path: Path) -> None:
    box = tmp_path / "deep.mbox"
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(80))
    box.write_text(
        f"From a@b Fri Nov 20 09:00:00 2026\nFrom: a@b\nSubject: deep\n{parts}Content-Type: text/plain\n\nfound\n"
    )
    assert [message.text for message in all_of(read("mbox", box))[1]] == ["found"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_a_mail(tmp_path: Path, head: bytes, rest: bytes) -> None:
    box = tmp_path / "any.mbox"
    box.write_bytes(
        b"From a@b Fri Nov 20 09:00:00 2026\nSubject: " + head + b"\nContent-Type: " + rest + b"\n\n" + rest
    )
    assert all_of(read("mbox", box))[1]
