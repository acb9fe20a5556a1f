"""Writing config.toml: an account goes after the last one, a value changes where it stands; nothing else moves.

A change is worked out on the text first, so that it can be shown before it is saved. A file that is no TOML, or that the
editor would not give back letter by letter, is never touched.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from leeward import config_lines, paths
from leeward.errors import Problem, Usage
from leeward.words import _

if TYPE_CHECKING:
    from leeward.work.patches import Hunk

Key: TypeAlias = Sequence[str | int]
"""Where a value stands: ("ui", "mouse"), ("quiet", "except", 0, "to")."""


def add_account(path: Path, account: Mapping[str, Any]) -> str:
    """Append an `[[account]]` to the file, which is made where there is none; gives its new text. Raises `Problem`."""
    return edit(path, lambda text: with_account(text, account))


def remove_account(path: Path, name: str) -> str:
    """Take an account out of the file; gives its new text. Raises `Problem`, and `Usage` where it is not there."""
    return edit(path, lambda text: without_account(text, name))


def set_account_value(path: Path, name: str, key: str, value: Any) -> str:
    """Change one value of the account of that name; gives the file's new text. Raises `Problem`."""

    def change(text: str) -> str:
        listed = _parse(text).get("account", [])
        names = [each.get("name") if isinstance(each, dict) else None for each in listed]
        if name not in names:
            raise Problem(_("There is no account “{name}” in the settings.").format(name=name))
        return with_value(text, ("account", names.index(name), key), value)

    return edit(path, change)


def with_schedule(text: str, name: str, windows: Sequence[str], *, quiet: bool, timezone: str | None) -> str:
    """`text` with a schedule of that name, in place of one that is there. Which schedule counts stays as it was.

    Raises `Problem`.
    """
    section = _parse(text).get("quiet", {})
    old = section.get("schedules", {})
    new = text
    if len(old) == 1 and name not in old and "schedule" not in section:
        new = with_value(new, ("quiet", "schedule"), next(iter(old)))
    if name not in old:
        return _appended_schedule(new, name, windows, quiet=quiet, timezone=timezone)
    for key, value in (("open", None if quiet else list(windows)), ("quiet", list(windows) if quiet else None)):
        new = with_value(new, ("quiet", "schedules", name, key), value)
    return with_value(new, ("quiet", "schedules", name, "timezone"), timezone)


def _appended_schedule(text: str, name: str, windows: Sequence[str], *, quiet: bool, timezone: str | None) -> str:
    import tomli_w

    told: dict[str, Any] = {"quiet" if quiet else "open": list(windows)}
    if timezone:
        told["timezone"] = timezone
    block = tomli_w.dumps({"quiet": {"schedules": {name: told}}}).rstrip("\n")
    before = _parse(text)
    wanted = copy.deepcopy(before)
    wanted.setdefault("quiet", {}).setdefault("schedules", {})[name] = told
    return _proved(with_table(text, ("quiet", "schedules", name), block), wanted)


def edit(path: Path, change: Callable[[str], str]) -> str:
    """Read the file, let `change` make its new text, and put that in place at once, for its owner alone.

    Raises `Problem` where the file cannot be read or written, or is no TOML before or after; it is untouched then.
    """
    text = _read(path)
    _parse(text)
    new = change(text)
    _parse(new)
    if new == text and path.exists():
        return new
    try:
        paths.make_folder(path.parent)
        paths.write_atomic(path, new)
    except OSError as error:
        what = _("{path} cannot be written: {why}.").format(path=path, why=error.strerror or error)
        raise Problem(what, _("Nothing was changed.")) from error
    return new


def rewrite(path: Path, changes: Sequence[Hunk], back: bool) -> None:
    """Take changes of the file back, or make them again. Raises `Problem` where it was changed there meanwhile."""
    from leeward.work.patches import applied

    def change(text: str) -> str:
        new = applied(text, changes, back=back)
        if new is None:
            raise Problem(
                _("These lines of the settings were changed meanwhile, so they stay as they are."),
                _("Change {path} by hand.").format(path=path),
            )
        return new

    edit(path, change)


def edit_told(path: Path, change: Callable[[str], str]) -> list[Hunk]:
    """As `edit`; gives what changed, for undo."""
    from leeward.work.patches import hunks

    before = ""

    def noting(text: str) -> str:
        nonlocal before
        before = text
        return change(text)

    after = edit(path, noting)
    return hunks(before, after)


def with_account(text: str, account: Mapping[str, Any]) -> str:
    """`text` with an `[[account]]` after its last one; keys whose value is None are left out. Raises `Problem`."""
    before = _parse(text)
    listed = before.get("account", [])
    if not isinstance(listed, list):
        raise Problem(_("The settings hold [account] with one bracket."), _("Write [[account]], then try again."))
    if any(isinstance(each, dict) and each.get("name") == account.get("name") for each in listed):
        what = _("There is an account “{name}” already.").format(name=account.get("name"))
        raise Problem(what, _("Choose another name, or remove that one first."))
    told = {key: value for key, value in account.items() if value is not None}
    lines = _lines(text)
    end = _end(text, ("account", len(listed) - 1)) if listed else len(lines)
    return _proved(_put_in(lines, end, _block(told)), {**before, "account": [*listed, told]})


