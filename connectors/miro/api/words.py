"""Texts of Miro's items: HTML with few tags on the way in and out, and our marker at the end.

Miro drops tags and attributes it does not know, so the marker has to be seen: a short word in white brackets.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

from connectors.keymark import signed, unmarked
from leeward.model import Body, Key

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_URL = re.compile(r"(?<![\w@])https?://[^\s<>\"'`()\[\]{}|\\^]+", re.IGNORECASE)
_TARGET = re.compile(r"\]\((?!\s*(?:https?:|mailto:))", re.IGNORECASE)
_SAFE = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
_STANDS = re.compile("<[a-z/]", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,1000}>")
MAX_HTML = 100_000
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"})
_BOLD = frozenset({"strong", "b"})


class _Reader(HTMLParser):
    """Lines of text; each tells whether all of it is bold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[tuple[str, bool]]] = []
        self._open = False
        self._bold = 0
        self._links: list[tuple[str, int]] = []

    def _line(self) -> list[tuple[str, bool]]:
        if not self._open:
            self.lines.append([])
            self._open = True
        return self.lines[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._open = False
            if tag not in {"ul", "ol"}:
                self._line()
        elif tag == "br":
            self._line()
            self._open = False
        elif tag == "li":
            self._open = False
            self._line().append(("- ", False))
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._line())))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag == "li":
            self._open = False
        elif tag in _BOLD:
            self._bold = max(0, self._bold - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        if not self._open and not data.strip():
            return  # what stands between two blocks
        for number, part in enumerate(data.split("\n")):
            if number:
                self._line()
                self._open = False
            if part or number:
                self._line().append((part, self._bold > 0))

    def _end_link(self, href: str, start: int) -> None:
        """A link whose words are not its address keeps both."""
        line = self._line()
        words = "".join(part for part, _bold in line[start:])
        if words and words != href and _SAFE.fullmatch(href):
            line[start:] = [(f"[{words}]({href})", False)]


def read(content: str) -> tuple[str, str | None]:
    """An item's content as plain text, and its first line where that is set in bold: what we write as a title."""
    if not _STANDS.search(content) and "&" not in content:
        return content, None
    reader = _Reader()
    try:
        reader.feed(content if len(content) <= MAX_HTML else _TAG.sub("", content))
        reader.close()
    except AssertionError:
        # The parser gives up on such as "<![x": then what looks like a tag is left out.
        return unescape(_TAG.sub("", content)), None
    lines = ["".join(part for part, _bold in line) for line in reader.lines]
    head = reader.lines[0] if reader.lines else []
    bold = bool(lines and lines[0].strip()) and all(heavy or not part.strip() for part, heavy in head)
    return "\n".join(lines), lines[0] if bold else None


def write(text: str) -> str:
    """Plain text as an item's content: a paragraph a line, and nothing in it is a tag."""
    lines = _LINE_ENDS.sub("\n", text).split("\n")
    return "".join(f"<p>{escape(line, quote=False) or '<br>'}</p>" for line in lines) if text else ""


def plain(text: str) -> str:
    """A title on its way out: one line, no tags."""
    return escape(" ".join(_LINE_ENDS.sub("\n", text).split("\n")), quote=False)


def compose(body: Body, key: Key, most: int) -> str:
    """The owner's words as typed, the quotes made harmless, the link, and the marker; still plain text.

    What is quoted is cut where the whole would be longer than `most`: the capsule keeps it.
    """
    link = neutralise(body.link) if body.link and body.link not in body.own and body.link not in body.quoted else ""
    quoted = neutralise(body.quoted)
    whole = signed("\n\n".join(each for each in (body.own, quoted, link) if each), key)
    if len(whole) <= most or not quoted:
        return whole
    kept = max(0, len(quoted) - (len(whole) - most) - 1)
    return signed("\n\n".join(each for each in (body.own, f"{quoted[:kept]}…", link) if each), key)


def neutralise(text: str) -> str:
    """Text by others that reads the same and does nothing: no name is called, and no link hides where it leads."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    done, at = [], 0
    for url in _URL.finditer(text):
        done += [_harmless(text[at : url.start()]), url[0].replace("@", "%40")]
        at = url.end()
    return "".join([*done, _harmless(text[at:])])


def _harmless(text: str) -> str:
    text = _TARGET.sub("] (", text)
    return unmarked(text.replace("@", "\uff20"))
