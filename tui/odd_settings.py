"""What is wrong with the settings in a way that only the screen's side can see: keys of actions, names of themes."""

from __future__ import annotations

from leeward.config import DEFAULT_THEME, Config, Problem
from leeward.config_table import near, shown
from leeward.words import _


def odd_settings(config: Config) -> list[Problem]:
    """Own keys that name no action or clash, and a theme that nobody knows; nothing is read of what is not set."""
    return [*odd_keys(config), *odd_theme(config)]


def odd_keys(config: Config) -> list[Problem]:
    """Own keys that cannot be used; the action keeps its own."""
    if not config.keys or config.path is None:
        return []
    from tui.actions import Keymap

    return [
        Problem(config.path, config.line("keys", one.name), f"{one.name} = {shown(config.keys[one.name])}", one.said)
        for one in Keymap(changed=config.keys).troubles
    ]


def odd_theme(config: Config) -> list[Problem]:
    """A theme that is neither ours nor one of Textual's; `lee` is taken for it."""
    if config.theme == DEFAULT_THEME or config.path is None:
        return []
    from tui.theme import PALETTES

    if config.theme in PALETTES:
        return []
    from textual.theme import BUILTIN_THEMES

    if config.theme in BUILTIN_THEMES:
        return []
    said = _("no such theme; lee is taken.") + " " + near(config.theme, [*PALETTES, *BUILTIN_THEMES])
    return [Problem(config.path, config.line("theme", "name"), f"name = {shown(config.theme)}", said.strip())]
