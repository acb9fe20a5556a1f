"""Our ids of what a service names, looked up once: a first sync asks millions of times, and hardly ever for an alias."""

from __future__ import annotations

from leeward.ids import item_id
from leeward.model import AccountUid, ItemId, ItemType, RemoteId
from leeward.store.db import Db


class Names:
    """Ids of one account within one transaction; `forget` after an alias was made in it."""

    def __init__(self, db: Db, account: str) -> None:
        self._db, self._account = db, AccountUid(account)
        self._seen: dict[tuple[str, str], ItemId] = {}
        self._aliased: dict[str, bool] = {}

    def of(self, kind: ItemType | str, remote: RemoteId | str) -> ItemId:
        """Our id of what the service calls `remote`: the one it was made with here, else a digest."""
        key = (kind, remote)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._alias(str(kind), remote) or item_id(self._account, kind, remote)
        return found

    def _alias(self, kind: str, remote: str) -> ItemId | None:
        some = self._aliased.get(kind)
        if some is None:
            query = "SELECT EXISTS (SELECT 1 FROM alias WHERE account = ? AND type = ?)"
            some = self._aliased[kind] = bool(self._db.execute(query, (self._account, kind)).fetchone()[0])
        if not some:
            return None
        query = "SELECT id FROM alias WHERE account = ? AND type = ? AND remote = ?"
        row = self._db.execute(query, (self._account, kind, remote)).fetchone()
        return ItemId(row[0]) if row else None

    def forget(self) -> None:
        """Look everything up again."""
        self._seen.clear()
        self._aliased.clear()


class Spots:
    """Free numbers that follow time, in the order things come: even ones for messages, odd ones for items."""

    def __init__(self, db: Db, *, odd: bool) -> None:
        self._db, self._odd = db, int(odd)
        self._table = "item" if odd else "message"
        self._next: dict[int, int] = {}
        self._newest: int | None = None

    def take(self, at: int) -> int:
        """The next free number at an instant (milliseconds); a full millisecond runs over into the next."""
        low = (at << 12) + self._odd
        n = self._next.get(low)
        if n is None:
            n = self._first(low)
        if n > low + 4094:
            return self.take(at + 1)
        self._next[low] = n + 2
        return n

    def _first(self, low: int) -> int:
        if self._newest is None:
            self._newest = self._db.execute(f"SELECT coalesce(max(n), 0) FROM {self._table}").fetchone()[0]
        assert self._newest is not None
        if low > self._newest:
            return low
        query = f"SELECT max(n) FROM {self._table} WHERE n BETWEEN ? AND ?"
        taken = self._db.execute(query, (low - self._odd, low - self._odd + 4095)).fetchone()[0]
        return low if taken is None else int(taken) + 2
