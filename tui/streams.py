"""The three standard streams: a closed one has a stand-in, and what could not be written is said, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from leeward.words import _

_HERE = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EMFILE,
        errno.ENFILE,
    )
)
"""What a full or locked disk says: trouble of this machine, and no bug."""


def stand_in() -> None:
    """Give each stream that was closed before the start one that is empty, and keeps nothing.

    In their order: the first free handle is then the missing one, so that no file of ours takes its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - lives as long as we do


def unwritten(error: OSError) -> int | None:
    """The exit code after a write that failed, said in one line; None where it is a bug.

    A reader that had enough and left is none of our business: 0.
    """
    if isinstance(error, BrokenPipeError):
        sys.stdout = None  # its reader is gone; nothing may be flushed to it
        return 0
    if error.errno not in _HERE:
        return None
    from leeward.text import one_line

    if error.filename is None:
        sys.stdout = None  # what is left in it would fail again at the end
    what = str(error.filename or _("The answer"))
    said = _("{what} cannot be used or written: {why}. Make room, or mend its rights; then try again.")
    with suppress(OSError):
        sys.stderr.write(f"leeward: {one_line(said.format(what=what, why=error.strerror), 2000)}\n")
    return 1
