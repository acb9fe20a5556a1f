"""The file behind the log: of bounded size, its owner's alone, shared by several processes."""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from leeward import paths


class RollingFile(RotatingFileHandler):
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
