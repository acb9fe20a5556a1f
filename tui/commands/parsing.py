"""How command lines are read: flags stand anywhere, wrong words are repeated harmlessly, numbers are bounded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leeward.text import clean
from leeward.words import _

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

MOST = 1_000_000_000


class Parser(argparse.ArgumentParser):
    """Says what was wrong without letting what was typed reach the terminal as it is."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        super()._print_message(clean(message), file)

    def parse_known_args(  # type: ignore[override]  # argparse's own signature has overloads by kind of namespace
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read a line. Where words may be many, flags among them do not end them: `done ID --json ID`."""
        many = any(not one.option_strings and one.nargs in {"*", "+"} for one in self._actions)
        return super().parse_known_args(self._flags_first(args) if many and args else args, namespace)

    def _flags_first(self, args: Sequence[str]) -> list[str]:
        """The same line with its flags and what they take before the other words."""
        flags: list[str] = []
        words: list[str] = []
        left = list(args)
        while left:
            word = left.pop(0)
            if word == "--":
                words += left
                break
            if not self._is_flag(word):
                words.append(word)
                continue
            flags.append(word)
            action = self._option_string_actions.get(word)
            if action is not None and action.nargs in {None, "?"} and left and not self._is_flag(left[0], end=True):
                flags.append(left.pop(0))
        return [*flags, "--", *words] if words else flags

    def _is_flag(self, word: str, *, end: bool = False) -> bool:
        """Whether argparse would take a word for a flag; `end`: so is what ends them."""
        if word == "--":
            return end
        return word[:1] == "-" and word != "-" and " " not in word and not self._negative_number_matcher.match(word)


def count(word: str) -> int:
    """A number from 1 on, as an argument's type."""
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(MOST)) and 1 <= int(word) <= MOST):
        raise argparse.ArgumentTypeError(_("a number from 1 on is needed, not {word}").format(word=word[:40]))
    return int(word)


def days(word: str) -> int:
    """A number of days, up to a year."""
    return min(count(word), 366)
