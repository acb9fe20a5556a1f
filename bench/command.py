"""Plain commands measured in processor time, taken in turns so that a busy machine hits all of them alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.data import FOLDER

ROOT = Path(__file__).parent.parent


def environment() -> Path:
    """A bare environment with this code on its path, made at first use; returns its bin folder.

    A developer's environment starts slowly by itself (its packages hook into every start of Python), which would make
    every ratio to a bare `python -c pass` look better than a user's.
    """
    folder = FOLDER / "env"
    if not (folder / "bin/leeward").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        site = next((folder / "lib").glob("python*/site-packages"))
        (site / "leeward.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
        script = folder / "bin/leeward"
        script.write_text(
            f"#!{folder}/bin/python\nimport sys\nfrom tui.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
        )
        script.chmod(0o755)
    return folder / "bin"


def cpu_ms(command: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """User and system time of one run, in milliseconds. Raises where it does not end with 0."""
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
            os.execvpe(command[0], list(command), {**kept, **(env or {})})
        finally:
            os._exit(127)
    _pid, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return (used.ru_utime + used.ru_stime) * 1000


def in_turns(commands: Sequence[Sequence[str]], rounds: int = 21) -> list[float]:
    """The middle CPU time of each, a first round not counted."""
    for command in commands:
        cpu_ms(command)
    taken = [[cpu_ms(command) for command in commands] for _ in range(rounds)]
    return [median(column) for column in zip(*taken, strict=True)]
