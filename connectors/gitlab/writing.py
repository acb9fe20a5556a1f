"""Writing to GitLab: issues, notes and uploads, each with our key in it, and finding them again."""

from __future__ import annotations

from datetime import date

from connectors.gitlab.api import pages as read
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.beside import own_text
from connectors.gitlab.api.hostile import Odd, Row, ident, obj, rows, stamp, text, texts
from connectors.gitlab.api.incoming import TIERS, World, is_doing, path_of
from connectors.gitlab.api.outgoing import compose, marker, split_marker
from connectors.gitlab.listing import every
from connectors.gitlab.talk import as_object
from leeward.errors import Conflict, Forbidden, Gone, NotSupported, ServiceChanged
from leeward.model import Body, Due, Key, RemoteId, Sent, Status, TaskChange, TaskDraft, Tier
from leeward.ports import Http, Login, Upload
from leeward.wire import Response
from leeward.words import _
from leeward.zones import wall, zone

DOING_LABEL = "Doing"


class Writer:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, http: Http, login: Login, world: World) -> None:
        self._http = http
        self._login = login
        self._world = world
        self._ask = Ask(world.api)

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make an issue."""
        fields: dict[str, object] = {"title": draft.title, "description": compose(draft.body, key)}
        labels = [*draft.labels, *await self._tier_labels(draft.place, draft.tier)]
        if draft.assignees:
            fields["assignee_ids"] = [int(each) for each in draft.assignees]
        if draft.due is not None:
            fields["due_date"] = self._day(draft.due)
        if labels:
            fields["labels"] = labels
        return _sent(await self._http.send(self._ask.write("POST", f"projects/{draft.place}/issues", **fields)))

    async def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else did so since `seen`."""
        row = as_object(await self._http.send(self._ask.one(task)))
        if seen is not None and row.get("updated_at") != seen:
            raise Conflict(_("It changed at GitLab since it was read."))
        fields = await self._fields(row, change)
        if not fields:
            return _sent_row(row)
        return _sent(await self._http.send(self._ask.write("PUT", f"projects/{task}", **fields)))

    async def post(
        self, thread: RemoteId, body: Body, files: tuple[Upload, ...], key: Key, to: RemoteId | None
    ) -> Sent:
        """Add a note, in the discussion of the line it answers where that is a note."""
        if files and _is_epic(thread):
            raise NotSupported(_("GitLab takes no files for epics from other programs."), _("Attach it in GitLab."))
        at = await self._path(thread)
        discussion = await self._discussion(at, to) if to and not to.endswith("/description") else None
        uploads = tuple([await self._upload(thread, each) for each in files])
        path = f"{at}/" + (f"discussions/{discussion}/notes" if discussion else "notes")
        return _sent_note(await self._http.send(self._ask.write("POST", path, body=compose(body, key, uploads))))

    async def edit(self, thread: RemoteId, message: RemoteId, body: Body | None, key: Key) -> Sent:
        """Replace or delete a note of ours; the first line is a description and can only be replaced."""
        if message.endswith("/description"):
            if body is None and _is_epic(thread):
                raise NotSupported(_("An epic's description cannot be taken back."), _("Close the epic instead."))
            if body is None:
                raise NotSupported(_("An issue's description cannot be taken back."), _("Close the issue instead."))
            put = self._ask.write("PUT", path_of(thread), description=compose(body, key))
            await self._http.send(put)
            return Sent(message)
        path = f"{await self._path(thread)}/notes/{message}"
        if body is None:
            try:
                await self._http.send(self._ask.write("DELETE", path))
            except Gone:
                return Sent(message)
            return Sent(message)
        return _sent_note(await self._http.send(self._ask.write("PUT", path, body=compose(body, key))))

    async def find_task(self, place: RemoteId, key: Key) -> Sent | None:
        """Search by substring, through all pages, and take only our own with exactly this key."""
        async for row in every(self._http, self._ask.search(place, key)):
            if self._ours(row, "description", key):
                return _sent_row(row)
        return None

    async def find_note(self, thread: RemoteId, key: Key) -> Sent | None:
        """Read the discussions: notes cannot be searched in every edition."""
        path = await self._path(thread)
        async for discussion in every(self._http, self._ask.discussions(path)):
            for row in rows(discussion.get("notes"), Odd()):
                if self._ours(row, "body", key):
                    return _sent_note_row(row)
        return None

    async def finish(self, todos: tuple[RemoteId, ...]) -> None:
        """Mark to-dos as done; one that is gone is done."""
        for each in todos:
            try:
                await self._http.send(self._ask.write("POST", f"todos/{each}/mark_as_done"))
            except Gone:
                continue

    def _ours(self, row: Row, name: str, key: Key) -> bool:
        author = ident(obj(row.get("author")).get("id"))
        return author == self._world.me and split_marker(text(row.get(name)))[1] == key

    async def _path(self, thread: RemoteId) -> str:
        """Where the lines of a thread are: an epic's stand below its own id, which is not its number in the group."""
        if not _is_epic(thread):
            return path_of(thread)
        own_id = ident(as_object(await self._http.send(self._ask.one(thread))).get("id"))
        if own_id is None:
            raise ServiceChanged(_("GitLab's answer is not what was asked for."), _("Trying again later."))
        return read.epic_path(thread, own_id)

    async def _discussion(self, path: str, note: RemoteId) -> str | None:
        async for row in every(self._http, self._ask.discussions(path)):
            if any(ident(each.get("id")) == note for each in rows(row.get("notes"), Odd())):
                return text(row.get("id")) or None
        return None

    async def _upload(self, thread: RemoteId, upload: Upload) -> str:
        row = as_object(await self._http.send(self._ask.upload(RemoteId(thread.partition("/")[0]), upload)))
        shown = text(row.get("markdown"))
        if not shown:
            raise ServiceChanged(_("GitLab did not say where the file went."), _("Trying again later."))
        return shown

    async def _fields(self, row: Row, change: TaskChange) -> dict[str, object]:
        fields: dict[str, object] = {}
        if "title" in change.fields:
            fields["title"] = change.title
        if "text" in change.fields:
            held = split_marker(text(row.get("description")))[1]
            words = own_text(change.text)
            fields["description"] = "\n\n".join(each for each in (words, marker(held) if held else "") if each)
        if "assignees" in change.fields:
            fields["assignee_ids"] = [int(each) for each in change.assignees] or [0]
        if "due" in change.fields:
            fields["due_date"] = "" if change.due is None else self._day(change.due)
        add, remove = await self._labels(row, change)
        if "status" in change.fields:
            closed = text(row.get("state")) == "closed"
            if closed != (change.status is Status.DONE):
                fields["state_event"] = "reopen" if closed else "close"
        if add:
            fields["add_labels"] = sorted(add)
        if remove:
            fields["remove_labels"] = sorted(remove)
        return fields

    async def _labels(self, row: Row, change: TaskChange) -> tuple[set[str], set[str]]:
        """What to add and what to remove: labels others set in the meantime stay."""
        held = set(texts(row.get("labels")))
        wanted = set(held)
        if "labels" in change.fields:
            apart = {each for each in held if each.lower() in TIERS or is_doing(each)}
            wanted = set(change.labels) | apart
        if "status" in change.fields:
            wanted = {each for each in wanted if not is_doing(each)}
            if change.status is Status.DOING:
                wanted |= {each for each in held if is_doing(each)} or {await self._doing(row)}
        if "tier" in change.fields:
            wanted = {each for each in wanted if each.lower() not in TIERS}
            wanted |= set(await self._tier_labels(RemoteId(str(ident(row.get("project_id")))), change.tier))
        return wanted - held, held - wanted

    async def _doing(self, row: Row) -> str:
        """The column of a board that says it, else our own word for it."""
        try:
            found = await self._http.send(self._ask.boards(RemoteId(str(ident(row.get("project_id"))))))
        except (Forbidden, Gone):
            return DOING_LABEL
        columns = read.columns(found.json(), World(self._world.api))
        return next((each for each in columns if is_doing(each)), DOING_LABEL)

    async def _tier_labels(self, project: RemoteId, tier: Tier | None) -> list[str]:
        """A tier is written only where the team has such labels: leeward invents none in other people's projects."""
        if tier is None:
            return []
        wanted = next(name for name, each in TIERS.items() if each is tier)
        found = await self._http.send(self._ask.get(f"projects/{project}/labels", ("search", "priority::")))
        names = (text(row.get("name")) for row in rows(found.json(), Odd()))
        return [each for each in names if each.lower() == wanted]

    def _day(self, due: Due) -> str:
        return (due if isinstance(due, date) else wall(due, zone(self._login.zone)).date()).isoformat()


def _is_epic(thread: RemoteId) -> bool:
    return thread.startswith("groups/")


def _sent(response: Response) -> Sent:
    return _sent_row(as_object(response))


def _sent_row(row: Row) -> Sent:
    project, iid = ident(row.get("project_id")), ident(row.get("iid"))
    if project is None or iid is None:
        raise ServiceChanged(_("GitLab did not say which issue it made."), _("Looking for it."))
    updated = text(row.get("updated_at")) or None
    url = text(row.get("web_url")) or None
    return Sent(RemoteId(f"{project}/issues/{iid}"), url, updated, stamp(row.get("created_at")))


def _sent_note(response: Response) -> Sent:
    return _sent_note_row(as_object(response))


def _sent_note_row(row: Row) -> Sent:
    found = ident(row.get("id"))
    if found is None:
        raise ServiceChanged(_("GitLab did not say which note it made."), _("Looking for it."))
    return Sent(found, None, text(row.get("updated_at")) or None, stamp(row.get("created_at")))
