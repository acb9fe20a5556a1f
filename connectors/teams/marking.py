"""Pins, which chats alone have, and votes, which are reactions."""

from __future__ import annotations

from connectors.teams.api.ask import line_path
from connectors.teams.api.shape import Row, chat_of, ident, obj, part, rows, text
from connectors.teams.pull_places import listing
from connectors.teams.run import Run
from leeward.errors import NotSupported, Problem
from leeward.model import RemoteId
from leeward.ports_extra import Vote
from leeward.words import _

SIGNS = {
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "heart": "❤️",
    "laugh": "😆",
    "surprised": "😮",
    "sad": "😢",
    "angry": "😡",
    "tada": "🎉",
    "eyes": "👀",
    "white_check_mark": "✅",
    "x": "❌",
    "one": "1️⃣",
    "two": "2️⃣",
    "three": "3️⃣",
    "four": "4️⃣",
    "five": "5️⃣",
    "six": "6️⃣",
    "seven": "7️⃣",
    "eight": "8️⃣",
    "nine": "9️⃣",
}
"""The emoji that have a name here; any other goes as it is."""

_NAMES = {sign: name for name, sign in SIGNS.items()} | {"like": "thumbsup"}
_OLD = frozenset({"heart", "laugh", "surprised", "sad", "angry"})


class Marker:
    """Bound to one account, whose owner is known."""

    def __init__(self, run: Run) -> None:
        self._run, self._ask = run, run.ask

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Pin a line of a chat, or take its pin away."""
        chat = chat_of(place)
        if chat is None:
            raise NotSupported(_("Only lines of chats can be pinned through Microsoft Graph."), _("Pin it in Teams."))
        path = f"/chats/{part(chat)}/pinnedMessages"
        found = await listing(self._run, self._ask.get(path, expand="message"))
        held = [row for row in found or () if self._names(row) == message.rpartition("/")[2]]
        if pinned and not held:
            bound = {"message@odata.bind": f"{self._ask.base}{_path(message)}"}
            await self._run.http.send(self._ask.write("POST", path, bound))
        for row in held if not pinned else ():
            await self._run.http.send(self._ask.act("DELETE", f"{path}/{part(text(row.get('id')))}"))

    async def votes(self, message: RemoteId) -> tuple[Vote, ...]:
        """Every reaction, with its people."""
        row = await self._run.get(self._ask.get(_path(message)))
        held: dict[str, list[RemoteId]] = {}
        for each in rows(row.get("reactions") or [], self._run.world.odd):
            choice = choice_of(text(each.get("reactionType")))
            who = self._run.world.somebody(each.get("user"))
            if choice and who:
                held.setdefault(choice, []).append(who)
        return tuple(Vote(choice, tuple(dict.fromkeys(people))) for choice, people in held.items())

    async def vote(self, message: RemoteId, choice: str, *, on: bool) -> None:
        """React, or take the reaction back."""
        verb = "setReaction" if on else "unsetReaction"
        document = {"reactionType": SIGNS.get(choice, choice)}
        await self._run.http.send(self._ask.write("POST", f"{_path(message)}/{verb}", document))

    def _names(self, row: Row) -> str:
        """The line a pin is about; its own id is the line's where the line is not told."""
        return ident(obj(row.get("message")).get("id")) or ident(row.get("id")) or ""


def choice_of(reaction: str) -> str:
    """The name of a reaction: six old ones come as words, the others as the sign itself."""
    return reaction if reaction in _OLD else _NAMES.get(reaction, reaction)


def _path(message: RemoteId) -> str:
    path = line_path(message)
    if path is None:
        raise Problem(_("This is no line of Teams."))
    return path
