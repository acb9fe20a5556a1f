"""Desktop notifications through `notify-send`, for a session whose bus we cannot talk to ourselves.

It prints the id that the desktop gave (`-p`), which is kept with the delivery and given back to it (`-r`). Texts go in as
arguments behind `--`; what it would read in the body as markup or as an escape is written so that it stays text. Source: the manual of libnotify 0.8's notify-send.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from html import escape

from leeward.ports import Notice, Rung
from leeward.text import clean, one_line
from leeward.words import _

WAIT_S = 5.0
_URGENCY = {"red": "critical", "green": "low"}


def program(environ: Mapping[str, str]) -> str | None:
    """Where `notify-send` lies; None where there is none."""
    return shutil.which("notify-send", path=environ.get("PATH", os.defpath))


def refusal(environ: Mapping[str, str]) -> str | None:
    """Why it cannot be used here; None when it can be tried."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return _("desktop: not over SSH, its popups would be on the far machine.")
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return _("desktop: no graphical session.")
    return None if program(environ) else _("desktop: no session bus, and no notify-send.")


def command(path: str, notice: Notice, replaces: str | None, *, passes: bool = False) -> list[str]:
    """The command line. Whether the desktop is not to be disturbed cannot be asked here, so red is critical only where it may pass."""
    urgency = _URGENCY.get(notice.tier or "", "normal")
    if urgency == "critical" and not passes:
        urgency = "normal"
    given = [path, "-p", "-a", "leeward", "-u", urgency]
    if replaces is not None and replaces.isascii() and replaces.isdecimal():
        given += ["-r", replaces]
    if not notice.sound:
        given += ["-h", "boolean:suppress-sound:true"]
    body = escape(clean(notice.body)[:1000], quote=False).replace("\\", "\\\\")
    return [*given, "--", one_line(notice.title, 100), body]


def _run(arguments: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(arguments, check=False, capture_output=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)  # noqa: S603  a fixed program, no shell
    return done.returncode, done.stdout.decode("ascii", "replace")


class NotifySendChannel:
    """The desktop as a way to ring. `recall` and `remember` keep the id of a popup by our key; `passes` as for D-Bus."""

    name = "desktop"
    replaces = False  # only by an id that was stored; the delivery knows whether there is one

    def __init__(
        self,
        path: str,
        recall: Callable[[str], str | None],
        remember: Callable[[str, str], None],
        run: Callable[[Sequence[str]], tuple[int, str]] = _run,
        *,
        passes: bool = False,
    ) -> None:
        self._path, self._recall, self._remember, self._run_it = path, recall, remember, run
        self._passes = passes

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Show it, in the place of the popup it was before. One that hangs may have shown it."""
        try:
            status, printed = self._run_it(command(self._path, notice, self._recall(key), passes=self._passes))
        except subprocess.TimeoutExpired:
            return Rung.UNKNOWN
        except (OSError, ValueError):
            return Rung.FAILED
        if status != 0:
            return Rung.FAILED
        shown = printed.strip()
        if shown.isascii() and shown.isdecimal():
            self._remember(key, shown)
        return Rung.SENT
