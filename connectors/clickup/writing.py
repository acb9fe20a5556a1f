"""Writing to ClickUp: tasks, comments, chat lines and pages, each with our key in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from connectors.clickup.api import files, tasks
from connectors.clickup.api.asking import Ask, ChatAt, chat_at, doc_at
from connectors.clickup.api.hostile import Odd, Row, ident, obj, rows, stamp, text
from connectors.clickup.api.lines import page
from connectors.clickup.api.outgoing import compose
from connectors.clickup.api.world import World
from connectors.clickup.finding import Finder
from connectors.clickup.run import as_object
from connectors.keymark import signed, split_marker
from leeward.errors import Conflict, Gone, NotSupported, Refused, ServiceChanged
from leeward.model import Body, Instant, Key, NoteDraft, RemoteId, Sent, Status, TaskChange, TaskDraft
from leeward.ports import Http, Upload
from leeward.words import _

MAX_CHAT = 40_000
_DAY_MS = 86_400_000
_TASK_LINK = re.compile(r"https://app\.clickup\.com/t/(?:[0-9]+/)?([A-Za-z0-9_-]{1,40})(?:[?#].*)?")
_MADE_TASK = {"triaged_action": 1, "triaged_object_type": 1}


class Writer:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, http: Http, world: World) -> None:
        self._http = http
        self._world = world
        self._ask = Ask(world.api)
        self._find = Finder(http, world)

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make a task in a list."""
        fields: dict[str, object] = {
            "name": draft.title,
            "markdown_content": compose(draft.body, key),
            "notify_all": False,
        }
        if draft.assignees:
            fields["assignees"] = [int(each) for each in draft.assignees]
        if draft.labels:
            fields["tags"] = list(draft.labels)
        if draft.tier is not None:
            fields["priority"] = tasks.PRIORITIES[draft.tier]
        if draft.due is not None:
            fields |= tasks.due_fields(draft.due, self._world.zone)
        return sent_task(
            as_object(await self._http.send(self._ask.write("POST", f"v2/list/{draft.place}/task", **fields)))
        )

    async def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else did so since `seen`."""
        row = await self._task(task)
        if seen is not None and text(row.get("date_updated")) != seen:
            raise Conflict(_("It changed at ClickUp since it was read."))
        fields = await self._fields(row, change)
        if fields:
            row = as_object(await self._http.send(self._ask.write("PUT", f"v2/task/{task}", **fields)))
        if "labels" in change.fields and await self._tags(task, row, change.labels):
            row = await self._task(task)
        return sent_task(row)

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        key: Key,
        to: RemoteId | None,
        uploads: tuple[Upload, ...] = (),
    ) -> Sent:
        """Add a comment or chat line, below the line it answers. Files go to the task first, and the comment names them."""
        at = chat_at(thread or place)
        if at is not None:
            if uploads:
                raise NotSupported(_("ClickUp takes files for tasks only, not for chat."), _("Attach them in ClickUp."))
            return await self._say(at, body, key, to)
        if thread is None:
            raise NotSupported(_("A ClickUp list has lines only in its tasks."), _("Make a task instead."))
        if uploads:
            body = await self._attached(thread, body, uploads)
        fields = {"comment_text": compose(body, key), "notify_all": False}
        root = to.partition("/")[0] if to and not to.endswith("/description") else None
        path = f"v2/comment/{root}/reply" if root else f"v2/task/{thread}/comment"
        row = as_object(await self._http.send(self._ask.write("POST", path, **fields)))
        found = ident(row.get("id"))
        if found is None and root is not None:
            # The description promises nothing about the answer here: the new line is looked for at once.
            found_again = await self._find.comment(thread, key)
            if found_again is None:
                raise _lost()
            return found_again
        return Sent(_line(found, root), None, None, stamp(row.get("date")))

    async def _attached(self, task: RemoteId, body: Body, uploads: tuple[Upload, ...]) -> Body:
        """The words with the addresses of the files below them. One that is there from a try before stays the one."""
        row = await self._task(task)
        since = Instant((stamp(row.get("date_updated")) or Instant(0)) - _DAY_MS)
        named = []
        for upload in uploads:
            held = files.uploaded(row, upload, self._world.me or "", since)
            made = held or files.attached(as_object(await self._http.send(self._ask.attach(task, upload))))
            if made is None or not made.url:
                raise ServiceChanged(_("ClickUp did not say where it keeps the file."), _("Looking for it."))
            named.append(f"{upload.name}: {made.url}")
        return replace(body, own="\n".join(part for part in (body.own, *named) if part))

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, key: Key
    ) -> Sent:
        """Replace or delete a line of ours; a task's first line is its description and can only be replaced."""
        own = message.rpartition("/")[2]
        if own == "description":
            if body is None:
                raise NotSupported(_("A task's description cannot be taken back."), _("Close the task instead."))
            task = message.partition("/")[0]
            await self._http.send(self._ask.write("PUT", f"v2/task/{task}", markdown_content=compose(body, key)))
            return Sent(message)
        at = chat_at(thread or place)
        path = f"v3/workspaces/{at.workspace}/chat/messages/{own}" if at else f"v2/comment/{own}"
        if body is None:
            try:
                await self._http.send(self._ask.delete(path))
            except Gone:
                return Sent(message)
        elif at:
            content = _fits(compose(body, key))
            await self._http.send(self._ask.write("PATCH", path, content=content, content_format="text/md"))
        else:
            held = await self._find.row(thread, message) if thread else None
            kept = _kept(held or {})
            await self._http.send(self._ask.write("PUT", path, comment_text=compose(body, key), **kept))
        return Sent(message)

    async def create_note(self, draft: NoteDraft, key: Key) -> Sent:
        """Add a page to a doc."""
        workspace, doc, _page = _doc(draft.place)
        fields = {"name": draft.title, "content": signed(draft.text, key), "content_format": "text/md"}
        path = f"v3/workspaces/{workspace}/docs/{doc}/pages"
        row = as_object(await self._http.send(self._ask.write("POST", path, **fields)))
        return self._sent_page(row, draft.place)

    async def update_note(self, note: RemoteId, draft: NoteDraft, seen: str | None) -> Sent:
        """Replace a page's name and text, if nobody else did so since `seen`; our marker stays in it."""
        workspace, doc, own = _doc(note)
        row = as_object(await self._http.send(self._ask.page(workspace, doc, own or "")))
        held = page(row, draft.place, self._world)
        if seen is not None and (held is None or held.version != seen):
            raise Conflict(_("It changed at ClickUp since it was read."))
        key = split_marker(text(row.get("content")))[1]
        fields = {"name": draft.title, "content": signed(draft.text, key), "content_format": "text/md"}
        path = f"v3/workspaces/{workspace}/docs/{doc}/pages/{own}"
        await self._http.send(self._ask.write("PUT", path, **fields, content_edit_mode="replace"))
        return self._sent_page(as_object(await self._http.send(self._ask.page(workspace, doc, own or ""))), draft.place)

    async def _say(self, at: ChatAt, body: Body, key: Key, to: RemoteId | None) -> Sent:
        root = at.root or (to.partition("/")[0] if to else None)
        fields: dict[str, object] = {"type": "message", "content": _fits(compose(body, key))}
        fields["content_format"] = "text/md"
        made = _task_made(body)
        if made:
            fields |= {**_MADE_TASK, "triaged_object_id": made}
        below = f"messages/{root}/replies" if root else f"channels/{at.channel}/messages"
        post = self._ask.write("POST", f"v3/workspaces/{at.workspace}/chat/{below}", **fields)
        row = as_object(await self._http.send(post))
        return Sent(_line(ident(row.get("id")), root), None, None, stamp(row.get("date")))

    async def _task(self, task: RemoteId) -> Row:
        return as_object(await self._http.send(self._ask.task(task)))

    async def _fields(self, row: Row, change: TaskChange) -> dict[str, object]:
        fields: dict[str, object] = {}
        if "title" in change.fields:
            fields["name"] = change.title
        if "text" in change.fields:
            held = split_marker(tasks.description(row))[1]
            # An empty text is sent as one space: ClickUp takes "" for nothing said.
            fields["markdown_content"] = signed(tasks.own_text(change.text), held) or " "
        if "due" in change.fields:
            fields |= tasks.due_fields(change.due, self._world.zone)
        if "tier" in change.fields and tasks.tier(row.get("priority")) is not change.tier:
            fields["priority"] = None if change.tier is None else tasks.PRIORITIES[change.tier]
        if "assignees" in change.fields:
            held_by = {ident(each.get("id")) for each in rows(row.get("assignees") or [], Odd())} - {None}
            add, rem = set(change.assignees) - held_by, held_by - set(change.assignees)
            if add or rem:
                numbers = [sorted(int(each) for each in some if each) for some in (add, rem)]
                fields["assignees"] = {"add": numbers[0], "rem": numbers[1]}
        if "status" in change.fields:
            fields |= await self._status(row, change.status)
        return fields

    async def _status(self, row: Row, wanted: Status) -> Mapping[str, object]:
        """The list's own word for it; one of that sort that the task has already stays."""
        if tasks.status_of(text(obj(row.get("status")).get("type"))) is wanted:
            return {}
        place = ident(obj(row.get("list")).get("id"))
        found = as_object(await self._http.send(self._ask.get(f"v2/list/{place}"))).get("statuses")
        words = [
            (text(each.get("type")), text(each.get("status")))
            for each in rows(found, Odd())
            if tasks.status_of(text(each.get("type"))) is wanted
        ]
        if not words:
            raise Refused(_("This ClickUp list has no status for that."), _("Add one to the list, or choose another."))
        # “done” leaves a task on its board, “closed” puts it away; the first is what finishing means where both are.
        best = next((word for kind, word in words if kind == "done"), words[0][1])
        return {"status": best}

    async def _tags(self, task: RemoteId, row: Row, wanted: tuple[str, ...]) -> bool:
        """ClickUp keeps tags in lower case, and a request a tag."""
        held = {text(each.get("name")).lower() for each in rows(row.get("tags") or [], Odd())}
        asked = {each.lower() for each in wanted}
        for name in sorted(asked - held):
            await self._http.send(self._ask.tag("POST", task, name))
        for name in sorted(held - asked):
            await self._http.send(self._ask.tag("DELETE", task, name))
        return held != asked

    def _sent_page(self, row: Row, place: RemoteId) -> Sent:
        note = page(row, place, self._world)
        if note is None:
            raise ServiceChanged(_("ClickUp did not say which page it made."), _("Looking for it."))
        return Sent(note.id, None, note.version, note.updated)


