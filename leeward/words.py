"""Every sentence a person reads passes through here, so that catalogues can come later without touching the callers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Protocol

DOMAIN = "leeward"
_CATALOGUES = Path(__file__).with_name("locale")


class _Translations(Protocol):
    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, one: str, many: str, number: int, /) -> str: ...


@cache
def _catalogue() -> _Translations | None:
    """The catalogue of the reader's language; None, without importing gettext, while the program ships none."""
    if not _CATALOGUES.is_dir():
        return None
    import gettext

    return gettext.translation(DOMAIN, _CATALOGUES, fallback=True)


def _(text: str) -> str:
    """`text` in the reader's language; `text` itself where there is no translation."""
    catalogue = _catalogue() if text else None
    return catalogue.gettext(text) if catalogue else text


def n_(one: str, many: str, n: int) -> str:
    """The form that fits the number `n`, in the reader's language. The caller fills in `{n}` or the like."""
    catalogue = _catalogue()
    if catalogue:
        return catalogue.ngettext(one, many, n)
    return one if n == 1 else many
