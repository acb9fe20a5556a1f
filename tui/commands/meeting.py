"""meet: a meeting about a task, begun now at a service that has meetings."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, cast

from leeward.config import Account
from leeward.errors import NotSupported, Usage
from leeward.ids import new_key
from leeward.model import ItemType, Sent
from leeward.ports import Can
from leeward.rows import TaskRow
from leeward.store import find, outbox, read
from leeward.store.db import Db
from leeward.words import _
from leeward.work import posting
from leeward.zones import system_zone
from tui.commands import answers
from tui.signing import credential
from tui.wiring import Home, login_of

if TYPE_CHECKING:
    from leeward.ports_extra import StartsMeetings


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("--account", metavar="NAME", help=_("where; needed only with several accounts that can"))
    parser.add_argument("--say", action="store_true", help=_("tell the thread that is linked with the task"))
    parser.set_defaults(run=_meet)


def _meet(home: Home, args: argparse.Namespace) -> int:
    task = answers.reading(home, _task, args.task)
    thread = next((link.item for link in task.links if link.type == ItemType.THREAD), None)
    if args.say and thread is None:
        raise Usage(_("No thread is linked with this task."), _("Leave --say out, and pass the address on yourself."))
    account = _host(home, args.account)
    begun = asyncio.run(_begin(home, account, task))
    said = None
    if args.say:
        words = _("Meeting now: {title} {url}").format(title=task.title, url=begun.url)
        row = answers.writing(home, posting.reply, home.clock.now(), thread, words)
        said = next((one for one in answers.reading(home, outbox.listed) if one.row == row), None)
    if home.json:
        told = {"task": task.id, "account": account.name, "id": begun.id, "url": begun.url}
        answers.out({**told, "said": answers.outbox_row(said) if said else None})
    else:
        answers.lines([begun.url or begun.id])
    return 0


def _task(db: Db, named: str) -> TaskRow:
    found = read.task(db, str(find.resolve(db, named, "item")))
    if found is None:
        raise Usage(_("{id} is no task.").format(id=named))
    return found


def _host(home: Home, named: str | None) -> Account:
    """Whose meeting it is. Raises `Usage` and `NotSupported`."""
    chosen = [one for one in home.config.accounts if named in {None, one.name}]
    if named and not chosen:
        raise Usage(_("There is no account {name}.").format(name=named))
    able = [one for one in chosen if Can.MEET in home.outside.manifest(one.kind).can]
    if not able:
        raise NotSupported(_("No account here can begin a meeting."), _("Zoom and Teams accounts can."))
    if len(able) > 1:
        names = ", ".join(one.name for one in able)
        raise Usage(
            _("Several accounts can begin a meeting: {names}.").format(names=names), _("Choose with --account.")
        )
    return able[0]


async def _begin(home: Home, account: Account, task: TaskRow) -> Sent:
    shown = credential(home, account, home.outside.secrets(home.config))
    login = login_of(account, system_zone())
    connected = home.outside.connect(login, shown.token, home.clock, account.ca_file, shown.others)
    try:
        meets = cast("StartsMeetings", connected.connector)
        return await meets.meet(task.title, task.url or task.title, key=new_key())
    finally:
        await connected.close()
