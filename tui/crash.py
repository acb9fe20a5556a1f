"""When something goes wrong that nobody foresaw: the terminal comes back first, then a few words, then exit code 70.

A report of the place in the code goes into a file. Neither screen nor file shows the values of variables: they hold
tokens and other people's messages.
"""

from __future__ import annotations

import atexit
import logging
import os
import platform
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from leeward import clock, paths
from leeward.errors import Trouble
from leeward.ids import own_id
from leeward.logs import redact, safe_lines
from leeward.text import one_line
from leeward.words import _
from tui.ghost import Ghost

BUG = 70
KEPT = 20
ENDINGS = (signal.SIGTERM, signal.SIGHUP)

# In this order: keys as they were (kitty's protocol keeps a list for each screen, so before it is left), mouse, pasting,
# focus, size and theme reports off; then lines wrap, the first screen, the cursor, plain colours.
RESTORE = (
    "\x1b[<u\x1b[>4;0m"
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?2004l\x1b[?1004l\x1b[?2031l\x1b[?2048l\x1b[?2026l"
    "\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)


_installed: list[Guard] = []


class Guard:
    """Stands around one run of the program. `crashes` is the folder of reports.

    Whoever opens a full screen says so with `screen`, so that a terminal that never changed is left alone.
    """

    def __init__(self, crashes: Path) -> None:
        self.crashes = crashes
        self._tty = _terminal()
        # A first frame may stand already, and the terminal be set for it: what it was before counts.
        self._modes = Ghost.shown.before if Ghost.shown else _modes(self._tty)
        self._screen = Ghost.shown is not None
        self._last: list[Callable[[], None]] = []

    def install(self) -> None:
        """Watch over signals, threads and the end of the process. Only in the main thread."""
        _installed.append(self)
        # Without any handler logging would print to the terminal, message, values and all.
        logging.getLogger().addHandler(logging.NullHandler())
        atexit.register(self.restore)
        threading.excepthook = _thread_failed
        sys.excepthook = self._hook
        for number in ENDINGS:
            # A program started with nohup wants to go on.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ended)

    def at_end(self, last: Callable[[], None]) -> None:
        """Call `last` when a signal ends the process; it must be quick."""
        self._last.append(last)

    def screen(self, *, on: bool) -> None:
        """A full screen was opened, or closed in good order. Only in the main thread.

        Ctrl+C is a signal like the others while a screen is open; a command without one clears up behind itself.
        """
        self._screen = on
        signal.signal(signal.SIGINT, self._ended if on else signal.default_int_handler)

    def restore(self) -> None:
        """Give the terminal back as it was found; nothing where no screen is open."""
        if not self._screen:
            return
        self._screen = False
        if self._tty is None:
            return
        try:
            os.write(self._tty, RESTORE.encode())
        except OSError:
            return
        if self._modes is not None:
            import termios

            try:
                termios.tcsetattr(self._tty, termios.TCSANOW, self._modes)
            except termios.error:
                return

    def _hush(self) -> None:
        """Let what the screen's own thread has still to draw go nowhere: it would come after what `restore` writes."""
        if not self._screen or self._tty is None:
            return
        with suppress(OSError):
            self._tty = os.dup(self._tty)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)  # Textual draws on the error stream
            os.close(nowhere)

    def run(self, main: Callable[[], int]) -> int:
        """What `main` gives, or 70 after a bug was told; 130 where the user broke it off."""
        try:
            return main()
        except KeyboardInterrupt:
            self.restore()
            return 128 + signal.SIGINT
        except Exception as error:  # noqa: BLE001 - logged whole in `bug`, and told to the person
            return self.bug(error)

    def bug(self, error: BaseException) -> int:
        """Tell the person about an error that nobody foresaw; gives the exit code. Never raises."""
        self.restore()
        name = own_id()[:8]
        # Without any handler logging would print to the terminal, message, values and all.
        logging.getLogger().addHandler(logging.NullHandler())
        logging.getLogger("leeward").error("bug %s", name, exc_info=_bare(error))
        report = self._write(name, error)
        where = _("A report without messages and secrets: {path}").format(path=report) if report else ""
        said = _("leeward met a bug and closed (id {id}: {kind}). What you wrote is in the store.")
        _tell([said.format(id=name, kind=type(error).__name__), where])
        return BUG

    def _write(self, name: str, error: BaseException) -> Path | None:
        """The report, beside the newest ones of before; None where it cannot be written."""
        path = self.crashes / f"{name}.txt"
        try:
            paths.make_folder(self.crashes)
            paths.write_atomic(path, report_of(name, error))
            for old in sorted(self.crashes.glob("*.txt"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        return path

    def _hook(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        code = self.bug(error)
        # An excepthook cannot choose the exit code, and what follows it prints nothing more.
        _flush()
        os._exit(code)

    def _ended(self, number: int, _frame: FrameType | None) -> None:
        """A signal: give the terminal back, then die of it as if it had not been caught."""
        self._hush()
        self.restore()
        for last in self._last:
            try:
                last()
            except Exception:  # the next one has its turn, and the end comes all the same
                logging.getLogger("leeward").exception("at the end")
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def report(error: BaseException) -> int:
    """Tell about a bug from anywhere; gives the exit code. By the guard that was installed, else by one made now."""
    guard = _installed[-1] if _installed else Guard(paths.find().crashes)
    return guard.bug(error)


def report_of(name: str, error: BaseException) -> str:
    """Where it happened, in what, since when: no values of variables, and of each message only what is ours."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        ours = version("leeward")
    except PackageNotFoundError:
        ours = "?"
    head = [
        f"leeward {ours}, report {name}",
        f"at {clock.SystemClock().now()} ms since 1970",
        f"Python {platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}",
        f"terminal {one_line(os.environ.get('TERM', '?'), 40)}, {one_line(os.environ.get('TERM_PROGRAM', '?'), 40)}",
    ]
    return "\n".join([*head, "", *_places(error)]) + "\n"


def _places(error: BaseException) -> list[str]:
    """The traceback with its causes. What an error says may quote a message or a token: only our own words are kept."""
    lines: list[str] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        lines += safe_lines("".join(traceback.format_tb(now.__traceback__)))
        said = f": {one_line(redact(str(now)))}" if isinstance(now, Trouble | OSError | ImportError) else ""
        lines.append(f"{type(now).__module__}.{type(now).__qualname__}{said}")
        for inner in now.exceptions if isinstance(now, BaseExceptionGroup) else ():
            lines += [f"  | {line}" for line in _places(inner)]
        after = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
        lines += ["came of:"] if after is not None else []
        now = after
    return lines


def _bare(error: BaseException) -> Any:
    return (type(error), error, error.__traceback__)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """A thread's bug goes into the log: its work stands still, the rest goes on."""
    name = failed.thread.name if failed.thread else "?"
    if failed.exc_value is not None:
        logging.getLogger("leeward").error("the thread %s failed", name, exc_info=_bare(failed.exc_value))


def _tell(lines: list[str]) -> None:
    try:
        for line in lines:
            if line:
                sys.stderr.write(f"{one_line(line)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue


def _terminal() -> int | None:
    """The handle of the terminal that the screen is drawn on, if there is one."""
    return next((handle for handle in (2, 1, 0) if os.isatty(handle)), None)


def _modes(tty: int | None) -> Any:
    """How the terminal treats its line now; None where there is none."""
    if tty is None:
        return None
    import termios

    try:
        return termios.tcgetattr(tty)
    except termios.error:
        return None
