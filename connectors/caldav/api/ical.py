r"""iCalendar as content lines: read, changed and written back so that what we do not know stays as it was.

Lines that nobody changed keep their text to the letter. The icalendar library is not used for this: its components drop
what they cannot parse, and its text escaping turns a typed `\N` into a newline and reads `\\n` as one (6.1 to 7.3).
Source: RFC 5545 (grammar, folding, TEXT), RFC 6868 (parameter values).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field

MAX_CHARS = 2_000_000
MAX_LINES = 20_000
MAX_DEPTH = 8
FOLD = 75
"""Octets a line may have on the wire, its line break not counted."""

_BREAK = re.compile(r"\r\n|\n|\r")
_FOLDED = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ITEM = re.compile(r"(?:[^\\,]|\\.)+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9-]+\Z")
_CARET = re.compile(r"\^([n'^])")
_DROPPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


class UnreadableError(ValueError):
    """This is no iCalendar object we can read."""


class Line(Struct, frozen=True):
    """One content line, unfolded. `raw` is the whole of it as received; `name` is upper case, "" where it has no form."""

    raw: str
    name: str
    params: tuple[tuple[str, str], ...]
    value: str

    def param(self, name: str) -> str | None:
        """A parameter's value by its upper-case name."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def text(self) -> str:
        """The value of a TEXT property."""
        return unescape(self.value)


class Component(Struct):
    """A component with its lines and inner components in the order they came."""

    name: str
    body: list[Line | Component] = field(default_factory=list)

    def lines(self, name: str) -> list[Line]:
        """Every line called `name`."""
        return [each for each in self.body if isinstance(each, Line) and each.name == name]

    def line(self, name: str) -> Line | None:
        """The first line called `name`."""
        return next(iter(self.lines(name)), None)

    def value(self, name: str) -> str:
        """The raw value of the first line called `name`, trimmed; "" where there is none."""
        line = self.line(name)
        return line.value.strip() if line else ""

    def text(self, name: str) -> str:
        """The TEXT of the first line called `name`; "" where there is none."""
        line = self.line(name)
        return line.text if line else ""

    def inner(self, name: str) -> list[Component]:
        """Every component right inside that is called `name`."""
        return [each for each in self.body if isinstance(each, Component) and each.name == name]

    def put(self, name: str, *lines: Line) -> None:
        """Let `lines` stand where the first line called `name` stood, or after the last line; the others go."""
        places = [at for at, each in enumerate(self.body) if isinstance(each, Line) and each.name == name]
        at = places[0] if places else self._end()
        kept = [each for each in self.body if not (isinstance(each, Line) and each.name == name)]
        self.body = [*kept[:at], *lines, *kept[at:]]

    def drop(self, *names: str) -> None:
        """Take out every line called one of `names`."""
        self.body = [each for each in self.body if not (isinstance(each, Line) and each.name in names)]

    def _end(self) -> int:
        """Right before the inner components, where new properties belong."""
        inner = (at for at, each in enumerate(self.body) if isinstance(each, Component))
        return next(inner, len(self.body))


Pairs: TypeAlias = Sequence[tuple[str, str]]


def parse(text: str) -> Component:
    """Read one VCALENDAR. Raises `UnreadableError`, never anything else."""
    if len(text) > MAX_CHARS:
        raise UnreadableError("too large")
    raws = [raw for raw in _BREAK.split(_FOLDED.sub("", text.removeprefix("\ufeff"))) if raw.strip()]
    if len(raws) > MAX_LINES:
        raise UnreadableError("too many lines")
    top = Component("")
    open_now = [top]
    for raw in raws:
        line = read_line(raw)
        if line.name == "BEGIN":
            component = Component(line.value.strip().upper())
            open_now[-1].body.append(component)
            open_now.append(component)
            if len(open_now) > MAX_DEPTH:
                raise UnreadableError("too deep")
        elif line.name == "END":
            if len(open_now) == 1 or open_now.pop().name != line.value.strip().upper():
                raise UnreadableError("END without its BEGIN")
        else:
            open_now[-1].body.append(line)
    calendars = top.inner("VCALENDAR")
    if len(open_now) != 1 or len(calendars) != 1:
        raise UnreadableError("not one whole VCALENDAR")
    return calendars[0]


def read_line(raw: str) -> Line:
    """Take a line apart; one without form keeps its text and has no name."""
    parts = _outside_quotes(raw, ":", 1)
    head = _outside_quotes(parts[0], ";")
    name = head[0].strip()
    if len(parts) < 2 or not _NAME.match(name):
        return Line(raw, "", (), "")
    params = tuple(
        (key.strip().upper(), _param(value)) for key, _sep, value in (each.partition("=") for each in head[1:])
    )
    return Line(raw, name.upper(), params, parts[1])


def _outside_quotes(text: str, separator: str, times: int = -1) -> list[str]:
    """Split where `separator` stands outside of double quotes."""
    pieces, start, quoted = [], 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == separator and not quoted and times != 0:
            pieces.append(text[start:at])
            start, times = at + 1, times - 1
            if times == 0:
                break
    return [*pieces, text[start:]]


def _param(value: str) -> str:
    bare = value.strip(" \t")
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    return _CARET.sub(lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], bare)


def line(name: str, value: str, params: Pairs = ()) -> Line:
    """A line of ours. `value` is on-the-wire form already: escaped where it is TEXT."""
    said = "".join(f";{key}={_quoted(content)}" for key, content in params)
    return Line(f"{name}{said}:{value}", name, tuple(params), value)


def text_line(name: str, text: str) -> Line:
    """A TEXT property of ours."""
    return line(name, escape(text))


def _quoted(content: str) -> str:
    safe = tidy(content).replace("^", "^^").replace('"', "^'").replace("\n", "^n").replace("\t", " ")
    return f'"{safe}"' if any(mark in safe for mark in ":;, '") else safe


def tidy(text: str) -> str:
    """Text that iCalendar and XML can hold: newlines as LF, no other control characters, no lone surrogates."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return _DROPPED.sub("", plain)


def escape(text: str) -> str:
    """TEXT for the wire, tidied first."""
    plain = tidy(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n")


def unescape(value: str) -> str:
    """What a TEXT value says."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def items(value: str) -> list[str]:
    """The entries of a list of TEXT, unescaped, without empty ones."""
    return [entry for entry in (unescape(found).strip() for found in _ITEM.findall(value)) if entry]


def render(calendar: Component) -> str:
    """The whole object, folded, with CRLF at the end of each line."""
    return "".join(f"{fold(raw)}\r\n" for raw in _raws(calendar))


def _raws(component: Component) -> Iterator[str]:
    yield f"BEGIN:{component.name}"
    for each in component.body:
        if isinstance(each, Line):
            yield each.raw
        else:
            yield from _raws(each)
    yield f"END:{component.name}"


def fold(raw: str) -> str:
    """Break a long line every 75 octets, never inside a character."""
    if len(raw) * 4 <= FOLD or len(raw.encode()) <= FOLD:
        return raw
    pieces: list[str] = []
    start = octets = 0
    for at, char in enumerate(raw):
        size = len(char.encode())
        if octets + size > FOLD:
            pieces.append(raw[start:at])
            start, octets = at, 1
        octets += size
    return "\r\n ".join([*pieces, raw[start:]])
