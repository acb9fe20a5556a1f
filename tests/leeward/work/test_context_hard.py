"""Whatever a channel holds: an answer in time, and never an exception."""

from __future__ import annotations

import random
import time

import pytest

from leeward.work.context import Line, choose, context, parents
from leeward.work.context_batch import batch
from leeward.work.context_lines import MINUTE
from leeward.work.cut import Cutter, cut
from tests.leeward.work.test_context_batch import line

LOG = "\n".join(
    f"2026-11-20T10:00:{n % 60:02d} worker-{n % 9} [error] queue={n} took {n * 3} ms at 0x{n:08x}" for n in range(5000)
)
HEBREW = "\u05d4\u05d0\u05dd \u05d4\u05e9\u05e8\u05ea \u05d7\u05d6\u05e8?"
ARABIC = "\u0646\u0639\u0645\u060c \u0627\u0644\u062e\u0627\u062f\u0645 \u064a\u0639\u0645\u0644"


def channel(count: int) -> list[Line]:
    dice = random.Random(3)
    words = ["alpha", "beta", "gamma", "lock", "vault", "please", "why", "ok", "p3:", "p7,", "?"]
    return [
        Line(f"m{n}", n * 20_000, f"p{dice.randrange(40)}", " ".join(dice.choices(words, k=6))) for n in range(count)
    ]


def test_a_channel_of_a_hundred_thousand_lines_is_no_slower_than_its_end() -> None:
    lines = channel(100_000)
    context(lines[-300:], "m99980")
    begun = time.process_time()
    found = choose(lines, "m99980")
    assert time.process_time() - begun < 0.5
    assert found == choose(lines[-300:], "m99980")


def test_a_cut_of_many_lines_holds_little() -> None:
    cutter = Cutter()
    for each in channel(4_000):
        cutter.push(each)
    flow = cutter._flow
    held = (
        flow._by_id,
        flow._last,
        flow._called,
        flow._spoke,
        flow._threads,
        flow._talks,
        flow._holds,
        flow._counts,
        flow._begun,
    )
    assert max(len(kept) for kept in held) < 1_000


@pytest.mark.parametrize(
    "said",
    [
        [("me", f"note {n}") for n in range(60)],
        [("helpbot", "!status") for _n in range(60)],
        [(("ana", "helpbot")[n % 2], ("!factoid | ana", "ana: see https://x.example")[n % 2]) for n in range(60)],
        [("ana", LOG), ("bo", "ana: which worker?"), ("ana", LOG[::-1]), ("bo", LOG * 4)],
        [
            ("\u05d3\u05e0\u05d9", HEBREW),
            ("\u0633\u0627\u0645\u064a", ARABIC),
            ("\u05d3\u05e0\u05d9", "\u202e" + HEBREW),
        ],
        [("", ""), ("", " "), ("ana", "\x00\x1b[31m"), ("ana", "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 200)],
        [("ana", "a" * 200_000), ("bo", ":" * 200_000), ("ana", "\u6f22" * 200_000), ("bo", "@" * 50_000)],
    ],
    ids=["one person", "one bot", "bot and asker", "logs", "right to left", "nothing", "endless words"],
)
def test_any_kind_of_channel_has_an_answer_in_time(said: list[tuple[str, str]]) -> None:
    lines = [Line(str(n), n * 9_000, who, text) for n, (who, text) in enumerate(said)]
    begun = time.process_time()
    for each in (lines[0], lines[len(lines) // 2], lines[-1]):
        for mark in choose(lines, each.id).marks:
            assert 0 <= mark.score <= 1
            assert len(mark.why) < 400
        parents(lines, each.id)
    assert set(cut(lines, {})) == {each.id for each in lines}
    assert time.process_time() - begun < 3


def test_an_answer_to_something_deleted_is_judged_by_its_cues() -> None:
    lines = [
        Line("a", 0, "maria", "is the Dublin replica lagging again?"),
        Line("b", MINUTE, "tom", "maria: yes, the Dublin replica lags", reply_to=("deleted",)),
        Line("c", 2 * MINUTE, "zoe", "see above", reply_to=("deleted", "gone too"), thread="lost"),
    ]
    assert parents(lines, "b") == ("a",)
    assert [mark.id for mark in context(lines, "b")] == ["a"]
    assert context(lines, "c") == []


def test_times_that_run_backwards_are_borne() -> None:
    lines = [Line(str(n), -n * 10**15, "ab"[n % 2], f"{'ba'[n % 2]}: step {n}") for n in range(30)]
    assert len(choose(lines, "15").marks) == 29
    assert len(list(batch([line(n, "hm", "ann", -n * 1e6) for n in range(50)]))) == 50
