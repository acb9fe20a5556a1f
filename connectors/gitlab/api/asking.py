"""The requests GitLab is asked, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct

from connectors.gitlab.api.hostile import iso
from connectors.gitlab.api.incoming import Sort, path_of
from connectors.multipart import form
from leeward.model import Instant, Key, RemoteId
from leeward.ports import Upload
from leeward.wire import Request, json_request

PAGE = ("per_page", "100")
FILE_BYTES = 64 * 1024 * 1024


class Ask(Struct, frozen=True):
    """Builds requests for one server; `api` ends in /api/v4."""

    api: str

    def get(self, path: str, *params: tuple[str, str]) -> Request:
        """Read `path`."""
        return Request("GET", f"{self.api}/{path}", params)

    def project(self, named: str) -> Request:
        """One project by its id or path."""
        return self.get(f"projects/{quote(named.strip('/'), safe='')}")

    def projects(self) -> Request:
        """Every project the owner is a member of."""
        order = (("order_by", "id"), ("sort", "asc"), ("pagination", "keyset"))
        return self.get("projects", ("membership", "true"), *order, PAGE)

    def members(self, project: RemoteId) -> Request:
        """Who can read a private project, inherited members too."""
        return self.get(f"projects/{project}/members/all", PAGE)

    def changed(self, project: RemoteId, sort: Sort, after: Instant | None) -> Request:
        """What changed since, oldest change first. Without `scope=all` only the owner's own would come."""
        since = (("updated_after", iso(after)),) if after is not None else ()
        order = (("scope", "all"), ("order_by", "updated_at"), ("sort", "asc"))
        return self.get(f"projects/{project}/{sort}", *order, *since, PAGE)

    def some(self, project: RemoteId, sort: Sort, iids: Iterable[str]) -> Request:
        """These issues or merge requests only."""
        return self.get(f"projects/{project}/{sort}", ("scope", "all"), *(("iids[]", each) for each in iids), PAGE)

    def one(self, thread: RemoteId) -> Request:
        """One issue, merge request or epic; its id is its path."""
        return self.get(path_of(thread))

    def boards(self, project: RemoteId) -> Request:
        """Issue boards with their columns."""
        return self.get(f"projects/{project}/boards", PAGE)

    def wiki(self, project: RemoteId) -> Request:
        """Every page of a wiki with its text: this listing has no pages of its own."""
        params = (("with_content", "1"),)
        return Request("GET", f"{self.api}/projects/{project}/wikis", params, max_bytes=FILE_BYTES, timeout_s=120.0)

    def wiki_events(self, project: RemoteId) -> Request:
        """When wiki pages were written, newest first: the pages themselves do not tell."""
        return self.get(f"projects/{project}/events", ("target_type", "wiki"), PAGE)

    def page(self, project: str, slug: str) -> Request:
        """One wiki page."""
        return self.get(f"projects/{project}/wikis/{quote(slug, safe='')}")

    def group(self, path: str) -> Request:
        """One group by its path."""
        return self.get(f"groups/{quote(path, safe='')}", ("with_projects", "false"))

    def epics(self, group: str, *params: tuple[str, str]) -> Request:
        """Epics of a group and of those below it, oldest change first."""
        order = (("order_by", "updated_at"), ("sort", "asc"))
        return self.get(f"groups/{group}/epics", *order, *params, PAGE)

    def awards(self, thread: RemoteId, note: RemoteId | None) -> str:
        """The path of the emoji at an issue, a merge request, or a note of one."""
        return f"{path_of(thread)}/" + (f"notes/{note}/" if note else "") + "award_emoji"

    def discussions(self, path: str) -> Request:
        """All lines of an issue, merge request or epic by its path. `/notes` would leave out answers."""
        return self.get(f"{path}/discussions", PAGE)

    def todos(self, state: str) -> Request:
        """What waits for the owner, or was finished."""
        return self.get("todos", ("state", state), PAGE)

    def search(self, project: RemoteId, key: Key) -> Request:
        """Issues whose description holds the key."""
        order = (("scope", "all"), ("order_by", "created_at"), ("sort", "asc"))
        return self.get(f"projects/{project}/issues", ("search", key), ("in", "description"), *order, PAGE)

    def write(self, method: str, path: str, **fields: object) -> Request:
        """POST or PUT `fields` as JSON."""
        return json_request(method, f"{self.api}/{path}", fields)

    def upload(self, project: RemoteId, upload: Upload) -> Request:
        """Send a file; the answer holds the Markdown that shows it."""
        kind, body = form("file", upload)
        return Request("POST", f"{self.api}/projects/{project}/uploads", headers=(kind,), body=body, timeout_s=120.0)

    def file(self, url: str) -> Request:
        """An attachment."""
        return Request("GET", url, headers=(("accept", "*/*"),), max_bytes=FILE_BYTES, timeout_s=120.0)
