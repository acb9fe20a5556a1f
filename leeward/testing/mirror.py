"""The smallest store there can be: takes batches in, knows what changed, and remembers the cursor."""

from __future__ import annotations

from typing import Any

from leeward.model import Batch, Focus, ItemType, RemoteId, RemoteRef, Watched
from leeward.ports import Connector

_LISTS = ("places", "people", "threads", "messages", "tasks", "notes", "todos")
_BY_TYPE = {
    ItemType.THREAD: "threads",
    ItemType.MESSAGE: "messages",
    ItemType.TASK: "tasks",
    ItemType.NOTE: "notes",
    ItemType.TODO: "todos",
}


class Mirror:
    """Rows by remote id, one dict a list of `Batch`; `oddities` adds up."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[RemoteId, Any]] = {name: {} for name in _LISTS}
        self.gone: list[RemoteRef] = []
        self.complete: set[tuple[RemoteId, ItemType]] = set()
        self.cursor: str | None = None
        self.oddities = 0

    def __getitem__(self, name: str) -> dict[RemoteId, Any]:
        return self.rows[name]

    def ingest(self, batch: Batch) -> int:
        """Take a batch in; returns how many rows are new or differ from before."""
        changed = 0
        for name in _LISTS:
            held = self.rows[name]
            for row in getattr(batch, name):
                changed += held.get(row.id) != row
                held[row.id] = row
        for what, remote in batch.gone:
            changed += self.rows[_BY_TYPE[what]].pop(remote, None) is not None
        self.gone.extend(batch.gone)
        self.complete.update(batch.complete)
        self.oddities += batch.oddities
        if batch.cursor is not None:
            self.cursor = batch.cursor
        return changed

    def focus(self) -> Focus:
        """Watch every thread there is, by the version held."""
        threads = self.rows["threads"].values()
        return Focus(watch=tuple(Watched(each.id, each.place, each.version) for each in threads))

    async def pull(self, connector: Connector) -> int:
        """Pull to the end from where we are; returns how many rows changed."""
        changed = 0
        async for batch in connector.pull(self.cursor, self.focus()):
            changed += self.ingest(batch)
        return changed

    def texts(self, name: str) -> dict[RemoteId, str]:
        """Text by id of one list."""
        return {remote: row.text for remote, row in self.rows[name].items()}
