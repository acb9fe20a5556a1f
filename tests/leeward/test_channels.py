"""Choosing a way to ring, and what doctor says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeward.ports import Rung
from leeward.work.channels import Found, choose, on_screen, reference, say
from tests.leeward.ring_world import Popups, World

TERMINAL, DESKTOP, NTFY = Popups("osc99"), Popups("desktop", replaces=False), Popups("ntfy")
FOUND = {
    "terminal": [Found("terminal", TERMINAL, "terminal: OSC 99.")],
    "desktop": [Found("desktop", None, "desktop: not over SSH.")],
    "phone": [Found("phone", NTFY, "ntfy.")],
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.db.close()


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (("terminal", "desktop", "phone"), ["osc99", "ntfy"]),
        (("phone", "terminal"), ["ntfy", "osc99"]),
        (("desktop",), []),
        ((), []),
    ],
)
def test_the_order_is_the_owners_and_what_is_not_in_it_is_off(order: tuple[str, ...], names: list[str]) -> None:
    assert [channel.name for channel in choose(order, FOUND)] == names


def test_doctor_names_what_is_used_what_is_not_there_and_what_is_off() -> None:
    assert say(("desktop", "terminal"), FOUND) == [
        ("desktop", False, "desktop: not over SSH."),
        ("terminal", True, "terminal: OSC 99. Used first."),
        ("phone", True, "switched off"),
    ]


@pytest.mark.parametrize(
    ("looks", "thread", "seen"),
    [
        (True, "t", True),
        (True, "other", False),
        (True, None, False),
        (False, "t", False),
        (None, "t", False),
    ],
)
def test_only_a_terminal_that_said_so_has_the_focus(looks: bool | None, thread: str | None, seen: bool) -> None:
    assert on_screen(thread, "t", looks=looks) is seen


def test_terminal_and_desktop_never_both_show_one_thing(world: World) -> None:
    for answers, desktop_shows in ((Rung.SENT, 0), (Rung.UNKNOWN, 0), (Rung.FAILED, 1)):
        terminal, desktop = Popups("osc9", replaces=False, answers=answers), Popups("desktop", replaces=False)
        world.come(f"m-{answers}")
        world.ring(terminal, desktop)
        assert len(desktop.shown) == desktop_shows


def test_the_id_of_a_popup_is_kept_with_its_delivery(world: World) -> None:
    notice = world.come("m1")
    assert notice is not None
    recall, remember = reference(world.write)
    assert recall(notice) is None
    remember(notice, "41")
    assert recall(notice) == "41"
    assert recall("nothing") is None


def test_a_popup_whose_id_is_known_is_shown_again_after_a_crash(world: World) -> None:
    from leeward.work import digest

    notice = world.come("m1")
    assert notice is not None
    desktop = Popups("desktop", replaces=False)
    world.write(digest.claim, [digest.Offer("desktop", replaces=False)], world.clock.now())
    world.write(digest.keep_ref, notice, "41")
    world.clock.at += 31_000
    assert world.ring(desktop) == 1
    assert world.state(notice) == "shown"
