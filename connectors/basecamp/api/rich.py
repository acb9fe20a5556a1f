"""Turns Basecamp's rich text into the plain Markdown a person reads in a terminal, as leniently as a browser.

What leeward itself sends comes back letter by letter, so blanks are kept and only line ends of the markup are dropped.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape, unescape

from msgspec import Struct, field

from leeward.model import RemoteId

LONGEST = 200_000
"""Characters that are looked at."""

_DEEPEST = 60
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,30}+)((?:[^<>\"']++|\"[^\"]{0,4000}+\"|'[^']{0,4000}+')*+)>")
_ATTR = re.compile(r"([a-zA-Z][\w:-]{0,60}+)\s{0,5}+=\s{0,5}+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>=`]++))")
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "strike": "~~", "del": "~~", "s": "~~"}
_HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADS | {"div", "p", "blockquote", "pre", "ul", "ol", "li", "table", "tr", "figure", "details", "section"}
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_EMBEDS = frozenset({"bc-attachment", "action-text-attachment"})
_INSIDE = 4000
_KNOWN = _BLOCKS | _SILENT | frozenset(_MARKS) | {"a", "code", "td", "th"}
_HREF = re.compile(r"(?:https?://|mailto:)[^\s()<>]{1,2000}", re.IGNORECASE)
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_PERSON = "application/vnd.basecamp.mention"
_PERSON_OF = re.compile(
    rb"(?:I\"[\x01-\xff]{1,3}|\":\s?\")gid://[a-z0-9-]{1,20}/Person/([0-9]{1,19})(?=[?\"\x06]|$)", re.DOTALL
)
_LONG_SGID = 2000


class Attached(Struct, frozen=True):
    """One attachment inside a text: how it shows, the tag that makes it again, and what it is."""

    shown: str
    tag: str
    sgid: str
    person: RemoteId | None = None
    name: str = ""
    url: str = ""
    media_type: str = ""
    size: int | None = None


class Rich(Struct, frozen=True):
    """Readable text and what is attached inside it."""

    text: str
    attached: tuple[Attached, ...] = ()

    @property
    def people(self) -> tuple[RemoteId, ...]:
        """Whom it mentions."""
        return tuple(dict.fromkeys(each.person for each in self.attached if each.person))


class People(Struct):
    """Who is behind a signed id of Basecamp: those seen so far, else whom the id itself names."""

    by_sgid: dict[str, RemoteId] = field(default_factory=dict)

    def of(self, sgid: str) -> RemoteId | None:
        """The person of a signed id. It is a packed address and a signature; who made it up names somebody in vain."""
        if sgid not in self.by_sgid:
            found = _PERSON_OF.search(_unpacked(sgid[:_LONG_SGID]))
            if found is None:
                return None
            self.by_sgid[sgid] = RemoteId(found[1].decode())
        return self.by_sgid[sgid]


def _unpacked(sgid: str) -> bytes:
    packed = sgid.partition("--")[0].rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:
        return b""


class _Frame(Struct):
    tag: str
    href: str = ""
    number: int = 1
    pieces: list[tuple[bool, str]] = field(default_factory=list)


def read(html: str, people: People) -> Rich:
    """Read rich text; unknown tags leave their words, scripts leave nothing."""
    if "<" not in html and "&" not in html:
        return Rich(_BREAKS.sub(" ", html) if "\n" in html else html)
    reader = _Reader(people)
    html, at = _without_comments(html[:LONGEST]), 0
    unclosed: set[str] = set()
    for found in _TAG.finditer(html):
        start, end = found.span()
        if start < at:
            continue
        if start > at:
            reader.words(html[at:start])
        closing, tag, raw = found.groups()
        at, tag = end, tag.lower()
        if closing:
            reader.end(tag)
        elif tag not in _EMBEDS:
            reader.begin(tag, raw)
        else:
            # What stands inside is how Basecamp shows it; one that is never closed shows nothing.
            stop = -1 if tag in unclosed else html.find(f"</{tag}>", end)
            reader.attach(attributes_of(raw), html[end : max(stop, end)][:_INSIDE])
            at = max(stop, end)
            unclosed |= {tag} if stop < 0 else set()
    reader.words(html[at:])
    return Rich(reader.finish(), tuple(reader.attached))


def _without_comments(html: str) -> str:
    if "<!" not in html and "<?" not in html:
        return html
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    return "".join(kept) + html[at:]


def attributes_of(raw: str) -> dict[str, str]:
    """The attributes of a tag, decoded; the first of a name counts."""
    found: dict[str, str] = {}
    for each in _ATTR.finditer(raw):
        value = next((part for part in each.groups()[1:] if part is not None), "")
        found.setdefault(each[1].lower(), unescape(value))
    return found


class _Reader:
    """Keeps one frame an open tag; a frame that ends is written into the one around it, as words or as a block."""

    def __init__(self, people: People) -> None:
        self.attached: list[Attached] = []
        self._people = people
        self._frames = [_Frame("")]
        self._silent = 0
        self._pre = 0

    def begin(self, tag: str, raw: str) -> None:
        """Take in an opening tag."""
        if tag == "br":
            self._write("\n")
        elif tag == "hr":
            self._block("---")
        elif tag == "img":
            self._write(attributes_of(raw).get("alt", ""))
        elif tag in _KNOWN and len(self._frames) < _DEEPEST:
            if tag == "li":
                self._leave_item()
            given = attributes_of(raw) if tag in {"a", "ol"} else {}
            start = given.get("start", "1")
            number = int(start) if start.isdecimal() and len(start) < 9 else 1
            self._frames.append(_Frame(tag, given.get("href", ""), number))
            self._pre += tag == "pre"
            self._silent += tag in _SILENT

    def end(self, tag: str) -> None:
        """Take in a closing tag: what was opened inside ends with it."""
        if self._frames[-1].tag == tag or any(frame.tag == tag for frame in self._frames[1:]):
            while self._close().tag != tag:
                pass

    def words(self, raw: str) -> None:
        """Take in what stands between tags."""
        if not self._pre and ("\n" in raw or "\r" in raw):
            raw = _BREAKS.sub(" ", raw) if raw.strip() else ""
        self._write(unescape(raw) if "&" in raw else raw)

    def attach(self, given: Mapping[str, str], inside: str) -> None:
        """Take in an attachment; `inside` is how the service shows it."""
        found = _attached(given, " ".join(unescape(_TAG.sub(" ", inside)).split()), self._people)
        if found is not None and not self._silent:
            self.attached.append(found)
            self._write(found.shown)

    def finish(self) -> str:
        """Close what was left open."""
        while len(self._frames) > 1:
            self._close()
        return _joined(self._frames[0].pieces)

    def _leave_item(self) -> None:
        """An item ends where the next one begins, its own list's only."""
        for frame in reversed(self._frames):
            if frame.tag in {"ul", "ol"}:
                return
            if frame.tag == "li":
                self.end("li")
                return

    def _close(self) -> _Frame:
        frame = self._frames.pop()
        self._pre -= frame.tag == "pre"
        if frame.tag in _SILENT:
            self._silent -= 1
        elif not self._silent:
            self._dress(frame)
        return frame

    def _dress(self, frame: _Frame) -> None:
        tag, inner = frame.tag, _joined(frame.pieces)
        if tag in _BLOCKS:
            if frame.pieces:
                self._block(self._laid(frame, inner))
        elif tag in _MARKS:
            self._write(_marked(inner, _MARKS[tag]))
        elif tag == "a":
            self._write(_link(frame.href, inner))
        elif tag == "code":
            self._write(inner if self._pre or not inner.strip() else f"`{inner}`")
        else:
            self._write(f"{inner} | " if tag in {"td", "th"} else inner)

    def _laid(self, frame: _Frame, inner: str) -> str:
        """A block as its lines."""
        if frame.tag in _HEADS:
            return "#" * int(frame.tag[1]) + " " + inner
        if frame.tag == "blockquote":
            return "\n".join(f"> {line}" if line else ">" for line in inner.split("\n"))
        if frame.tag == "pre":
            return f"```\n{inner}\n```"
        if frame.tag != "li":
            return inner
        around = next((each for each in reversed(self._frames) if each.tag in {"ul", "ol"}), None)
        mark = "- "
        if around is not None and around.tag == "ol":
            mark = f"{around.number}. "
            around.number += 1
        return mark + inner.replace("\n", "\n" + " " * len(mark))

    def _write(self, piece: str) -> None:
        if piece and not self._silent:
            self._frames[-1].pieces.append((False, piece))

    def _block(self, piece: str) -> None:
        if not self._silent:
            self._frames[-1].pieces.append((True, piece))


