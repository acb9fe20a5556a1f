"""The texts of tasks and notes in a little of Markdown's dress: headings and **words** in bold, lists and quotes indented.

Marks go only where the text reads the same without them. Links, tables and all else stay as they were written, and code
keeps its blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from leeward.text import width
from tui.wrap import TAB, pieces, wrap

if TYPE_CHECKING:
    from tui.view import Line, Span

PLAIN, HEADING, QUOTE, CODE, FENCE = "plain", "heading", "quote", "code", "fence"
"""What a line of a text is."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(?P<after>.*)$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?=\S)")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,4}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_CODE = re.compile(r"(?<!`)(`{1,3}(?!`)[^`]+`{1,3})")
_BEFORE, _AFTER = r"""(?<![^\s("'\u201c\u2018])""", r"""(?![^\s.,:;!?)"'\u201d\u2019])"""
_BOLD = re.compile(_BEFORE + r"\*\*(?=[^\s*])(.{1,300}?)(?<=[^\s*])\*\*" + _AFTER)
"""Every count has an end, so that a stranger's line cannot keep the screen busy."""


def parts(text: str) -> list[tuple[str, str]]:
    """Each line of `text` with what it is."""
    found: list[tuple[str, str]] = []
    closing = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if closing:
            ends = mark is not None and mark[1].startswith(closing) and not mark["after"].strip()
            found.append((line, FENCE if ends else CODE))
            closing = "" if ends else closing
        elif mark is not None and "`" not in mark["after"]:
            found.append((line, FENCE))
            closing = mark[1]
        else:
            found.append((line, _sort(line)))
    return found


def _sort(line: str) -> str:
    return HEADING if _HEADING.match(line) else QUOTE if _QUOTE.match(line) else PLAIN


def _title(line: str) -> str:
    """A heading without its marks, at its end too."""
    found = _HEADING.match(line)
    said = line[found.end() if found else 0 :].rstrip()
    bare = said.rstrip("#")
    return bare.rstrip() if bare.endswith((" ", "\t")) else said


def draw(line: str, sort: str, space: int) -> Sequence[Line]:
    """A line of a text in lines of at most `space` cells."""
    if sort in {CODE, FENCE}:
        ink = "dim" if sort == FENCE else "text"
        return [((piece, ink),) for piece in pieces(line.replace("\t", TAB), max(2, space))]
    if sort == HEADING:
        spans: list[Span] = [(text, "bold") for text, _ink in _spans(_title(line), "text")]
        return list(_wrapped(spans, space))
    head = (_QUOTE if sort == QUOTE else _ITEM).match(line)
    start = head[0].replace("\t", TAB) if head else ""
    if head is None or width(start) > max(0, min(space // 2, space - 2)):
        return list(_wrapped(_spans(line, "text"), space))
    ink = "dim" if sort == QUOTE else "text"
    drawn = list(_wrapped(_spans(line[head.end() :], ink), space - width(start)))
    again = start if sort == QUOTE else " " * width(start)
    return [((start if number == 0 else again, ink), *rest) for number, rest in enumerate(drawn)]


def flat(text: str) -> str:
    """`text` without the marks that would be drawn as bold, for one line of a list."""
    lines = []
    for line, sort in parts(text):
        bare = _title(line) if sort == HEADING else line
        lines.append(bare if sort in {CODE, FENCE} else "".join(piece for piece, _ink in _spans(bare, "text")))
    return "\n".join(lines)


def _spans(text: str, ink: str) -> list[Span]:
    """`text` in runs of one ink; what stands in backticks is left alone."""
    found: list[Span] = []
    for number, piece in enumerate(_CODE.split(text)):
        if number % 2:
            found.append((piece, ink))
            continue
        found += [(run, "bold" if at % 2 else ink) for at, run in enumerate(_BOLD.split(piece))]
    return [span for span in found if span[0]]


def _wrapped(spans: Sequence[Span], space: int) -> Iterator[Line]:
    """Spans as lines; the inks are found again letter by letter, since wrapping only takes blanks away or adds some."""
    letters = [(letter, ink) for text, ink in spans for letter in text if not letter.isspace()]
    at = 0
    for line in wrap("".join(text for text, _ink in spans), space):
        runs: list[Span] = []
        for letter in line:
            ink = letters[min(at, len(letters) - 1)][1] if letters else "text"
            at += not letter.isspace()
            if runs and (runs[-1][1] == ink or letter.isspace()):
                runs[-1] = (runs[-1][0] + letter, runs[-1][1])
            else:
                runs.append((letter, ink))
        yield tuple(runs) or (("", "text"),)
