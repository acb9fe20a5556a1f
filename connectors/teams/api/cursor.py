"""Where a pull stopped: for each channel and list the link Graph gave, for each chat and plan what was taken in."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct, field

from connectors.teams.api.shape import ident, obj, text, whole
from leeward.model import Instant

WINDOW = 40
"""How many of a chat's newest lines are known by their time, so that a read marker finds its line."""

OVERLAP_MS = 120_000
AHEAD_MS = 300_000
NEVER = Instant(0)
_V = 1


class Feed(Struct):
    """A listing with changes. `link`: where to go on, None at the beginning; `whole`: its first run came to the end."""

    link: str | None = None
    whole: bool = False


class ChatMark(Struct):
    """Where a chat stands.

    `at`: the newest change taken in; `near`: what was taken in within the overlap before it, which comes again.
    `moved`: how its row looked. `past`: what is left of its history, by its link, with how many lines may still come
    (`left`). `window`: times of its newest lines by their ids. `read`: the marker told last.
    """

    at: Instant = NEVER
    moved: str = ""
    past: str | None = None
    left: int = 0
    window: dict[str, int] = field(default_factory=dict)
    read: str = ""
    near: dict[str, int] = field(default_factory=dict)


class Cursor(Struct):
    """The whole position of one person.

    `asked`: when places were last described whole. `plans`: tasks of each plan with their states. `pages`: of each known
    page its stamp, `notes` the stamp up to which pages were read, `sections` those told. `turn`: where looking again in turn stands.
    """

    me: str = ""
    asked: Instant = NEVER
    turn: int = 0
    hidden: bool | None = None
    channels: dict[str, Feed] = field(default_factory=dict)
    chats: dict[str, ChatMark] = field(default_factory=dict)
    lists: dict[str, Feed] = field(default_factory=dict)
    plans: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: Instant = NEVER
    pages: dict[str, str] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)

    def dump(self) -> str:
        """As the store keeps it; the same position makes the same text."""
        document = {
            "v": _V,
            "me": self.me,
            "asked": self.asked,
            "turn": self.turn,
            "hidden": self.hidden,
            "channels": {name: [each.link, each.whole] for name, each in self.channels.items()},
            "chats": {
                name: [each.at, each.moved, each.past, each.left, each.window, each.read, each.near]
                for name, each in self.chats.items()
            },
            "lists": {name: [each.link, each.whole] for name, each in self.lists.items()},
            "plans": self.plans,
            "notes": self.notes,
            "pages": self.pages,
            "sections": self.sections,
        }
        return json.dumps(document, separators=(",", ":"), sort_keys=True)


def load(stored: str | None, me: str) -> Cursor:
    """What `dump` made; a beginning for anything else, and for another person's."""
    try:
        document = obj(json.loads(stored)) if stored else {}
    except ValueError:
        document = {}
    if document.get("v") != _V or document.get("me") != me:
        return Cursor(me)
    hidden, sections = document.get("hidden"), document.get("sections")
    return Cursor(
        me,
        _at(document.get("asked")),
        whole(document.get("turn")) or 0,
        hidden if isinstance(hidden, bool) else None,
        _feeds(document.get("channels")),
        {name: found for name, held in obj(document.get("chats")).items() if (found := _chat(held))},
        _feeds(document.get("lists")),
        {name: _texts(held) for name, held in obj(document.get("plans")).items()},
        _at(document.get("notes")),
        _texts(document.get("pages")),
        [each for each in sections if isinstance(each, str)] if isinstance(sections, list) else [],
    )


def _feeds(value: Any) -> dict[str, Feed]:
    found: dict[str, Feed] = {}
    for name, held in obj(value).items():
        match held:
            case [str() | None as link, bool(done)]:
                found[name] = Feed(link, done)
    return found


def _chat(held: Any) -> ChatMark | None:
    match held:
        case [int(at), str(moved), str() | None as past, int(left), dict(window), str(read), dict(near)]:
            return ChatMark(_at(at), moved, past, left, _times(window), read, _times(near))
    return None


def _times(value: Any) -> dict[str, int]:
    return {id: when for id, held in obj(value).items() if ident(id) and (when := whole(held)) is not None}


def _texts(value: Any) -> dict[str, str]:
    return {name: text(held) for name, held in obj(value).items()}


def _at(value: Any) -> Instant:
    return Instant(whole(value) or 0)


def newest(window: dict[str, int]) -> dict[str, int]:
    """The newest of a chat's lines."""
    ordered = sorted(window.items(), key=lambda each: (each[1], each[0]), reverse=True)[:WINDOW]
    return dict(ordered)
