"""Writing to Miro: cards and notes, each with our key in it."""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct

from connectors.hostile import Row, text
from connectors.keymark import signed, split_marker
from connectors.miro.api import items
from connectors.miro.api.items import DOC, FRAME, STICKY, TEXT, Item, due_text, remote, split
from connectors.miro.api.words import compose, plain, read, write
from connectors.miro.run import Run, as_object
from connectors.miro.tagging import named, tags_of_board
from leeward.errors import Conflict, NotSupported, Refused, ServiceChanged, Trouble
from leeward.model import Key, NoteDraft, RemoteId, Sent, Status, TaskChange, TaskDraft
from leeward.ports import Http
from leeward.words import _

ON_A_STICKY = 1000
"""Characters; a longer note is made as a doc."""

MOST = 6000
"""What an item's content may hold."""

MAX_TAGS = 8
_WORDS = {Status.DONE: items.DONE, Status.DOING: items.DOING}
_COLOURS = {items.DONE: "green", items.DOING: "yellow"}


class Writer(Struct):
    """Bound to one account; the run's world knows who we are."""

    run: Run
    http: Http

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make a card. A card has no place for a tier, and one person."""
        data: dict[str, object] = {
            "title": plain(draft.title),
            "description": write(_fits(compose(draft.body, key, MOST))),
        }
        if draft.assignees:
            data["assigneeId"] = str(draft.assignees[0])
        if draft.due is not None:
            data["dueDate"] = due_text(draft.due, self.run.world.zone)
        row = await self._send("POST", self.run.ask.one("cards", draft.place), {"data": data})
        made = self.sent(draft.place, row)
        if draft.labels:
            # The card is made: that a tag could not be put on must not look as if it were not.
            with suppress(Trouble):
                await self.tag(draft.place, split(made.id)[1], {}, list(draft.labels[:MAX_TAGS]))
                return self.sent(draft.place, row, tuple(draft.labels[:MAX_TAGS]))
        return made

    async def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else did so since `seen`."""
        board, card = split(task)
        path = self.run.ask.one("cards", board, card)
        row = await self.run.get(self.run.ask.get(path))
        tags = await self.tags(board, card)
        if seen is not None and items.version(self._item(row), tags.values()) != seen:
            raise Conflict(_("It changed at Miro since it was read."))
        data = self._data(row, change)
        if data:
            row = await self._send("PATCH", path, {"data": data})
        wanted = self._wanted(list(tags.values()), change)
        if set(wanted) != set(tags.values()):
            await self.tag(board, card, tags, wanted)
            row = await self.run.get(self.run.ask.get(path))
            tags = await self.tags(board, card)
        return self.sent(board, row, tuple(tags.values()))

    async def create_note(self, draft: NoteDraft, key: Key) -> Sent:
        """Make a sticky note, or a doc where it is long."""
        if len(draft.text) > ON_A_STICKY:
            words = f"# {' '.join(draft.title.split())}\n\n{signed(draft.text, key)}"
            document = {"data": {"contentType": "markdown", "content": words}}
            return self.sent(draft.place, await self._send("POST", self.run.ask.one("docs", draft.place), document))
        document = {"data": {"content": sticky(draft.title, draft.text, key), "shape": "rectangle"}}
        return self.sent(draft.place, await self._send("POST", self.run.ask.one("sticky_notes", draft.place), document))

    async def update_note(self, note: RemoteId, draft: NoteDraft, seen: str | None) -> Sent:
        """Replace what a sticky note or text says, if nobody else did so since `seen`; our marker stays in it."""
        board, id = split(note)
        row = await self.run.get(self.run.ask.item(board, id))
        held = self._item(row)
        kinds = {STICKY: "sticky_notes", TEXT: "texts"}
        if held.type in {DOC, FRAME} or held.type not in kinds:
            said = _("A frame shows what lies in it.") if held.type == FRAME else _("Miro's API changes no docs.")
            raise NotSupported(said, _("Change it in Miro."))
        if seen is not None and items.version(held, ()) != seen:
            raise Conflict(_("It changed at Miro since it was read."))
        words, title = read(text(held.data.get("content")))
        key = split_marker(words)[1] if held.author == self.run.world.me else None
        # Somebody else's note, whose title is only its first words, stays without a line in bold.
        content = sticky(draft.title, draft.text, key) if title is not None else write(_fits(signed(draft.text, key)))
        path = self.run.ask.one(kinds[held.type], board, id)
        return self.sent(board, await self._send("PATCH", path, {"data": {"content": content}}))

    async def tag(self, board: str, item: str, held: dict[RemoteId, str], wanted: list[str]) -> None:
        """Put on and take off what differs; a tag that the board lacks is made."""
        for tag, title in held.items():
            if title not in wanted:
                await self.http.send(self.run.ask.tag("DELETE", board, item, tag))
        missing = [title for title in wanted if title not in held.values()]
        known = {title: tag for tag, title in (await tags_of_board(self.run, board)).items()} if missing else {}
        for title in missing:
            made = known.get(title) or await self._new_tag(board, title)
            await self.http.send(self.run.ask.tag("POST", board, item, made))

    async def _new_tag(self, board: str, title: str) -> str:
        if len(title) > 120:
            raise Refused(_("A tag of Miro holds 120 characters at most."), _("Make it shorter."))
        document = {"title": title, "fillColor": _COLOURS.get(title, "blue")}
        row = await self._send("POST", self.run.ask.one("tags", board), document)
        return items_id(row)

    async def tags(self, board: str, item: str) -> dict[RemoteId, str]:
        """The tags of one item, title by id."""
        row = await self.run.get(self.run.ask.tags_of(board, item))
        return named(row.get("tags"), self.run)

    def _wanted(self, held: list[str], change: TaskChange) -> list[str]:
        """The tags a change leaves: labels as they are given, and one that says the status where there is one."""
        status, word = items.status_of(held)
        if "status" in change.fields and change.status is not status:
            status, word = change.status, _WORDS.get(change.status)
        labels = list(change.labels) if "labels" in change.fields else held
        kept = [each for each in labels if items.status_of((each,))[0] is Status.OPEN]
        wanted = list(dict.fromkeys([*kept, *([word] if word else [])]))
        if len(wanted) > MAX_TAGS:
            raise Refused(_("A card of Miro carries eight tags at most."), _("Take one off first."))
        return wanted

    def _data(self, row: Row, change: TaskChange) -> dict[str, object]:
        data: dict[str, object] = {}
        if "title" in change.fields:
            data["title"] = plain(change.title)
        if "text" in change.fields:
            held = self._item(row)
            key = split_marker(self.run.world.plain(held.data.get("description")))[1]
            data["description"] = write(_fits(signed(change.text, key if held.author == self.run.world.me else None)))
        if "due" in change.fields:
            data["dueDate"] = due_text(change.due, self.run.world.zone)
        if "assignees" in change.fields:
            data["assigneeId"] = str(change.assignees[0]) if change.assignees else None
        return data

    def _item(self, row: Row) -> Item:
        found = items.item(row, self.run.world)
        if found is None:
            raise lost()
        return found

    async def _send(self, method: str, path: str, document: object) -> Row:
        return as_object(await self.http.send(self.run.ask.write(method, path, document)))

    def sent(self, board: str, row: Row, tags: tuple[str, ...] = ()) -> Sent:
        """What an item's row says of what was sent."""
        found = self._item(row)
        return Sent(remote(board, found.id), items.seen_at(board, found.id), items.version(found, tags), found.created)


def items_id(row: Row) -> str:
    """The id in an answer. Raises `ServiceChanged`."""
    found = text(row.get("id"))
    if not found:
        raise lost()
    return found


def lost() -> ServiceChanged:
    """An answer without the thing it should hold."""
    return ServiceChanged(_("Miro did not say what it made."), _("Looking for it."))


def sticky(title: str, words: str, key: Key | None) -> str:
    """A note on a sticky note: the title in bold, then its text and our marker."""
    head = f"<p><strong>{plain(title)}</strong></p>" if title.strip() else ""
    return head + write(_fits(signed(words, key, "\n")))


def _fits(words: str) -> str:
    if len(words) > MOST:
        raise Refused(_("An item of Miro holds 6,000 characters at most."), _("Make it shorter."))
    return words
