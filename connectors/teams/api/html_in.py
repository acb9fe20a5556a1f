"""Reads the HTML of Teams and OneNote as the plain Markdown a person reads in a terminal.

A reader of its own, since the standard one takes the square of an unclosed tag's length. Nothing is ever fetched, and a
link is kept only where it leads to http, https or mail.
"""

from __future__ import annotations

import re
from html import unescape

from msgspec import Struct, field

LONGEST = 200_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_DECLARED = re.compile(r"<[!?][A-Za-z][^<>]{0,500}>")
_ATTRIBUTE = re.compile(r"([A-Za-z][A-Za-z0-9:-]{0,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~", "s": "~~", "strike": "~~", "code": "`"}
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "blockquote",
        "pre",
        "codeblock",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "body",
        "html",
        "section",
    ]
)
_STARTS = frozenset(["pre", "codeblock", "li", "h1", "h2", "h3", "h4", "h5", "h6"])
_SILENT = frozenset({"script", "style", "head", "title", "iframe", "object", "attachment"})
_VOID = frozenset({"br", "hr", "img", "emoji", "meta", "link", "input", "wbr", "systemeventmessage"})
_DEEPEST = 100
_REPLY = "http://schema.skype.com/reply"
KEY_NAME = "leeward"
"""The `itemprop` of the block that carries our key in its `itemid`."""


class Image(Struct, frozen=True):
    """A picture within the text."""

    name: str
    url: str


class Read(Struct):
    """What HTML said: its words, which mentions and attachments stand in it, what it quotes, and a key of ours."""

    words: str = ""
    mentions: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    key: str | None = None


class _Open(Struct):
    tag: str
    at: int
    href: str = ""
    number: int | None = None


def read(html: str) -> Read:
    """Words and what else matters; never raises."""
    writer = _Writer()
    html = _without_comments(html[:LONGEST])
    at = 0
    for found in _TAG.finditer(html):
        writer.words(html[at : found.start()])
        at = found.end()
        closing, tag, rest = found[1], found[2].lower(), found[3]
        if closing:
            writer.close(tag)
        else:
            writer.open(tag, rest)
    writer.words(html[at:])
    return writer.finish()


def _joined(words: str, *, begins: bool) -> str:
    """Lines of the source as one; `begins`: blanks before the first word say nothing."""
    pieces = re.split(r"[\r\n]+", words)
    last = len(pieces) - 1
    for at, piece in enumerate(pieces):
        left = piece.lstrip(" \t") if at else piece
        pieces[at] = left.rstrip(" \t") if at < last else left
    plain = " ".join(each for at, each in enumerate(pieces) if each or at in {0, last})
    return plain.lstrip(" ") if begins and not pieces[0] else plain


