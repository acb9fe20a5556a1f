"""The stateful service: teams, channels, chats, To Do, Planner, OneNote and presence behind Graph's addresses."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from html import escape
from typing import Any, TypeAlias
from urllib.parse import unquote, urlencode

from tests.fakes.base import Answer, Asked
from tests.fakes.operations import find
from tests.fakes.teams import rules, words

Row: TypeAlias = dict[str, Any]
SCOPES = frozenset(
    {"User.Read", rules.CHAT, rules.TEAM, rules.CHANNELS, rules.MEMBERS, rules.READ, rules.SEND, rules.CHANGE, rules.TASKS,
     rules.NOTES, rules.PRESENCE, rules.MEETINGS, rules.PEOPLE, rules.HOURS}
)  # fmt: skip
TENANT = "7e3f0c1a-0000-4000-8000-00000000c0de"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RefusedError(Exception):
    """An answer that is no 2xx."""

    def __init__(self, status: int, code: str, said: str = "", **headers: str) -> None:
        super().__init__(code)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"error": {"code": code, "message": said or code, "innerError": {"request-id": "fake"}}}
        self.answer = Answer(status, json.dumps(body).encode(), {"content-type": "application/json", **named})


def iso(ms: int) -> str:
    when = _EPOCH + timedelta(milliseconds=ms)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


class TeamsFake:
    """`token` signs in as Sam. No two stamps are equal; `did` lists what text did, `wrong` what should not be asked.

    `scopes`: what tokens may do. `replies_move`: whether an answer moves its post into a channel's delta. `expands`:
    whether the delta brings answers along. `strips`: whether Teams drops attributes nobody sees. `deep`: whether Planner
    takes a text with a new task. `links`: whether To Do's delta tells linked resources. `loops`: each listing names its
    own page as the next. `expired`: every token handed out so far is too old. `answers`: statuses the next requests get.
    `narrow`: chats take no two
    expansions at once. `plain`: nothing can be expanded in changes and pages. `crowded`: OneNote lists the pages of one section at a time only. `hidden`: tasks that listings leave out. `automatic` and `by_hand`: what presence shows by itself, and what Sam chose. `mailboxes`: the hours that people's calendars tell.
    """

    user = "sam"
    token = "eyJ0eXAiOiJKV1QiLCJub25jZSI6.FAKE.TOKENOFSAM"

    def __init__(self, base: str = "https://graph.microsoft.com", now: Callable[[], int] | None = None) -> None:
        self.base = base
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self.scopes = set(SCOPES)
        self.users: dict[str, Row] = {}
        self.tokens: dict[str, str] = {}
        self.teams: dict[str, Row] = {}
        self.channels: dict[str, Row] = {}
        self.chats: dict[str, Row] = {}
        self.lines: dict[str, dict[str, Row]] = {}
        self.read: dict[tuple[str, str], int] = {}
        self.pinned: dict[str, list[str]] = {}
        self.lists: dict[str, Row] = {}
        self.todos: dict[str, Row] = {}
        self.dropped: dict[str, Row] = {}
        self.plans: dict[str, Row] = {}
        self.planned: dict[str, Row] = {}
        self.sections: dict[str, Row] = {}
        self.pages: dict[str, Row] = {}
        self.files: dict[str, bytes] = {}
        self.meetings: dict[tuple[str, str], Row] = {}
        self.hidden: set[str] = set()
        self.mailboxes: dict[str, Row] = {}
        self.status: Row | None = None
        self.automatic = ("Available", "Available")
        self.by_hand: tuple[str, str] | None = None
        self.preferred: tuple[str, str, int] | None = None
        self.replies_move = False
        self.expands = self.deep = self.links = True
        self.strips = self.loops = self.crowded = self.narrow = self.plain = False
        self.expired = 0
        self.answers: list[int] = []
        self.pause = "7"
        self.did: list[str] = []
        self.wrong: list[str] = []
        self._last = self._ids = self.seq = 0

    # What tests and seeds do behind the API.

    def stamp(self) -> int:
        self._last = max(self._last + 1, self._now())
        return self._last

    def _id(self, form: str = "{:08}-0000-4000-8000-000000000000") -> str:
        self._ids += 1
        return form.format(self._ids)

    def _step(self) -> int:
        self.seq += 1
        return self.seq

    def expire(self) -> None:
        """Every delta link given out so far is too old."""
        self.expired = self._step()

    def add_user(self, name: str, token: str | None = None) -> str:
        id_ = self._id()
        mail = f"{name.partition(' ')[0].lower()}@harbour.example"
        self.users[id_] = {"id": id_, "displayName": name, "mail": mail, "userPrincipalName": mail}
        if token:
            self.tokens[token] = id_
        return id_

    def add_hours(
        self, user: str, start: str, end: str, zone: str, days: Iterable[str], *away: tuple[int, int]
    ) -> None:
        """A mailbox that tells working hours; a meeting and the days away lie in it."""
        item = {"subject": "Secret talk", "location": "Quay", "isPrivate": False}
        spans = [{**item, "status": status, **{name: {"dateTime": iso(at).replace("Z", "0000"), "timeZone": "UTC"}
                  for name, at in (("start", first), ("end", last))}}
                 for status, first, last in (("busy", 0, 3_600_000), *(("oof", *span) for span in away))]  # fmt: skip
        self.mailboxes[user] = {
            "scheduleItems": spans,
            "workingHours": {"daysOfWeek": list(days), "startTime": f"{start}:00.0000000",
                             "endTime": f"{end}:00.0000000", "timeZone": {"name": zone}},
        }  # fmt: skip

    def add_team(self, name: str, members: Iterable[str], visibility: str = "private") -> str:
        id_ = self._id()
        self.teams[id_] = {"id": id_, "displayName": name, "visibility": visibility, "members": list(members)}
        return id_

    def add_channel(self, team: str, name: str, members: Iterable[str] | None = None) -> str:
        id_ = self._id("19:{:032x}@thread.tacv2")
        self.channels[id_] = {"id": id_, "team": team, "displayName": name, "members": members and list(members)}
        self.lines[id_] = {}
        return id_

    def add_chat(self, members: Iterable[str], topic: str | None = None) -> str:
        people = list(members)
        id_ = self._id("19:{:032x}@thread.v2")
        kind = "oneOnOne" if len(people) == 2 and topic is None else "group"
        self.chats[id_] = {"id": id_, "topic": topic, "chatType": kind, "members": people, "updated": self.stamp()}
        self.lines[id_] = {}
        return id_

    def say(self, where: str, author: str | None, html: str, root: str | None = None, **more: Any) -> str:
        """A message in a channel (an answer where `root` is named) or chat; the id is the stamp."""
        at = self.stamp()
        row: Row = {
            "id": str(at), "at": at, "modified": at, "edited": None, "deleted": None, "author": author, "html": html,
            "root": root, "mentions": [], "attachments": [], "reactions": [], "subject": None, "kind": "html",
            "event": None, "seq": self._step(), "importance": "normal", **more,
        }  # fmt: skip
        self.lines[where][row["id"]] = row
        self._touch(where, row)
        if where in self.chats:
            self.chats[where]["updated"] = at
        return str(row["id"])

    def change(self, where: str, line: str, html: str) -> None:
        row = self.lines[where][line]
        row["html"], row["edited"] = html, self.stamp()
        row["modified"], row["seq"] = row["edited"], self._step()
        self._touch(where, row)

    def drop(self, where: str, line: str) -> None:
        """As Teams deletes: the row stays, its words go."""
        row = self.lines[where][line]
        row["deleted"] = row["modified"] = self.stamp()
        row["seq"], row["html"] = self._step(), ""
        self._touch(where, row)

    def purge(self, where: str, line: str) -> None:
        """As a retention policy deletes: nothing stays."""
        del self.lines[where][line]

    def react(self, where: str, line: str, user: str, sign: str) -> None:
        row = self.lines[where][line]
        row["reactions"].append({"reactionType": sign, "user": {"user": {"id": user, "displayName": None}},
                                 "createdDateTime": iso(self.stamp())})  # fmt: skip
        row["modified"], row["seq"] = self._last, self._step()

    def _touch(self, where: str, row: Row) -> None:
        if row["root"] is not None and self.replies_move:
            root = self.lines[where].get(row["root"])
            if root is not None:
                root["seq"] = row["seq"]

    def add_list(self, name: str, *, shared: bool = False, owner: bool = True) -> str:
        id_ = self._id("AAMkAD{:010}LIST=")
        self.lists[id_] = {"id": id_, "displayName": name, "isShared": shared, "isOwner": owner,
                           "wellknownListName": "none"}  # fmt: skip
        return id_

    def add_todo(self, list_: str, title: str, text: str = "", **more: Any) -> str:
        id_, at = self._id("AAMkAD{:010}TASK="), self.stamp()
        self.todos[id_] = {
            "id": id_, "list": list_, "title": title, "body": {"content": text, "contentType": "text"}, "at": at,
            "modified": at, "status": "notStarted", "importance": "normal", "categories": [], "dueDateTime": None,
            "linkedResources": [], "seq": self._step(), **more,
        }  # fmt: skip
        return id_

    def change_todo(self, task: str, **more: Any) -> None:
        self.todos[task] |= {**more, "modified": self.stamp(), "seq": self._step()}

    def drop_todo(self, task: str) -> None:
        self.dropped[task] = {**self.todos.pop(task), "seq": self._step()}

    def add_plan(self, title: str, group: str) -> str:
        id_ = self._id("PLAN{:024}")
        self.plans[id_] = {"id": id_, "title": title, "group": group}
        return id_

    def add_planned(self, plan: str, author: str, title: str, text: str = "", **more: Any) -> str:
        id_, at = self._id("TASK{:024}"), self.stamp()
        self.planned[id_] = {
            "id": id_, "plan": plan, "author": author, "title": title, "text": text, "at": at, "percentComplete": 0,
            "priority": 5, "assignments": {}, "dueDateTime": None, "appliedCategories": {}, "seq": self._step(),
            "details": self._step(), "checklist": {}, "references": {}, **more,
        }  # fmt: skip
        return id_

    def change_planned(self, task: str, **more: Any) -> None:
        self.planned[task] |= {**more, "seq": self._step()}

    def add_section(self, name: str, book: str = "Sam @ Harbour", *, shared: bool = False) -> str:
        id_ = self._id("1-{:032}")
        self.sections[id_] = {"id": id_, "displayName": name, "book": book, "shared": shared}
        return id_

    def add_page(self, section: str, title: str, inner: str) -> str:
        id_, at = self._id("1-{:030}!1-0"), self.stamp()
        self.pages[id_] = {"id": id_, "section": section, "title": title, "inner": inner, "at": at, "modified": at}
        return id_

    def edit_page(self, page: str, **more: Any) -> None:
        self.pages[page] |= {**more, "modified": self.stamp()}

    # The API.

    def answer(self, asked: Asked) -> Answer:
        try:
            found = self._answer(asked)
        except RefusedError as refused:
            found = refused.answer
        date = formatdate(self._now() / 1000, usegmt=True)
        return Answer(found.status, found.body, {"date": date, **found.headers})

    def _answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/v1.0/"):
            return Answer(404, b"<!DOCTYPE html><html><head><title>Not found</title></head></html>")
        me = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if me is None:
            raise RefusedError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if self.answers:
            status = self.answers.pop(0)
            raise RefusedError(status, "TooManyRequests" if status == 429 else "wanted", **self._paused(status))
        found = find(rules.RULES, asked)
        if found is None:
            self.wrong.append(f"{asked.method} {asked.path}: no such operation")
            raise RefusedError(404, "ResourceNotFound")
        rule, names = found
        if rule.scope not in self.scopes:
            held = ", ".join(sorted(self.scopes))
            said = f"Missing scope permissions on the request. API requires one of '{rule.scope}'. "
            raise RefusedError(403, "Forbidden", f"{said}Scopes on the request '{held}'")
        if fault := rules.fault(rule, asked):
            self.wrong.append(f"{asked.method} {asked.path}: {fault}")
            raise RefusedError(400, "BadRequest", fault)
        if self.plain and asked.first("$expand") and rule.name in {"posts_delta", "todos_delta", "pages"}:
            raise RefusedError(400, "BadRequest", "$expand is not supported here.")
        names = {name: unquote(value) for name, value in names.items()}
        self._exists(names, me)
        handle: Callable[[Asked, dict[str, str], str], Any] = getattr(self, f"_do_{rule.name}")
        done = handle(asked, names, me)
        if isinstance(done, Answer):
            return done
        if done is None:
            return Answer(204)
        status = 201 if asked.method == "POST" else 200
        return Answer(status, json.dumps(done).encode(), {"content-type": "application/json"})

    def _paused(self, status: int) -> dict[str, str]:
        return {"retry_after": self.pause} if status == 429 and self.pause else {}

    def _exists(self, names: dict[str, str], me: str) -> None:
        held: dict[str, Any] = {"team": self.teams, "channel": self.channels, "chat": self.chats, "list": self.lists, "task": self.todos,
                "plan": self.plans, "planned": self.planned, "section": self.sections, "page": self.pages,
                "user": {me: {}}, "person": self.users}  # fmt: skip
        for name, value in names.items():
            if name in held and value not in held[name]:
                raise RefusedError(404, "NotFound", f"{name} not found")
        if "chat" in names and me not in self.chats[names["chat"]]["members"]:
            raise RefusedError(403, "Forbidden", "You are not in this chat.")
        where = names.get("chat") or names.get("channel")
        for name in ("message", "reply"):
            if name in names and names[name] not in self.lines[where or ""]:
                raise RefusedError(404, "NotFound", "Message not found")

    def _page(self, asked: Asked, rows: list[Row], size: int, show: Callable[[Row], Row] = lambda row: row) -> Row:
        """A page of rows as `show` tells them; the token of the next one says where it begins and repeats the query."""
        token = asked.first("$skiptoken")
        start = int(token) if token and token.isdecimal() else 0
        document: Row = {
            "@odata.context": f"{self.base}/v1.0/$metadata",
            "value": [show(row) for row in rows[start : start + size]],
        }
        if start + size < len(rows) or self.loops:
            following = start if self.loops else start + size
            kept = [(name, value) for name, value in asked.query if name != "$skiptoken"]
            document["@odata.nextLink"] = self._link(asked, [*kept, ("$skiptoken", str(following))])
        return document

    def _link(self, asked: Asked, query: list[tuple[str, str]]) -> str:
        return f"{self.base}{unquote(asked.path).replace(' ', '%20')}?{urlencode(query, safe='$')}"

    def _size(self, asked: Asked, default: int) -> int:
        wanted = re.search(r"odata\.maxpagesize=(\d+)", asked.headers.get("prefer", ""))
        return int(asked.first("$top") or (wanted[1] if wanted else default))

    def _token(self, asked: Asked) -> Row:
        """What a delta link remembers: since when, where the page begins, and the query it began with."""
        sealed = asked.first("$deltatoken") or asked.first("$skiptoken")
        if sealed is None:
            kept = dict(asked.query)
            prefer = self._size(asked, 20)
            return {"since": 0, "upto": self.seq, "start": 0, "query": kept, "size": prefer}
        token: Row = json.loads(base64.urlsafe_b64decode(sealed))
        if token["made"] < self.expired:
            raise RefusedError(410, "resyncRequired", "Resync required.")
        if asked.first("$deltatoken"):
            token |= {"since": token["upto"], "upto": self.seq, "start": 0}
        return token

    def _delta(self, asked: Asked, rows: list[Row], token: Row) -> Row:
        start, size = token["start"], token["size"]
        document: Row = {"@odata.context": f"{self.base}/v1.0/$metadata", "value": rows[start : start + size]}
        more = start + size < len(rows)
        ahead = token | {"made": self.seq, "start": start if self.loops else start + size if more else 0}
        sealed = base64.urlsafe_b64encode(json.dumps(ahead, sort_keys=True).encode()).decode()
        named = "$skiptoken" if more or self.loops else "$deltatoken"
        document["@odata.nextLink" if more or self.loops else "@odata.deltaLink"] = self._link(asked, [(named, sealed)])
        return document

    def _do_me(self, _asked: Asked, _names: dict[str, str], me: str) -> Row:
        return self.users[me]

    def _do_person(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        fields = (asked.first("$select") or "id,displayName").split(",")
        return {name: self.users[names["person"]].get(name) for name in fields}

    def _do_schedule(self, asked: Asked, _names: dict[str, str], _me: str) -> Answer:
        """As Exchange answers: in the case it was asked in, and a mailbox it cannot look into by an error of its own."""
        known = {row["mail"].casefold(): id_ for id_, row in self.users.items() if row["mail"]}
        found: list[Row] = []
        for address in json.loads(asked.body)["schedules"]:
            told = self.mailboxes.get(known.get(address.casefold(), ""))
            fault = {"responseCode": "ErrorMailRecipientNotFound", "message": "Unable to resolve e-mail address."}
            found.append({"scheduleId": address, "availabilityView": "0", **(told or {"error": fault})})
        return Answer(200, json.dumps({"value": found}).encode(), {"content-type": "application/json"})

    def _do_teams(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        mine = [row for row in self.teams.values() if me in row["members"]]
        return self._page(asked, [{"id": row["id"], "displayName": row["displayName"], "isArchived": False,
                                   "visibility": None} for row in mine], 100)  # fmt: skip

    def _do_team(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        row = self.teams[names["team"]]
        return {"id": row["id"], "visibility": row["visibility"]}

    def _do_channels(self, asked: Asked, names: dict[str, str], me: str) -> Row:
        rows = [
            {"id": row["id"], "displayName": row["displayName"],
             "membershipType": "standard" if row["members"] is None else "private",
             "webUrl": f"https://teams.microsoft.com/l/channel/{row['id']}"}
            for row in self.channels.values()
            if row["team"] == names["team"] and (row["members"] is None or me in row["members"])
        ]  # fmt: skip
        return self._page(asked, rows, 100)

    def _members(self, people: Iterable[str]) -> list[Row]:
        return [
            {"@odata.type": "#microsoft.graph.aadUserConversationMember", "id": f"member-{id_}", "roles": [], "userId": id_,
             "displayName": self.users[id_]["displayName"], "email": self.users[id_]["mail"], "tenantId": TENANT}
            for id_ in people
        ]  # fmt: skip

    def _do_channel_members(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        row = self.channels[names["channel"]]
        return self._page(asked, self._members(row["members"] or self.teams[row["team"]]["members"]), 100)

    def _do_posts(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        held = self.lines[names["channel"]]
        roots = sorted((row for row in held.values() if row["root"] is None), key=self._chain(held), reverse=True)
        return self._page(asked, roots, self._size(asked, 20), lambda row: self._line(row, names))

    def _chain(self, held: dict[str, Row]) -> Callable[[Row], int]:
        """When a post or one of its answers changed last."""
        newest: dict[str, int] = {}
        for row in held.values():
            root = row["root"] or row["id"]
            newest[root] = max(newest.get(root, 0), row["modified"])
        return lambda row: newest[row["id"]]

    def _do_posts_delta(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        token = self._token(asked)
        held = self.lines[names["channel"]]
        after = _after(token["query"].get("$filter"))
        chain = self._chain({id_: row for id_, row in held.items() if row["root"] is None or row["root"] in held})
        roots = sorted(
            (row for row in held.values()
             if row["root"] is None and token["since"] < row["seq"] <= token["upto"] and chain(row) > after),
            key=lambda row: row["at"],
        )  # fmt: skip
        expand = self.expands and "replies" in token["query"].get("$expand", "")
        rows = []
        for row in roots:
            shown = self._line(row, names)
            if expand:
                answers = [one for one in held.values() if one["root"] == row["id"]][::-1]
                shown["replies"] = [self._line(one, names) for one in answers[:1000]]
                if len(answers) > 1000:
                    path = f"/v1.0/teams/{names['team']}/channels/{names['channel']}/messages/{row['id']}/replies"
                    shown["replies@odata.nextLink"] = f"{self.base}{path}?$top=50&$skiptoken=1000"
            rows.append(shown)
        return self._delta(asked, rows, token)

    def _do_post(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._line(self.lines[names["channel"]][names.get("reply") or names["message"]], names)

    def _do_replies(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        answers = [row for row in self.lines[names["channel"]].values() if row["root"] == names["message"]][::-1]
        return self._page(asked, answers, self._size(asked, 20), lambda row: self._line(row, names))

    def _do_new_post(self, asked: Asked, names: dict[str, str], me: str) -> Row:
        return self._write(asked, names["channel"], names, me, None)

    def _do_reply(self, asked: Asked, names: dict[str, str], me: str) -> Row:
        return self._write(asked, names["channel"], names, me, names["message"])

    def _do_say(self, asked: Asked, names: dict[str, str], me: str) -> Row:
        return self._write(asked, names["chat"], names, me, None)

    def _write(self, asked: Asked, where: str, names: dict[str, str], me: str, root: str | None) -> Row:
        body = json.loads(asked.body)
        more = self._taken(body)
        line = self.say(where, me, more.pop("html"), root, **more)
        self._host(body, self.lines[where][line], unquote(asked.path), root)
        return self._line(self.lines[where][line], names)

    def _host(self, body: Row, row: Row, path: str, root: str | None) -> None:
        """Keep the pictures of a message; each must stand in it."""
        for each in body.get("hostedContents") or ():
            name, data = f"{row['id']}x{each['@microsoft.graph.temporaryId']}", base64.b64decode(each["contentBytes"])
            source = f"../hostedContents/{each['@microsoft.graph.temporaryId']}/$value"
            if source not in row["html"] or not each["contentType"].startswith("image/"):
                raise RefusedError(400, "BadRequest", "A hosted content is not in the body.")
            self.files[name] = data
            at = f"{self.base}{path}/{row['id']}/hostedContents/{name}/$value"
            row["html"] = row["html"].replace(source, at)

    def _taken(self, body: Row) -> Row:
        """What Teams makes of a message's body; mentions must be drawn, attachments must stand in it."""
        html = body["body"]["content"]
        if not re.sub(r"<[^>]*>", "", html).strip() and not body.get("attachments"):
            raise RefusedError(400, "BadRequest", "Message body is empty.")
        mentions = body.get("mentions") or []
        if {str(each["id"]) for each in mentions} != set(re.findall(r'<at id="(\d+)">', html)):
            raise RefusedError(400, "BadRequest", "Mentions do not match the body.")
        for each in body.get("attachments") or ():
            if f'<attachment id="{each["id"]}"></attachment>' not in html:
                raise RefusedError(400, "BadRequest", "Attachment is not in the body.")
        self.did += words.acts(html, mentions)
        if self.strips:
            html = words.stripped(html)
        return {"html": html, "kind": body["body"]["contentType"], "mentions": mentions,
                "attachments": body.get("attachments") or []}  # fmt: skip

    def _edit(self, asked: Asked, row: Row, me: str) -> None:
        if row["author"] != me or row["deleted"]:
            raise RefusedError(403, "Forbidden", "Not the author.")
        row |= self._taken(json.loads(asked.body))
        row["edited"] = row["modified"] = self.stamp()
        row["seq"] = self._step()

    def _do_edit_post(self, asked: Asked, names: dict[str, str], me: str) -> None:
        row = self.lines[names["channel"]][names.get("reply") or names["message"]]
        self._edit(asked, row, me)
        self._touch(names["channel"], row)

    def _do_edit_line(self, asked: Asked, names: dict[str, str], me: str) -> None:
        self._edit(asked, self.lines[names["chat"]][names["message"]], me)

    def _remove(self, where: str, line: str, me: str) -> None:
        if self.lines[where][line]["author"] != me:
            raise RefusedError(403, "Forbidden", "Not the author.")
        self.drop(where, line)

    def _do_drop_post(self, _asked: Asked, names: dict[str, str], me: str) -> None:
        self._remove(names["channel"], names.get("reply") or names["message"], me)

    def _do_drop_line(self, _asked: Asked, names: dict[str, str], me: str) -> None:
        self._remove(names["chat"], names["message"], me)

    def _do_react(self, asked: Asked, names: dict[str, str], me: str) -> None:
        where = names.get("chat") or names["channel"]
        row = self.lines[where][names.get("reply") or names["message"]]
        sign = json.loads(asked.body)["reactionType"]
        held = [each for each in row["reactions"] if each["user"]["user"]["id"] != me or each["reactionType"] != sign]
        row["reactions"] = held
        if names["verb"] == "setReaction":
            self.react(where, row["id"], me, sign)

    def _do_hosted(self, _asked: Asked, names: dict[str, str], _me: str) -> Answer:
        if names["content"] not in self.files:
            raise RefusedError(404, "NotFound")
        return Answer(200, self.files[names["content"]], {"content-type": "image/png"})

    def _chat(self, row: Row, me: str, expand: str) -> Row:
        read = self.read.get((me, row["id"]))
        shown: Row = {
            "id": row["id"], "topic": row["topic"], "chatType": row["chatType"], "tenantId": TENANT,
            "lastUpdatedDateTime": iso(row["updated"]), "webUrl": f"https://teams.microsoft.com/l/chat/{row['id']}/0",
            "viewpoint": {"isHidden": False, "lastMessageReadDateTime": iso(read) if read else None},
        }  # fmt: skip
        if "members" in expand:
            shown["members"] = self._members(row["members"])[:25]
        if "lastMessagePreview" in expand:
            last = max(self.lines[row["id"]].values(), key=lambda one: one["at"], default=None)
            preview = last and {"id": last["id"], "createdDateTime": iso(last["at"]), "isDeleted": bool(last["deleted"]),
                                "messageType": "message", "body": {"contentType": "html", "content": last["html"]}}  # fmt: skip
            shown["lastMessagePreview"] = preview
        return shown

    def _do_chats(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        expand = asked.first("$expand") or ""
        if "," in expand and self.narrow:
            raise RefusedError(400, "BadRequest", "Only one expansion at a time.")
        mine = [self._chat(row, me, expand) for row in self.chats.values() if me in row["members"]]
        return self._page(asked, mine, self._size(asked, 20))

    def _do_chat(self, asked: Asked, names: dict[str, str], me: str) -> Row:
        return self._chat(self.chats[names["chat"]], me, asked.first("$expand") or "")

    def _do_chat_members(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._page(asked, self._members(self.chats[names["chat"]]["members"]), 200)

    def _do_chat_lines(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        """A filter counts only where the order names the same property."""
        order = (asked.first("$orderby") or "lastModifiedDateTime desc").partition(" ")[0]
        key = {"lastModifiedDateTime": "modified", "createdDateTime": "at"}[order]
        after = _after(asked.first("$filter")) if order == "lastModifiedDateTime" else -1
        found = [row for row in self.lines[names["chat"]].values() if row["modified"] > after]
        found.sort(key=lambda row: row[key], reverse=True)
        return self._page(asked, found, self._size(asked, 20), lambda row: self._line(row, names))

    def _do_chat_line(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._line(self.lines[names["chat"]][names["message"]], names)

    def _do_pins(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        held = self.lines[names["chat"]]
        rows = [{"id": id_, "message": self._line(held[id_], names)} for id_ in self.pinned.get(names["chat"], ())]
        return self._page(asked, rows, 100)

    def _do_pin(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        bound = unquote(json.loads(asked.body)["message@odata.bind"])
        prefix = f"{self.base}/v1.0/chats/{names['chat']}/messages/"
        if not bound.startswith(prefix) or bound.removeprefix(prefix) not in self.lines[names["chat"]]:
            raise RefusedError(400, "BadRequest", "No such message.")
        self.pinned.setdefault(names["chat"], []).append(bound.removeprefix(prefix))
        return {"id": bound.removeprefix(prefix)}

    def _do_unpin(self, _asked: Asked, names: dict[str, str], _me: str) -> None:
        if names["pin"] not in self.pinned.get(names["chat"], ()):
            raise RefusedError(404, "NotFound")
        self.pinned[names["chat"]].remove(names["pin"])

    def _do_mark_read(self, asked: Asked, names: dict[str, str], me: str) -> None:
        self._meant(asked, me)
        self.read[me, names["chat"]] = max((row["at"] for row in self.lines[names["chat"]].values()), default=0)

    def _do_mark_unread(self, asked: Asked, names: dict[str, str], me: str) -> None:
        self._meant(asked, me)
        self.read[me, names["chat"]] = _ms(json.loads(asked.body)["lastMessageReadDateTime"])

    def _meant(self, asked: Asked, me: str) -> None:
        if json.loads(asked.body)["user"] != {"id": me, "tenantId": TENANT}:
            raise RefusedError(400, "BadRequest", "user is not the caller.")

    def _shown(self) -> tuple[str, str]:
        if self.by_hand is not None:
            return self.by_hand
        if self.preferred is not None and self.preferred[2] > self._now():
            return self.preferred[:2]
        return self.automatic

    def _do_presence(self, _asked: Asked, _names: dict[str, str], me: str) -> Row:
        availability, activity = self._shown()
        return {"id": me, "availability": availability, "activity": activity, "statusMessage": self.status}

    def _do_prefer(self, asked: Asked, _names: dict[str, str], _me: str) -> Answer:
        body = json.loads(asked.body)
        hours = dict(re.findall(r"(\d+)([DHMS])", body.get("expirationDuration", "P1D")))
        length = sum(int(n) * {"D": 86400, "H": 3600, "M": 60, "S": 1}[unit] for n, unit in hours.items())
        self.preferred = (body["availability"], body["activity"], self._now() + length * 1000)
        self.by_hand = None
        return Answer(200)

    def _do_unprefer(self, _asked: Asked, _names: dict[str, str], _me: str) -> Answer:
        self.preferred = self.by_hand = None
        return Answer(200)

    def _do_status(self, asked: Asked, _names: dict[str, str], _me: str) -> Answer:
        self.status = json.loads(asked.body)["statusMessage"]
        return Answer(200)

    def _do_meeting(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        """The meeting of this person with this id of theirs: made, or the one that is there."""
        body = json.loads(asked.body)
        known = self.meetings.get((me, body["externalId"]))
        if known is None:
            name = self._id("MSo{:020}")
            known = {"id": name, "subject": body["subject"], "externalId": body["externalId"],
                     "joinWebUrl": f"https://teams.microsoft.com/l/meetup-join/{name}"}  # fmt: skip
            self.meetings[me, body["externalId"]] = known
        return known

    def _do_lists(self, asked: Asked, _names: dict[str, str], _me: str) -> Row:
        return self._page(asked, list(self.lists.values()), self._size(asked, 100))

    def _todo(self, row: Row, *, linked: bool) -> Row:
        kept = ("id", "title", "body", "status", "importance", "categories", "dueDateTime")
        shown = {name: row[name] for name in kept} | {
            "@odata.etag": f'W/"todo{row["seq"]}=="', "createdDateTime": _seven(row["at"]), "isReminderOn": False,
            "lastModifiedDateTime": _seven(row["modified"]), "hasAttachments": False,
        }  # fmt: skip
        if linked:
            shown["linkedResources"] = row["linkedResources"]
        return shown

    def _do_todos(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        linked = "linkedResources" in (asked.first("$expand") or "")
        rows = [self._todo(row, linked=linked) for row in self._in_list(names["list"])]
        return self._page(asked, rows, self._size(asked, 10))

    def _in_list(self, list_: str) -> list[Row]:
        return [row for row in self.todos.values() if row["list"] == list_ and row["id"] not in self.hidden]

    def _do_todos_delta(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        token = self._token(asked)
        linked = self.links and "linkedResources" in token["query"].get("$expand", "")
        rows: list[tuple[int, Row]] = [
            (row["seq"], self._todo(row, linked=linked))
            for row in self._in_list(names["list"])
            if token["since"] < row["seq"] <= token["upto"]
        ]
        rows += [
            (row["seq"], {"id": id_, "@removed": {"reason": "deleted"}})
            for id_, row in self.dropped.items()
            if row["list"] == names["list"] and token["since"] and token["since"] < row["seq"] <= token["upto"]
        ]
        return self._delta(asked, [row for _seq, row in sorted(rows, key=lambda each: each[0])], token)

    def _do_new_todo(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        body = json.loads(asked.body)
        id_ = self.add_todo(names["list"], body.pop("title"))
        linked = [{"id": self._id("link-{}"), **each} for each in body.pop("linkedResources", ())]
        self.todos[id_] |= {**body, "linkedResources": linked}
        return self._todo(self.todos[id_], linked=False)

    def _do_todo(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._todo(self.todos[names["task"]], linked="linkedResources" in (asked.first("$expand") or ""))

    def _do_edit_todo(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        self.change_todo(names["task"], **json.loads(asked.body))
        return self._todo(self.todos[names["task"]], linked=False)

    def _do_plans(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        rows = [self._plan(row) for row in self.plans.values() if me in self.teams[row["group"]]["members"]]
        return self._page(asked, rows, 100)

    def _plan(self, row: Row) -> Row:
        return {"id": row["id"], "title": row["title"], "owner": row["group"],
                "container": {"containerId": row["group"], "type": "group"}}  # fmt: skip

    def _do_plan(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._plan(self.plans[names["plan"]])

    def _do_assigned(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        rows = [row for row in self.planned.values() if me in row["assignments"] and row["id"] not in self.hidden]
        return self._page(asked, rows, 100, self._planned)

    def _planned(self, row: Row) -> Row:
        kept = ("id", "title", "percentComplete", "priority", "assignments", "dueDateTime", "appliedCategories")
        return {name: row[name] for name in kept} | {
            "@odata.etag": f'W/"plan{row["seq"]}="', "planId": row["plan"], "createdDateTime": iso(row["at"]),
            "createdBy": {"user": {"id": row["author"], "displayName": None}}, "hasDescription": bool(row["text"]),
            "checklistItemCount": len(row["checklist"]), "referenceCount": len(row["references"]),
        }  # fmt: skip

    def _do_planned(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        rows = [row for row in self.planned.values() if row["plan"] == names["plan"] and row["id"] not in self.hidden]
        return self._page(asked, [self._planned(row) for row in rows], 100)

    def _do_one_planned(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._planned(self.planned[names["planned"]])

    def _do_new_planned(self, asked: Asked, _names: dict[str, str], me: str) -> Row:
        body = json.loads(asked.body)
        if body["planId"] not in self.plans:
            raise RefusedError(404, "NotFound")
        details = body.pop("details", {})
        id_ = self.add_planned(body.pop("planId"), me, body.pop("title"), **body)
        if self.deep:
            self.planned[id_]["text"] = details.get("description", "")
        return self._planned(self.planned[id_])

    def _do_edit_planned(self, asked: Asked, names: dict[str, str], _me: str) -> Any:
        row = self.planned[names["planned"]]
        self._matches(asked, self._planned(row)["@odata.etag"])
        body = json.loads(asked.body)
        for name in ("assignments", "appliedCategories"):
            held = {**row[name], **body.pop(name, {})}
            row[name] = {key: value for key, value in held.items() if value not in (None, False)}
        self.change_planned(row["id"], **body)
        return self._back(asked, self._planned(row))

    def _do_details(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        row = self.planned[names["planned"]]
        return {"@odata.etag": f'W/"det{row["details"]}="', "id": row["id"], "description": row["text"],
                "checklist": row["checklist"], "references": row["references"]}  # fmt: skip

    def _do_edit_details(self, asked: Asked, names: dict[str, str], me: str) -> Any:
        row = self.planned[names["planned"]]
        self._matches(asked, self._do_details(asked, names, me)["@odata.etag"])
        row["text"], row["details"] = json.loads(asked.body)["description"], self._step()
        return self._back(asked, self._do_details(asked, names, me))

    def _matches(self, asked: Asked, etag: str) -> None:
        given = asked.headers.get("if-match")
        if given is None:
            raise RefusedError(400, "BadRequest", "The If-Match header must be specified.")
        if given not in {etag, "*"}:
            raise RefusedError(412, "PreconditionFailed", "The If-Match header contains an outdated etag.")

    def _back(self, asked: Asked, row: Row) -> Any:
        if "return=representation" not in asked.headers.get("prefer", ""):
            return None
        return Answer(200, json.dumps(row).encode(), {"content-type": "application/json"})

    def _book(self, row: Row) -> Row:
        return {"id": f"book-{row['book'].replace(' ', '')}", "displayName": row["book"], "isShared": row["shared"]}

    def _do_sections(self, asked: Asked, _names: dict[str, str], _me: str) -> Row:
        rows = [{"id": row["id"], "displayName": row["displayName"], "parentNotebook": self._book(row),
                 "links": {"oneNoteWebUrl": {"href": f"https://onenote.example/{row['id']}"}}}
                for row in self.sections.values()]  # fmt: skip
        return self._page(asked, rows, self._size(asked, 20))

    def _note(self, row: Row) -> Row:
        section = self.sections[row["section"]]
        return {
            "id": row["id"], "title": row["title"], "createdDateTime": iso(row["at"]),
            "lastModifiedDateTime": iso(row["modified"]), "contentUrl": f"{self.base}/v1.0/me/onenote/pages/x/content",
            "links": {"oneNoteWebUrl": {"href": f"https://onenote.example/{row['id']}"}},
            "parentSection": {"id": section["id"], "displayName": section["displayName"]},
            "parentNotebook": self._book(section),
        }  # fmt: skip

    def _do_pages(self, asked: Asked, _names: dict[str, str], _me: str) -> Row:
        if self.crowded:
            raise RefusedError(400, "20266", "The number of maximum sections is exceeded for this request.")
        least = _after(asked.first("$filter"))
        found = [row for row in self.pages.values() if row["modified"] >= least]
        found.sort(key=lambda row: row["modified"], reverse="desc" in (asked.first("$orderby") or "desc"))
        rows = [self._note(row) for row in found]
        if asked.first("$select") == "id":
            rows = [{"id": row["id"]} for row in rows]
        return self._page(asked, rows, self._size(asked, 20))

    def _do_section_pages(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        least = _after(asked.first("$filter"))
        rows = [self._note(row) for row in self.pages.values()
                if row["section"] == names["section"] and row["modified"] >= least]  # fmt: skip
        return self._page(asked, rows, self._size(asked, 20))

    def _do_page(self, _asked: Asked, names: dict[str, str], _me: str) -> Row:
        return self._note(self.pages[names["page"]])

    def _do_content(self, asked: Asked, names: dict[str, str], _me: str) -> Answer:
        row = self.pages[names["page"]]
        inner = _with_ids(row["inner"]) if asked.first("includeIDs") == "true" else row["inner"]
        id_ = ' id="div:{guid}{1}"' if asked.first("includeIDs") == "true" else ""
        html = (
            f'<html lang="en-US">\n\t<head>\n\t\t<title>{escape(row["title"])}</title>\n\t\t'
            f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n\t</head>\n\t'
            f'<body data-absolute-enabled="true" style="font-family:Calibri;font-size:11pt">\n\t\t'
            f'<div{id_} data-id="_default" style="position:absolute;left:48px;top:120px;width:624px">{inner}</div>\n\t'
            "</body>\n</html>"
        )
        return Answer(200, html.encode(), {"content-type": "text/html"})

    def _do_new_page(self, asked: Asked, names: dict[str, str], _me: str) -> Row:
        html = asked.body.decode()
        if not asked.headers.get("content-type", "").startswith("text/html"):
            raise RefusedError(400, "20102", "The content type is not supported.")
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
        inner = re.search(r"<body>(.*)</body>", html, re.DOTALL)
        if title is None or inner is None:
            raise RefusedError(400, "20103", "No page.")
        self.did += words.acts(inner[1])
        return self._note(self.pages[self.add_page(names["section"], _unescape(title[1]), inner[1])])

    def _do_edit_content(self, asked: Asked, names: dict[str, str], _me: str) -> None:
        row = self.pages[names["page"]]
        for command in json.loads(asked.body):
            if command["action"] != "replace":
                raise RefusedError(400, "20128", "Only replace is built here.")
            if command["target"] == "title":
                row["title"] = command["content"]
                continue
            self.did += words.acts(command["content"])
            span = _element(_with_ids(row["inner"]), command["target"])
            if span is None:
                raise RefusedError(400, "20136", "The target cannot be replaced.")
            with_ids = _with_ids(row["inner"])
            replaced = with_ids[: span[0]] + command["content"] + with_ids[span[1] :]
            row["inner"] = re.sub(r' id="\w+:\{guid\}\{\d+\}"', "", replaced)
        self.edit_page(row["id"])

    def _line(self, row: Row, names: dict[str, str]) -> Row:
        user = self.users.get(row["author"] or "")
        identity = user and {"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": user["id"],
                             "displayName": user["displayName"], "userIdentityType": "aadUser"}  # fmt: skip
        channel, root = names.get("channel"), row["root"] or row["id"]
        url = channel and f"https://teams.microsoft.com/l/message/{channel}/{row['id']}?parentMessageId={root}"
        return {
            "id": row["id"], "replyToId": row["root"], "etag": str(row["modified"]), "subject": row["subject"],
            "messageType": "systemEventMessage" if row["event"] else "message", "createdDateTime": iso(row["at"]),
            "lastModifiedDateTime": iso(row["modified"]), "lastEditedDateTime": row["edited"] and iso(row["edited"]),
            "deletedDateTime": row["deleted"] and iso(row["deleted"]), "chatId": names.get("chat"), "webUrl": url,
            "importance": row["importance"], "locale": "en-us", "summary": None, "policyViolation": None,
            "eventDetail": row["event"], "from": {"application": None, "device": None, "user": identity} if identity
            else None, "body": {"contentType": row["kind"], "content": row["html"]}, "attachments": row["attachments"],
            "mentions": row["mentions"], "reactions": row["reactions"], "messageHistory": [],
        }  # fmt: skip


def _after(filter_: str | None) -> int:
    return _ms(filter_.rpartition(" ")[2]) if filter_ else -1


def _ms(stamp: str) -> int:
    return round((datetime.fromisoformat(stamp) - _EPOCH) / timedelta(milliseconds=1))


def _seven(ms: int) -> str:
    """To Do writes seven digits behind the second."""
    return iso(ms).replace("Z", "0000Z")


def _unescape(words_: str) -> str:
    from html import unescape

    return unescape(words_)


def _with_ids(inner: str) -> str:
    """The ids OneNote gives the parts of a page."""
    count = iter(range(2, 10_000))
    return re.sub(r"<(div|p|ul|ol|li)\b", lambda found: f'<{found[1]} id="{found[1]}:{{guid}}{{{next(count)}}}"', inner)


def _element(html: str, id_: str) -> tuple[int, int] | None:
    """Where an element with that id begins and ends."""
    found = re.search(rf'<(\w+) id="{re.escape(id_)}"', html)
    if found is None:
        return None
    depth = 0
    for tag in re.compile(rf"<(/?){found[1]}\b[^>]*>").finditer(html, found.start()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return found.start(), tag.end()
    return None
