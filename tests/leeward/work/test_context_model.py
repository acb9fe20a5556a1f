from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from leeward.work import context_model
from leeward.work.context_cells import PAIR
from leeward.work.context_flow import Flow
from leeward.work.context_lines import MINUTE, Line
from leeward.work.context_model import Model, Out, model

FILE = Path(context_model.__file__).with_name("context_model.json")


def test_the_weights_are_small_and_say_where_they_come_from() -> None:
    assert FILE.stat().st_size <= 200_000
    about = json.loads(FILE.read_text("utf-8"))["about"]
    for needed in ("Kummerfeld", "ACL 2019", "CC BY 4.0", "creativecommons.org/licenses/by/4.0", "Changed"):
        assert needed in about


def test_weights_are_read_only_when_a_line_is_weighed() -> None:
    program = (
        "import leeward.work.context, leeward.work.cut, leeward.work.context_model as m, sys;"
        "assert m.model.cache_info().currsize == 0; assert 'numpy' not in sys.modules;"
        "from leeward.work.context import Line, context; context([Line('a', 0, 'x', '')], 'a');"
        "assert m.model.cache_info().currsize == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_weights_that_do_not_fit_are_refused() -> None:
    found = json.loads(FILE.read_text("utf-8"))
    with pytest.raises(ValueError, match="do not fit"):
        Model(json.dumps({**found, "answers": found["answers"][:4000]}))


def test_a_score_is_the_networks_sum() -> None:
    """The long integers are only a quick way to add: number by number the same comes out."""
    dice = random.Random(2)
    found = {
        "bias": [dice.randrange(-900, 900) for _ in range(17)],
        "straight": 0.03,
        "hidden": [dice.random() - 0.5 for _ in range(16)],
    }
    out = Out(found)
    for _ in range(200):
        rows = [[dice.randrange(-127, 128) for _ in range(17)] for _ in range(60)]
        sums = [sum(column) for column in zip(*rows, found["bias"], strict=True)]  # type: ignore[call-overload]
        slow = sums[0] * 0.03 + sum(w * max(0, x) for w, x in zip(found["hidden"], sums[1:], strict=True))  # type: ignore[call-overload]
        packed = out.bias + sum(number << 16 * at for row in rows for at, number in enumerate(row))
        assert out.score(packed) == pytest.approx(slow)


def test_parts_say_what_a_cell_adds() -> None:
    flow = Flow()
    flow.push(Line("a", 0, "maria", "is the replica lagging again?"))
    placed = flow.push(Line("b", MINUTE, "tom", "maria: the replica? yes"))
    assert placed.cues is not None
    weights, before = model(), placed.cues.candidates[0]
    parts = weights.parts(weights.late(placed.heard), weights.early(before), placed.cues.pairs[0])
    named = dict(zip([name for name, _size in PAIR], parts, strict=True))
    assert named["names"] > 0
