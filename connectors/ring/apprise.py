"""Apprise, an extra: one library that knows a hundred services. Its address holds the credential, so it is a secret."""

from __future__ import annotations

import importlib
from typing import Any

from leeward.ports import Notice, Rung, Secret
from leeward.text import clean, one_line


class AppriseChannel:
    """One Apprise address as a way to ring; nothing that was shown can be replaced."""

    name = "apprise"
    replaces = False

    def __init__(self, address: Secret) -> None:
        self._address = address

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Hand it to Apprise. Its "no" covers also what arrived without an answer, so it is not rung again. `key` stays here."""
        del key
        try:
            sender: Any = importlib.import_module("apprise").Apprise()
            if not sender.add(self._address.reveal()):
                return Rung.FAILED
            sent = sender.notify(title=one_line(notice.title, 100), body=clean(notice.body)[:1000] or notice.title)
        except ImportError:
            return Rung.FAILED
        except Exception:  # a hundred services fail in a hundred ways; what left may have arrived
            from logging import getLogger

            getLogger("leeward.ring").exception("apprise failed")
            return Rung.UNKNOWN
        return Rung.SENT if sent else Rung.UNKNOWN


def installed() -> bool:
    """Whether the extra is there; does not import it."""
    from importlib.util import find_spec

    return find_spec("apprise") is not None
