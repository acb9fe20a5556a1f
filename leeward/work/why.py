"""Why an item is as it is: its journal, and beside it what the parts that keep a log of their own tell of it."""

from __future__ import annotations

from leeward.rows import JournalRow
from leeward.store import read
from leeward.store.db import Db
from leeward.work import acts, notify, offers, promises


def told(db: Db, id: str, zone: str) -> list[JournalRow]:
    """All of it, source by source; `zone` is an IANA name, for the times within sentences."""
    said = [*read.journal(db, id), *acts.why(db, id), *promises.why(db, id)]
    return [*said, *notify.why(db, id, zone), *offers.why(db, id)]
