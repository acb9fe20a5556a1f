"""What changed in a text, small enough to keep, and how to take it back where other things changed around it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

AROUND = 2


class Hunk(Struct, frozen=True):
    """One place that changed: its lines before and after with a few of those around, and where they began, from 0."""

    was: int
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]


def hunks(before: str, after: str) -> list[Hunk]:
    """Where two texts differ."""
    from difflib import SequenceMatcher

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        first, last = group[0], group[-1]
        found.append(Hunk(first[1], first[3], tuple(old[first[1] : last[2]]), tuple(new[first[3] : last[4]])))
    return found


def applied(text: str, changes: Iterable[Hunk], *, back: bool) -> str | None:
    """`text` with these changes taken back, or made again; None where the lines are not there as they were left."""
    lines = text.splitlines(keepends=True)
    for hunk in sorted(changes, key=lambda one: -one.line):
        there, wanted = (hunk.new, hunk.old) if back else (hunk.old, hunk.new)
        at = _place(lines, there, hunk.line if back else hunk.was)
        if at is None:
            return None
        lines[at : at + len(there)] = wanted
    return "".join(lines)


def _place(lines: Sequence[str], wanted: Sequence[str], guess: int) -> int | None:
    """Where these lines stand: where they are looked for, or the only place they are at."""
    size = len(wanted)
    if size == 0:
        return guess if guess == len(lines) == 0 else None
    if tuple(lines[guess : guess + size]) == tuple(wanted):
        return guess
    found = [at for at in range(len(lines) - size + 1) if tuple(lines[at : at + size]) == tuple(wanted)]
    return found[0] if len(found) == 1 else None
