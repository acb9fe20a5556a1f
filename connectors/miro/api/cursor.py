"""Where a pull stopped: what each board held when it was listed last, and when that was."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from connectors.miro.api.hostile import obj, text
from leeward.model import Instant, ItemType

NEVER = Instant(0)
MAX_IDS = 20_000
_V = 1


class Held(Struct):
    """A board at its last listing. `moved` is its stamp then, "" where it is to be listed again.

    `at` is when it was listed and `placed` when its readers were asked for, by the server's clock. `ids` are items by
    their sort and id (`t1` a task, `n2` a note); `docs` the stamps of docs whose text was read.
    """

    moved: str = ""
    at: Instant = NEVER
    placed: Instant = NEVER
    ids: set[str] = field(default_factory=set)
    docs: dict[str, str] = field(default_factory=dict)


class Cursor(Struct):
    """The whole position. `missing`: items that a whole listing lacked, as board and id, still to be asked about."""

    boards: dict[str, Held] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def dump(self) -> str:
        """As the store keeps it."""
        boards = {
            name: [held.moved, held.at, held.placed, _packed(held.ids), held.docs] for name, held in self.boards.items()
        }
        document = {"v": _V, "boards": boards, "missing": self.missing[:MAX_IDS]}
        return json.dumps(document, separators=(",", ":"), sort_keys=True)


def load(cursor: str | None) -> Cursor:
    """Read a cursor back; one that is damaged or of another version begins anew, which costs time and loses nothing."""
    try:
        document = obj(json.loads(cursor or "{}"))
    except ValueError:
        return Cursor()
    if document.get("v") != _V:
        return Cursor()
    missing = document.get("missing")
    pairs = missing if isinstance(missing, list) else []
    return Cursor(
        {name: held for name, value in obj(document.get("boards")).items() if (held := _held(value))},
        [(each[0], each[1]) for each in pairs if isinstance(each, list) and _is_pair(each)],
    )


def key(type: ItemType, item: str) -> str:
    """How `Held.ids` names an item."""
    return f"{'t' if type is ItemType.TASK else 'n'}{item}"


def type_of(key: str) -> ItemType:
    """The other way round."""
    return ItemType.TASK if key.startswith("t") else ItemType.NOTE


def _packed(ids: Iterable[str]) -> str:
    return " ".join(sorted(ids)[:MAX_IDS])


def _held(value: Any) -> Held | None:
    match value:
        case [str(moved), int(at), int(placed), str(ids), dict(docs)]:
            read = {str(name): text(stamp) for name, stamp in docs.items()}
            return Held(moved, Instant(at), Instant(placed), set(ids.split()), read)
    return None


def _is_pair(value: list[Any]) -> bool:
    return len(value) == 2 and all(isinstance(each, str) for each in value)