def sent_task(row: Row) -> Sent:
    """What a task's row says of what was sent."""
    found = ident(row.get("id"))
    if found is None:
        raise ServiceChanged(_("ClickUp did not say which task it made."), _("Looking for it."))
    version = text(row.get("date_updated")) or None
    return Sent(found, text(row.get("url")) or None, version, stamp(row.get("date_created")))


def _line(found: RemoteId | None, root: str | None) -> RemoteId:
    if found is None:
        raise _lost()
    return RemoteId(f"{root}/{found}") if root else found


def _lost() -> ServiceChanged:
    return ServiceChanged(_("ClickUp did not say which line it made."), _("Looking for it."))


def _task_made(body: Body) -> str | None:
    """The ClickUp task a line says was made of what it answers: its link, or its last line. ClickUp's own app shows it."""
    last = body.own.strip().rpartition("\n")[2].strip()
    found = _TASK_LINK.fullmatch(body.link or "") or _TASK_LINK.fullmatch(last)
    return found[1] if found else None


def _kept(row: Row) -> dict[str, object]:
    """An edit sets these too: whom the comment is assigned to and whether it is resolved stay as they are."""
    kept: dict[str, object] = {"resolved": row.get("resolved") is True}
    assignee = ident(obj(row.get("assignee")).get("id"))
    return {**kept, "assignee": int(assignee)} if assignee else kept


def _fits(content: str) -> str:
    if len(content) > MAX_CHAT:
        raise Refused(_("A ClickUp chat line holds 40,000 characters at most."), _("Make it shorter."))
    return content


def _doc(place: RemoteId) -> tuple[str, str, str | None]:
    found = doc_at(place)
    if found is None:
        raise NotSupported(_("ClickUp keeps notes in docs."), _("Choose a doc as the place."))
    return found
