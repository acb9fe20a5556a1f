"""The requests a homeserver understands, and what its refusals mean.

Source: the client-server API, version 1.11 and later.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.limits import going_on
from connectors.matrix.api.shape import mapping, number
from leeward.errors import Forbidden, Gone, NotSupported, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.wire import Request, Response, json_request, parse_json
from leeward.words import _

EXPECT = frozenset({400, 401, 403, 404, 413, 429})
"""Statuses whose errcode says more than the number."""

LINES = (
    "m.room.message",
    "m.room.encrypted",
    "m.sticker",
    "m.room.redaction",
    "m.room.member",
    "m.room.name",
    "m.room.topic",
    "m.room.tombstone",
)
FACTS = (
    "m.room.create",
    "m.room.name",
    "m.room.canonical_alias",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.encryption",
    "m.room.power_levels",
    "m.room.tombstone",
    "m.room.member",
)
_LONG_POLL_MS = 30_000
_LONGEST_PAUSE_S = 900.0
_LARGEST_FILE = 100 * 1024 * 1024


def _id(id: str) -> str:
    return quote(id, safe="")


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def whoami(base: str) -> Request:
    """Whose token this is."""
    return Request("GET", f"{base}/_matrix/client/v3/account/whoami", expect=EXPECT)


def versions(base: str, *, auth: bool = True) -> Request:
    """Which versions of the API the server speaks."""
    return Request("GET", f"{base}/_matrix/client/versions", expect=EXPECT, auth=auth)


def joined_rooms(base: str) -> Request:
    """The rooms we are in."""
    return Request("GET", f"{base}/_matrix/client/v3/joined_rooms", expect=EXPECT)


def profile(base: str, user: str) -> Request:
    """A user's display name."""
    return Request("GET", f"{base}/_matrix/client/v3/profile/{_id(user)}", expect=EXPECT)


def sync(base: str, since: str | None) -> Request:
    """What is new, without waiting. The first answer brings every room with one line; its history is paged later.

    Members are asked for again with every answer: the server forgets what this program has forgotten.
    """
    lazy = {"lazy_load_members": True, "include_redundant_members": True}
    timeline = {"limit": 50 if since else 1, "types": [*LINES, *FACTS], **lazy}
    filter = {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "include_leave": False,
            "account_data": {"types": ["m.fully_read"]},
            "ephemeral": {"types": ["m.receipt"]},
            "state": {"types": list(FACTS), **lazy},
            "timeline": timeline,
        },
    }
    params = [("filter", _compact(filter)), ("timeout", "0"), ("set_presence", "offline")]
    if since:
        params.append(("since", since))
    url = f"{base}/_matrix/client/v3/sync"
    return Request("GET", url, params=tuple(params), expect=EXPECT, timeout_s=60 if since else 180)


def wait(base: str, since: str | None) -> Request:
    """Hold the line until something moves; the first one answers at once and only says where now is."""
    filter = {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "account_data": {"types": ["m.fully_read"]},
            "ephemeral": {"types": ["m.receipt"]},
            "state": {"types": ["m.room.tombstone"], "lazy_load_members": True},
            "timeline": {"limit": 1, "types": list(LINES), "lazy_load_members": True},
        },
    }
    params = [("filter", _compact(filter)), ("set_presence", "offline")]
    params += [("since", since), ("timeout", str(_LONG_POLL_MS))] if since else [("timeout", "0")]
    url = f"{base}/_matrix/client/v3/sync"
    return Request("GET", url, params=tuple(params), expect=EXPECT, timeout_s=_LONG_POLL_MS / 1000 + 30)


def messages(base: str, room: str, token: str | None, limit: int, *, sender: str | None = None) -> Request:
    """One page of a room backwards, from `token` or from its end; `sender` leaves out everybody else."""
    filter: dict[str, Any] = {"types": list(LINES), "lazy_load_members": True, "include_redundant_members": True}
    if sender:
        filter = {"types": ["m.room.message"], "senders": [sender]}
    params = [("dir", "b"), ("limit", str(limit)), ("filter", _compact(filter))]
    if token:
        params.append(("from", token))
    url = f"{base}/_matrix/client/v3/rooms/{_id(room)}/messages"
    return Request("GET", url, params=tuple(params), expect=EXPECT)


