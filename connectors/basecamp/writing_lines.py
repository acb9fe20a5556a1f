"""Writing lines: comments, messages, chat lines and files, each with our key in it."""

from __future__ import annotations

from connectors.basecamp.api import recordings
from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.base import squeezed
from connectors.basecamp.api.ids import ROUTES, own_number, split, split_line
from connectors.basecamp.api.outgoing import compose
from connectors.basecamp.api.rich import read
from connectors.basecamp.api.shape import Row, number, obj, stamp, text, whole
from connectors.basecamp.api.world import World
from connectors.basecamp.finding import Finder, sent
from connectors.basecamp.people import Directory
from connectors.basecamp.run import Gate, as_object
from connectors.basecamp.writing_tasks import TaskWriter, before, kept
from connectors.keymark import split_marker
from leeward.errors import Gone, NotSupported, ServiceChanged
from leeward.model import Body, Key, RemoteId, Sent, TaskChange
from leeward.ports import Clock, Upload
from leeward.words import _

SUBJECT = 120
SAME_FILE_MS = 600_000
"""A file of that name and size that we put into a chat so lately is taken for the one that is to be sent."""


class LineWriter:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, gate: Gate, world: World, directory: Directory, clock: Clock) -> None:
        self._gate, self._world, self._directory, self._clock = gate, world, directory, clock
        self._ask = Ask(world.api)

    async def post(
        self, place: RemoteId, thread: RemoteId | None, body: Body, files: tuple[Upload, ...], key: Key
    ) -> Sent:
        """A comment, a chat line, or (on a message board, outside any thread) a new message."""
        word, found = split(place)
        if thread is None and word not in {"chat", "board"}:
            raise NotSupported(_("Lines go below something there, into a chat or on a message board."))
        with before():
            person = await self._directory.finder(body.own)
            if thread is None and word == "chat":
                await self._into_chat(found, files)
                sgids = []
            else:
                sgids = [await self._attach(each) for each in files]
            words = compose(body, key, person, files=sgids)
        if thread is not None:
            path, fields = f"recordings/{own_number(thread)}/comments.json", {"content": words}
        elif word == "chat":
            path, fields = f"chats/{found}/lines.json", {"content": words, "content_type": "text/html"}
        else:
            path = f"message_boards/{found}/messages.json"
            fields = {"subject": _subject(body.own), "content": words, "status": "active"}
        row = as_object(await self._gate.send(self._ask.write("POST", path, **fields)))
        return sent(row, found if thread is None and word == "chat" else "")

    async def edit(self, message: RemoteId, body: Body | None, key: Key) -> Sent:
        """Replace one of our lines or take it back; what was attached to it stays, and so does its key."""
        chat = split_line(message)
        if chat is not None:
            return await self._edit_line(message, *chat, body, key)
        word, found = split(message)
        if word not in {"comment", "message", "todo", "card", "answer"}:
            raise NotSupported(_("This line can only be changed in Basecamp."), _("Open it there."))
        path = f"{ROUTES[word]}/{found}"
        with before():
            row = as_object(await self._gate.send(self._ask.get(path)))
        if body is None:
            return await self._take_back(message, word, found, row)
        if word in {"todo", "card"}:
            writer = TaskWriter(self._gate, self._world, self._directory)
            await writer.update(message, TaskChange(frozenset({"text"}), text=body.own), None)
            return Sent(message)
        with before():
            held = read(whole(row.get("content")), self._world.people)
            own = recordings.without_heading(body.own, row)
            person = await self._directory.finder(own)
            changed = Body(own, body.quoted, body.link)
            words = compose(changed, split_marker(held.text)[1] or key, person, kept(held.attached))
        fields = {"content": words}
        if word == "message":
            fields |= {"subject": squeezed(row.get("subject")) or squeezed(row.get("title"))}
        answer = await self._gate.send(self._ask.write("PUT", path, **fields))
        return sent(as_object(answer)) if answer.status != 204 else Sent(message)

    async def _edit_line(self, message: RemoteId, chat: str, found: str, body: Body | None, key: Key) -> Sent:
        path = f"chats/{chat}/lines/{found}"
        if body is None:
            try:
                await self._gate.send(self._ask.bare("DELETE", path))
            except Gone:
                return Sent(message)
            return Sent(message)
        with before():
            row = as_object(await self._gate.send(self._ask.get(path)))
            held = read(whole(row.get("content")), self._world.people)
            person = await self._directory.finder(body.own)
            words = compose(body, split_marker(held.text)[1] or key, person, kept(held.attached))
        await self._gate.send(self._ask.write("PUT", path, content=words))
        return Sent(message)

    async def _take_back(self, message: RemoteId, word: str, found: str, row: Row) -> Sent:
        """Into the trash, from where Basecamp gives it back for thirty days; never with what others said below it."""
        if word in {"todo", "card"}:
            raise NotSupported(_("A task's text cannot be taken back."), _("Close the task instead."))
        comments = row.get("comments_count")
        if isinstance(comments, int) and comments > 0:
            raise NotSupported(_("Others commented on it."), _("Take it back in Basecamp."))
        await self._gate.send(self._ask.status(found, "trashed"))
        return Sent(message)

    async def _attach(self, file: Upload) -> str:
        """A file is handed in first; left alone, it shows nowhere."""
        request = self._ask.upload("attachments.json", file.name, file.data, file.media_type)
        sgid = text(as_object(await self._gate.send(request)).get("attachable_sgid"))
        if not sgid:
            raise ServiceChanged(_("Basecamp did not say where the file is."), _("Trying again later."))
        return sgid

    async def _into_chat(self, chat: str, files: tuple[Upload, ...]) -> None:
        """In a chat a file is a line of its own. One that arrived while its answer was lost is not sent again."""
        if not files:
            return
        finder = Finder(self._gate, self._world)
        listing = self._ask.get(f"chats/{chat}/uploads.json", ("sort", "created_at"), ("direction", "desc"))
        late: list[tuple[str, int]] = []
        async for row in finder.every(listing):
            at = stamp(row.get("created_at")) or 0
            if at < self._clock.now() - SAME_FILE_MS:
                break
            if number(obj(row.get("creator")).get("id")) == self._world.me:
                late += [_file_of(each) for each in _objects(row.get("attachments"))]
        for file in files:
            if (file.name, len(file.data)) in late:
                late.remove((file.name, len(file.data)))
                continue
            path = f"chats/{chat}/uploads.json"
            sent(as_object(await self._gate.send(self._ask.upload(path, file.name, file.data, file.media_type))), chat)


def _file_of(row: Row) -> tuple[str, int]:
    size = row.get("byte_size")
    return text(row.get("filename")), size if isinstance(size, int) else -1


def _objects(value: object) -> list[Row]:
    return [obj(each) for each in value] if isinstance(value, list) else []


def _subject(own: str) -> str:
    """A message needs a title: its first line."""
    first = next((line for line in own.splitlines() if line.strip()), "")
    return first.strip().lstrip("#> ").strip()[:SUBJECT] or "…"
