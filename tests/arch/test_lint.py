"""House rules that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.arch.source import PACKAGES, ROOT, files, imported, name, nodes, tracked, tree

LINES = 400
FUNCTION_LINES = 50
CLOCK = {
    ("time", "time"),
    ("time", "time_ns"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
# Logging the traceback, reporting a bug, or handing the error to whoever waits for it in another thread.
TELLS = {"exception", "bug", "report"}
SHOWS = {"Static", "Label", "Button", "Checkbox", "Option", "Tree", "TabPane", "Collapsible", "Select", "Input"}
METHODS = {"notify", "add_leaf", "add_row", "add_option"}


def test_there_is_something_to_look_at() -> None:
    assert len(files(*PACKAGES)) > 20


@pytest.mark.parametrize(("module", "only"), [("zoneinfo", "leeward/zones.py"), ("httpx", "connectors/http.py")])
def test_one_door_for(module: str, only: str) -> None:
    users = {file for file, node in nodes(*PACKAGES) for each in imported(node) if each.split(".")[0] == module}
    assert users <= {only}


def test_only_the_clock_reads_the_clock() -> None:
    readers = [
        f"{file}:{node.lineno}"
        for file, node in nodes(*PACKAGES)
        if isinstance(node, ast.Attribute) and (_last(node.value), node.attr) in CLOCK and file != "leeward/clock.py"
    ]
    imports = [
        f"{file}:{node.lineno}"
        for file, node in nodes(*PACKAGES)
        if isinstance(node, ast.ImportFrom)
        and node.module == "time"
        and {"time", "time_ns"} & {part.name for part in node.names}
    ]
    assert readers + imports == []


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def silent(handler: ast.ExceptHandler) -> bool:
    """Whether a handler that catches everything neither raises again nor logs the traceback."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(kind is None or _last(kind) in {"Exception", "BaseException"} for kind in kinds):
        return False
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise) or _handed_on(node, handler.name):
            return False
        if isinstance(node, ast.Call):
            told = _last(node.func) in TELLS
            if told or any(keyword.arg == "exc_info" for keyword in node.keywords):
                return False
    return True


def _handed_on(node: ast.AST, name: str | None) -> bool:
    """Whether the error itself goes into a list or queue of the thread that waits for it."""
    return (
        isinstance(node, ast.Call)
        and _last(node.func) in {"append", "put", "set_exception"}
        and any(isinstance(argument, ast.Name) and argument.id == name for argument in node.args)
    )


def test_no_error_is_swallowed() -> None:
    swallowed = [
        f"{file}:{node.lineno}"
        for file, node in nodes(*PACKAGES)
        if isinstance(node, ast.ExceptHandler) and silent(node)
    ]
    assert swallowed == []


def test_the_rule_on_errors_sees_them() -> None:
    code = (
        "try:\n  a()\nexcept Exception:\n  {}\ntry:\n  b()\nexcept (ValueError, BaseException):\n  log.exception('x')\n"
    )
    found = [node for node in ast.walk(ast.parse(code.format("pass"))) if isinstance(node, ast.ExceptHandler)]
    assert [silent(handler) for handler in found] == [True, False]


def test_remote_text_is_never_markup() -> None:
    """`Content(text)` shows a text as it is; a plain string is read as markup, and `[/]` in it ends the program."""
    wrong = []
    for file, node in nodes(*PACKAGES):
        if isinstance(node, ast.Attribute) and node.attr in {"from_markup", "from_rich_text"}:
            wrong.append(f"{file}:{node.lineno} {node.attr}")
        if isinstance(node, ast.Call) and _shows(file, node) and _built(node):
            wrong.append(f"{file}:{node.lineno} {_last(node.func)}")
        if isinstance(node, ast.keyword) and node.arg == "markup" and getattr(node.value, "value", None) is True:
            wrong.append(f"{file}:{node.value.lineno} markup=True")
    assert wrong == []


def _shows(file: str, call: ast.Call) -> bool:
    """Whether it hands text to a part of Textual; other things may have the same names."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in METHODS
    return _last(call.func) in SHOWS and any(
        isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("textual")
        and _last(call.func) in {part.name for part in node.names}
        for node in ast.walk(tree(ROOT / file))
    )


def _built(call: ast.Call) -> bool:
    """Whether what is shown is a string put together at run time, and markup was not switched off."""
    if any(keyword.arg == "markup" for keyword in call.keywords) or not call.args:
        return False
    shown = call.args[0]
    joined = isinstance(shown, ast.JoinedStr | ast.BinOp)
    return joined or (isinstance(shown, ast.Call) and _last(shown.func) in {"format", "join", "str"})


def test_files_are_short() -> None:
    long = {name(file): len(file.read_text().splitlines()) for file in files(*PACKAGES, "tools", "bench")}
    assert {file: lines for file, lines in long.items() if lines > LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{file}:{node.lineno} {node.name} {node.end_lineno - node.lineno + 1}"
        for file, node in nodes(*PACKAGES, "tools", "bench")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


def test_no_file_imports_the_app() -> None:
    allowed = {"tui/cli.py", "tui/app.py", "tui/screen_app.py", "tui/screen_run.py"}
    users = {
        file
        for file, node in nodes("tui")
        if "tui.app" in imported(node) and file not in allowed and not file.startswith("tui/commands/")
    }
    assert users == set()


# Put together here, so that this file does not name what it forbids.
FORBIDDEN = re.compile(
    "|".join(
        [
            "/" + r"work/(?:main|shared)\b",
            "/" + r"root/",
            # A home on a Mac; in small letters it is an address of many services.
            "/" + r"(?-i:Users)/\w",
            "/" + r"opt/py",
            r"file" + r":///(?:opt|home|root)",
            r"\bsub" + r"-?agents?\b",
            r"\bco-authored" + r"-by\b",
        ]
    ),
    re.IGNORECASE,
)


def test_nothing_of_one_machine_is_in_the_repository() -> None:
    found = []
    for file in tracked():
        if file.suffix in {".png", ".gif", ".gz", ".svg"} or file.stat().st_size > 1_000_000:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{name(file)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert found == []


def test_every_module_parses_and_has_annotations_from_the_future() -> None:
    """So that a name needed for types alone costs nothing at run time."""
    missing = [
        name(file)
        for file in files(*PACKAGES)
        if tree(file).body and not any(_is_future(node) for node in tree(file).body) and _has_annotations(file)
    ]
    assert missing == []


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _has_annotations(file: Path) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.AnnAssign) for node in ast.walk(tree(file))
    )


def test_the_scripts_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
