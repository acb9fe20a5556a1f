import pytest

from tui.theme import PALETTES, choose, contrast, from_colours, weak_pairs


@pytest.mark.parametrize("name", [name for name, palette in PALETTES.items() if not palette.ansi])
def test_every_ink_is_readable_on_every_ground(name: str) -> None:
    assert weak_pairs(PALETTES[name]) == ()


def test_the_contrast_of_the_first_palette_is_what_was_designed() -> None:
    lee = PALETTES["lee"]
    measured = {
        ink: round(contrast(lee.ink(ink), lee.selected), 1) for ink in ("text", "dim", "accent", "red", "yellow")
    }
    assert measured == {"text": 9.9, "dim": 5.0, "accent": 6.5, "red": 5.8, "yellow": 8.2}


def test_a_pale_palette_is_found_out() -> None:
    from msgspec.structs import replace

    weak = weak_pairs(replace(PALETTES["lee"], dim="#33454f"))
    assert {(ink, ground) for ink, ground, _ in weak} == {("dim", each) for each in ("background", "panel", "selected")}


def test_every_theme_of_textual_becomes_readable() -> None:
    from textual.theme import BUILTIN_THEMES

    from tui.foreign import palette_of

    for theme in BUILTIN_THEMES.values():
        if not theme.ansi:
            assert weak_pairs(palette_of(theme)) == (), theme.name


def test_a_hopeless_foreign_theme_ends_at_white() -> None:
    grey = dict.fromkeys(("background", "panel", "text", "accent", "red", "yellow", "green"), "#202020")
    assert weak_pairs(from_colours("grey", dark=True, colours=grey)) == ()


def test_sixteen_colours_choose_the_terminals_own() -> None:
    assert choose("lee", colours=16) == "lee-16"
    assert choose("lee", colours=256) == "lee"
    assert choose("nord", colours=16) == "nord"
