"""Writing tasks: To Do by reading and comparing, Planner by its ETags; and looking for a task that was sent."""

from __future__ import annotations

from connectors.keymark import split_marker
from connectors.paging import Walk
from connectors.teams.api import planner, todo
from connectors.teams.api.ask import MANY, tasks_path
from connectors.teams.api.shape import PLAN, PLANNER, TODO, Row, flag, ident, list_of, obj, part, split, text
from connectors.teams.run import Run, as_object
from connectors.teams.writing import SLACK_MS
from leeward.errors import Conflict, NotSupported, Problem, Refused, ServiceChanged, Trouble
from leeward.model import Instant, Key, RemoteId, Sent, TaskChange, TaskDraft
from leeward.wire import Request
from leeward.words import _

_BACK = (("prefer", "return=representation"),)


class TaskWriter:
    """Bound to one account, whose owner is known."""

    def __init__(self, run: Run) -> None:
        self._run, self._world, self._ask = run, run.world, run.ask

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make a task, in one request with its key."""
        path = tasks_path(draft.place)
        if path is None:
            raise NotSupported(_("This place has no tasks."), _("Choose a list of To Do or a plan."))
        if plan := list_of(draft.place, PLAN):
            return await self._plan_task(draft, plan, key)
        self._alone(draft.assignees)
        fields = todo.new(draft, key, self._world.zone)
        row = as_object(await self._run.http.send(self._ask.write("POST", path, fields)))
        return self._todo_sent(row, draft.place)

    async def update(self, task: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else did so since `seen`."""
        if found := split(task, 3):
            return await self._update_todo(RemoteId(f"{found[0]}/{found[1]}"), found[2], change, seen)
        name = list_of(task, PLANNER)
        if name is None:
            raise Problem(_("This is no task of To Do or Planner."))
        return await self._update_planner(task, name, change, seen)

    async def find(self, place: RemoteId, key: Key, since: Instant) -> Sent | None:
        """The task with `key`, through all pages.

        Raises `ServiceChanged` where nobody can say that it is not there: pages go in circles, or Planner holds a task
        of ours of that time without the text in which its key would stand.
        """
        walk = Walk()
        bare = False
        is_todo = list_of(place, TODO) is not None
        path = tasks_path(place) or ""
        request = self._ask.get(path, top=MANY, expand="linkedResources") if is_todo else self._ask.get(path)
        async for page in self._run.pages(request, walk):
            for row in page:
                if is_todo and todo.key_of(row, self._world) == key:
                    return self._todo_sent(row, place)
                if is_todo or not self._perhaps(row, since):
                    continue
                if not planner.has_details(row):
                    bare = True
                elif found := await self._carries(row, key):
                    return found
        if not walk.whole:
            raise ServiceChanged(_("Microsoft's pages go in circles."), _("Look into the list yourself."))
        if bare:
            raise ServiceChanged(
                _("A new task of yours in Planner has no text."), _("Look there whether it is this one.")
            )
        return None

    def _alone(self, people: tuple[RemoteId, ...]) -> None:
        if set(people) - {self._world.me}:
            raise Refused(
                _("A task in To Do belongs to its owner alone; nobody can be assigned."),
                _("Choose a plan of Planner, or leave the assignee out."),
            )

    async def _update_todo(self, place: RemoteId, name: str, change: TaskChange, seen: str | None) -> Sent:
        if "assignees" in change.fields:
            self._alone(change.assignees)
        path = f"{tasks_path(place)}/{part(name)}"
        row = await self._before(self._ask_task(path))
        if seen is not None and todo.version(row) != seen:
            raise Conflict(_("It changed in To Do since it was read."))
        fields = todo.changed(change, row, self._world.zone)
        if fields:
            row = as_object(await self._run.http.send(self._ask.write("PATCH", path, fields)))
        return self._todo_sent(row, place)

    async def _update_planner(self, task: RemoteId, name: str, change: TaskChange, seen: str | None) -> Sent:
        path = f"/planner/tasks/{part(name)}"
        etag, hashed = planner.seen_parts(seen or "")
        row = await self._before(self._ask_task(path))
        if seen is not None and text(row.get("@odata.etag")) != etag:
            raise Conflict(_("It changed in Planner since it was read."))
        etag = etag or text(row.get("@odata.etag"))
        details = await self._before(self._ask_task(f"{path}/details"))
        described = text(details.get("description"))
        if "text" in change.fields:
            wanted = planner.rewritten(change, described)
            if wanted != described:
                if hashed and planner.digest(described) != hashed:
                    raise Conflict(_("Its text changed in Planner since it was read."))
                await self._patch(f"{path}/details", text(details.get("@odata.etag")), {"description": wanted})
                described = wanted
                row = await self._run.get(self._ask_task(path))
                etag = text(row.get("@odata.etag"))
        fields = planner.changed(change, row, self._world.zone)
        if fields:
            row = await self._patch(path, etag, fields) or await self._run.get(self._ask_task(path))
        return Sent(task, version=planner.version(row, described))

    async def _plan_task(self, draft: TaskDraft, plan: str, key: Key) -> Sent:
        fields = planner.new(draft, plan, key, self._world.zone)
        described = fields["details"]["description"]
        row = as_object(await self._run.http.send(self._ask.write("POST", "/planner/tasks", fields)))
        name = ident(row.get("id"))
        if name is None:
            raise ServiceChanged(_("Planner did not confirm this."), _("Looking whether it arrived."))
        if not flag(row.get("hasDescription")):
            row = await self._describe(name, described, row)
        return Sent(RemoteId(f"{PLANNER}/{name}"), version=planner.version(row, described))

    async def _describe(self, name: str, described: str, row: Row) -> Row:
        """Write the text by itself where Planner left it out. The task is made: nothing may fail any more."""
        path = f"/planner/tasks/{part(name)}"
        try:
            details = await self._run.get(self._ask_task(f"{path}/details"))
            if text(details.get("description")) != described:
                await self._patch(f"{path}/details", text(details.get("@odata.etag")), {"description": described})
            return await self._run.get(self._ask_task(path))
        except Trouble:
            return row

    async def _patch(self, path: str, etag: str, fields: dict[str, object]) -> Row | None:
        """Change one object that must still be the one with `etag`; 412 and 409 become `Conflict`."""
        headers = (("if-match", etag or "*"), *_BACK)
        response = await self._run.http.send(self._ask.write("PATCH", path, fields, headers=headers))
        return obj(response.json()) if response.status != 204 and response.body else None

    def _perhaps(self, row: Row, since: Instant) -> bool:
        """Whether a task may be one we made since then."""
        born = todo.born(row)
        ours = self._world.somebody(row.get("createdBy")) == self._world.me
        return ours and (born is None or born >= since - SLACK_MS)

    async def _carries(self, row: Row, key: Key) -> Sent | None:
        name = ident(row.get("id")) or ""
        details = await self._run.there(self._ask_task(f"/planner/tasks/{part(name)}/details"))
        described = text(obj(details).get("description"))
        if split_marker(described)[1] != key:
            return None
        return Sent(RemoteId(f"{PLANNER}/{name}"), version=planner.version(row, described))

    def _ask_task(self, path: str) -> Request:
        return self._ask.get(path)

    async def _before(self, request: Request) -> Row:
        """Something that is read before a write: nothing was taken when that fails."""
        try:
            return await self._run.get(request)
        except Trouble as trouble:
            trouble.taken = False
            raise

    def _todo_sent(self, row: Row, place: RemoteId) -> Sent:
        task = todo.task(row, place.partition("/")[2], self._world)
        if task is None:
            raise ServiceChanged(_("To Do did not confirm this."), _("Looking whether it arrived."))
        return Sent(task.id, task.url, task.version)
