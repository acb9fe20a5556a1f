"""What a status means: 2xx and expected ones pass, every other becomes one of our own errors, once and here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connectors.limits import UNKNOWN_S, going_on, pause_s
from leeward.errors import Conflict, Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.text import one_line
from leeward.wire import Request, Response, parse_json
from leeward.words import _

_CHANGED = (_("It changed since it was read, or it is there already."), "")
_ABSENT = (_("It is not there, or not for this account."), "")
_PLAIN: dict[int, tuple[type[Trouble], str, str]] = {
    401: (SignInNeeded, _("The service does not accept the token."), _("Check it, or sign in again.")),
    403: (Forbidden, _("The service does not allow this."), _("Ask for the right, or check the token's scopes.")),
    404: (Gone, *_ABSENT),
    409: (Conflict, *_CHANGED),
    410: (Gone, *_ABSENT),
    412: (Conflict, *_CHANGED),
}
_LATER = frozenset({408, 425, 429})
MAX_SAID = 200
_HTML = (b"<!doctype html", b"<html", b"<head", b"<script")
_LONG = 64 * 1024


def settle(request: Request, response: Response, now: Instant | None = None) -> Response:
    """Let 2xx and what `request.expect` names through; raise every other status as our own error.

    With `now` the error of a pause says when it ends.
    """
    status = response.status
    if status in request.expect:
        return response
    if 200 <= status < 300:
        if _is_page(response) and not _wants_page(request):
            raise ServiceChanged(
                _("A web page came back in place of data."), _("Is there a sign-in page of this network in between?")
            )
        return response
    raise _trouble(status, response, now)


def _trouble(status: int, response: Response, now: Instant | None) -> Trouble:
    if status in _PLAIN:
        kind, what, do = _PLAIN[status]
        return kind(_told(what, said_by(response)), do)
    if status in _LATER or status >= 500:
        return _later(status, response, now)
    if 400 <= status < 500:
        return Refused(_told(_("The service refused this ({status}).").format(status=status), said_by(response)))
    if 300 <= status < 400:
        to = one_line(response.headers.get("location", ""), MAX_SAID)
        return ServiceChanged(
            _("The service sends us elsewhere: {address}").format(address=to), _("Check the address of this account.")
        )
    return ServiceChanged(_("The service answered {status}, which was not expected.").format(status=status))


def _later(status: int, response: Response, now: Instant | None) -> TryLater:
    """What may go better another time; 429 and 511 were surely not taken."""
    if status == 429:
        after = pause_s(response.headers) or _matrix_pause(response) or UNKNOWN_S
        return TryLater(_("The service asks for a pause."), going_on(now, after), after_s=after, taken=False)
    if status == 511:
        return TryLater(_("This network wants you to sign in first."), _("Open a web page in a browser."), taken=False)
    what = _told(_("The service has trouble of its own ({status}).").format(status=status), said_by(response))
    return TryLater(what, _("Trying again later."), after_s=pause_s(response.headers) or 60.0)


def said_by(response: Response) -> str:
    """The service's own words on what went wrong, on one line and safe to show; "" where there are none."""
    if len(response.body) > _LONG or response.body.lstrip()[:1] not in {b"{", b"["}:
        return ""
    try:
        document = parse_json(response.body)
    except Trouble:
        return ""
    return one_line("; ".join(_sentences(document)), MAX_SAID)


def _sentences(document: Any) -> Iterator[str]:
    """Services say `message` or `error`, as a text, a list, or a list a field: {"title": ["is too long"]}."""
    if not isinstance(document, dict):
        return
    for name in ("message", "error_description", "error"):
        value = document.get(name)
        if isinstance(value, dict):
            yield from (f"{field} {_flat(why)}" for field, why in list(value.items())[:5])
            return
        if value:
            yield _flat(value)
            return


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_flat(each) for each in value[:5])
    return json.dumps(value)[:MAX_SAID]


def _told(what: str, said: str) -> str:
    return f"{what} “{said}”" if said else what


def _matrix_pause(response: Response) -> float | None:
    """Matrix servers say it in the body, in milliseconds."""
    try:
        value = parse_json(response.body).get("retry_after_ms")
    except (Trouble, AttributeError):
        return None
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return max(1.0, min(value / 1000, 900.0)) if usable else None


def _is_page(response: Response) -> bool:
    return response.body[:512].lstrip().lower().startswith(_HTML)


def _wants_page(request: Request) -> bool:
    """Files are asked for with `accept: */*`: a page may be what is attached."""
    return any(name.lower() == "accept" and ("*/*" in value or "html" in value) for name, value in request.headers)
