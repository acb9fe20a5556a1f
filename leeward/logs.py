"""The log file: small, its owner's alone, one line for one event, and without secrets.

Whatever is logged passes `redact`: secrets that were registered with `hide`, values that are named like secrets, and the
credentials of headers and addresses become dots. Remote text cannot forge a line or steer a terminal that shows the log.
"""

from __future__ import annotations

import logging
import re
import time
from functools import cache
from pathlib import Path

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


@cache
def _masked() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what takes their place; made at first use, which a start has no time for."""
    return (
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
        from urllib.parse import quote, quote_plus

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
    for pattern, masked in _masked():
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


class LogFile(logging.Handler):
    """The log of one run, opened with the first thing there is to say: most runs say nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        if self._file is None:
            from leeward.log_file import RollingFile

            try:
                self._file = RollingFile(self._path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
            except OSError:
                return  # there is nowhere to say so but the screen, and that is the reader's
            self._file.setFormatter(self.formatter)
        self._file.emit(record)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
        super().close()


def start(path: Path, level: int = logging.INFO) -> logging.Handler | None:
    """Log to `path` from now on; None, and no log, where it cannot be written. Libraries that chatter keep to warnings."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("leeward").setLevel(level)
    try:
        paths.make_folder(path.parent)
        paths.create_private(path)
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())
        return None
    handler = LogFile(path)
    handler.setFormatter(SafeFormatter())
    logging.getLogger().addHandler(handler)
    return handler


def stop(handler: logging.Handler | None) -> None:
    """Close what `start` gave."""
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()
