"""Ids: digests for what services hold, random for what is ours."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from leeward.model import AccountUid, ItemId, ItemType, Key, RemoteId

if TYPE_CHECKING:
    from hashlib import blake2b

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_BYTES = 10


@cache
def _pairs() -> tuple[str, ...]:
    """Ten bits as two letters of base 32 (RFC 4648, lower case)."""
    return tuple(one + other for one in _LETTERS for other in _LETTERS)


def _letters(data: bytes) -> ItemId:
    """80 bits as 16 letters: eight look-ups, since a first sync makes a million of them."""
    n = int.from_bytes(data, "big")
    of = _pairs()
    left = of[n >> 70] + of[n >> 60 & 1023] + of[n >> 50 & 1023] + of[n >> 40 & 1023]
    return ItemId(left + of[n >> 30 & 1023] + of[n >> 20 & 1023] + of[n >> 10 & 1023] + of[n & 1023])


def _part(text: str) -> bytes:
    data = text.encode(errors="surrogatepass")
    return len(data).to_bytes(8, "big") + data


@lru_cache(maxsize=64)
def _begun(*parts: str) -> blake2b:
    """A digest that has read its first parts; only ever copied."""
    from hashlib import blake2b

    return blake2b(b"".join(map(_part, parts)), digest_size=_BYTES)


def digest(*parts: str) -> ItemId:
    """A stable id of 80 bits; parts are kept apart, so ("ab", "c") differs from ("a", "bc")."""
    hashed = _begun().copy()
    hashed.update(b"".join(map(_part, parts)))
    return _letters(hashed.digest())


def item_id(account: AccountUid, kind: ItemType | str, remote: RemoteId | str) -> ItemId:
    """The id of what a service holds: survives a renamed account and a rebuilt cache."""
    hashed = _begun(account, str(kind)).copy()
    hashed.update(_part(remote))
    return _letters(hashed.digest())


def cut_id(place: ItemId, first: ItemId) -> ItemId:
    """The id of a conversation cut from a flat place: its place and its first line at birth."""
    return digest("cut", place, first)


def own_id() -> ItemId:
    """A fresh id for something of the user's own."""
    return _letters(os.urandom(_BYTES))


def new_key() -> Key:
    """A fresh key that travels with a write; letters and digits only, so that every service can search for it."""
    return Key("lw" + _letters(os.urandom(_BYTES)) + _letters(os.urandom(_BYTES))[:8])
