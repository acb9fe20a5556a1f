"""What an event says: its text, its files, the people it names."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

from connectors.matrix.api.ask import download_url
from connectors.matrix.api.compose import USER
from connectors.matrix.api.render import Rendered, to_text
from connectors.matrix.api.rooms import display_name
from connectors.matrix.api.shape import Event, local_part, mapping, named, number, sequence, text
from leeward.model import File
from leeward.words import _

KEY = "dev.leeward.key"
"""The member of a content that carries our own key."""
PART = "dev.leeward.part"
"""The member of a file's content that carries the key of the line it was sent with."""

_FILES = frozenset({"m.file", "m.image", "m.audio", "m.video"})
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Said(Struct, frozen=True):
    """`raw` is what was received, where it differs from `text`; `room`: it calls everybody in the room."""

    text: str
    raw: str | None
    people: tuple[str, ...] = ()
    room: bool = False
    files: tuple[File, ...] = ()


def said(event: Event, content: dict[str, Any], base: str, *, own: bool = False) -> Said:
    """Read a line's content (its own, or that of its last edit).

    `own`: we wrote it ourselves, so its plain body is the Markdown that was typed and needs no reading of HTML.
    """
    if event.type == "m.room.encrypted":
        whole = json.dumps(event.whole, ensure_ascii=True, separators=(",", ":"))
        return Said(_("encrypted"), whole)
    files = _files(event, content, base)
    body = text(content.get("body")) or ""
    if files:
        return _captioned(content, body, files)
    if own:
        rendered, raw = Rendered(body, ()), body
    else:
        rendered, raw = _words(content, body, answers=answers(event) is not None)
    shown = f"* {rendered.text}" if content.get("msgtype") == "m.emote" else rendered.text
    place = text(content.get("geo_uri")) if content.get("msgtype") == "m.location" else None
    if place and place.startswith("geo:"):
        shown = f"{shown}\n{place}".strip()
    people, room = _mentions(content, rendered)
    return Said(shown, None if raw == shown else raw, people, room)


def answers(event: Event) -> str | None:
    """The line it answers for certain.

    In a thread, `is_falling_back` marks an answer that is there only for programs that know no threads.
    """
    relation = event.relation
    if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back") is True:
        return None
    return named(mapping(relation.get("m.in_reply_to")).get("event_id"), "$")


def strip_fallback(body: str) -> str:
    """A plain body without the quote that older programs put before an answer."""
    lines = body.split("\n")
    at = 0
    while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">"):
        at += 1
    if at == 0:
        return body
    return "\n".join(lines[at + 1 if at < len(lines) and not lines[at] else at :])


def key_of(event: Event, me: str) -> str | None:
    """Our key in what we wrote ourselves; anybody can copy it, so it counts from our own user only."""
    return _ours(event, KEY, me)


def part_of(event: Event, me: str) -> str | None:
    """The key of our own line that a file of ours was sent with."""
    return _ours(event, PART, me)


def _ours(event: Event, member: str, me: str) -> str | None:
    key = event.content.get(member)
    return key if event.sender == me and isinstance(key, str) and _KEY.fullmatch(key) else None


def _words(content: dict[str, Any], body: str, *, answers: bool) -> tuple[Rendered, str]:
    html = text(content.get("formatted_body"))
    if html and content.get("format") == "org.matrix.custom.html":
        rendered = to_text(html)
        if rendered.text:
            return rendered, html
    plain = strip_fallback(body) if answers else body
    return Rendered(plain, ()), body


def _mentions(content: dict[str, Any], rendered: Rendered) -> tuple[tuple[str, ...], bool]:
    """Those the sender means (`m.mentions`), pills, and whole user ids outside quotes."""
    meant = mapping(content.get("m.mentions"))
    listed = [id for user in sequence(meant.get("user_ids"))[:100] if (id := named(user, "@"))]
    own = "\n".join(line for line in rendered.text.split("\n") if not line.startswith(">"))
    typed = [id for user in (*rendered.people, *USER.findall(own)) if (id := named(user, "@"))]
    return tuple(dict.fromkeys((*listed, *typed))), meant.get("room") is True


def _files(event: Event, content: dict[str, Any], base: str) -> tuple[File, ...]:
    if text(content.get("msgtype")) not in _FILES and event.type != "m.sticker":
        return ()
    info = mapping(content.get("info"))
    size = number(info.get("size"))
    name = text(content.get("filename")) or text(content.get("body")) or _("file")
    url = download_url(base, content.get("url"))
    return (File(name, url, size if size is not None and size >= 0 else None, text(info.get("mimetype"))),)


def _captioned(content: dict[str, Any], body: str, files: tuple[File, ...]) -> Said:
    """A body beside a different file name is a caption; else the name is all there is to say."""
    if "filename" not in content or body == files[0].name:
        return Said(files[0].name, None, files=files)
    rendered, raw = _words(content, body, answers=False)
    people, room = _mentions(content, rendered)
    return Said(rendered.text, None if raw == rendered.text else raw, people, room, files)


def notice(event: Event) -> str | None:
    """The sentence for a change of the room; None for what is no news to a reader (a new picture, first state).

    Joins, leaves and renames are kept as notices: they say why an answer never comes, and they date a decision. New
    display names and pictures are left out: people sync them to hundreds of rooms at once.
    """
    if event.state_key is None:
        return None
    who = local_part(event.sender)
    if event.type == "m.room.name":
        name = text(event.content.get("name"))
        return _("{who} named the room {name}").format(who=who, name=name) if name else None
    if event.type == "m.room.topic":
        topic = text(event.content.get("topic"))
        return _("{who} set the topic: {topic}").format(who=who, topic=topic) if topic else None
    if event.type == "m.room.tombstone":
        return _("This room was replaced by a new one")
    return _membership(event) if event.type == "m.room.member" else None


def _membership(event: Event) -> str | None:
    user = named(event.state_key, "@")
    if user is None:
        return None
    before = mapping(event.unsigned.get("prev_content")).get("membership")
    now = event.content.get("membership")
    if before is None and "replaces_state" in event.unsigned and now == "join":
        return None  # it was something before, and the server does not say what: most likely a new name
    own = event.sender == user
    who = display_name(event.content, user) if own else local_part(user)
    if now == before:
        return None
    if now == "join":
        return _("{who} joined").format(who=who)
    if now == "leave" and own:
        return (_("{who} declined") if before == "invite" else _("{who} left")).format(who=who)
    other = local_part(event.sender)
    sentence = {
        "invite": _("{other} invited {who}"),
        "leave": _("{other} removed {who}"),
        "ban": _("{other} banned {who}"),
        "knock": _("{who} asks to join"),
    }.get(now if isinstance(now, str) else "")
    return sentence.format(who=who, other=other) if sentence else None
