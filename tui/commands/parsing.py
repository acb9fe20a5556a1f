"""How command lines are read: wrong words are repeated harmlessly, numbers are bounded."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leeward.text import clean
from leeward.words import _

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

MOST = 1_000_000_000


class Parser(argparse.ArgumentParser):
    """Says what was wrong without letting what was typed reach the terminal as it is."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        super()._print_message(clean(message), file)


def count(word: str) -> int:
    """A number from 1 on, as an argument's type."""
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(MOST)) and 1 <= int(word) <= MOST):
        raise argparse.ArgumentTypeError(_("a number from 1 on is needed, not {word}").format(word=word[:40]))
    return int(word)


def days(word: str) -> int:
    """A number of days, up to a year."""
    return min(count(word), 366)
