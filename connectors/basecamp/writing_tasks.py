"""Writing tasks and notes: read first, stop where somebody else changed what would be overwritten, then send every field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NoReturn

from connectors.basecamp.api import recordings, tasks
from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.ids import ROUTES, split
from connectors.basecamp.api.outgoing import compose, signed
from connectors.basecamp.api.rich import Attached, read
from connectors.basecamp.api.shape import Row, number, obj, rows, text, whole
from connectors.basecamp.api.world import World
from connectors.basecamp.finding import sent
from connectors.basecamp.people import Directory
from connectors.basecamp.run import Gate, as_object
from connectors.keymark import split_marker
from leeward.errors import Conflict, NotSupported, Refused, Trouble
from leeward.model import Due, Key, NoteDraft, RemoteId, Sent, Status, TaskChange, TaskDraft
from leeward.words import _


@contextmanager
def before() -> Iterator[None]:
    """What fails while reading before a write was surely not taken."""
    try:
        yield
    except Trouble as trouble:
        trouble.taken = False
        raise


class TaskWriter:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, gate: Gate, world: World, directory: Directory) -> None:
        self._gate, self._world, self._directory = gate, world, directory
        self._ask = Ask(world.api)

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make a to-do in a list, or a card in the first column of a card table."""
        word, found = split(draft.place)
        with before():
            person = await self._directory.finder(draft.body.own)
            words = compose(draft.body, key, person)
            due = self._due(draft.due)
            if word == "list":
                fields: dict[str, object] = {"content": draft.title, "description": words}
                if draft.assignees:
                    people = [int(each) for each in draft.assignees]
                    fields |= {"assignee_ids": people, "notify": people != [int(self._world.me or 0)]}
                path = f"todolists/{found}/todos.json"
            elif word == "table":
                column = await self._column(found, Status.OPEN)
                fields = {"title": draft.title, "content": words}
                path = f"card_tables/lists/{column}/cards.json"
            else:
                raise NotSupported(
                    _("Basecamp keeps tasks in to-do lists and card tables."), _("Choose one as the place.")
                )
        if due:
            fields["due_on"] = due
        row = as_object(await self._gate.send(self._ask.write("POST", path, **fields)))
        made = sent(row)
        if word == "table" and draft.assignees:
            return await self._assigned(made, draft.assignees)
        return made

    async def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else changed the task since `seen`."""
        word, found = split(task)
        if word not in {"todo", "card"}:
            raise NotSupported(_("That is no to-do and no card."))
        path = f"{ROUTES[word]}/{found}"
        with before():
            row = as_object(await self._gate.send(self._ask.get(path)))
            if seen is not None and tasks.version(row) != seen:
                raise Conflict(_("It changed at Basecamp since it was read."))
            fields = await self._fields(row, change)
            state = change.status if "status" in change.fields and tasks.status_of(row) is not change.status else None
            if state is Status.DOING and word == "todo":
                raise Refused(_("A Basecamp to-do is open or done."), _("Nothing was changed."))
            column = await self._column_of(row, state) if state and word == "card" else None
        if fields:
            named = _whole(row, fields) if word == "todo" else fields
            row = as_object(await self._gate.send(self._ask.write("PUT", path, **named)))
            sent(row)
        if state is not None:
            row = await self._moved(row, word, found, state, column)
        return sent(row)

    async def create_note(self, draft: NoteDraft, key: Key) -> Sent:
        """Make a document in a folder."""
        word, found = split(draft.place)
        if word != "vault":
            raise NotSupported(_("Basecamp keeps notes in folders of documents."), _("Choose one as the place."))
        with before():
            words = signed(draft.text, key, await self._directory.finder(draft.text))
        fields = {"title": draft.title, "content": words, "status": "active"}
        return sent(
            as_object(await self._gate.send(self._ask.write("POST", f"vaults/{found}/documents.json", **fields)))
        )

    async def update_note(self, note: RemoteId, draft: NoteDraft, seen: str | None) -> Sent:
        """Replace a document's title and text; our marker and the files in it stay."""
        word, found = split(note)
        if word != "document":
            raise NotSupported(_("Only documents can be changed from here."), _("Open it in Basecamp."))
        path = f"documents/{found}"
        with before():
            row = as_object(await self._gate.send(self._ask.get(path)))
            if seen is not None and recordings.note_version(row) != seen:
                raise Conflict(_("It changed at Basecamp since it was read."))
            held = read(whole(row.get("content")), self._world.people)
            words = signed(
                draft.text, split_marker(held.text)[1], await self._directory.finder(draft.text), held.attached
            )
        return sent(as_object(await self._gate.send(self._ask.write("PUT", path, title=draft.title, content=words))))

    async def _fields(self, row: Row, change: TaskChange) -> dict[str, object]:
        """What differs, in the names of a to-do or a card. A card's due is cleared by an empty one."""
        card = text(row.get("type")) == "Kanban::Card"
        fields: dict[str, object] = {}
        if "title" in change.fields:
            fields["title" if card else "content"] = change.title
        if "text" in change.fields:
            words = await self.text_of(tasks.described(row), tasks.own_text(change.text))
            fields["content" if card else "description"] = words
        if "due" in change.fields:
            fields["due_on"] = self._due(change.due) or ""
        if "assignees" in change.fields:
            held, wanted = set(_ids(row.get("assignees"))), [int(each) for each in change.assignees]
            if held != set(wanted):
                fields["assignee_ids"] = wanted
                more = set(wanted) - held - {int(self._world.me or 0)}
                fields |= {"notify": True} if more and not card else {}
        return fields

    async def text_of(self, html: str, words: str) -> str:
        """New words in place of old ones: our marker and what was attached stay."""
        held = read(html, self._world.people)
        person = await self._directory.finder(words)
        return signed(words, split_marker(held.text)[1], person, kept(held.attached))

    async def _moved(self, row: Row, word: str, found: str, state: Status, column: Row | None) -> Row:
        """Done or not: a to-do is ticked, a card carried to a column of that sort."""
        if word == "todo":
            method = "POST" if state is Status.DONE else "DELETE"
            await self._gate.send(self._ask.bare(method, f"todos/{found}/completion.json"))
            return {**row, "completed": state is Status.DONE}
        if column is None:
            return row
        id_ = int(number(column.get("id")) or 0)
        await self._gate.send(self._ask.write("POST", f"card_tables/cards/{found}/moves.json", column_id=id_))
        done = text(column.get("type")) == "Kanban::DoneColumn"
        return {**row, "completed": done, "parent": {"id": id_, "type": column.get("type")}}

    async def _assigned(self, made: Sent, people: Sequence[RemoteId]) -> Sent:
        """A new card takes its people in a second request. The card is there by then, so nothing may fail any more."""
        fields = {"assignee_ids": [int(each) for each in people]}
        path = f"{ROUTES['card']}/{made.id.partition('/')[2]}"
        try:
            return sent(as_object(await self._gate.send(self._ask.write("PUT", path, **fields))))
        except Trouble:
            return made

    async def _column_of(self, row: Row, state: Status) -> Row | None:
        """The column a card is carried to: its table is what its own column stands in."""
        above = number(obj(row.get("parent")).get("id"))
        for remote in await self._tables(row):
            table = as_object(await self._gate.send(self._ask.get(f"card_tables/{remote}")))
            listed = list(rows(table.get("lists") or [], self._world.odd))
            ids = {number(part.get("id")) for each in listed for part in (each, obj(each.get("on_hold")))}
            if above in ids:
                return _best(listed, state)
        raise _no_column()

    async def _tables(self, row: Row) -> list[str]:
        pid = number(obj(row.get("bucket")).get("id"))
        project = as_object(await self._gate.send(self._ask.get(f"projects/{pid}")))
        docked = rows(project.get("dock") or [], self._world.odd)
        return [found for each in docked if each.get("name") == "kanban_board" and (found := number(each.get("id")))]

    async def _column(self, table: str, state: Status) -> str:
        row = as_object(await self._gate.send(self._ask.get(f"card_tables/{table}")))
        return number(_best(list(rows(row.get("lists") or [], self._world.odd)), state).get("id")) or ""

    def _due(self, due: Due | None) -> str:
        """Basecamp knows days only."""
        if due is None:
            return ""
        return (due if isinstance(due, date) else self._world.day(due)).isoformat()


