"""The source as the tests of this folder read it."""

from __future__ import annotations

import ast
import gc
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("leeward", "connectors", "tui")


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Every Python file of these folders."""
    return tuple(sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def nodes(*folders: str) -> tuple[tuple[str, ast.AST], ...]:
    """(file, node) of everything in these folders; half a million, which the collector is kept away from."""
    gc.disable()
    try:
        return tuple((name(file), node) for file in files(*folders) for node in ast.walk(tree(file)))
    finally:
        gc.freeze()
        gc.enable()


def imported(node: ast.AST) -> tuple[str, ...]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return tuple(alias.name for alias in node.names)
    return (node.module or "",) if isinstance(node, ast.ImportFrom) and not node.level else ()


def tracked() -> tuple[Path, ...]:
    """Every file that is in the repository, or all files of a copy without one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return tuple(ROOT / part for part in listed.stdout.split("\0") if part and (ROOT / part).is_file())
    return tuple(
        file for file in ROOT.rglob("*") if file.is_file() and not any(part.startswith(".") for part in file.parts[1:])
    )
