"""The user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path


def edited(text: str) -> str:
    """`text` after the user's editor ($VISUAL, $EDITOR, else vi) had it; unchanged where that failed."""
    try:
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    except ValueError:  # a quotation mark without its other half
        return text
    handle, name = tempfile.mkstemp(suffix=".md", prefix="leeward-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        ended = subprocess.run([*command, name], check=False)  # noqa: S603 -- the user's own editor, no shell
        return Path(name).read_text(encoding="utf-8", errors="replace") if ended.returncode == 0 else text
    except OSError:
        return text
    finally:
        Path(name).unlink(missing_ok=True)
