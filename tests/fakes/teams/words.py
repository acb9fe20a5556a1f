"""What HTML does at Teams and OneNote: mentions alert, scripts and dangerous links act. Read with the standard parser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

_RUNS = frozenset({"script", "iframe", "object", "embed", "form", "style", "link", "meta", "base", "svg"})
_KEPT = frozenset({"itemprop", "itemid", "data-id"})


class _Acts(HTMLParser):
    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.mentions = mentions
        self.did: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _RUNS:
            self.did.append(f"<{tag}>")
        self.did += [f"{tag} {name}" for name in given if name.startswith("on")]
        for name in ("href", "src"):
            address = re.sub(r"[\x00-\x20]", "", given.get(name, "")).lower()
            if address and not address.startswith(("https:", "http:", "mailto:", "../hostedcontents/")):
                self.did.append(f"{name} {address[:40]}")
        if tag == "at":
            self.did.append(f"mention {self.mentions.get(given.get('id', ''), 'nobody')}")


def acts(html: str, mentions: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """What a text does; a mention without its entry is not drawn by Teams and refused by Graph."""
    reader = _Acts({str(each["id"]): each["mentioned"]["user"]["id"] for each in mentions})
    reader.feed(html)
    reader.close()
    return reader.did


def stripped(html: str) -> str:
    """Without the attributes nobody sees, as a stricter Teams would keep it."""
    return re.sub(rf'\s(?:{"|".join(_KEPT)})="[^"]*"', "", html)
