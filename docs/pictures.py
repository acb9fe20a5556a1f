"""The pictures of the guide, made by the program: `python -m docs.pictures`, or with names of pictures for some of them.

The real screen runs without a terminal over the sample team in a store that is thrown away, on a Monday morning that
never changes, and is driven by the keys that a person would press. Nothing is signed in and nothing reaches a network.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from leeward.model import Instant
    from tui.app import Leeward
    from tui.running import Running
    from tui.wiring import Home

FOLDER = Path(__file__).parent / "pictures"
ZONE = "Europe/Amsterdam"
MORNING = 1_774_255_260_000
"""Monday 23 March 2026, 09:41 in Amsterdam."""
SETTINGS = (
    '[quiet]\nschedule = "work"\n\n[quiet.schedules.work]\nopen = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]\n'
)
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the terminal it stands in and what is pressed: in `keys` a word is a key, “…” is text to type."""

    name: str
    keys: str = ""
    columns: int = 120
    rows: int = 40
    theme: str = "lee"
    empty: bool = False
    steps: tuple[tuple[str, str], ...] = ()
    """A walk: what each frame shows, and what is pressed before it; the frames stand one below the other."""


_WALK = (
    ("1  A line asks for something: it is marked, and listed under Promises", "h j j j j j j enter enter"),
    ("2  t: what belongs to it is ticked, title, who and due are proposed", "t"),
    ("3  Enter, then g l: the task, with the lines as a quote", "enter l j g l"),
    ("4  g c: the capsule, as it was, and what its lines name", "g c G"),
    ("5  In step: what is done or said on one side goes to the other", "g l colon “links of this” enter 3"),
)

PICTURES = (
    Picture("inbox", "j"),
    Picture("inbox-80x24", "j", columns=80, rows=24),
    Picture("inbox-40x12", "j", columns=40, rows=12),
    Picture("reader-40x12", "j enter", columns=40, rows=12),
    Picture("light", "j", theme="lee-light"),
    Picture("capture", "j enter j j t"),
    Picture("capture-80x24", "j enter j j t", columns=80, rows=24),
    Picture("walk", rows=34, steps=_WALK),
    Picture("promises", "h j j j j j j enter"),
    Picture("later", "j s"),
    Picture("reply", "j r “I can look at it before five.”"),
    Picture("tasks", "2"),
    Picture("notes", "3"),
    Picture("search", "slash “backup”"),
    Picture("quiet", "5"),
    Picture("week", "5 i j x w"),
    Picture("week-40x12", "5 i j x", columns=40, rows=12),
    Picture("week-text", "5 i j x enter"),
    Picture("outbox", "j enter j j t enter r “On it.” escape enter g o"),
    Picture("connect", "g a enter"),
    Picture("keys", "question_mark"),
    Picture("first-start", empty=True),
)


class MorningClock:
    """A clock that stands still."""

    def now(self) -> Instant:
        """Always the same."""
        from leeward.model import Instant

        return Instant(MORNING)

    def monotonic(self) -> float:
        """No second passes."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Wait, although the clock does not show it."""
        await asyncio.sleep(seconds)


def pressed(keys: str) -> list[str]:
    """The keys of a picture, one by one, as the pilot names them."""
    found: list[str] = []
    for text, key in re.findall(r"“([^”]*)”|(\S+)", keys):
        found += list(text) if text else [key]
    return found


def made(picture: Picture) -> str:
    """The picture as SVG. Sets the zone of this process, and the colours before Textual is imported."""
    import time

    os.environ |= {"TZ": ZONE, "TEXTUAL_COLOR_SYSTEM": "truecolor"}
    time.tzset()
    with tempfile.TemporaryDirectory(prefix="leeward-pictures-") as folder:
        return tidied(asyncio.run(_shot(picture, Path(folder))))


def _home(folder: Path, *, empty: bool) -> Home:
    """A run over the sample team, or over nothing."""
    from leeward.paths import Folders
    from tui.cli import World
    from tui.commands.start import demo_home
    from tui.wiring import Home

    (folder / "config.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    home = Home(Folders(folder / "config.toml", folder, folder / "state"), World(), MorningClock())
    return home if empty else demo_home(home, folder)


async def _shot(picture: Picture, folder: Path) -> str:
    from tui.running import start

    home = _home(folder, empty=picture.empty)
    running = start(home)
    try:
        app = _app(picture, home, running)
        async with app.run_test(size=(picture.columns, picture.rows)) as pilot:
            await _settled(app, pilot)
            frames = []
            for said, keys in picture.steps or (("", picture.keys),):
                for key in pressed(keys):
                    await pilot.press(key)
                    await _settled(app, pilot)
                frames.append((said, app.export_screenshot(title="leeward", simplify=True)))
            return walked(frames) if picture.steps else frames[0][1]
    finally:
        await running.close()


def _app(picture: Picture, home: Home, running: Running) -> Leeward:
    from leeward.zones import wall, zone
    from tui.app import Leeward, Options
    from tui.desk_store import StoreDesk

    options = Options(theme=picture.theme, first_start=picture.empty, sample=home.sample, follow_s=0)
    return Leeward(StoreDesk(home, running), lambda at: wall(at, zone(ZONE)), options)


async def _settled(app: Leeward, pilot: Pilot[str | None]) -> None:
    """Wait until all reads have come and the picture stands still."""
    before = ""
    while True:
        # The worker that obeys verbs never ends; an empty list would mean all of them.
        if reading := [one for one in app.workers if one.group != "verbs"]:
            await app.workers.wait_for_complete(reading)
        await pilot.pause(0.03)
        now = app.export_screenshot(simplify=True)
        if now == before:
            return
        before = now


CAPTION = 56
"""Height of the line above each frame of a walk."""


def walked(frames: Sequence[tuple[str, str]]) -> str:
    """The frames of a walk in one picture, each below what it shows."""
    parts, top, widest = [], 0.0, 0.0
    for said, svg in frames:
        found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        assert found is not None
        wide, high = float(found[1]), float(found[2])
        caption = f'<text x="8" y="{top + CAPTION * 0.62:.1f}" font-family="{FONT}" font-size="24" fill="#6cc5c1">{escape(said)}</text>'
        parts += [caption, svg.replace("<svg ", f'<svg y="{top + CAPTION:.1f}" width="{wide}" height="{high}" ', 1)]
        top, widest = top + CAPTION + high, max(widest, wide)
    ground = f'<rect width="{widest}" height="{top:.1f}" fill="#10171c"/>'
    return "\n".join(
        (f'<svg viewBox="0 0 {widest} {top:.1f}" xmlns="http://www.w3.org/2000/svg">', ground, *parts, "</svg>")
    )


def tidied(svg: str) -> str:
    """The picture without addresses of fonts, in a font that is there, and without what no reader sees."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: ?[^;]+;", f"font-family: {FONT};", svg)
    svg = re.sub(r"<text[^>]*>(?:&#160;)*</text>", "", svg)
    svg = svg.replace("&#160;", " ").replace('class="rich-terminal" ', 'xml:space="preserve" ')
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def main(names: Sequence[str]) -> int:
    """Make the named pictures, or all; gives the exit code."""
    known = {picture.name: picture for picture in PICTURES}
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"There is no picture {unknown[0]}. There are: {', '.join(known)}.\n")
        return 2
    FOLDER.mkdir(exist_ok=True)
    for name in names or known:
        svg = made(known[name])
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stderr.write(f"{name}.svg, {len(svg) // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
