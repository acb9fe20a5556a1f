"""The server's side of the XML, by the standard library and with prefixes nobody expects."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
CS = "{http://calendarserver.org/ns/}"
PHRASES = {200: "OK", 403: "Forbidden", 404: "Not Found", 507: "Insufficient Storage"}


class BadBodyError(Exception):
    """What was received is not what this request must carry."""


@dataclass(frozen=True, slots=True)
class Result:
    """One response of a multistatus: found properties and the names of those that are not there, or a bare status."""

    href: str
    found: tuple[ET.Element, ...] = ()
    lacking: tuple[str, ...] = ()
    status: int | None = None


def read(body: bytes, *roots: str) -> ET.Element:
    """Parse a request's body, which must begin with one of `roots`."""
    if b"<!DOCTYPE" in body.upper():
        raise BadBodyError("a DOCTYPE")
    try:
        element = ET.fromstring(body)
    except ET.ParseError as error:
        raise BadBodyError("no XML") from error
    if element.tag not in roots:
        raise BadBodyError(element.tag)
    return element


def wanted(element: ET.Element) -> list[str]:
    """The names of the properties a request asks for."""
    prop = element.find(f"{DAV}prop")
    if prop is None or not len(prop):
        raise BadBodyError("no properties asked for")
    return [each.tag for each in prop]


def node(tag: str, *inside: ET.Element | str, **attributes: str) -> ET.Element:
    element = ET.Element(tag, attributes)
    for each in inside:
        if isinstance(each, str):
            element.text = each
        else:
            element.append(each)
    return element


def href(path: str) -> ET.Element:
    return node(f"{DAV}href", path)


def multistatus(results: Iterable[Result], token: str | None = None) -> bytes:
    root = node(f"{DAV}multistatus", *(_response(each) for each in results))
    if token is not None:
        root.append(node(f"{DAV}sync-token", token))
    return dump(root)


def _response(result: Result) -> ET.Element:
    response = node(f"{DAV}response", href(result.href))
    if result.status is not None:
        response.append(node(f"{DAV}status", _said(result.status)))
        return response
    for status, props in ((200, result.found), (404, tuple(node(name) for name in result.lacking))):
        if props or (status == 200 and not result.lacking):
            response.append(node(f"{DAV}propstat", node(f"{DAV}prop", *props), node(f"{DAV}status", _said(status))))
    return response


def _said(status: int) -> str:
    return f"HTTP/1.1 {status} {PHRASES[status]}"


def error(name: str) -> bytes:
    """The body that says which precondition failed."""
    return dump(node(f"{DAV}error", node(name)))


def dump(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
