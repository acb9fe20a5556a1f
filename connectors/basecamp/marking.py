"""Small marks: read, pinned, boosted, a step that is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from connectors.basecamp.api import boosts, places, waiting
from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.ids import own_number, split, split_line
from connectors.basecamp.api.shape import Row, number, obj, text
from connectors.basecamp.api.waiting import Reading
from connectors.basecamp.api.world import World
from connectors.basecamp.finding import Finder
from connectors.basecamp.run import Gate, as_object
from leeward.errors import Forbidden, Gone, NotSupported, Refused
from leeward.model import RemoteId
from leeward.ports_extra import Vote
from leeward.words import _


class Marker:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, gate: Gate, world: World) -> None:
        self._gate, self._world = gate, world
        self._ask = Ask(world.api)

    async def read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Take the notices about these out of the “Hey!” menu, and tick steps off."""
        for each in todos:
            if each.startswith("step/"):
                path = f"card_tables/steps/{split(each)[1]}/completions.json"
                await self._gate.send(self._ask.write("PUT", path, completion="on"))
        if thread is None and upto is None and not any(each.startswith("reading/") for each in todos):
            return
        document = as_object(await self._gate.send(self._ask.get("my/readings.json")))
        circles = await self._circles() if place.startswith("chat/") else {}
        sgids = []
        for reading in waiting.readings(document, "unreads", self._world, circles):
            about = reading.id in todos or await self._is_read(reading, thread or place, upto)
            if about and reading.sgid:
                sgids.append(reading.sgid)
        if sgids:
            await self._gate.send(self._ask.write("PUT", "my/unreads.json", readables=sgids))

    async def _circles(self) -> dict[str, str]:
        """Which chat each ping is."""
        try:
            listed = as_rows((await self._gate.send(self._ask.get("circles.json"))).json())
        except (Forbidden, Gone, Refused):
            return {}
        found = (places.circle(each, self._world) for each in listed)
        return {each[0]: each[1].id.partition("/")[2] for each in found if each}

    async def _is_read(self, reading: Reading, target: RemoteId, upto: RemoteId | None) -> bool:
        """Whether all of what a notice is about was read here: nothing newer than `upto` is there."""
        if reading.target != target or upto is None:
            return False
        last = int(own_number(upto) or 0)
        if target.startswith("chat/"):
            lines = self._ask.lines(split(target)[1], "created_at")
            page = as_rows((await self._gate.send(lines)).json())
            newest = max((int(found) for row in page if (found := number(row.get("id")))), default=0)
            return newest <= last
        return reading.newest is None or reading.newest <= last

    async def pin(self, message: RemoteId, *, pinned: bool) -> None:
        """A message goes to the top of its board, for everybody; any other line among the owner's bookmarks."""
        word, found = split(message)
        chat = split_line(message)
        if chat is None and not found:
            raise NotSupported(_("This cannot be pinned."))
        mark = "pin" if word == "message" else "bookmark"
        path = f"recordings/{chat[1] if chat else found}/{mark}.json"
        try:
            await self._gate.send(self._ask.bare("POST" if pinned else "DELETE", path))
        except Gone:
            if pinned:
                raise

    async def votes(self, message: RemoteId) -> tuple[Vote, ...]:
        """Boosts by what they say, in the order they came."""
        found: dict[str, list[RemoteId]] = {}
        async for row in self._boosts(message):
            choice, who = boosts.choice(text(row.get("content"))), number(obj(row.get("booster")).get("id"))
            if choice and who and who not in found.setdefault(choice, []):
                found[choice].append(RemoteId(who))
        return tuple(Vote(choice, tuple(people)) for choice, people in found.items())

    async def vote(self, message: RemoteId, choice: str, *, on: bool) -> None:
        """Boost with `choice`, or take our boosts back that say it."""
        said = boosts.content(choice)
        if not said or len(said) > boosts.LONGEST:
            raise Refused(_("A Basecamp boost holds 16 characters at most."), _("Choose something shorter."))
        ours = [
            number(row.get("id"))
            async for row in self._boosts(message)
            if boosts.choice(text(row.get("content"))) == boosts.choice(said)
            and number(obj(row.get("booster")).get("id")) == self._world.me
        ]
        if on and not ours:
            path = f"recordings/{own_number(message)}/boosts.json"
            await self._gate.send(self._ask.write("POST", path, content=said))
        elif not on:
            for each in ours:
                await self._gate.send(self._ask.bare("DELETE", f"boosts/{each}"))

    def _boosts(self, message: RemoteId) -> AsyncIterator[Row]:
        return Finder(self._gate, self._world).every(self._ask.get(f"recordings/{own_number(message)}/boosts.json"))


def as_rows(document: object) -> Iterable[Row]:
    """The objects of a list."""
    return [obj(each) for each in document] if isinstance(document, list) else []
