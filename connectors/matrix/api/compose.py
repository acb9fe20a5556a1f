"""Writes a message: Markdown to the plain body and the HTML a homeserver carries, with nothing that acts in a quote."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from msgspec import Struct

from leeward.errors import Refused
from leeward.model import Body
from leeward.words import _

USER = re.compile(r"(?<![\w@])@[a-z0-9._=/+-]{1,200}:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,200}[A-Za-z0-9])?(?::\d{1,5})?")
"""A whole user id in running text."""

_ROOM = re.compile(r"(?<!\w)@room\b")
_ROOMY = 45_000
"""Bytes both forms of a text may take; an event holds 65,536 with all that surrounds it."""

_DEEPEST = 8
_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,1000})`"
    r"|\[(?P<label>[^\[\]\n]{1,500})\]\((?P<href>(?:https?://|mailto:)[^\s()<>\"]{1,2000})\)"
    r"|(?P<bare>https?://[^\s<>\"`]{1,2000}[^\s<>\"`.,;:!?)\]*_])"
    r"|\*\*(?P<bold>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*\*"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*(?![\w*])"
    r"|~~(?P<gone>[^\s~](?:[^\n~]{0,998}[^\s~])?)~~"
    r"|(?P<user>" + USER.pattern + ")"
)
_ITEM = re.compile(r"(?P<bullet>[-*+])\s+(?P<text>.*)|(?P<number>\d{1,9})[.)]\s+(?P<rest>.*)")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


class Written(Struct, frozen=True):
    """The parts of a message's content that its words decide. `html` is None where it says no more than `plain`."""

    plain: str
    html: str | None
    people: tuple[str, ...]
    room: bool

    def content(self) -> dict[str, Any]:
        """The words as content. `m.mentions` is always there: it ends the guessing of names in the text."""
        mentions: dict[str, Any] = {}
        if self.people:
            mentions["user_ids"] = list(self.people)
        if self.room:
            mentions["room"] = True
        formatted = {} if self.html is None else {"format": "org.matrix.custom.html", "formatted_body": self.html}
        return {"msgtype": "m.text", "body": self.plain, **formatted, "m.mentions": mentions}


def write(body: Body) -> Written:
    """The owner's words, then what is quoted, then the link. Raises `Refused` for a text no event can hold.

    Only what the owner typed mentions anybody. Quoted text is set as a quote, its pills and "@room" broken.
    """
    own = body.own.replace("\r\n", "\n").strip("\n")
    quoted = _tame(body.quoted.replace("\r\n", "\n").strip("\n"))
    link = body.link if body.link and body.link not in body.own else None
    plain = "\n\n".join(part for part in (own, _quote(quoted), link) if part)
    html = to_html(own)
    if quoted:
        html += f"<blockquote>{to_html(quoted, people=False)}</blockquote>"
    if link:
        html += to_html(link)
    size = len(plain.encode(errors="replace"))
    if size > _ROOMY:
        raise Refused(_("The text is too long for one Matrix message."), _("Send it in parts, or as a file."))
    says_more = html != f"<p>{escape(plain)}</p>" and size + len(html.encode(errors="replace")) <= _ROOMY
    bare = _without_code(own)
    people = tuple(dict.fromkeys(USER.findall(bare)))
    return Written(plain, html if says_more else None, people, bool(_ROOM.search(bare)))


def to_html(markdown: str, *, people: bool = True, depth: int = 0) -> str:
    """Paragraphs, quotes, lists, headings, code, emphasis and links; everything else is escaped text."""
    lines = markdown.split("\n")
    blocks: list[str] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        block, at = _block(lines, at, people=people, depth=depth)
        blocks.append(block)
    return "".join(blocks)