def kept(attached: tuple[Attached, ...]) -> tuple[Attached, ...]:
    """What can be put back into a text."""
    return tuple(each for each in attached if each.tag)


def _whole(row: Row, changed: dict[str, object]) -> dict[str, object]:
    """Every field of a to-do that may be written: what is left out, Basecamp clears. It takes no empty day."""
    fields: dict[str, object] = {
        "content": tasks.task_title(row),
        "description": text(row.get("description")),
        "assignee_ids": _ids(row.get("assignees")),
        "completion_subscriber_ids": _ids(row.get("completion_subscribers")),
    }
    fields |= {name: text(row.get(name)) for name in ("due_on", "starts_on")} | changed
    return {name: value for name, value in fields.items() if value or name not in {"due_on", "starts_on"}}


def _ids(listed: object) -> list[int]:
    return [
        int(found) for each in (listed if isinstance(listed, list) else ()) if (found := number(obj(each).get("id")))
    ]


def _best(listed: list[Row], state: Status) -> Row:
    """The first column of a sort; what waits goes to triage rather than to “not now”."""
    fitting = [each for each in listed if tasks.column_status(text(each.get("type"))) is state]
    triage = [each for each in fitting if text(each.get("type")) == "Kanban::Triage"]
    found = next((each for each in [*triage, *fitting] if number(each.get("id"))), None)
    return found if found is not None else _no_column()


def _no_column() -> NoReturn:
    raise Refused(_("This card table has no column for that."), _("Add one in Basecamp, or choose another status."))
