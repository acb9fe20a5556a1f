"""Ids: digests for what services hold, random for what is ours."""

from __future__ import annotations

import os
from base64 import b32encode
from hashlib import blake2b

from leeward.model import AccountUid, ItemId, ItemType, Key, RemoteId

_LENGTH = 16


def _letters(data: bytes) -> str:
    return b32encode(data).decode().lower()[:_LENGTH]


def digest(*parts: str) -> ItemId:
    """A stable id of 80 bits; parts are kept apart, so ("ab", "c") differs from ("a", "bc")."""
    hashed = blake2b(digest_size=10)
    for part in parts:
        data = part.encode(errors="surrogatepass")
        hashed.update(len(data).to_bytes(8, "big"))
        hashed.update(data)
    return ItemId(_letters(hashed.digest()))


def item_id(account: AccountUid, kind: ItemType | str, remote: RemoteId | str) -> ItemId:
    """The id of what a service holds: survives a renamed account and a rebuilt cache."""
    return digest(account, str(kind), remote)


def cut_id(place: ItemId, first: ItemId) -> ItemId:
    """The id of a conversation cut from a flat place: its place and its first line at birth."""
    return digest("cut", place, first)


def own_id() -> ItemId:
    """A fresh id for something of the user's own."""
    return ItemId(_letters(os.urandom(10)))


def new_key() -> Key:
    """A fresh key that travels with a write; letters and digits only, so that every service can search for it."""
    return Key("lw" + b32encode(os.urandom(15)).decode().lower().rstrip("="))
