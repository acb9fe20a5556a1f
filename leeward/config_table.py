"""Reading one table of the settings outside `[quiet]`: each value is checked, each problem kept with its line, none raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from leeward import config_lines
from leeward.text import one_line
from leeward.words import _

T = TypeVar("T")


class Problem(Struct, frozen=True):
    """One thing wrong in a settings file. `key` is what stands there, `said` a sentence on what to write.

    A warning changes nothing; any other problem means that a default or nothing was taken in place of what was read.
    """

    file: Path
    line: int
    key: str
    said: str
    warning: bool = False

    def __str__(self) -> str:
        """As the command line prints it: `config.toml:14  open = [...]   a sentence`."""
        where = f"{self.file.name}:{self.line}"
        return f"{where:<16}{one_line(self.key, 60):<31}  {one_line(self.said)}"


class Found(Struct, frozen=True):
    """What all tables of one file share: the file, its lines and its problems so far."""

    file: Path
    lines: config_lines.Lines
    problems: list[Problem]

    def say(self, path: config_lines.Path, key: str, said: str, *, warning: bool = False) -> None:
        """Keep a problem at `path`."""
        self.problems.append(Problem(self.file, self.lines(path), key, said, warning))


def near(name: str, known: Iterable[str]) -> str:
    """A sentence with the known name that is most like `name`; empty where none is."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return _("Did you mean {name}?").format(name=close[0]) if close else ""


def shown(value: object) -> str:
    """A value as it would stand in the file, roughly."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(shown(part) for part in value[:4])}{', …' if len(value) > 4 else ''}]"
    return "{…}" if isinstance(value, Mapping) else str(value)


class Table:
    """One table at `path`. Every getter gives its default where the key is missing or its value is wrong.

    `broken` turns True when a key was wrong for which no default will do.
    """

    def __init__(self, found: Found, path: config_lines.Path, value: object) -> None:
        self.found = found
        self.path = path
        self.broken = not isinstance(value, Mapping)
        self.values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if self.broken:
            name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
            found.say(path, f"{name} = {shown(value)}", _("is no table. Write [{name}].").format(name=name))

    def wrong(self, key: str, said: str, *, fatal: bool = False, secret: bool = False, warning: bool = False) -> None:
        """Keep a problem of the value of `key`; that of a secret is never repeated."""
        self.broken |= fatal
        value = "•••" if secret else shown(self.values.get(key))
        self.found.say((*self.path, key), f"{key} = {value}", said, warning=warning)

    def warn_unknown(self, known: Iterable[str]) -> None:
        """Warn of every key that is not `known`."""
        names = tuple(known)
        for key in self.values:
            if key not in names:
                said = f"{_('unknown setting, it does nothing.')} {near(key, names)}".strip()
                self.found.say((*self.path, key), key, said, warning=True)

    def text(self, key: str, *, fatal: bool = False) -> str | None:
        """A text that is not empty."""
        return self._read(key, None, _("is no text. Write it in quotes."), _as_text, fatal=fatal)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        said = _("is neither true nor false. Taken as {default}.").format(default=str(default).lower())
        return self._read(key, default, said, lambda value: value if isinstance(value, bool) else None, fatal=False)

    def texts(self, key: str, *, fatal: bool = False) -> tuple[str, ...]:
        """A list of texts that are not empty."""
        return self._read(key, (), _('is no list of texts. Write such as ["one", "two"].'), _as_texts, fatal=fatal)

    def _read(self, key: str, default: T, said: str, parse: Callable[[Any], T | None], *, fatal: bool) -> T:
        if key not in self.values:
            return default
        value = parse(self.values[key])
        if value is None:
            self.wrong(key, said, fatal=fatal)
            return default
        return value


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _as_texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(_as_text(part) for part in value):
        return None
    return tuple(value)
