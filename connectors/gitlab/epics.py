"""Writing epics: made in a group, changed like issues, found by their key. Where there is no licence, said in place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, ident, obj, stamp, text, texts
from connectors.gitlab.api.incoming import TIERS, World, is_doing
from connectors.gitlab.api.outgoing import compose, marker, split_marker
from connectors.gitlab.listing import every
from connectors.gitlab.talk import as_object
from leeward.errors import Conflict, Forbidden, Gone, NotSupported, ServiceChanged
from leeward.model import Due, Key, RemoteId, Sent, Status, TaskChange, TaskDraft
from leeward.ports import Http
from leeward.wire import Response
from leeward.words import _
from leeward.zones import wall, zone

DOING_LABEL = "Doing"


class Epics:
    """Bound to one account; `world` knows who we are, `zone_name` is the reader's."""

    def __init__(self, http: Http, world: World, zone_name: str) -> None:
        self._http, self._world, self._zone = http, world, zone_name
        self._ask = Ask(world.api)

    async def create(self, draft: TaskDraft, key: Key) -> Sent:
        """Make an epic. It has no assignees."""
        fields: dict[str, object] = {"title": draft.title, "description": compose(draft.body, key)}
        if draft.labels:
            fields["labels"] = ",".join(draft.labels)
        if draft.due is not None:
            fields |= self._due(draft.due)
        try:
            return _sent(await self._http.send(self._ask.write("POST", f"{draft.place}/epics", **fields)))
        except (Forbidden, Gone) as refused:
            said = _("Epics are not part of this GitLab, or not for you in this group.")
            raise type(refused)(said, _("Make an issue in a project instead.")) from refused

    async def update(self, epic: RemoteId, change: TaskChange, seen: str | None) -> Sent:
        """Change what is named, if nobody else did so since `seen`."""
        response = await self._http.send(self._ask.one(epic))
        row = as_object(response)
        if seen is not None and row.get("updated_at") != seen:
            raise Conflict(_("It changed at GitLab since it was read."))
        if change.assignees and "assignees" in change.fields:
            raise NotSupported(_("An epic is assigned to nobody."), _("Assign its issues."))
        fields = self._fields(row, change)
        if not fields:
            return _sent(response)
        return _sent(await self._http.send(self._ask.write("PUT", epic, **fields)))

    async def find(self, place: RemoteId, key: Key) -> Sent | None:
        """Search by substring, through all pages, and take only our own with exactly this key."""
        search = (("search", key),)
        group = place.removeprefix("groups/")
        async for row in every(self._http, self._ask.epics(group, *search)):
            ours = ident(obj(row.get("author")).get("id")) == self._world.me
            if ours and split_marker(text(row.get("description")))[1] == key:
                return _sent_row(row)
        return None

    def _fields(self, row: Row, change: TaskChange) -> Mapping[str, object]:
        fields: dict[str, object] = {}
        if "title" in change.fields:
            fields["title"] = change.title
        if "text" in change.fields:
            held = split_marker(text(row.get("description")))[1]
            fields["description"] = "\n\n".join(each for each in (change.text, marker(held) if held else "") if each)
        if "due" in change.fields:
            fields |= self._due(change.due)
        if "status" in change.fields:
            closed = text(row.get("state")) == "closed"
            if closed != (change.status is Status.DONE):
                fields["state_event"] = "reopen" if closed else "close"
        held_labels = set(texts(row.get("labels")))
        wanted = _labels(held_labels, change)
        if wanted - held_labels:
            fields["add_labels"] = ",".join(sorted(wanted - held_labels))
        if held_labels - wanted:
            fields["remove_labels"] = ",".join(sorted(held_labels - wanted))
        return fields

    def _due(self, due: Due | None) -> dict[str, object]:
        """An epic's date is its own or its milestones'; ours is its own."""
        if due is None:
            return {"due_date_is_fixed": True, "due_date_fixed": None}
        day = due if isinstance(due, date) else wall(due, zone(self._zone)).date()
        return {"due_date_is_fixed": True, "due_date_fixed": day.isoformat()}


def _labels(held: set[str], change: TaskChange) -> set[str]:
    wanted = set(held)
    if "labels" in change.fields:
        apart = {each for each in held if each.lower() in TIERS or is_doing(each)}
        wanted = set(change.labels) | apart
    if "status" in change.fields:
        doing = {each for each in held if is_doing(each)}
        wanted -= doing
        if change.status is Status.DOING:
            wanted |= doing or {DOING_LABEL}
    return wanted


def _sent(response: Response) -> Sent:
    return _sent_row(as_object(response))


def _sent_row(row: Row) -> Sent:
    group, iid = ident(row.get("group_id")), ident(row.get("iid"))
    if group is None or iid is None:
        raise ServiceChanged(_("GitLab did not say which epic it made."), _("Looking for it."))
    version, url = text(row.get("updated_at")) or None, text(row.get("web_url")) or None
    return Sent(RemoteId(f"groups/{group}/epics/{iid}"), url, version, stamp(row.get("created_at")))
