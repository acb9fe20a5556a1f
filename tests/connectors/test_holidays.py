"""Public holidays as dates."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date

import pytest

from connectors.holidays import dates

KINGS, MAY = date(2026, 4, 27), date(2026, 5, 1)


def country(land: str, *, subdiv: str | None, years: list[int]) -> Mapping[date, str]:
    assert years == [2026, 2027]
    if (land, subdiv) == ("NL", None):
        return {MAY: "Dag\nvan de Arbeid", KINGS: "Koningsdag"}
    if (land, subdiv) == ("DE", "BY"):
        return {MAY: "Tag der Arbeit"}
    raise NotImplementedError(land)


def test_regions_are_joined_and_the_unknown_is_named() -> None:
    found, problems = dates(["NL", "DE-BY", "XX", "NL"], 2026, country)
    assert found == ((KINGS, "Koningsdag"), (MAY, "Dag van de Arbeid, Tag der Arbeit"))
    assert [problem.what for problem in problems] == ["Nothing is known of the holidays of XX."]


def test_without_the_package_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    found, problems = dates(["NL"], 2026)
    assert found == ()
    assert "not installed" in problems[0].what


def test_no_region_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert dates([], 2026) == ((), ())


def test_the_real_package_knows_countries_and_their_parts() -> None:
    pytest.importorskip("holidays", reason="the extra holidays is not installed")
    found, problems = dates(["NL", "DE-BY", "XX", "DE-ZZ"], 2026)
    days = dict(found)
    assert KINGS in days
    assert date(2026, 1, 6) in days  # Epiphany: Bavaria has it, the Netherlands do not
    assert date(2026, 1, 6) not in dict(dates(["NL"], 2026)[0])
    assert {day.year for day in days} == {2026, 2027}
    assert list(days) == sorted(days)
    assert all(name.strip() for name in days.values())
    assert [problem.what for problem in problems] == [
        "Nothing is known of the holidays of XX.",
        "Nothing is known of the holidays of DE-ZZ.",
    ]
