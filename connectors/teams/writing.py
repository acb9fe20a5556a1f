"""Writing lines to Teams: each with our key in it, quotes that cannot act, and looking for what was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from html import escape
from typing import Any

from connectors.keymark import split_marker
from connectors.paging import Walk
from connectors.teams.api.ask import channel_path, line_path, newer
from connectors.teams.api.html_in import read
from connectors.teams.api.html_out import Names, Written, key_from, names_anybody, write
from connectors.teams.api.lines import line
from connectors.teams.api.shape import Row, channel_of, chat_of, ident, instant, iso, obj, part, root_of, text
from connectors.teams.pull_places import listing
from connectors.teams.run import Run, as_object
from leeward.errors import Forbidden, Gone, NotSupported, Problem, Refused, ServiceChanged, Trouble
from leeward.model import Body, Instant, Key, Person, RemoteId, Sent
from leeward.ports import Upload
from leeward.words import _

MAX_PICTURES = 3_000_000
"""Microsoft takes four megabytes, written as text that is a third longer."""

SLACK_MS = 600_000
"""Clocks differ: what is looked for may be stamped this much earlier."""


class Writer:
    """Bound to one account, whose owner is known. `run` is asked through, no pull is made."""

    def __init__(self, run: Run) -> None:
        self._run, self._world, self._ask = run, run.world, run.ask

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        key: Key,
        to: RemoteId | None,
        files: tuple[Upload, ...] = (),
    ) -> Sent:
        """One line with its pictures: in a chat, below a post, or as a new post."""
        path = _lines_path(place, thread)
        shown, hosted = _pictures(files)
        quoted = await self._quoted(place, to) if chat_of(place) and to else None
        written = await self._written(
            place, body, key, f'<attachment id="{quoted["id"]}"></attachment>' if quoted else ""
        )
        document = _document(Written(written.html + shown, written.mentions), [quoted] if quoted else [])
        document |= {"hostedContents": hosted} if hosted else {}
        row = as_object(await self._run.http.send(self._ask.write("POST", path, document)))
        content = text(obj(row.get("body")).get("content"))
        if content:
            # Whether Teams keeps an attribute nobody sees is not promised anywhere: its own answer tells.
            self._world.hidden = key_from(read(content).key) is not None
        return self._sent(row, place, thread)

    async def edit(self, place: RemoteId, message: RemoteId, body: Body | None) -> Sent:
        """New words for our own line, or none; what was attached and the key stay."""
        path = _own_path(message)
        row = await self._own(path)
        if body is None:
            await self._run.http.send(self._ask.act("POST", self._deleting(path)))
            return Sent(message)
        found = read(text(obj(row.get("body")).get("content")))
        key = key_from(found.key) or split_marker(found.words)[1]
        before = "".join(f'<attachment id="{each}"></attachment>' for each in found.attachments if ident(each))
        written = await self._written(place, body, key or Key(""), before)
        attached = row.get("attachments")
        document = _document(written, attached if isinstance(attached, list) else [])
        await self._run.http.send(self._ask.write("PATCH", path, document))
        return Sent(message, text(row.get("webUrl")) or None)

    async def find(self, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant) -> Sent | None:
        """Our line with `key`, through all pages from ten minutes before `since` on.

        Raises `ServiceChanged` where pages go in circles: then nobody can say that it is not there.
        """
        oldest = max(0, since - SLACK_MS)
        walk = Walk()
        async for rows in self._since(place, thread, oldest, walk):
            for row in rows:
                found = line(row, place, self._world, _thread_of(place, thread, row))
                if found and found.said and found.said.key == key:
                    return self._sent(row, place, thread)
        if not walk.whole:
            raise ServiceChanged(_("Microsoft's pages go in circles."), _("Look into the chat yourself."))
        return None

    async def mark(self, place: RemoteId, upto: RemoteId) -> None:
        """Move a chat's marker to a line, never back. Channels have none."""
        chat = chat_of(place)
        short = upto.rpartition("/")[2]
        if chat is None or upto != f"{place}/{short}":
            return
        row = await self._run.get(self._ask.get(f"/chats/{part(chat)}", expand="lastMessagePreview"))
        held = instant(obj(row.get("viewpoint")).get("lastMessageReadDateTime")) or 0
        at = await self._at(upto)
        if at is None or at <= held:
            return
        user = {"id": self._world.me, "tenantId": text(row.get("tenantId"))}
        last = obj(row.get("lastMessagePreview"))
        newest = ident(last.get("id")) == short or (instant(last.get("createdDateTime")) or at + 1) <= at
        if newest:
            await self._run.http.send(
                self._ask.write("POST", f"/chats/{part(chat)}/markChatReadForUser", {"user": user})
            )
            return
        document = {"user": user, "lastMessageReadDateTime": iso(at)}
        await self._run.http.send(self._ask.write("POST", f"/chats/{part(chat)}/markChatUnreadForUser", document))

    async def _at(self, message: RemoteId) -> Instant | None:
        row = await self._run.there(self._ask.get(_own_path(message)))
        return None if row is None else instant(row.get("createdDateTime"))

    async def _written(self, place: RemoteId, body: Body, key: Key, before: str) -> Written:
        """The HTML to be sent; who there is to be mentioned is asked only when a name was typed."""
        names = Names(await self._people(place)) if names_anybody(body.own) else Names(())
        written = write(body, key, names, hidden=self._world.hidden if key else True, before=before)
        return written if key else Written(written.html.replace(' itemprop="leeward" itemid=""', ""), written.mentions)

    async def _people(self, place: RemoteId) -> list[Person]:
        """The members of a place, without the owner; whom a line named before where they cannot be listed."""
        path = f"/chats/{part(place)}" if chat_of(place) else channel_path(place)
        try:
            rows = await listing(self._run, self._ask.get(f"{path}/members"))
        except Trouble as trouble:
            trouble.taken = False
            raise
        people = [found for row in rows or () if (found := self._world.member(row))]
        return [each for each in people or self._world.people.values() if each.id != self._world.me]

    async def _quoted(self, place: RemoteId, to: RemoteId) -> dict[str, Any] | None:
        """The line that is answered, as the attachment Teams makes of it; None where it is gone."""
        try:
            row = await self._run.there(self._ask.get(_own_path(to)))
        except Trouble as trouble:
            trouble.taken = False
            raise
        found = line(row, place, self._world) if row is not None else None
        if found is None or found.said is None:
            return None
        short = to.rpartition("/")[2]
        user = obj(obj(found.row.get("from")).get("user"))
        sender = {"user": {"id": user.get("id"), "displayName": user.get("displayName"), "userIdentityType": "aadUser"}}
        content = {"messageId": short, "messagePreview": found.said.text[:200], "messageSender": sender}
        return {"id": short, "contentType": "messageReference", "content": json.dumps(content)}

    async def _own(self, path: str) -> Row:
        try:
            row = await self._run.get(self._ask.get(path))
        except Trouble as trouble:
            trouble.taken = False
            raise
        if row.get("deletedDateTime") is not None:
            raise Gone(_("This line is no longer there."))
        if self._world.somebody(row.get("from")) != self._world.me:
            raise Forbidden(_("This line was written by somebody else."))
        return row

    def _deleting(self, path: str) -> str:
        """A line of a chat is deleted below its author."""
        below = f"/users/{part(self._world.me)}" if path.startswith("/chats/") else ""
        return f"{below}{path}/softDelete"

    async def _since(
        self, place: RemoteId, thread: RemoteId | None, oldest: int, walk: Walk
    ) -> AsyncIterator[list[Row]]:
        """Pages that hold every line since `oldest`."""
        path = _lines_path(place, thread)
        if chat_of(place):
            request = self._ask.lines(path, orderby="lastModifiedDateTime desc", filter=newer(oldest))
        elif thread is not None:
            request = self._ask.lines(path)
        else:
            request = self._ask.lines(f"{path}/delta", filter=newer(oldest))
        async for rows in self._run.pages(request, walk):
            yield rows
            stamps = [instant(row.get("createdDateTime")) or oldest for row in rows]
            if thread is not None and not chat_of(place) and stamps and max(stamps) < oldest:
                # Answers come newest first.
                walk.whole = True
                return

    def _sent(self, row: Row, place: RemoteId, thread: RemoteId | None) -> Sent:
        found = line(row, place, self._world, _thread_of(place, thread, row))
        if found is None:
            raise ServiceChanged(_("Teams did not confirm this."), _("Looking whether it arrived."))
        said = found.said
        return Sent(found.id, said.url if said else None, said.version if said else None, found.at)


