"""The requests Zoom understands, and what its refusals mean: a status, a `code` and a sentence.

Sources: Zoom's pages on Team Chat, users, clips, recordings, errors and rate limits, as of February 2026.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from connectors.limits import UNKNOWN_S, going_on, pause_s
from connectors.zoom.api.shape import Row, iso, moment, number, text
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.text import one_line
from leeward.wire import Request, Response, json_request
from leeward.words import _

PAGE = 50
CHANNELS_PAGE = 200
MEMBERS_PAGE = 100
REPLIES_PAGE = 100
MEDIA_PAGE = 300
REMINDERS_PAGE = 20
ANSWERED = frozenset({400, 401, 403, 404, 429})
"""Statuses whose body says more than the number."""

PATIENCE_S = 60.0
"""A question may take this long: a limit of a second makes the door wait half of it where Zoom names no time."""

_SCOPES = re.compile(r"scopes?\s*:?\s*\[([^\]]{0,2000})\]")
_LACKING = frozenset({104, 4700, 4711})
_TOKEN = frozenset({124})
_MAY_NOT = frozenset({200, 5411, 5418, 5419, 5420, 5421})
_ABSENT = frozenset({1001, 4130, 4131, 4200, 5401, 5404})


class NoScope(Forbidden):
    """The token lacks a scope: `scopes` are those that would do, the plainest first."""

    scopes: tuple[str, ...] = ()


class Absent(Gone):
    """Zoom itself said that this is not there: more than a 404 of something in between."""


class Stale(Refused):
    """The token of a next page is older than 15 minutes."""


def get(base: str, path: str, **params: str | int | None) -> Request:
    """A question."""
    named = tuple((name.rstrip("_"), str(value)) for name, value in params.items() if value not in {None, ""})
    return Request("GET", f"{base}/v2{path}", named, expect=ANSWERED, timeout_s=PATIENCE_S)


def change(method: str, base: str, path: str, body: object, **params: str) -> Request:
    """A change, with a JSON body."""
    return json_request(method, f"{base}/v2{path}", body, params=tuple(params.items()), expect=ANSWERED)


def remove(base: str, path: str, **params: str) -> Request:
    """A removal, which has no body."""
    return Request("DELETE", f"{base}/v2{path}", tuple(params.items()), expect=ANSWERED)


def segment(id: str) -> str:
    """An id in a path. Zoom decodes once too often what begins with a slash or holds two: those are coded twice."""
    once = quote(id, safe="")
    return quote(once, safe="") if id.startswith("/") or "//" in id else once


def whither(place: str) -> dict[str, str]:
    """How a request names a place: by its channel, or by the contact a direct chat is with."""
    return {"to_contact": place[1:]} if place.startswith("@") else {"to_channel": place}


def lines(base: str, place: str, since: int, until: int) -> Request:
    """What was said in [since, until], answers in threads too, with what was changed and deleted."""
    return get(
        base,
        "/chat/users/me/messages",
        **whither(place),
        from_=iso(since),
        to=iso(until),
        page_size=PAGE,
        include_deleted_and_edited_message="true",
    )


def line(base: str, place: str, id: str) -> Request:
    """One message by itself."""
    return get(base, f"/chat/users/me/messages/{segment(id)}", **whither(place))


def thread(base: str, place: str, root: str, since: int, until: int | None) -> Request:
    """The newest hundred answers in [since, until], newest first. Zoom insists on `from`."""
    return get(
        base,
        f"/chat/users/me/messages/{segment(root)}/thread",
        **whither(place),
        from_=iso(since),
        to=None if until is None else iso(until),
        limit=REPLIES_PAGE,
        sort="desc",
        need_main_message="true",
        need_attachment="true",
        need_rich_text="true",
        need_at_items="true",
    )


def judge(response: Response, now: Instant) -> Row:
    """The document of an answer, empty where it has none. Raises the `Trouble` it stands for."""
    if response.status in ANSWERED:
        raise refusal(response, now)
    if response.status == 204:
        return {}
    document = response.json()
    if not isinstance(document, dict):
        raise ServiceChanged(_("Zoom's answer is no object."), _("Trying again later."))
    return document


def refusal(response: Response, now: Instant) -> Trouble:
    """What a refusal means."""
    try:
        document = response.json()
    except Trouble:
        document = {}
    told: Row = document if isinstance(document, dict) else {}
    code, said = number(told.get("code")), one_line(_said(told), 300)
    if response.status == 429:
        return _later(response, said, now)
    if code in _LACKING or "does not contain scope" in said:
        return _lacking(said)
    if response.status == 401 or code in _TOKEN:
        return SignInNeeded(_quoted(_("Zoom does not accept the token."), said), _("Check it, or sign in again."))
    if response.status == 403 or code in _MAY_NOT:
        return Forbidden(_quoted(_("Zoom does not allow this."), said))
    return _refused(response.status, code, said)


def _refused(status: int, code: int | None, said: str) -> Trouble:
    gone = _("It is not there, or not for this account.")
    if code in _ABSENT or (code is not None and "does not exist" in said):
        return Absent(gone)
    if status == 404:
        return Gone(gone)
    if "next page token" in said.lower():
        return Stale(_("Zoom has forgotten where this page was."), _("Trying again later."))
    return Refused(_quoted(_("Zoom refused this ({code}).").format(code=code or status), said))


def _said(told: Row) -> str:
    errors = told.get("errors")
    fields = [text(each.get("field")) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    return " ".join(each for each in (text(told.get("message")), ", ".join(fields[:5])) if each)


def _quoted(what: str, said: str) -> str:
    return f"{what} “{said}”" if said else what


def _lacking(said: str) -> NoScope:
    named = _SCOPES.search(said)
    scopes = sorted({each.strip() for each in (named[1].split(",") if named else ()) if each.strip()}, key=_plain)
    trouble = NoScope(
        _("The token lacks the scope {scope}.").format(scope=scopes[0] if scopes else "?"),
        _("Add it to the app in Zoom's marketplace, then sign in again."),
    )
    trouble.scopes = tuple(scopes)
    return trouble


def _plain(scope: str) -> tuple[bool, int, str]:
    return scope.endswith((":admin", ":master")), len(scope), scope


def _later(response: Response, said: str, now: Instant) -> TryLater:
    """A limit a second, or one a day: Zoom tells the day's end as a date, and in a header of its own what it was."""
    until = moment(response.headers.get("retry-after"))
    daily = "daily" in f"{said} {response.headers.get('x-ratelimit-type', '')}".lower()
    if until is not None and until > now and (daily or until > now + 60_000):
        when = iso(until)[11:16]
        return TryLater(
            _("Zoom's requests of today are used up until {time} UTC.").format(time=when),
            _("Going on then; other programs of your company use them too."),
            after_s=(until - now) / 1000,
            taken=False,
        )
    known = pause_s(response.headers) if until is None else None
    wait = UNKNOWN_S * 20 if daily else known or 1.0
    what = _("Zoom's requests of today are used up.") if daily else _("Zoom asks for a pause.")
    return TryLater(what, going_on(None if daily else now, wait), after_s=wait, taken=False)
