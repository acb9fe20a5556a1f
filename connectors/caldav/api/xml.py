"""XML that a stranger sent, read within bounds, and the few elements we send.

Names are in Clark form, "{namespace}name", so that any prefix will do. A DOCTYPE is refused before an entity could be
declared in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat

from msgspec import Struct, field

from leeward.errors import ServiceChanged
from leeward.words import _

DAV = "DAV:"
CAL = "urn:ietf:params:xml:ns:caldav"
CS = "http://calendarserver.org/ns/"
OC = "http://owncloud.org/ns"
_PREFIXES = {DAV: "D", CAL: "C", CS: "S", OC: "O"}

MAX_DEPTH = 40
MAX_TAGS = 200
MAX_NODES = 5_000
"""Nodes kept at one time: one response, or a document read whole."""


def dav(name: str) -> str:
    """A name of WebDAV itself."""
    return f"{{{DAV}}}{name}"


def cal(name: str) -> str:
    """A name of CalDAV."""
    return f"{{{CAL}}}{name}"


class Element(Struct):
    """One element: its name, its own text, what stands inside."""

    tag: str
    text: str = ""
    inside: list[Element] = field(default_factory=list)
    name: str = ""
    """The attribute `name`, the only one that any answer of a calendar server needs."""

    def first(self, *path: str) -> Element | None:
        """The first element along `path`, or None."""
        here: Element | None = self
        for tag in path:
            here = next((child for child in here.inside if child.tag == tag), None) if here else None
        return here

    def every(self, tag: str) -> Iterator[Element]:
        """The children called `tag`, in order."""
        return (child for child in self.inside if child.tag == tag)

    def walk(self) -> Iterator[Element]:
        """This element and all below it."""
        yield self
        for child in self.inside:
            yield from child.walk()


class _HostileError(Exception):
    """Raised out of the parser's callbacks."""


class _Reader:
    """Builds elements; hands each child of the root to `each`, if given, and lets go of it."""

    def __init__(self, each: Callable[[Element], None] | None) -> None:
        self._each = each
        self._open: list[tuple[Element, list[str]]] = []
        self._nodes = 0
        self._tags: dict[str, str] = {}
        self.root: Element | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._nodes += 1
        if len(self._open) >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise _HostileError
        self._open.append((Element(self._tag(name), name=attributes.get("name", "")), []))

    def _tag(self, name: str) -> str:
        """The name in Clark form; a long listing shares the few it has."""
        known = self._tags.get(name)
        if known is None:
            space, _sep, local = name.rpartition(" ")
            known = f"{{{space}}}{local}"
            if len(self._tags) < MAX_TAGS:
                self._tags[name] = known
        return known

    def text(self, piece: str) -> None:
        if self._open:
            self._open[-1][1].append(piece)

    def end(self, _name: str) -> None:
        element, pieces = self._open.pop()
        element.text = "".join(pieces)
        if not self._open:
            self.root = element
        elif len(self._open) == 1 and self._each is not None:
            self._each(element)
            self._nodes = 1
        else:
            self._open[-1][0].inside.append(element)


def _refuse(*_anything: object) -> None:
    raise _HostileError


def parse(body: bytes, each: Callable[[Element], None] | None = None) -> Element:
    """Read a document and return its root.

    With `each`, the root's children are handed over one by one and not kept, so that a long listing costs no more than
    its longest entry. Raises `ServiceChanged` for what is not XML, holds a DOCTYPE, or is too deep or too large.
    """
    reader = _Reader(each)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (_HostileError, expat.ExpatError, ValueError, LookupError) as error:
        raise _not_readable(body) from error
    if reader.root is None:
        raise _not_readable(body)
    return reader.root


def _not_readable(body: bytes) -> ServiceChanged:
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html", b"<head")):
        return ServiceChanged(
            _("A web page came back in place of a calendar."),
            _("Is there a sign-in page of this network in between?"),
        )
    return ServiceChanged(
        _("The calendar server's answer was cut off or is not XML we accept."), _("Trying again later.")
    )


def escape(text: str) -> str:
    """Text for an element; what XML cannot hold is left out."""
    kept = "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def tag(name: str, *inside: str) -> str:
    """An element as text: `name` in Clark form, `inside` is markup already."""
    space, _sep, local = name[1:].partition("}")
    prefixed = f"{_PREFIXES[space]}:{local}"
    content = "".join(inside)
    return f"<{prefixed}>{content}</{prefixed}>" if content else f"<{prefixed}/>"


def document(name: str, *inside: str) -> bytes:
    """A whole document with every namespace declared at its root."""
    spaces = "".join(f' xmlns:{prefix}="{space}"' for space, prefix in _PREFIXES.items())
    opened = tag(name, *inside).removeprefix("<")
    prefixed = opened[: min(opened.find(end) for end in ("/", ">") if end in opened)]
    markup = f"<{prefixed}{spaces}{opened.removeprefix(prefixed)}"
    return f'<?xml version="1.0" encoding="utf-8"?>\n{markup}'.encode()
