"""Text on its way to ClickUp: our marker, and other people's words made unable to act.

A comment is plain text and a description Markdown that loses HTML comments, so the marker has to be seen: a short word
in white brackets at the very end. Signs that act (a name, a command, an image, HTML, a code fence) are replaced by signs
that look like them, because neither backslash nor entity means the same in both.
"""

from __future__ import annotations

import re

from connectors.keymark import signed, unmarked
from leeward.model import Body, Key

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_URL = re.compile(r"(?<![\w@])https?://[^\s<>\"'`()\[\]{}|\\^]+", re.IGNORECASE)
_COMMAND = re.compile(r"^([\s>*+-]*)/(?=\w)", re.MULTILINE)
_SLASH = re.compile(r"(?<![\w/:.])/(?=[A-Za-z])")
_FENCE = re.compile(r"`{3,}|~{3,}")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TARGET = re.compile(r"\]\((?!\s*(?:https?:|mailto:))", re.IGNORECASE)
_REFERENCE = re.compile(r"#(?=\w+(?:#|\b))")
_INDENT = re.compile(r"^(?: {4,}| *\t[ \t]*)", re.MULTILINE)


def compose(body: Body, key: Key) -> str:
    """The owner's words as typed, the quotes made harmless, the link, and the marker."""
    parts = [body.own]
    if body.quoted:
        parts.append(neutralise(body.quoted))
    if body.link and body.link not in body.own and body.link not in body.quoted:
        parts.append(neutralise(body.link))
    return signed("\n\n".join(each for each in parts if each), key)


def neutralise(text: str) -> str:
    """Text by others that reads the same and does nothing: no name, command, reference, image, HTML or code."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    done, at = [], 0
    for url in _URL.finditer(text):
        done += [_harmless(text[at : url.start()]), url[0].replace("@", "%40")]
        at = url.end()
    return "".join([*done, _harmless(text[at:])])


def _harmless(text: str) -> str:
    text = _INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), text)
    text = _FENCE.sub(lambda found: "\u02bc" * len(found[0]), text)
    text = _SLASH.sub("\u2215", _COMMAND.sub("\\1\u2215", text))
    text = _TARGET.sub("] (", _TAG.sub("\uff1c", text))
    text = _REFERENCE.sub("\uff03", text).replace("![", "! [")
    return unmarked(text.replace("@", "\uff20"))
