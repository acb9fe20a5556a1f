"""Writing: our key in every message, long texts in order and never twice, files, edits, and lines for later.

Zoom takes no key of ours and 1,024 characters a message. What was sent of a long text when an answer was lost is looked
for by the key; the rest follows, and nothing goes out a second time. Where Zoom refuses the rest for good, what went
out is taken back: a text arrives whole or not at all.
"""

from __future__ import annotations

import secrets
from typing import Any

from connectors.zoom.api import ask, incoming, outgoing, parts
from connectors.zoom.api.incoming import Line
from connectors.zoom.api.shape import Odd, Row, ident, instant, iso, text
from connectors.zoom.people import Directory
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, Trouble, TryLater
from leeward.model import Body, Instant, Key, RemoteId, Sent
from leeward.ports import Clock, Upload
from leeward.wire import Request
from leeward.words import _

PAUSE_S = 0.25
"""Between the parts of one text: a channel takes 10 messages in a second and 30 in ten."""

FIND_PAGES = 500
MOST_FILES = 6
AROUND_MS = 15 * 60_000
SEARCH_BACK_MS = 30 * 86_400_000
LOOK_BACK_MS = 86_400_000
SOONEST_MS, LATEST_MS = 30 * 60_000, 180 * 86_400_000
_PATIENCE_S = 30.0
_FAR_MS = 3_600_000


