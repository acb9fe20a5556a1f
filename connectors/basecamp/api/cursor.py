"""Where a pull stopped. What the ETags of the last answers were stands here too, so that an idle round costs no bodies."""

from __future__ import annotations

import hashlib
import json

import msgspec
from msgspec import Struct, field

OVERLAP_MS = 120_000
AHEAD_MS = 300_000
WINDOW = 40
MAX_DUE = 500
MAX_LAST = 300
MAX_LOST = 500
_V = 1


class Mark(Struct):
    """The newest stamp of the server taken in, and what was taken in within the overlap before it: id to stamp."""

    at: int = 0
    near: dict[str, int] = field(default_factory=dict)

    @property
    def after(self) -> int:
        """From where on a row is looked at again."""
        return max(0, self.at - OVERLAP_MS)

    def take(self, stamp: int, now: int) -> None:
        """Move on to `stamp`, never beyond what the server calls now."""
        self.at = max(self.at, min(stamp, now + AHEAD_MS))

    def trim(self) -> None:
        """Keep what the overlap covers."""
        self.near = {name: at for name, at in self.near.items() if at >= self.after}


class Chat(Struct):
    """A chat: when it last moved, up to where its changes are read, and its newest lines, of which one may disappear."""

    moved: str = ""
    mark: Mark = field(default_factory=Mark)
    window: list[str] = field(default_factory=list)
    etag: str = ""


class Project(Struct):
    """A project: name, whether it is wanted, and its tools: name of the dock to number."""

    name: str
    wanted: bool = True
    dock: dict[str, str] = field(default_factory=dict)


class Wait(Struct):
    """What waited for the owner at the last look, so that its end can be told."""

    title: str
    place: str
    at: int
    about: tuple[str, str] | None = None


class Cursor(Struct):
    """The whole position.

    `named`: a digest of the places the owner named; another one begins anew. `tree`: when (by the server) projects were
    listed. `places`: every place known, and whether it is wanted. `columns`: column to card table. `marks` and `etags`
    by listing. `circles`: ping to its chat. `due`: what came without all of its fields and is asked for by itself. `lost`: what went to
    the trash, and `back`: what came back and whose comments are to be read again. `last`: a thread's newest line,
    which a read marker may name. `waits`: to-dos told. `turn`: where the rounds stand.
    """

    v: int = _V
    named: str = ""
    account: str = ""
    me: str = ""
    tree: int = 0
    turn: int = 0
    projects: dict[str, Project] = field(default_factory=dict)
    places: dict[str, bool] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    circles: dict[str, str] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)

    def dump(self) -> str:
        """As the store keeps it."""
        self.due, self.lost, self.back = self.due[:MAX_DUE], self.lost[-MAX_LOST:], self.back[:MAX_LOST]
        if len(self.last) > MAX_LAST:
            newest = sorted(self.last.items(), key=lambda each: each[1][0])
            self.last = dict(newest[-MAX_LAST:])
        return msgspec.json.encode(self).decode()


def load(cursor: str | None, named: tuple[str, ...]) -> Cursor:
    """Read a cursor back; a damaged one, or one made for other places, begins anew: that costs time and loses nothing."""
    mark = hashlib.blake2b(json.dumps(named).encode(), digest_size=6).hexdigest()
    try:
        found = msgspec.json.decode(cursor or "null", type=Cursor)
    except (msgspec.DecodeError, UnicodeError):
        return Cursor(named=mark)
    return found if (found.v, found.named) == (_V, mark) else Cursor(named=mark)


def digest(*parts: object) -> str:
    """A short fingerprint that tells an edit from a repeat."""
    return hashlib.blake2b(json.dumps(parts, ensure_ascii=True).encode(), digest_size=8).hexdigest()
