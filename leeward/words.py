"""Every sentence a person reads passes through here, so that catalogues can come later without touching the callers."""

from __future__ import annotations

import os
from functools import cache

TYPE_CHECKING = False  # the first frame speaks before anything else is loaded, `typing` and `pathlib` too
if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAIN = "leeward"
_CATALOGUES = os.path.join(os.path.dirname(__file__), "locale")  # noqa: PTH118, PTH120 - as above


@cache
def _catalogue() -> NullTranslations | None:
    """The catalogue of the reader's language; None, without importing gettext, while the program ships none."""
    if not os.path.isdir(_CATALOGUES):  # noqa: PTH112 - as above
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