class Writer:
    """Bound to one account, whose owner is known. `parts` is what was seen of long texts, by key: part to message."""

    def __init__(
        self, session: Session, directory: Directory, clock: Clock, known: dict[Key, dict[int, RemoteId]]
    ) -> None:
        self._session, self._directory, self._clock, self._known = session, directory, clock, known
        self._base, self._world = session.base, directory.world

    async def post(
        self, place: RemoteId, thread: RemoteId | None, body: Body, files: tuple[Upload, ...], key: Key
    ) -> Sent:
        """One line, in as many messages as it needs; its id is the first one's."""
        pieces = outgoing.pieces(await self._draft(body), key)
        there = await self._there(place, key) if len(pieces) > 1 else {}
        held = await self._uploaded(files)
        target = ask.whither(place) | ({"reply_main_message_id": thread} if thread else {})
        for number, piece in enumerate(pieces, 1):
            if number in there:
                continue
            attached = {"file_ids": held} if held and number == len(pieces) else {}
            there[number] = await self._next(piece | attached | target, there, place)
            self._known[key] = there
        self._known.pop(key, None)
        return Sent(there[1], self._world.links.get(place))

    async def _next(self, body: dict[str, Any], there: dict[int, RemoteId], place: RemoteId) -> RemoteId:
        """Send one part. What fails after the first part went out may not be told as if nothing had been sent."""
        if there:
            await self._clock.sleep(PAUSE_S)
        for patient in (True, False):
            try:
                return await self._sent(body)
            except TryLater as trouble:
                if there and not trouble.taken and patient and trouble.after_s <= _PATIENCE_S:
                    await self._clock.sleep(trouble.after_s)
                    continue
                trouble.taken = trouble.taken or bool(there)
                raise
            except (Refused, Forbidden, Gone) as trouble:
                trouble.taken = await self._undone(there, place)
                raise
            except Trouble as trouble:
                trouble.taken = trouble.taken or bool(there)
                raise
        raise AssertionError("the second try returns or raises")

    async def _sent(self, body: dict[str, Any]) -> RemoteId:
        document = await self._session.ask(ask.change("POST", self._base, "/chat/users/me/messages", body))
        id = ident(document.get("id"))
        if id is None:
            raise ServiceChanged(_("Zoom did not confirm this."), _("Looking whether it arrived."))
        return id

    async def _undone(self, there: dict[int, RemoteId], place: RemoteId) -> bool:
        """Take back what went out of a text whose rest was refused. Returns whether something may be left."""
        for number in sorted(there, reverse=True):
            try:
                await self._remove(place, there[number])
            except Gone:
                pass
            except Trouble:
                return True
            del there[number]
        return False

    async def _there(self, place: RemoteId, key: Key) -> dict[int, RemoteId]:
        """The parts of a long text that are there already: seen before, else searched for by the key."""
        if key in self._known:
            return dict(self._known[key])
        now = self._clock.now()
        span = {"from_": iso(now - SEARCH_BACK_MS), "to": iso(now + _FAR_MS)}
        path, words = "/chat/users/me/messages", {"search_type": "message", "search_key": key}
        search = ask.get(self._base, path, **ask.whither(place), **words, **span, page_size=ask.PAGE)
        try:
            listed = await self._searched(search, ask.lines(self._base, place, now - LOOK_BACK_MS, now + _FAR_MS))
        except Trouble as trouble:
            trouble.taken = False
            raise
        return self._mine((one for row in listed if (one := self._line(row))), key)

    async def _searched(self, search: Request, recent: Request) -> list[Row]:
        """What a search finds; where Zoom does not search for this account, what was said of late."""
        try:
            return await self._session.whole(search, "messages")
        except (Forbidden, Gone, Refused):
            return await self._session.whole(recent, "messages")

    def _mine(self, lines: Any, key: Key) -> dict[int, RemoteId]:
        return {
            line.signature.part: line.id
            for line in lines
            if line.signature and line.signature.key == key and not line.gone and line.author == self._world.me
        }

    async def find(self, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant) -> Sent | None:
        """Our line with `key`, whole.

        What is there of a text that is not whole is remembered, so that only the rest is sent.
        """
        del thread  # Zoom's list holds answers in threads too
        found: dict[int, Line] = {}
        until = max(self._clock.now(), self._session.now) + _FAR_MS
        request, ended = ask.lines(self._base, place, since - AROUND_MS, until), False
        async for rows, over in self._session.pages(request, "messages", FIND_PAGES):
            lines = [one for row in rows if (one := self._line(row)) and not one.gone]
            found |= {one.signature.part: one for one in lines if one.signature and one.signature.key == key}
            ended = over
        if not ended and not found:
            raise ServiceChanged(_("Zoom's pages have no end."), _("Look into the channel yourself."))
        whole = incoming.joined(found.values())
        if whole and whole[0].key == key:
            self._known.pop(key, None)
            first = whole[0]
            return Sent(first.id, self._world.links.get(place), first.digest, first.at)
        if found:
            self._known[key] = {part: line.id for part, line in found.items()}
        return None

    async def edit(self, place: RemoteId, message: RemoteId, body: Body | None, key: Key) -> Sent:
        """New words for our own line, or none. Its other parts follow: changed, taken away, or more of them."""
        try:
            held = await self._own(place, message)
            several = await self._several(place, held) if held.signature and held.signature.of > 1 else [held]
            pieces = self._changed(body, several, held.key or key) if body is not None else ()
        except Trouble as trouble:
            trouble.taken = False
            raise
        kept = _kept(several, len(pieces))
        for line, piece in zip(kept, pieces, strict=False):
            await self._replace(place, line, piece)
        target = ask.whither(place) | ({"reply_main_message_id": held.root} if held.root else {})
        for piece in pieces[len(kept) :]:
            await self._sent(piece | target)
        for line in several[::-1]:
            if line not in kept:
                await self._remove(place, line.id)
        return Sent(message, self._world.links.get(place))

    def _changed(self, body: Body, several: list[Line], key: Key) -> tuple[dict[str, Any], ...]:
        """The new pieces. A change takes no formats: the marks stay in it as they were typed.

        Raises `Refused` where the new words need more messages than there are, and those would stand far from them.
        """
        with_files = any(line.files for line in several[1:])
        pieces = outgoing.pieces(outgoing.plain(body), key, 2 if with_files else 1)
        if len(pieces) > len(several) and self._clock.now() - several[0].at > AROUND_MS:
            raise Refused(_("The line would need more messages than it has."), _("Write the rest as a new line."))
        return pieces

    async def _replace(self, place: str, held: Line, piece: dict[str, Any]) -> None:
        """Zoom drops the files that are not named again."""
        files = [file.url.rpartition("/")[2] for file in held.files if file.url]
        body = {"message": piece["message"], **ask.whither(place)} | ({"file_ids": files} if files else {})
        path = f"/chat/users/me/messages/{ask.segment(held.id)}"
        await self._session.ask(ask.change("PUT", self._base, path, body))

    async def _remove(self, place: str, id: str) -> None:
        path = f"/chat/users/me/messages/{ask.segment(id)}"
        await self._session.ask(ask.remove(self._base, path, **ask.whither(place)))

    async def _own(self, place: str, message: str) -> Line:
        held = self._line(await self._session.ask(ask.line(self._base, place, message)))
        if held is None:
            raise Gone(_("This line is no longer there."))
        if held.author != self._world.me:
            raise Forbidden(_("This line was written by somebody else."))
        return held

    async def _several(self, place: str, first: Line) -> list[Line]:
        """All parts of a text in their order, by the key; they were sent within minutes."""
        request = ask.lines(self._base, place, first.at - AROUND_MS, first.at + AROUND_MS)
        listed = await self._session.whole(request, "messages")
        lines = [one for row in listed if (one := self._line(row)) and not one.gone]
        key = first.signature.key if first.signature else None
        found = {one.signature.part: one for one in lines if one.signature and one.signature.key == key}
        return [line for _part, line in sorted(({1: first} | found).items())]

    async def send_at(self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, key: Key) -> Sent:
        """Lines Zoom keeps until `at`; the parts of a long one a second after another, so that they stay in order."""
        ahead = at - self._clock.now()
        if not SOONEST_MS < ahead < LATEST_MS:
            raise Refused(
                _("Zoom keeps lines for 30 minutes to 180 days."), _("Choose such a time, or let leeward send it.")
            )
        pieces = outgoing.pieces(await self._draft(body), key)
        target = ask.whither(place) | ({"reply_main_message_id": thread} if thread else {})
        drafts: list[RemoteId] = []
        for number, piece in enumerate(pieces):
            try:
                drafts.append(await self._sent(piece | target | {"scheduled_time": iso(at + number * 1000)}))
            except Trouble as trouble:
                if drafts:
                    trouble.taken = await self._unscheduled(place, drafts) or trouble.taken
                raise
        return Sent(RemoteId(",".join(drafts)), self._world.links.get(place), at=at)

    async def _unscheduled(self, place: str, drafts: list[RemoteId]) -> bool:
        try:
            for draft in drafts:
                await self._session.ask(self._draft_away(place, draft))
        except Trouble:
            return True
        return False

    async def unsend(self, place: RemoteId, waiting: RemoteId) -> None:
        """Take a waiting line back, with all its parts. Raises `Gone` where none of them waits any more."""
        left = 0
        for draft in waiting.split(","):
            try:
                await self._session.ask(self._draft_away(place, draft))
            except Gone:
                continue
            left += 1
        if not left:
            raise Gone(_("This line was sent already."))

    def _draft_away(self, place: str, draft: str) -> Request:
        return ask.remove(self._base, f"/chat/messages/schedule/{ask.segment(draft)}", **ask.whither(place))

    async def find_waiting(self, place: str, key: Key) -> Sent | None:
        """A line of ours that waits at Zoom, with all its parts. What is not whole is taken back: it is left there anew."""
        request = ask.get(self._base, "/chat/messages/schedule", **ask.whither(place), page_size=ask.PAGE)
        listed = await self._session.whole(request, "messages")
        found: dict[int, tuple[RemoteId, int, Instant | None]] = {}
        for row in listed:
            _words, signature = parts.unsigned(text(row.get("message")))
            draft = ident(row.get("draft_id"))
            if signature and signature.key == key and draft:
                found[signature.part] = (draft, signature.of, instant(row.get("scheduled_time")))
        if not found:
            return None
        if len(found) < max(of for _id, of, _at in found.values()):
            for draft, _of, _at in found.values():
                await self._session.ask(self._draft_away(place, draft))
            return None
        return Sent(RemoteId(",".join(found[number][0] for number in sorted(found))), at=found[min(found)][2])

    async def _draft(self, body: Body) -> outgoing.Draft:
        """The text to be sent; who there is is asked only when a name was typed."""
        if outgoing.names_in(body.own):
            try:
                await self._directory.refresh()
            except Trouble as trouble:
                trouble.taken = False
                raise
        return outgoing.compose(body, self._directory.person_called)

    async def _uploaded(self, files: tuple[Upload, ...]) -> list[RemoteId]:
        """Files go up first and are seen by nobody until a message names them."""
        if len(files) > MOST_FILES:
            raise Refused(_("Zoom takes {most} files a message.").format(most=MOST_FILES), _("Send fewer at once."))
        held: list[RemoteId] = []
        for file in files:
            try:
                document = await self._session.ask(upload(self._session.files, file))
            except Trouble as trouble:
                trouble.taken = False
                raise
            id = ident(document.get("id"))
            if id is None:
                raise ServiceChanged(_("Zoom did not take the file."), _("Trying again later."), taken=False)
            held.append(id)
        return held

    def _line(self, row: Any) -> Line | None:
        return incoming.line(row, self._world, Odd())


def upload(base: str, file: Upload) -> Request:
    """A file as a form. `postToPersonalChat` would show it to its owner before it is sent."""
    boundary = f"leeward{secrets.token_hex(16)}"
    name = file.name.replace("\\", "_").replace('"', "_").replace("\r", " ").replace("\n", " ")
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n'
        f"content-type: {file.media_type}\r\n\r\n"
    )
    return Request(
        "POST",
        f"{base}/v2/chat/users/me/files",
        (("postToPersonalChat", "false"),),
        (("content-type", f"multipart/form-data; boundary={boundary}"),),
        head.encode() + file.data + f"\r\n--{boundary}--\r\n".encode(),
        ask.ANSWERED,
        timeout_s=300,
    )


def _kept(several: list[Line], count: int) -> list[Line]:
    """Which messages hold the new words. One with files is kept for the last: Zoom gives none to a message without."""
    last = next((line for line in several[1:][::-1] if line.files), None)
    if last is None or count >= len(several) or not count:
        return several[:count]
    return [*[line for line in several if line is not last][: count - 1], last]
