"""The window's title says what waits, as the settings want it, and is given back."""

from __future__ import annotations

import pyte
import pytest

from tui.title import Title, words


@pytest.mark.parametrize(
    ("badge", "waiting", "quiet", "shown"),
    [
        ("count", 7, True, "leeward (7)"),
        ("dot", 7, True, "leeward •"),
        ("none", 7, True, "leeward"),
        ("count", 0, True, "leeward"),
        ("dot", 7, False, "leeward"),
    ],
)
def test_the_words_of_the_title(badge: str, waiting: int, quiet: bool, shown: str) -> None:
    assert words(badge, waiting, quiet=quiet) == shown


def test_a_terminal_shows_it_and_is_written_to_only_for_news() -> None:
    written: list[str] = []
    title = Title(written.append)
    title.end()
    for text in ("leeward", "leeward", "leeward •"):
        title.show(text)
    title.end()
    assert len(written) == 3
    screen = pyte.Screen(80, 3)
    stream = pyte.Stream(screen)
    for text in written[:-1]:
        stream.feed(text)
    assert screen.title == "leeward •"
    assert (written[0][:7], written[-1]) == ("\x1b[22;2t", "\x1b[23;2t")
