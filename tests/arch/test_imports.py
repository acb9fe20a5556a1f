"""Which part may know which, and what may not be loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp
import pytest

from connectors import TABLE
from tests.arch.source import PACKAGES, ROOT

HEAVY = (
    "textual",
    "rich",
    "httpx",
    "keyring",
    "asyncio",
    "icalendar",
    "jeepney",
    "tomlkit",
    "holidays",
    "apprise",
    "websockets",
    "sqlite3",
)
LIGHT_MODULES = ("connectors", "leeward.words", "leeward.text", "leeward.paths", "leeward.config", "tui.cli")


def contracts() -> list[dict[str, Any]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed: list[dict[str, Any]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return listed


def test_the_contracts_are_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_the_contracts_name_every_kind() -> None:
    kinds = {manifest.target.partition(":")[0].rpartition(".")[0] for manifest in TABLE.values() if manifest.target}
    assert len(kinds) >= 3
    named = [
        set(contract.get("source_modules" if contract["type"] == "forbidden" else "modules", ()))
        for contract in contracts()
        if "kind" in contract["name"].lower()
    ]
    assert named == [kinds, kinds]


def test_every_kind_has_its_folder_and_papers() -> None:
    for manifest in TABLE.values():
        if manifest.target:
            folder = ROOT.joinpath(*manifest.target.partition(":")[0].split(".")[:-1])
            assert (folder / "__init__.py").is_file(), manifest.kind
            assert manifest.docs, manifest.kind


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_nothing_heavy_is_loaded_early(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"{module} is not there yet")
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_no_circle_of_imports() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    edges = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert len(edges) > 20
    assert circles(edges) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}}) == [["a", "b", "c"], ["e"]]


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import one another, by Tarjan's way."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            group = sorted(stack[at:])
            del stack[at:]
            if len(group) > 1 or node in edges.get(node, ()):
                found.append(group)

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return sorted(found)