def _block(lines: list[str], at: int, *, people: bool, depth: int) -> tuple[str, int]:
    """One block from line `at` on, and the line after it."""
    line = lines[at]
    if _FENCE.match(line):
        return _code(lines, at)
    if line.startswith(">") and depth < _DEEPEST:
        end = _while(lines, at, lambda other: other.startswith(">"))
        inner = "\n".join(other[1:].removeprefix(" ") for other in lines[at:end])
        return f"<blockquote>{to_html(inner, people=people, depth=depth + 1)}</blockquote>", end
    heading = re.fullmatch(r"(#{1,6})\s+(.*)", line)
    if heading:
        level = len(heading.group(1))
        return f"<h{level}>{_inline(heading.group(2), people=people)}</h{level}>", at + 1
    if _ITEM.fullmatch(line):
        return _list(lines, at, people=people)
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _opens(lines[end], depth):
        end += 1
    return "<p>" + "<br>".join(_inline(other, people=people) for other in lines[at:end]) + "</p>", end


def _opens(line: str, depth: int) -> bool:
    """Whether another block than a paragraph begins here."""
    quote = line.startswith(">") and depth < _DEEPEST
    return bool(quote or _FENCE.match(line) or _ITEM.fullmatch(line) or re.match(r"#{1,6}\s", line))


def _code(lines: list[str], at: int) -> tuple[str, int]:
    fence = lines[at].strip()[:3]
    end = _while(lines, at + 1, lambda other: not other.strip().startswith(fence))
    inner = "\n".join(lines[at + 1 : end])
    return f"<pre><code>{escape(inner)}\n</code></pre>", end + 1


def _list(lines: list[str], at: int, *, people: bool) -> tuple[str, int]:
    ordered = lines[at][:1].isdecimal()
    items: list[str] = []
    while at < len(lines):
        item = _ITEM.fullmatch(lines[at])
        if item is None or (item.group("number") is not None) != ordered:
            break
        end = _while(lines, at + 1, lambda other: other.startswith("  ") and bool(other.strip()))
        words = [item.group("text") or item.group("rest") or "", *(other.strip() for other in lines[at + 1 : end])]
        items.append("<li>" + "<br>".join(_inline(word, people=people) for word in words) + "</li>")
        at = end
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{''.join(items)}</{tag}>", at


def _while(lines: list[str], at: int, holds: Any) -> int:
    while at < len(lines) and holds(lines[at]):
        at += 1
    return at


def _inline(text: str, *, people: bool, depth: int = 0) -> str:
    out: list[str] = []
    at = 0
    for found in _INLINE.finditer(text):
        out += [escape(text[at : found.start()]), _span(found, people=people, depth=depth)]
        at = found.end()
    return "".join((*out, escape(text[at:])))


def _span(found: re.Match[str], *, people: bool, depth: int) -> str:
    kind = found.lastgroup
    whole = found.group()
    inner = found.group(kind or 0)
    if kind == "code":
        return f"<code>{escape(inner)}</code>"
    if kind == "href":
        return f'<a href="{escape(inner)}">{escape(found.group("label"))}</a>' if _fit(inner, people) else escape(whole)
    if kind == "bare":
        return f'<a href="{escape(inner)}">{escape(inner)}</a>' if _fit(inner, people) else escape(whole)
    if kind == "user":
        return f'<a href="https://matrix.to/#/{escape(inner)}">{escape(inner)}</a>' if people else escape(inner)
    tag = {"bold": "strong", "italic": "em", "gone": "del"}[kind or ""]
    words = _inline(inner, people=people, depth=depth + 1) if depth < _DEEPEST else escape(inner)
    return f"<{tag}>{words}</{tag}>"


def _fit(href: str, people: bool) -> bool:
    """In a quote no link becomes a pill that names a person or a room."""
    return people or "matrix.to/#" not in href.lower()


def _tame(quoted: str) -> str:
    """Break what older servers and clients act on in a plain body: "@room", and a user id, by a word joiner."""
    broken = _ROOM.sub("@\u2060room", quoted)
    return USER.sub(lambda found: "@\u2060" + found.group()[1:], broken)


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""


def _without_code(markdown: str) -> str:
    """The owner's words outside code and quotes: a name in a pasted log calls nobody."""
    kept: list[str] = []
    fenced = False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and not line.startswith(">"):
            kept.append(re.sub(r"`[^`\n]{1,1000}`", " ", line))
    return "\n".join(kept)
