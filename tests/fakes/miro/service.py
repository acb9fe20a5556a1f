"""The stateful service: boards with members, items with tags, credits."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, TypeAlias
from urllib.parse import unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.miro import rules, words

Row: TypeAlias = dict[str, Any]
LEVELS = {1: 50, 2: 100, 3: 500, 4: 2000}
CREDITS = 100_000
MAX_TAGS = 8
SCOPES = ("boards:read", "boards:write")
KINDS = {"cards": "card", "sticky_notes": "sticky_note", "texts": "text", "docs": "doc_format", "frames": "frame"}


class Refusal(Exception):  # it is an answer, not an error
    def __init__(self, status: int, said: str, code: str, **headers: str) -> None:
        super().__init__(status)
        body = json.dumps({"type": "error", "code": code, "message": said, "status": status}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Answer(status, body, {"content-type": "application/json", **named})


class MiroFake:
    """`token` signs in as the first user. No two stamps of changes are equal.

    `did` lists what text did, `wrong` what should not be asked. `scopes` are the token's. `tags_move_boards`: whether a
    change of tags moves its board, which Miro does not promise. `refuse`: ids that answer 403. `answers`: statuses that
    the next requests get. `looping`: listings name their own page as the next.
    """

    user = "sam"
    token = "eyJtaXJvLm9yaWdpbiI6ImV1MDEifQ_FAKETOKENOFSAM"

    def __init__(self, base: str = "https://api.miro.com", now: Callable[[], int] | None = None) -> None:
        self.base = base
        self.users: dict[str, Row] = {}
        self.tokens: dict[str, str] = {}
        self.boards: dict[str, Row] = {}
        self.items: dict[str, Row] = {}
        self.tags: dict[str, Row] = {}
        self.hidden: set[str] = set()
        self.refuse: set[str] = set()
        self.answers: list[int] = []
        self.scopes: tuple[str, ...] = SCOPES
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.looping = False
        self.tags_move_boards = False
        self.credits = CREDITS
        self._spent: list[tuple[int, int]] = []
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self._last = 0
        self._ids = 3_458_764_517_517_819_000

    # What tests and seeds do behind the API.

    def stamp(self) -> int:
        self._last = max(self._last + 1, self._now())
        return self._last

    def _id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def add_user(self, name: str, token: str | None = None) -> str:
        found = self._id()
        self.users[found] = {"id": found, "name": name, "type": "user"}
        if token:
            self.tokens[token] = found
        return found

    def add_board(self, name: str, owner: str, members: list[str], **sharing: str) -> str:
        found = base64.urlsafe_b64encode(self._id()[-8:].encode()).decode().replace("_", "-")
        policy = {"access": "private", "organizationAccess": "private", "teamAccess": "private", **sharing}
        self.boards[found] = {"id": found, "name": name, "owner": owner, "members": members, "policy": policy,
                              "moved": self.stamp(), "team": "Harbour"}  # fmt: skip
        return found

    def add_item(self, board: str, type: str, author: str, data: Row, **more: Any) -> Row:
        at = self.stamp()
        row: Row = {"id": self._id(), "board": board, "type": type, "data": data, "author": author, "made": at,
                    "moved": at, "parent": None, "x": 0.0, "y": 0.0, "width": 199.0, "height": 228.0, "tags": [],
                    **more}  # fmt: skip
        self.items[row["id"]] = row
        self.boards[board]["moved"] = at
        return row

    def change_item(self, item: str, **data: Any) -> None:
        row = self.items[item]
        row["data"].update(data)
        self.touch(row)

    def touch(self, row: Row) -> None:
        row["moved"] = self.boards[row["board"]]["moved"] = self.stamp()

    def drop_item(self, item: str) -> None:
        row = self.items.pop(item)
        for each in self.items.values():
            if each["parent"] == item:
                each["parent"] = None
        self.boards[row["board"]]["moved"] = self.stamp()

    def add_tag(self, board: str, title: str) -> str:
        found = self._id()
        self.tags[found] = {"id": found, "board": board, "title": title, "fillColor": "red"}
        return found

    def tag_titles(self, item: str) -> list[str]:
        return [self.tags[each]["title"] for each in self.items[item]["tags"]]

    # The API.

    def answer(self, asked: Asked) -> Answer:
        try:
            found = self._answer(asked)
        except Refusal as refusal:
            found = refusal.answer
        headers = {"date": formatdate(self._now() / 1000, usegmt=True), **self._rate(), **found.headers}
        return Answer(found.status, found.body, headers)

    def _answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith(("/v1/", "/v2/")):
            return Answer(404, b"<!DOCTYPE html><html><head><title>Not found</title></head></html>")
        me = self._signed_in(asked)
        found = rules.find(asked)
        if self.answers:
            status = self.answers.pop(0)
            raise Refusal(status, f"You wanted {status}", "wanted")
        if found is None:
            self.wrong.append(f"{asked.method} {asked.path}: no such operation")
            raise Refusal(404, "No such operation", "notFound")
        rule, names = found
        self._pay(LEVELS[rule.level])
        if rule.scope and rule.scope not in self.scopes:
            raise Refusal(403, f"Required scopes: [{rule.scope}]", "insufficientPermissions")
        fault = rules.fault(rule, asked)
        if fault:
            self.wrong.append(f"{asked.method} {asked.path}: {fault}")
            raise Refusal(400, fault, "2.0703")
        names = {name: unquote(value) for name, value in names.items()}
        if self.refuse & set(names.values()):
            raise Refusal(403, "You do not have access", "insufficientPermissions")
        self._exists(rule, asked, names, me)
        body = json.loads(asked.body) if rule.body else {}
        handle: Callable[[Asked, dict[str, str], Row, str], Answer] = getattr(self, f"_do_{rule.name}")
        return handle(asked, names, body, me)

    def _signed_in(self, asked: Asked) -> str:
        scheme, _blank, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise Refusal(401, "The authorization header is invalid", "tokenNotProvided")
        return self.tokens[token]

    def _left(self) -> int:
        now = self._now()
        self._spent = [each for each in self._spent if each[0] > now - 60_000]
        return self.credits - sum(cost for _at, cost in self._spent)

    def _rate(self) -> dict[str, str]:
        reset = ((self._spent[0][0] if self._spent else self._now()) + 60_000) // 1000
        left = str(max(0, self._left()))
        return {"x-ratelimit-limit": str(self.credits), "x-ratelimit-remaining": left, "x-ratelimit-reset": str(reset)}

    def _pay(self, cost: int) -> None:
        if self._left() < cost:
            raise Refusal(429, "Request rate limit exceeded", "tooManyRequests")
        self._spent.append((self._now(), cost))

    def _exists(self, rule: rules.Rule, asked: Asked, names: dict[str, str], me: str) -> None:
        board = names.get("board")
        if board is not None and (board not in self.boards or not self._sees(board, me)):
            raise Refusal(404, "Board not found", "4.0401")
        item = self.items.get(names.get("item", ""))
        if "item" in names and (item is None or item["board"] != board):
            raise Refusal(404, "Item not found", "4.0402")
        kind = KINDS.get("".join(asked.path.split("/")[4:5]))
        if item is not None and kind is not None and item["type"] != kind:
            raise Refusal(404, "Item not found", "4.0402")
        if board is not None and rule.scope == "boards:write" and not self._writes(board, me):
            raise Refusal(403, "You cannot edit this board", "insufficientPermissions")

    def _sees(self, board: str, me: str) -> bool:
        row = self.boards[board]
        closed = {"private", "no_access"}
        return bool(me in row["members"] or {row["policy"]["teamAccess"], row["policy"]["organizationAccess"]} - closed)

    def _writes(self, board: str, me: str) -> bool:
        return self._role(self.boards[board], me) != "viewer"

    def _role(self, row: Row, me: str) -> str:
        return "owner" if row["owner"] == me else row.get("roles", {}).get(me, "editor")

    def _do_token(self, _asked: Asked, _names: Row, _body: Row, me: str) -> Answer:
        person = self.users[me]
        whose = {"type": "organization", "name": "Harbour B.V.", "id": "1"}
        team = {"type": "team", "name": "Harbour", "id": "2"}
        return _ok({"type": "oAuthToken", "organization": whose, "team": team, "createdBy": person, "user": person,
                    "scopes": list(self.scopes)})  # fmt: skip

    def _do_boards(self, asked: Asked, _names: Row, _body: Row, me: str) -> Answer:
        seen = [row for row in self.boards.values() if self._sees(row["id"], me)]
        if asked.first("sort") == "last_modified":
            seen.sort(key=lambda row: row["moved"], reverse=True)
        return self._offsets(asked, [self._board_row(row, me) for row in seen], "boards")

    def _do_board(self, _asked: Asked, names: Row, _body: Row, me: str) -> Answer:
        return _ok(self._board_row(self.boards[names["board"]], me))

    def _board_row(self, row: Row, me: str) -> Row:
        member = {**self.users[me], "role": self._role(row, me), "type": "board_member"}
        return {
            "id": row["id"], "type": "board", "name": row["name"], "description": "",
            "viewLink": f"https://miro.com/app/board/{row['id']}/", "modifiedAt": _iso(row["moved"]),
            "createdAt": _iso(row["moved"]), "owner": self.users[row["owner"]], "currentUserMembership": member,
            "team": {"id": "2", "name": row["team"], "type": "team"},
            "policy": {"sharingPolicy": row["policy"], "permissionsPolicy": {}},
        }  # fmt: skip

    def _do_members(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        row = self.boards[names["board"]]
        listed = [
            {**self.users[each], "type": "board_member", "role": self._role(row, each)} for each in row["members"]
        ]
        return self._offsets(asked, listed, "board_members")

    def _offsets(self, asked: Asked, listed: list[Row], kind: str) -> Answer:
        limit, offset = int(asked.first("limit") or 20), int(asked.first("offset") or 0)
        offset = 0 if self.looping else offset
        shown = listed[offset : offset + limit]
        return _ok({"data": shown, "total": len(listed), "size": len(shown), "offset": offset, "limit": limit,
                    "links": {}, "type": kind})  # fmt: skip

    def _do_items(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        limit, kind = int(asked.first("limit") or 10), asked.first("type")
        listed = [row for row in self._on(names["board"]) if kind in {None, row["type"]}]
        cursor = asked.first("cursor")
        start = 0 if cursor is None or self.looping else int(base64.urlsafe_b64decode(cursor).decode())
        shown = [row for row in listed if int(row["id"]) > start][:limit]
        more = self.looping or (shown and listed[-1]["id"] != shown[-1]["id"])
        after = {"cursor": base64.urlsafe_b64encode(shown[-1]["id"].encode()).decode()} if shown and more else {}
        rows = [self._listed_row(row) for row in shown]
        return _ok({"data": rows, "total": len(listed), "size": len(shown), "limit": limit, "links": {}, **after})

    def _on(self, board: str) -> list[Row]:
        return [row for row in self.items.values() if row["board"] == board and row["id"] not in self.hidden]

    def _do_tagged(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        tag = asked.first("tag_id")
        listed = [self._item_row(row) for row in self._on(names["board"]) if tag in row["tags"]]
        return self._offsets(asked, listed, "item")

    def _listed_row(self, row: Row) -> Row:
        """The listing tells no tags and no text of docs."""
        found = self._item_row(row)
        return {**found, "data": {}} if row["type"] == "doc_format" else found

    def _item_row(self, row: Row) -> Row:
        relative = "parent_top_left" if row["parent"] else "canvas_center"
        path = f"{self.base}/v2/boards/{row['board']}"
        parent = {"parent": {"id": row["parent"], "links": {"self": f"{path}/frames/{row['parent']}"}}}
        return {
            "id": row["id"], "type": row["type"], "data": dict(row["data"]), "style": {},
            "position": {"x": row["x"], "y": row["y"], "origin": "center", "relativeTo": relative},
            "geometry": {"width": row["width"], "height": row["height"]},
            "createdAt": _iso(row["made"]), "createdBy": {"id": row["author"], "type": "user"},
            "modifiedAt": _iso(row["moved"]), "modifiedBy": {"id": row["author"], "type": "user"},
            "links": {"self": f"{path}/items/{row['id']}"}, **(parent if row["parent"] else {}),
        }  # fmt: skip

    def _do_item(self, _asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        return _ok(self._listed_row(self.items[names["item"]]))

    def _do_card(self, _asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        return _ok(self._item_row(self.items[names["item"]]))

    def _do_doc(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        row = self._item_row(self.items[names["item"]])
        if asked.first("textContentType") != "markdown":
            row["data"] = {**row["data"], "contentType": "html"}
        return _ok(row)

    def _make(self, names: Row, body: Row, me: str, kind: str, **more: Any) -> Answer:
        data = dict(body.get("data", {}))
        self._judge(data, kind)
        row = self.add_item(names["board"], kind, me, data, **more)
        self._lay(row, body)
        return _ok(self._item_row(row), 201)

    def _change(self, names: Row, body: Row) -> Answer:
        row = self.items[names["item"]]
        data = dict(body.get("data", {}))
        self._judge(data, row["type"])
        row["data"] = {name: value for name, value in {**row["data"], **data}.items() if value is not None}
        self._lay(row, body)
        self.touch(row)
        return _ok(self._item_row(row))

    def _judge(self, data: Row, kind: str) -> None:
        for name in ("title", "description", "content"):
            if name in data and kind != "doc_format":
                self.did += words.acts(data[name])
                data[name] = words.kept(data[name])

    def _lay(self, row: Row, body: Row) -> None:
        if "parent" in body:
            parent = body["parent"]["id"]
            if parent is not None and self.items.get(parent, {}).get("type") != "frame":
                raise Refusal(400, "The parent is no frame", "2.0703")
            row["parent"] = parent
        for name in ("x", "y"):
            row[name] = body.get("position", {}).get(name, row[name])
        for name in ("width", "height"):
            row[name] = body.get("geometry", {}).get(name, row[name])
        frame = self.items.get(row["parent"] or "")
        if frame and not (0 <= row["x"] <= frame["width"] and 0 <= row["y"] <= frame["height"]):
            self.wrong.append(f"{row['id']} lies outside of its frame")
            raise Refusal(400, "The item lies outside of its parent", "2.0703")

    def _do_add_card(self, _asked: Asked, names: Row, body: Row, me: str) -> Answer:
        return self._make(names, body, me, "card")

    def _do_add_sticky(self, _asked: Asked, names: Row, body: Row, me: str) -> Answer:
        return self._make(names, body, me, "sticky_note")

    def _do_add_doc(self, _asked: Asked, names: Row, body: Row, me: str) -> Answer:
        return self._make(names, body, me, "doc_format")

    def _do_add_frame(self, _asked: Asked, names: Row, body: Row, me: str) -> Answer:
        return self._make(names, body, me, "frame")

    def _do_change_card(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        return self._change(names, body)

    def _do_change_sticky(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        return self._change(names, body)

    def _do_change_text(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        return self._change(names, body)

    def _do_change_frame(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        return self._change(names, body)

    def _do_move(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        return self._change(names, body)

    def _do_drop(self, _asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        self.drop_item(names["item"])
        return Answer(204)

    def _do_tags(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        return self._offsets(
            asked, [_tag_row(row) for row in self.tags.values() if row["board"] == names["board"]], "tag"
        )

    def _do_item_tags(self, _asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        return _ok({"tags": [_tag_row(self.tags[each]) for each in self.items[names["item"]]["tags"]]})

    def _do_add_tag(self, _asked: Asked, names: Row, body: Row, _me: str) -> Answer:
        held = [row for row in self.tags.values() if row["board"] == names["board"] and row["title"] == body["title"]]
        if held:
            raise Refusal(400, "Tag with the same title already exists", "2.0703")
        return _ok(_tag_row(self.tags[self.add_tag(names["board"], body["title"])]), 201)

    def _do_tag(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        row, tag = self.items[names["item"]], asked.first("tag_id") or ""
        if self.tags.get(tag, {}).get("board") != names["board"]:
            raise Refusal(404, "Tag not found", "4.0403")
        if row["type"] not in {"card", "sticky_note"} or (tag not in row["tags"] and len(row["tags"]) >= MAX_TAGS):
            raise Refusal(400, "This item takes no further tag", "2.0703")
        row["tags"] = list(dict.fromkeys([*row["tags"], tag]))
        return self._tagged_now(row)

    def _do_untag(self, asked: Asked, names: Row, _body: Row, _me: str) -> Answer:
        row, tag = self.items[names["item"]], asked.first("tag_id") or ""
        if tag not in row["tags"]:
            raise Refusal(404, "Tag not found", "4.0403")
        row["tags"].remove(tag)
        return self._tagged_now(row)

    def _tagged_now(self, row: Row) -> Answer:
        if self.tags_move_boards:
            self.touch(row)
        return Answer(204)


def _tag_row(row: Row) -> Row:
    return {"id": row["id"], "type": "tag", "title": row["title"], "fillColor": row["fillColor"]}


def _ok(document: Row, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json"})


def _iso(stamp: int) -> str:
    return datetime.fromtimestamp(stamp / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
