"""Paging through items of any height: every line is seen, and what is seen stays when more rows come in."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.widget import Widget

from tui.theme import PALETTES
from tui.view import Line
from tui.widgets.lines import Lines
from tui.widgets.pens import Pens

HIGH = 12
CASES = 60


class Pane(App[None]):
    """One pane of lines, an item being its number and its height."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = Lines(Pens(PALETTES["lee"]), self._item, id="pane")

    def _item(self, item: tuple[int, int], _space: int) -> list[Line]:
        number, high = item
        return [((f"{number}.{line}", "text"),) for line in range(high)]

    def compose(self) -> ComposeResult:
        yield self.pane


def each(act: Callable[[Lines, list[tuple[int, int]]], None]) -> None:
    """Let `act` page through lists of items, from low ones to some that are higher than the screen."""

    async def go() -> None:
        app = Pane()
        async with app.run_test(size=(40, HIGH)):
            rng = random.Random(7)
            for _ in range(CASES):
                most = rng.choice([1, 2, 3, 8, 30])
                items = [(number, rng.randint(1, most)) for number in range(rng.randint(1, 60))]
                app.pane.show(items, 0, top="start")
                act(app.pane, items)

    asyncio.run(go())


def seen(pane: Lines) -> list[str]:
    pane.drawn()
    return [row.text.strip(" ▌") for row in pane._rows]


def pages(pane: Lines, way: int) -> set[str]:
    """Everything that stands on the screen on the way to an end; what stands there stays when the list is shown anew."""
    found = set(seen(pane))
    for _ in range(1000):
        if not pane.page(way):
            return found - {""}
        before = seen(pane)
        found |= set(before)
        pane.show(list(pane.items), pane.cursor)
        assert seen(pane) == before
        assert any(row.startswith(f"{pane.items[pane.cursor][0]}.") for row in before)
    raise AssertionError("paging never ends")


def test_every_line_is_seen_on_the_way_down_and_up() -> None:
    def there_and_back(pane: Lines, items: list[tuple[int, int]]) -> None:
        every = {f"{number}.{line}" for number, high in items for line in range(high)}
        assert pages(pane, 1) == every
        assert seen(pane)[-1] == f"{items[-1][0]}.{items[-1][1] - 1}" or len(every) < HIGH
        assert pages(pane, -1) == every
        assert (pane.top, pane.skip) == (0, 0)

    each(there_and_back)


def test_a_thread_opens_at_the_first_line_of_its_item_however_high_and_leaves_no_room_unused() -> None:
    def opened(pane: Lines, items: list[tuple[int, int]]) -> None:
        lines = sum(high for _number, high in items)
        for number, _high in items:
            pane.show(items, number, top="cursor")
            rows = [row for row in seen(pane) if row]
            assert f"{number}.0" in rows
            assert len(rows) == min(HIGH, lines)

    each(opened)


def test_a_hidden_pane_opens_there_once_it_is_shown() -> None:
    async def go() -> None:
        app = Pane()
        async with app.run_test(size=(40, HIGH)) as pilot:
            app.pane.display = False
            app.pane._wide = app.pane._high = 0
            app.pane.show([(0, 3), (1, 30), (2, 3)], 1, top="cursor")
            app.pane.display = True
            await pilot.pause()
            assert "1.0" in seen(app.pane)

    asyncio.run(go())


def test_the_ends_are_reached_where_the_cursor_stands_on_the_item_already() -> None:
    def ends(pane: Lines, items: list[tuple[int, int]]) -> None:
        for _again in range(2):
            pane.edge(end=True)
            assert [row for row in seen(pane) if row][-1] == f"{items[-1][0]}.{items[-1][1] - 1}"
            assert pane.cursor == len(items) - 1
            pane.scrolled(-1)
        for _again in range(2):
            pane.edge(end=False)
            assert seen(pane)[0] == "0.0"
            assert pane.cursor == 0
            pane.scrolled(1)

    each(ends)


def test_a_row_of_odd_width_takes_no_other_row_from_the_frame() -> None:
    async def go() -> None:
        app = Pane()
        async with app.run_test(size=(40, HIGH)) as pilot:
            app.pane.draw_item = lambda item, _space: [((str(item), "text"),)]
            app.pane.show([f"plain {number}" for number in range(HIGH)])
            await pilot.pause()
            compositor, sent = app.screen._compositor, set[int]()
            real = compositor.update_widgets

            def watched(widgets: set[Widget]) -> None:
                real(widgets)
                for region in compositor._dirty_regions:
                    sent.update(range(region.y, region.bottom))

            compositor.update_widgets = watched  # type: ignore[method-assign]
            app.pane.show([f"other {number}" if number % 5 else f"👩‍👩‍👧‍👦 {number}" for number in range(HIGH)])
            app.pane.drawn()
            for _each in range(20):  # the pane's own wish has arrived before the frame is drawn
                await asyncio.sleep(0)
            app.screen._on_timer_update()
            assert sent == set(range(HIGH))

    asyncio.run(go())
