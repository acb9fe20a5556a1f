"""Writes HTML for Teams and OneNote: the owner's Markdown, quotes that cannot act, mentions, and our key.

Everything is escaped that is not one of the few marks made here, so that nothing typed or quoted becomes a tag. Only the
owner's own words mention anybody. The key is an attribute nobody sees; where it was not proved yet that Teams keeps it,
a short word in white brackets at the end carries it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from msgspec import Struct

from connectors.keymark import marker, signed, unmarked
from connectors.teams.api.html_in import KEY_NAME
from leeward.model import Body, Key, Person

_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,1000})`"
    r"|\[(?P<label>[^\[\]\n]{1,500})\]\((?P<href>(?:https?://|mailto:)[^\s()<>\"]{1,2000})\)"
    r"|(?P<bare>https?://[^\s<>\"`]{1,2000}[^\s<>\"`.,;:!?)\]*_])"
    r"|\*\*(?P<bold>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*\*"
    r"|~~(?P<gone>[^\s~](?:[^\n~]{0,998}[^\s~])?)~~"
    r"|(?<![\w@./])@(?P<name>\w)"
)
_KEY = re.compile(r"lw[A-Za-z0-9]{1,60}")
_ITEM = re.compile(r"(?:(?P<bullet>-)|(?P<number>\d{1,6})\.) (?P<text>.*)")


class Mentioned(Struct, frozen=True):
    """A name as it stands in the text, and whom it means."""

    person: Person
    name: str


class Written(Struct, frozen=True):
    """A body on its way: HTML, and the `mentions` that belong to it."""

    html: str
    mentions: tuple[Mapping[str, Any], ...]


class Names:
    """Who can be mentioned, by each form their name may be typed in; a form that two people share means nobody."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._forms: dict[str, Person | None] = {}
        for one in people:
            name = " ".join(one.name.split()).casefold()
            local = (one.address or "").partition("@")[0].casefold()
            for form in {name, name.replace(" ", ""), name.replace(" ", "."), name.partition(" ")[0], local}:
                if form:
                    taken = self._forms.get(form)
                    self._forms[form] = one if form not in self._forms or taken == one else None

    def at(self, text: str, start: int) -> tuple[Person, int] | None:
        """The person whose name stands at `start`, and where it ends; the longest form counts."""
        rest = text[start : start + 120].casefold()
        for form in sorted(self._forms, key=len, reverse=True):
            after = rest[len(form) : len(form) + 1]
            if rest.startswith(form) and not (after.isalnum() or after == "_"):
                person = self._forms[form]
                return (person, start + len(form)) if person else None
        return None


def names_anybody(own: str) -> bool:
    """Whether the owner's words may mention somebody: only then it is worth asking who there is."""
    return any(found["name"] for found in _INLINE.finditer(own))


def write(body: Body, key: Key, names: Names, *, hidden: bool | None, before: str = "") -> Written:
    """A message. `hidden`: whether Teams keeps the attribute that carries the key (None: not known yet)."""
    mentioned: list[Mentioned] = []
    parts = [to_html(body.own.replace("\r\n", "\n"), names, mentioned)] if body.own else []
    if quoted := body.quoted.replace("\r\n", "\n").strip("\n"):
        parts.append(f"<blockquote>{_plain(unmarked(quoted))}</blockquote>")
    if body.link and body.link not in body.own and body.link not in body.quoted:
        parts.append(to_html(body.link))
    if hidden is not True:
        parts.append(escape(marker(key)))
    inner = _joined(parts)
    mentions = tuple(
        {
            "id": number,
            "mentionText": each.name,
            "mentioned": {
                "user": {"id": each.person.id, "displayName": each.person.name, "userIdentityType": "aadUser"}
            },
        }
        for number, each in enumerate(mentioned)
    )
    return Written(f'{before}<div itemprop="{KEY_NAME}" itemid="{escape(key)}">{inner}</div>', mentions)


def plain_text(body: Body, key: Key | None) -> str:
    """A body for To Do and Planner, where nothing in a text acts; with the key where there is no other place for it."""
    quoted = unmarked(body.quoted.replace("\r\n", "\n").strip("\n"))
    parts = [
        body.own.replace("\r\n", "\n"),
        "\n".join(f"> {line}".rstrip() for line in quoted.split("\n")) if quoted else "",
    ]
    if body.link and body.link not in body.own and body.link not in body.quoted:
        parts.append(body.link)
    return signed("\n\n".join(each for each in parts if each), key)


def key_from(value: str | None) -> Key | None:
    """A key of ours, or None for anything else."""
    return Key(value) if value and _KEY.fullmatch(value) else None


