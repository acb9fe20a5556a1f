from __future__ import annotations

import json
from typing import Any

import pytest

from bench.chats import annotated_part, questions, score
from leeward.errors import Problem
from leeward.work.context import Line, context
from leeward.work.context_batch import batch
from tests.leeward.work.chat import messages


def line(id: Any, text: str, user: str = "ann", ts: float = 0, room: Any = "r", **more: Any) -> str:
    return json.dumps({"room": room, "id": id, "ts": ts, "user": user, "text": text, **more})


def answers(lines: list[str]) -> dict[tuple[Any, Any], dict[str, Any]]:
    return {(found["room"], found["id"]): found for found in batch(lines)}


@pytest.mark.parametrize(
    ("room", "least"), [("ubuntu-dev.jsonl.gz", 86.0), ("newdomains-mediawiki-dev.jsonl.gz", 82.0)]
)
def test_contexts_score_well_on_annotated_rooms(room: str, least: float) -> None:
    annotated = annotated_part(messages(room))
    found = {key: set(answer["context"]) for key, answer in answers(list(questions(annotated))).items()}
    assert score(annotated, found).f1 >= least


def test_batch_and_single_lines_agree() -> None:
    annotated = messages("ubuntu-dev.jsonl.gz")[900:1250]
    found = answers(list(questions(annotated)))
    lines = [
        Line(str(m["id"]), int(m["ts"] * 60_000), m["user"], m["text"], notice=bool(m.get("system"))) for m in annotated
    ]
    room = annotated[0]["room"]
    alike = []
    for one in lines[120:170]:
        if not one.notice:
            whole = {mark.id for mark in context(lines, one.id)}
            streamed = {str(id) for id in found[room, int(one.id)]["context"]}
            alike.append(2 * len(whole & streamed) / (len(whole) + len(streamed)) if whole or streamed else 1.0)
    assert sum(alike) >= 0.93 * len(alike)  # a window knows who speaks later, a stream all that was said before


def test_answers_in_the_input_are_not_looked_at() -> None:
    annotated = messages("ubuntu-dev.jsonl.gz")[:1250]
    assert answers([json.dumps(message) for message in annotated]) == answers(list(questions(annotated)))


def test_one_prediction_a_line_that_is_no_notice_whatever_the_ids() -> None:
    lines = [
        line(1, "is the vault open?"),
        line("x", "ann: yes, the vault is open", "bob", room=7),
        line(2, "ann: yes, the vault is open", "bob", 1),
        "",
        line(3, "cleo joined", "", 2, system=True),
        line(1, "good, thanks bob", "ann", 2),
    ]
    found = list(batch(lines))
    assert [(one["room"], one["id"]) for one in found] == [("r", 1), ("r", 2), ("r", 1), (7, "x")]
    assert found[0] == {"room": "r", "id": 1, "context": [2, 1], "reply_to": [1]}
    assert found[1]["reply_to"] == [1]
    assert found[3] == {"room": 7, "id": "x", "context": [], "reply_to": ["x"]}


def test_answers_stream_before_the_room_has_ended() -> None:
    def endless() -> Any:
        n = 0
        while True:
            yield line(n, f"line {n}", ts=n)
            n += 1

    stream = batch(endless())
    assert [next(stream)["id"] for _ in range(500)] == list(range(500))


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("{nope", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no object"),
        ('{"room": "r"}', "id must be"),
        ('{"room": true, "id": 1, "ts": 1, "user": "a", "text": ""}', "room must be"),
        ('{"room": "r", "id": 1, "ts": NaN, "user": "a", "text": ""}', "ts must be"),
        ('{"room": "r", "id": 1, "ts": 1, "user": "a", "text": null}', "text must be"),
        ('{"room": "r", "id": 1, "ts": 1, "user": 5, "text": ""}', "user must be"),
    ],
)
def test_a_bad_line_is_named_with_its_number(bad: str, sentence: str) -> None:
    with pytest.raises(Problem, match=rf"^log:3  .*{sentence}"):
        list(batch([line(1, "a"), "\n", bad, line(2, "b")], "log"))


def test_absurd_times_are_borne() -> None:
    assert len(list(batch([line(1, "a", ts=1e300), line(2, "b", ts=-1e300), line(3, "c", user="")]))) == 3
