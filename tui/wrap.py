"""Breaking text into lines of a given number of cells, and filling cells: wide, combining and joined characters right."""

from __future__ import annotations

from collections.abc import Iterator

from leeward.text import cut_to, width

TAB = "    "


def pieces(word: str, cells: int) -> Iterator[str]:
    """`word` in pieces of at most `cells` cells (two at least); nothing is lost, blanks too."""
    while width(word) > cells:
        taken = cut_to(f"{word}xx", cells + 1)[:-1] or word[:1]  # the two letters make sure that it is cut
        yield taken
        word = word[len(taken) :]
    yield word


def _paragraph(text: str, cells: int) -> Iterator[str]:
    indent = text[: len(text) - len(text.lstrip(" "))]
    if len(indent) >= cells // 2 or cells - len(indent) < 2:
        indent = ""
    line, used = indent, len(indent)
    started = False
    for word in text.split():
        wide = width(word)
        if started and used + 1 + wide <= cells:
            line, used = f"{line} {word}", used + 1 + wide
            continue
        if started:
            yield line
            line, used = indent, len(indent)
        *whole, last = pieces(word, max(2, cells - len(indent)))
        yield from (indent + piece for piece in whole)
        line, used, started = indent + last, len(indent) + width(last), True
    yield line


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` cells, broken at blanks where possible; at least one line."""
    cells = max(2, cells)
    if "\n" not in text and "\t" not in text and text.isascii() and len(text) <= cells:
        return [text]
    lines: list[str] = []
    for paragraph in text.replace("\t", TAB).rstrip("\n").split("\n"):
        if width(paragraph) <= cells:
            lines.append(paragraph.rstrip())
        else:
            lines.extend(_paragraph(paragraph, cells))
    return lines


def left(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells, filled at its right or cut with an ellipsis."""
    cut = cut_to(text, cells)
    return cut + " " * (cells - width(cut))


def right(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells, filled at its left or cut with an ellipsis."""
    cut = cut_to(text, cells)
    return " " * (cells - width(cut)) + cut