def without_account(text: str, name: str) -> str:
    """`text` without the account of that name; comments of what follows it stay. Raises `Usage` where it is not there."""
    before = _parse(text)
    listed = before.get("account", [])
    names = [each.get("name") if isinstance(each, dict) else None for each in listed]
    if name not in names:
        raise Usage(_("There is no account “{name}” in the settings.").format(name=name))
    index = names.index(name)
    lines = _lines(text)
    start, end = config_lines.Lines(text)(("account", index)) - 1, _end(text, ("account", index))
    head, tail = "".join(lines[:start]).rstrip("\n"), "".join(lines[end:]).lstrip("\n")
    left = [*listed[:index], *listed[index + 1 :]]
    after = {**before, "account": left} if left else {key: part for key, part in before.items() if key != "account"}
    return _proved(_joined(head, tail), after)


def with_value(text: str, key: Key, value: Any) -> str:
    """`text` with one value changed where it stands, or added to its table; None takes it out. Raises `Problem`.

    Comments and order stay. A list changes element by element, so that comments between its lines stay too.
    """
    import tomlkit

    before = _parse(text)
    document = tomlkit.parse(text)
    if tomlkit.dumps(document) != text:
        raise Problem(
            _("The settings would not come back as they are written."),
            _("Change {key} by hand.").format(key=_dotted(key)),
        )
    after = copy.deepcopy(before)
    for tree, table in ((document, tomlkit.table), (after, dict)):
        _assign(tree, key, value, table)
    return _proved(tomlkit.dumps(document), after)


def _assign(tree: Any, key: Key, value: Any, table: Callable[[], Any]) -> None:
    """Set or remove one value in a tree of tables, making the tables on the way."""
    for step in key[:-1]:
        if not isinstance(step, int) and step not in tree:
            if value is None:
                return
            tree[step] = table()
        tree = tree[step]
    last = key[-1]
    if value is None:
        if isinstance(last, int) or last in tree:
            del tree[last]
    elif isinstance(value, list) and last in tree and isinstance(tree[last], list):
        _replace_items(tree[last], value)
    else:
        tree[last] = value


def _replace_items(items: Any, values: Sequence[Any]) -> None:
    for index, value in enumerate(values[: len(items)]):
        if items[index] != value:
            items[index] = value
    for value in values[len(items) :]:
        items.append(value)
    while len(items) > len(values):
        del items[-1]


def _dotted(key: Key) -> str:
    return ".".join(map(str, key))


def _block(account: Mapping[str, Any]) -> str:
    """One account as TOML, its plain keys first."""
    import tomli_w

    plain = {key: value for key, value in account.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in account.items() if isinstance(value, Mapping)}
    inner = f"\n{tomli_w.dumps({'account': tables})}" if tables else ""
    return f"[[account]]\n{tomli_w.dumps(plain)}{inner}"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _joined(*parts: str) -> str:
    """The parts that are not empty, a blank line between them."""
    text = "\n\n".join(part for part in parts if part)
    return text if not text or text.endswith("\n") else f"{text}\n"


def with_table(text: str, table: Sequence[str], block: str) -> str:
    """`text` with the lines of a new table: after the last one that is most akin to it by name, else at the end.

    What belongs together and stands apart is right, and yet tomlkit gives it back in another order.
    """
    paths = [path for _line, path in config_lines.Lines(text).headers]

    def kinship(path: Sequence[str | int]) -> int:
        pairs = list(zip(path, table, strict=False))
        return next((n for n, (one, other) in enumerate(pairs) if one != other), len(pairs))

    near = max(range(len(paths)), key=lambda n: (kinship(paths[n]), n), default=None)
    lines = _lines(text)
    at = _end(text, paths[near]) if near is not None and kinship(paths[near]) else len(lines)
    return _put_in(lines, at, block)


def _put_in(lines: Sequence[str], at: int, block: str) -> str:
    head, tail = "".join(lines[:at]).rstrip("\n"), "".join(lines[at:]).lstrip("\n")
    return _joined(head, block.rstrip("\n"), tail)


def _end(text: str, table: tuple[str | int, ...]) -> int:
    """The line, from 0, at which what follows a table begins: the next table's comments, or the end of the file."""
    lines = _lines(text)
    end = len(lines)
    found = config_lines.Lines(text)
    first = found(table)
    for line, path in found.headers:
        if line > first and path[: len(table)] != table:
            end = line - 1
            break
    else:
        return end
    while end > first and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else _("it is not UTF-8 text")
        raise Problem(
            _("{path} cannot be read: {why}.").format(path=path, why=why), _("Nothing was changed.")
        ) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        what = _("The settings are no valid TOML, so they stay as they are: {why}.").format(why=error)
        raise Problem(what, _("Mend the file, then try again.")) from error


def _proved(new: str, wanted: Mapping[str, Any]) -> str:
    """`new`, if it means what was wanted and nothing else."""
    if _parse(new) != wanted:
        raise Problem(_("The settings are written in a way that cannot be changed safely."), _("Change them by hand."))
    return new
