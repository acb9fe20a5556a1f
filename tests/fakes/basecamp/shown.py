"""How the fake shows what it holds: the fields of each type as Basecamp names them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

from tests.fakes.basecamp.state import Row, State

PATHS = {
    "Message": "messages",
    "Message::Board": "message_boards",
    "Comment": "comments",
    "Todo": "todos",
    "Todolist": "todolists",
    "Todoset": "todosets",
    "Kanban::Board": "card_tables",
    "Kanban::Card": "card_tables/cards",
    "Kanban::Step": "card_tables/steps",
    "Document": "documents",
    "Vault": "vaults",
    "Upload": "uploads",
    "Chat::Transcript": "chats",
    "Schedule": "schedules",
    "Schedule::Entry": "schedule_entries",
    "Question::Answer": "question_answers",
    "Question": "questions",
    "Questionnaire": "questionnaires",
    "GoogleDocument": "google_documents",
}
_ATTACHMENT = re.compile(r'<bc-attachment\b[^<>]*?\bsgid="([^"]*)"[^<>]*>\s*</bc-attachment>')
_KINDS = {"Message": "content", "Comment": "content", "Document": "content", "Question::Answer": "content"}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Shown(State):
    """Rows to JSON."""

    def person_row(self, found: int) -> Row:
        row = self.people[found]
        bare = {name: value for name, value in row.items() if name not in {"created", "updated"}}
        return {**bare, "created_at": iso(row["created"]), "updated_at": iso(row["updated"])}

    def people_rows(self, found: list[int]) -> list[Row]:
        return [self.person_row(each) for each in found]

    def project_row(self, row: Row) -> Row:
        dock = [{"id": id_, "title": self.held[id_]["title"], "name": tool, "enabled": True, "position": 1,
                 "url": self._url(self.held[id_]), "app_url": self._page(self.held[id_])}
                for tool, id_ in row["dock"].items()]  # fmt: skip
        here = f"{self.base}/{self.account}/projects/{row['id']}"
        return {"id": row["id"], "status": row["status"], "created_at": iso(row["created"]), "name": row["name"],
                "updated_at": iso(row["updated"]), "description": row["description"], "purpose": "topic",
                "clients_enabled": False, "url": f"{here}.json", "app_url": here, "dock": dock}  # fmt: skip

    def row(self, row: Row, *, alone: bool = False) -> Row:
        """A recording; `alone` when it is asked for by itself, which shows more of some."""
        bucket = self.bucket(row["project"])
        found: Row = {
            "id": row["id"], "status": row["status"], "visible_to_clients": False, "created_at": iso(row["created"]),
            "updated_at": iso(row["updated"]), "title": row["title"], "inherits_status": True, "type": row["type"],
            "url": self._url(row), "app_url": self._page(row),
            "bucket": {"id": bucket["id"], "name": bucket["name"],
                       "type": "Project" if bucket["id"] in self.projects else "Circle"},
            "creator": self.person_row(row["creator"]),
        }  # fmt: skip
        if row["parent"] is not None:
            above = self.held[row["parent"]]
            found["parent"] = {"id": above["id"], "title": above["title"], "type": above["type"],
                               "url": self._url(above), "app_url": self._page(above)}  # fmt: skip
        if row["type"] not in {"Comment", "Kanban::Step", "Chat::Transcript"} and "Lines" not in row["type"]:
            there = [each for each in self.below(row["id"], "Comment") if each["status"] == "active"]
            found["comments_count"] = len(there)
            found["comments_url"] = f"{self.base}/{self.account}/recordings/{row['id']}/comments.json"
        return found | self._more(row, alone)

    def _more(self, row: Row, alone: bool) -> Row:
        type_ = row["type"]
        if type_ in _KINDS:
            return self._text(row)
        if type_ in {"Todo", "Kanban::Card"}:
            return self._task(row, alone)
        if type_ == "Upload":
            return self._upload(row)
        if type_ == "Kanban::Board":
            return {"lists": [self.row(each) for each in self.below(row["id"]) if each["type"].startswith("Kanban::")]}
        if type_ in {"Todolist", "Vault"}:
            here = f"{self.base}/{self.account}/recordings/{row['id']}"
            return {"name": row["title"], "description": row.get("description", ""), "completed": False, "color": None,
                    "description_attachments": [], "bubble_up_url": f"{here}/bubble_up.json",
                    "comments_app_url": f"{here}/comments"}  # fmt: skip
        return self._plain(row)

    def _text(self, row: Row) -> Row:
        more: Row = {"content": self.expanded(row["content"]), "content_attachments": self.files_in(row["content"])}
        if row["type"] == "Message":
            more["subject"] = row["title"]
            more |= (
                {
                    "category": {
                        "id": 1,
                        "name": row["category"],
                        "icon": "*",
                        "created_at": iso(row["created"]),
                        "updated_at": iso(row["created"]),
                    }
                }
                if row["category"]
                else {}
            )
        return more

    def _upload(self, row: Row) -> Row:
        blob = self.blobs[row["sgid"]]
        return {"filename": blob["name"], "content_type": blob["type"], "byte_size": len(blob["data"]),
                "download_url": self.download(blob), "description": row.get("description", ""),
                "description_attachments": []}  # fmt: skip

    def _plain(self, row: Row) -> Row:
        """Entries, steps, chat lines and links."""
        more: Row = {name: row[name] for name in ("starts_at", "ends_at", "summary", "all_day", "description", "service",
                                             "document_type", "content", "completed", "due_on") if name in row}  # fmt: skip
        more |= {name: self.people_rows(row[name]) for name in ("participants", "assignees") if name in row}
        if "sgid" in row:
            more["attachments"] = [self._attachment(self.blobs[row["sgid"]])]
            more.pop("content", None)
        elif "Lines::RichText" in row["type"]:
            more["content"] = self.expanded(row["content"])
        return more

    def _task(self, row: Row, alone: bool) -> Row:
        done = row["type"] == "Kanban::Card" and self.held[row["parent"]]["type"] == "Kanban::DoneColumn"
        if self.thin and not alone:
            return {}
        words = row["description"] if row["type"] == "Todo" else row["content"]
        more: Row = {"description": self.expanded(words), "description_attachments": self.files_in(words),
                     "completed": row.get("completed", False) or done, "due_on": row["due_on"],
                     "assignees": self.people_rows(row["assignees"]),
                     "completion_subscribers": self.people_rows(row["subscribers"])}  # fmt: skip
        if row["type"] == "Todo":
            return {**more, "content": row["content"], "starts_on": row["starts_on"]}
        if alone:
            steps = [each for each in self.below(row["id"], "Kanban::Step") if each["status"] == "active"]
            more["steps"] = [self.row(each) for each in steps]
        return {**more, "content": more["description"]}

    def expanded(self, html: str) -> str:
        """Attachments as Basecamp shows them: with a picture and a caption."""

        def show(found: re.Match[str]) -> str:
            sgid = found[1]
            person = next((each for each in self.people.values() if each["attachable_sgid"] == sgid), None)
            if person is not None:
                first = person["name"].partition(" ")[0]
                return (f'<bc-attachment sgid="{sgid}" content-type="application/vnd.basecamp.mention"><figure>'
                        f'<img src="{self.base}/avatar" class="avatar"><figcaption>{first}</figcaption></figure>'
                        "</bc-attachment>")  # fmt: skip
            blob = self.blobs.get(sgid)
            if blob is None:
                return ""
            return (f'<bc-attachment sgid="{sgid}" content-type="{blob["type"]}" url="{self.download(blob)}"'
                    f' href="{self.download(blob)}" filename="{blob["name"]}"><figure><figcaption>{blob["name"]}'
                    "</figcaption></figure></bc-attachment>")  # fmt: skip

        return _ATTACHMENT.sub(show, html)

    def files_in(self, html: str) -> list[Row]:
        found = [self.blobs[sgid] for sgid in _ATTACHMENT.findall(html) if sgid in self.blobs]
        return [{"id": each["id"], "sgid": each["sgid"], "filename": each["name"], "content_type": each["type"],
                 "byte_size": len(each["data"]), "download_url": self.download(each), "previewable": False,
                 "preview_url": "", "thumbnail_url": ""} for each in found]  # fmt: skip

    def _attachment(self, blob: Row) -> Row:
        return {"title": blob["name"], "filename": blob["name"], "content_type": blob["type"],
                "byte_size": len(blob["data"]), "url": self.download(blob), "download_url": self.download(blob)}  # fmt: skip

    def download(self, blob: Row) -> str:
        return f"{self.base}/{self.account}/blobs/{blob['id']}/download/{quote(blob['name'])}"

    def reading_row(self, row: Row) -> Row:
        about = self.held[row["about"]]
        anchor = f"#__recording_{row['line']}" if row.get("line") else ""
        return {
            "id": row["id"], "created_at": iso(row["created"]), "updated_at": iso(row["updated"]),
            "section": row["section"], "unread_count": 0 if row["read"] else row["count"],
            "unread_at": None if row["read"] else iso(row["updated"]), "read_at": iso(row["read"]) if row["read"] else None,
            "readable_sgid": row["sgid"], "readable_identifier": f"recording_{row['about']}", "title": row["title"],
            "type": "Recording", "bucket_name": self.bucket(about["project"])["name"],
            "creator": self.person_row(row["by"]), "content_excerpt": "", "subscribed": True,
            "app_url": row["url"] or self._page(about) + anchor, "previewable_attachments": [],
        }  # fmt: skip

    def circle_row(self, row: Row) -> Row:
        here, chat = f"{self.base}/{self.account}", self.held[row["chat"]]
        return {"id": row["id"], "created_at": iso(chat["created"]), "updated_at": iso(chat["updated"]), "named": False,
                "title": "", "people": self.people_rows(row["people"]), "url": f"{here}/circles/{row['id']}.json",
                "app_url": f"{here}/circles/{row['id']}", "room_url": "", "avatar_url": "", "bookmark_url": "",
                "links": {"lines": f"{here}/chats/{chat['id']}/lines.json", "files": ""}}  # fmt: skip

    def _url(self, row: Row) -> str:
        if row["type"] in {"Door", "GoogleDocument"}:
            return str(row["link"])
        if "Lines" in row["type"]:
            return f"{self.base}/{self.account}/chats/{row['parent']}/lines/{row['id']}.json"
        path = PATHS.get(row["type"], "card_tables/columns")
        return f"{self.base}/{self.account}/{path}/{row['id']}.json"

    def _page(self, row: Row) -> str:
        here = f"{self.base.replace('basecampapi', 'basecamp')}/{self.account}/buckets/{row['project']}"
        if row["type"] == "Comment":
            return f"{self._page(self.held[row['parent']])}#__recording_{row['id']}"
        if row["project"] in self.circles:
            return f"{self.base}/{self.account}/circles/{row['project']}@{row['id']}"
        if "Lines" in row["type"]:
            return f"{here}/chats/{row['parent']}@{row['id']}"
        return f"{here}/{PATHS.get(row['type'], 'card_tables/columns')}/{row['id']}"
