"""What Miro keeps of a text, and what a text would do there, judged strictly."""

from __future__ import annotations

import re

KEPT = frozenset(["p", "a", "strong", "b", "em", "i", "u", "s", "span", "ol", "ul", "li", "br"])
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_HREF = re.compile(r'href="([^"]*)"')
_ALERT = re.compile(r"@[A-Za-z0-9_]+")
_SCRIPT = re.compile(r"\]\(\s*(?!https?:|mailto:)[a-z]+:", re.IGNORECASE)


def kept(content: str) -> str:
    """The content without the tags that Miro strips; attributes but an address go too."""

    def one(found: re.Match[str]) -> str:
        if found[2].lower() not in KEPT:
            return ""
        href = _HREF.search(found[3]) if found[2].lower() == "a" else None
        return f"<{found[1]}{found[2]}{f' {href[0]}' if href else ''}>"

    return _TAG.sub(one, content)


def acts(content: str) -> list[str]:
    """What a text does beyond being read: tags other than ours, links that are not the web, names that are called."""
    found = [f"tag {each[2]}" for each in _TAG.finditer(content) if each[2].lower() not in {"p", "br", "strong"}]
    found += [f"called {each}" for each in _ALERT.findall(content)]
    return found + [f"scripted {each}" for each in _SCRIPT.findall(content)]