def one_event(base: str, room: str, event: str) -> Request:
    """One event with what the server bundles with it."""
    return Request("GET", f"{base}/_matrix/client/v3/rooms/{_id(room)}/event/{_id(event)}", expect=EXPECT)


def replies(base: str, room: str, root: str, token: str | None) -> Request:
    """One page of a thread, newest first."""
    params = [("dir", "b"), ("limit", "100"), *([("from", token)] if token else [])]
    url = f"{base}/_matrix/client/v1/rooms/{_id(room)}/relations/{_id(root)}/m.thread"
    return Request("GET", url, params=tuple(params), expect=EXPECT)


def encryption(base: str, room: str) -> Request:
    """Whether a room is encrypted: 404 where it is not."""
    return Request("GET", f"{base}/_matrix/client/v3/rooms/{_id(room)}/state/m.room.encryption/", expect=EXPECT)


def send(base: str, room: str, content: dict[str, Any], txn: str) -> Request:
    """A message under our own transaction id: repeated, it gives the event that is there."""
    url = f"{base}/_matrix/client/v3/rooms/{_id(room)}/send/m.room.message/{_id(txn)}"
    return json_request("PUT", url, content, expect=EXPECT)


def redact(base: str, room: str, event: str, txn: str) -> Request:
    """Take a line back."""
    url = f"{base}/_matrix/client/v3/rooms/{_id(room)}/redact/{_id(event)}/{_id(txn)}"
    return json_request("PUT", url, {}, expect=EXPECT)


def receipt(base: str, room: str, event: str, thread: str | None) -> Request:
    """Move our read receipt of a thread, or of the lines outside threads."""
    url = f"{base}/_matrix/client/v3/rooms/{_id(room)}/receipt/m.read/{_id(event)}"
    return json_request("POST", url, {"thread_id": thread or "main"}, expect=EXPECT)


def read_marker(base: str, room: str, event: str) -> Request:
    """Move the marker that other programs show as a line through the room."""
    url = f"{base}/_matrix/client/v3/rooms/{_id(room)}/read_markers"
    return json_request("POST", url, {"m.fully_read": event}, expect=EXPECT)


def upload(base: str, name: str, data: bytes, media_type: str) -> Request:
    """Put a file on the server."""
    url = f"{base}/_matrix/media/v3/upload"
    headers = (("content-type", media_type),)
    return Request("POST", url, (("filename", name),), headers, data, EXPECT, timeout_s=300)


def download_url(base: str, mxc: object) -> str | None:
    """Where a file can be fetched with our token; None for what is no content address."""
    if not isinstance(mxc, str):
        return None
    found = re.fullmatch(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})", mxc)
    return f"{base}/_matrix/client/v1/media/download/{_id(found[1])}/{_id(found[2])}" if found else None


def download(url: str) -> Request:
    """A file's bytes."""
    return Request("GET", url, expect=EXPECT, timeout_s=300, max_bytes=_LARGEST_FILE)


def older_download(url: str) -> str:
    """The same file at a server from before version 1.11."""
    return url.replace("/_matrix/client/v1/media/", "/_matrix/media/v3/", 1)


def permalink(room: str, event: str | None = None, me: str | None = None) -> str:
    """The link people share; `via` names a server that knows the room."""
    via = me.partition(":")[2] if me else ""
    tail = f"/{_id(event)}" if event else ""
    return f"https://matrix.to/#/{_id(room)}{tail}" + (f"?via={quote(via, safe='')}" if via else "")


