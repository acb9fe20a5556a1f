"""The contract suite: one class of tests that every kind passes.

    from leeward.testing.contract import Contract
    from leeward.testing.harness import Harness


    class TestTracker(Contract):
        def make(self) -> Harness:
            return TrackerHarness()

`Harness` (leeward.testing.harness) is a fresh world: `manifest`, `clock` (a FakeClock), `secret`, `connector()`,
`place(what)`, `advance(seconds)`, `break_next(fault, on, times)`, `mend()`, `urls()`, `loop_pages()`; seeds by ability:
THREADS `add_thread add_line edit_line delete_line lines`, TASKS `add_task change_task delete_task hide_task tasks`,
NOTES `add_note change_note notes`, WALL `add_idea`, MARK_READ `read_upto` (or `reads_upto = False`); and `acted()`, which lists what
text did at the service: commands run, people alerted, references made. Tests of abilities the Manifest does not name
are skipped; a declared one without its seed fails.

Before every pull the suite builds `Focus.watch` from all threads it holds with the `version` each was yielded with.
"""

from __future__ import annotations

from abc import abstractmethod

import pytest

from leeward.testing.abilities import Abilities
from leeward.testing.faults import Faults
from leeward.testing.harness import Harness
from leeward.testing.rarer import Rarer
from leeward.testing.reading import Reading
from leeward.testing.walls import Walls
from leeward.testing.writing import Writing


class Contract(Abilities, Reading, Writing, Rarer, Walls, Faults):
    """Subclass as `Test…` and give it a harness."""

    @abstractmethod
    def make(self) -> Harness:
        """A fresh world; called once a test."""

    @pytest.fixture
    def harness(self) -> Harness:
        """What every test asks for."""
        return self.make()
