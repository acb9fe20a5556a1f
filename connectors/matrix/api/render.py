"""Turns the HTML of a message into the plain Markdown a person reads in a terminal."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from msgspec import Struct, field

LONGEST = 100_000
"""Characters of HTML that are looked at; no event is allowed to be this long."""

_DEEPEST = 100
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~", "s": "~~", "strike": "~~"}
_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "details", "summary", "h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset({"mx-reply", "script", "style", "head", "title"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source"})
_KNOWN = _BLOCKS | _SILENT | frozenset(_MARKS) | {"a", "blockquote", "pre", "code", "li", "tr", "td", "th"}
_PILL = re.compile(r"https://matrix\.to/#/((?:@|%40)[^/?#\s]+)", re.IGNORECASE)


class Rendered(Struct, frozen=True):
    """Readable text, and the people its pills name (not those in quotes)."""

    text: str
    people: tuple[str, ...]


class _Frame(Struct):
    tag: str
    href: str = ""
    number: int | None = None
    parts: list[str] = field(default_factory=list)


def pill(href: str) -> str | None:
    """The user a matrix.to link points at, None for any other link."""
    found = _PILL.match(href)
    return unquote(found.group(1)) if found else None


def to_text(html: str) -> Rendered:
    """Read HTML as leniently as a browser; unknown tags leave their text, reply fallbacks and scripts leave nothing."""
    writer = _Writer()
    writer.feed(_tags_only(html[:LONGEST]))
    writer.close()
    return Rendered(tidy(writer.finish()), tuple(dict.fromkeys(writer.people)))


def _tags_only(html: str) -> str:
    """Without comments, declarations and a tail of unclosed tags.

    The standard parser takes the square of their length for them, and raises at a declaration it does not know.
    """
    kept: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    plain = re.sub(r"<(?=[!?])", "&lt;", "".join(kept) + html[at:])
    closed = plain.rfind(">") + 1
    return plain[:closed] + plain[closed:].replace("<", "&lt;")


def tidy(text: str) -> str:
    """Without blank lines at the ends or twice in a row, and without blanks at line ends."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip("\n")


class _Writer(HTMLParser):
    """Keeps one frame a open tag; a frame that ends is written into the one around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.people: list[str] = []
        self._frames = [_Frame("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._write(_void(tag, given))
        elif tag in _KNOWN and len(self._frames) < _DEEPEST:
            if tag == "li":
                self._leave_item()
            start = given.get("start", "1")
            number = int(start) if tag == "ol" and start.isdecimal() and len(start) < 9 else 1 if tag == "ol" else None
            self._frames.append(_Frame(tag, given.get("href", ""), number))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write(_void(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(frame.tag == tag for frame in self._frames[1:]):
            while self._close().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(frame.tag in _SILENT for frame in self._frames):
            raw = any(frame.tag == "pre" for frame in self._frames)
            self._write(data if raw else re.sub(r"[ \t\r\n]+", " ", data))

    def finish(self) -> str:
        """Close what was left open."""
        while len(self._frames) > 1:
            self._close()
        return "".join(self._frames[0].parts)

    def _write(self, piece: str) -> None:
        parts = self._frames[-1].parts
        at_start = not parts or parts[-1].endswith("\n")
        parts.append(piece.lstrip(" ") if at_start and self._frames[-1].tag != "pre" else piece)

    def _leave_item(self) -> None:
        """An item ends where the next one begins, its own list's only."""
        for frame in reversed(self._frames):
            if frame.tag in {"ul", "ol"}:
                return
            if frame.tag == "li":
                self.handle_endtag("li")
                return

    def _close(self) -> _Frame:
        frame = self._frames.pop()
        if frame.tag not in _SILENT:
            self._write(self._dress(frame, "".join(frame.parts)))
        return frame

    def _dress(self, frame: _Frame, inner: str) -> str:
        tag = frame.tag
        if tag in _MARKS and inner.strip():
            return f"{_MARKS[tag]}{inner.strip()}{_MARKS[tag]}"
        if tag == "a":
            return self._link(frame.href, inner.strip())
        if tag == "code":
            fenced = any(around.tag == "pre" for around in self._frames)
            return inner if fenced or not inner.strip() else f"`{inner}`"
        if tag == "li":
            return self._item(tidy(inner))
        return _block(tag, inner)

    def _link(self, href: str, inner: str) -> str:
        person = pill(href)
        if person is not None:
            if not any(frame.tag == "blockquote" for frame in self._frames):
                self.people.append(person)
            return inner or person
        shown = href.split(":", 1)[0].lower() in {"http", "https", "mailto"} and not re.search(r"[\s()<>]", href)
        if not shown or inner in {href, href.removeprefix("mailto:")}:
            return inner
        return f"[{inner}]({href})" if inner else href

    def _item(self, inner: str) -> str:
        lists = [frame for frame in self._frames if frame.tag in {"ul", "ol"}]
        number = lists[-1].number if lists else None
        mark = "- " if number is None else f"{number}. "
        if lists and number is not None:
            lists[-1].number = number + 1
        return mark + inner.replace("\n", "\n" + " " * len(mark)) + "\n"


def _void(tag: str, given: dict[str, str]) -> str:
    if tag == "br":
        return "\n"
    if tag == "hr":
        return "\n---\n"
    return given.get("alt") or given.get("title", "") if tag == "img" else ""


def _block(tag: str, inner: str) -> str:
    """What stands on lines of its own; the text of any other tag stays as it is."""
    if tag[:1] == "h" and tag in _BLOCKS:
        return "\n\n" + "#" * int(tag[1:]) + " " + inner.strip() + "\n\n"
    stripped = inner.strip("\n")
    written = {
        "blockquote": lambda: "\n" + "".join(f"> {line}\n" for line in tidy(inner).split("\n")) + "\n",
        "pre": lambda: f"\n```\n{stripped}\n```\n",
        "td": lambda: inner.strip() + " | ",
        "th": lambda: inner.strip() + " | ",
        "tr": lambda: inner.rstrip(" |") + "\n",
        "ul": lambda: f"\n{stripped}\n",
        "ol": lambda: f"\n{stripped}\n",
    }.get(tag)
    if written:
        return written()
    return f"\n\n{stripped}\n\n" if tag in _BLOCKS else inner
