from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward import zones
from leeward.model import Instant
from leeward.zones import instant, system_wall, system_zone, tz_release, wall, zone

ODD = (
    "Europe/Amsterdam",
    "Europe/Dublin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "UTC",
)


@pytest.fixture
def amsterdam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is in Amsterdam, for the C library too."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Europe/Amsterdam")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("name", "clock", "millis"),
    [
        ("UTC", datetime(1970, 1, 1), 0),
        ("Europe/Amsterdam", datetime(2026, 11, 23, 9, 0), 1795420800000),
        ("Europe/Amsterdam", datetime(2026, 3, 29, 1, 59, 59), 1774745999000),
        ("Europe/Amsterdam", datetime(2026, 3, 29, 2, 30), 1774746000000),
        ("Europe/Amsterdam", datetime(2026, 3, 29, 3, 0), 1774746000000),
        ("Europe/Amsterdam", datetime(2026, 10, 25, 2, 30), 1792888200000),
        ("Pacific/Apia", datetime(2011, 12, 30, 12, 0), 1325239200000),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), 1791041400000),
        ("America/Vancouver", datetime(2026, 11, 21, 8, 30), 1795275000000),
    ],
)
def test_wall_to_instant(name: str, clock: datetime, millis: int) -> None:
    assert instant(clock, zone(name)) == millis


def test_a_skipped_time_is_the_jump_and_a_repeated_one_the_first() -> None:
    amsterdam = zone("Europe/Amsterdam")
    jump = instant(datetime(2026, 3, 29, 2, 30), amsterdam)
    assert wall(jump, amsterdam) == datetime(2026, 3, 29, 3, 0)
    assert wall(Instant(jump - 1), amsterdam) == datetime(2026, 3, 29, 1, 59, 59, 999000)
    first = instant(datetime(2026, 10, 25, 2, 30), amsterdam)
    assert wall(Instant(first + 3_600_000), amsterdam) == datetime(2026, 10, 25, 2, 30)
    assert instant(datetime(2026, 10, 25, 2, 30, fold=1), amsterdam) == first
    assert wall(instant(datetime(2011, 12, 30), zone("Pacific/Apia")), zone("Pacific/Apia")) == datetime(2011, 12, 31)


@given(st.sampled_from(ODD), st.integers(min_value=0, max_value=4_000_000_000_000))
@settings(max_examples=200, deadline=None)
def test_there_and_back(name: str, millis: int) -> None:
    there = wall(Instant(millis), zone(name))
    assert there.tzinfo is None
    back = instant(there, zone(name))
    assert wall(back, zone(name)) == there
    assert millis - back in {0, 3_600_000, 1_800_000, 7_200_000}  # a repeated hour is taken as its first


@given(st.sampled_from(ODD), st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_wall_is_kept(name: str, clock: datetime) -> None:
    here = zone(name)
    shown = wall(instant(clock, here), here)
    clock = clock.replace(microsecond=clock.microsecond // 1000 * 1000)
    assert shown == clock or timedelta(0) < shown - clock <= timedelta(days=1)


def test_absurd_instants_are_shown_as_the_nearest_that_can_be() -> None:
    assert wall(Instant(10**18), zone("Asia/Kathmandu")).year == 9999
    assert wall(Instant(-(10**18)), zone("America/New_York")).year == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Europe/Amsterdm", "no such zone. Did you mean Europe/Amsterdam?"),
        ("amsterdam", "no such zone. Did you mean Europe/Amsterdam?"),
        ("New York", "no such zone. Did you mean America/New_York?"),
        ("+02:00", "an offset knows no summer time. Write a place, such as Europe/Amsterdam."),
        ("UTC+2", "an offset knows no summer time. Write a place, such as Europe/Amsterdam."),
        ("../../etc/passwd", "no such zone."),
        ("/etc/localtime", "no such zone."),
        ("\0", "no such zone."),
        ("Europe", "no such zone."),
        ("", "no such zone."),
    ],
)
def test_a_wrong_name_is_answered_with_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        zone(name)


def test_the_newer_data_wins(tmp_path: Path) -> None:
    """A process of its own each time, since zones are kept once they are read."""
    _machine, packaged = tz_release()
    code = (
        "import zoneinfo, sys; zoneinfo.reset_tzpath(to=[sys.argv[1]])\n"
        "from leeward import zones\n"
        "print(zones.tz_release()[0], zones.zone('Europe/Amsterdam').utcoffset(__import__('datetime').datetime(2026,1,1)),"
        " __import__('pathlib').Path(*zoneinfo.TZPATH).parent.name)"
    )
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Amsterdam").write_bytes(files("tzdata.zoneinfo.Asia").joinpath("Kathmandu").read_bytes())
    for release, offset, folder in (
        ("2011a", "1:00:00", "tzdata"),
        ("2999z", "5:45:00", ""),
        (None, "1:00:00", "tzdata"),
    ):
        data = tmp_path / "tzdata.zi"
        data.unlink(missing_ok=True)
        if release:
            data.write_text(f"# version {release}\n")
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(release), offset, folder or tmp_path.parent.name]
    assert packaged >= "2026a"


def test_the_release_of_a_mac_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "+VERSION").write_text("2027a\n")
    assert zones._machine_release(("/nowhere", str(tmp_path))) == "2027a"
    assert zones._machine_release(("/nowhere",)) is None


def test_the_machine_is_asked_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link, named = tmp_path / "localtime", tmp_path / "timezone"
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(zones, "LOCALTIME", str(link))
    monkeypatch.setattr(zones, "TIMEZONE", str(named))
    assert system_zone() == "UTC"
    named.write_text("Asia/Tokyo\n")
    assert system_zone() == "Asia/Tokyo"
    link.symlink_to("/usr/share/zoneinfo/Europe/Amsterdam")
    assert system_zone() == "Europe/Amsterdam"
    link.unlink()
    link.symlink_to("/var/db/timezone/zoneinfo/America/New_York")
    assert system_zone() == "America/New_York"
    link.unlink()
    link.symlink_to("/usr/share/zoneinfo/No/Where")
    assert system_zone() == "Asia/Tokyo"
    named.write_bytes(b"\xff\xfe")
    assert system_zone() == "UTC"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Europe/Paris", "Europe/Paris"),
        (":Europe/Paris", "Europe/Paris"),
        ("/usr/share/zoneinfo/Europe/Paris", "Europe/Paris"),
        ("UTC", "UTC"),
    ],
)
def test_the_environment_names_a_zone(value: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", value)
    assert system_zone() == name


def test_a_rule_in_the_environment_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    monkeypatch.setattr(zones, "LOCALTIME", os.devnull)
    monkeypatch.setattr(zones, "TIMEZONE", os.devnull)
    assert system_zone() == "UTC"


@pytest.mark.usefixtures("amsterdam")
def test_the_rules_of_the_system_tell_the_same_time() -> None:
    here = zone("Europe/Amsterdam")
    jump, back = 1774746000000, 1792890000000
    for millis in (0, 1795420800123, *range(jump - 7_200_000, jump + 7_200_001, 1_799_999)):
        assert system_wall(Instant(millis)) == wall(Instant(millis), here)
    for millis in range(back - 7_200_000, back + 7_200_001, 1_799_999):
        assert system_wall(Instant(millis)) == wall(Instant(millis), here)
        assert system_wall(Instant(millis)).fold == 0
    assert [system_wall(Instant(far)).year for far in (10**18, -(10**18))] == [9999, 1]
