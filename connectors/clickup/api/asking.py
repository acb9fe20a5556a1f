"""The requests ClickUp is asked, as plain data. v2 holds tasks and comments, v3 chat and docs."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from connectors.multipart import form
from leeward.model import Instant
from leeward.ports import Upload
from leeward.wire import Request, json_request

FILE_BYTES = 100 * 1024**2
TASK_PAGE = 100
COMMENT_PAGE = 25
"""Neither can be asked for in another size."""

MARKDOWN = ("content_format", "text/md")
_LIMIT = ("limit", "100")


class ChatAt(Struct, frozen=True):
    """Where a chat line, channel or thread is, out of an id such as `90/chat/6-901/801`."""

    workspace: str
    channel: str
    root: str | None = None


def chat_at(place: str) -> ChatAt | None:
    """Read a channel's or chat thread's id; None for a list or a task."""
    match place.split("/"):
        case [workspace, "chat", channel]:
            return ChatAt(workspace, channel)
        case [workspace, "chat", channel, root]:
            return ChatAt(workspace, channel, root)
    return None


def doc_at(place: str) -> tuple[str, str, str | None] | None:
    """Workspace, doc and page out of a doc's or page's id; None for anything else."""
    match place.split("/"):
        case [workspace, "doc", doc]:
            return workspace, doc, None
        case [workspace, "doc", doc, page]:
            return workspace, doc, page
    return None


class Ask(Struct, frozen=True):
    """Builds requests; `api` ends in /api."""

    api: str

    def get(self, path: str, *params: tuple[str, str]) -> Request:
        """Read `path`."""
        return Request("GET", f"{self.api}/{path}", params)

    def write(self, method: str, path: str, **fields: object) -> Request:
        """POST, PUT or PATCH `fields` as JSON."""
        return json_request(method, f"{self.api}/{path}", fields)

    def delete(self, path: str) -> Request:
        """DELETE without a body."""
        return Request("DELETE", f"{self.api}/{path}")

    def changed(self, team: str, after: Instant | None, before: Instant | None, page: int) -> Request:
        """Tasks of a whole workspace, newest change first, subtasks and closed ones too."""
        params = [("order_by", "updated"), ("subtasks", "true"), ("include_closed", "true")]
        params += [("include_markdown_description", "true"), ("page", str(page))]
        params += [("date_updated_gt", str(after))] if after is not None else []
        params += [("date_updated_lt", str(before))] if before is not None else []
        return self.get(f"v2/team/{team}/task", *params)

    def task(self, task: str) -> Request:
        """One task with its description as Markdown."""
        return self.get(f"v2/task/{task}", ("include_markdown_description", "true"))

    def attach(self, task: str, upload: Upload) -> Request:
        """Put a file on a task."""
        kind, body = form("attachment", upload)
        url = f"{self.api}/v2/task/{task}/attachment"
        return Request("POST", url, headers=(kind,), body=body, timeout_s=300.0)

    def file(self, url: str) -> Request:
        """What is attached, without the token: whoever knows the address may read it."""
        return Request("GET", url, headers=(("accept", "*/*"),), auth=False, timeout_s=300.0, max_bytes=FILE_BYTES)

    def listed(self, place: str, page: int) -> Request:
        """Tasks of one list, newest made first."""
        flags = (("subtasks", "true"), ("include_closed", "true"), ("include_markdown_description", "true"))
        return self.get(f"v2/list/{place}/task", ("order_by", "created"), *flags, ("page", str(page)))

    def comments(self, task: str, oldest: tuple[str, Instant] | None) -> Request:
        """The newest comments, or those before the oldest one seen: both of its marks are needed."""
        start = () if oldest is None else (("start", str(oldest[1])), ("start_id", oldest[0]))
        return self.get(f"v2/task/{task}/comment", *start)

    def replies(self, comment: str) -> Request:
        """Every answer to a comment."""
        return self.get(f"v2/comment/{comment}/reply")

    def channels(self, workspace: str, since: Instant | None, cursor: str) -> Request:
        """Channels the owner follows, all or those with a line since."""
        moved = (("with_comment_since", str(since)),) if since is not None else ()
        path = f"v3/workspaces/{workspace}/chat/channels"
        return self.get(path, ("is_follower", "true"), *moved, _LIMIT, *_next(cursor))

    def channel_members(self, workspace: str, channel: str, cursor: str) -> Request:
        """Who can read a channel."""
        return self.get(f"v3/workspaces/{workspace}/chat/channels/{channel}/members", _LIMIT, *_next(cursor))

    def messages(self, workspace: str, channel: str, cursor: str) -> Request:
        """Lines of a channel, newest first, without answers."""
        path = f"v3/workspaces/{workspace}/chat/channels/{channel}/messages"
        return self.get(path, _LIMIT, MARKDOWN, *_next(cursor))

    def chat_replies(self, workspace: str, root: str, cursor: str) -> Request:
        """Answers to a chat line."""
        return self.get(f"v3/workspaces/{workspace}/chat/messages/{root}/replies", _LIMIT, MARKDOWN, *_next(cursor))

    def is_there(self, workspace: str, message: str) -> Request:
        """The cheapest question that fails for a chat line that was deleted: there is none for the line itself."""
        return self.get(f"v3/workspaces/{workspace}/chat/messages/{message}/reactions", ("limit", "1"))

    def docs(self, workspace: str, cursor: str) -> Request:
        """Docs that are neither deleted nor archived."""
        gone = (("deleted", "false"), ("archived", "false"))
        after = (("next_cursor", cursor),) if cursor else ()
        return self.get(f"v3/workspaces/{workspace}/docs", *gone, _LIMIT, *after)

    def pages(self, workspace: str, doc: str) -> Request:
        """Every page of a doc with its text, nested ones too."""
        return self.get(f"v3/workspaces/{workspace}/docs/{doc}/pages", ("max_page_depth", "-1"), MARKDOWN)

    def page(self, workspace: str, doc: str, page: str) -> Request:
        """One page."""
        return self.get(f"v3/workspaces/{workspace}/docs/{doc}/pages/{page}", MARKDOWN)

    def tag(self, method: str, task: str, name: str) -> Request:
        """Put a tag on a task or take it off."""
        path = f"v2/task/{task}/tag/{quote(name, safe='')}"
        return self.write(method, path) if method == "POST" else self.delete(path)


def _next(cursor: str) -> tuple[tuple[str, str], ...]:
    return (("cursor", cursor),) if cursor else ()
