"""Meetings that begin now. Graph gives the one back that was made with our key, so asking twice makes no second one."""

from __future__ import annotations

from connectors.teams.api.ask import Ask
from connectors.teams.api.shape import ident, text
from connectors.teams.run import as_object
from leeward.errors import ServiceChanged, Trouble
from leeward.model import Key, Sent
from leeward.ports import Http
from leeward.words import _

_LONGEST = 200


async def meet(http: Http, ask: Ask, topic: str, key: Key) -> Sent:
    """Begin a meeting; after an unclear answer the same is asked once more."""
    document = {"subject": " ".join(topic.split())[:_LONGEST], "externalId": key}
    request = ask.write("POST", "/me/onlineMeetings/createOrGet", document)
    try:
        row = as_object(await http.send(request))
    except Trouble as trouble:
        if not trouble.taken:
            raise
        row = as_object(await http.send(request))
    id, url = ident(row.get("id")), text(row.get("joinWebUrl"))
    if id is None or not url.startswith("https://"):
        raise ServiceChanged(_("Teams did not say where the meeting is."), _("Look into Teams."))
    return Sent(id, url)
