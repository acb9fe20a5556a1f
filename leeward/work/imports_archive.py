"""An export as a set of named files, in a zip or a folder: read whole and bounded, never unpacked, never left."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from leeward.errors import Problem
from leeward.text import one_line
from leeward.words import _

MEMBER_MOST = 128 * 2**20
_ALL_MOST = 16 * 2**30
_MEMBERS_MOST = 1_000_000
_RATIO_MOST = 400  # chat packs 5 to 20 fold; what packs far better was made to burst
_RATIO_FROM = 2**20


class Archive(Protocol):
    """Files by name; names use `/` and never leave the archive."""

    def names(self) -> list[str]:
        """All names, sorted."""
        ...

    def read(self, name: str) -> bytes:
        """One file whole. Raises Problem for what is too large or damaged."""
        ...


def bad(name: str, what: str) -> Problem:
    """Trouble with one file of an export, named."""
    return Problem(f"{one_line(name, 200)}: {what}", _("Nothing of this file was imported."))


def safe(name: str) -> bool:
    """Whether a name stays inside its archive."""
    return not (name.startswith(("/", "\\")) or "\\" in name or "\0" in name or ".." in name.split("/"))


class _Zip:
    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        members = opened.infolist()
        if len(members) > _MEMBERS_MOST or sum(member.file_size for member in members) > _ALL_MOST:
            raise Problem(_("This zip holds more than an export can hold."), _("Nothing was imported."))
        self._members = {one.filename: one for one in members if not one.is_dir() and safe(one.filename)}

    def names(self) -> list[str]:
        return sorted(self._members)

    def read(self, name: str) -> bytes:
        member = self._members[name]
        packed = max(member.compress_size, 1)
        if member.file_size > MEMBER_MOST or (
            member.file_size > _RATIO_FROM and member.file_size / packed > _RATIO_MOST
        ):
            raise bad(name, _("this file is too large for a part of an export."))
        try:
            with self._zip.open(member) as file:
                data = file.read(MEMBER_MOST + 1)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as wrong:
            raise bad(name, _("this file cannot be unpacked: it is damaged or locked.")) from wrong
        except Exception as wrong:
            if type(wrong).__module__ in {"zlib", "lzma", "_lzma"}:
                raise bad(name, _("this file cannot be unpacked: it is damaged.")) from wrong
            raise
        if len(data) > MEMBER_MOST:
            raise bad(name, _("this file is too large for a part of an export."))
        return data


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        return sorted(self._walk())

    def _walk(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for file in files:
                path = Path(folder, file)
                if not file.startswith(".") and path.is_file() and not path.is_symlink():
                    yield path.relative_to(self._root).as_posix()

    def read(self, name: str) -> bytes:
        return read_file(self._root / name, name)


def read_file(path: Path, name: str, most: int = MEMBER_MOST) -> bytes:
    """A file whole, if it has at most `most` bytes. Raises Problem with its name."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as wrong:
        raise bad(name, _("this file cannot be read ({why}).").format(why=wrong.strerror)) from wrong
    if len(data) > most:
        raise bad(name, _("this file is too large for a part of an export."))
    return data


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at `path`: a folder or a zip. Raises Problem for anything else."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as wrong:
        raise bad(path.name, _("this is neither a folder nor a zip.")) from wrong
    except OSError as wrong:
        raise bad(path.name, _("this file cannot be read ({why}).").format(why=wrong.strerror)) from wrong
    with archive:
        yield _Zip(archive)


def rows(archive: Archive, name: str) -> list[Any]:
    """The JSON list in the file `name`. Raises Problem that names the file."""
    try:
        found = json.loads(archive.read(name))
    except (ValueError, RecursionError) as wrong:
        raise bad(name, _("this is no JSON.")) from wrong
    if not isinstance(found, list):
        raise bad(name, _("this is JSON, but no list."))
    return found
