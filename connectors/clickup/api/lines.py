"""Comments, chat lines and pages as messages, threads, to-dos and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from connectors.clickup.api import files
from connectors.clickup.api.cursor import Seen, Version, digest
from connectors.clickup.api.hostile import Row, ident, number, obj, rows, stamp, text
from connectors.clickup.api.tasks import Item
from connectors.clickup.api.world import World, unique
from leeward.model import Instant, ItemType, Message, Note, Person, RemoteId, Thread, Todo

_CHAT_MENTION = re.compile(r"\]\(#user_mention#([0-9]{1,19})\)")
_TITLE = 120
_TASK_TYPE = 1
"""How a chat line says that what was made of it is a task."""


class Comment(Struct, frozen=True):
    """A comment or a chat line, with who wrote it, whether somebody is to act on it, and how many answers it has."""

    line: Message
    people: tuple[Person, ...]
    todo: Todo | None
    replies: int
    task: RemoteId | None = None

    @property
    def seen(self) -> Seen:
        """What a version remembers of it."""
        state = "" if self.todo is None else "w" if self.todo.waits else "r"
        return Seen(digest(self.line.text) + state, self.line.edited, self.replies)

    def aged(self, held: Mapping[RemoteId, Seen], now: Instant) -> Comment:
        """With the moment leeward saw it edited: comments carry no stamp of their own for that."""
        before = held.get(self.line.id)
        if before is None or self.line.edited is not None:
            return self
        edited = before.edited if before.digest.rstrip("wr") == digest(self.line.text) else max(now, self.line.at)
        version = f"{self.line.version}/{edited}" if edited else self.line.version
        return replace(self, line=replace(self.line, edited=edited, version=version))


def comment(row: Row, thread: Thread, root: RemoteId | None, world: World) -> Comment | None:
    """One comment of a task, or (with `root`) an answer to one."""
    found, at = ident(row.get("id")), stamp(row.get("date"))
    if found is None or at is None:
        world.odd.count += 1
        return None
    author = world.person(row.get("user"))
    who = author.id if author else None
    raw = text(row.get("comment_text"))
    words, key = world.own(raw, who)
    id_ = RemoteId(f"{root}/{found}") if root else found
    url = f"{thread.url}?comment={found}" if thread.url else None
    line = Message(
        id_,
        thread.place,
        who,
        at,
        words,
        thread.id,
        raw if raw != words else None,
        (root,) if root else (),
        tuple(_mentions(row)),
        url=url,
        key=key,
        version=digest(words),
        files=files.of_comment(row),
    )
    people = tuple(each for each in (author, world.person(row.get("assigned_by"))) if each)
    todo = _todo(row, line, world, (ItemType.THREAD, thread.id))
    return Comment(line, people, todo, 0 if root else number(row.get("reply_count")) or 0)


def chat_line(row: Row, place: RemoteId, root: RemoteId | None, world: World) -> Comment | None:
    """One line of a channel, or (with `root`) an answer to one. One with answers, or made into a task, has a thread."""
    found, at = ident(row.get("id")), stamp(row.get("date"))
    if found is None or at is None:
        world.odd.count += 1
        return None
    raw = text(row.get("content"))
    title = text(obj(row.get("post_data")).get("title"))
    who = ident(row.get("user_id"))
    words, key = world.own(f"{title}\n\n{raw}" if title else raw, who)
    updated = stamp(row.get("date_updated"))
    replies = 0 if root else number(row.get("replies_count")) or 0
    task = triaged(row)
    has_thread = bool(root or replies or task)
    thread = RemoteId(f"{place}/{root or found}") if has_thread else None
    line = Message(
        RemoteId(f"{root}/{found}") if root else found,
        place,
        who,
        at,
        words,
        thread,
        raw if raw != words else None,
        (root,) if root else (),
        unique(RemoteId(each) for each in _CHAT_MENTION.findall(raw[:100_000])),
        edited=updated if updated is not None and updated > at else None,
        key=key,
        version=digest(words, updated),
    )
    todo = _todo(row, line, world, (ItemType.THREAD, thread) if thread else None)
    return Comment(line, (), todo, replies, task)


def triaged(row: Row) -> RemoteId | None:
    """The task ClickUp itself says was made of this line."""
    kind = number(row.get("triaged_object_type"))
    return ident(row.get("triaged_object_id")) if kind in {None, _TASK_TYPE} else None


def task_thread(item: Item, lines: list[Comment]) -> Thread:
    """A task's thread once its comments were read."""
    people = unique([*item.thread.people, *(each.line.author for each in lines)])
    version = Version({each.line.id: each.seen for each in lines})
    return replace(item.thread, people=people, version=version.dump())


