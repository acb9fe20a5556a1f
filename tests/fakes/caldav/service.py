"""The fake calendar server: signing in, paths, and the methods on single objects; reports and properties apart."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import quote, unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.caldav import markup, properties, reports
from tests.fakes.caldav.markup import CAL, DAV, BadBodyError
from tests.fakes.caldav.shelf import Shelf, components_of, wrong_with

Dialect: TypeAlias = Literal["radicale", "xandikos"]
XML = {"content-type": "application/xml; charset=utf-8"}
WELL_KNOWN = "/.well-known/caldav"


class CalDavService:
    """One user's calendars.

    `dialect` decides where real servers differ: the home's path, tokens and how a stale one is refused, the order of a
    delta, what garbage and DELETE are answered with. Knobs: `keeps_etag` (False: PUT answers without one), `rewrites`
    (the stored body differs from the one received), `page` (entries a sync answer holds), `loops` (every page names
    itself as the next), `syncs` (False: no sync reports), `tells_types` (component in getcontenttype),
    `elsewhere` (an origin that discovery points to).
    """

    def __init__(self, dialect: Dialect = "radicale") -> None:
        self.base = ""
        self.token = "app-password"
        self.user = "sam"
        self.dialect = dialect
        self.keeps_etag = True
        self.rewrites = False
        self.page = 0
        self.loops = False
        self.syncs = True
        self.tells_types = dialect == "radicale"
        self.elsewhere = ""
        self.addresses = ["mailto:Sam@example.org"]
        self.shelves: dict[str, Shelf] = {}
        self.tokens: dict[str, tuple[str, int, int]] = {}

    @property
    def principal(self) -> str:
        return f"/{quote(self.user)}/"

    @property
    def home(self) -> str:
        return self.principal if self.dialect == "radicale" else f"{self.principal}calendars/"

    def make_calendar(self, slug: str, title: str, components: tuple[str, ...]) -> Shelf:
        path = f"{self.home}{quote(slug)}/"
        self.shelves[path] = Shelf(path, title, components)
        return self.shelves[path]

    def shelf(self, slug: str) -> Shelf:
        return self.shelves[f"{self.home}{quote(slug)}/"]

    def forget_tokens(self) -> None:
        """The server was restored or tidied: no token of before is known any more."""
        self.tokens.clear()

    def answer(self, asked: Asked) -> Answer:
        if asked.path == WELL_KNOWN:
            status = 301 if self.dialect == "radicale" else 302
            return Answer(status, b"", {"location": f"{self.elsewhere}/"})
        if not self._signed_in(asked):
            return Answer(401, b"", {"www-authenticate": 'Basic realm="calendars", charset="UTF-8"'})
        act = self._METHODS.get(asked.method)
        if act is None:
            return Answer(405)
        try:
            return act(self, asked)
        except BadBodyError as error:
            return Answer(400, str(error).encode())

    def _signed_in(self, asked: Asked) -> bool:
        said = asked.headers.get("authorization", "")
        basic = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        return any(
            hmac.compare_digest(said.encode(), right.encode()) for right in (f"Basic {basic}", f"Bearer {self.token}")
        )

    def find(self, path: str) -> tuple[Shelf, str] | None:
        """The calendar a path lies in, and the object's name ("" for the calendar itself)."""
        folder, _sep, name = path.rpartition("/")
        shelf = self.shelves.get(f"{folder}/")
        return (shelf, unquote(name)) if shelf else None

    def _options(self, asked: Asked) -> Answer:
        return Answer(200, b"", {"dav": "1, 3, calendar-access", "allow": ", ".join(sorted(self._METHODS))})

    def _get(self, asked: Asked) -> Answer:
        place = self.find(asked.path)
        item = place[0].items.get(place[1]) if place else None
        if item is None:
            return Answer(404)
        return Answer(200, item.text.encode(), {"etag": item.etag, "content-type": "text/calendar; charset=utf-8"})

    def _delete(self, asked: Asked) -> Answer:
        place = self.find(asked.path)
        if not place or place[1] not in place[0].items:
            return Answer(404)
        shelf, name = place
        if asked.headers.get("if-match", shelf.items[name].etag) not in {shelf.items[name].etag, "*"}:
            return Answer(412)
        shelf.drop(name)
        return Answer(200 if self.dialect == "radicale" else 204)

    def _put(self, asked: Asked) -> Answer:
        place = self.find(asked.path)
        if not place or not place[1]:
            return Answer(409)
        shelf, name = place
        if shelf.readonly:
            return Answer(403)
        if not asked.headers.get("content-type", "").startswith("text/calendar"):
            return Answer(415)
        refused = self._precondition(asked, shelf, name) or self._content(asked, shelf, name)
        if refused:
            return refused
        there = name in shelf.items
        text = asked.body.decode()
        if self.rewrites:
            text = text.replace("\r\nEND:VTODO\r\n", "\r\nX-SERVER-SAYS:seen\r\nEND:VTODO\r\n")
        item = shelf.put(name, text)
        return Answer(204 if there else 201, b"", {"etag": item.etag} if self.keeps_etag and not self.rewrites else {})

    def _precondition(self, asked: Asked, shelf: Shelf, name: str) -> Answer | None:
        match, none_match = asked.headers.get("if-match"), asked.headers.get("if-none-match")
        held = shelf.items.get(name)
        if match is None and none_match != "*":
            # Stricter than real servers: nobody may write here without saying what they have seen.
            return Answer(428)
        if none_match == "*" and held:
            return Answer(412)
        if match is not None and (held is None or match not in {held.etag, "*"}):
            return Answer(412)
        return None

    def _content(self, asked: Asked, shelf: Shelf, name: str) -> Answer | None:
        try:
            text = asked.body.decode()
        except UnicodeDecodeError:
            text = ""
        wrong = wrong_with(text, shelf.components)
        if wrong == "garbage":
            return Answer(400 if self.dialect == "radicale" else 412, markup.error(f"{CAL}valid-calendar-data"), XML)
        if wrong == "component":
            return Answer(403, markup.error(f"{CAL}supported-calendar-component"), XML)
        other = shelf.with_uid(str(components_of(text)[0].get("UID")))
        if other not in {None, name}:
            return Answer(409, markup.error(f"{CAL}no-uid-conflict"), XML)
        return None

    def _mkcalendar(self, asked: Asked) -> Answer:
        if asked.path in self.shelves:
            return Answer(405)
        if not re.fullmatch(re.escape(self.home) + "[^/]+/", asked.path):
            return Answer(409)
        root = markup.read(asked.body, f"{CAL}mkcalendar")
        title = root.findtext(f".//{DAV}displayname") or unquote(asked.path.split("/")[-2])
        names = tuple(each.get("name", "") for each in root.iter(f"{CAL}comp"))
        self.shelves[asked.path] = Shelf(asked.path, title, names or ("VEVENT", "VTODO", "VJOURNAL"))
        return Answer(201)

    def _propfind(self, asked: Asked) -> Answer:
        return properties.answer(self, asked)

    def _report(self, asked: Asked) -> Answer:
        return reports.answer(self, asked)

    _METHODS: ClassVar[dict[str, Callable[[CalDavService, Asked], Answer]]] = {
        "OPTIONS": _options,
        "GET": _get,
        "DELETE": _delete,
        "PUT": _put,
        "MKCALENDAR": _mkcalendar,
        "PROPFIND": _propfind,
        "REPORT": _report,
    }
