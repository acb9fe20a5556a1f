"""The fake Basecamp as a service: who may ask, how often, which page, and whether it changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from email.utils import formatdate
from urllib.parse import urlencode

from tests.fakes.base import Answer, Asked
from tests.fakes.basecamp import rules, words
from tests.fakes.basecamp.handlers import Handlers
from tests.fakes.basecamp.state import Row
from tests.fakes.basecamp.trouble import Refusal
from tests.fakes.operations import find

GEARS = (15, 30, 50, 100)


class BasecampFake(Handlers):
    """`token` signs in as the first person. `did` lists what text did, `wrong` what should not be asked.

    `limit`: requests in ten seconds. `refuse`: numbers that answer 403. `answers`: statuses that the next requests get.
    `inactive`: the account is closed. `looping`: every page names itself as the next. `etags`: whether answers carry one.
    `anonymous`: requests that name nobody to reach. `old`: an older Basecamp, which cannot list links.
    """

    user = "sam@example.org"
    token = "BAhbB0kiFAKETOKENOFSAM"

    def __init__(self, base: str = "https://3.basecampapi.com", now: Callable[[], int] | None = None) -> None:
        super().__init__(base, now)
        self.limit = 50
        self.refuse: set[int] = set()
        self.answers: list[int] = []
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.accounts: list[Row] = []
        self.anonymous = 0
        self.inactive = self.looping = self.old = False
        self.etags = True
        self._asked_at: list[int] = []

    def answer(self, asked: Asked) -> Answer:
        try:
            found = self._answer(asked)
        except Refusal as refusal:
            found = refusal.answer
        return Answer(found.status, found.body, {"date": formatdate(self._now() / 1000, usegmt=True), **found.headers})

    def _answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/signed/"):
            return self._signed(asked)
        agent = asked.headers.get("user-agent", "")
        if not agent:
            self.wrong.append(f"{asked.method} {asked.path}: no User-Agent")
            raise Refusal(400, "Please identify your app")
        self.anonymous += "@" not in agent and "://" not in agent
        self._throttle()
        me = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if me is None:
            raise Refusal(401, "OAuth token expired (old age)")
        if self.answers:
            raise Refusal(self.answers.pop(0), "As you wished")
        if asked.path == "/authorization.json":
            return self._authorization(me)
        if asked.path.startswith(f"/{self.account}/blobs/"):
            return self._blob(asked)
        return self._cached(asked, self._handled(asked, me))

    def _handled(self, asked: Asked, me: int) -> Answer:
        found = find(rules.RULES, asked)
        if found is None:
            self.wrong.append(f"{asked.method} {asked.path}: no such operation")
            raise Refusal(404, "")
        rule, names = found
        if int(names.pop("account")) != self.account:
            raise Refusal(404, "")
        if self.inactive:
            raise Refusal(404, "", reason="Account Inactive")
        if asked.body and not asked.headers.get("content-type"):
            self.wrong.append(f"{asked.method} {asked.path}: no content type")
            raise Refusal(415, "")
        fault = rules.fault(rule, asked)
        if fault:
            self.wrong.append(f"{asked.method} {asked.path}: {fault}")
            raise Refusal(400, fault)
        status = names.pop("status", "")
        numbers = {name: int(value) for name, value in names.items()}
        self._may(numbers, me)
        body = json.loads(asked.body) if rule.fields is not None else {}
        for name in ("content", "description"):
            if name in body and rule.name != "boost" and not (rule.name == "add_todo" and name == "content"):
                body[name] = self._taken(body[name], rule.name)
        handle: Callable[[Asked, dict[str, int], Row, int], Answer | Iterable[Row]] = getattr(self, f"do_{rule.name}")
        answer = handle(asked, {**numbers, **({"status": status} if status else {})}, body, me)  # type: ignore[dict-item] # a word beside numbers
        return answer if isinstance(answer, Answer) else self._page_of(asked, list(answer))

    def _taken(self, text: str, rule: str) -> str:
        """Text as it is kept; plain words of a to-do's title and of a plain chat line are no markup."""
        if rule == "edit_todo" and "<" not in text:
            return text
        self.did += words.acts(text)
        return words.cleaned(text)

    def _may(self, numbers: dict[str, int], me: int) -> None:
        if self.refuse & set(numbers.values()):
            raise Refusal(403, "Access denied")
        for name, value in numbers.items():
            if name == "project":
                if value not in self.projects or me not in self.projects[value]["people"]:
                    raise Refusal(404, "")
            elif name in {"boost", "person"}:
                if value not in (self.boosts if name == "boost" else self.people):
                    raise Refusal(404, "")
            elif value not in self.held or not self.sees(self.held[value], me):
                raise Refusal(404, "")

    def _throttle(self) -> None:
        now = self._now()
        self._asked_at = [each for each in self._asked_at if each > now - 10_000]
        if len(self._asked_at) >= self.limit:
            wait = max(1, (self._asked_at[0] + 10_000 - now + 999) // 1000)
            raise Refusal(429, "", retry_after=str(wait))
        self._asked_at.append(now)

    def _page_of(self, asked: Asked, listed: list[Row]) -> Answer:
        """15 rows, then 30, 50 and 100 for ever."""
        page = int(asked.first("page") or 1)
        start = sum(GEARS[min(each, 3)] for each in range(page - 1))
        size = GEARS[min(page - 1, 3)]
        headers = {"x-total-count": str(len(listed)), "content-type": "application/json"}
        if len(listed) > start + size or self.looping:
            number = page if self.looping else page + 1
            query = [(name, value) for name, value in asked.query if name != "page"]
            link = f"{self.base}{asked.path}?{urlencode([*query, ('page', str(number))])}"
            headers["link"] = f'<{link}>; rel="next"'
        return Answer(200, json.dumps(listed[start : start + size]).encode(), headers)

    def _cached(self, asked: Asked, answer: Answer) -> Answer:
        if asked.method != "GET" or answer.status != 200 or not self.etags:
            return answer
        etag = f'W/"{hashlib.blake2b(answer.body, digest_size=8).hexdigest()}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(304, b"", {"etag": etag})
        return Answer(200, answer.body, {**answer.headers, "etag": etag})

    def _authorization(self, me: int) -> Answer:
        here = {"product": "bc3", "id": self.account, "name": "Harbour", "href": f"{self.base}/{self.account}",
                "app_href": f"{self.base}/{self.account}"}  # fmt: skip
        person = self.people[me]
        first, _blank, last = person["name"].partition(" ")
        identity = {"id": 1, "first_name": first, "last_name": last, "email_address": person["email_address"]}
        other = {"product": "hey", "id": 7, "name": "Mail", "href": "https://app.hey.com", "app_href": ""}
        document = {
            "expires_at": "2026-12-05T12:00:00Z",
            "identity": identity,
            "accounts": [other, here, *self.accounts],
        }
        return Answer(200, json.dumps(document).encode(), {"content-type": "application/json"})

    def _blob(self, asked: Asked) -> Answer:
        """A file lies elsewhere; the address given out for it needs no token, and takes none."""
        found = next((each for each in self.blobs.values() if f"/blobs/{each['id']}/" in asked.path), None)
        if found is None:
            raise Refusal(404, "")
        return Answer(302, b"", {"location": f"{self.base}/signed/{found['id']}"})

    def _signed(self, asked: Asked) -> Answer:
        if "authorization" in asked.headers:
            self.wrong.append(f"{asked.path}: a token was sent to the storage")
            return Answer(400)
        found = next((each for each in self.blobs.values() if asked.path == f"/signed/{each['id']}"), None)
        return Answer(404) if found is None else Answer(200, found["data"], {"content-type": found["type"]})
