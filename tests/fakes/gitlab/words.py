"""What GitLab does with text: commands run, names alert people, references tie objects together.

Commands are looked for in the raw text outside code and quotes. References are looked for as GitLab does: in the text
nodes of the rendered page, outside code and links, with entities decoded; a backslash does not protect them (as on older
servers), so that what passes here passes everywhere.
"""

from __future__ import annotations

import html
import re

COMMANDS = frozenset(
    [
        "close",
        "reopen",
        "assign",
        "unassign",
        "label",
        "unlabel",
        "relabel",
        "due",
        "remove_due_date",
        "todo",
        "done",
        "subscribe",
        "title",
        "milestone",
        "lock",
        "confidential",
        "duplicate",
        "move",
        "spend",
        "estimate",
        "shrug",
        "tableflip",
        "award",
        "wip",
        "draft",
        "merge",
        "approve",
        "cc",
    ]
)
_BLOCK = re.compile(r"^(```+|~~~+)[^\n]*\n.*?(?:^\1[^\n]*$|\Z)|^<!--.*?(?:-->|\Z)", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff]*/([a-z_]+)\b([^\n]*)$", re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+\S*")
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_ALERT = re.compile(r"(?<![\w@])@([A-Za-z0-9_][\w.-]*)")
_REFERENCE = re.compile(r"(?<![\w&#])(?:#\d+|!\d+|&\d+|%\d+|%\"|~\d+|~\"|~[A-Za-z]\w*|\$\d+)")
_RAW = re.compile(r"<(script|img|a|iframe|form|input)\b", re.IGNORECASE)


def commands(text: str) -> list[tuple[str, str]]:
    """The commands a text runs, with their arguments."""
    outside = _BLOCK.sub("", text)
    return [(name, rest.strip()) for name, rest in _COMMAND.findall(outside) if name in COMMANDS]


def without_commands(text: str) -> str:
    """What is left of a note after its commands ran."""
    spans = [found.span() for found in _BLOCK.finditer(text)]

    def keep(found: re.Match[str]) -> str:
        inside = any(begin <= found.start() < end for begin, end in spans)
        return found[0] if inside or found[1] not in COMMANDS else ""

    return _COMMAND.sub(keep, text)


def _nodes(text: str) -> list[str]:
    outside = _COMMENT.sub("", _CODE.sub("\x00", _BLOCK.sub("\x00", text)))
    parts = _TAG.split(_LINK.sub("\x00", outside))
    return [html.unescape(part) for part in parts]


def alerts(text: str) -> list[str]:
    """The handles a text alerts."""
    return [name.rstrip(".-") for node in _nodes(text) for name in _ALERT.findall(node)]


def references(text: str) -> list[str]:
    """The objects a text refers to, and raw HTML that would be shown."""
    return [each for node in _nodes(text) for each in _REFERENCE.findall(node)] + _RAW.findall(_COMMENT.sub("", text))
