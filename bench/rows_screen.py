"""Rows 1 to 9, 13, 14 and 16: the screen, seen from outside."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.command import environment
from bench.data import LONG_TITLE, store
from bench.goals import Figure, missing
from bench.pty import Ended, Key, Program, spread

STARTS = 9
_RESTS_S = 1.2
"""By then the engine is there too, which waits until the first frame was looked at."""
_READY = rf"1 Inbox(?:.*\n)*.*{LONG_TITLE[:15]}"
"""The tabs and a row: the first frame that is written before the screen is loaded has no tabs, and takes no verb."""


@contextmanager
def copied(size: str) -> Iterator[Path]:
    """A copy of a store that may be written to, without its backups."""
    folder, _took = store(size)
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        shutil.copytree(folder, name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.backup-*"))
        yield Path(name)


_FLOOR_MS = 171
"""How long the floor took on the machine the goals in milliseconds and seconds were set on."""
_AGAINST = ((0, 0), (1, 0), (2, 1))
"""Which figure of a start is compared with which of the floor."""


def _floor() -> tuple[float, float, float]:
    """Milliseconds to the first paint, CPU milliseconds of the start, milliseconds to quit, of the empty program."""
    program = Program([str(environment() / "python"), "-m", "bench.floor"])
    ready = program.wait("floor")
    program.settle(0.3)
    cpu = program.cpu_ms()
    return ready, cpu, program.end("q").gone_ms


def _start(folder: Path) -> tuple[Program, float]:
    program = Program([str(environment() / "leeward"), "--data", str(folder)])
    return program, program.wait(_READY)


def rows(size: str) -> list[Figure]:
    """Everything the screen is measured by, on one size of store."""
    try:
        with copied(size) as folder:
            program, _ready = _start(folder)
            program.end("q")
            return [*_starts(folder, size), *_acts(folder)]
    except (TimeoutError, OSError) as error:
        return [missing("1-9", "the screen", f"it did not come up: {str(error).splitlines()[0]}")]


def _starts(folder: Path, size: str) -> list[Figure]:
    """The program and the floor in turns; ratios are the middle of those pair by pair, since a machine's speed drifts."""
    floors: list[tuple[float, float, float]] = []
    starts: list[tuple[float, float, float]] = []
    ends: list[Ended] = []
    for _ in range(STARTS):
        floors.append(_floor())
        program, ready = _start(folder)
        program.settle(0.3)
        starts.append((program.first_paint_ms or ready, ready, program.cpu_ms()))
        ends.append(program.end("q"))
    floor = [median(one[at] for one in floors) for at in range(3)]
    paint, ready, cpu = (median(one[at] for one in starts) for at in range(3))
    to_floor = [median(one[at] / pair[to] for one, pair in zip(starts, floors, strict=True)) for at, to in _AGAINST]
    gone = median(one.gone_ms for one in ends)
    back = median(one.gone_ms if one.back_ms is None else one.back_ms for one in ends)
    left = {mode for one in ends for mode in one.left_on}
    row = "2" if size == "1m" else "1"
    said = f"floor {floor[0]:.0f} ms, {_FLOOR_MS} where the goal was set"
    return [
        Figure(row, "first paint", paint, "ms", 30.0, ratio=to_floor[0], against=said),
        Figure(row, "interactive, inbox shown", ready, "ms", 1.25, True, to_floor[1], said),
        Figure(
            "3",
            "CPU of a cold start",
            cpu / 1000,
            "s",
            0.20,
            ratio=to_floor[2],
            against=f"floor {floor[1]:.0f} ms, {_FLOOR_MS} of wall time where the goal was set",
        ),
        Figure(
            "13", "quit: main screen back", back, "ms", 60.0, ratio=back / floor[2], against=f"floor {floor[2]:.0f} ms"
        ),
        Figure("13", "quit: process gone", gone, "ms", 60.0, ratio=gone / floor[2], against=f"floor {floor[2]:.0f} ms"),
        Figure("13", "terminal modes left on", float(len(left)), "", 0.0, why=str(sorted(left)) if left else ""),
    ]


def _settled(keys: list[Key]) -> list[float]:
    """Keys that brought no answer count as a second, not as nothing."""
    return [1000.0 if key.settled is None else key.settled for key in keys]


def _first(keys: list[Key]) -> list[float]:
    return [1000.0 if key.first is None else key.first for key in keys]


def _acts(folder: Path) -> list[Figure]:
    program, _ready = _start(folder)
    try:
        program.settle(_RESTS_S)
        figures = [*_long(program), *_cursor(program)]
        idle, count = program.idle(10)
        figures += [
            Figure("9", "idle, of a core", idle, "%", 0.15),
            Figure("9", "idle, bytes to the terminal", float(count), "B", 0.0),
            *_search(program),
            Figure("8", "private memory after all this", program.private_mib(), "MiB", 55.0),
        ]
    finally:
        program.end("\x1b\x1bq")
    return [*figures, *_capture(folder)]


def _long(program: Program) -> list[Figure]:
    """The first row is the long thread: open it, go to its end, come back."""
    program.key("\r")
    opened = program.key("G", 3.0)
    program.key("\x1b")
    return [Figure("6", "to the end of a thread of 5,000 lines", _settled([opened])[0], "ms", 25.0)]


def _cursor(program: Program) -> list[Figure]:
    moves = [program.key("j") for _ in range(60)]
    pages = [program.key(" ") for _ in range(20)]
    program.settle(0.3)
    held = program.key("j" * 100, 3.0)
    return [
        Figure("4", "cursor key to paint, p95", spread(_first(moves))[1], "ms", 4.0),
        Figure("4", "cursor key, bytes", spread([float(key.bytes) for key in moves])[0], "B", 1024.0),
        Figure("5", "page down settled, p95", spread(_settled(pages))[1], "ms", 15.0),
        Figure("14", "100 keys at once, settled", _settled([held])[0], "ms", 50.0),
    ]


def _search(program: Program) -> list[Figure]:
    """Letter by letter; the first letter finds nothing yet and is not counted."""
    program.key("/")
    program.settle(0.3)
    keys: list[Key] = []
    for word in ("release", "server", "vendre", "rechnung"):
        typed = [program.key(letter) for letter in word]
        keys += typed[1:]
        program.key("\x7f" * len(word))
        program.settle(0.2)
    program.key("\x1b")
    return [
        Figure("7", "search as you type: echo, p95", spread(_first(keys))[1], "ms", 8.0),
        Figure("7", "search as you type: settled, p95", spread(_settled(keys))[1], "ms", 30.0),
    ]


def _capture(folder: Path) -> list[Figure]:
    """`t` on the first row: until the panel stands, its lines marked. Nothing is made of it."""
    taken = []
    for _ in range(3):
        program, _ready = _start(folder)
        program.settle(_RESTS_S)
        taken += _settled([program.key("t", 3.0)])
        program.end("\x1b\x1bq")
    return [Figure("16", "capture: t to the panel", median(taken), "ms", 50.0)]
