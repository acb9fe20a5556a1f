"""Writing pages of OneNote: a page has one block of ours, and only that one can be replaced."""

from __future__ import annotations

from connectors.paging import Walk
from connectors.teams.api import notes
from connectors.teams.api.ask import newer
from connectors.teams.api.html_out import page, page_block
from connectors.teams.api.shape import ONENOTE, PAGE, Row, list_of, part
from connectors.teams.pull_notes import PAGES_A_ROUND, content
from connectors.teams.run import Run, as_object
from connectors.teams.writing import SLACK_MS
from leeward.errors import Conflict, NotSupported, Problem, ServiceChanged, Trouble
from leeward.model import Instant, Key, NoteDraft, RemoteId, Sent
from leeward.wire import Request
from leeward.words import _


class NoteWriter:
    """Bound to one account, whose owner is known."""

    def __init__(self, run: Run) -> None:
        self._run, self._ask = run, run.ask

    async def create(self, draft: NoteDraft, key: Key) -> Sent:
        """A new page in a section."""
        section = list_of(draft.place, ONENOTE)
        if section is None:
            raise NotSupported(_("This place has no notes."), _("Choose a section of a OneNote notebook."))
        url = f"{self._ask.base}/me/onenote/sections/{part(section)}/pages"
        body = page(draft.title, draft.text, key).encode()
        row = as_object(
            await self._run.http.send(Request("POST", url, headers=(("content-type", "text/html"),), body=body))
        )
        return self._sent(row)

    async def update(self, note: RemoteId, draft: NoteDraft, seen: str | None) -> Sent:
        """New title and text, if nobody else changed the page since `seen`."""
        name = list_of(note, PAGE)
        if name is None:
            raise Problem(_("This is no page of OneNote."))
        path = f"/me/onenote/pages/{part(name)}"
        block, key = await self._block(path, note, seen)
        commands = [
            {"target": block, "action": "replace", "content": page_block(draft.text, key)},
            {"target": "title", "action": "replace", "content": draft.title},
        ]
        await self._run.http.send(self._ask.write("PATCH", f"{path}/content", commands))
        try:
            return self._sent(await self._run.get(self._ask.get(path)))
        except Trouble:
            # The page is changed; its new version comes with the next pull.
            return Sent(note)

    async def find(self, place: RemoteId, key: Key, since: Instant) -> Sent | None:
        """The page with `key` among those of a section that changed since ten minutes before `since`."""
        section = list_of(place, ONENOTE) or ""
        request = self._ask.get(
            f"/me/onenote/sections/{part(section)}/pages",
            top=PAGES_A_ROUND,
            filter=newer(max(0, since - SLACK_MS), "ge"),
        )
        walk = Walk()
        async for rows in self._run.pages(request, walk):
            for row in rows:
                id = notes.page_id(row)
                if id is None:
                    continue
                response = await self._run.http.send(content(self._run, id))
                found = notes.our_key(response.body.decode("utf-8", "replace"))
                if found == key:
                    return self._sent(row)
        if not walk.whole:
            raise ServiceChanged(_("Microsoft's pages go in circles."), _("Look into the notebook yourself."))
        return None

    async def _block(self, path: str, note: RemoteId, seen: str | None) -> tuple[str, Key]:
        try:
            row = await self._run.get(self._ask.get(path))
            html = await self._run.http.send(content(self._run, note, ids=True))
        except Trouble as trouble:
            trouble.taken = False
            raise
        if seen is not None and notes.version(row) != seen:
            raise Conflict(_("It changed in OneNote since it was read."))
        found = notes.our_block(html.body.decode("utf-8", "replace"))
        if found is None:
            raise NotSupported(
                _("Microsoft Graph cannot replace the text of a page that leeward did not write."),
                _("Change it in OneNote."),
            )
        return found[0], Key(found[1])

    def _sent(self, row: Row) -> Sent:
        id = notes.page_id(row)
        if id is None:
            raise ServiceChanged(_("OneNote did not confirm this."), _("Looking whether it arrived."))
        return Sent(id, notes.address(row), notes.version(row))
