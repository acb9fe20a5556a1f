"""The sample team's services: they take what is written and show it again, so that everything can be tried out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from leeward.ids import own_id
from leeward.model import (
    Batch,
    Body,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    Message,
    Note,
    NoteDraft,
    Person,
    RemoteId,
    Sent,
    Task,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Can, Clock, Login, Manifest, Upload
from leeward.sync.account import Live

_CAN = frozenset({Can.THREADS, Can.TASKS, Can.NOTES, Can.POST, Can.TASK_WRITE, Can.NOTE_WRITE, Can.EDIT, Can.MARK_READ})


class SampleService:
    """One account of the sample team, in memory: what was sent comes back with the next pull."""

    def __init__(self, batch: Batch, clock: Clock) -> None:
        self._clock = clock
        self._me = next((person for person in batch.people if person.me), Person(RemoteId("me"), "you", me=True))
        self._tasks = {task.id: task for task in batch.tasks}
        self._notes = {note.id: note for note in batch.notes}
        self._news: list[Batch] = []

    async def check(self) -> Identity:
        """Who the owner is here."""
        return Identity(self._me)

    async def pull(self, _cursor: str | None, _focus: Focus) -> AsyncIterator[Batch]:
        """What was written since."""
        news, self._news = self._news, []
        for batch in news:
            yield batch

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        files: tuple[Upload, ...] = (),
        *,
        key: Key,
        reply_to: RemoteId | None = None,
    ) -> Sent:
        """A line by the owner."""
        del files
        id = RemoteId(own_id())
        answers = (reply_to,) if reply_to else ()
        line = Message(id, place, self._me.id, self._now(), body.own, thread, reply_to=answers, key=key)
        self._news.append(Batch(messages=(line,)))
        return Sent(id)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """A line changed, or taken back."""
        del place, thread, key
        if body is None:
            self._news.append(Batch(gone=((ItemType.MESSAGE, message),)))
        return Sent(message)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """A new task."""
        text = "\n\n".join(part for part in (draft.body.own, draft.body.quoted) if part)
        task = Task(
            id=RemoteId(own_id()),
            place=draft.place,
            title=draft.title,
            text=text,
            author=self._me.id,
            assignees=draft.assignees,
            due=draft.due,
            tier=draft.tier,
            updated=self._now(),
            created=self._now(),
            key=key,
        )
        self._keep(task)
        return Sent(task.id)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """A task changed."""
        del place, key, seen
        values: dict[str, Any] = {name: getattr(change, name) for name in change.fields}
        known = self._tasks.get(task)
        if known is not None:
            self._keep(replace(known, **values, updated=self._now()))
        return Sent(task)

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """A new note."""
        note = Note(RemoteId(own_id()), draft.place, draft.title, draft.text, self._now(), key=key)
        self._news.append(Batch(notes=(note,)))
        return Sent(note.id)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """A note changed."""
        del key, seen
        self._news.append(Batch(notes=(Note(note, draft.place, draft.title, draft.text, self._now()),)))
        return Sent(note)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Nothing to tell anybody."""

    def _keep(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._news.append(Batch(tasks=(task,)))

    def _now(self) -> Instant:
        return self._clock.now()


def lives(clock: Clock, uids: dict[str, str]) -> list[Live]:
    """The sample team's accounts, ready for an engine; `uids` gives their rows by name."""
    from leeward.model import AccountUid
    from tui.demo.load import accounts, batches

    kinds = {one.name: one for one in accounts()}
    found = []
    for name, batch in batches(clock.now()):
        one = kinds[name]
        manifest = Manifest(one.kind, one.kind, _CAN, None)
        login = Login(name, one.kind, one.url)
        found.append(Live(AccountUid(uids[name]), login, manifest, SampleService(batch, clock), poll_s=2.0))
    return found
