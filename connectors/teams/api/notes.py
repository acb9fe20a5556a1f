"""Pages of OneNote as notes."""

from __future__ import annotations

import re

from connectors.teams.api.html_in import KEY_NAME, read
from connectors.teams.api.html_out import key_from
from connectors.teams.api.shape import ONENOTE, PAGE, Row, ident, instant, obj, text
from connectors.teams.api.world import World
from leeward.model import Instant, Key, Note, RemoteId
from leeward.words import _

_DIV = re.compile(r"<div\b([^<>]*)>", re.IGNORECASE)
_ID = re.compile(r"\bid\s*=\s*[\"']([^\"'<>]{1,200})[\"']")
_OURS = re.compile(rf"\bdata-id\s*=\s*[\"']{KEY_NAME}-(lw[A-Za-z0-9]{{1,60}})[\"']")


def page_id(row: Row) -> RemoteId | None:
    """The id of a page as notes go by."""
    found = ident(row.get("id"))
    return RemoteId(f"{PAGE}/{found}") if found else None


def section_of(row: Row) -> RemoteId | None:
    """The place of a page."""
    found = ident(obj(row.get("parentSection")).get("id"))
    return RemoteId(f"{ONENOTE}/{found}") if found else None


def changed_at(row: Row) -> Instant | None:
    """When a page changed last."""
    return instant(row.get("lastModifiedDateTime")) or instant(row.get("createdDateTime"))


def version(row: Row) -> str | None:
    """What an update must have seen."""
    return text(row.get("lastModifiedDateTime")) or None


def note(row: Row, html: str, world: World) -> Note | None:
    """A page with its text; None, and odd, without id, section or time."""
    id, place, at = page_id(row), section_of(row), changed_at(row)
    if id is None or place is None or at is None:
        world.odd.count += 1
        return None
    found = read(html)
    title = " ".join(text(row.get("title")).split()) or _("(without a title)")
    return Note(id, place, title, found.words, at, address(row), key_from(found.key), version(row))


def our_block(html: str) -> tuple[str, str] | None:
    """The generated id of the block leeward wrote, and its key; None where a page has no such block."""
    for div in _DIV.finditer(html):
        ours, named = _OURS.search(div[1]), _ID.search(re.sub(r"\bdata-id\s*=\s*[\"'][^\"']*[\"']", "", div[1]))
        if ours and named:
            return named[1], ours[1]
    return None


def our_key(html: str) -> Key | None:
    """The key in a page."""
    return key_from(read(html).key)


def address(row: Row) -> str | None:
    """Where a page opens in a browser."""
    return text(obj(obj(row.get("links")).get("oneNoteWebUrl")).get("href")) or None
