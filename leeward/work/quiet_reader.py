"""Reading one table of `[quiet]`: every value is checked, every problem is kept with its line, nothing is raised.

The other sections are read by `leeward.config_table`. This one knows no file, so that rules can be tried on a text too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

from leeward import zones
from leeward.words import _
from leeward.work.quiet_settings import SYSTEM
from leeward.work.quiet_windows import BadRule

Path: TypeAlias = tuple[str | int, ...]
Lines: TypeAlias = Callable[[Path], int]
Problem: TypeAlias = tuple[int, str, str, bool]
"""The line, what stands there, a sentence on what to write, and whether it is only a warning."""

T = TypeVar("T")
D = TypeVar("D")


class Reader:
    """One table at `path`; all readers of a file share `problems`."""

    def __init__(self, table: object, path: Path, lines: Lines, problems: list[Problem]) -> None:
        self.path = path
        self._lines = lines
        self.problems = problems
        self._table: Mapping[str, Any] = table if isinstance(table, Mapping) else {}
        if not isinstance(table, Mapping):
            self.say((), header(path), _("is no table."))

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def say(self, at: Path, text: str, sentence: str, *, warning: bool = False) -> None:
        """Keep a problem found at `path + at`."""
        self.problems.append((self._lines(self.path + at), text, sentence, warning))

    def wrong(self, key: str, sentence: str, *, warning: bool = False) -> None:
        """Keep a problem of the value of `key`."""
        self.say((key,), f"{key} = {shown(self._table.get(key))}", sentence, warning=warning)

    def known(self, *keys: str) -> None:
        """Warn about every other key, with the nearest known one."""
        for key in self._table:
            if key not in keys:
                from difflib import get_close_matches

                near = get_close_matches(key, keys, n=1)
                meant = _(" Did you mean {near}?").format(near=near[0]) if near else ""
                self.wrong(key, _("no such setting.") + meant, warning=True)

    def table(self, key: str) -> Reader:
        """A table within; an empty one where there is none."""
        return Reader(self._table.get(key, {}), (*self.path, key), self._lines, self.problems)

    def tables(self, key: str) -> list[Reader]:
        """An array of tables."""
        found = self._table.get(key, [])
        if not isinstance(found, list):
            self.wrong(key, _("is no list of tables. Write [[quiet.{key}]].").format(key=key))
            return []
        return [Reader(part, (*self.path, key, n), self._lines, self.problems) for n, part in enumerate(found)]

    def named(self) -> list[tuple[str, Reader]]:
        """Every table within, by name."""
        return [(name, self.table(name)) for name in self._table]

    def names(self) -> tuple[str, ...]:
        """Every key."""
        return tuple(self._table)

    def raw(self, key: str) -> Any:
        """The value as it stands; None where there is none."""
        return self._table.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        found = self._table.get(key, default)
        if isinstance(found, str):
            return found
        self.wrong(key, _("is no text. Put it in quotes."))
        return default

    def maybe(self, key: str) -> str | None:
        """A text that may be missing."""
        return self.text(key) if key in self._table else None

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        found = self._table.get(key, default)
        if isinstance(found, bool):
            return found
        self.wrong(key, _("is neither true nor false."))
        return default

    def choice(self, key: str, words: tuple[str, ...], default: str) -> str:
        """One of some words."""
        found = self.text(key, default)
        if found in words:
            return found
        self.wrong(key, _("is not known. Write one of {words}.").format(words=", ".join(words)))
        return default

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of texts."""
        found = self._table.get(key, list(default))
        if isinstance(found, list) and all(isinstance(part, str) for part in found):
            return tuple(found)
        self.wrong(key, _('is no list of texts. Write such as ["one", "two"].'))
        return tuple(default)

    def words_of(self, key: str, words: tuple[str, ...], default: Iterable[str]) -> tuple[str, ...]:
        """A list of words out of a set."""
        found = self.texts(key, default)
        for word in found:
            if word not in words:
                said = _("{word} is not known. Write any of {words}.").format(word=word, words=", ".join(words))
                self.wrong(key, said)
        return tuple(dict.fromkeys(word for word in found if word in words))

    def dates(self, key: str) -> tuple[date, ...]:
        """A list of TOML dates."""
        found = self._table.get(key, [])
        if isinstance(found, list) and all(type(part) is date for part in found):
            return tuple(found)
        self.wrong(key, _("is no list of dates. Write such as [2026-04-27]."))
        return ()

    def parsed(self, key: str, parse: Callable[[str], T], default: D) -> T | D:
        """A text that `parse` understands."""
        if key not in self._table:
            return default
        text = self.text(key)
        try:
            return parse(text) if text else default
        except BadRule as error:
            self.wrong(key, str(error))
            return default

    def zone(self, key: str, default: str | None, *, system: bool = True) -> str | None:
        """A zone, or "system" where that is allowed."""
        if key not in self._table:
            return default
        name = self.text(key)
        if not name or (system and name == SYSTEM):
            return name or default
        try:
            zones.zone(name)
        except ValueError as error:
            self.wrong(key, str(error))
            return default
        return name


def header(path: Path) -> str:
    """How a table's head is written in the file; an array of tables has double brackets."""
    names = ".".join(part for part in path if isinstance(part, str))
    return f"[[{names}]]" if path and isinstance(path[-1], int) else f"[{names}]"


def shown(value: object) -> str:
    """A value about as TOML writes it, in one line of bounded length."""
    if isinstance(value, str):
        text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, datetime | date):
        text = value.isoformat()
    elif isinstance(value, list):
        text = "[" + ", ".join(shown(part) for part in value) + "]"
    elif isinstance(value, Mapping):
        text = "{ … }"
    else:
        text = str(value)
    return text if len(text) <= 120 else text[:119] + "…"
