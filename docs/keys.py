"""The page of keys, made from the one registry: `python -m docs.keys` writes `docs/keys.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tui.actions import ACTIONS, PALETTE, SCOPES, Action, shown

PAGE = Path(__file__).parent / "keys.md"
HEAD = """# Keys

This page is made from the program's own table: `python -m docs.keys`. On the screen `?` shows the keys that are alive
where you are, `:` finds everything by name, and the last line shows the most useful ones.

A key means the same everywhere. A blank stands between keys that are pressed one after the other: `g l` is `g`, then
`l`. Letters are the letters you type: `G` is Shift and `g`. Digits choose a view, and in a panel or a question they
choose what is offered. The mouse works too: a click chooses, the wheel scrolls, the line after the list can be pulled.

![The keys that are alive in the inbox](pictures/keys.svg)

To change a key, name the action in `[keys]` of the [settings](settings.md):

```toml
[keys]
done = "d"          # another key
top = "g g, home"   # several
copy_link = "none"  # no key
```

A key that is taken, or an action that is not there, is named on the screen and by `leeward doctor`, and the key stays
as it was.
"""
TAIL = """
## By name only

The palette (`:`) knows these beside the actions above:

| name | what it does |
| --- | --- |
"""


def code(keys: tuple[str, ...]) -> str:
    """Keys as a cell of a table."""
    return " ".join(f"`{shown(key)}`" if key != "|" else "`\\|`" for key in keys)


def rows(actions: Iterator[Action]) -> Iterator[str]:
    """A table of actions."""
    yield "| keys | what it does | where | name |"
    yield "| --- | --- | --- | --- |"
    for one in actions:
        keys = f"`{one.keys[0]}` … `{one.keys[-1]}`" if one.name == "choose" else code(one.keys)
        yield f"| {keys} | {one.title} | {SCOPES[one.scope].title} | `{one.name}` |"


def page() -> str:
    """The whole page."""
    groups = dict.fromkeys(action.group for action in ACTIONS)
    tables = ("\n".join(rows(one for one in ACTIONS if one.group == group)) for group in groups)
    middle = "".join(f"\n## {group}\n\n{table}\n" for group, table in zip(groups, tables, strict=True))
    return HEAD + middle + TAIL + "".join(f"| `{name}` | {title} |\n" for name, title in PALETTE.items())


def main() -> int:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
