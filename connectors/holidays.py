"""Public holidays as dates, from the optional `holidays` package; it is imported only when the settings name a region.

Loading it costs about a quarter of a second, so the answer for this year and the next is worth keeping for the day.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from leeward.errors import Problem
from leeward.text import one_line
from leeward.words import _

Country = Callable[..., Mapping[date, str]]


def dates(
    regions: Iterable[str], year: int, country: Country | None = None
) -> tuple[tuple[tuple[date, str], ...], tuple[Problem, ...]]:
    """The holidays of regions such as "NL" or "DE-BY" in `year` and the next, by date, and what could not be found.

    A date that is one in several regions has all its names.
    """
    asked = tuple(dict.fromkeys(regions))
    if not asked:
        return (), ()
    try:
        find = country or _package()
    except Problem as problem:
        return (), (problem,)
    found: dict[date, list[str]] = {}
    problems: list[Problem] = []
    for region in asked:
        land, _dash, part = region.partition("-")
        try:
            listed = find(land, subdiv=part or None, years=[year, year + 1])
        except (NotImplementedError, KeyError, ValueError):
            problems.append(
                Problem(
                    _("Nothing is known of the holidays of {region}.").format(region=region),
                    _("Write a country, or a country and its part, such as NL or DE-BY."),
                )
            )
            continue
        for day, name in sorted(listed.items()):
            names = found.setdefault(day, [])
            if one_line(name, 80) not in names:
                names.append(one_line(name, 80))
    return tuple((day, ", ".join(found[day])) for day in sorted(found)), tuple(problems)


def _package() -> Country:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # early releases tell of a 1.0, which our range leaves out
            import holidays
    except ImportError:
        raise Problem(
            _("Public holidays need the package holidays, which is not installed."),
            _("Install leeward[holidays], or write the dates as [[quiet.except]]."),
        ) from None
    found: Any = holidays.country_holidays
    return found  # type: ignore[no-any-return]  # the package has no types