def page(title: str, markdown: str, key: Key) -> str:
    """A OneNote page with one block of ours in it."""
    return f"<!DOCTYPE html><html><head><title>{escape(title)}</title></head><body>{page_block(markdown, key)}</body></html>"


def page_block(markdown: str, key: Key) -> str:
    """The block of a page that is ours: it is found again by the id OneNote keeps for us."""
    return f'<div data-id="{KEY_NAME}-{escape(key)}">{to_html(markdown) or "<p></p>"}</div>'


def to_html(markdown: str, names: Names | None = None, mentioned: list[Mentioned] | None = None) -> str:
    """Code, lists, quotes, emphasis and links; every line end stays one, everything else is escaped text."""
    out: list[str] = []
    lines = markdown.split("\n")
    at, before = 0, "nothing"
    while at < len(lines):
        block, end = _block(lines, at, names, mentioned)
        if block:
            # A block begins a line by itself where words stand before it, not where that line is empty.
            out.append("<br>" + block if before == "empty" else block)
            at, before = end, "block"
            continue
        out.append("<br>" if before in {"words", "empty"} else "")
        out.append(_line(lines[at], names, mentioned))
        before = "words" if lines[at] else "empty"
        at += 1
    return "".join(out)


def _block(lines: list[str], at: int, names: Names | None, mentioned: list[Mentioned] | None) -> tuple[str, int]:
    """A block that begins at a line, and the line after it; "" where none begins there."""
    if lines[at] == "```":
        end = next((n for n in range(at + 1, len(lines)) if lines[n] == "```"), None)
        if end is not None and end > at + 1:
            return f"<pre>{escape(chr(10).join(lines[at + 1 : end]))}</pre>", end + 1
        return "", at
    if lines[at].startswith("> "):
        end = at
        while end < len(lines) and (lines[end].startswith("> ") or lines[end] == ">"):
            end += 1
        inner = "<br>".join(_line(line[2:], names, mentioned) for line in lines[at:end])
        return f"<blockquote>{inner}</blockquote>", end
    first = _ITEM.fullmatch(lines[at])
    if first is None:
        return "", at
    tag = "ul" if first["bullet"] else "ol"
    items: list[str] = []
    end = at
    while end < len(lines) and (found := _ITEM.fullmatch(lines[end])):
        if bool(found["bullet"]) != (tag == "ul") or (
            tag == "ol" and int(found["number"]) != int(first["number"]) + len(items)
        ):
            break
        items.append(f"<li>{_line(found['text'], names, mentioned)}</li>")
        end += 1
    start = f' start="{int(first["number"])}"' if tag == "ol" and first["number"] != "1" else ""
    return f"<{tag}{start}>{''.join(items)}</{tag}>", end


def _line(words: str, names: Names | None, mentioned: list[Mentioned] | None) -> str:
    bare = words.lstrip(" ")
    done = ["&nbsp;" * (len(words) - len(bare))]
    words, at = bare, 0
    for found in _INLINE.finditer(words):
        if found.start() < at:
            continue
        done.append(_text(words[at : found.start()]))
        at = found.end()
        if found["name"]:
            who = names.at(words, found.start("name")) if names else None
            if who is None or mentioned is None:
                done.append(_text(found[0]))
                continue
            person, at = who
            done.append(f'<at id="{len(mentioned)}">{escape(person.name)}</at>')
            mentioned.append(Mentioned(person, person.name))
        else:
            done.append(_span(found, names, mentioned))
    return "".join([*done, _text(words[at:])])


def _span(found: re.Match[str], names: Names | None, mentioned: list[Mentioned] | None) -> str:
    code, label, href, bare, bold, gone = found.group("code", "label", "href", "bare", "bold", "gone")
    if code:
        return f"<code>{escape(code)}</code>"
    if label:
        return f'<a href="{escape(href)}">{escape(label)}</a>'
    if bare:
        return f'<a href="{escape(bare)}">{escape(bare)}</a>'
    tag, inner = ("strong", bold) if bold else ("s", gone)
    return f"<{tag}>{_line(inner, names, mentioned)}</{tag}>"


def _text(words: str) -> str:
    """Escaped, with blanks that HTML would swallow kept."""
    return re.sub(r" (?= )", "&nbsp;", escape(words))


def _plain(words: str) -> str:
    return "<br>".join(_text(line) for line in words.split("\n"))


def _joined(parts: list[str]) -> str:
    """With an empty line between them; a block that ends needs one line end less."""
    out = ""
    for each in parts:
        if out:
            out += "<br>" if out.endswith(("</blockquote>", "</ul>", "</ol>", "</pre>")) else "<br><br>"
        out += each
    return out
