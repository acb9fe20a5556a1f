"""Text on its way to Slack: the owner's Markdown as mrkdwn, quotes that cannot act, and our key.

Slack acts on what stands between `<` and `>` alone as long as `parse` is "none", so escaping the three signs is enough.
The key travels as metadata, which only apps may write; where that is refused it is the name of the line's first block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from connectors.slack.api.shape import Row, obj, objects, text
from leeward.errors import Refused
from leeward.model import Body, Key
from leeward.words import _

EVENT = "leeward"
LONGEST = 40_000
_BLOCK = 3000
_BLOCKS = 50
_KEY = re.compile(r"lw[A-Za-z0-9]{1,60}")
_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_OWN = re.compile(
    r"(?P<code>```[\s\S]{0,40000}?```|`[^`\n]{1,2000}`)"
    r"|\[(?P<label>[^\[\]\n|]{1,500})\]\((?P<href>(?:https?://|mailto:)[^\s()<>|]{1,2000})\)"
    r"|\*\*(?P<bold>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*\*"
    r"|~~(?P<gone>[^\s~](?:[^\n~]{0,998}[^\s~])?)~~"
    r"|<(?P<mark>@[UW][A-Z0-9]{5,20}|#C[A-Z0-9]{5,20})>"
    r"|(?<![\w@./])@(?P<name>\w(?:[\w.-]{0,78}\w)?)"
    r"|(?<![\w#&/])\#(?P<room>\w(?:[\w.-]{0,78}\w)?)"
)
_ALL = frozenset({"here", "channel", "everyone"})

Finds = Callable[[str], str | None]
"""The id behind a name that was typed; None where nobody, or more than one, is called so."""


def escape(words: str) -> str:
    """Words that mean nothing but themselves."""
    return words.translate(_SIGNS)


def names_in(own: str) -> tuple[bool, bool]:
    """Whether these words may name people, and channels: only then is it worth asking who there is."""
    found = list(_OWN.finditer(own))
    return any(each["name"] and each["name"] not in _ALL for each in found), any(each["room"] for each in found)


def compose(body: Body, person: Finds, room: Finds) -> str:
    """The owner's words, then what is quoted, then the link. Raises `Refused` for what Slack would cut off."""
    own = body.own.replace("\r\n", "\n")
    parts = [_own(own, person, room)]
    if quoted := body.quoted.replace("\r\n", "\n").strip("\n"):
        parts.append("\n".join(f">{escape(line)}" for line in quoted.split("\n")))
    if body.link and body.link not in body.own and body.link not in body.quoted:
        parts.append(escape(body.link))
    whole = "\n\n".join(part for part in parts if part)
    if len(whole) > LONGEST:
        raise Refused(_("That is longer than Slack takes."), _("Send it in parts."))
    return whole


def _own(words: str, person: Finds, room: Finds) -> str:
    done, at = [], 0
    for found in _OWN.finditer(words):
        done += [escape(words[at : found.start()]), _marked(found, person, room)]
        at = found.end()
    return "".join([*done, escape(words[at:])])


def _marked(found: re.Match[str], person: Finds, room: Finds) -> str:
    label, bold, gone, mark, name, place = found.group("label", "bold", "gone", "mark", "name", "room")
    if label:
        return f"<{escape(found['href'])}|{escape(label)}>"
    if bold or gone:
        return f"*{escape(bold)}*" if bold else f"~{escape(gone)}~"
    if name in _ALL:
        mark = f"!{name}"
    elif name and (id := person(name)):
        mark = f"@{id}"
    elif place and (id := room(place)):
        mark = f"#{id}"
    return f"<{mark}>" if mark else escape(found[0])


def metadata(key: Key) -> str:
    """What carries our key; nobody sees it. It stands in the name too, since Slack does not give every token the rest."""
    return json.dumps({"event_type": f"{EVENT}_{key}", "event_payload": {"key": key}}, separators=(",", ":"))


def blocks(words: str, key: Key) -> str:
    """The same words as blocks of which the first bears our key. Raises `Refused` for more than blocks hold."""
    parts = _parts(words)
    if len(parts) > _BLOCKS:
        raise Refused(_("That is longer than Slack takes."), _("Send it in parts."))
    made = [
        {"type": "section", "text": {"type": "mrkdwn", "text": part}} | ({} if number else {"block_id": key})
        for number, part in enumerate(parts)
    ]
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def _parts(words: str) -> list[str]:
    """Pieces a block can hold, cut at a space where there is one, and never inside an entity or a mark."""
    parts: list[str] = []
    while len(words) > _BLOCK:
        head = words[:_BLOCK]
        cut = max(head.rfind("\n"), head.rfind(" "), _BLOCK // 2)
        if cut == _BLOCK // 2:
            open_mark = re.search(r"(?:&[a-z]{0,3}|<[^<>]*)\Z", head)
            cut = open_mark.start() if open_mark and open_mark.start() else _BLOCK
        parts.append(words[:cut])
        words = words[cut:]
    return [*parts, words]


def key_of(row: Row) -> Key | None:
    """The key a line of ours carries, either way."""
    event, _line, key = text(obj(row.get("metadata")).get("event_type")).partition("_")
    return Key(key) if event == EVENT and _KEY.fullmatch(key) else block_key(row)


def block_key(row: Row) -> Key | None:
    """The key in the name of a line's first block."""
    named = (text(each.get("block_id")) for each in objects(row.get("blocks"))[:1])
    return next((Key(each) for each in named if _KEY.fullmatch(each)), None)
