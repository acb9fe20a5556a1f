"""The full-text index: filled in bulk once a transaction, asked with quoted words only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leeward.store.db import Db
from leeward.store.intake import Intake

# Scripts that write without spaces: the tokenizer would take a whole sentence for one word.
_UNSPACED = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r'"([^"]*)"|(\S+)')
MAX_INDEXED = 200_000


def words(text: str) -> str:
    """Text as it is indexed: runs of scripts without spaces become pairs of characters."""
    text = text[:MAX_INDEXED]
    if text.isascii():
        return text
    return re.sub(_UNSPACED, lambda run: f" {_pairs(run[0])} ", text)


def _pairs(run: str) -> str:
    return " ".join(run[at : at + 2] for at in range(max(1, len(run) - 1)))


def fill(db: Db, intake: Intake) -> None:
    """Bring the index in line with what this transaction wrote."""
    if intake.unindex:
        db.executemany(
            "INSERT INTO fts (fts, rowid, title, body) VALUES ('delete', ?, ?, ?)",
            [(n, words(title), words(body)) for n, (title, body) in intake.unindex.items()],
        )
    if intake.index:
        db.executemany(
            "INSERT INTO fts (rowid, title, body) VALUES (?, ?, ?)",
            [(n, words(title), words(body)) for n, (title, body) in sorted(intake.index.items())],
        )


def reindex(db: Db, n: int, old: tuple[str, str] | None, new: tuple[str, str] | None) -> None:
    """Change one entry: what stood there must be given as it was."""
    if old is not None:
        db.execute(
            "INSERT INTO fts (fts, rowid, title, body) VALUES ('delete', ?, ?, ?)", (n, words(old[0]), words(old[1]))
        )
    if new is not None:
        db.execute("INSERT INTO fts (rowid, title, body) VALUES (?, ?, ?)", (n, words(new[0]), words(new[1])))


def drop(db: Db, account: str) -> None:
    """Take everything of an account out; called while its rows are still there."""
    for query in (
        "SELECT n, '', text FROM message WHERE account = ? AND silent & 5 = 0",
        (
            "SELECT n, title, coalesce(task.text, note.text, '') FROM item LEFT JOIN task USING (id) LEFT JOIN note USING (id)"
            " WHERE account = ? AND cut = 0 AND type IN ('thread', 'task', 'note')"
        ),
    ):
        db.executemany(
            "INSERT INTO fts (fts, rowid, title, body) VALUES ('delete', ?, ?, ?)",
            [(n, words(title), words(body)) for n, title, body in db.execute(query, (account,))],
        )


def match(query: str) -> str | None:
    """A MATCH expression of quoted words only, the last one as a beginning; None where nothing can be asked."""
    parts = list(_terms(query))
    return " AND ".join(parts) if parts else None


def _terms(query: str) -> Iterator[str]:
    found = list(_WORD.finditer(query))
    for at, word in enumerate(found):
        exact, loose = word.group(1), word.group(2)
        text = words(exact if exact is not None else loose).strip().replace('"', " ")
        if not re.search(r"\w", text):
            continue
        open_end = exact is None and at == len(found) - 1 and not re.search(_UNSPACED, text)
        yield f'"{text}"' + ("*" if open_end else "")
