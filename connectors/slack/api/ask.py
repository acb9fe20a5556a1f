"""The requests Slack understands, and what its refusals mean: mostly 200 with `ok: false` and a word.

Source: the Web API's reference; errors that a method may add are judged by the endings of their names.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from connectors.limits import going_on, pause_s
from connectors.slack.api.shape import Row, text
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.wire import Request, Response
from leeward.words import _

PAGE = 200
STRICT_PAGE = 15
"""All that an app outside Slack's directory gets of a page of lines when it was made for distribution."""

PEOPLE_PAGE = 1000
SORTS = "public_channel,private_channel,mpim,im"

_SIGN_IN = frozenset(
    [
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "user_removed_from_team",
        "no_auth",
    ]
)
_LIMITED = frozenset({"ratelimited", "rate_limited", "restricted_too_many"})
_TROUBLED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_FORBIDDEN = frozenset(
    [
        "missing_scope",
        "not_in_channel",
        "is_archived",
        "access_denied",
        "no_permission",
        "ekm_access_denied",
        "org_login_required",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
        "not_allowed_token_type",
        "team_access_not_granted",
        "compliance_exports_prevent_deletion",
        "is_inactive",
        "posting_to_general_channel_denied",
        "enterprise_is_restricted",
    ]
)
_FORM = (("content-type", "application/x-www-form-urlencoded"),)
_WORD = re.compile(r"[a-z][a-z0-9_:.]{0,80}")


FILES = "https://files.slack.com"
"""Where the workspace's files are; it wants the same token."""


_TOO_LONG = (_("That is longer than Slack takes."), _("Send it in parts."))
_TOO_FAR = (_("Slack keeps lines for 120 days at most, and none for a time that is over."), "")
_SAID = {
    "msg_too_long": _TOO_LONG,
    "message_too_long": _TOO_LONG,
    "time_too_far": _TOO_FAR,
    "time_in_past": _TOO_FAR,
}


class NoMetadata(Refused):
    """This token may not send metadata; nothing was written."""


class NotWaiting(Gone):
    """No line waits under that name: it was posted, taken back, or is being posted just now."""


class StandsSo(Refused):
    """What was asked for stands so already."""


class Absent(Gone):
    """Slack itself said that this line or thread is not there: more than a 404 of something in between."""


def get(base: str, method: str, **params: str | int) -> Request:
    """A question."""
    return Request(
        "GET", f"{base}/api/{method}", tuple((name, str(value)) for name, value in params.items()), limit=method
    )


def post(base: str, method: str, **fields: str) -> Request:
    """A change, as a form: the one encoding every method takes."""
    body = urlencode(fields, errors="replace").encode()
    return Request("POST", f"{base}/api/{method}", headers=_FORM, body=body, limit=method)


def socket(base: str, credential: str) -> Request:
    """Where to listen; asked with the app's own token."""
    method = "apps.connections.open"
    return Request("POST", f"{base}/api/{method}", headers=_FORM, credential=credential, limit=method)


def channels(base: str, cursor: str) -> Request:
    """Where the owner is a member."""
    more = {"cursor": cursor} if cursor else {}
    return get(base, "users.conversations", types=SORTS, exclude_archived="false", limit=PAGE, **more)


def history(base: str, channel: str, limit: int, *, latest: str = "", oldest: str = "", only: str = "") -> Request:
    """A page of a channel, newest first, between two stamps without them; `only`: the one line with this stamp."""
    span: dict[str, str] = {"latest": only, "oldest": only, "inclusive": "true"} if only else {}
    if latest:
        span["latest"] = latest
    if oldest:
        span["oldest"] = oldest
    return get(base, "conversations.history", channel=channel, limit=limit, include_all_metadata="true", **span)


def replies(
    base: str, channel: str, root: str, limit: int, *, cursor: str = "", oldest: str = "", only: str = ""
) -> Request:
    """A page of a thread, oldest first; its first line always comes along."""
    more = {"latest": only, "oldest": only, "inclusive": "true"} if only else {}
    if oldest:
        more["oldest"] = oldest
    if cursor:
        more["cursor"] = cursor
    return get(
        base, "conversations.replies", channel=channel, ts=root, limit=limit, include_all_metadata="true", **more
    )


def members(base: str, channel: str, cursor: str) -> Request:
    """Who is in a channel."""
    more = {"cursor": cursor} if cursor else {}
    return get(base, "conversations.members", channel=channel, limit=PAGE, **more)


def people(base: str, cursor: str) -> Request:
    """Everybody in the workspace."""
    more = {"cursor": cursor} if cursor else {}
    return get(base, "users.list", limit=PEOPLE_PAGE, **more)


def next_cursor(document: Row) -> str:
    """Where the next page begins; "" at the end. A page may be short and not be the last."""
    found = document.get("response_metadata")
    return text(found.get("next_cursor")) if isinstance(found, dict) else ""


def judge(response: Response, now: Instant | None = None) -> Row:
    """The document of an answer. Raises the `Trouble` its error word stands for; that of a pause tells its end by `now`."""
    document = response.json()
    if not isinstance(document, dict) or not isinstance(document.get("ok"), bool):
        raise ServiceChanged(_("Slack's answer says neither yes nor no."), _("Trying again later."))
    if document["ok"]:
        return document
    said = document.get("error")
    code = said if isinstance(said, str) and _WORD.fullmatch(said) else "unknown_error"
    raise refusal(code, document, pause_s(response.headers), now)


def refusal(code: str, document: Row, pause: float | None = None, now: Instant | None = None) -> Trouble:
    """What an error word means."""
    if code in _SIGN_IN:
        return SignInNeeded(
            _("Slack does not accept the token ({code}).").format(code=code), _("Check it, or sign in again.")
        )
    if code in _LIMITED:
        after = pause or 60.0
        return TryLater(_("Slack asks for a pause."), going_on(now, after), after_s=after, taken=False)
    if code in _TROUBLED:
        return TryLater(_("Slack has trouble of its own ({code}).").format(code=code), _("Trying again later."))
    if code == "missing_scope":
        needed = text(document.get("needed"))[:200] or "?"
        return Forbidden(
            _("The token lacks the scope {scope}.").format(scope=needed), _("Add it to the app and install it again.")
        )
    if code in _FORBIDDEN or code.startswith("restricted_action"):
        return Forbidden(_("Slack does not allow this ({code}).").format(code=code))
    return _refused(code)


def _refused(code: str) -> Trouble:
    absent = _("It is not there, or not for this account.")
    if code in {"invalid_scheduled_message_id", "message_not_found", "thread_not_found"}:
        return NotWaiting(absent) if code.startswith("invalid") else Absent(absent)
    if code in {"already_pinned", "no_pin", "not_pinned"}:
        return StandsSo(_("It stands so already."))
    if code.endswith("_not_found") or code == "file_deleted":
        return Gone(absent)
    if code.startswith(("metadata_", "invalid_metadata")):
        return NoMetadata(_("Slack takes no metadata from this token."))
    what, do = _SAID.get(code, (_("Slack refused this ({code})."), ""))
    return Refused(what.format(code=code), do)


def permalink(workspace: str, channel: str, ts: str, root: str | None = None) -> str | None:
    """The address Slack itself gives a line; `workspace` is its address as `auth.test` says it."""
    if not workspace.startswith(("https://", "http://")):
        return None
    tail = f"?thread_ts={root}&cid={channel}" if root and root != ts else ""
    return f"{workspace.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{tail}"
