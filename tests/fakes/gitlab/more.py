"""What stands beside issues at the fake: wikis with their events, boards, epics of groups, emoji."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, TypeAlias

from tests.fakes.base import Answer, Asked
from tests.fakes.gitlab import words

Row: TypeAlias = dict[str, Any]


class More:
    """Mixed into the fake. `licensed`: whether groups have epics; else they answer 403, or 404 with `hides_epics`.

    `epics_move`: whether a line at an epic moves its stamp. `silent_epics`: what is answered for their lines in place of
    them. Lines of epics stand in `threads` under (group, "epics", iid), and are asked for by the epic's own id.
    """

    base: str
    users: dict[int, Row]
    projects: dict[int, Row]
    members: dict[int, list[int]]
    things: dict[tuple[int, str, int], Row]
    threads: dict[tuple[int, str, int], list[Row]]
    files: dict[tuple[str, str], bytes]
    did: list[str]

    def __init__(self) -> None:
        self.hidden_pages: set[str] = set()
        self.wikis: dict[int, dict[str, Row]] = {}
        self.wiki_events: list[Row] = []
        self.events_of_wikis = True
        self.boards: dict[int, list[Row]] = {}
        self.groups: dict[str, Row] = {}
        self.epics: dict[tuple[int, int], Row] = {}
        self.awards: dict[tuple[Any, ...], list[Row]] = {}
        self.hidden_epics: set[tuple[int, int]] = set()
        self.licensed = False
        self.enterprise = True
        self.hides_epics = False
        self.epics_move = False
        self.silent_epics: int | None = None

    # What tests and seeds do behind the API.

    def stamp(self) -> str:
        raise NotImplementedError

    def _id(self) -> int:
        raise NotImplementedError

    def add_group(self, path: str) -> Row:
        self.groups.setdefault(path, {
            "id": 500 + len(self.groups), "name": path, "path": path, "full_path": path, "visibility": "private",
            "web_url": f"{self.base}/groups/{path}", "parent_id": None,
        })  # fmt: skip
        return self.groups[path]

    def add_page(self, project: int, title: str, content: str, author: int = 1) -> Row:
        slug = title.replace(" ", "-")
        held = self.wikis.setdefault(project, {})
        held[slug] = {"title": title.rpartition("/")[2], "slug": slug, "content": content, "format": "markdown",
                      "encoding": "UTF-8", "wiki_page_meta_id": self._id()}  # fmt: skip
        self._wrote(project, slug, "created", author)
        return held[slug]

    def edit_page(self, project: int, slug: str, content: str, author: int = 1) -> None:
        self.wikis[project][slug]["content"] = content
        self._wrote(project, slug, "updated", author)

    def drop_page(self, project: int, slug: str) -> None:
        page = self.wikis[project].pop(slug)
        self._wrote(project, slug, "destroyed", 1, page)

    def _wrote(self, project: int, slug: str, action: str, author: int, page: Row | None = None) -> None:
        at = self.stamp()
        held = page or self.wikis[project][slug]
        shown = {name: held[name] for name in ("format", "slug", "title", "wiki_page_meta_id")}
        self.wiki_events.append({
            "id": self._id(), "project_id": project, "action_name": action, "target_type": "WikiPage::Meta",
            "target_id": held["wiki_page_meta_id"], "author_id": author, "created_at": at, "wiki_page": shown,
        })  # fmt: skip
        self.projects[project]["last_activity_at"] = at

    def add_board(self, project: int, *columns: str) -> None:
        lists = [{"id": self._id(), "label": {"id": self._id(), "name": name, "color": "#888"}, "position": number}
                 for number, name in enumerate(columns)]  # fmt: skip
        board = {"id": self._id(), "name": "Development", "project": {"id": project}, "lists": lists}
        self.boards.setdefault(project, []).append(board)

    def add_epic(self, path: str, author: int, title: str, description: str = "", **more: Any) -> Row:
        group = self.add_group(path)["id"]
        iid = 1 + max((key[1] for key in self.epics if key[0] == group), default=0)
        at = self.stamp()
        self.epics[group, iid] = {
            "id": self._id(), "iid": iid, "group_id": group, "title": title, "description": description,
            "state": "opened", "author": dict(self.users[author]), "labels": [], "due_date": None, "created_at": at,
            "updated_at": at, "closed_at": None, "web_url": f"{self.base}/groups/{path}/-/epics/{iid}", **more,
        }  # fmt: skip
        self.threads[group, "epics", iid] = []
        return self.epics[group, iid]

    def drop_epic(self, group: int, iid: int) -> None:
        del self.epics[group, iid], self.threads[group, "epics", iid]

    # The API.

    def _project(self, names: dict[str, str], me: int) -> int:
        raise NotImplementedError

    def _thing(self, names: dict[str, str], me: int) -> tuple[int, str, int]:
        raise NotImplementedError

    def _note(self, names: dict[str, str], me: int) -> Row:
        raise NotImplementedError

    def _page(self, asked: Asked, listed: list[Row]) -> Answer:
        raise NotImplementedError

    def _refuse(self, status: int, message: object) -> Exception:
        raise NotImplementedError

    def _wiki(self, names: dict[str, str], me: int) -> tuple[int, dict[str, Row]]:
        project = self._project(names, me)
        if not self.projects[project].get("wiki_enabled", True):
            raise self._refuse(403, "403 Forbidden")
        return project, self.wikis.setdefault(project, {})

    def _do_wikis(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        """All of them at once; the text only where it is asked for."""
        _project, held = self._wiki(names, me)
        whole = asked.first("with_content") in {"1", "true"}
        left_out = set() if whole else {"content", "encoding"}
        listed = [row for slug, row in held.items() if slug not in self.hidden_pages]
        shown = [{name: value for name, value in row.items() if name not in left_out} for row in listed]
        return Answer(200, json.dumps(shown).encode(), {"content-type": "application/json"})

    def _do_wiki(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        _project, held = self._wiki(names, me)
        if names["slug"] not in held:
            raise self._refuse(404, "404 Wiki Page Not Found")
        return _ok({**held[names["slug"]], "front_matter": {}})

    def _do_add_page(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        project, held = self._wiki(names, me)
        body = json.loads(asked.body)
        if body["title"].replace(" ", "-") in held:
            raise self._refuse(400, "Duplicate page: A page with that title already exists")
        self.did += [f"referred to {each}" for each in words.references(body["content"])]
        return _ok({**self.add_page(project, body["title"], body["content"], me), "front_matter": {}}, 201)

    def _do_edit_page(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        project, held = self._wiki(names, me)
        body = json.loads(asked.body)
        if names["slug"] not in held:
            raise self._refuse(404, "404 Wiki Page Not Found")
        row = held[names["slug"]]
        if "title" in body:
            slug = body["title"].replace(" ", "-")
            held[slug] = held.pop(names["slug"]) | {"slug": slug, "title": body["title"].rpartition("/")[2]}
            row = held[slug]
        self.edit_page(project, row["slug"], body.get("content", row["content"]), me)
        return _ok({**row, "front_matter": {}})

    def _do_events(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        project = self._project(names, me)
        if asked.first("target_type") == "wiki" and not self.events_of_wikis:
            raise self._refuse(400, {"error": "target_type does not have a valid value"})
        return self._page(asked, [row for row in reversed(self.wiki_events) if row["project_id"] == project])

    def _do_boards(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        return self._page(asked, self.boards.get(self._project(names, me), []))

    def _group(self, names: dict[str, str], me: int) -> Row:
        for path, row in self.groups.items():
            below = [n for n, each in self.projects.items() if each["path_with_namespace"].startswith(f"{path}/")]
            if names["group"] in {path, str(row["id"])} and any(me in self.members[each] for each in below):
                return row
        raise self._refuse(404, "404 Group Not Found")

    def _do_group(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        return _ok(self._group(names, me))

    def _epic_group(self, names: dict[str, str], me: int) -> int:
        group = self._group(names, me)
        if not self.licensed:
            raise self._refuse(404 if self.hides_epics else 403, "403 Forbidden")
        return int(group["id"])

    def _do_epics(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        group = self._epic_group(names, me)
        after, search = asked.first("updated_after"), (asked.first("search") or "").lower()
        path = next(path for path, row in self.groups.items() if row["id"] == group)
        below = {row["id"] for each, row in self.groups.items() if f"{each}/".startswith(f"{path}/")}
        listed = [
            row for key, row in self.epics.items()
            if key[0] in below
            and key not in self.hidden_epics
            and (after is None or datetime.fromisoformat(row["updated_at"]) >= datetime.fromisoformat(after))
            and search in f"{row['title']} {row['description']}".lower()
        ]  # fmt: skip
        listed.sort(key=lambda row: row["updated_at"])
        return self._page(asked, listed)

    def _epic(self, names: dict[str, str], me: int) -> Row:
        found = self.epics.get((self._epic_group(names, me), int(names["iid"])))
        if found is None:
            raise self._refuse(404, "404 Not found")
        return found

    def _epic_thread(self, names: dict[str, str], me: int) -> tuple[int, str, int]:
        """The lines of an epic stand below its own id; its number in the group is not known there."""
        group = self._epic_group(names, me)
        if self.silent_epics is not None:
            raise self._refuse(self.silent_epics, "no lines")
        for (held, iid), row in self.epics.items():
            if held == group and str(row["id"]) == names["epic"]:
                return group, "epics", iid
        raise self._refuse(404, "404 Not found")

    def _do_drop_epic(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        row = self._epic(names, me)
        self.drop_epic(row["group_id"], row["iid"])
        return Answer(204)

    def _do_group_upload(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        self._group(names, me)
        held = self.files.get((names["secret"], names["file"]))
        if held is None:
            raise self._refuse(404, "404 Not Found")
        return Answer(200, held, {"content-type": "application/octet-stream"})

    def _do_epic(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        return _ok(self._epic(names, me))

    def _do_add_epic(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        group = self._epic_group(names, me)
        body = json.loads(asked.body)
        path = next(path for path, row in self.groups.items() if row["id"] == group)
        row = self.add_epic(path, me, body["title"], body.get("description", ""))
        self._set_epic(row, body)
        return _ok(row, 201)

    def _do_change_epic(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        row = self._epic(names, me)
        self._set_epic(row, json.loads(asked.body))
        row["updated_at"] = self.stamp()
        return _ok(row)

    def _set_epic(self, row: Row, body: Row) -> None:
        for name in ("title", "description"):
            row[name] = body.get(name, row[name])
            self.did += [f"referred to {each}" for each in words.references(body.get(name, ""))]
        self.did += [f"ran /{name}" for name, _rest in words.commands(body.get("description", ""))]
        if body.get("due_date_is_fixed"):
            row["due_date"] = body.get("due_date_fixed")
        given = [each for name in ("labels", "add_labels") for each in body.get(name, "").split(",") if each]
        taken = body.get("remove_labels", "").split(",")
        row["labels"] = sorted({*row["labels"], *given} - set(taken))
        if body.get("state_event"):
            row["state"] = "closed" if body["state_event"] == "close" else "opened"

    def _awarded(self, names: dict[str, str], me: int) -> list[Row]:
        key: tuple[Any, ...] = self._thing(names, me)
        if "note" in names:
            key = (*key, self._note(names, me)["id"])
        return self.awards.setdefault(key, [])

    def _do_awards(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        return self._page(asked, self._awarded(names, me))

    def _do_award(self, asked: Asked, names: dict[str, str], me: int) -> Answer:
        held = self._awarded(names, me)
        name = json.loads(asked.body)["name"]
        if not re.fullmatch(r"[a-z0-9_+-]+", name):
            raise self._refuse(400, {"name": ["is not a valid emoji name"]})
        if any(row["name"] == name and row["user"]["id"] == me for row in held):
            raise self._refuse(404, "404 Award Emoji Name has already been taken Not Found")
        at = self.stamp()
        row = {"id": self._id(), "name": name, "user": dict(self.users[me]), "created_at": at, "updated_at": at,
               "awardable_id": 1, "awardable_type": "Note" if "note" in names else "Issue", "url": None}  # fmt: skip
        held.append(row)
        return _ok(row, 201)

    def _do_unaward(self, _asked: Asked, names: dict[str, str], me: int) -> Answer:
        held = self._awarded(names, me)
        found = next((row for row in held if str(row["id"]) == names["award"]), None)
        if found is None:
            raise self._refuse(404, "404 Not found")
        if found["user"]["id"] != me:
            raise self._refuse(401, "401 Unauthorized")
        held.remove(found)
        return Answer(204)


def _ok(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json"})
