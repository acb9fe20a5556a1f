"""Text on its way to GitLab: our marker, and other people's words made unable to act.

GitLab looks for references (`@name`, `#1`, `!2`, …) in the text nodes of the rendered page, so an entity or an older
server's backslash does not stop them: a reference sign and what follows it must come to lie in two nodes. Commands
(`/close` at the start of a line) are looked for in the raw text, where an entity is enough.
"""

from __future__ import annotations

import re

from leeward.model import Body, Key

APART = "<span></span>"
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Only what every version turns into a link: then the text lies inside an anchor, where no reference is looked for.
_URL = re.compile(
    r"(?<![^\s(])https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:/[^\s<>\"'`()\[\]{}|\\^*]*)?", re.ASCII
)
_SLASH = re.compile(r"(?<![\w/])/(?=\w)")
_INDENT = re.compile(r"^((?:[ ]{0,3}>)*[ ]?)([ ]{4,}|[ ]*\t[ \t]*)", re.MULTILINE)
_SIGNS = re.compile(r"[@#!%~$^*\[](?=[^\s*])|[&<`]")
_IN_URL = str.maketrans({"@": "%40", "!": "%21", "~": "%7E", "$": "%24"})
_MARKER = re.compile(r"\s*<!-- (lw[A-Za-z0-9]{1,60}) -->\s*\Z")
_EMPHASIS = frozenset("*[")


def marker(key: Key) -> str:
    """What carries our key at the end of a description or note; it is not shown."""
    return f"<!-- {key} -->"


def split_marker(text: str) -> tuple[str, Key | None]:
    """A text without its marker, and the key that stood in it."""
    found = _MARKER.search(text[-200:])
    if found is None:
        return text, None
    return text[: len(text) - len(text[-200:]) + found.start()], Key(found[1])


def compose(body: Body, key: Key, uploads: tuple[str, ...] = ()) -> str:
    """The owner's words as typed, what is attached, the quotes made harmless, the link, and the marker."""
    parts = [body.own, *uploads]
    if body.quoted:
        parts.append(neutralise(body.quoted))
    if body.link and body.link not in body.own and body.link not in body.quoted:
        parts.append(neutralise(body.link))
    return "\n\n".join([*(each for each in parts if each), marker(key)])


def neutralise(text: str) -> str:
    """Markdown by others that reads the same and does nothing: no command, alert, reference, HTML, image or code."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _INDENT.sub(lambda found: found[1] + "&#160;" * len(found[2].expandtabs(4)), text)
    done, at = [], 0
    for url in _URL.finditer(text):
        done += [_harmless(text[at : url.start()]), url[0].translate(_IN_URL)]
        at = url.end()
    return "".join([*done, _harmless(text[at:])])


def _harmless(text: str) -> str:
    # What the indent rule wrote is the one entity that may pass.
    parts = text.split("&#160;")
    return "&#160;".join(_SIGNS.sub(_apart, _SLASH.sub("\x00", part)).replace("\x00", "&#47;") for part in parts)


def _apart(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _EMPHASIS:
        return _bracket(found) if sign == "[" else _star(found)
    return {"&": "&amp;" + APART, "<": "&lt;", "`": "&#96;"}.get(sign, sign + APART)


def _star(found: re.Match[str]) -> str:
    """`*iteration:…` is a reference; other stars are emphasis."""
    return "*" + APART if found.string[found.end() :].lower().startswith("iteration:") else "*"


def _bracket(found: re.Match[str]) -> str:
    """`[issue:1]` and its like are references; other brackets are links."""
    return "[" + APART if re.match(r"[a-z_ ]{1,40}:", found.string[found.end() :], re.IGNORECASE) else "["
