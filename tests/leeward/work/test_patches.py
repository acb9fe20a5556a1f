"""Changes of a text are kept small and taken back where they stand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.work.patches import applied, hunks

TEXT = "# mine\n[quiet]\nbadge = 'dot'\n\n[keys]\ndone = 'd'\n"
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=12).map("".join)


def test_what_others_changed_meanwhile_stays() -> None:
    after = TEXT + "\n[[quiet.rule]]\nmute = true\n"
    made = hunks(TEXT, after)
    elsewhere = after.replace("# mine\n", "# mine\n# and more\n").replace("'d'", "'x'")
    assert applied(elsewhere, made, back=True) is None  # the line beside it is another one now
    elsewhere = after.replace("# mine\n", "# mine\n# and more\n") + "\n[ui]\nmouse = true\n"
    back = applied(elsewhere, made, back=True)
    assert back is not None
    assert "[[quiet.rule]]" not in back
    assert "# and more" in back
    assert "[ui]" in back
    assert applied(back, made, back=False) == elsewhere


@settings(max_examples=200, deadline=None)
@given(LINES, LINES)
def test_taking_back_and_making_again_are_exact(before: str, after: str) -> None:
    made = hunks(before, after)
    assert applied(after, made, back=True) == before
    assert applied(before, made, back=False) == after
