"""Textual's own themes, made readable enough for our inks."""

from __future__ import annotations

from textual.theme import Theme

from tui.theme import Palette, from_colours


def palette_of(theme: Theme) -> Palette:
    """A palette from a Textual theme; colours too near to their ground are moved away from it."""
    made = theme.to_color_system().generate()

    def colour(name: str) -> str:
        from textual.color import Color

        red, green, blue = Color.parse(made[name]).rgb
        return f"#{red:02x}{green:02x}{blue:02x}"

    names = {
        "background": "background",
        "panel": "surface",
        "text": "foreground",
        "accent": "primary",
        "red": "error",
        "yellow": "warning",
        "green": "success",
    }
    return from_colours(theme.name, dark=theme.dark, colours={ours: colour(theirs) for ours, theirs in names.items()})
