"""The program on the screen: one workspace over a desk, in a theme, driven by keys."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.segment import Segment
from textual import events
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter
from textual.theme import Theme

from leeward.model import Instant
from leeward.text import safe_line
from tui.actions import Keymap
from tui.screens.ahead import Ahead
from tui.screens.frame import STYLE
from tui.screens.keying import Keying
from tui.screens.shown import FOLLOW_S
from tui.screens.workspace import Workspace
from tui.screens.writing import Writing
from tui.status import Told
from tui.theme import PALETTES, Palette, choose, textual_theme
from tui.widgets.pens import Pens

if TYPE_CHECKING:
    from tui.desk import Desk


class SafeLines(LineFilter):
    """The last look at every line before the terminal: nothing a stranger wrote can steer it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, made safe where they were not."""
        del background
        return [
            segment
            if segment.control or (text := safe_line(segment.text)) == segment.text
            else Segment(text, segment.style)
            for segment in segments
        ]


class Options(Struct, frozen=True):
    """What the settings say about the screen. `problems` are sentences for the banner; `colours` None: ask.

    `lines` says where each name of `[keys]` stands ("config.toml:14"). `begin` is the verb to begin with;
    `moves` are keys that were pressed before the screen was there.
    """

    theme: str = "lee"
    keys: Mapping[str, str] | None = None
    mouse: bool = True
    problems: Sequence[str] = ()
    first_start: bool = False
    follow_s: float = FOLLOW_S
    colours: int | None = None
    lines: Mapping[str, str] | None = None
    list_width: int | None = None
    sample: bool = False
    begin: str = ""
    moves: Sequence[str] = ()


class Leeward(App[str | None], inherit_css=False):
    """Returns None, or what the first screen chose: demo, import.

    Textual's own sheet for apps is about parts that are not here, and reading it would take longer than reading ours.
    """

    ENABLE_COMMAND_PALETTE = False
    TITLE = "leeward"
    CSS = STYLE

    def __init__(self, desk: Desk, wall: Callable[[Instant], datetime], options: Options | None = None) -> None:
        super().__init__(driver_class=_driver())
        self._options = options or Options()
        self._filters.append(SafeLines())
        # Two widgets of Textual's that would never show anything here.
        self._disable_notifications = self._disable_tooltips = True
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        name = choose(self._options.theme, colours=self._colours())
        name = name if name in self.available_themes else "lee"
        self.set_reactive(App.theme, name)
        self.stylesheet.set_variables(self.get_css_variables())
        self._styled = name
        self.keymap_ = Keymap(changed=self._options.keys)
        self.workspace = Workspace(desk, self.keymap_, Pens(PALETTES["lee"]), wall, self._options.follow_s)
        self.workspace.told = Told(sample=self._options.sample)
        self.workspace.list_width = self._options.list_width or self.workspace.list_width
        if name != "lee":
            self.workspace.pens.change(self._palette(self.available_themes[name]))
        self.keying = self._keying()
        self.ahead = Ahead(self.workspace, self.post_message)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheet again for another theme; in the one the program starts in it was read a moment ago."""
        if self._styled != self.theme:
            self._styled = ""
            super().refresh_css(animate)

    def _palette(self, theme: Theme) -> Palette:
        from tui.foreign import palette_of

        return PALETTES[theme.name] if theme.name in PALETTES else palette_of(theme)

    def _colours(self) -> int:
        if self._options.colours is not None:
            return self._options.colours
        return {"standard": 16, "windows": 16, "256": 256}.get(self.console.color_system or "truecolor", 1 << 24)

    def _keying(self) -> Keying:
        stage = self.workspace
        writing = Writing(stage)
        keying = Keying(stage, writing, lambda: self._answering(keying))
        stage.act = keying.act
        begin = self._options.begin or ("first_start" if self._options.first_start else "")
        if begin:
            stage.started = lambda: keying.act(begin)
        elif self._options.moves:
            stage.started = lambda: [keying.press(key, key if len(key) == 1 else None) for key in self._options.moves]
        return keying

    def _answering(self, keying: Keying) -> Sequence[object]:
        from tui.screens.finding import Finding
        from tui.screens.going import Going
        from tui.screens.making import Making
        from tui.screens.quieting import Quieting
        from tui.screens.settling import Settling
        from tui.screens.triage import Triage

        stage = self.workspace
        settling = Settling(stage, mouse=self._options.mouse)
        return (
            *(keying.writing, Triage(stage), Making(stage), Finding(stage, keying.act), Quieting(stage)),
            *(settling, Going(stage, settling)),
        )

    def get_default_screen(self) -> Workspace:
        """The one screen, its panes laid before they are styled."""
        self.workspace.lay(update=False)
        return self.workspace

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text go to whom they mean without travelling through widgets."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self.ahead.holds(event):
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.app_focus:
                self.app_focus = True
            if self.keying.press(event.key, event.character):
                return
        elif isinstance(event, events.Paste) and not event.is_forwarded and self.keying.paste(event.text):
            return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Say what is wrong with the settings; keep the collector away from what lives as long as we do."""
        lines = self._options.lines or {}
        keys = [f"{lines.get(each.name, '')} [keys] {each.name}: {each.said}".strip() for each in self.keymap_.troubles]
        problems = [*self._options.problems, *keys]
        if problems:
            self.workspace.banner("\n".join(problems))
        self.call_after_refresh(_freeze)


_YOUNG = 20_000
"""New objects before the collector looks: a frame makes thousands, and a look in its midst is seen."""


def _freeze() -> None:
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    gc.enable()


def _driver() -> type[Driver] | None:
    """Ours where it works (a terminal on Linux or macOS), else the one Textual chooses."""
    if sys.platform == "win32" or not sys.__stdin__ or not sys.__stdin__.isatty():
        return None
    from tui.driver import QuickDriver

    return QuickDriver
