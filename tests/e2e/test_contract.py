"""The contract suite over real servers: the fakes are only as good as what they stand for."""

from __future__ import annotations

import pytest

from leeward.testing import reading
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.e2e.caldav_servers import CalDav
from tests.e2e.synapse import Synapse
from tests.e2e.worlds import CalDavWorld, MatrixWorld

pytestmark = pytest.mark.e2e


class OnARealServer(Contract):
    """Fewer items, since each is a real request, and no loops, since a real server has none."""

    test_a_page_that_names_itself_as_the_next_ends = None  # type: ignore[assignment] # pytest's way to leave one out

    @pytest.fixture(autouse=True)
    def fewer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MANY", 120)


class TestRadicale(OnARealServer):
    @pytest.fixture(autouse=True)
    def server(self, radicale: CalDav) -> None:
        self._server = radicale

    def make(self) -> Harness:
        return CalDavWorld(self._server)


class TestXandikos(OnARealServer):
    @pytest.fixture(autouse=True)
    def server(self, xandikos: CalDav) -> None:
        self._server = xandikos

    def make(self) -> Harness:
        return CalDavWorld(self._server)


class TestSynapse(OnARealServer):
    @pytest.fixture(autouse=True)
    def server(self, homeserver: Synapse) -> None:
        self._server = homeserver

    def make(self) -> Harness:
        return MatrixWorld(self._server)
