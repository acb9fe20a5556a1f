"""The log file: small, its owner's alone, one line for one event, and without secrets.

Whatever is logged passes `redact`: secrets that were registered with `hide`, values that are named like secrets, and the
credentials of headers and addresses become dots. Remote text cannot forge a line or steer a terminal that shows the log.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

from leeward import paths
from leeward.errors import Trouble
from leeward.text import mark, one_line

MASK = "•••"
LARGEST = 1_000_000
KEPT = 3
LONGEST_LINE = 2000
_TOO_SHORT = 4
_CHATTY = ("httpx", "httpcore", "hpack", "asyncio", "keyring", "markdown_it", "urllib3")

_LONGEST = 200_000
_NAMED = (
    r"[\w-]{0,40}(?:token|password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential|signature)"
    r"|pat|sig"
)
_MASKED = (
    # Headers, as text or in pairs: the whole rest of the line, since schemes and cookies have many forms.
    (re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)\b([\"']?\s*[:=,]\s*)[^\r\n]+"), rf"\1\2{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic|digest)(\s+)[\w.~+/=:-]{6,}"), rf"\1\2{MASK}"),
    # token=x, token: x, "token": "x", ('token', 'x')
    (
        re.compile(
            rf"(?i)\b({_NAMED})\b([\"']?\s*(?:=|:|,(?=\s*b?[\"']))\s*)(b?\"[^\"]*\"|b?'[^']*'|[^\s&,;\"'}})\]]+)"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^\s/?#@]+@"), rf"\1{MASK}@"),
    (re.compile(r"\b(?:glpat-|gh[pousr]_|xox[a-z]-|syt_)[\w-]{6,}"), MASK),
)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """From now on `secret` stands in no log, report or `Trouble`, as it is or as it stands in an address."""
    if len(secret) >= _TOO_SHORT:
        Trouble.conceal = staticmethod(conceal)
        _secrets.update({secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]})


def conceal(text: str) -> str:
    """`text` without the secrets that are known."""
    for secret in sorted(_secrets, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def redact(text: str) -> str:
    """`text` without secrets, known or named; of a text that is longer than a log could bear, its beginning."""
    text = conceal(text[:_LONGEST])
    for pattern, masked in _MASKED:
        text = pattern.sub(masked, text)
    return text


class SafeFormatter(logging.Formatter):
    """One line for an event; the lines of a traceback follow it, indented, each harmless."""

    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The record as it goes into the file."""
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):
            said = f"{record.msg} (its arguments do not fit)"
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {one_line(redact(said), LONGEST_LINE)}"
        trace = self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        return "\n".join([line, *safe_lines(trace)])


def safe_lines(trace: str) -> list[str]:
    """The lines of a traceback, without secrets, each indented, harmless and of bounded length."""
    return [f"    {mark(line)[:LONGEST_LINE]}" for line in re.split(r"[\r\n]+", redact(trace)) if line]


class LogFile(RotatingFileHandler):
    """A file of bounded size for its owner alone, shared by several processes. A full disk never disturbs the program."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, paths.PRIVATE_FILE)
        return open(handle, "a", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123 - the handle is open

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the standard library's name
        """Whether the file is full; first follow another process that has begun a new one."""
        if self.stream and not self._is_current(self.stream.fileno()):
            old, self.stream = self.stream, self._open()
            old.close()
        return bool(super().shouldRollover(record))

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(Path(self.baseFilename).stat(), os.fstat(handle))
        except FileNotFoundError:
            return False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """A line that cannot be written is lost; there is nowhere to say so but the screen, and that is the reader's."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def start(path: Path, level: int = logging.INFO) -> logging.Handler | None:
    """Log to `path` from now on; None, and no log, where it cannot be written. Libraries that chatter keep to warnings."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("leeward").setLevel(level)
    try:
        paths.make_folder(path.parent)
        paths.create_private(path)
        handler = LogFile(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())
        return None
    handler.setFormatter(SafeFormatter())
    logging.getLogger().addHandler(handler)
    return handler


def stop(handler: logging.Handler | None) -> None:
    """Close what `start` gave."""
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()
