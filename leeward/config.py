"""The settings: read, checked, all problems at once with file and line. Bad input is never raised.

A file that cannot be parsed, or whose `[quiet]` section has errors, does not take away what worked: the copy of the last
good settings stays in force. Where they lie is decided in `leeward.paths`, how they are written in `tui.settings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from leeward import config_lines, paths
from leeward.config_account import Account, read_accounts
from leeward.config_table import Found, Problem, Table
from leeward.ports import Manifest
from leeward.text import one_line
from leeward.words import _

if TYPE_CHECKING:
    from leeward.work.quiet_settings import QuietConfig

__all__ = ["Account", "Config", "Problem", "Ui", "load", "read"]

SECTIONS = ("account", "quiet", "keys", "theme", "ui")
DEFAULT_THEME = "lee"
LARGEST = 1_000_000
_WHERE = r" ?\(at (?:line (\d+), column \d+|end of document)\)"


class Ui(Struct, frozen=True):
    """How the screen behaves."""

    mouse: bool = True


def _never_quiet() -> QuietConfig:
    from leeward.work.quiet_settings import QuietConfig

    return QuietConfig()


class Config(Struct, frozen=True):
    """All settings. `keys` maps the name of an action to what was written for it; `path` is the file they are from.

    `quiet_fits`: `[quiet]` stands in it without a mistake; else what `quiet` holds is older, or a part of it.
    """

    accounts: tuple[Account, ...] = ()
    quiet: QuietConfig = field(default_factory=_never_quiet)
    keys: Mapping[str, str] = field(default_factory=dict)
    theme: str = DEFAULT_THEME
    ui: Ui = Ui()
    path: Path | None = None
    lines: config_lines.Lines = field(default_factory=config_lines.Lines)
    quiet_fits: bool = True

    def line(self, *path: str | int) -> int:
        """The line on which something stands, such as `line("keys", "done")`, for problems only the screen can see."""
        return self.lines(path)

    def account(self, name: str) -> Account | None:
        """The account of that name."""
        return next((account for account in self.accounts if account.name == name), None)

    def safe(self) -> Config:
        """The same without accounts, own keys or theme."""
        return replace(self, accounts=(), keys={}, theme=DEFAULT_THEME)


def load(
    path: Path, kinds: Mapping[str, Manifest] | None = None, *, last_good: Path | None = None
) -> tuple[Config, list[Problem]]:
    """The settings in `path` and everything wrong with them; the defaults where there is no file.

    `kinds` is the table of kinds, None to take every kind for known. `last_good` is where the copy of the last good
    settings lies; it is written here, and what stands in it is used where the file, or its `[quiet]` section, is wrong.
    """
    text, problem = _text(path)
    if text is None:
        if problem is None:
            return Config(path=path), []
        return _fallen_back(path, kinds, last_good, [problem])
    config, problems, quiet_fits = _check(text, path, kinds)
    if config is None:
        return _fallen_back(path, kinds, last_good, problems)
    problems = [*_lax(path), *problems]
    if last_good is None:
        return config, problems
    if not quiet_fits:
        older = _last_good(last_good, path, kinds)
        return (replace(config, quiet=older.quiet) if older else config), problems
    if not any("•••" in problem.key for problem in problems):
        _keep(last_good, text)
    return config, problems


def read(text: str, path: Path, kinds: Mapping[str, Manifest] | None = None) -> tuple[Config | None, list[Problem]]:
    """Check settings that were read from `path`; None where they are no TOML."""
    checked = _check(text, path, kinds)
    return checked.config, checked.problems


class _Checked(NamedTuple):
    """What was read, what is wrong with it, and whether `[quiet]` can be trusted."""

    config: Config | None
    problems: list[Problem]
    quiet_fits: bool


def _check(text: str, path: Path, kinds: Mapping[str, Manifest] | None) -> _Checked:
    import tomllib

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return _Checked(None, [_syntax(error, text, path)], quiet_fits=False)
    found = Found(path, config_lines.Lines(text), [])
    Table(found, (), document).warn_unknown(SECTIONS)
    quiet, quiet_fits = _quiet(found, document.get("quiet", {}))
    config = Config(
        accounts=read_accounts(found, document.get("account", []), kinds),
        quiet=quiet,
        keys=_keys(Table(found, ("keys",), document.get("keys", {}))),
        theme=_theme(Table(found, ("theme",), document.get("theme", {}))),
        ui=_ui(Table(found, ("ui",), document.get("ui", {}))),
        path=path,
        lines=found.lines,
        quiet_fits=quiet_fits,
    )
    return _Checked(config, sorted(found.problems, key=lambda problem: problem.line), quiet_fits)


def _text(path: Path) -> tuple[str | None, Problem | None]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return None, Problem(path, 1, path.name, _("cannot be read: {why}.").format(why=why))
    if len(data) > LARGEST:
        return None, Problem(path, 1, path.name, _("is larger than a million bytes. Is it the right file?"))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, Problem(path, line, path.name, _("is not UTF-8 text. Save it as UTF-8."))


def _syntax(error: Exception, text: str, path: Path) -> Problem:
    """What the parser says, with its line taken out of the sentence."""
    import tomllib

    said = (
        str(error)
        if isinstance(error, tomllib.TOMLDecodeError)
        else _("It nests too deeply or holds an absurd number.")
    )
    where = re.search(_WHERE, said)
    last = text.rstrip().count("\n") + 1
    line = (int(where[1]) if where[1] else last) if where else 1
    written = text.split("\n")[line - 1].strip() if line <= last else ""
    shown_line = _without_value(written)
    sentence = _("is no valid TOML: {said}.").format(said=re.sub(_WHERE, "", said).rstrip("."))
    return Problem(path, line, one_line(shown_line, 60) or path.name, one_line(sentence))


def _without_value(written: str) -> str:
    """A line that could not be parsed may hold a secret: its key is enough to find it."""
    key, equals, _value = written.partition("=")
    return f"{key.strip()} = …" if equals else written


def _lax(path: Path) -> list[Problem]:
    mode = paths.lax_mode(path)
    if mode is None:
        return []
    said = _("others on this machine may read or change it (mode {mode}). Run: chmod 600 {path}")
    return [Problem(path, 1, path.name, said.format(mode=f"{mode:04o}", path=path), warning=True)]


def _quiet(found: Found, table: object) -> tuple[QuietConfig, bool]:
    """The `[quiet]` section, which has a reader of its own beside its rules, and whether nothing is wrong with it."""
    from leeward.work import quiet_config

    part = Table(found, ("quiet",), table)
    quiet, problems = quiet_config.read(part.values, found.lines)
    found.problems.extend(Problem(found.file, *each) for each in problems)
    return quiet, not part.broken and all(warning for _line, _key, _said, warning in problems)


def _keys(table: Table) -> Mapping[str, str]:
    """Own keys by action; whether the actions exist and clash is for the screen to say."""
    keys: dict[str, str] = {}
    for action, key in table.values.items():
        if isinstance(key, str) and key.strip():
            keys[action] = key
        else:
            table.wrong(action, _('is no key. Write such as {action} = "e".').format(action=action))
    return MappingProxyType(keys)


def _theme(table: Table) -> str:
    table.warn_unknown(("name",))
    return table.text("name") or DEFAULT_THEME


def _ui(table: Table) -> Ui:
    table.warn_unknown(("mouse",))
    return Ui(mouse=table.flag("mouse", default=True))


def _fallen_back(
    path: Path, kinds: Mapping[str, Manifest] | None, last_good: Path | None, problems: list[Problem]
) -> tuple[Config, list[Problem]]:
    """The last good settings in place of those that could not be read, and a word about it."""
    older = _last_good(last_good, path, kinds) if last_good else None
    said = _("the last good settings stay in force.") if older else _("no settings are in force until it is mended.")
    kept = replace(older or Config(path=path), quiet_fits=False)
    return kept, [*problems, Problem(path, problems[0].line, path.name, said, warning=True)]


def _last_good(copy: Path, path: Path, kinds: Mapping[str, Manifest] | None) -> Config | None:
    """The copy, read as if it stood where it was taken from: paths in it are relative to there."""
    text, _problem = _text(copy)
    config = read(text, path, kinds)[0] if text is not None else None
    return replace(config, lines=config_lines.Lines()) if config else None


def _keep(copy: Path, text: str) -> None:
    """Keep `text` as the last good settings, where it is news and the folder is there; a full disk is no reason to stop."""
    try:
        if copy.parent.is_dir() and _text(copy)[0] != text:
            paths.write_atomic(copy, text)
    except OSError:
        from logging import getLogger

        getLogger("leeward").warning("the copy of the settings could not be written", exc_info=True)
