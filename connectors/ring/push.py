"""Push services: ntfy, Gotify and a webhook of one's own, through the one door to the network.

Only sender and source leave the machine, never a message's text. Sources: the publishing pages of ntfy (JSON, sequence
id) and Gotify's message API.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from leeward.errors import Trouble
from leeward.ports import Http, Notice, Rung
from leeward.text import clean, one_line
from leeward.wire import Request, Response, json_request
from leeward.work.quiet_settings import Phone

WAIT_S = 10.0
_NTFY = {"red": 5, "green": 2}
_GOTIFY = {"red": 8, "green": 2}


def request_for(phone: Phone, notice: Notice, key: str) -> Request:
    """What to send to a service."""
    url = phone.url.rstrip("/")
    title, body, tier = one_line(notice.title, 100), clean(notice.body)[:1000], notice.tier or ""
    if phone.kind == "ntfy":
        document = {"topic": phone.topic, "title": title, "message": body, "priority": _NTFY.get(tier, 3)}
        return json_request("POST", f"{url}/", {**document, "sequence_id": sequence_id(key)}, timeout_s=WAIT_S)
    if phone.kind == "gotify":
        document = {"title": title, "message": body, "priority": _GOTIFY.get(tier, 5)}
        return json_request("POST", f"{url}/message", document, timeout_s=WAIT_S)
    document = {"key": key, "title": title, "body": body, "tier": notice.tier, "item": notice.item}
    return json_request("POST", url, document, headers=(("idempotency-key", key),), timeout_s=WAIT_S)


def sequence_id(key: str) -> str:
    """A sequence id of the letters and the length ntfy allows."""
    from hashlib import blake2b

    return "lw-" + blake2b(key.encode(), digest_size=12).hexdigest()


class PushChannel:
    """A push service as a way to ring. `run` waits for an exchange of `http` and may be called from any thread but the loop's.

    ntfy replaces a message from server 2.16 on. An older one says nothing and shows a second message. Its version it
    tells to administrators alone, from 2.17 on, so it is not asked for: `replaces` is true only after this server has
    answered with our sequence id, which an older one does not know.
    """

    def __init__(self, phone: Phone, http: Http, run: Callable[[Coroutine[Any, Any, Response]], Response]) -> None:
        self.name = phone.kind
        self.replaces = False
        self._phone = phone
        self._http = http
        self._run = run

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Send it; an unclear answer is UNKNOWN."""
        try:
            response = self._run(self._http.send(request_for(self._phone, notice, key)))
            if self._phone.kind == "ntfy":
                answered = response.json()
                self.replaces = isinstance(answered, dict) and answered.get("sequence_id") == sequence_id(key)
        except Trouble as trouble:
            return Rung.UNKNOWN if trouble.taken else Rung.FAILED
        except TimeoutError:
            return Rung.UNKNOWN
        return Rung.SENT
