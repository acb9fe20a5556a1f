"""Opening a view of a service: by the doors of a running engine, or by doors of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from leeward.ports import Can
from leeward.sync.views import opened
from tui.wiring import Connected, Home, login_of

if TYPE_CHECKING:
    from leeward.model import AccountUid, RemoteId
    from leeward.ports_extra import OpensViews
    from leeward.sync.account import Live


async def of_lives(lives: Iterable[Live], words: str) -> tuple[AccountUid, tuple[RemoteId, ...]]:
    """Ask the accounts of this run. Raises `Trouble`."""
    able = [(live.uid, live.service) for live in lives if live.can(Can.VIEWS) and not live.stopped]
    return await opened(able, words)


def ask_services(home: Home, words: str) -> tuple[AccountUid, tuple[RemoteId, ...]]:
    """Ask the accounts of the settings, through doors that are closed again. Raises `Trouble`."""
    import asyncio

    return asyncio.run(_ask(home, words))


async def _ask(home: Home, words: str) -> tuple[AccountUid, tuple[RemoteId, ...]]:
    from leeward.store import accounts
    from leeward.zones import system_zone
    from tui.commands import answers
    from tui.signing import credential

    secrets, doors = home.outside.secrets(home.config), list[Connected]()
    able: list[tuple[AccountUid, OpensViews]] = []
    try:
        for account in home.config.accounts:
            uid = answers.reading(home, accounts.known, account.name)
            if uid is None or Can.VIEWS not in home.outside.manifest(account.kind).can:
                continue
            shown, login = credential(home, account, secrets), login_of(account, system_zone())
            doors.append(home.outside.connect(login, shown.token, home.clock, account.ca_file, shown.others))
            able.append((uid, cast("OpensViews", doors[-1].connector)))
        return await opened(able, words)
    finally:
        for door in doors:
            await door.close()
