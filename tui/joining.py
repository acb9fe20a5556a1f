"""Taking an account in: its address found, its login tried, and only then everything saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from leeward.config import Account
from leeward.config_account import wrong_name
from leeward.errors import Usage
from leeward.model import Identity, Instant
from leeward.words import _
from leeward.zones import system_zone
from tui.signing import InHand, credential, keep, signs_in
from tui.wiring import GRANT, Home, login_of

if TYPE_CHECKING:
    from leeward.ports import Manifest, Secrets

_WEEK_MS = 7 * 86_400_000


class Wish(Struct, frozen=True):
    """An account somebody wants to add. What of its secrets is in `hand` goes into the keyring."""

    account: Account
    hand: InHand
    first: str


async def try_login(home: Home, account: Account, secrets: Secrets) -> Identity:
    """Ask the service who we are, before anything is saved; scopes a sign-in did not get count as missing.

    Raises `Trouble`.
    """
    shown = credential(home, account, secrets)
    login = login_of(account, system_zone())
    connected = home.outside.connect(login, shown.token, home.clock, account.ca_file, shown.others)
    try:
        identity = await connected.connector.check()
    finally:
        await connected.close()
    paged = signs_in(account, home.outside.manifest(account.kind))
    lacks = home.outside.lacks(account.kind, secrets.get(account.name, GRANT)) if paged else ()
    return replace(identity, missing_scopes=tuple(dict.fromkeys((*identity.missing_scopes, *lacks))))


async def found(home: Home, account: Account) -> Account:
    """The account with the address its url stands for, asked without credentials. A whole address is meant as it is.

    Raises `Usage` for a name that the settings would not take.
    """
    said = wrong_name(account.name, (one.name for one in home.config.accounts))
    if said:
        raise Usage(f"“{account.name}” {said}")
    if "://" in account.url or not account.url:
        return account
    return replace(account, url=await home.outside.discover(login_of(account, system_zone()), home.clock))


def extra(manifest: Manifest, given: dict[str, str]) -> dict[str, str]:
    """Those of the answers that only this kind asks for: they stand in the account's table by their own names."""
    asked = {one.name for one in manifest.settings} - {"url", "user", "places"}
    return {name: value.strip() for name, value in given.items() if name in asked and value.strip()}


def save(home: Home, wish: Wish) -> str:
    """Keep a login that was tried: its secrets in the keyring, the account in the settings, its row in the store.

    Gives back what a person may be told about the keyring. Raises `Problem`.
    """
    from tui.settings import add_account

    account = wish.account
    backend = keep(home, account, wish.hand)
    home.folders.config.parent.mkdir(parents=True, exist_ok=True)
    add_account(
        home.folders.config,
        {
            "name": account.name,
            "kind": account.kind,
            "url": account.url or None,
            "user": account.user,
            "places": list(account.places) or None,
            "token_env": account.token_env,
            "token_command": list(account.token_command) or None,
            "client_id": account.client_id,
            **account.options,
        },
    )
    _known(home, account, wish.first)
    home.reload()
    return _("The token is in the keyring ({backend}).").format(backend=backend) if backend else ""


def renew(home: Home, account: Account, hand: InHand) -> str:
    """Keep the new secrets of an account that is there, and the app it signs in with; the keyring's name."""
    from tui.settings import set_account_value

    old, backend = home.config.account(account.name), keep(home, account, hand)
    if old is not None and old.client_id != account.client_id:
        set_account_value(home.folders.config, account.name, "client_id", account.client_id)
        home.reload()
    return backend


def _known(home: Home, account: Account, first: str) -> None:
    from leeward.store import accounts
    from tui.commands import answers

    now = home.clock.now()
    since = {"now": now, "week": Instant(now - _WEEK_MS), "all": now}[first]
    answers.writing(home, accounts.ensure, account.name, account.kind, account.url, now=now, since=since)
