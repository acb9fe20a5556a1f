"""Where things lie on this machine, who may read them, and how a file is written so that a crash never halves it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from leeward import APP

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_OTHERS = 0o077


class Folders(Struct, frozen=True):
    """The places of one run. `config` is a file; `data` and `state` are folders that may not exist yet.

    `named` says that the file of the settings was asked for by its name, so that a person expects it to be there.
    """

    config: Path
    data: Path
    state: Path
    named: bool = False

    @property
    def database(self) -> Path:
        """The store."""
        return self.data / "leeward.db"

    @property
    def last_good(self) -> Path:
        """The copy of the settings that was last read without an error of syntax."""
        return self.data / "config.last-good.toml"

    @property
    def log(self) -> Path:
        """The log that is written now; older ones stand beside it."""
        return self.state / "leeward.log"

    @property
    def crashes(self) -> Path:
        """The folder of crash reports."""
        return self.state / "crashes"


def find(config: str | None = None, data: str | None = None, env: Mapping[str, str] | None = None) -> Folders:
    """The folders of a run: `config` and `data` are the flags, then come LEEWARD_CONFIG and LEEWARD_DATA.

    A data folder that was named holds everything, its settings too, unless these are named as well. Else the places
    where this system keeps such things.
    """
    env = os.environ if env is None else env
    config = config or env.get("LEEWARD_CONFIG")
    data = data or env.get("LEEWARD_DATA")
    if data:
        folder = _path(data)
        file = _path(config) if config else folder / "config.toml"
        return Folders(file, folder, folder / "state", named=bool(config))
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(APP, appauthor=False)
    file = _path(config) if config else Path(dirs.user_config_dir) / "config.toml"
    return Folders(file, Path(dirs.user_data_dir), Path(dirs.user_state_dir), named=bool(config))


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def keep_private() -> None:
    """From now on nobody else can read what this process creates."""
    os.umask(_OTHERS)


def make_folder(path: Path) -> Path:
    """Make `path` for its owner alone, parents too; one that is there stays as it is. Raises OSError."""
    missing = [path, *path.parents]
    for folder in reversed(missing):
        if not folder.is_dir():
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def lax_mode(path: Path) -> int | None:
    """The mode of `path` where others may read or write it, such as 0o644; None where all is well or it is not there."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    return mode if mode & _OTHERS else None


def create_private(path: Path) -> None:
    """Make sure that `path` is there and that its owner alone may read it, before anybody opens it. Raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_FILE))
    if lax_mode(path) is not None:
        path.chmod(PRIVATE_FILE)


def write_atomic(path: Path, content: str | bytes, mode: int = PRIVATE_FILE) -> None:
    """Put `content` in place of `path` at once: after a crash the old or the new file is there, whole.

    A link stays a link, what it points to is replaced. Raises OSError, and then the old file is untouched.
    """
    import tempfile

    path = Path(os.path.realpath(path))
    data = content.encode() if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - the handle is open already, a path would open it twice
            file.write(data)
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; file systems that cannot are left alone."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
