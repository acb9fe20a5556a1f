"""What each operation of the fake does; `rules` says which there are and checks what they are asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from tests.fakes.base import Answer, Asked
from tests.fakes.basecamp.shown import Shown
from tests.fakes.basecamp.state import Row
from tests.fakes.basecamp.trouble import Refusal

Names = dict[str, int]


class Handlers(Shown):
    """One method an operation; a list is cut into pages by the caller."""

    old: bool

    def do_profile(self, _asked: Asked, _names: Names, _body: Row, me: int) -> Answer:
        return _ok(self.person_row(me))

    def do_account(self, _asked: Asked, _names: Names, _body: Row, _me: int) -> Answer:
        return _ok({"id": self.account, "name": "Harbour", "active": True})

    def do_people(self, _asked: Asked, _names: Names, _body: Row, _me: int) -> list[Row]:
        return self.people_rows(list(self.people))

    def do_person(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        row = self.person_row(names["person"])
        away = row.pop("away", None)
        return _ok({**row, "out_of_office": away} if away else row)

    def do_projects(self, asked: Asked, _names: Names, _body: Row, me: int) -> list[Row]:
        status = asked.first("status") or "active"
        seen = [row for row in self.projects.values() if me in row["people"] and row["status"] == status]
        return [self.project_row(row) for row in reversed(seen)]

    def do_project(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        return _ok(self.project_row(self.projects[names["project"]]))

    def do_project_people(self, _asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return self.people_rows(self.projects[names["project"]]["people"])

    def do_recordings(self, asked: Asked, _names: Names, _body: Row, me: int) -> list[Row]:
        type_, status = asked.first("type"), asked.first("status") or "active"
        if type_ == "Door" and self.old:
            raise Refusal(400, "type is invalid")
        found = [row for row in self.held.values() if row["type"] == type_ and self.sees(row, me)]
        if status == "active":
            found = [row for row in found if self.is_there(row)]
        else:
            found = [row for row in found if row["status"] == status]
        return [self.row(row) for row in self._sorted(asked, found)]

    def _sorted(self, asked: Asked, found: Iterable[Row]) -> list[Row]:
        name = "updated" if asked.first("sort") == "updated_at" else "created"
        down = (asked.first("direction") or "desc") == "desc"
        seen = [row for row in found if row["id"] not in self.hidden]
        return sorted(seen, key=lambda row: (row[name], row["id"]), reverse=down)

    def _active(self, parent: int, type_: str) -> Iterator[Row]:
        return (row for row in self.below(parent, type_) if row["status"] == "active" and row["id"] not in self.hidden)

    def do_one(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        return _ok(self.row(self.held[names["recording"]], alone=True))

    # Chats.

    def do_circles(self, _asked: Asked, _names: Names, _body: Row, me: int) -> Answer:
        if self.old:
            raise Refusal(404, "")
        seen = [row for row in self.circles.values() if me in row["people"]]
        return _ok([self.circle_row(row) for row in sorted(seen, key=lambda row: -self.held[row["chat"]]["updated"])])

    def do_chats(self, _asked: Asked, _names: Names, _body: Row, me: int) -> list[Row]:
        return [
            self.row(row)
            for row in self.held.values()
            if row["type"] == "Chat::Transcript" and self.sees(row, me) and row["project"] in self.projects
        ]

    def do_lines(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._sorted(asked, self.below(names["chat"]))]

    def do_say(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        rich = body.get("content_type") == "text/html"
        type_ = "Chat::Lines::RichText" if rich else "Chat::Lines::Text"
        return _ok(self.row(self.add_line(names["chat"], me, body["content"], type_)), 201)

    def do_line(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        return _ok(self.row(self.held[names["line"]]))

    def do_edit_line(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        self._own(names["line"], me)
        self.change(names["line"], content=body["content"], type="Chat::Lines::RichText")
        return Answer(204)

    def do_drop_line(self, _asked: Asked, names: Names, _body: Row, me: int) -> Answer:
        self._own(names["line"], me)
        del self.held[names["line"]]
        return Answer(204)

    def do_chat_uploads(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        found = self.below(names["chat"], "Chat::Lines::Upload")
        return [self.row(row) for row in self._sorted(asked, found)]

    def do_chat_upload(self, asked: Asked, names: Names, _body: Row, me: int) -> Answer:
        sgid = self._blob_of(asked)
        row = self.add_line(names["chat"], me, "", "Chat::Lines::Upload", sgid=sgid)
        row["title"] = asked.first("name")
        return _ok(self.row(row), 201)

    def do_attach(self, asked: Asked, _names: Names, _body: Row, _me: int) -> Answer:
        return _ok({"attachable_sgid": self._blob_of(asked)}, 201)

    def _blob_of(self, asked: Asked) -> str:
        return self.add_blob(asked.first("name") or "", asked.body, asked.headers["content-type"])

    # Messages and comments.

    def do_messages(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._sorted(asked, self._active(names["recording"], "Message"))]

    def do_add_message(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        project = self.held[names["recording"]]["project"]
        return _ok(self.row(self.add_message(project, me, body["subject"], body.get("content", ""))), 201)

    def do_edit_message(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        held = self.held[names["recording"]]
        self.change(held["id"], title=body.get("subject", held["title"]), content=body.get("content", held["content"]))
        return _ok(self.row(held))

    def do_comments(self, _asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._active(names["recording"], "Comment")]

    def do_add_comment(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        return _ok(self.row(self.add_comment(names["recording"], me, body["content"])), 201)

    def do_edit_comment(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        self._own(names["recording"], me)
        self.change(names["recording"], content=body["content"])
        return _ok(self.row(self.held[names["recording"]]))

    def _own(self, recording: int, me: int) -> None:
        if self.held[recording]["creator"] != me:
            raise Refusal(403, "Only its author may change it")

    def do_boosts(self, _asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        found = [row for row in self.boosts.values() if row["about"] == names["recording"]]
        return [{"id": row["id"], "content": row["content"], "booster": self.person_row(row["by"])} for row in found]

    def do_boost(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        found = self.number()
        self.boosts[found] = {"id": found, "about": names["recording"], "by": me, "content": body["content"]}
        return _ok({"id": found, "content": body["content"], "booster": self.person_row(me)}, 201)

    def do_drop_boost(self, _asked: Asked, names: Names, _body: Row, me: int) -> Answer:
        if self.boosts[names["boost"]]["by"] != me:
            raise Refusal(403, "Not your boost")
        del self.boosts[names["boost"]]
        return Answer(204)

    def do_pin(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.pinned.add(names["recording"])
        return Answer(204)

    def do_unpin(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.pinned.discard(names["recording"])
        return Answer(204)

    def do_bookmark(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.bookmarks.add(names["recording"])
        return _ok({"id": 1}, 201)

    def do_unbookmark(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.bookmarks.discard(names["recording"])
        return Answer(204)

    def do_status(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.trash(names["recording"], str(names["status"]))
        return Answer(204)

    # To-dos.

    def do_todolists(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._sorted(asked, self._active(names["recording"], "Todolist"))]

    def do_hill(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        dots = self.projects[self.held[names["recording"]]["project"]]["dots"]
        if not dots:
            return _ok({"enabled": False, "stale": False, "dots": []})
        return _ok({"enabled": True, "stale": False, "updated_at": "2026-05-20T10:00:00.000Z", "dots": dots})

    def do_todos(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        done = asked.first("completed") == "true"
        found = [row for row in self._active(names["recording"], "Todo") if row["completed"] is done]
        return [self.row(row) for row in found]

    def do_add_todo(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        row = self.add_todo(names["recording"], me, body["content"], **self._todo_fields(names["recording"], body))
        return _ok(self.row(row, alone=True), 201)

    def _todo_fields(self, recording: int, body: Row) -> Row:
        """What is not named is cleared."""
        people = self.projects[self.held[recording]["project"]]["people"]
        chosen = [each for each in body.get("assignee_ids", []) if each in people]
        subscribers = [each for each in body.get("completion_subscriber_ids", []) if each in people]
        return {"description": body.get("description", ""), "assignees": chosen, "subscribers": subscribers,
                "due_on": body.get("due_on"), "starts_on": body.get("starts_on")}  # fmt: skip

    def do_edit_todo(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        found = names["recording"]
        self.change(found, content=body["content"], title=body["content"], **self._todo_fields(found, body))
        return _ok(self.row(self.held[found], alone=True))

    def do_complete(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.change(names["recording"], completed=True)
        return Answer(204)

    def do_uncomplete(self, _asked: Asked, names: Names, _body: Row, _me: int) -> Answer:
        self.change(names["recording"], completed=False)
        return Answer(204)

    # Cards.

    def do_cards(self, _asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._active(names["recording"], "Kanban::Card")]

    def do_add_card(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        if "assignee_ids" in body:
            raise Refusal(400, "assignee_ids is not known here")
        row = self.add_card(names["recording"], me, body["title"], body.get("content", ""), due_on=body.get("due_on"))
        return _ok(self.row(row, alone=True), 201)

    def do_edit_card(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        """What is not named stays."""
        fields: Row = {name: body[name] for name in ("title", "content") if name in body}
        fields |= {"due_on": body["due_on"] or None} if "due_on" in body else {}
        fields |= {"assignees": body["assignee_ids"]} if "assignee_ids" in body else {}
        self.change(names["recording"], **fields)
        return _ok(self.row(self.held[names["recording"]], alone=True))

    def do_move(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        column = self.held.get(body["column_id"])
        if column is None or not column["type"].startswith("Kanban::"):
            raise Refusal(404, "")
        self.change(names["recording"], parent=column["id"])
        return Answer(204)

    def do_step(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        self.change(names["recording"], completed=body.get("completion") == "on")
        return _ok(self.row(self.held[names["recording"]]))

    # Documents.

    def do_documents(self, asked: Asked, names: Names, _body: Row, _me: int) -> list[Row]:
        return [self.row(row) for row in self._sorted(asked, self._active(names["recording"], "Document"))]

    def do_add_document(self, _asked: Asked, names: Names, body: Row, me: int) -> Answer:
        if body.get("status") != "active":
            raise Refusal(422, "drafts are not kept here")
        return _ok(self.row(self.add_document(names["recording"], me, body["title"], body.get("content", ""))), 201)

    def do_edit_document(self, _asked: Asked, names: Names, body: Row, _me: int) -> Answer:
        """What is not named is cleared."""
        self.change(names["recording"], title=body.get("title") or "Untitled", content=body.get("content", ""))
        return _ok(self.row(self.held[names["recording"]]))

    # The owner's own.

    def do_assignments(self, _asked: Asked, _names: Names, _body: Row, me: int) -> Answer:
        listed = [row for row in self.held.values() if row["type"] in {"Todo", "Kanban::Card"} and self.is_there(row)]
        found = []
        for row in listed:
            steps = [each for each in self.below(row["id"], "Kanban::Step") if me in each["assignees"]]
            children = [self._assignment(each, []) for each in steps if not each["completed"]]
            if (me in row["assignees"] and not row.get("completed")) or children:
                found.append(self._assignment(row, children))
        return _ok({"priorities": [], "non_priorities": found})

    def _assignment(self, row: Row, children: list[Row]) -> Row:
        shown = self.row(row, alone=True)
        people = [{"id": each, "name": self.people[each]["name"], "avatar_url": ""} for each in row["assignees"]]
        return {"id": row["id"], "app_url": shown["app_url"], "content": row["title"], "starts_on": None,
                "due_on": row["due_on"], "bucket": shown["bucket"], "completed": False, "type": "todo",
                "assignees": people, "comments_count": 0, "parent": shown["parent"], "children": children}  # fmt: skip

    def do_readings(self, asked: Asked, _names: Names, _body: Row, _me: int) -> Answer:
        unread = [each for each in self.readings if each["read"] is None]
        read = [each for each in self.readings if each["read"] is not None]
        start = (int(asked.first("page") or 1) - 1) * 50
        newest: Callable[[Row], int] = lambda row: -row["updated"]  # noqa: E731 # a key of two sorts
        document = {
            "unreads": [self.reading_row(each) for each in sorted(unread, key=newest)[:100]],
            "reads": [self.reading_row(each) for each in sorted(read, key=newest)[start : start + 50]],
            "memories": [], "bubble_ups_count": 0, "scheduled_bubble_ups_count": 0,
        }  # fmt: skip
        return _ok(document)

    def do_mark_read(self, _asked: Asked, _names: Names, body: Row, _me: int) -> Answer:
        for each in self.readings:
            if each["sgid"] in body["readables"]:
                each["read"] = self.stamp()
        return Answer(200)

    def do_upcoming(self, asked: Asked, _names: Names, _body: Row, me: int) -> Answer:
        since, until = asked.first("window_starts_on") or "", asked.first("window_ends_on") or ""
        found: dict[bool, list[Row]] = {False: [], True: []}
        for row in self.held.values():
            inside = row["type"] == "Schedule::Entry" and since <= row["starts_at"][:10] <= until
            if inside and self.sees(row, me) and self.is_there(row):
                found[row.get("recurring", False)].append(self.row(row))
        return _ok({"schedule_entries": found[False], "recurring_schedule_entry_occurrences": found[True],
                    "assignables": []})  # fmt: skip


def _ok(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json"})
