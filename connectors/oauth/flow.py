"""The two ways to sign in: a browser that comes back to this machine, and a code that is typed anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.oauth import asking
from connectors.oauth.asking import App
from connectors.oauth.grant import Grant, granted
from connectors.oauth.loopback import WAIT_S, Pasted, landing
from leeward import logs
from leeward.errors import NotSupported, Refused, ServiceChanged, TryLater
from leeward.oauth import OAuth
from leeward.ports import Clock, Http, Secret
from leeward.text import one_line
from leeward.words import _

INTERVAL_S = 5.0
SLOWER_S = 5.0
LONGEST_S = 30 * 60.0
_LONGEST_INTERVAL_S = 60.0


Show = Callable[[str, str | None], None]
"""Told what a person needs now: the page to open, and the code to type there where there is one."""


class Flow:
    """One sign-in of an app. `oauth` has its addresses filled in; `http` reaches the authorisation server."""

    def __init__(self, oauth: OAuth, app: App, http: Http, clock: Clock) -> None:
        self._oauth, self._app, self._http, self._clock = oauth, app, http, clock

    async def browser(self, show: Show, pasted: Pasted | None = None, wait_s: float = WAIT_S) -> Grant:
        """Show a page, wait for the browser to come back, and take the tokens. Raises `Trouble`.

        A browser elsewhere comes back to nobody; the address it ended at can be `pasted` instead.
        """
        oauth = self._oauth
        if oauth.authorize is None:
            raise NotSupported(_("This service has no page to sign in at."), _("Sign in with a code."))
        proof = asking.new_proof(oauth)
        logs.hide(proof.verifier)
        async with landing(oauth.redirect) as place:
            show(asking.page(oauth, self._app, proof, place.address), None)
            code = asking.code_in(await place.wait(self._clock, wait_s, pasted), proof)
        logs.hide(code)
        return await self._granted(await self._ask(asking.exchange(oauth, self._app, proof, place.address, code)))

    async def device(self, show: Show) -> Grant:
        """Show a code, and ask until somebody typed it at the service's page (RFC 8628). Raises `Trouble`."""
        if self._oauth.device is None:
            raise NotSupported(_("This service gives out no codes to sign in with."), _("Sign in with a browser."))
        told = await self._ask(asking.device_code(self._oauth, self._app))
        if "error" in told:
            raise asking.refusal(told)
        code, typed = told.get("device_code"), told.get("user_code")
        page = told.get("verification_uri_complete") or told.get("verification_uri") or told.get("verification_url")
        if not (isinstance(code, str) and isinstance(typed, str) and isinstance(page, str) and code):
            raise ServiceChanged(_("The service gave no code to sign in with."), _("Sign in with a browser."))
        logs.hide(code)
        ends = self._clock.monotonic() + min(_seconds(told.get("expires_in"), 900.0), LONGEST_S)
        show(one_line(page, 500), one_line(typed, 40))
        return await self._poll(Secret(code), _seconds(told.get("interval"), INTERVAL_S), ends)

    async def _poll(self, code: Secret, interval: float, ends: float) -> Grant:
        while self._clock.monotonic() + interval < ends:
            await self._clock.sleep(min(interval, _LONGEST_INTERVAL_S))
            try:
                told = await self._ask(asking.device_poll(self._oauth, self._app, code))
            except TryLater:  # a time-out: half as often from now on (RFC 8628, 3.5)
                interval = min(interval * 2, _LONGEST_INTERVAL_S)
                continue
            error = told.get("error")
            if error == "slow_down":
                interval += SLOWER_S
            elif error != "authorization_pending":
                return await self._granted(told)
        raise Refused(_("The code ran out before it was typed."), _("Begin again."))

    async def _granted(self, told: Mapping[str, Any]) -> Grant:
        if "error" in told:
            raise asking.refusal(told)
        return granted(told, self._oauth, self._clock.now())

    async def _ask(self, request: Any) -> Mapping[str, Any]:
        return asking.answer(await self._http.send(request))


def _seconds(value: Any, otherwise: float) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9
    return max(1.0, float(value)) if usable else otherwise
