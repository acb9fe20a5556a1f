"""`leeward inbox --json` without the parser and everything behind it; whatever is not plain takes the long road."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ALONE = {"--json", "--plain", "--safe"}
_VALUED = {"--config", "--data", "--limit"}
_OTHERS = 0o077


def answer(args: Sequence[str]) -> int | None:
    """The exit code when this was a page of the inbox in JSON and could be answered here, else None."""
    said = _read(args)
    if said is None:
        return None
    from leeward.clock import milliseconds
    from leeward.store.glance import first_page

    os.umask(_OTHERS)
    folder = said.get("--data") or os.environ.get("LEEWARD_DATA") or usual()
    folder = os.path.join(os.getcwd(), os.path.expanduser(folder))  # noqa: PTH109, PTH111, PTH118 - pathlib costs more than the answer
    rows = first_page(folder, milliseconds(), int(said.get("--limit", "100")))
    return None if rows is None else _print(rows)


def _read(args: Sequence[str]) -> dict[str, str] | None:
    """The flags of a plain `inbox --json`; None for anything that only the parser can judge."""
    said: dict[str, str] = {}
    verbs, words = 0, iter(args)
    for word in words:
        name, equals, value = word.partition("=")
        if word in _ALONE:
            said[word] = ""
        elif name in _VALUED:
            said[name] = value if equals else next(words, "-")
        elif word == "inbox":
            verbs += 1
        else:
            return None
    plain = verbs == 1 and "--json" in said and not any(value.startswith("-") for value in said.values())
    limit = said.get("--limit", "100")
    return said if plain and "" not in {said.get(name, "?") for name in _VALUED} and _number(limit) else None


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4


def usual() -> str:
    """The data folder of this system, as `leeward.paths` finds it; on Linux without the library, half of this command."""
    from leeward import APP

    if sys.platform == "linux":
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        if not base.startswith("/"):
            base = os.path.expanduser("~/.local/share")  # noqa: PTH111 - as above
        return os.path.join(base, APP)  # noqa: PTH118 - as above
    else:  # noqa: RET505 - mypy knows this for another system's
        from platformdirs import user_data_dir

        return user_data_dir(APP, appauthor=False)


def _print(rows: list[dict[str, object]]) -> int | None:
    import json

    from tui.stamps import stamp, stored_due

    for row in rows:
        due, updated = row["due"], row["updated"]
        row["due"] = stored_due(due if isinstance(due, str) else None)
        row["updated"] = stamp(updated if isinstance(updated, int) else 0)
    text = json.dumps(rows, ensure_ascii=False)
    if not text.isprintable() or not (text.isascii() or (sys.stdout.encoding or "utf-8").lower() == "utf-8"):
        return None  # the long road escapes what steers or hides, and bends to a terminal that cannot show it
    sys.stdout.write(text + "\n")
    return 0
