"""Which of the owner's accounts this is, and who they are there."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from connectors.basecamp.api.ask import HOME, Ask, authorization
from connectors.basecamp.api.base import squeezed
from connectors.basecamp.api.shape import Row, flag, number, rows, text
from connectors.basecamp.api.world import World
from connectors.basecamp.run import Gate, as_object
from leeward.errors import Forbidden, Gone, Problem, ServiceChanged
from leeward.model import Person
from leeward.ports import Login
from leeward.words import _

_NUMBERED = re.compile(r"(.*?)/([0-9]{1,19})")
_PAGES = ("https://3.basecamp.com", "https://app.basecamp.com", "https://basecamp.com")


class Account(Struct):
    """An account's number, and what signing in told of it; `ends` is when the token does."""

    number: str
    name: str = ""
    ends: str = ""


def parts(login: Login) -> tuple[str, str | None]:
    """The address without the account's number, and the number. Raises `Problem` for the address of web pages."""
    found = _NUMBERED.fullmatch(login.url)
    base, number_ = (found[1], found[2]) if found else (login.url, None)
    if base.startswith(_PAGES):
        raise Problem(
            _("{address} is where Basecamp's pages are, not its API.").format(address=base),
            _("Write {address} as the address of this account.").format(address=f"{HOME}/{number_ or '…'}"),
        )
    return base, number_


async def chosen(login: Login, gate: Gate, known: str) -> Account:
    """The account of the address, the one known from before, or the only one a gateway names.

    Raises `Problem` where there are several, or none. Basecamp's own sign-in host is not asked: no token goes there.
    """
    base, number_ = parts(login)
    if number_ or known:
        return Account(number_ or known)
    if base == HOME:
        raise Problem(
            _("The address lacks your account's number."),
            _("It stands behind the host when you open Basecamp in a browser: write {address}.").format(
                address=f"{HOME}/999999999"
            ),
        )
    document = as_object(await gate.send(authorization(base)))
    found = [each for row in rows(document.get("accounts"), World("").odd) if (each := _account(row, document))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Problem(_("This sign-in has no Basecamp account."), _("Sign in as somebody who has one."))
    listed = ", ".join(f"{base}/{each.number} ({each.name})" for each in found[:20])
    raise Problem(_("This sign-in has several Basecamp accounts."), _("Choose an address: {list}.").format(list=listed))


def _account(row: Row, document: Row) -> Account | None:
    found = number(row.get("id"))
    if found is None or text(row.get("product")) != "bc3":
        return None
    return Account(found, squeezed(row.get("name")), text(document.get("expires_at"))[:10])


async def told(login: Login, gate: Gate, account: Account) -> Account:
    """The same with its name; who signed in without Launchpad cannot be told when the token ends."""
    if account.name:
        return account
    try:
        row = as_object(await gate.send(Ask(f"{parts(login)[0]}/{account.number}").get("account.json")))
    except (Forbidden, Gone):
        return account
    return replace(account, name=squeezed(row.get("name")))


async def profile(gate: Gate, world: World) -> tuple[Person, bool]:
    """Who is signed in, and whether they are a client. Raises `ServiceChanged` for nobody."""
    row = as_object(await gate.send(Ask(world.api).get("my/profile.json")))
    world.me = None
    me = world.person(row)
    if me is None:
        raise ServiceChanged(_("Basecamp did not say who is signed in."), _("Check the address of this account."))
    world.me = me.id
    return replace(me, me=True), flag(row, "client")
