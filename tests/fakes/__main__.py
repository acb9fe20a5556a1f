"""`python -m tests.fakes KIND --port N [--seed-from FILE]`: a fake service on 127.0.0.1, for a person or a test."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fakes.serve import KINDS, Serving


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one and prints it")
    parser.add_argument("--seed-from", type=Path, help="a chat as JSON lines, or a JSON of the kind's own")
    asked = parser.parse_args(arguments)
    service = KINDS[asked.kind](asked.seed_from)
    serving = Serving(service, asked.port)
    say = sys.stdout.write
    say(f"listening on {serving.base}\n")
    for name in ("user", "token"):
        value = getattr(service, name, None)
        if isinstance(value, str):
            say(f"{name}: {value}\n")
    sys.stdout.flush()
    try:
        serving.run()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