def _thread_of(place: RemoteId, thread: RemoteId | None, row: Row) -> RemoteId | None:
    """The post a line stands under: a new one stands under itself, a chat's under none."""
    if chat_of(place):
        return None
    return thread or RemoteId(f"{place}/{ident(row.get('id')) or ''}")


def _pictures(files: tuple[Upload, ...]) -> tuple[str, list[dict[str, str]]]:
    """Pictures as a message carries them. Raises `NotSupported` for other files: those lie in SharePoint."""
    if any(not each.media_type.startswith("image/") for each in files):
        raise NotSupported(_("leeward sends pictures to Teams, no other files."), _("Attach it in Teams."))
    if sum(len(each.data) for each in files) > MAX_PICTURES:
        raise Refused(_("That is more than a message of Teams takes."), _("Send the pictures one by one, or smaller."))
    shown = "".join(
        f'<div><img alt="{escape(each.name)}" src="../hostedContents/{number}/$value"></div>'
        for number, each in enumerate(files, 1)
    )
    hosted = [
        {
            "@microsoft.graph.temporaryId": str(number),
            "contentBytes": base64.b64encode(each.data).decode(),
            "contentType": each.media_type,
        }
        for number, each in enumerate(files, 1)
    ]
    return shown, hosted


def _document(written: Written, attachments: list[Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"body": {"contentType": "html", "content": written.html}}
    if written.mentions:
        document["mentions"] = list(written.mentions)
    if attachments:
        document["attachments"] = attachments
    return document


def _lines_path(place: RemoteId, thread: RemoteId | None) -> str:
    """Where lines are listed and written. Raises `Problem` where there are none."""
    if chat := chat_of(place):
        return f"/chats/{part(chat)}/messages"
    if channel_of(place) is None:
        raise NotSupported(_("This place has no lines."), _("Choose a channel or a chat."))
    if thread is None:
        return f"{channel_path(place)}/messages"
    found = root_of(thread)
    if found is None or f"{found[0]}/{found[1]}" != place:
        raise Problem(_("This thread is in another channel."))
    return f"{line_path(thread)}/replies"


def _own_path(message: RemoteId) -> str:
    path = line_path(message)
    if path is None:
        raise Problem(_("This is no line of Teams."))
    return path
