"""Smaller things: pins, the status beside one's name, and when others do not want to be disturbed."""

from __future__ import annotations

import json
import re

from connectors.slack.api import ask
from connectors.slack.api.shape import obj, split_id, whole
from connectors.slack.people import Directory
from leeward.errors import Forbidden, Problem, Refused
from leeward.model import Instant, RemoteId
from leeward.ports_extra import Told
from leeward.words import _

MOST = 50
"""So many people one question names."""

_STATUS = 100
_EMOJI = re.compile(r":?([a-z0-9_+'-]{1,100}):?")


async def pin(directory: Directory, place: str, message: str, *, pinned: bool) -> None:
    """Pin a line for everybody in its channel, or take the pin off."""
    found = split_id(message)
    if found is None or found[0] != place:
        raise Problem(_("This is no line of Slack."))
    method = "pins.add" if pinned else "pins.remove"
    try:
        await directory.ask(ask.post(directory.base, method, channel=place, timestamp=found[1]))
    except ask.StandsSo:
        return


async def set_status(directory: Directory, words: str, emoji: str | None, until: Instant | None) -> None:
    """Show a status until then; Slack takes it away by itself. Raises `Refused` where it is too long."""
    if len(words) > _STATUS:
        raise Refused(_("Slack shows a hundred characters of status."), _("Make it shorter."))
    named = _EMOJI.fullmatch(emoji or "")
    profile = {
        "status_text": words,
        "status_emoji": f":{named[1]}:" if named and words else "",
        "status_expiration": -(-until // 1000) if until is not None and words else 0,
    }
    told = json.dumps(profile, ensure_ascii=False, separators=(",", ":"))
    await directory.ask(ask.post(directory.base, "users.profile.set", profile=told))


async def hours(directory: Directory, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
    """Everybody's zone, and the next span of theirs in which Slack keeps quiet for them."""
    known = {one.id: one.zone for one in await directory.need(people)}
    asked = [each for each in dict.fromkeys(people) if each in known][:MOST]
    away = await _away(directory, asked) if asked else {}
    return tuple(Told(each, known[each], away=tuple(away.get(each, ()))) for each in asked)


async def _away(directory: Directory, people: list[RemoteId]) -> dict[str, tuple[tuple[Instant, Instant], ...]]:
    try:
        document = await directory.ask(ask.get(directory.base, "dnd.teamInfo", users=",".join(people)))
    except (Forbidden, Refused):
        return {}
    found: dict[str, tuple[tuple[Instant, Instant], ...]] = {}
    for id, told in obj(document.get("users")).items():
        start, end = whole(obj(told).get("next_dnd_start_ts")), whole(obj(told).get("next_dnd_end_ts"))
        if obj(told).get("dnd_enabled") is True and 1 < start < end:
            found[str(id)] = ((Instant(start * 1000), Instant(end * 1000)),)
    return found
