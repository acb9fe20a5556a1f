"""The page about quiet hours: each example loads without a mistake, and every setting of `[quiet]` stands in one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors import TABLE
from leeward.config import read
from leeward.config_lines import Lines
from leeward.work import quiet_reader
from tests.arch.source import ROOT
from tui.commands.quieting import _RUN

PAGE = ROOT / "docs" / "quiet.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_loads_without_a_mistake(example: str) -> None:
    config, problems = read(example, Path("quiet.md"), TABLE)
    assert [str(problem) for problem in problems if "never opens" not in problem.said] == []
    assert config is not None
    assert config.quiet_fits


def test_every_setting_stands_in_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[tuple[str, ...]] = set()
    honest = quiet_reader.Reader.known

    def known(self: quiet_reader.Reader, *keys: str) -> None:
        where = tuple(part for part in self.path if isinstance(part, str))
        asked.update((*where, key) for key in keys)
        honest(self, *keys)

    monkeypatch.setattr(quiet_reader.Reader, "known", known)
    for example in EXAMPLES:
        read(example, Path("quiet.md"), TABLE)
    standing = {
        tuple(part for part in path if isinstance(part, str)) for text in EXAMPLES for path in Lines(text)._walked.found
    }
    schedules = {path[-1] for path in standing if path[:2] == ("quiet", "schedules")}
    trips = {path[-1] for path in standing if path[:2] == ("quiet", "trip")}
    assert {"from", "to", "timezone"} <= trips
    missing = {path for path in asked - standing if path[:2] not in {("quiet", "schedules"), ("quiet", "trip")}}
    assert missing == set()
    assert {"open", "quiet", "timezone"} <= schedules
    assert len(asked) > 30


def test_the_page_names_every_verb() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = {"eval"}  # it is for programs; the page of the command line has it
    assert {verb for verb in _RUN if not re.search(rf"quiet {verb}\b", text)} <= told
