"""Where a pull stopped, and what a thread's version remembers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from connectors.clickup.api.hostile import ident, number, obj, text
from leeward.model import Instant, RemoteId

OVERLAP_MS = 120_000
AHEAD_MS = 300_000
MAX_DUE = 500
MAX_LINES = 300
NEVER = Instant(0)
_V = 1


class Mark(Struct):
    """The newest stamp of the server taken in, and what was taken in within the overlap before it: id to state."""

    at: Instant = NEVER
    near: dict[str, str] = field(default_factory=dict)

    @property
    def after(self) -> Instant:
        """From where to ask again."""
        return Instant(max(0, self.at - OVERLAP_MS))

    def take(self, stamp: Instant, now: Instant | None) -> None:
        """Move on to `stamp`, but never beyond what the server calls now."""
        bound = stamp if now is None else min(stamp, now + AHEAD_MS)
        self.at = Instant(max(self.at, bound))


class Cursor(Struct):
    """The whole position.

    `tree`: when (by the server) places were listed whole. `lists`: every list known, and whether it is wanted. `due`:
    tasks whose comments are still to be read. `tasks` by workspace, `chats` by channel, `docs` by doc with its stamp.
    `turn`: where the round of looking again stands.
    """

    tree: Instant = NEVER
    turn: int = 0
    lists: dict[str, bool] = field(default_factory=dict)
    due: list[RemoteId] = field(default_factory=list)
    tasks: dict[str, Mark] = field(default_factory=dict)
    chats: dict[str, Mark] = field(default_factory=dict)
    docs: dict[str, int] = field(default_factory=dict)

    def dump(self) -> str:
        """As the store keeps it."""
        document = {
            "v": _V,
            "tree": self.tree,
            "turn": self.turn,
            "lists": self.lists,
            "due": self.due[:MAX_DUE],
            "tasks": _marks(self.tasks),
            "chats": _marks(self.chats),
            "docs": self.docs,
        }
        return json.dumps(document, separators=(",", ":"), sort_keys=True)


def load(cursor: str | None) -> Cursor:
    """Read a cursor back; one that is damaged or of another version begins anew, which costs time and loses nothing."""
    try:
        document = obj(json.loads(cursor or "{}"))
    except ValueError:
        return Cursor()
    if document.get("v") != _V:
        return Cursor()
    due = document.get("due")
    return Cursor(
        Instant(number(document.get("tree")) or 0),
        number(document.get("turn")) or 0,
        {name: held is True for name, held in obj(document.get("lists")).items()},
        [found for each in (due if isinstance(due, list) else ()) if (found := ident(each))],
        _read_marks(document.get("tasks")),
        _read_marks(document.get("chats")),
        {name: number(held) or 0 for name, held in obj(document.get("docs")).items()},
    )


def _marks(marks: Mapping[str, Mark]) -> dict[str, list[object]]:
    return {name: [mark.at, mark.near] for name, mark in marks.items()}


def _read_marks(value: Any) -> dict[str, Mark]:
    marks: dict[str, Mark] = {}
    for name, held in obj(value).items():
        match held:
            case [int(at), dict(near)]:
                marks[name] = Mark(Instant(at), {str(key): text(state) for key, state in near.items()})
    return marks


class Seen(Struct, frozen=True):
    """One line as a version remembers it: a digest of its text, when leeward saw it edited, how many answers it had."""

    digest: str
    edited: Instant | None = None
    replies: int = 0


class Version(Struct, frozen=True):
    """What is kept of a thread: its lines, and for chat, which cannot be asked for one line, what the first one said."""

    lines: Mapping[RemoteId, Seen]
    title: str = ""
    author: RemoteId | None = None
    task: RemoteId | None = None

    def dump(self) -> str:
        """As the store keeps it; only the newest lines of a very long thread are remembered."""
        lines = [
            [id_, seen.digest, seen.edited or 0, seen.replies] for id_, seen in list(self.lines.items())[-MAX_LINES:]
        ]
        rest = [self.title, self.author, self.task] if self.title or self.author or self.task else []
        return json.dumps([_V, lines, *rest], separators=(",", ":"), ensure_ascii=False)


def read_version(version: str | None) -> Version | None:
    """The other way round; None where a thread was listed and never read."""
    try:
        document = json.loads(version or "null")
    except ValueError:
        return None
    match document:
        case [1, list(lines)]:
            return Version(dict(_lines(lines)))
        case [1, list(lines), str(title), author, task]:
            return Version(dict(_lines(lines)), title, ident(author), ident(task))
    return None


def _lines(lines: list[Any]) -> Iterable[tuple[RemoteId, Seen]]:
    for each in lines:
        match each:
            case [str(id_), str(digest), int(edited), int(replies)]:
                yield RemoteId(id_), Seen(digest, Instant(edited) if edited else None, replies)


def digest(*parts: object) -> str:
    """A short fingerprint that tells an edit from a repeat."""
    return hashlib.blake2b(json.dumps(parts, ensure_ascii=True).encode(), digest_size=6).hexdigest()
