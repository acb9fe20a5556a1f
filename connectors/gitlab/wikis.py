"""Writing wiki pages, each with our key in it, and finding them again."""

from __future__ import annotations

from connectors.gitlab.api import pages as read
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, text
from connectors.gitlab.api.outgoing import marker, split_marker
from connectors.gitlab.listing import listed
from connectors.gitlab.talk import as_object
from leeward.errors import Conflict, NotSupported, ServiceChanged
from leeward.model import Key, NoteDraft, RemoteId, Sent
from leeward.ports import Http
from leeward.wire import Response
from leeward.words import _


class Wikis:
    """Bound to one account."""

    def __init__(self, http: Http, ask: Ask) -> None:
        self._http, self._ask = http, ask

    async def create(self, draft: NoteDraft, key: Key) -> Sent:
        """Make a page."""
        fields = {"title": draft.title, "content": signed(draft.text, key), "format": "markdown"}
        post = self._ask.write("POST", f"projects/{_project(draft.place)}/wikis", **fields)
        return _sent(draft.place, await self._http.send(post))

    async def update(self, note: RemoteId, draft: NoteDraft, seen: str | None) -> Sent:
        """Replace a page's text, and its title where that differs; our marker stays in it."""
        at = read.split_wiki(note)
        if at is None:
            raise NotSupported(_("GitLab keeps notes in wikis."), _("Choose a project as the place."))
        get = self._ask.page(*at)
        held = as_object(await self._http.send(get))
        if seen is not None and read.wiki_version(held) != seen:
            raise Conflict(_("It changed at GitLab since it was read."))
        fields: dict[str, object] = {"content": signed(draft.text, split_marker(text(held.get("content")))[1])}
        if draft.title != text(held.get("title")):
            # A page's title is the end of its path: without the rest it would move to the top.
            folder, slash, _name = at[1].rpartition("/")
            fields["title"] = f"{folder}{slash}{draft.title}"
        path = get.url.removeprefix(f"{self._ask.api}/")
        return _sent(RemoteId(at[0]), await self._http.send(self._ask.write("PUT", path, **fields)))

    async def find(self, place: RemoteId, key: Key) -> Sent | None:
        """Read every page; the listing comes whole."""
        response = await self._http.send(self._ask.wiki(RemoteId(_project(place))))
        for row in listed(response):
            if split_marker(text(row.get("content")))[1] == key:
                return _sent_row(place, row)
        return None


def signed(words: str, key: Key | None) -> str:
    """A page with its marker."""
    return "\n\n".join(each for each in (words, marker(key) if key else "") if each)


def _project(place: RemoteId) -> str:
    if not place.isdecimal():
        raise NotSupported(_("GitLab keeps notes in the wikis of projects."), _("Choose a project as the place."))
    return place


def _sent(place: RemoteId, response: Response) -> Sent:
    return _sent_row(place, as_object(response))


def _sent_row(place: RemoteId, row: Row) -> Sent:
    slug = text(row.get("slug"))
    if not slug:
        raise ServiceChanged(_("GitLab did not say which page it made."), _("Looking for it."))
    return Sent(read.wiki_id(place, slug), None, read.wiki_version(row))
