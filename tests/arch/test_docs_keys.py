"""The page of keys says what the registry says."""

from __future__ import annotations

from docs import keys
from tui.actions import ACTIONS, PALETTE


def test_the_page_is_made_from_the_registry() -> None:
    assert keys.PAGE.read_text(encoding="utf-8") == keys.page(), "run `python -m docs.keys`"


def test_every_action_and_verb_stands_in_it() -> None:
    page = keys.page()
    assert [one.name for one in ACTIONS if f"| `{one.name}` |" not in page] == []
    assert [name for name in PALETTE if f"| `{name}` |" not in page] == []


def test_a_bar_does_not_end_a_cell() -> None:
    assert keys.code(("|", "g l")) == "`\\|` `g l`"
