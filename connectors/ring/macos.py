"""Notifications of macOS through `osascript`. Texts go in as arguments, never into the script."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence

from leeward.ports import Notice, Rung
from leeward.text import one_line
from leeward.words import _

PROGRAM = "/usr/bin/osascript"
WAIT_S = 10.0
_SCRIPT = (
    "on run argv",
    "if (count of argv) > 2 then",
    "display notification (item 2 of argv) with title (item 1 of argv) sound name (item 3 of argv)",
    "else",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end if",
    "end run",
)


def refusal(environ: Mapping[str, str], platform: str) -> str | None:
    """Why this machine cannot be used so; None when it can be tried."""
    if platform != "darwin":
        return _("desktop: osascript is for macOS.")
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return _("desktop: not over SSH, its popups would be on the far machine.")
    return None


def command(notice: Notice) -> list[str]:
    """The command line: the script line by line, then the texts as its arguments."""
    script = [part for line in _SCRIPT for part in ("-e", line)]
    texts = [one_line(notice.title, 100), one_line(" · ".join(notice.body.splitlines()), 400)]
    return [PROGRAM, *script, "--", *texts, *(["Glass"] if notice.sound else [])]


def _run(arguments: Sequence[str]) -> int:
    done = subprocess.run(arguments, check=False, capture_output=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)  # noqa: S603  a fixed program, no shell
    return done.returncode


class MacChannel:
    """The desktop of macOS as a way to ring. It cannot replace a popup."""

    name = "desktop"
    replaces = False

    def __init__(self, run: Callable[[Sequence[str]], int] = _run) -> None:
        self._run = run

    def ring(self, notice: Notice, *, key: str) -> Rung:  # noqa: ARG002  the port's; nothing can be replaced here
        """Show it; a script that hangs may have shown it."""
        try:
            return Rung.SENT if self._run(command(notice)) == 0 else Rung.FAILED
        except subprocess.TimeoutExpired:
            return Rung.UNKNOWN
        except OSError:
            return Rung.FAILED