def chat_thread(root: Comment, replies: list[Comment]) -> Thread | None:
    """The thread below a chat line."""
    if root.line.thread is None:
        return None
    version = Version(
        {each.line.id: each.seen for each in replies},
        _title(root.line.text),
        root.line.author,
        _task_of([root, *replies]),
    )
    return _chat_thread(root.line.thread, root.line.place, version, replies, root.line.at)


def chat_thread_again(thread: RemoteId, place: RemoteId, held: Version, replies: list[Comment]) -> Thread:
    """The same, when only its answers were read: the first line cannot be asked for by itself."""
    task = held.task or _task_of(replies)
    version = replace(held, lines={each.line.id: each.seen for each in replies}, task=task)
    return _chat_thread(thread, place, version, replies, None)


def _task_of(found: list[Comment]) -> RemoteId | None:
    """The first task that ClickUp says was made of one of these lines."""
    return next((each.task for each in found if each.task), None)


def _chat_thread(
    thread: RemoteId, place: RemoteId, version: Version, replies: list[Comment], at: Instant | None
) -> Thread:
    people = unique([version.author, *(each.line.author for each in replies)])
    latest = max((each.line.at for each in replies), default=at)
    return Thread(thread, place, version.title, None, version.task, people, latest, version=version.dump())


def _title(words: str) -> str:
    first = next((line for line in words.splitlines() if line.strip()), "")
    return first.strip()[:_TITLE]


def _todo(row: Row, line: Message, world: World, target: tuple[ItemType, RemoteId] | None) -> Todo | None:
    """A comment assigned to the owner waits for them until it is resolved."""
    assignee = row.get("assignee")
    who = ident(obj(assignee).get("id")) if isinstance(assignee, dict) else ident(assignee)
    if who is None or who != world.me:
        return None
    giver = row.get("assigned_by")
    by = ident(obj(giver).get("id")) if isinstance(giver, dict) else ident(giver)
    return Todo(
        line.id,
        line.place,
        _title(line.text),
        line.at,
        by or line.author,
        target=target,
        text=line.text,
        url=line.url,
        waits=row.get("resolved") is not True,
    )


def _mentions(row: Row) -> Iterator[RemoteId]:
    """Who a comment names: the parts of it that are people."""
    parts = row.get("comment")
    for part in parts if isinstance(parts, list) else ():
        if text(obj(part).get("type")) == "tag":
            found = ident(obj(obj(part).get("user")).get("id"))
            if found:
                yield found


def pages(document: object, place: RemoteId, world: World, depth: int = 0) -> Iterator[Note]:
    """Every page of a doc, nested ones too."""
    for row in rows(document, world.odd):
        note = page(row, place, world)
        if note is not None:
            yield note
        if row.get("pages") and depth < 20:
            yield from pages(row["pages"], place, world, depth + 1)


def page(row: Row, place: RemoteId, world: World) -> Note | None:
    """One page as a note."""
    found = ident(row.get("id"))
    updated = next(
        (at for name in ("date_updated", "date_edited", "date_created") if (at := stamp(row.get(name)))), None
    )
    if found is None or updated is None or row.get("deleted") is True:
        world.odd.count += found is None or updated is None
        return None
    words, key = world.own(text(row.get("content")), ident(row.get("creator_id")))
    title = text(row.get("name"))
    version = f"{updated}:{digest(title, words)}"
    return Note(RemoteId(f"{place}/{found}"), place, title, words, updated, key=key, version=version)
