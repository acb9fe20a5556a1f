"""What is attached to a task or a comment, and where it may be fetched from."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from connectors.clickup.api.hostile import Row, ident, number, obj, stamp, text
from leeward.model import File, Instant
from leeward.ports import Upload
from leeward.text import file_name

MOST = 50
HOSTS = ("attachments.clickup.com", ".clickup-attachments.com", ".clickup-attachments-eu.com")
"""Where ClickUp keeps files: the name of each is long and random, and no token is asked for."""


def of_task(row: Row) -> tuple[File, ...]:
    """The files of a task, which only a question for that one task shows."""
    return _files(row.get("attachments"))


def of_comment(row: Row) -> tuple[File, ...]:
    """The files of a comment: parts of it between its words."""
    parts = row.get("comment")
    held = [obj(part) for part in parts] if isinstance(parts, list) else []
    return _files([obj(part.get("attachment")) for part in held if text(part.get("type")) == "attachment"])


def uploaded(row: Row, upload: Upload, me: str, since: Instant) -> File | None:
    """The same file of ours on a task since then: after a lost answer it is not put there twice."""
    listed = row.get("attachments")
    for one in listed if isinstance(listed, list) else ():
        each = obj(one)
        titles = {text(each.get("title")), unquote(text(each.get("title")))}
        same = bool(titles & {upload.name, file_name(upload.name)}) and number(each.get("size")) == len(upload.data)
        at = stamp(each.get("date"))
        if same and ident(obj(each.get("user")).get("id")) == me and at is not None and at >= since:
            return _file(each)
    return None


def attached(row: Row) -> File | None:
    """What an upload's answer tells of the file it made."""
    return _file(row)


def may_fetch(url: str, api: str) -> bool:
    """Whether `url` is one of ClickUp's hosts of files, or lies where the account itself is."""
    try:
        split = urlsplit(url)
        home = urlsplit(api)
    except ValueError:
        return False
    if (split.scheme, split.netloc) == (home.scheme, home.netloc):
        return True
    host = split.hostname or ""
    return split.scheme == "https" and any(host == each or (each[0] == "." and host.endswith(each)) for each in HOSTS)


def _files(listed: object) -> tuple[File, ...]:
    found = (_file(obj(each)) for each in (listed if isinstance(listed, list) else [])[:MOST])
    return tuple(each for each in found if each)


def _file(row: Row) -> File | None:
    if row.get("deleted") is True or row.get("is_folder") is True:
        return None
    url = text(row.get("url")) or None
    name = text(row.get("title")) or (url or "").rpartition("/")[2] or text(row.get("id"))
    if not name:
        return None
    return File(name, url, number(row.get("size")), text(row.get("mimetype")) or None)
