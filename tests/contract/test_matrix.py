from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.matrix_world import MatrixWorld


class TestMatrix(Contract):
    def make(self) -> Harness:
        return MatrixWorld()
