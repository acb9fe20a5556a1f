"""PROPFIND: what the fake says about its root, the principal, the home, a calendar and an object."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.fakes.base import Answer, Asked
from tests.fakes.caldav import markup
from tests.fakes.caldav.markup import CAL, CS, DAV, Result, href, node
from tests.fakes.caldav.shelf import Item, Shelf

if TYPE_CHECKING:
    from tests.fakes.caldav.service import CalDavService

XML = {"content-type": "application/xml; charset=utf-8"}


def answer(service: CalDavService, asked: Asked) -> Answer:
    depth = asked.headers.get("depth")
    if depth not in {"0", "1"}:
        return Answer(403, markup.error(f"{DAV}propfind-finite-depth"), XML)
    if not asked.headers.get("content-type", "").startswith("application/xml"):
        return Answer(415)
    names = markup.wanted(markup.read(asked.body, f"{DAV}propfind"))
    results = [_result(path, props, names) for path, props in _things(service, asked.path, deep=depth == "1")]
    if not results:
        return Answer(404)
    return Answer(207, markup.multistatus(results), XML)


def _result(path: str, props: dict[str, ET.Element], names: list[str]) -> Result:
    found = tuple(props[name] for name in names if name in props)
    return Result(path, found, tuple(name for name in names if name not in props))


def _things(service: CalDavService, path: str, *, deep: bool) -> Iterator[tuple[str, dict[str, ET.Element]]]:
    """The thing at a path and, if asked, what is right inside."""
    place = service.find(path)
    if place and place[1]:
        item = place[0].items.get(place[1])
        if item:
            yield path, of_item(service, place[0], item)
        return
    if place:
        yield path, of_shelf(service, place[0])
        if deep:
            for name, item in place[0].listed().items():
                yield path + quote(name), of_item(service, place[0], item)
        return
    if path in {"/", service.principal, service.home}:
        yield path, _of_folder(service, path)
        if deep and path == service.home:
            yield from ((each, of_shelf(service, shelf)) for each, shelf in service.shelves.items())


def _of_folder(service: CalDavService, path: str) -> dict[str, ET.Element]:
    kinds = [node(f"{DAV}collection")]
    props = [node(f"{DAV}current-user-principal", href(service.principal))]
    if path == service.principal:
        kinds.append(node(f"{DAV}principal"))
        props += [
            node(f"{CAL}calendar-home-set", href(f"{service.elsewhere}{service.home}")),
            node(f"{CAL}calendar-user-address-set", *(href(each) for each in service.addresses)),
            node(f"{DAV}displayname", "Sam Lee"),
        ]
    props.append(node(f"{DAV}resourcetype", *kinds))
    return {each.tag: each for each in props}


def of_shelf(service: CalDavService, shelf: Shelf) -> dict[str, ET.Element]:
    rights = ("read",) if shelf.readonly else ("read", "write", "write-content")
    supported = ["calendar-multiget", "calendar-query"]
    props = [
        node(f"{DAV}resourcetype", node(f"{DAV}collection"), node(f"{CAL}calendar")),
        node(f"{DAV}displayname", shelf.title),
        node(f"{DAV}owner", href(shelf.owner or service.principal)),
        node(f"{DAV}current-user-principal", href(service.principal)),
        node(
            f"{DAV}current-user-privilege-set",
            *(node(f"{DAV}privilege", node(f"{DAV}{right}")) for right in rights),
        ),
        node(
            f"{CAL}supported-calendar-component-set",
            *(node(f"{CAL}comp", name=component) for component in shelf.components),
        ),
    ]
    reports = [node(f"{CAL}{name}") for name in supported]
    if service.syncs:
        from tests.fakes.caldav.reports import token_now

        props.append(node(f"{DAV}sync-token", token_now(service, shelf)))
        reports.append(node(f"{DAV}sync-collection"))
    props.append(
        node(
            f"{DAV}supported-report-set",
            *(node(f"{DAV}supported-report", node(f"{DAV}report", each)) for each in reports),
        )
    )
    if shelf.shared:
        props.append(node(f"{CS}invite", node(f"{CS}user", href("mailto:ana@example.org"))))
    return {each.tag: each for each in props}


def of_item(service: CalDavService, shelf: Shelf, item: Item) -> dict[str, ET.Element]:
    kind = next((name for name in ("VTODO", "VJOURNAL", "VEVENT") if f"BEGIN:{name}" in item.text), "")
    said = f"text/calendar;charset=utf-8;component={kind}" if service.tells_types else "text/calendar"
    props = [
        node(f"{DAV}getetag", item.etag),
        node(f"{DAV}getcontenttype", said),
        node(f"{DAV}getcontentlength", str(len(item.text.encode()))),
        node(f"{DAV}resourcetype"),
    ]
    return {each.tag: each for each in props}
