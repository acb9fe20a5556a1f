"""account add, sign-in, list, check, remove."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from leeward.errors import Problem, Trouble, Usage
from leeward.model import LOCAL
from leeward.store import accounts
from leeward.store.db import Db
from leeward.sync.lock import holder
from leeward.words import _, n_
from tui.commands import answers
from tui.commands.adding import add, identity_row, sign_in_again
from tui.joining import try_login
from tui.signing import names
from tui.status import trouble_of
from tui.wiring import Home


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("act", choices=["add", "sign-in", "list", "check", "remove"])
    parser.add_argument(
        "what",
        nargs="?",
        metavar="KIND | NAME",
        help=_("the kind to add (left out: they are listed), or the account's name"),
    )
    parser.add_argument("--name", help=_("what you call it; the kind by default"))
    parser.add_argument("--url", help=_("its address"))
    parser.add_argument("--user", help=_("the user name, where a kind needs one"))
    parser.add_argument("--place", action="append", default=[], help=_("only this place; may be given again"))
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help=_("another setting of the kind")
    )
    parser.add_argument("--client-id", metavar="ID", help=_("the app to sign in with at the service's page"))
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--browser", action="store_true", help=_("sign in at the service's page, and open it"))
    way.add_argument("--device", action="store_true", help=_("sign in with a code that is typed in any browser"))
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token-stdin", action="store_true", help=_("read the token from stdin into the keyring"))
    token.add_argument("--token-env", metavar="NAME", help=_("the environment variable that holds the token"))
    token.add_argument("--token-command", metavar="COMMAND", help=_("a command that prints the token"))
    parser.add_argument(
        "--first",
        choices=["now", "week", "all"],
        default="now",
        help=_("what is new: from now, 7 days, or all as read"),
    )
    parser.set_defaults(run=lambda home, args: _RUN[args.act](home, args))


def _list(home: Home, _args: argparse.Namespace) -> int:
    health = answers.reading(home, accounts.health)
    last = holder(home.folders.data).get("last", {})
    now = home.clock.now()
    rows: list[dict[str, Any]] = [
        {"account": LOCAL, "kind": LOCAL, "url": "", "ok": True, "trouble": None, "age_s": None}
    ]
    for account in home.config.accounts:
        ok, what, _do, _odd = health.get(account.name, (None, None, None, 0))
        age = (now - last[account.name]) // 1000 if account.name in last else None
        rows.append(
            {"account": account.name, "kind": account.kind, "url": account.url, "ok": ok, "trouble": what, "age_s": age}
        )
    if home.json:
        answers.out(rows)
        return 0
    answers.tell_problems(home)
    words = {True: _("ok"), False: _("trouble"), None: _("not tried yet")}
    answers.lines(
        f"{one['account']:<18} {one['kind']:<8} {words[one['ok']]:<14} {one['trouble'] or one['url']}" for one in rows
    )
    return 0


def _check(home: Home, args: argparse.Namespace) -> int:
    chosen = [one for one in home.config.accounts if args.what in {None, one.name}]
    if args.what and not chosen:
        names = ", ".join(one.name for one in home.config.accounts) or _("none")
        raise Usage(
            _("There is no account {name}.").format(name=args.what), _("There are: {names}.").format(names=names)
        )
    answers.tell_problems(home)
    found, bad = [], 0
    for account in chosen:
        try:
            identity = asyncio.run(try_login(home, account, home.outside.secrets(home.config)))
        except Trouble as trouble:
            bad += 1
            found.append({"account": account.name, "ok": False, "trouble": trouble.what, "do": trouble.do})
            answers.say(trouble_of(account.name, trouble.what, trouble.do))
        else:
            found.append({"account": account.name, "ok": not identity.missing_scopes, **identity_row(identity)})
            lacks = (
                _(" It lacks: {scopes}.").format(scopes=", ".join(identity.missing_scopes))
                if identity.missing_scopes
                else ""
            )
            where = _(" {where}.").format(where=identity.server) if identity.server else ""
            answers.say(_("{name}: you are {who}.").format(name=account.name, who=identity.person.name) + where + lacks)
    if home.json:
        answers.out(found)
    return 0 if not bad else 3 if bad < len(chosen) else 1


def _remove(home: Home, args: argparse.Namespace) -> int:
    from tui.settings import remove_account

    if args.what is None:
        raise Usage(_("Which account? Name it."))
    account, secrets = home.config.account(args.what), home.outside.secrets(home.config)
    remove_account(home.folders.config, args.what)
    for name in names(home.outside.manifest(account.kind)) if account else ("token",):
        secrets.drop(args.what, name)

    def act(db: Db) -> None:
        uid = accounts.known(db, args.what)
        if uid is None:
            return
        waiting = db.execute("SELECT count(*) FROM outbox WHERE account = ? AND state <> 'sent'", (uid,)).fetchone()[0]
        if waiting:
            what = n_(
                "{name} is removed from the settings, but {n} change for it has not been sent.",
                "{name} is removed from the settings, but {n} changes for it have not been sent.",
                waiting,
            )
            do = _("It is all kept: add the account again to send, or drop it in `leeward outbox`.")
            raise Problem(what.format(n=waiting, name=args.what), do)
        accounts.forget(db, uid)

    answers.writing(home, act)
    return answers.told(
        home,
        {"account": args.what},
        _("{name} is removed; your own notes, links and tasks stay.").format(name=args.what),
    )


_RUN = {"add": add, "sign-in": sign_in_again, "list": _list, "check": _check, "remove": _remove}
