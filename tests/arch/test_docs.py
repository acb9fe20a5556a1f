"""Every setting, key and command is named where a reader looks for it."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from connectors import TABLE
from leeward.config import SECTIONS, Ui, read
from leeward.config_account import KEYS
from leeward.config_lines import Lines
from leeward.ports import Can, Manifest
from leeward.testing.abilities import METHODS
from leeward.work import quiet_reader
from tests.arch.source import ROOT, name, tracked

EXAMPLE = ROOT / "config.example.toml"


INSIDE = frozenset({"architecture.md", "where.md", "write-a-connector.md"})
"""Pages for who changes the program: what only they name is not named where a person looks for it."""


def guide() -> str:
    """README and the user guide; the tests begin to bite with its first page."""
    pages = [page for page in sorted((ROOT / "docs").glob("**/*.md")) if page.name not in INSIDE]
    if not pages:
        pytest.skip("the user guide has no page yet")
    return "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *pages))


def settings(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, ...]]:
    """Every setting there is: ours by their lists, those of `[quiet]` as its reader asks for them."""
    asked: set[tuple[str, ...]] = {("account", key) for key in KEYS}
    asked |= {(section,) for section in SECTIONS}
    asked |= {("theme", "name")} | {("ui", field) for field in Ui.__struct_fields__}
    honest = quiet_reader.Reader.known

    def known(self: quiet_reader.Reader, *keys: str) -> None:
        where = tuple(part for part in self.path if isinstance(part, str))
        asked.update((*where, key) for key in keys)
        honest(self, *keys)

    monkeypatch.setattr(quiet_reader.Reader, "known", known)
    read(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE, TABLE)
    assert len([path for path in asked if path[0] == "quiet"]) > 30
    return asked


def test_the_example_has_no_problem() -> None:
    config, problems = read(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE, TABLE)
    assert [str(problem) for problem in problems if not problem.warning or "never opens" not in problem.said] == []
    assert config is not None
    assert len(config.accounts) == 2


def test_the_example_names_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    standing = {tuple(part for part in path if isinstance(part, str)) for path in Lines(text)._walked.found}
    commented = set(re.findall(r"^# (\w+) = ", text, re.MULTILINE))
    missing = {path for path in settings(monkeypatch) if path not in standing and path[-1] not in commented}
    # One schedule has what another has not: open or quiet, a zone of its own.
    schedules = {path[-1] for path in standing if path[:2] == ("quiet", "schedules")}
    missing -= {path for path in missing if path[:2] == ("quiet", "schedules") and path[-1] in schedules}
    assert missing == set()


def test_every_line_of_the_example_is_explained() -> None:
    told = re.compile(
        r"#|^\s*$|^\[|^(?:from|to|kind|schedule|open|quiet|do|why|url|name|account|topic|timezone|due) = "
    )
    assert [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if not told.search(line)] == []


def test_the_guide_names_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    text = guide()
    missing = {".".join(path) for path in settings(monkeypatch) if not re.search(rf"\b{path[-1]}\b", text)}
    assert missing == set()


def test_the_guide_names_every_action() -> None:
    if find_spec("tui.actions") is None:
        pytest.skip("there is no table of actions yet")
    actions = import_module("tui.actions").ACTIONS
    listed = list(actions.values()) if hasattr(actions, "values") else list(actions)
    assert len(listed) > 30
    text = guide()
    assert [
        action.name for action in listed if not re.search(rf"(?<![\w.-]){re.escape(action.name)}(?![\w-])", text)
    ] == []


def deeper(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The commands of a parser, and theirs, each with all words before it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield name
                yield from (f"{name} {more}" for more in deeper(inner))


def test_the_guide_names_every_command() -> None:
    if find_spec("tui.commands") is None or not hasattr(import_module("tui.commands"), "VERBS"):
        pytest.skip("there is no command line yet")
    module = import_module("tui.commands")
    assert len(module.VERBS) >= 20
    text = re.sub(r"[\s`|]+", " ", guide())
    found = {command for verb in module.VERBS for command in deeper(module._parser(verb))}
    assert found >= set(module.VERBS)
    assert [command for command in sorted(found) if not re.search(rf"\b{command}\b", text)] == []


def test_readmes_do_not_name_files_that_are_not_there() -> None:
    missing = []
    for page in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("**/*.md")),
        *sorted((ROOT / "connectors").glob("*/README.md")),
    ):
        links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        missing += [f"{page.relative_to(ROOT)}: {link}" for link in links if not (page.parent / Path(link)).exists()]
    assert missing == []


def mapped() -> dict[str, set[str]]:
    """Folder to the names, of modules or families of them, that the map of the source has for it."""
    sections = re.split(r"^## ", (ROOT / "docs" / "where.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    parts = (section.partition("\n") for section in sections)
    return {folder: set(re.findall(r"`([a-z_]+\*?)`", told)) for folder, _line, told in parts}


def test_the_map_has_every_module_and_no_other() -> None:
    named = mapped()
    there: dict[str, set[str]] = {folder: set() for folder in named}
    for file in tracked():
        folder, _slash, _file = name(file).rpartition("/")
        if file.suffix == ".py" and folder in there and file.stem != "__init__":
            there[folder].add(file.stem)
    lost = {
        f"{folder}/{module}"
        for folder, modules in there.items()
        for module in modules
        if not any(fnmatchcase(module, one) for one in named[folder])
    }
    gone = {
        f"{folder}/{one}"
        for folder, names in named.items()
        for one in names
        if not [*(ROOT / folder).glob(f"{one}.py"), *(ROOT / folder).glob(f"{one}/__init__.py")]
    }
    assert (lost, gone) == (set(), set())


def test_the_page_on_connectors_names_every_ability_its_methods_and_what_a_manifest_says() -> None:
    text = (ROOT / "docs" / "write-a-connector.md").read_text(encoding="utf-8")
    wanted = {can.name for can in Can} | {method for methods in METHODS.values() for method in methods}
    wanted |= set(Manifest.__struct_fields__)
    assert {word for word in wanted if not re.search(rf"\b{word}\b", text)} == set()


ASKED_OF_ALL = {
    "token_never_in_a_url", "check_before_saving", "contract_suite", "fake_checked_by_the_official_description", "real_server",
    "cursor_from_the_server", "absence_is_not_deletion", "pages_that_loop_end", "idempotent_create", "key_in_the_object",
    "finds_what_was_sent", "quotes_never_act", "rate_limits", "push",
}  # fmt: skip
"""What `quality.toml` of every kind answers, with "done" or with why it does not apply; each adds what is its own."""


def test_every_kind_has_a_page_and_answers_what_all_are_asked() -> None:
    kinds = sorted(kind for kind, manifest in TABLE.items() if manifest.target is not None)
    assert len(kinds) >= 9
    for kind in kinds:
        folder = ROOT / "connectors" / kind
        assert (folder / "README.md").is_file(), kind
        rules = tomllib.loads((folder / "quality.toml").read_text(encoding="utf-8"))["rules"]
        assert ASKED_OF_ALL - rules.keys() == set(), kind
        assert [rule for rule, answer in rules.items() if not answer.strip()] == [], kind
