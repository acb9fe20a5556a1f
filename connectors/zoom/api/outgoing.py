"""Text on its way to Zoom: the owner's Markdown as Zoom's own marks, quotes, and the pieces that carry our key.

Zoom acts on nothing that stands in a text: a mention, a link's target and all formatting are told beside it, by
position. So a quote can do nothing as long as only the owner's own words are looked through for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from connectors.zoom.api import parts
from leeward.model import Body, Key, RemoteId

_OWN = re.compile(
    r"(?P<code>```[\s\S]{0,40000}?```|`[^`\n]{1,2000}`)"
    r"|\[(?P<label>[^\[\]\n|]{1,500})\]\((?P<href>https?://[^\s()<>|]{1,2000})\)"
    r"|\*\*(?P<bold>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*\*"
    r"|~~(?P<gone>[^\s~](?:[^\n~]{0,998}[^\s~])?)~~"
    r"|(?<![\w@./])@(?P<name>\w(?:[\w.-]{0,78}\w)?)"
)
_ALL = frozenset({"all", "here", "channel", "everyone"})

Finds = Callable[[str], RemoteId | None]
"""The id behind a name that was typed; None where nobody, or more than one, is called so."""


class Span(Struct, frozen=True):
    """Something about [start, end) of a text. `sort` is Zoom's word for a format, or "@" for a mention.

    `of`: a link's address, or who is mentioned ("" for everybody).
    """

    start: int
    end: int
    sort: str
    of: str = ""


class Draft(Struct, frozen=True):
    """A whole text with its spans, before it is cut."""

    words: str
    spans: tuple[Span, ...] = ()


def names_in(own: str) -> bool:
    """Whether these words may name people: only then is it worth asking who there is."""
    return any(found["name"] and found["name"] not in _ALL for found in _OWN.finditer(own))


def plain(body: Body) -> Draft:
    """The same as `compose`, with the owner's words as they were typed."""
    return _with_quotes(Draft(body.own.replace("\r\n", "\n")), body)


def compose(body: Body, person: Finds) -> Draft:
    """The owner's words, then what is quoted, then the link."""
    return _with_quotes(_own(body.own.replace("\r\n", "\n"), person), body)


def _with_quotes(draft: Draft, body: Body) -> Draft:
    rest: list[str] = []
    if quoted := body.quoted.replace("\r\n", "\n").strip("\n"):
        rest.append("\n".join(f"> {line}" for line in quoted.split("\n")))
    if body.link and body.link not in body.own and body.link not in body.quoted:
        rest.append(body.link)
    # A marker inside a quote is somebody else's, and only the last one of a text counts.
    return Draft("\n\n".join(part for part in (draft.words, *rest) if part), draft.spans)


def pieces(draft: Draft, key: Key, least: int = 1) -> tuple[dict[str, Any], ...]:
    """What each message's body says of text and spans. Raises `Refused` for what needs too many messages."""
    cut = parts.cuts(draft.words, key, least)
    made: list[dict[str, Any]] = []
    for number, (start, end) in enumerate(cut, 1):
        words = draft.words[start:end]
        piece: dict[str, Any] = {"message": words + parts.marker(key, number, len(cut))}
        inside = [_within(span, start, end) for span in draft.spans if span.start < end and span.end > start]
        formats = [_format(words, span) for span in inside if span.sort != "@"]
        mentions = [_mention(words, span) for span in inside if span.sort == "@"]
        piece |= {"rich_text": formats} if formats else {}
        piece |= {"at_items": mentions} if mentions else {}
        made.append(piece)
    return tuple(made)


def _own(words: str, person: Finds) -> Draft:
    done, at, spans = "", 0, []
    for found in _OWN.finditer(words):
        done += words[at : found.start()]
        label, bold, gone, name = found.group("label", "bold", "gone", "name")
        inner = label or bold or gone or found[0]
        span = _span(found, len(done), len(done) + len(inner), name, person)
        if span is None:
            inner = found[0]
        else:
            spans.append(span)
        done += inner
        at = found.end()
    return Draft(done + words[at:], tuple(spans))


def _span(found: re.Match[str], start: int, end: int, name: str | None, person: Finds) -> Span | None:
    if found["label"]:
        return Span(start, end, "AddLink", found["href"])
    if found["bold"] or found["gone"]:
        return Span(start, end, "Bold" if found["bold"] else "Strikethrough")
    if name in _ALL:
        return Span(start, end, "@")
    who = person(name) if name else None
    return Span(start, end, "@", who) if who else None


def _within(span: Span, start: int, end: int) -> Span:
    return Span(max(span.start, start) - start, min(span.end, end) - start, span.sort, span.of)


def _format(words: str, span: Span) -> dict[str, Any]:
    """Positions count as UTF-16 does; the end is the one after."""
    where = {"start_position": parts.units(words[: span.start]), "end_position": parts.units(words[: span.end])}
    return {**where, "format_type": span.sort} | ({"format_attr": span.of} if span.of else {})


def _mention(words: str, span: Span) -> dict[str, Any]:
    """A mention's end is its last character, other than a format's."""
    start, end = parts.units(words[: span.start]), parts.units(words[: span.end]) - 1
    who = {"at_type": 1, "at_contact": span.of} if span.of else {"at_type": 2}
    return {"start_position": start, "end_position": end, **who}
