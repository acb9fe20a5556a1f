"""The stateful service: projects, members, issues, merge requests, discussions, to-dos, labels, uploads."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, TypeAlias
from urllib.parse import unquote, urlencode

from tests.fakes.base import Answer, Asked
from tests.fakes.gitlab import rules, words
from tests.fakes.gitlab.more import More
from tests.fakes.operations import find

Row: TypeAlias = dict[str, Any]
TOTAL_LIMIT = 10_000
MAX_TITLE = 255
NOTEABLE = {"issues": "Issue", "merge_requests": "MergeRequest", "epics": "Epic"}


class Refusal(Exception):  # it is an answer, not an error
    def __init__(self, status: int, message: object, **headers: str) -> None:
        super().__init__(status)
        self.answer = Answer(status, json.dumps({"message": message}).encode(), _json(**headers))


class GitLabFake(More):
    """`token` signs in as user 1. `now` moves by `tick_ms` a write, so that stamps differ; `did` lists what text did."""

    user = "sam"
    token = "glpat-fake-token-of-sam"

    def __init__(self, base: str = "https://gitlab.example.org", now: Callable[[], int] | None = None) -> None:
        super().__init__()
        self.base = base
        self.users: dict[int, Row] = {}
        self.tokens: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.projects: dict[int, Row] = {}
        self.members: dict[int, list[int]] = {}
        self.things: dict[tuple[int, str, int], Row] = {}
        self.threads: dict[tuple[int, str, int], list[Row]] = {}
        self.labels: dict[int, list[str]] = {}
        self.waiting: list[Row] = []
        self.statuses: dict[int, Row] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.answers: list[int] = []
        self.looping = False
        self.hidden: set[tuple[int, str, int]] = set()
        self.limit: tuple[int, int] | None = None
        self._asked_at: list[int] = []
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self._last = 0
        self._ids = 100

    # What tests and seeds do behind the API.

    def add_user(self, name: str, handle: str, token: str | None = None, scopes: tuple[str, ...] = ("api",)) -> int:
        number = len(self.users) + 1
        self.users[number] = {
            "id": number, "username": handle, "name": name, "state": "active", "locked": False, "avatar_url": None,
            "web_url": f"{self.base}/{handle}",
        }  # fmt: skip
        if token:
            self.tokens[token] = (number, scopes)
        return number

    def add_project(self, path: str, members: list[int], visibility: str = "private") -> int:
        number = len(self.projects) + 1
        group, _slash, name = path.rpartition("/")
        self.projects[number] = {
            "id": number, "name": name, "path": name, "path_with_namespace": path, "visibility": visibility,
            "name_with_namespace": f"{group} / {name}", "archived": False, "issues_enabled": True,
            "issues_access_level": "enabled", "merge_requests_enabled": True, "default_branch": "main",
            "created_at": self.stamp(), "description": None, "wiki_enabled": True, "last_activity_at": None,
            "namespace": {"id": 0, "kind": "group", "full_path": group, "path": group},
        }  # fmt: skip
        if group:
            self.projects[number]["namespace"]["id"] = self.add_group(group.partition("/")[0])["id"]
        self.members[number] = members
        self.labels[number] = []
        return number

    def add_thing(
        self, project: int, author: int, title: str, description: str = "", sort: str = "issues", **more: Any
    ) -> Row:
        iid = 1 + max((key[2] for key in self.things if key[:2] == (project, sort)), default=0)
        at = self.stamp()
        path = self.projects[project]["path_with_namespace"]
        row: Row = {
            "id": self._id(), "iid": iid, "project_id": project, "title": title, "description": description,
            "state": "opened", "created_at": at, "updated_at": at, "closed_at": None, "labels": [], "assignees": [],
            "author": self._basic(author), "user_notes_count": 0, "due_date": None, "confidential": False,
            "references": {"full": f"{path}{'#' if sort == 'issues' else '!'}{iid}"}, "upvotes": 0, "downvotes": 0,
            "milestone": None, "weight": None, "issue_type": "issue", "type": "ISSUE",
            "time_stats": {"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": None,
                           "human_total_time_spent": None},
        }  # fmt: skip
        if sort == "merge_requests":
            row["reviewers"] = []
        key = (project, sort, iid)
        self.things[key] = row
        self.threads[key] = []
        self._change(key, more, author)
        self._read_text(key, author, f"{title}\n\n{description}", run=False)
        return row

    def add_note(self, key: tuple[int, str, int], author: int, body: str, discussion: str | None = None) -> Row:
        at = self.stamp()
        note: Row = {
            "id": self._id(), "type": None, "body": body, "author": self._basic(author), "created_at": at,
            "updated_at": at, "system": False, "noteable_id": self.held(key)["id"], "attachment": None,
            "noteable_type": NOTEABLE[key[1]], "project_id": None if key[1] == "epics" else key[0],
            "noteable_iid": key[2], "resolvable": False, "confidential": False, "internal": False,
        }  # fmt: skip
        held = next((each for each in self.threads[key] if each["id"] == discussion), None)
        if discussion is not None and held is None:
            raise Refusal(404, "404 Discussion Not Found")
        if held is None:
            self.threads[key].append({"id": f"{note['id']:040x}", "individual_note": True, "notes": [note]})
        else:
            held["individual_note"] = False
            held["notes"].append(note)
            for each in held["notes"]:
                each["type"] = "DiscussionNote"
        self._spoke(key, at, 1)
        return note

    def held(self, key: tuple[int, str, int]) -> Row:
        """The issue, merge request or epic of a thread."""
        return self.epics[key[0], key[2]] if key[1] == "epics" else self.things[key]

    def _spoke(self, key: tuple[int, str, int], at: str | None, more: int) -> None:
        """A line moves what it belongs to; an epic only with `epics_move`, and it tells no number of lines."""
        row = self.held(key)
        if key[1] != "epics":
            row["user_notes_count"] += more
        if at is not None and (key[1] != "epics" or self.epics_move):
            row["updated_at"] = at

    def ask_review(self, project: int, iid: int, reviewer: int, author: int) -> None:
        """As at GitLab, a request for a review leaves a to-do."""
        key = (project, "merge_requests", iid)
        self.things[key]["reviewers"].append(self._basic(reviewer))
        self.things[key]["updated_at"] = self.stamp()
        self.add_todo(reviewer, key, "review_requested", author)

    def add_todo(self, user: int, key: tuple[int, str, int], action: str, author: int, body: str = "") -> Row:
        row: Row = {
            "id": self._id(), "action_name": action, "user": user, "key": key, "author": self._basic(author),
            "body": body or self.things[key]["title"], "state": "pending", "created_at": self.stamp(),
        }  # fmt: skip
        self.waiting.append(row)
        return row

    def find_note(self, number: int) -> tuple[tuple[int, str, int], Row, Row]:
        for key, discussions in self.threads.items():
            for discussion in discussions:
                for note in discussion["notes"]:
                    if note["id"] == number:
                        return key, discussion, note
        raise Refusal(404, "404 Not found")

    def edit_note(self, number: int, body: str) -> Row:
        key, _discussion, note = self.find_note(number)
        note["body"], note["updated_at"] = body, self.stamp()
        self._spoke(key, note["updated_at"], 0)
        return note

    def drop_note(self, number: int) -> None:
        """As at GitLab, a deleted note moves the count and not the stamp."""
        key, discussion, note = self.find_note(number)
        discussion["notes"].remove(note)
        if not discussion["notes"]:
            self.threads[key].remove(discussion)
        self._spoke(key, None, -1)

    def drop_thing(self, key: tuple[int, str, int]) -> None:
        del self.things[key], self.threads[key]
        self.waiting = [each for each in self.waiting if each["key"] != key]

    def stamp(self) -> str:
        """The service's clock; no two stamps are equal."""
        self._last = max(self._last + 1, self._now())
        moment = datetime.fromtimestamp(self._last / 1000, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # The API.

    def answer(self, asked: Asked) -> Answer:
        try:
            return self._answer(asked)
        except Refusal as refusal:
            return refusal.answer

    def _answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/api/v4/"):
            page = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
            return Answer(200, page, {"content-type": "text/html"})
        me = self._signed_in(asked)
        self._throttle()
        if self.answers:
            raise Refusal(self.answers.pop(0), "wanted")
        found = find(rules.RULES, asked)
        if found is None:
            self.wrong.append(f"{asked.method} {asked.path}: no such operation")
            raise Refusal(404, "404 Not Found")
        rule, names = found
        fault = rules.fault(rule, asked)
        if fault:
            self.wrong.append(f"{asked.method} {asked.path}: {fault}")
            raise Refusal(400, {"request": [fault]})
        if asked.method not in {"GET", "HEAD"} and "api" not in self.tokens[_token(asked)][1]:
            raise Refusal(403, "403 Forbidden - insufficient_scope")
        names = {name: unquote(value) for name, value in names.items()}
        handle: Callable[[Asked, dict[str, str], int], Answer] = getattr(self, f"_do_{rule.name}")
        return handle(asked, names, me)

    def _signed_in(self, asked: Asked) -> int:
        if any(name in {"private_token", "access_token"} for name, _value in asked.query):
            self.wrong.append("a token in the URL")
        known = self.tokens.get(_token(asked))
        if known is None:
            raise Refusal(401, "401 Unauthorized")
        return known[0]

    def _throttle(self) -> None:
        if self.limit is None:
            return
        number, window_ms = self.limit
        now = self._now()
        self._asked_at = [each for each in self._asked_at if each > now - window_ms]
        if len(self._asked_at) >= number:
            wait = max(1, -(-(self._asked_at[0] + window_ms - now) // 1000))
            headers = {"retry-after": str(wait), "ratelimit-limit": str(number), "ratelimit-remaining": "0"}
            raise Refusal(429, "Too many requests", **headers)
        self._asked_at.append(now)

    def _do_user(self, _asked: Asked, _names: dict[str, str], me: int) -> Answer:
        more = {"email": f"{self.users[me]['username']}@example.org", "confirmed_at": "2026-01-05T08:00:00Z"}
        more["web_url"] = f"{self.base}/{self.users[me]['username']}"
        return _ok({**self.users[me], **more, "bot": False, "two_factor_enabled": False})

    def status_of(self, user: int) -> Row:
        """What others see now; a status whose time is over is none."""
        held = self.statuses.get(user, {})
        if held.get("clears") is not None and held["clears"] <= self._now():
            held = {}
        shown = {name: held.get(name) or "" for name in ("emoji", "message")}
        clears = held.get("clears")
        return {
            **shown, "message_html": shown["message"],
            "availability": held.get("availability") or "not_set",
            "clear_status_at": None if clears is None else datetime.fromtimestamp(clears / 1000, UTC).isoformat(),
        }  # fmt: skip

    def _do_status(self, _asked: Asked, _names: dict[str, str], me: int) -> Answer:
        return _ok(self.status_of(me))

    def _do_set_status(self, asked: Asked, _names: dict[str, str], me: int) -> Answer:
        """PUT sets all of it: what is not named becomes empty."""
        body = json.loads(asked.body)
        after = body.pop("clear_status_after", None)
        clears = None if after is None else self._now() + rules.CLEARS[after]
        if body.get("message") and not body.get("emoji"):
            body["emoji"] = "speech_balloon"
        self.statuses[me] = {**body, "clears": clears}
        return _ok(self.status_of(me))

    def _do_users(self, asked: Asked, _names: dict[str, str], _me: int) -> Answer:
        named = asked.first("username")
        return self._page(asked, [each for each in self.users.values() if named in {None, each["username"]}])

    def _do_metadata(self, _asked: Asked, _names: dict[str, str], _me: int) -> Answer:
        return _ok({"version": "18.6.0-fake", "revision": "fake", "enterprise": self.enterprise})

    def _do_token(self, asked: Asked, _names: dict[str, str], me: int) -> Answer:
        scopes = list(self.tokens[_token(asked)][1])
        return _ok({"id": 1, "name": "leeward", "revoked": False, "active": True, "scopes": scopes, "user_id": me})

    def _do_projects(self, asked: Asked, _names: dict[str, str], me: int) -> Answer:
        mine = asked.first("membership") == "true"
        seen = [row for number, row in self.projects.items() if self._sees(number, me, member=mine)]
        after = int(asked.first("id_after") or 0)
        return self._page(asked, [self._project_row(row) for row in seen if row["id"] > after])

    def _do_project(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        return _ok(self._project_row(self.projects[self._project(names, me)]))

    def _do_members(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        listed = self.members[self._project(names, me)]
        return self._page(asked, [{**self._basic(each), "access_level": 30} for each in listed])

    def _do_labels(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        wanted = (asked.first("search") or "").lower()
        held = self.labels[self._project(names, me)]
        listed = [{"id": n + 1, "name": each, "color": "#888888"} for n, each in enumerate(held)]
        return self._page(asked, [each for each in listed if wanted in str(each["name"]).lower()])

    def _do_all_issues(self, asked: Asked, _names: dict[str, str], me: int) -> Answer:
        keys = [key for key in self.things if key[1] == "issues" and self._sees(key[0], me)]
        return self._list(asked, keys, me)

    def _do_listed(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        project = self._project(names, me)
        return self._list(asked, [key for key in self.things if key[:2] == (project, names["sort"])], me)

    def _list(self, asked: Asked, keys: list[tuple[int, str, int]], me: int) -> Answer:
        scope = asked.first("scope") or "created_by_me"
        iids = {value for name, value in asked.query if name == "iids[]"}
        after, created = asked.first("updated_after"), asked.first("created_after")
        search = (asked.first("search") or "").lower()
        where = (asked.first("in") or "title,description").split(",")
        state = asked.first("state")
        found = []
        for key in keys:
            row = self.things[key]
            if (
                key not in self.hidden
                and (scope == "all" or row["author"]["id"] == me)
                and (not iids or str(key[2]) in iids)
                and (after is None or _moment(row["updated_at"]) >= _moment(after))
                and (created is None or _moment(row["created_at"]) >= _moment(created))
                and (state in {None, "all"} or row["state"] == state)
                and any(search in (row[name] or "").lower() for name in where)
            ):
                found.append(self._row(key))
        order = asked.first("order_by") or "created_at"
        found.sort(key=lambda row: (row[order], row["id"]), reverse=asked.first("sort") != "asc")
        return self._page(asked, found)

    def _do_one(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        return _ok(self._row(self._thing(names, me)))

    def _do_create(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        project = self._project(names, me)
        body = json.loads(asked.body)
        _title(body)
        row = self.add_thing(project, me, body.pop("title"), body.pop("description", "") or "")
        key = (project, "issues", row["iid"])
        self._change(key, body, me)
        self._run(key, me, row["description"])
        row["description"] = words.without_commands(row["description"])
        row["updated_at"] = row["created_at"]
        return _ok(self._row(key), 201)

    def _do_update(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        key = self._thing(names, me)
        body = json.loads(asked.body)
        if "title" in body:
            _title(body)
        self._change(key, body, me)
        if "description" in body:
            self._read_text(key, me, body["description"] or "", run=True)
        self.things[key]["updated_at"] = self.stamp()
        return _ok(self._row(key))

    def _do_delete(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        self.drop_thing(self._thing(names, me))
        return Answer(204)

    def _do_discussions(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        return self._page(asked, self.threads[self._thing(names, me)])

    def _do_discussion(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        held = self.threads[self._thing(names, me)]
        found = next((each for each in held if each["id"] == names["discussion"]), None)
        if found is None:
            raise Refusal(404, "404 Discussion Not Found")
        return _ok(found)

    def _do_notes(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        # Root notes only: answers in a discussion are missing here, as they are at GitLab.
        return self._page(asked, [each["notes"][0] for each in self.threads[self._thing(names, me)]])

    def _do_note(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        return self._say(asked, names, me, None)

    def _do_discuss(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        key = self._thing(names, me)
        note = self._said(key, me, json.loads(asked.body)["body"], None)
        return _ok(next(each for each in self.threads[key] if note in each["notes"]), 201)

    def _do_reply(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        return self._say(asked, names, me, names["discussion"])

    def _say(self, asked: Asked, names: dict[str, str], me: int, discussion: str | None) -> Answer:
        key = self._thing(names, me)
        body = json.loads(asked.body)["body"]
        if not words.without_commands(body).strip():
            self._run(key, me, body)
            return _ok({"commands_changes": {}, "summary": ["Done."]}, 202)
        return _ok(self._said(key, me, body, discussion), 201)

    def _said(self, key: tuple[int, str, int], me: int, body: str, discussion: str | None) -> Row:
        note = self.add_note(key, me, words.without_commands(body), discussion)
        self._read_text(key, me, body, run=True)
        return note

    def _do_one_note(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        return _ok(self._note(names, me))

    def _do_edit_note(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        note = self._note(names, me)
        if note["author"]["id"] != me:
            raise Refusal(403, "403 Forbidden")
        body = json.loads(asked.body)["body"]
        self._read_text(self._thing(names, me), me, body, run=False)
        return _ok(self.edit_note(note["id"], body))

    def _do_drop_note(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        note = self._note(names, me)
        if note["author"]["id"] != me:
            raise Refusal(403, "403 Forbidden")
        self.drop_note(note["id"])
        return Answer(204)

    def _do_upload(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        self._project(names, me)
        found = re.search(rb'name="file"; filename="([^"\r\n]+)".*?\r\n\r\n(.*)\r\n--', asked.body, re.DOTALL)
        if not asked.headers.get("content-type", "").startswith("multipart/form-data; boundary=") or not found:
            self.wrong.append("an upload that is no multipart form with a file")
            raise Refusal(400, "file is missing")
        secret, name = f"{self._id():032x}", unquote(found[1].decode())
        self.files[secret, name] = found[2]
        url = f"/uploads/{secret}/{name}"
        return _ok({"id": self._ids, "alt": name, "url": url, "full_path": url, "markdown": f"[{name}]({url})"}, 201)

    def _do_uploaded(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        self._project(names, me)
        held = self.files.get((names["secret"], names["file"]))
        if held is None:
            raise Refusal(404, "404 Not Found")
        return Answer(200, held, {"content-type": "application/octet-stream"})

    def _do_todos(self, asked: Asked, _names: dict[str, str], me: int) -> Answer:
        state = asked.first("state") or "pending"
        mine = [each for each in self.waiting if each["user"] == me and each["state"] == state]
        return self._page(asked, [self._todo_row(each) for each in sorted(mine, key=lambda row: -row["id"])])

    def _do_mark_as_done(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        found = next((each for each in self.waiting if str(each["id"]) == names["todo"] and each["user"] == me), None)
        if found is None:
            raise Refusal(404, "404 Not found")
        found["state"] = "done"
        return _ok(self._todo_row(found), 201)

    # What stands behind it.

    def _refuse(self, status: int, message: object) -> Refusal:
        return Refusal(status, message)

    def _project(self, names: dict[str, str], me: int) -> int:
        named = names["project"]
        for number, row in self.projects.items():
            if named in {str(number), row["path_with_namespace"]} and self._sees(number, me):
                return number
        raise Refusal(404, "404 Project Not Found")

    def _sees(self, project: int, me: int, *, member: bool = False) -> bool:
        return me in self.members[project] or (not member and self.projects[project]["visibility"] != "private")

    def _thing(self, names: dict[str, str], me: int) -> tuple[int, str, int]:
        if "epic" in names:
            return self._epic_thread(names, me)
        key = (self._project(names, me), names["sort"], int(names["iid"]) if names["iid"].isdecimal() else 0)
        if key not in self.things:
            raise Refusal(404, "404 Not found")
        return key

    def _note(self, names: dict[str, str], me: int) -> Row:
        key = self._thing(names, me)
        where, _discussion, note = self.find_note(int(names["note"]) if names["note"].isdecimal() else 0)
        if where != key:
            raise Refusal(404, "404 Not found")
        return note

    def _basic(self, user: int) -> Row:
        return dict(self.users[user])

    def _project_row(self, row: Row) -> Row:
        return {**row, "web_url": f"{self.base}/{row['path_with_namespace']}"}

    def _row(self, key: tuple[int, str, int]) -> Row:
        path = self.projects[key[0]]["path_with_namespace"]
        return {**self.things[key], "web_url": f"{self.base}/{path}/-/{key[1]}/{key[2]}"}

    def _todo_row(self, row: Row) -> Row:
        key = row["key"]
        target = self._row(key)
        shown = {name: value for name, value in row.items() if name not in {"key", "user"}}
        kind = "Issue" if key[1] == "issues" else "MergeRequest"
        project = self._project_row(self.projects[key[0]])
        return {
            **shown, "updated_at": row["created_at"], "target_type": kind, "target": target,
            "target_url": target["web_url"], "project": project,
        }  # fmt: skip

    def _id(self) -> int:
        self._ids += 1
        return self._ids

    def _change(self, key: tuple[int, str, int], body: Row, me: int) -> None:
        row = self.held(key)
        for name in ("title", "description", "due_date"):
            if name in body:
                row[name] = body[name] or (None if name == "due_date" else "")
        if "assignee_ids" in body:
            row["assignees"] = [self._basic(each) for each in body["assignee_ids"] if each in self.users][:1]
            for each in row["assignees"]:
                if each["id"] != me:
                    self.add_todo(each["id"], key, "assigned", me)
        for name in ("labels", "add_labels"):
            if name in body:
                given = [each for each in _listed(body[name]) if each]
                row["labels"] = sorted({*(row["labels"] if name == "add_labels" else ()), *given})
                self.labels[key[0]] += [each for each in given if each not in self.labels[key[0]]]
        row["labels"] = [each for each in row["labels"] if each not in _listed(body.get("remove_labels", ""))]
        if body.get("state_event"):
            row["state"] = "closed" if body["state_event"] == "close" else "opened"
            row["closed_at"] = self.stamp() if row["state"] == "closed" else None

    def _read_text(self, key: tuple[int, str, int], author: int, text: str, *, run: bool) -> None:
        by_handle = {row["username"]: number for number, row in self.users.items()}
        for name in words.alerts(text):
            members = self.members.get(key[0], [])
            named = members if name == "all" else [by_handle[name]] if name in by_handle else []
            self.did.append(f"alerted {name}")
            for each in named:
                if each != author and key[1] != "epics":
                    self.add_todo(each, key, "mentioned", author, text[:200])
        self.did += [f"referred to {each}" for each in words.references(text)]
        if run:
            self._run(key, author, text)

    def _run(self, key: tuple[int, str, int], me: int, text: str) -> None:
        for name, argument in words.commands(text):
            self.did.append(f"ran /{name}")
            if name in {"close", "reopen"}:
                self._change(key, {"state_event": name}, me)
            elif name == "label":
                self._change(key, {"add_labels": argument.replace("~", "").strip('"')}, me)
            elif name == "title":
                self._change(key, {"title": argument}, me)

    def _page(self, asked: Asked, listed: list[Row]) -> Answer:
        per, page = int(asked.first("per_page") or 20), int(asked.first("page") or 1)
        keyset = asked.first("pagination") == "keyset"
        shown = listed[(page - 1) * per : page * per]
        headers = _json(date=formatdate(self._now() / 1000, usegmt=True))
        more = len(listed) > page * per
        if more or self.looping:
            query = dict(asked.query)
            if self.looping:
                after = query
            elif keyset:
                after = {**query, "id_after": str(shown[-1]["id"])}
            else:
                after = {**query, "page": str(page + 1)}
            pairs = [pair for pair in asked.query if pair[0].endswith("[]")]
            pairs += [(name, value) for name, value in after.items() if not name.endswith("[]")]
            headers["link"] = f'<{self.base}{asked.path}?{urlencode(pairs)}>; rel="next"'
        if not keyset:
            headers |= {"x-page": str(page), "x-per-page": str(per), "x-next-page": str(page + 1) if more else ""}
            if len(listed) <= TOTAL_LIMIT:
                pages = max(1, -(-len(listed) // per))
                headers |= {"x-total": str(len(listed)), "x-total-pages": str(pages)}
        return Answer(200, json.dumps(shown).encode(), headers)


def _token(asked: Asked) -> str:
    bearer = asked.headers.get("authorization", "")
    return bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else asked.headers.get("private-token", "")


def _title(body: Row) -> None:
    if not (body.get("title") or "").strip():
        raise Refusal(400, {"title": ["can't be blank"]})
    if len(body["title"]) > MAX_TITLE:
        raise Refusal(400, {"title": [f"is too long (maximum is {MAX_TITLE} characters)"]})


def _listed(value: Any) -> list[str]:
    return [each.strip() for each in value.split(",")] if isinstance(value, str) else list(value or ())


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _json(**headers: str) -> dict[str, str]:
    return {"content-type": "application/json", **headers}


def _ok(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), _json())
