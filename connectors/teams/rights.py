"""What a token may do: each part is asked for one row, and Graph's refusal names what is missing.

The token itself is not looked into: its inside is Microsoft's, and a connector never holds it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.teams.api.ask import channel_path
from connectors.teams.api.shape import Row, ident, obj, part, rows, text
from connectors.teams.run import Run, as_object
from leeward.errors import Gone, Refused
from leeward.wire import Request

CHAT = "Chat.ReadWrite"
CHANNEL_READ = "ChannelMessage.Read.All"
TASKS = "Tasks.ReadWrite"
NOTES = "Notes.ReadWrite"
PRESENCE = "Presence.ReadWrite"
NEEDED = (
    "User.Read",
    CHAT,
    "Team.ReadBasic.All",
    "Channel.ReadBasic.All",
    "ChannelMember.Read.All",
    CHANNEL_READ,
    "ChannelMessage.Send",
    "ChannelMessage.ReadWrite",
    TASKS,
    NOTES,
    PRESENCE,
    "OnlineMeetings.ReadWrite",
    "User.ReadBasic.All",
    "Calendars.ReadBasic",
)
"""Every right leeward asks for, as the Manifest lists them."""

_ON_TOKEN = re.compile(r"Scopes on the request '([^']{0,4000})'")
_LARGER = {
    "ChannelMessage.Read.All": ("Group.Read.All", "Group.ReadWrite.All"),
    "User.ReadBasic.All": ("User.Read.All",),
    "Calendars.ReadBasic": ("Calendars.Read", "Calendars.ReadWrite"),
}


async def rights(run: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rights a token has, as far as Graph tells them, and those it lacks."""
    lacking: list[str] = []
    told: tuple[str, ...] = ()
    async for scope, refusal in _refusals(run):
        lacking.append(scope)
        told = told or _told(refusal)
    if told:
        # Once a refusal says what the token has, nothing needs to be tried to know the rest.
        held = {each.casefold() for each in told}
        lacking += [each for each in NEEDED if not {each.casefold(), *map(str.casefold, _LARGER.get(each, ()))} & held]
    return told, tuple(dict.fromkeys(lacking))


async def _refusals(run: Run) -> AsyncIterator[tuple[str, Row]]:
    ask = run.ask
    teams, refusal = await _tried(run, ask.get("/me/joinedTeams"))
    if refusal is not None:
        yield "Team.ReadBasic.All", refusal
    for team in [id for row in teams if (id := ident(row.get("id")))][:1]:
        channels, refusal = await _tried(run, ask.get(f"/teams/{part(team)}/channels"))
        if refusal is not None:
            yield "Channel.ReadBasic.All", refusal
        for channel in [id for row in channels if (id := ident(row.get("id")))][:1]:
            path = channel_path(f"{team}/{channel}")
            for scope, request in (
                (CHANNEL_READ, ask.get(f"{path}/messages", top=1)),
                ("ChannelMember.Read.All", ask.get(f"{path}/members")),
            ):
                _rows, refusal = await _tried(run, request)
                if refusal is not None:
                    yield scope, refusal
    for scope, request in (
        (CHAT, ask.get("/me/chats", top=1)),
        (TASKS, ask.get("/me/todo/lists", top=1)),
        (NOTES, ask.get("/me/onenote/sections", top=1)),
        (PRESENCE, ask.get("/me/presence")),
    ):
        _rows, refusal = await _tried(run, request)
        if refusal is not None:
            yield scope, refusal


async def _tried(run: Run, request: Request) -> tuple[list[Row], Row | None]:
    """The rows of an answer, and what a refusal said; other trouble of one part is no missing right."""
    try:
        response = await run.http.send(replace(request, expect=frozenset({403})))
    except (Gone, Refused):
        return [], None
    document = as_object(response)
    if response.status == 403:
        return [], obj(document.get("error"))
    return list(rows(document.get("value") or [], run.world.odd)), None


def _told(refusal: Row) -> tuple[str, ...]:
    found = _ON_TOKEN.search(text(refusal.get("message")))
    return tuple(each.strip() for each in found[1].split(",") if each.strip()) if found else ()
