"""The requests Basecamp is asked, as plain data."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from connectors.basecamp.api.ids import ROUTES, split
from leeward.wire import Request, json_request

ACCEPT = ("accept", "application/json")
HOME = "https://3.basecampapi.com"
FILES_S = 300.0
MAX_FILE = 100 * 1024**2
_JSON = (ACCEPT,)


def authorization(base: str) -> Request:
    """Who signed in, until when, and at which accounts, of a gateway that answers for the sign-in host as well."""
    return Request("GET", f"{base}/authorization.json", headers=_JSON)


class Ask(Struct, frozen=True):
    """Builds requests; `api` ends in the account's number."""

    api: str

    def get(self, path: str, *params: tuple[str, str], etag: str | None = None) -> Request:
        """Read `path`; with an `etag`, 304 is an answer too."""
        known = (("if-none-match", etag),) if etag else ()
        return Request(
            "GET",
            f"{self.api}/{path}",
            params,
            headers=(ACCEPT, *known),
            expect=frozenset({304}) if etag else frozenset(),
        )

    def write(self, method: str, path: str, **fields: object) -> Request:
        """POST or PUT `fields` as JSON."""
        return json_request(method, f"{self.api}/{path}", fields, headers=(ACCEPT,))

    def bare(self, method: str, path: str) -> Request:
        """POST, PUT or DELETE without a body; the first two name a content type all the same, as Basecamp's guide asks."""
        typed = () if method == "DELETE" else (("content-type", "application/json"),)
        return Request(method, f"{self.api}/{path}", headers=(ACCEPT, *typed))

    def upload(self, path: str, name: str, data: bytes, media_type: str) -> Request:
        """A file as it is, its name in the address."""
        return Request(
            "POST",
            f"{self.api}/{path}",
            (("name", name),),
            headers=(ACCEPT, ("content-type", media_type)),
            body=data,
            timeout_s=FILES_S,
        )

    def recordings(self, type: str, status: str, etag: str | None = None) -> Request:
        """Every recording of a type in all projects, newest change first."""
        order = (("sort", "updated_at"), ("direction", "desc"))
        return self.get("projects/recordings.json", ("type", type), ("status", status), *order, etag=etag)

    def one(self, remote: str) -> Request | None:
        """One recording by itself; None for what has no address of its own."""
        word, found = split(remote)
        return self.get(f"{ROUTES[word]}/{found}") if word in ROUTES else None

    def comments(self, recording: str) -> Request:
        """Every comment of one recording."""
        return self.get(f"recordings/{recording}/comments.json")

    def lines(self, chat: str, sort: str, etag: str | None = None) -> Request:
        """Lines of a chat, newest first by `sort`."""
        return self.get(f"chats/{chat}/lines.json", ("sort", sort), ("direction", "desc"), etag=etag)

    def upcoming(self, since: date, until: date) -> Request:
        """What the schedules of all projects hold between two days, repeating entries resolved."""
        window = (("window_starts_on", since.isoformat()), ("window_ends_on", until.isoformat()))
        return self.get("reports/schedules/upcoming.json", *window)

    def status(self, recording: str, status: str) -> Request:
        """Move a recording to the trash, the archive or back."""
        return self.bare("PUT", f"recordings/{recording}/status/{status}.json")
