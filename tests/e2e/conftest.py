"""Fixtures that start real servers. Servers live as long as the test run; rooms, lists and homes as long as a test."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e import caldav_servers, notifications, secret_service, servers, session_bus, synapse


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of every server's log beside a failure."""
    report = yield
    if report.failed:
        report.sections += [(f"log of {process.name}", process.tail()) for process in servers.running]
    return report


@contextlib.contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="lw"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[synapse.Synapse]:
    """Synapse."""
    server = synapse.start(tmp_path_factory.mktemp("synapse"))
    yield server
    server.process.stop()


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[caldav_servers.CalDav]:
    server = caldav_servers.radicale(tmp_path_factory.mktemp("radicale"))
    yield server
    server.process.stop()


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[caldav_servers.CalDav]:
    server = caldav_servers.xandikos(tmp_path_factory.mktemp("xandikos"))
    yield server
    server.process.stop()


@pytest.fixture(params=["radicale", "xandikos"])
def caldav_server(request: pytest.FixtureRequest) -> caldav_servers.CalDav:
    """Each of the two, one after the other."""
    server: caldav_servers.CalDav = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def bus() -> Iterator[session_bus.SessionBus]:
    """A private session bus with nobody on it."""
    with _short_folder() as folder:
        running = session_bus.start(folder)
        yield running
        running.process.stop()


@pytest.fixture
def keyring_bus(bus: session_bus.SessionBus) -> Iterator[session_bus.SessionBus]:
    """A bus with an unlocked gnome-keyring on it."""
    process = secret_service.start(bus)
    yield bus
    process.stop()


@pytest.fixture
def notices(bus: session_bus.SessionBus) -> Iterator[notifications.Notices]:
    """A bus with a notification service on it."""
    service = notifications.start(bus)
    yield service
    service.process.stop()
