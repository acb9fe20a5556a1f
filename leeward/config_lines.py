"""On which line of a settings file each key stands, since the parser of the standard library does not tell.

The text has been parsed already, so this walk knows that it is TOML and only follows its shape.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys from the top; a number is a place in an array: ("account", 0, "url"), ("quiet", "schedules", "work", "open", 1)."""

_SKIP = r"(?:[ \t\r\n]|#[^\n]*)*"
_BLANK = r"[ \t]*"
_BARE = r"[A-Za-z0-9_-]+"
_STRING = (
    r'(?s)"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_SCALAR = r"[^,\]}#\n]*"
_ESCAPE = r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([btnfr"\\]))'
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def _match(pattern: str, text: str, at: int) -> re.Match[str] | None:
    return re.compile(pattern).match(text, at)


class Lines:
    """Where things stand in one file. Call it with a path to get its line, counted from 1."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    @cached_property
    def _walked(self) -> _Walk:
        """Settings without a mistake are read without ever asking for a line."""
        walk = _Walk(self._text)
        try:
            walk.file()
        except RecursionError:
            walk.found.clear()
        return walk

    @property
    def headers(self) -> tuple[tuple[int, Path], ...]:
        """(line, path) of every `[table]` and `[[table]]`, in the order of the file."""
        return tuple(self._walked.headers)

    def __call__(self, path: Path) -> int:
        """The line of `path`, or of the nearest part of it that stands in the file; 1 where nothing of it does."""
        found = self._walked.found
        while path and path not in found:
            path = path[:-1]
        return found.get(path, 1)


class _Walk:
    """One pass over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.headers: list[tuple[int, Path]] = []
        self._lists: dict[Path, int] = {}
        self._counted = 0
        self._line = 1

    def file(self) -> None:
        """Every table and key of the file."""
        table: Path = ()
        self._skip(_SKIP)
        while self.at < len(self.text):
            before = self.at
            if self.text.startswith("[", self.at):
                line = self._now()
                table = self._header(line)
                self.headers.append((line, table))
            else:
                self._pair(table)
            self._skip(_SKIP)
            if self.at == before:  # not TOML after all: better no line than no end
                return

    def _header(self, line: int) -> Path:
        listed = self.text.startswith("[[", self.at)
        self.at += 2 if listed else 1
        parts = self._key()
        self.at += 2 if listed else 1
        path: Path = ()
        for part in parts[:-1]:
            path = self._into((*path, part), line)
        path = (*path, parts[-1]) if parts else path
        self.found.setdefault(path, line)
        if listed:
            self._lists[path] = self._lists.get(path, -1) + 1
            path = (*path, self._lists[path])
            self.found[path] = line
            return path
        return self._into(path, line)

    def _into(self, path: Path, line: int) -> Path:
        """`path`, or its newest element where it is a list of tables."""
        self.found.setdefault(path, line)
        return (*path, self._lists[path]) if path in self._lists else path

    def _pair(self, table: Path) -> None:
        line = self._now()
        path = table
        for part in self._key():
            path = (*path, part)
            self.found.setdefault(path, line)
        self._skip(_BLANK)
        self.at += 1
        self._value(path)

    def _key(self) -> list[str]:
        """The parts of a dotted key."""
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            found = _match(_STRING, self.text, self.at) or _match(_BARE, self.text, self.at)
            if not found:
                return parts
            self.at = found.end()
            parts.append(_plain(found[0]))
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        self._skip(_SKIP)
        self.found.setdefault(path, self._now())
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline(path)
        else:
            found = _match(_STRING, self.text, self.at) or _match(_SCALAR, self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while not self._closes("]"):
            before = self.at
            self._value((*path, index))
            index += 1
            if self.at == before:
                return

    def _inline(self, path: Path) -> None:
        self.at += 1
        while not self._closes("}"):
            before = self.at
            self._pair(path)
            if self.at == before:
                return

    def _closes(self, bracket: str) -> bool:
        """Step over blanks and a comma; True, and over the bracket, at the end."""
        self._skip(_SKIP)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_SKIP)
        if self.at >= len(self.text):
            return True
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False

    def _skip(self, what: str) -> None:
        found = _match(what, self.text, self.at)
        self.at = found.end() if found else self.at

    def _now(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line


def _plain(key: str) -> str:
    """A key without its quotes and escapes."""
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    return re.sub(_ESCAPE, lambda one: _ESCAPED[one[3]] if one[3] else chr(int(one[1] or one[2], 16)), key[1:-1])
