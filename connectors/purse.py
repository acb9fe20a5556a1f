"""What a door has to show: the token of its account, or what renews one, and further secrets by name."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from leeward import logs
from leeward.errors import SignInNeeded, Trouble
from leeward.ports import Login, Secret
from leeward.ports_session import Tokens
from leeward.words import _

PLAIN = "token"
"""The name every kind has for its first secret."""


class Purse:
    """The secrets of one account. Whatever leaves it stands in no sentence of ours from then on."""

    def __init__(self, login: Login, secret: Secret | Tokens | None, others: Mapping[str, Secret]) -> None:
        self._login, self._token, self._others = login, secret, others
        for one in (secret, *others.values()):
            if isinstance(one, Secret):
                self._hide(one)

    async def take(self, name: str) -> Secret | None:
        """The credential of that name. Raises `SignInNeeded` where a further secret was never given.

        Nothing was sent yet, so that no trouble of a renewal says that a write may have been taken.
        """
        if name != PLAIN:
            if name not in self._others:
                raise SignInNeeded(
                    _("{account} has no secret called {name}.").format(account=self._login.name, name=name),
                    _("Give it with `leeward account sign-in {account}`.").format(account=self._login.name),
                )
            return self._others[name]
        if self._token is None or isinstance(self._token, Secret):
            return self._token
        try:
            return self._hide(await self._token.current())
        except Trouble as trouble:
            trouble.taken = False
            raise

    async def instead_of(self, name: str, refused: Secret) -> Secret | None:
        """Another credential for one that was refused with 401; None where there is none."""
        if name != PLAIN or self._token is None or isinstance(self._token, Secret):
            return None
        try:
            other = await self._token.instead_of(refused)
        except Trouble as trouble:
            trouble.taken = False
            raise
        return None if other is None else self._hide(other)

    def _hide(self, secret: Secret) -> Secret:
        """In the form it has on the way too."""
        logs.hide(secret.reveal())
        logs.hide(base64.b64encode(f"{self._login.user or ''}:{secret.reveal()}".encode()).decode())
        return secret