def well_known(name: str) -> Request:
    """Where the homeserver of "example.org", "@ana:example.org" or an address is; asked without any credential.

    Raises `Refused` for what is none of these.
    """
    host = name.strip()
    if host.startswith("@"):
        host = host.partition(":")[2]
    url = host if "://" in host else f"https://{host}"
    split = urlsplit(url)
    if not _safe(url) or split.path.strip("/") or split.query or split.username:
        raise Refused(_("This is no Matrix address."), _("Give a server such as https://matrix.example.org."))
    return Request("GET", f"{url.rstrip('/')}/.well-known/matrix/client", expect=EXPECT, auth=False)


def homeserver(asked: Request, response: Response) -> str:
    """The base address a well-known answer names; the asked one itself where it has none.

    Raises `ServiceChanged` for an answer that names no address credentials may go to.
    """
    if response.status in EXPECT:
        return asked.url.removesuffix("/.well-known/matrix/client")
    named = mapping(mapping(parse_json(response.body)).get("m.homeserver")).get("base_url")
    if not isinstance(named, str) or not _safe(named):
        raise ServiceChanged(
            _("The server names no address for its users."), _("Ask who runs it, or give the address.")
        )
    return named.rstrip("/")


def _safe(url: str) -> bool:
    """Whether credentials may go there: https with a host, or http on this machine."""
    try:
        split = urlsplit(url)
        host = split.hostname or ""
        port = split.port
    except ValueError:
        return False
    local = host in {"localhost", "127.0.0.1", "::1"}
    return (
        bool(re.fullmatch(r"[\w.-]+|[0-9a-f:]+", host))
        and port != 0
        and (split.scheme == "https" or (split.scheme == "http" and local))
    )


def judge(response: Response, now_ms: int = 0) -> Any:
    """The document of an answer. Raises the `Trouble` an errcode stands for; `now_ms` reads a date in Retry-After."""
    if response.status not in EXPECT:
        return response.json()
    try:
        document = mapping(parse_json(response.body))
    except ServiceChanged:
        document = {}
    code = document.get("errcode")
    code = code if isinstance(code, str) and re.fullmatch(r"[A-Z_.a-z0-9]{1,60}", code) else ""
    if response.status == 429 or code == "M_LIMIT_EXCEEDED":
        pause = _pause(response, document, now_ms)
        do = going_on(Instant(now_ms), pause)
        raise TryLater(_("The homeserver asks for a pause."), do, after_s=pause, taken=False)
    raise refusal(response.status, code)


_SIGN_IN = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"})


def refusal(status: int, code: str) -> Trouble:
    """What a refusal means, by its errcode first and its status second."""
    if status == 401 or code in _SIGN_IN:
        return SignInNeeded(_("The homeserver does not accept the token."), _("Check it, or sign in again."))
    if code == "M_UNRECOGNIZED":
        return NotSupported(_("This homeserver cannot do that."))
    if status == 413 or code == "M_TOO_LARGE":
        return Refused(_("That is larger than the homeserver takes."), _("Send it in parts."))
    if status == 403:
        terms = code == "M_CONSENT_NOT_GIVEN"
        do = _("Accept its terms in another program.") if terms else _("Ask somebody who looks after the room.")
        return Forbidden(_("The homeserver does not allow this."), do)
    if status == 404:
        return Gone(_("It is not there, or not for this account."))
    return Refused(_("The homeserver refused this ({code}).").format(code=code or status))


def _pause(response: Response, document: dict[str, Any], now_ms: int) -> float:
    """Seconds to wait: the header first (seconds or a date), then the older field of the body; 1 s to 15 min."""
    header = response.headers.get("retry-after", "").strip()
    told = number(document.get("retry_after_ms"))
    seconds = 60.0 if told is None else told / 1000
    if header.isascii() and header.isdigit():
        seconds = float(header[:9])
    elif header and now_ms:
        try:
            date = parsedate_to_datetime(header)
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
            seconds = (date - datetime.fromtimestamp(now_ms / 1000, UTC)).total_seconds()
        except (ValueError, OverflowError):
            pass
    return min(max(seconds, 1.0), _LONGEST_PAUSE_S)
