"""What a sign-in gave: tokens, how long they last, what they allow. Pure; kept as one entry of the keyring."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from leeward import logs
from leeward.errors import ServiceChanged, Trouble
from leeward.model import Instant
from leeward.oauth import OAuth
from leeward.ports import Secret
from leeward.wire import parse_json
from leeward.words import _

MARGIN_S = 60.0
"""A token is renewed this long before it ends, or after nine tenths of its life where that is later."""

_LONGEST_S = 10 * 366 * 86_400.0
_SILENT = frozenset({"offline_access", "openid", "profile", "email"})
"""Scopes that services do not name again in their answers."""


class Grant(Struct, frozen=True):
    """`renew_at`: from when on it is to be renewed; None where it does not end. `scopes` None: the service did not say."""

    access: Secret
    refresh: Secret | None = None
    renew_at: Instant | None = None
    scopes: tuple[str, ...] | None = None


def granted(document: Any, oauth: OAuth, now: Instant, before: Grant | None = None) -> Grant:
    """Read a token endpoint's answer (RFC 6749, 5.1). A renewal that brings no new refresh token keeps the old one.

    Raises `ServiceChanged` where there is no token in it, or one of a type we cannot show.
    """
    told = document if isinstance(document, Mapping) else {}
    access = _text(told.get("access_token"))
    if access is None or str(told.get("token_type") or "bearer").lower() != "bearer":
        raise ServiceChanged(_("The sign-in brought no token leeward can use."), _("Try again."))
    refresh, said = _text(told.get("refresh_token")), told.get("scope")
    for secret in (access, refresh):
        if secret:
            logs.hide(secret)
    return Grant(
        Secret(access),
        Secret(refresh) if refresh else before.refresh if before else None,
        _renew_at(told.get("expires_in"), oauth, now, lasts=refresh is None and before is None),
        tuple(said.replace(",", " ").split()) if isinstance(said, str) and said else before.scopes if before else None,
    )


def missing(oauth: OAuth, grant: Grant) -> tuple[str, ...]:
    """The scopes that were asked for and not given. A service that does not say gave them all (RFC 6749, 5.1)."""
    if grant.scopes is None:
        return ()
    given = {_short(scope) for scope in grant.scopes}
    return tuple(one.name for one in oauth.scopes if one.name not in _SILENT and _short(one.name) not in given)


def pack(grant: Grant) -> Secret:
    """As the keyring keeps it."""
    told = {
        "access": grant.access.reveal(),
        "refresh": grant.refresh.reveal() if grant.refresh else None,
        "renew_at": grant.renew_at,
        "scopes": grant.scopes,
    }
    return Secret(json.dumps({name: value for name, value in told.items() if value is not None}))


def unpack(kept: Secret | None) -> Grant | None:
    """What `pack` made; None for anything else. Its tokens stand in no log from now on."""
    if kept is None:
        return None
    try:
        told = parse_json(kept.reveal().encode())
    except Trouble:
        return None
    access = _text(told.get("access")) if isinstance(told, dict) else None
    if access is None:
        return None
    refresh, at, scopes = _text(told.get("refresh")), told.get("renew_at"), told.get("scopes")
    for secret in (access, refresh):
        if secret:
            logs.hide(secret)
    return Grant(
        Secret(access),
        Secret(refresh) if refresh else None,
        Instant(at) if isinstance(at, int) and not isinstance(at, bool) else None,
        tuple(str(one) for one in scopes) if isinstance(scopes, list) else None,
    )


def _renew_at(told: Any, oauth: OAuth, now: Instant, *, lasts: bool) -> Instant | None:
    """Measured from when the answer came, so that a wrong clock on this machine does not matter.

    `lasts`: nothing can renew it, and where its answer names no end it is taken to have none.
    """
    try:
        life = float(told)
    except (TypeError, ValueError):
        life = math.nan
    if not math.isfinite(life) or life <= 0:
        if lasts:
            return None
        life = oauth.life_s
    life = min(life, _LONGEST_S)
    return Instant(now + round(max(life - MARGIN_S, life * 0.9 if life < MARGIN_S * 10 else 0.0) * 1000))


def _text(value: Any) -> str | None:
    """A token: something to say in a header."""
    plain = isinstance(value, str) and bool(value) and value.isascii() and value.isprintable() and " " not in value
    return value if plain else None


def _short(scope: str) -> str:
    """Some services answer with an address in front: https://graph.example/Chat.Read is Chat.Read."""
    return scope.rpartition("/")[2].casefold()
