"""What a mail says: its headers as text, its body as plain text, its attachments by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Mail
from html.parser import HTMLParser

from leeward.model import File

_PARTS_MOST = 200
_BODY_MOST = 1_000_000
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_HOLES = re.compile(r"\n{3,}")
_BREAKS = frozenset(
    ["br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "hr"]
)
_SILENT = frozenset(("script", "style", "title"))


def header(mail: Mail, name: str) -> str:
    """A header as one line of text, whatever its encoding; "" without it."""
    raw = mail.get(name)
    if raw is None:
        return ""
    text = str(raw)[:20_000]
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        return " ".join(text.split())
    told = "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)
    return " ".join(told.split())


def _decoded(data: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8"):
        try:
            return data.decode(name or "utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")


def body(mail: Mail) -> str:
    """The text of a mail, quotes included: its plain part, else its HTML as text."""
    rich = ""
    for part in _texts(mail):
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        text = _decoded(payload[:_BODY_MOST], _charset(part))
        if part.get_content_type() == "text/plain":
            return _HOLES.sub("\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").rstrip()
        rich = rich or _from_html(text)
    return rich


def _charset(part: Mail) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, UnicodeError, ValueError):
        return None


def _texts(mail: Mail) -> Iterator[Mail]:
    for part in _walk(mail):
        if part.get_content_type() in {"text/plain", "text/html"} and not _named(part):
            yield part


def _walk(mail: Mail) -> Iterator[Mail]:
    """The parts of a mail, however deep they lie, without recursion and at most 200 of them."""
    waiting, seen = [mail], 0
    while waiting and seen < _PARTS_MOST:
        part = waiting.pop()
        seen += 1
        yield part
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += [one for one in reversed(inner) if isinstance(one, Mail)]


def _named(part: Mail) -> str:
    """The file name of an attachment; "" for a part that is shown."""
    try:
        name = part.get_filename()
        attached = part.get_content_disposition() == "attachment"
    except (LookupError, UnicodeError, ValueError, TypeError):
        return "file"
    return " ".join(str(name).split())[:255] if name else "file" if attached else ""


def files(mail: Mail) -> tuple[File, ...]:
    """The attachments of a mail."""
    return tuple(
        File(name=name, size=_size(part), media_type=part.get_content_type())
        for part in _walk(mail)
        if not part.is_multipart() and (name := _named(part))
    )


def _size(part: Mail) -> int | None:
    payload = part.get_payload(decode=True)
    return len(payload) if isinstance(payload, bytes) else None


class _Text(HTMLParser):
    """Collects the words of a page; quotes get `> ` before each line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "blockquote":
            self._quoted += 1
            self._break()
        elif tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "blockquote":
            self._break()
            self._quoted = max(0, self._quoted - 1)
        elif tag in _BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            line = self.lines[-1]
            if not line:
                line.append("> " * min(self._quoted, 5))
            line.append(data)

    def _break(self) -> None:
        if self.lines[-1]:
            self.lines.append([])


def _from_html(page: str) -> str:
    parser = _Text()
    try:
        parser.feed(page)
        parser.close()
    except (AssertionError, ValueError, RecursionError):  # what no browser would take either
        return _BLANKS.sub(" ", re.sub(r"<[^<>]{0,1000}>", " ", page)).strip()
    lines = (_BLANKS.sub(" ", "".join(line).replace("\n", " ")).rstrip() for line in parser.lines)
    return "\n".join(line for line in lines if line.strip(" >"))
