"""REPORT: sync-collection with a history, calendar-multiget and calendar-query."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.caldav import markup
from tests.fakes.caldav.markup import CAL, DAV, BadBodyError, Result, node
from tests.fakes.caldav.properties import of_item
from tests.fakes.caldav.shelf import Item, Shelf

if TYPE_CHECKING:
    from tests.fakes.caldav.service import CalDavService

XML = {"content-type": "application/xml; charset=utf-8"}
SYNC = f"{DAV}sync-collection"
MULTIGET = f"{CAL}calendar-multiget"
QUERY = f"{CAL}calendar-query"


def answer(service: CalDavService, asked: Asked) -> Answer:
    place = service.find(asked.path)
    if not place or place[1]:
        return Answer(404)
    if not asked.headers.get("content-type", "").startswith("application/xml"):
        return Answer(415)
    root = markup.read(asked.body, SYNC, MULTIGET, QUERY)
    if root.tag == SYNC:
        return _sync(service, place[0], root, asked) if service.syncs else Answer(405)
    chosen = _multiget(place[0], root) if root.tag == MULTIGET else _query(place[0], root)
    names = markup.wanted(root)
    results = [
        _result(service, place[0], path, item, names) if item else Result(path, status=404) for path, item in chosen
    ]
    return Answer(207, markup.multistatus(results), XML)


def _result(service: CalDavService, shelf: Shelf, path: str, item: Item, names: list[str]) -> Result:
    props = of_item(service, shelf, item)
    props[f"{CAL}calendar-data"] = node(f"{CAL}calendar-data", item.text)
    found = tuple(props[name] for name in names if name in props)
    return Result(path, found, tuple(name for name in names if name not in props))


def _multiget(shelf: Shelf, root: ET.Element) -> list[tuple[str, Item | None]]:
    paths = [each.text or "" for each in root.findall(f"{DAV}href")]
    if not paths or len(paths) > 100:
        raise BadBodyError("a page holds 1 to 100 paths")
    if not all(path.startswith(shelf.path) for path in paths):
        raise BadBodyError("a path outside of the calendar")
    return [(path, shelf.items.get(unquote(path.removeprefix(shelf.path)))) for path in paths]


def _query(shelf: Shelf, root: ET.Element) -> list[tuple[str, Item | None]]:
    calendar = root.find(f"{CAL}filter/{CAL}comp-filter")
    if calendar is None or calendar.get("name") != "VCALENDAR":
        raise BadBodyError("a query needs its filter")
    component = calendar.find(f"{CAL}comp-filter")
    begins = f"BEGIN:{component.get('name')}" if component is not None else "BEGIN:"
    return [(shelf.path + quote(name), item) for name, item in shelf.listed().items() if begins in item.text]


def token_now(service: CalDavService, shelf: Shelf, after: int | None = None, start: int = 0) -> str:
    """The token of a state: after all changes, or in the middle of a long answer."""
    reached = len(shelf.history) if after is None else after
    bare = sha256(f"{shelf.path} {start} {reached} {len(shelf.history)}".encode()).hexdigest()[:32]
    token = f"http://radicale.org/ns/sync/{bare}" if service.dialect == "radicale" else bare
    service.tokens[token] = (shelf.path, start, reached)
    return token


def _sync(service: CalDavService, shelf: Shelf, root: ET.Element, asked: Asked) -> Answer:
    if asked.headers.get("depth", "0") != "0" or root.findtext(f"{DAV}sync-level") != "1":
        raise BadBodyError("a sync report has depth 0 and level 1")
    said = (root.findtext(f"{DAV}sync-token") or "").strip()
    known = service.tokens.get(said)
    if said and (known is None or known[0] != shelf.path):
        status = 403 if service.dialect == "radicale" else 412
        return Answer(status, markup.error(f"{DAV}valid-sync-token"), XML)
    since = known[2] if known else 0
    names = [name for name in shelf.changed(since) if name not in shelf.hidden]
    if not said:
        names = [name for name in names if name in shelf.items]
    names = sorted(names, reverse=service.dialect == "xandikos")
    return _page(service, shelf, names, root, since, said)


def _page(service: CalDavService, shelf: Shelf, names: list[str], root: ET.Element, since: int, said: str) -> Answer:
    """All of it, or as much as fits with a token to go on from."""
    token, cut = token_now(service, shelf), False
    if service.page and len(names) > service.page:
        cut, reached = True, since
        fits: list[str] = []
        for at in range(since, len(shelf.history)):
            name = shelf.history[at]
            if name in names and name not in fits and len(fits) == service.page:
                break
            if name in names and name not in fits:
                fits.append(name)
            reached = at + 1
        names = fits
        token = said if service.loops and said else token_now(service, shelf, reached, since)
    elif service.loops:
        cut, token = True, said or token
    asked_for = markup.wanted(root)
    results = []
    for name in names:
        item = shelf.items.get(name)
        path = shelf.path + quote(name)
        results.append(_result(service, shelf, path, item, asked_for) if item else Result(path, status=404))
    if cut:
        results.append(Result(shelf.path, status=507))
    return Answer(207, markup.multistatus(results, token), XML)