def _joined(pieces: list[tuple[bool, str]]) -> str:
    """Words run on, blocks stand on lines of their own; a break right before the end of a block breaks nothing."""
    if len(pieces) == 1:
        return pieces[0][1] if pieces[0][0] else pieces[0][1].removesuffix("\n")
    lines: list[str] = []
    run: list[str] = []
    for block, piece in pieces:
        if not block:
            run.append(piece)
            continue
        if run:
            lines.append("".join(run).removesuffix("\n"))
            run = []
        lines.append(piece)
    if run:
        lines.append("".join(run).removesuffix("\n"))
    return "\n".join(lines)


def _marked(inner: str, mark: str) -> str:
    bare = inner.strip()
    if not bare:
        return inner
    start = inner.index(bare)
    return f"{inner[:start]}{mark}{bare}{mark}{inner[start + len(bare) :]}"


def _link(href: str, inner: str) -> str:
    if not _HREF.fullmatch(href) or inner in {href, href.removeprefix("mailto:")}:
        return inner
    return f"[{inner}]({href})" if inner.strip() else href


def _attached(given: Mapping[str, str], inside: str, people: People) -> Attached | None:
    sgid, kind = given.get("sgid", ""), given.get("content-type", "")
    tag = attachment(sgid, given.get("caption", ""), given.get("presentation", "")) if sgid else ""
    person = people.of(sgid) if kind in {_PERSON, ""} else None
    if person is not None or kind == _PERSON:
        # As Basecamp shows it, whoever was seen before: the same line always reads the same.
        return Attached(f"@{inside or '?'}", tag, sgid, person)
    name = " ".join(given.get("filename", "").split())[:200]
    href = next((each for key in ("href", "url") if _HREF.fullmatch(each := given.get(key, ""))), "")
    if not name:
        shown = given.get("caption") or href or inside[:200]
        return Attached(shown, tag, sgid) if shown else None
    size = given.get("filesize", "")
    known = int(size) if size.isdecimal() and len(size) < 16 else None
    return Attached(f"[{name}]", tag, sgid, None, name, given.get("url") or href, kind, known)


def attachment(sgid: str, caption: str = "", presentation: str = "") -> str:
    """The tag that puts what was uploaded, or a person, into a text."""
    more = "".join(
        f' {name}="{escape(value)}"' for name, value in (("caption", caption), ("presentation", presentation)) if value
    )
    return f'<bc-attachment sgid="{escape(sgid)}"{more}></bc-attachment>'
