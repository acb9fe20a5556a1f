"""What a message of a Slack export says, as plain text: mentions by name, links, entities, attachments and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from leeward.model import File, RemoteId

_MARK = re.compile(r"<([^<>\s][^<>]*)>")
_ENTITY = re.compile(r"&(?:lt|gt|amp);")
_ATTACHED = 20
_DEEP = 8
_LONGEST = 200_000


def plain(text: str, people: Mapping[str, str], places: Mapping[str, str]) -> str:
    """`text` with what stands between `<` and `>` resolved; `people` and `places` give names by id."""

    def resolve(found: re.Match[str]) -> str:
        return _resolve(found[1], people, places)

    return _ENTITY.sub(lambda found: unescape(found[0]), _MARK.sub(resolve, text))


def _resolve(inside: str, people: Mapping[str, str], places: Mapping[str, str]) -> str:
    target, _bar, label = inside.partition("|")
    if target.startswith("@"):
        return "@" + (people.get(target[1:]) or label.lstrip("@") or target[1:])
    if target.startswith("#"):
        return "#" + (label or places.get(target[1:]) or target[1:])
    if target.startswith("!"):
        name = target[1:].split("^")[0]
        return label or "@" + name
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    if "://" not in target and not target.startswith("tel:"):
        return f"<{inside}>"
    return f"{label} ({target})" if label and label.rstrip("/") not in target else target


def mentioned(text: str) -> tuple[RemoteId, ...]:
    """The ids of the people a raw text names, each once."""
    found = (mark.partition("|")[0] for mark in _MARK.findall(text))
    return tuple(dict.fromkeys(RemoteId(target[1:]) for target in found if target[:1] == "@" and len(target) > 1))


def raw_text(message: Mapping[str, Any]) -> str:
    """All a message says, still in Slack's own marks: its text, else its blocks, then what is attached to it."""
    said = message.get("text")
    text = said if isinstance(said, str) else ""
    if not text.strip():
        text = "".join(_blocks(message.get("blocks"), 0))
    attachments = message.get("attachments")
    for attachment in attachments[:_ATTACHED] if isinstance(attachments, list) else ():
        more = _attached(attachment) if isinstance(attachment, dict) else ""
        if more and more not in text:
            text = f"{text}\n{more}" if text else more
    return text[:_LONGEST]


def _attached(attachment: Mapping[str, Any]) -> str:
    parts = [attachment.get(key) for key in ("pretext", "title", "text")]
    told = [part for part in parts if isinstance(part, str) and part.strip()]
    fallback = attachment.get("fallback")
    return "\n".join(told) or (fallback if isinstance(fallback, str) else "")


def _blocks(blocks: object, depth: int) -> Iterator[str]:
    """The words inside rich blocks; a section ends a line."""
    if depth > _DEEP:
        return
    if isinstance(blocks, list):
        for block in blocks[:500]:
            yield from _blocks(block, depth + 1)
    elif isinstance(blocks, dict):
        text = blocks.get("text")
        if isinstance(text, dict):
            yield from _blocks(text, depth + 1)
        else:
            yield text if isinstance(text, str) else _element(blocks)
        yield from _blocks(blocks.get("elements"), depth + 1)
        if blocks.get("type") in _SECTIONS:
            yield "\n"


_SECTIONS = ("section", "header", "rich_text_section", "rich_text_quote", "rich_text_preformatted")


def _element(block: Mapping[str, Any]) -> str:
    """A person, a link or an emoji inside a block, in Slack's marks; "" for what has no words."""
    for key, form in (("user_id", "<@{}>"), ("url", "<{}>"), ("name", ":{}:")):
        value = block.get(key)
        if isinstance(value, str) and value:
            return form.format(value)
    return ""


def files(message: Mapping[str, Any]) -> tuple[File, ...]:
    """What is attached as files: names and addresses only; nothing is fetched."""
    listed = message.get("files")
    single = message.get("file")
    every = listed if isinstance(listed, list) else [single]
    return tuple(_file(one) for one in every[:_ATTACHED] if isinstance(one, dict))


def _file(one: Mapping[str, Any]) -> File:
    def text(*keys: str) -> str | None:
        return next((found for key in keys if isinstance(found := one.get(key), str) and found), None)

    size = one.get("size")
    return File(
        name=text("name", "title", "id") or "file",
        url=text("permalink", "url_private"),
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        media_type=text("mimetype"),
    )
