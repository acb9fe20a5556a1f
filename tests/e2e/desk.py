"""leeward as a person runs it: the installed command, a folder of its own, words on stderr and data on stdout."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.e2e import needs
from tests.e2e.session_bus import environment

_LIMIT_S = 180.0


@dataclass(slots=True)
class Desk:
    """One person's leeward. `tokens` become environment variables, as `token_env` names them."""

    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if find_spec("tui") is None or find_spec("tui.cli") is None:
            needs.missing("The command leeward", "it is not built yet")
        offered = subprocess.run([*self.command, "--help"], capture_output=True, text=True, env=self.env, check=False)
        if "capture" not in offered.stdout:
            needs.missing("The command leeward capture", "it is not built yet")

    @property
    def command(self) -> list[str]:
        return [needs.script("leeward"), "--data", str(self.folder / "data")]

    @property
    def env(self) -> Mapping[str, str]:
        return environment(self.folder, self.tokens)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and do not wait."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with --json to its end; returns what it printed. Fails on another exit code than `code`."""
        with self.start(*arguments, "--json") as process:
            try:
                out, err = process.communicate(timeout=_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == code, f"{arguments}: {process.returncode}\n{out[-2000:]}\n{err}\n{_report(err)}"
        assert "Traceback" not in err, err
        return json.loads(out) if out.strip() else None

    def add_account(self, kind: str, name: str, url: str, secret: str, user: str | None = None) -> None:
        """Connect an account as a person would: it is tried before it is saved."""
        variable = f"E2E_{name.upper()}"
        self.tokens[variable] = secret
        who = ["--user", user] if user else []
        self.run("account", "add", kind, "--name", name, "--url", url, *who, "--token-env", variable)

    def threads(self) -> list[dict[str, Any]]:
        """Every thread, cleared ones too."""
        rows: list[dict[str, Any]] = self.run("inbox", "--all", "--limit", "1000")
        return [row for row in rows if row["type"] == "thread"]

    def messages(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Every (thread, message)."""
        for row in self.threads():
            shown = self.run("thread", row["id"])
            for message in shown["messages"]:
                yield shown["thread"], message

    def find(self, event: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The thread and the message whose address names this remote object."""
        found = (pair for pair in self.messages() if event in unquote(pair[1]["url"] or ""))
        return next(found)

    def row(self, item: str) -> dict[str, Any]:
        """An item's row of the whole inbox."""
        rows: list[dict[str, Any]] = self.run("inbox", "--all", "--limit", "1000")
        return next(row for row in rows if row["id"] == item)

    def sync_until_quiet(self, rounds: int = 8) -> None:
        """Sync as often as the outbox needs: an unsure write waits before it looks."""
        for _ in range(rounds):
            self.run("sync")
            if not self.run("outbox", "list"):
                return
        raise AssertionError(self.run("outbox", "list"))


def _report(said: str) -> str:
    """The crash report that an error message names."""
    named = [Path(word) for word in said.split() if word.startswith("/")]
    return "\n".join(path.read_text(encoding="utf-8") for path in named if path.is_file())
