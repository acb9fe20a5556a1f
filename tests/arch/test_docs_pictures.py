"""The pictures of the guide: made by the program, the same each time, and nothing in them that is not for readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import pictures
from tests.arch.source import ROOT

SMALL = pictures.Picture("small", "j", columns=40, rows=12)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the zone and the colours back."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")


@pytest.mark.usefixtures("here")
def test_a_picture_is_the_same_each_time() -> None:
    first = pictures.made(SMALL)
    assert "Inbox" in first
    assert "till 12:30" in first
    assert pictures.made(SMALL) == first


def test_keys_are_read_as_keys_and_text() -> None:
    assert pictures.pressed("j r “a b” escape") == ["j", "r", "a", " ", "b", "escape"]


def test_what_is_made_is_there_and_shown() -> None:
    made = {picture.name for picture in pictures.PICTURES}
    assert {path.stem for path in pictures.FOLDER.glob("*.svg")} == made
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert {name for name in made if f"pictures/{name}.svg" not in text} == set()


@pytest.mark.parametrize("path", sorted(pictures.FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_holds_no_address_font_or_path(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"'<)&;]+", svg)) - {"http://www.w3.org/2000/svg"}
    assert [one for one in addresses if ".example." not in one and one != "https://gitlab.com"] == []
    assert "@font-face" not in svg
    assert not re.search(r"/(?:tmp|home|root|Users|work|var)/", svg)
    frames = max(1, svg.count("<svg ") - 1)
    assert len(svg) < 120_000 * frames
