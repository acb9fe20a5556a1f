"""`python -m bench [--size 10k|100k|1m] [--only ROW,…]`: measure, print the table, write `bench/results.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
from pathlib import Path

from bench import rows_core, rows_screen
from bench.data import SIZES
from bench.goals import Figure, Rows, missing, table

RESULTS = Path(__file__).parent / "results.json"

# Which rows of the table a part measures, and whether the size of the store matters to it.
PARTS: tuple[tuple[frozenset[str], bool, Rows], ...] = (
    (frozenset({"12"}), True, rows_core.commands),
    (frozenset({"1", "2", "3", "4", "5", "6", "7", "8", "9", "13", "14", "16"}), True, rows_screen.rows),
    (frozenset({"7"}), True, rows_core.searching),
    (frozenset({"10"}), True, rows_core.ingest),
    (frozenset({"11"}), False, rows_core.nothing_new),
    (frozenset({"15"}), False, rows_core.contexts),
    (frozenset({"15"}), False, rows_core.quality),
    (frozenset({"q"}), False, rows_core.quiet_hours),
    (frozenset({"p"}), False, rows_core.parsing),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, action="append", help="the store (10k and 100k)")
    parser.add_argument("--only", default="", help="rows, such as 4,12,15,q,p")
    asked = parser.parse_args()
    only = {one for one in asked.only.split(",") if one}
    sizes = asked.size or ["10k", "100k"]
    said: dict[str, list[dict[str, object]]] = {}
    for at, size in enumerate(sizes):
        figures = _measure(size, only, first=at == 0)
        print(f"\n{size} threads\n{table(figures)}", flush=True)
        said[size] = [one.document() for one in figures]
    RESULTS.write_text(json.dumps({"machine": _machine(), "sizes": said}, indent=1) + "\n")
    return 0


def _measure(size: str, only: set[str], *, first: bool) -> list[Figure]:
    figures: list[Figure] = []
    for rows, sized, part in PARTS:
        if (only and not rows & only) or not (sized or first):
            continue
        try:
            figures += [one for one in part(size) if not only or one.row in only or one.value is None]
        except Exception as error:  # noqa: BLE001 - one part's trouble is a line of the table, the others are measured
            figures.append(missing("/".join(sorted(rows)), part.__name__, f"{type(error).__name__}: {error}"))
    return sorted(
        figures,
        key=lambda one: (
            not one.row[:1].isdigit(),
            int(one.row.split("-")[0].split("/")[0]) if one.row[:1].isdigit() else 0,
            one.what,
        ),
    )


def _machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
