"""The secrets of an account: those that are kept, those in hand while it is added, and the sign-in at a service's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from leeward.errors import Problem, SignInNeeded
from leeward.oauth import ANY_PORT, APPS_OWN, OAuth
from leeward.ports import Secret
from leeward.words import _
from tui.wiring import GRANT, Home, Pasted, Show

if TYPE_CHECKING:
    from leeward.config import Account
    from leeward.ports import Manifest, Secrets
    from leeward.ports_session import Tokens


class Credential(NamedTuple):
    """What the door of an account is given. `others` are its further secrets by name."""

    token: Secret | Tokens
    others: Mapping[str, Secret]


class InHand:
    """`leeward.ports.Secrets` of an account that is not saved yet: what was given, else what is found elsewhere."""

    def __init__(self, behind: Secrets, given: Mapping[str, Secret] | None = None) -> None:
        self._behind = behind
        self.given: dict[str, Secret] = dict(given or {})

    def get(self, account: str, name: str = "token") -> Secret | None:
        """A sign-in and a plain token shut each other out: what was given now counts."""
        if name in self.given:
            return self.given[name]
        if name in {"token", GRANT} and self.given.keys() & {"token", GRANT}:
            return None
        return self._behind.get(account, name)

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        """In hand; nothing is saved."""
        del account
        self.given[name] = secret
        return ""

    def drop(self, account: str, name: str = "token") -> None:
        """No longer in hand."""
        del account
        self.given.pop(name, None)


def credential(home: Home, account: Account, secrets: Secrets) -> Credential:
    """What is to be shown to the service. Raises `SignInNeeded` where there is nothing, `Problem` for a hung keyring."""
    token = home.outside.tokens(account, secrets, home.clock, home.folders.data) or secrets.get(account.name)
    if token is None:
        raise SignInNeeded(
            _("No token was found for {name}.").format(name=account.name),
            _(
                "Give one with `leeward account sign-in {name}`, or name where it is with token_env or token_command."
            ).format(name=account.name),
            account=account.name,
        )
    more = further(home.outside.manifest(account.kind))
    found = ((name, secrets.get(account.name, name)) for name in more)
    return Credential(token, {name: secret for name, secret in found if secret})


def further(manifest: Manifest) -> tuple[str, ...]:
    """The names of a kind's secrets besides its token that its door shows; an app's own is not among them."""
    return tuple(spec.name for spec in manifest.secrets[1:] if spec.name != APPS_OWN)


def names(manifest: Manifest) -> tuple[str, ...]:
    """Every name under which an account of this kind may have something in the keyring."""
    return ("token", *(spec.name for spec in manifest.secrets[1:]), *((GRANT,) if manifest.oauth else ()))


def signs_in(account: Account, manifest: Manifest) -> bool:
    """Whether there is an app with which the account can sign in at its service's page."""
    return manifest.oauth is not None and bool(account.client_id or manifest.oauth.client)


async def sign_in(
    home: Home, account: Account, hand: InHand, how: str | None, show: Show, pasted: Pasted | None = None
) -> tuple[str, ...]:
    """Let the owner sign in and take what came of it in hand; the scopes that were not given. Raises `Trouble`.

    Without a keyring nothing could be kept, so nobody is sent to a page for nothing.
    """
    works, said = home.outside.keyring(home.config, account.name)
    if not works:
        raise Problem(said, _("A sign-in is kept in the keyring alone; a plain token can come from elsewhere."))
    oauth = home.outside.manifest(account.kind).oauth
    secret = hand.get(account.name, APPS_OWN) if oauth and oauth.app != "public" else None
    way = how or ("browser" if oauth and oauth.authorize and not (oauth.device and far_away()) else "device")
    hand.given.pop("token", None)
    hand.given[GRANT] = await home.outside.sign_in(account, secret, way, show, home.clock, pasted)
    return home.outside.lacks(account.kind, hand.given[GRANT])


def keep(home: Home, account: Account, hand: InHand) -> str:
    """Put what is in hand into the keyring, and forget what it takes the place of; the keyring's name."""
    secrets, backend = home.outside.secrets(home.config), ""
    for name, secret in hand.given.items():
        backend = secrets.put(account.name, secret, name)
    for name in {"token", GRANT} - hand.given.keys() if hand.given.keys() & {"token", GRANT} else ():
        secrets.drop(account.name, name)
    return backend


def far_away() -> bool:
    """Whether the person sits at another machine, where a browser would not find its way back to this one."""
    import os

    return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))


def to_register(oauth: OAuth) -> str:
    """The address to come back to, as an app is told it."""
    return oauth.redirect.replace(":{port}", "") if oauth.redirect != ANY_PORT else "http://127.0.0.1/"
