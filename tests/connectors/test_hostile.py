"""Values out of a stranger's JSON, as all kinds take them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hostile import Odd, obj, rows, stamp, text

NOON = 1_780_056_000_000
"""2026-05-29 12:00 UTC."""


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2026-05-29T12:00:00Z", NOON),
        ("2026-05-29T12:00:00", NOON),
        ("2026-05-29T14:00:00+02:00", NOON),
        ("2026-05-29T12:00:00.250Z", NOON + 250),
        ("2026-05-29T12:00:00.2506Z", NOON + 251),
        ("2026-05-29", NOON - 12 * 3_600_000),
        ("2026-02-30T12:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", -62_135_679_600_000),
        ("yesterday", None),
        ("2026-05-29T12:00:00Z" + " " * 40, None),
        ("", None),
        (NOON, None),
        (None, None),
        (True, None),
        (["2026-05-29T12:00:00Z"], None),
    ],
)
def test_a_stamp_is_utc_milliseconds_and_without_a_zone_it_counts_as_utc(said: object, instant: int | None) -> None:
    assert stamp(said) == instant


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=45),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200)
@given(JSON)
def test_whatever_comes_is_read_as_its_type_or_as_nothing(value: Any) -> None:
    odd = Odd()
    found = list(rows(value, odd))
    entries = value if isinstance(value, list) else [None]
    assert len(found) + odd.count == len(entries)
    assert obj(value) == (value if isinstance(value, dict) else {})
    assert text(value) == (value if isinstance(value, str) else "")
    assert stamp(value) is None or isinstance(stamp(value), int)
