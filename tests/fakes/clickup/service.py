"""The stateful service: workspace, lists, tasks, comments, chat, docs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, TypeAlias
from urllib.parse import unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.clickup import rules, words
from tests.fakes.operations import find

Row: TypeAlias = dict[str, Any]
PAGE = 100
COMMENTS = 25
STATUSES = (("to do", "open"), ("in progress", "custom"), ("shipped", "done"), ("complete", "closed"))
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}


class Refusal(Exception):  # it is an answer, not an error
    def __init__(self, status: int, said: str, code: str = "FAKE_001", **headers: str) -> None:
        super().__init__(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps({"err": said, "ECODE": code}).encode()
        self.answer = Answer(status, body, {"content-type": "application/json", **named})


class ClickUpFake:
    """`token` signs in as user 1. No two stamps are equal; `did` lists what text did, `wrong` what should not be asked.

    `comments_move_tasks`: whether a comment changes its task's stamp, which ClickUp does not promise. `limit`: requests
    a minute. `refuse`: ids that answer 403. `answers`: statuses that the next requests get.
    """

    user = "sam"
    token = "pk_1_FAKETOKENOFSAM"

    def __init__(self, base: str = "https://api.clickup.com", now: Callable[[], int] | None = None) -> None:
        self.base = base
        self.users: dict[int, Row] = {}
        self.tokens: dict[str, int] = {}
        self.teams: dict[str, Row] = {}
        self.spaces: dict[str, Row] = {}
        self.folders: dict[str, Row] = {}
        self.lists: dict[str, Row] = {}
        self.tasks: dict[str, Row] = {}
        self.comments: dict[str, Row] = {}
        self.channels: dict[str, Row] = {}
        self.messages: dict[str, Row] = {}
        self.docs: dict[str, Row] = {}
        self.pages: dict[str, Row] = {}
        self.files: dict[str, bytes] = {}
        self.views: dict[str, Row] = {}
        self.hidden: set[str] = set()
        self.refuse: set[str] = set()
        self.answers: list[int] = []
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.looping = False
        self.comments_move_tasks = False
        self.edits_move_docs = True
        self.limit: int | None = None
        self._asked_at: list[int] = []
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self._last = 0
        self._ids = 1000

    # What tests and seeds do behind the API.

    def stamp(self) -> int:
        self._last = max(self._last + 1, self._now())
        return self._last

    def _id(self, prefix: str = "") -> str:
        self._ids += 1
        return f"{prefix}{self._ids}"

    def add_user(self, name: str, token: str | None = None) -> int:
        number = len(self.users) + 1
        mail = f"{name.partition(' ')[0].lower()}@example.org"
        self.users[number] = {"id": number, "username": name, "email": mail, "color": "#888", "initials": name[:2],
                              "profilePicture": None}  # fmt: skip
        if token:
            self.tokens[token] = number
        return number

    def add_team(self, name: str, members: list[int]) -> str:
        found = self._id("90")
        self.teams[found] = {"id": found, "name": name, "members": members}
        return found

    def add_space(self, team: str, name: str, private: list[int] | None = None) -> str:
        found = self._id()
        self.spaces[found] = {"id": found, "name": name, "team": team, "private": private is not None,
                              "members": private or []}  # fmt: skip
        return found

    def add_folder(self, space: str, name: str) -> str:
        found = self._id()
        self.folders[found] = {"id": found, "name": name, "space": space}
        return found

    def add_list(self, space: str, name: str, folder: str | None = None) -> str:
        found = self._id()
        statuses = [
            {"status": word, "type": kind, "color": "#888", "orderindex": n} for n, (word, kind) in enumerate(STATUSES)
        ]
        self.lists[found] = {"id": found, "name": name, "space": space, "folder": folder, "statuses": statuses,
                             "archived": False}  # fmt: skip
        return found

    def add_task(self, place: str, author: int, title: str, text: str = "", **more: Any) -> Row:
        at = self.stamp()
        found = self._id("86a")
        row: Row = {
            "id": found, "list": place, "name": title, "text": text, "creator": author, "date_created": at,
            "date_updated": at, "status": self.lists[place]["statuses"][0], "assignees": [], "tags": [], "priority": None,
            "due_date": None, "due_date_time": False, "parent": None, "checklists": [], "dependencies": [],
            "linked_tasks": [], **more,
        }  # fmt: skip
        self.tasks[found] = row
        return row

    def add_file(self, task: str, author: int, title: str, data: bytes) -> Row:
        """A file on a task; one of a comment is told by that comment as well."""
        found = self._id("f")
        path = f"/files/{found}/{title}"
        self.files[path] = data
        row: Row = {
            "id": f"{found}.txt", "date": self.stamp(), "title": title, "type": 1, "source": 1, "version": 0,
            "extension": "txt", "is_folder": None, "mimetype": "text/plain", "hidden": False, "parent_id": task,
            "size": len(data), "user": self.users[author], "deleted": False, "url": self.base + path,
        }  # fmt: skip
        self.tasks[task].setdefault("attachments", []).append(row)
        self.tasks[task]["date_updated"] = row["date"]
        return row

    def add_view(self, team: str, name: str, tasks: list[str]) -> str:
        """A list of tasks somebody saved, in its own order."""
        found = self._id("8cv-")
        self.views[found] = {"id": found, "name": name, "type": "list", "team": team, "tasks": tasks}
        return found

    def change_task(self, task: str, **more: Any) -> None:
        self.tasks[task].update(more, date_updated=self.stamp())

    def drop_task(self, task: str) -> None:
        del self.tasks[task]
        self.comments = {id_: row for id_, row in self.comments.items() if row["task"] != task}

    def add_comment(self, task: str, author: int, text: str, root: str | None = None, **more: Any) -> Row:
        at = self.stamp()
        found = self._id("90")
        row: Row = {"id": found, "task": task, "root": root, "text": text, "user": author, "date": at,
                    "resolved": False, "assignee": None, "assigned_by": None, "tagged": [], **more}  # fmt: skip
        self.comments[found] = row
        if self.comments_move_tasks:
            self.tasks[task]["date_updated"] = at
        return row

    def drop_comment(self, comment: str) -> None:
        for each in [id_ for id_, row in self.comments.items() if comment in {id_, row["root"]}]:
            del self.comments[each]

    def add_channel(
        self, team: str, name: str, members: list[int], kind: str = "CHANNEL", *, public: bool = True
    ) -> str:
        found = f"6-{self._id()}-8"
        self.channels[found] = {"id": found, "name": name, "team": team, "members": members, "type": kind,
                                "visibility": "PUBLIC" if public else "PRIVATE", "latest": None}  # fmt: skip
        return found

    def add_message(self, channel: str, author: int, text: str, root: str | None = None, **more: Any) -> Row:
        at = self.stamp()
        found = self._id("80")
        row: Row = {"id": found, "channel": channel, "root": root, "content": text, "user": author, "date": at,
                    "date_updated": None, "type": "message", "resolved": False, **more}  # fmt: skip
        self.messages[found] = row
        self.channels[channel]["latest"] = at
        return row

    def edit_message(self, message: str, text: str) -> None:
        self.messages[message].update(content=text, date_updated=self.stamp())

    def drop_message(self, message: str) -> None:
        for each in [id_ for id_, row in self.messages.items() if message in {id_, row["root"]}]:
            del self.messages[each]

    def add_doc(self, team: str, name: str, author: int, *, public: bool = False) -> str:
        found = f"8cdu-{self._id()}"
        at = self.stamp()
        self.docs[found] = {"id": found, "name": name, "team": team, "creator": author, "public": public,
                            "date_created": at, "date_updated": at}  # fmt: skip
        return found

    def add_page(self, doc: str, author: int, name: str, content: str, parent: str | None = None) -> Row:
        at = self.stamp()
        found = f"8cdu-{self._id()}"
        self.pages[found] = {"id": found, "doc": doc, "name": name, "content": content, "creator_id": author,
                             "date_created": at, "date_updated": at, "parent": parent}  # fmt: skip
        self.docs[doc]["date_updated"] = at
        return self.pages[found]

    def edit_page(self, page: str, **more: Any) -> None:
        at = self.stamp()
        self.pages[page].update(more, date_updated=at)
        if self.edits_move_docs:
            self.docs[self.pages[page]["doc"]]["date_updated"] = at

    # The API.

    def answer(self, asked: Asked) -> Answer:
        try:
            found = self._answer(asked)
        except Refusal as refusal:
            found = refusal.answer
        headers = {"date": formatdate(self._now() / 1000, usegmt=True), **self._rate(), **found.headers}
        return Answer(found.status, found.body, headers)

    def _answer(self, asked: Asked) -> Answer:
        if asked.path in self.files and asked.method == "GET":
            if "authorization" in asked.headers:
                self.wrong.append("a file is fetched without the token")
            return Answer(200, self.files[asked.path], {"content-type": "application/octet-stream"})
        if not asked.path.startswith("/api/"):
            return Answer(404, b"<!DOCTYPE html><html><head><title>Not found</title></head></html>")
        me = self._signed_in(asked)
        self._throttle()
        if self.answers:
            status = self.answers.pop(0)
            raise Refusal(status, f"You wanted {status}")
        found = find(rules.RULES, asked)
        if found is None:
            self.wrong.append(f"{asked.method} {asked.path}: no such operation")
            raise Refusal(404, "Route not found", "APP_001")
        rule, names = found
        fault = rules.fault(rule, asked)
        if fault:
            self.wrong.append(f"{asked.method} {asked.path}: {fault}")
            raise Refusal(400, fault, "INPUT_001")
        names = {name: unquote(value) for name, value in names.items()}
        if self.refuse & set(names.values()):
            raise Refusal(403, "You do not have access", "ACCESS_083")
        self._exists(names)
        body = json.loads(asked.body) if rule.fields is not None else {}
        for name in ("name", "comment_text", "content", "markdown_content", "description"):
            self.did += words.acts(body.get(name) or "")
        handle: Callable[[Asked, dict[str, str], Row, int], Answer] = getattr(self, f"_do_{rule.name}")
        return handle(asked, names, body, me)

    def _signed_in(self, asked: Asked) -> int:
        known = self.tokens.get(asked.headers.get("authorization", ""))
        if known is None:
            raise Refusal(401, "Token invalid", "OAUTH_025")
        return known

    def _rate(self) -> dict[str, str]:
        if self.limit is None:
            return {}
        left = max(0, self.limit - len(self._asked_at))
        reset = ((self._asked_at[0] if self._asked_at else self._now()) + 60_000) // 1000
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(reset),
        }

    def _throttle(self) -> None:
        if self.limit is None:
            return
        now = self._now()
        self._asked_at = [each for each in self._asked_at if each > now - 60_000]
        if len(self._asked_at) >= self.limit:
            raise Refusal(429, "Rate limit reached", "APP_002")
        self._asked_at.append(now)

    def _exists(self, names: dict[str, str]) -> None:
        held = {"team": self.teams, "space": self.spaces, "folder": self.folders, "list": self.lists,
                "task": self.tasks, "comment": self.comments, "channel": self.channels, "message": self.messages,
                "doc": self.docs, "page": self.pages, "view": self.views}  # fmt: skip
        for name, value in names.items():
            if name in held and value not in held[name]:
                raise Refusal(404, f"{name.title()} not found", "ITEM_015")

    def _do_user(self, _asked: Asked, _names: Row, _body: Row, me: int) -> Answer:
        return _ok({"user": {**self.users[me], "timezone": "Europe/Amsterdam", "week_start_day": 1}})

    def _do_teams(self, _asked: Asked, _names: Row, _body: Row, me: int) -> Answer:
        listed = [
            {**row, "color": "#888", "avatar": None, "members": [{"user": self.users[each]} for each in row["members"]]}
            for row in self.teams.values()
            if me in row["members"]
        ]
        return _ok({"teams": listed})

    def _do_spaces(self, _asked: Asked, names: Row, _body: Row, me: int) -> Answer:
        seen = [row for row in self.spaces.values() if row["team"] == names["team"]]
        listed = []
        for row in seen:
            if row["private"] and me not in row["members"]:
                continue
            members = [{"user": self.users[each]} for each in row["members"]]
            more = {"members": members} if row["private"] else {}
            listed.append({"id": row["id"], "name": row["name"], "private": row["private"], "archived": False,
                           "statuses": [], "multiple_assignees": True, "features": {}, **more})  # fmt: skip
        return _ok({"spaces": listed})

    def _do_folders(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = []
        for row in self.folders.values():
            if row["space"] == names["space"]:
                inside = [self._list_row(each) for each in self.lists.values() if each["folder"] == row["id"]]
                listed.append({**row, "hidden": False, "override_statuses": False, "lists": inside,
                               "space": {"id": row["space"], "name": self.spaces[row["space"]]["name"]}})  # fmt: skip
        return _ok({"folders": listed})

    def _do_lists(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        return _ok({"lists": [self._list_row(row) for row in self.lists.values() if row["folder"] == names["folder"]]})

    def _do_bare_lists(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        seen = [row for row in self.lists.values() if row["space"] == names["space"] and row["folder"] is None]
        return _ok({"lists": [self._list_row(row) for row in seen]})

    def _do_list(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        row = self.lists[names["list"]]
        return _ok({**self._list_row(row), "statuses": row["statuses"]})

    def _list_row(self, row: Row) -> Row:
        return {"id": row["id"], "name": row["name"], "archived": row["archived"], "permission_level": "create",
                "folder": self._folder_of(row), "space": {"id": row["space"], "name": self.spaces[row["space"]]["name"]},
                "content": "", "status": None, "override_statuses": False}  # fmt: skip

    def _folder_of(self, row: Row) -> Row:
        if row["folder"] is None:
            return {"id": f"h{row['id']}", "name": "hidden", "hidden": True, "access": True}
        return {"id": row["folder"], "name": self.folders[row["folder"]]["name"], "hidden": False, "access": True}

    def _do_team_tasks(self, asked: Asked, names: Row, _body: Row, me: int) -> Answer:
        lists = [row["id"] for row in self.lists.values() if self._sees(row, names["team"], me)]
        listed = [row for row in self.tasks.values() if row["list"] in lists and row["id"] not in self.hidden]
        answer = self._tasks(asked, listed)
        del answer["last_page"]
        return _ok(answer)

    def _do_list_tasks(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [row for row in self.tasks.values() if row["list"] == names["list"] and row["id"] not in self.hidden]
        return _ok(self._tasks(asked, listed))

    def _sees(self, row: Row, team: str, me: int) -> bool:
        space = self.spaces[row["space"]]
        return bool(space["team"] == team and (not space["private"] or me in space["members"]))

    def _tasks(self, asked: Asked, listed: list[Row]) -> Row:
        subtasks, closed = asked.first("subtasks") == "true", asked.first("include_closed") == "true"
        listed = [
            row for row in listed if (subtasks or not row["parent"]) and (closed or row["status"]["type"] != "closed")
        ]
        if not self.looping:
            for name in ("date_updated", "date_created"):
                after, before = asked.first(f"{name}_gt"), asked.first(f"{name}_lt")
                listed = [row for row in listed if (after is None or row[name] > int(after))]
                listed = [row for row in listed if (before is None or row[name] < int(before))]
        order = {"updated": "date_updated", "created": "date_created"}.get(asked.first("order_by") or "", "id")
        listed.sort(key=lambda row: (row[order], row["id"]), reverse=asked.first("reverse") != "true")
        page = 0 if self.looping else int(asked.first("page") or 0)
        shown = listed[page * PAGE : (page + 1) * PAGE]
        markdown = asked.first("include_markdown_description") == "true"
        last = not self.looping and len(listed) <= (page + 1) * PAGE
        return {"tasks": [self._task_row(row, markdown=markdown) for row in shown], "last_page": last}

    def _task_row(self, row: Row, *, markdown: bool = True) -> Row:
        place = self.lists[row["list"]]
        number = row["priority"]
        priority = None if number is None else {"id": str(number), "priority": PRIORITIES[number], "color": "#888",
                                                "orderindex": str(number)}  # fmt: skip
        more = {"markdown_description": row["text"]} if markdown else {}
        return {
            "id": row["id"], "custom_id": None, "name": row["name"], "text_content": row["text"],
            "description": row["text"], **more, "status": row["status"], "orderindex": "1.0",
            "date_created": str(row["date_created"]), "date_updated": str(row["date_updated"]), "date_closed": None,
            "creator": self.users[row["creator"]], "assignees": [self.users[each] for each in row["assignees"]],
            "watchers": [], "tags": [{"name": each, "tag_fg": "#fff", "tag_bg": "#000"} for each in row["tags"]],
            "checklists": row["checklists"], "dependencies": row["dependencies"], "linked_tasks": row["linked_tasks"],
            "parent": row["parent"], "priority": priority, "start_date": None, "points": None, "time_estimate": None,
            "due_date": None if row["due_date"] is None else str(row["due_date"]), "custom_fields": [],
            "list": {"id": place["id"], "name": place["name"], "access": True}, "folder": self._folder_of(place),
            "space": {"id": place["space"]}, "url": f"https://app.clickup.com/t/{row['id']}",
        }  # fmt: skip

    def _do_task(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        markdown = asked.first("include_markdown_description") == "true"
        row = self.tasks[names["task"]]
        return _ok({**self._task_row(row, markdown=markdown), "attachments": row.get("attachments", [])})

    def _do_attach(self, asked: Asked, names: Row, _body: Row, me: int) -> Answer:
        boundary = asked.headers.get("content-type", "").partition("boundary=")[2].encode()
        head, _blank, rest = asked.body.partition(b"\r\n\r\n")
        name = head.partition(b'name="attachment"; filename="')[2].partition(b'"')[0].decode()
        if not boundary or not name:
            raise Refusal(400, "No attachment supplied", "GBUSED_005")
        data = rest.rpartition(b"\r\n--" + boundary)[0]
        row = self.add_file(names["task"], me, unquote(name), data)
        return _ok({**row, "thumbnail_small": None, "thumbnail_large": None})

    def _do_views(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [self._view_row(row) for row in self.views.values() if row["team"] == names["team"]]
        return _ok({"views": listed, "required_views": {}})

    def _do_space_views(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [self._view_row(row) for row in self.views.values() if row["team"] == names["space"]]
        return _ok({"views": listed, "required_views": {}})

    def _do_view(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        return _ok({"view": self._view_row(self.views[names["view"]])})

    def _do_view_tasks(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        page, size = int(asked.first("page") or 0), 30
        shown = [self.tasks[each] for each in self.views[names["view"]]["tasks"] if each in self.tasks]
        start = 0 if self.looping else page * size
        rows_ = [self._task_row(row, markdown=False) for row in shown[start : start + size]]
        return _ok({"tasks": rows_, "last_page": not self.looping and start + size >= len(shown)})

    def _view_row(self, row: Row) -> Row:
        return {"id": row["id"], "name": row["name"], "type": row["type"], "parent": {"id": row["team"], "type": 7},
                "filters": {}, "visibility": "public"}  # fmt: skip

    def _do_create(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        text = body.pop("markdown_content", None) or body.pop("description", "")
        body.pop("notify_all", None)
        row = self.add_task(names["list"], me, body.pop("name"), text)
        created = row["date_updated"]
        self._set(row, body)
        row["date_updated"] = created
        return _ok(self._task_row(row))

    def _do_update(self, _asked: Asked, names: Row, body: Row, _me: int) -> Answer:
        row = self.tasks[names["task"]]
        people = body.pop("assignees", None)
        if people:
            kept = [each for each in row["assignees"] if each not in people["rem"]]
            row["assignees"] = list(dict.fromkeys([*kept, *people["add"]]))
        if "markdown_content" in body:
            row["text"] = body.pop("markdown_content").strip(" ")
        self._set(row, body)
        row["date_updated"] = self.stamp()
        return _ok(self._task_row(row))

    def _set(self, row: Row, body: Row) -> None:
        if "status" in body:
            word = body.pop("status").lower()
            found = next((each for each in self.lists[row["list"]]["statuses"] if each["status"] == word), None)
            if found is None:
                raise Refusal(400, "Status not found", "ITEM_114")
            row["status"] = found
        if "tags" in body:
            body["tags"] = [each.lower() for each in body["tags"]]
        row.update(body)

    def _do_delete(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        self.drop_task(names["task"])
        return Answer(204)

    def _do_add_tag(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        row = self.tasks[names["task"]]
        row["tags"] = list(dict.fromkeys([*row["tags"], names["tag"].lower()]))
        row["date_updated"] = self.stamp()
        return _ok({})

    def _do_drop_tag(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        row = self.tasks[names["task"]]
        row["tags"] = [each for each in row["tags"] if each != names["tag"].lower()]
        row["date_updated"] = self.stamp()
        return _ok({})

    def _do_comments(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [row for row in self.comments.values() if row["task"] == names["task"] and row["root"] is None]
        listed.sort(key=lambda row: (row["date"], row["id"]), reverse=True)
        start = asked.first("start")
        if start is not None and not self.looping:
            oldest = (int(start), asked.first("start_id") or "")
            listed = [row for row in listed if (row["date"], row["id"]) < oldest]
        return _ok({"comments": [self._comment_row(row) for row in listed[:COMMENTS]]})

    def _comment_row(self, row: Row) -> Row:
        below = sum(1 for each in self.comments.values() if each["root"] == row["id"])
        parts: list[Row] = [{"text": row["text"]}]
        parts += [{"type": "attachment", "text": each["title"], "attachment": each} for each in row.get("files", ())]
        parts += [{"type": "tag", "text": "@somebody", "user": self.users[each]} for each in row["tagged"]]
        people = {name: self.users[row[name]] if row[name] else None for name in ("user", "assignee", "assigned_by")}
        return {"id": row["id"], "comment": parts, "comment_text": row["text"], **people, "resolved": row["resolved"],
                "reactions": [], "date": str(row["date"]), "reply_count": below}  # fmt: skip

    def _do_add_comment(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        row = self.add_comment(names["task"], me, body["comment_text"], assignee=body.get("assignee"))
        return _ok({"id": int(row["id"]), "hist_id": self._id("h"), "date": row["date"]})

    def _do_replies(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [row for row in self.comments.values() if row["root"] == names["comment"]]
        return _ok({"comments": [self._comment_row(row) for row in listed]})

    def _do_add_reply(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        root = self.comments[names["comment"]]
        if root["root"] is not None:
            raise Refusal(400, "Answers have no answers", "COMM_009")
        self.add_comment(root["task"], me, body["comment_text"], root["id"])
        # The description calls this answer an object and names nothing in it.
        return _ok({})

    def _do_edit_comment(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        row = self.comments[names["comment"]]
        if row["user"] != me:
            raise Refusal(403, "Not your comment", "ACCESS_083")
        row.update(text=body["comment_text"], resolved=body["resolved"], assignee=body.get("assignee"))
        return _ok({})

    def _do_drop_comment(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        self.drop_comment(names["comment"])
        return _ok({})

    def _do_channels(self, asked: Asked, names: Row, _body: Row, me: int) -> Answer:
        since = int(asked.first("with_comment_since") or 0)
        seen = [row for row in self.channels.values() if row["team"] == names["team"] and me in row["members"]]
        listed = [self._channel_row(row) for row in seen if not since or (row["latest"] or 0) >= since]
        return self._v3(asked, listed)

    def _channel_row(self, row: Row) -> Row:
        latest = {} if row["latest"] is None else {"latest_comment_at": str(row["latest"])}
        return {"id": row["id"], "name": row["name"], "type": row["type"], "visibility": row["visibility"],
                "parent": {"id": row["team"], "type": 7}, "creator": "1", "created_at": "0", "updated_at": "0",
                "workspace_id": row["team"], "archived": False, "links": {"members": "", "followers": ""}, **latest}  # fmt: skip

    def _do_channel_members(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [{"id": str(each), "name": self.users[each]["username"], **{n: self.users[each][n] for n in ("email", "username")}}
                  for each in self.channels[names["channel"]]["members"]]  # fmt: skip
        return self._v3(asked, listed)

    def _do_messages(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [row for row in self.messages.values() if row["channel"] == names["channel"] and row["root"] is None]
        return self._v3(asked, [self._message_row(row) for row in reversed(listed)])

    def _do_chat_replies(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [row for row in self.messages.values() if row["root"] == names["message"]]
        return self._v3(asked, [self._message_row(row) for row in reversed(listed)])

    def _message_row(self, row: Row) -> Row:
        below = sum(1 for each in self.messages.values() if each["root"] == row["id"])
        names = (
            "date_updated",
            "assignee",
            "assigned_by",
            "triaged_action",
            "triaged_object_id",
            "triaged_object_type",
        )
        more = {name: row[name] for name in names if row.get(name) is not None}
        more |= {"parent_message": row["root"]} if row["root"] else {"replies_count": below}
        return {"id": row["id"], "type": row["type"], "content": row["content"], "date": row["date"],
                "user_id": str(row["user"]), "resolved": row["resolved"], "parent_channel": row["channel"],
                "links": {"reactions": "", "replies": "", "tagged_users": ""}, **more}  # fmt: skip

    def _do_say(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        return self._said(names["channel"], None, body, me)

    def _do_say_below(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        return self._said(self.messages[names["message"]]["channel"], names["message"], body, me)

    def _said(self, channel: str, root: str | None, body: Row, me: int) -> Answer:
        body.pop("content_format", None)
        row = self.add_message(channel, me, body.pop("content"), root, **body)
        return _ok(self._message_row(row), 201)

    def _do_reactions(self, asked: Asked, _names: Row, _body: Row, _me: int) -> Answer:
        return self._v3(asked, [])

    def _do_edit_message(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        row = self.messages[names["message"]]
        if row["user"] != me:
            raise Refusal(403, "Not your message", "ACCESS_083")
        self.edit_message(row["id"], body["content"])
        return _ok(self._message_row(row))

    def _do_drop_message(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        self.drop_message(names["message"])
        return Answer(204)

    def _v3(self, asked: Asked, listed: list[Row]) -> Answer:
        start, limit = self._window(asked.first("cursor"), asked.first("limit"))
        more = len(listed) > start + limit or self.looping
        return _ok({"data": listed[start : start + limit], "next_cursor": str(start + limit) if more else ""})

    def _window(self, cursor: str | None, limit: str | None) -> tuple[int, int]:
        start = int(cursor or 0)
        return (0 if self.looping else start), int(limit or 50)

    def _do_docs(self, asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        listed = [
            {"id": row["id"], "name": row["name"], "date_created": row["date_created"], "creator": row["creator"],
             "date_updated": row["date_updated"], "type": 1, "parent": {"id": row["team"], "type": 12}, "deleted": False,
             "public": row["public"], "workspace_id": int(row["team"]), "archived": False}
            for row in self.docs.values() if row["team"] == names["team"]
        ]  # fmt: skip
        start, limit = self._window(asked.first("next_cursor"), asked.first("limit"))
        more = len(listed) > start + limit or self.looping
        return _ok({"docs": listed[start : start + limit], "next_cursor": str(start + limit) if more else ""})

    def _do_pages(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        return _ok(self._pages_below(names["doc"], None))

    def _pages_below(self, doc: str, parent: str | None) -> list[Row]:
        seen = [row for row in self.pages.values() if row["doc"] == doc and row["parent"] == parent]
        return [{**self._page_row(row), "pages": self._pages_below(doc, row["id"])} for row in seen]

    def _page_row(self, row: Row) -> Row:
        return {"id": row["id"], "doc_id": row["doc"], "workspace_id": 1, "name": row["name"], "content": row["content"],
                "date_created": row["date_created"], "date_updated": row["date_updated"],
                "creator_id": row["creator_id"], "deleted": False, "archived": False, "authors": [row["creator_id"]]}  # fmt: skip

    def _do_page(self, _asked: Asked, names: Row, _body: Row, _me: int) -> Answer:
        return _ok(self._page_row(self.pages[names["page"]]))

    def _do_add_page(self, _asked: Asked, names: Row, body: Row, me: int) -> Answer:
        row = self.add_page(names["doc"], me, body.get("name", ""), body.get("content", ""), body.get("parent_page_id"))
        return _ok(self._page_row(row), 201)

    def _do_edit_page(self, _asked: Asked, names: Row, body: Row, _me: int) -> Answer:
        self.edit_page(names["page"], **{name: body[name] for name in ("name", "content") if name in body})
        return _ok({})


def _ok(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json"})
