"""Colours: our palettes, their contrast, and the inks that lines are drawn in.

An ink is a name for what a piece of text is ("dim", "red"); a palette says how it looks. Only `textual_theme` needs
Textual, and imports it when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from textual.theme import Theme

INKS = ("text", "dim", "line", "accent", "red", "yellow", "green")
"""The colours of a palette that text or lines are drawn in."""


class Palette(Struct, frozen=True):
    """One set of colours as "#rrggbb", or terminal colour names where `ansi`."""

    name: str
    dark: bool
    background: str
    panel: str
    selected: str
    text: str
    dim: str
    line: str
    accent: str
    red: str
    yellow: str
    green: str
    ansi: bool = False

    def ink(self, name: str) -> str:
        """The colour of an ink."""
        return str(getattr(self, name))


PALETTES: Mapping[str, Palette] = {
    palette.name: palette
    for palette in (
        Palette(
            "lee", True, "#10171c", "#151e25", "#22323c", "#d7e0e4", "#8fa3ad", "#33454f", "#6cc5c1",
            "#ff8a80", "#f0c75e", "#8fd18f",
        ),
        Palette(
            "lee-light", False, "#fbfaf7", "#f3f1ec", "#dfe9ea", "#1d2a30", "#566770", "#c9cfd0", "#006a6a",
            "#b3261e", "#7a5900", "#2c6e2f",
        ),
        Palette(
            "lee-contrast", True, "#000000", "#0a0a0a", "#1f3a4d", "#ffffff", "#d8e0e4", "#9fb0b8", "#7df0ea",
            "#ffb3ab", "#ffe08a", "#a8f0a8",
        ),
        Palette(
            "lee-light-contrast", False, "#ffffff", "#f7f7f7", "#d3e6ea", "#000000", "#2b363b", "#5d6a70", "#004848",
            "#7a0f0a", "#4a3600", "#0f4212",
        ),
        Palette(
            "lee-16", True, "default", "default", "default", "default", "white", "bright_black", "cyan",
            "red", "yellow", "green", ansi=True,
        ),
    )
}  # fmt: skip
"""Ours. "lee-16" uses the terminal's own sixteen colours: its selected row is shown in reverse."""

LEAST_CONTRAST: Mapping[str, float] = {
    "text": 7.0,
    "dim": 4.5,
    "accent": 4.5,
    "red": 4.5,
    "yellow": 4.5,
    "green": 4.5,
}
"""What every ink must reach on every ground it is drawn on."""


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def weak_pairs(palette: Palette) -> tuple[tuple[str, str, float], ...]:
    """Every (ink, ground, contrast) of a palette that is below what it must reach."""
    if palette.ansi:
        return ()
    return tuple(
        (ink, ground, round(found, 2))
        for ink, least in LEAST_CONTRAST.items()
        for ground in ("background", "panel", "selected")
        if (found := contrast(palette.ink(ink), palette.ink(ground))) < least
    )


def _mixed(one: str, two: str, share: float) -> str:
    """`one` with a share of `two`, both "#rrggbb"."""
    pairs = ((int(one[at : at + 2], 16), int(two[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _strengthened(colour: str, grounds: tuple[str, ...], towards: str, least: float) -> str:
    """`colour`, moved towards white or black until it is readable on every ground."""
    for step in range(21):
        tried = _mixed(colour, towards, step / 20)
        if min(contrast(tried, ground) for ground in grounds) >= least:
            return tried
    return towards


def from_colours(name: str, *, dark: bool, colours: Mapping[str, str]) -> Palette:
    """A palette from a foreign theme's colours, each moved until it is readable.

    `colours` has background, panel, text, accent, red, yellow, green as "#rrggbb". A selected row that would leave no
    readable text on it is brought nearer to the background.
    """
    towards = "#ffffff" if dark else "#000000"
    ground = colours["background"]
    selected = _mixed(ground, colours["accent"], 0.18)
    grounds = (ground, colours["panel"], selected)
    inks = {ink: _strengthened(colours[ink], grounds, towards, LEAST_CONTRAST[ink]) for ink in ("text", "accent")}
    inks |= {ink: _strengthened(colours[ink], grounds, towards, 4.5) for ink in ("red", "yellow", "green")}
    return Palette(
        name, dark, ground, colours["panel"], selected, inks["text"],
        _strengthened(_mixed(inks["text"], ground, 0.4), grounds, towards, 4.5),
        _mixed(ground, inks["text"], 0.2), inks["accent"], inks["red"], inks["yellow"], inks["green"],
    )  # fmt: skip


def choose(name: str, *, colours: int = 1 << 24) -> str:
    """The theme to start with: the one asked for, or the sixteen-colour one where a terminal has no more."""
    return "lee-16" if colours <= 16 and name in PALETTES else name


def textual_theme(palette: Palette) -> Theme:
    """Our palette as a Textual theme, for its own widgets (text fields)."""
    from textual.theme import Theme

    if palette.ansi:
        return Theme(
            palette.name, primary="ansi_cyan", secondary="ansi_cyan", accent="ansi_cyan", warning="ansi_yellow",
            error="ansi_red", success="ansi_green", foreground="ansi_default", background="ansi_default",
            surface="ansi_default", panel="ansi_default", boost="ansi_default", dark=True, ansi=True,
            variables={
                "line": "ansi_bright_black",
                "dim": "ansi_white",
                "selected": "ansi_default",
                "ansi-background": "ansi_black",
                "ansi-foreground": "ansi_white",
                "border-blurred": "ansi_black",
                "block-cursor-foreground": "ansi_black",
                "block-cursor-background": "ansi_white",
                "input-cursor-background": "ansi_black",
                "input-cursor-foreground": "ansi_bright_white",
                "input-cursor-text-style": "none",
                "input-selection-background": "ansi_bright_blue",
                "input-selection-foreground": "ansi_black",
                "screen-selection-background": "ansi_bright_blue",
                "screen-selection-foreground": "ansi_black",
            },
        )  # fmt: skip
    return Theme(
        palette.name, primary=palette.accent, secondary=palette.accent, accent=palette.accent, warning=palette.yellow,
        error=palette.red, success=palette.green, foreground=palette.text, background=palette.background,
        surface=palette.background, panel=palette.panel, boost=palette.selected, dark=palette.dark, text_alpha=1.0,
        variables={
            "line": palette.line,
            "dim": palette.dim,
            "selected": palette.selected,
            "input-cursor-background": palette.text,
            "input-cursor-foreground": palette.background,
            "input-selection-background": palette.selected,
            "input-selection-foreground": palette.text,
        },
    )  # fmt: skip
