"""Run by test_memory: one account pulls through the real door from a hostile server, and its memory is told.

Arguments: the kind, an address whose answers are harmless, those whose are hostile. For each of these a line: by how many
MB the peak of the memory has grown so far, and what was said.
"""

from __future__ import annotations

import asyncio
import resource
import sys

from connectors import make, manifest
from connectors.http import Door
from leeward.clock import SystemClock
from leeward.errors import Trouble
from leeward.model import Focus
from leeward.ports import Login, Secret

SCALE = 1 if sys.platform == "darwin" else 1024


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SCALE


async def pull(kind: str, url: str) -> str:
    clock = SystemClock()
    login = Login("work", kind, url, user="sam")
    async with Door(manifest(kind), login, Secret("t"), clock) as door:
        try:
            async for _batch in make(login, door, clock).pull(None, Focus()):
                pass
        except Trouble as trouble:
            return str(trouble)
    return "read"


def main() -> None:
    kind, harmless, *hostile = sys.argv[1:]
    asyncio.run(pull(kind, harmless))
    before = peak()
    for url in hostile:
        said = asyncio.run(pull(kind, url))
        sys.stdout.write(f"{(peak() - before) / 1024 / 1024:.1f} {said}\n")


if __name__ == "__main__":
    main()