def _without_comments(html: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    plain = "".join(kept) + html[at:]
    return _DECLARED.sub("", plain) if "<!" in plain or "<?" in plain else plain


def _begins(given: dict[str, str]) -> int:
    """The number an ordered list begins with."""
    start = given.get("start", "1")
    return int(start) if start.isdecimal() and len(start) < 9 else 1


class _Writer:
    """`parts` is the text so far, `opened` the tags around; what a tag adds is put in when it is closed."""

    def __init__(self) -> None:
        self.found = Read()
        self.parts: list[str] = []
        self.opened: list[_Open] = []
        self.due = False
        self.silent = 0
        self.fenced = 0

    def words(self, data: str) -> None:
        """Text between tags: a line end in the source is a blank, `<br>` is one here."""
        if not data or self.silent:
            return
        plain = unescape(data) if "&" in data else data
        if not self.fenced and ("\n" in plain or "\r" in plain):
            plain = _joined(plain, begins=self.due or self._fresh())
        plain = plain.replace("\xa0", " ")
        if plain:
            self._flush()
            self.parts.append(plain)

    def open(self, tag: str, rest: str) -> None:
        """A tag begins; unknown ones leave their text as it is."""
        given = {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(rest)} if rest else {}
        if tag == "attachment" and given.get("id"):
            self.found.attachments.append(given["id"])
        if tag in _VOID:
            self._void(tag, given)
            return
        if rest.endswith("/") or len(self.opened) >= _DEEPEST:
            return
        if given:
            self._notice(tag, given)
        if tag in _BLOCKS:
            self._begin_line()
        if tag in _SILENT:
            self.silent += 1
        self.opened.append(_Open(tag, len(self.parts), given.get("href", ""), _begins(given) if tag == "ol" else None))
        if tag in _STARTS and not self.silent:
            self._mark_start(tag)

    def close(self, tag: str) -> None:
        """A tag ends, and those left open within it."""
        if not (self.opened and self.opened[-1].tag == tag) and not any(each.tag == tag for each in self.opened):
            return
        while self.opened:
            last = self.opened.pop()
            self._end(last)
            if last.tag == tag:
                return

    def finish(self) -> Read:
        """Close what was left open."""
        while self.opened:
            self._end(self.opened.pop())
        lines = "".join(self.parts).split("\n")
        self.found.words = "\n".join(line.rstrip() for line in lines).strip("\n")
        return self.found

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self.silent:
            return
        if tag == "br":
            self._flush()
            self.parts.append("\n")
        elif tag == "hr":
            self._begin_line()
            self.parts.append("---")
            self.due = True
        elif tag in {"img", "emoji"}:
            name = given.get("alt") or given.get("title") or ""
            if tag == "img" and given.get("src"):
                self.found.images.append(Image(name or "image", given["src"]))
            if name:
                self._flush()
                self.parts.append(name)

    def _notice(self, tag: str, given: dict[str, str]) -> None:
        item = given.get("itemid", "")
        if tag == "at" and given.get("id"):
            self.found.mentions.append(given["id"])
        elif tag == "blockquote" and given.get("itemtype", "").lower() == _REPLY and item:
            self.found.quotes.append(item)
        elif given.get("itemprop") == KEY_NAME and item:
            self.found.key = self.found.key or item
        elif given.get("data-id", "").startswith(f"{KEY_NAME}-"):
            self.found.key = self.found.key or given["data-id"].removeprefix(f"{KEY_NAME}-")

    def _mark_start(self, tag: str) -> None:
        if tag in {"pre", "codeblock"}:
            self.fenced += 1
            if self.fenced == 1:
                self.parts.append("```\n")
        elif tag == "li":
            self.parts.append(self._bullet())
        else:
            self.parts.append("#" * int(tag[1:]) + " ")

    def _bullet(self) -> str:
        lists = [each for each in self.opened if each.tag in {"ul", "ol"}]
        if not lists:
            return "- "
        indent = "  " * (len(lists) - 1)
        number = lists[-1].number
        if number is None:
            return f"{indent}- "
        lists[-1].number = number + 1
        return f"{indent}{number}. "

    def _end(self, last: _Open) -> None:
        tag = last.tag
        if tag in _SILENT:
            self.silent -= 1
            return
        if self.silent:
            return
        if tag in {"pre", "codeblock"}:
            self._unfence()
        elif tag in _MARKS and not (tag == "code" and self.fenced):
            self._dress(last.at, _MARKS[tag], _MARKS[tag])
        elif tag in {"at", "a", "blockquote"}:
            {"at": self._name, "a": self._link, "blockquote": self._quote}[tag](last)
        elif tag in {"td", "th"}:
            self.parts.append(" | ")
        elif tag == "tr" and self.parts and self.parts[-1] == " | ":
            self.parts.pop()
        if tag in _BLOCKS and not self._fresh():
            self.due = True

    def _unfence(self) -> None:
        self.fenced -= 1
        if not self.fenced:
            self.due = self.due or not self._fresh()
            self._flush()
            self.parts.append("```")

    def _dress(self, at: int, before: str, after: str) -> None:
        """Put signs around what stands since `at`, within its blanks."""
        inner = "".join(self.parts[at:])
        core = inner.strip()
        if core:
            lead, _core, tail = inner.partition(core)
            self.parts[at:] = [lead, before, core, after, tail]

    def _name(self, last: _Open) -> None:
        if not "".join(self.parts[last.at :]).lstrip().startswith("@"):
            self._dress(last.at, "@", "")

    def _link(self, last: _Open) -> None:
        inner = "".join(self.parts[last.at :]).strip()
        href = last.href.strip()
        usable = href.split(":", 1)[0].lower() in {"http", "https", "mailto"} and not re.search(r"[\s()<>]", href)
        if not usable or inner in {href, href.removeprefix("mailto:")} or inner.rstrip("/") == href.rstrip("/"):
            return
        if inner and "\n" not in inner:
            self._dress(last.at, "[", f"]({href})")
        elif not inner:
            self._flush()
            self.parts.append(href)

    def _quote(self, last: _Open) -> None:
        inner = "".join(self.parts[last.at :]).strip("\n")
        self.parts[last.at :] = ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []

    def _fresh(self) -> bool:
        """Whether nothing stands on this line yet."""
        for each in reversed(self.parts):
            if each:
                return each.endswith("\n")
        return True

    def _flush(self) -> None:
        if self.due:
            self.due = False
            self.parts.append("\n")

    def _begin_line(self) -> None:
        if self.due or not self._fresh():
            self.due = False
            self.parts.append("\n")
