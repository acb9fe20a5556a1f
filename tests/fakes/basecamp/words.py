"""What rich text does at Basecamp: tags it knows stay, others are taken out, and attachments act."""

from __future__ import annotations

import re
from html import unescape

KEPT = frozenset({"div", "h1", "br", "strong", "em", "strike", "a", "pre", "ol", "ul", "li", "blockquote"})
_TAG = re.compile(r"<(!--.*?--|/?[A-Za-z][^<>]*)>", re.DOTALL)
_ATTACHMENT = re.compile(r'<bc-attachment\b[^<>]*?\bsgid="([^"]*)"[^<>]*>')
_HREF = re.compile(r'\bhref\s*=\s*"([^"]*)"')


def acts(html: str) -> list[str]:
    """What a text would do or load that plain words never do."""
    found = []
    for each in _TAG.finditer(html):
        name = each[1].strip("/").split()[0].lower() if each[1].strip("/") else ""
        if name == "bc-attachment":
            continue
        if name not in KEPT:
            found.append(f"tag {name}")
        href = _HREF.search(each[1])
        if href and not re.match(r"https?://|mailto:", unescape(href[1]), re.IGNORECASE):
            found.append(f"led to {href[1]}")
    return found


def attached(html: str) -> list[str]:
    """The signed ids of everything attached."""
    return [unescape(each) for each in _ATTACHMENT.findall(html)]


def cleaned(html: str) -> str:
    """As Basecamp keeps it: unknown tags leave their words."""

    def keep(found: re.Match[str]) -> str:
        name = found[1].strip("/").split()[0].lower() if found[1].strip("/") else ""
        return found[0] if name in KEPT or name == "bc-attachment" else ""

    return _TAG.sub(keep, html)


def plain(html: str) -> str:
    """The words alone, as the API's own guide tells to make them."""
    broken = re.sub(r"<br\s*/?>|</(?:div|li|blockquote|pre|h1)>", "\n", html)
    return unescape(re.sub(r"<[^<>]*>", "", broken)).strip("\n")
