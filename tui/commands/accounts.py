"""account add, list, check, remove."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from leeward.config import Account
from leeward.errors import Problem, SignInNeeded, Trouble, Usage
from leeward.model import LOCAL, Identity, Instant
from leeward.ports import Secret
from leeward.store import accounts
from leeward.store.db import Db
from leeward.sync.lock import holder
from leeward.words import _
from leeward.zones import system_zone
from tui.commands import answers
from tui.wiring import Home, login_of

_WEEK_MS = 7 * 86_400_000


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("act", choices=["add", "list", "check", "remove"])
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


class Wish(Struct, frozen=True):
    """An account somebody wants to add."""

    account: Account
    secret: Secret
    keep: bool
    first: str


def _add(home: Home, args: argparse.Namespace) -> int:
    if args.what is None:
        known = home.outside.manifests(theirs=not home.safe)
        kinds = ", ".join(kind for kind in known if kind != LOCAL)
        raise Usage(_("Which kind?"), _("There are: {kinds}.").format(kinds=kinds))
    wish = _wish(home, args)
    wish = replace(wish, account=asyncio.run(found(home, wish.account)))
    if wish.account.url != (args.url or wish.account.url).rstrip("/"):
        answers.say(_("{name} is at {url}.").format(name=wish.account.name, url=wish.account.url))
    identity = asyncio.run(try_login(home, wish.account, wish.secret))
    save(home, wish)
    answers.say(
        _("{name}: signed in as {who}.").format(name=wish.account.name, who=identity.person.name or identity.person.id)
    )
    if identity.missing_scopes:
        answers.say(_("The token lacks: {scopes}.").format(scopes=", ".join(identity.missing_scopes)))
    if home.json:
        answers.out({"account": wish.account.name, **_identity(identity)})
    return 0


def _wish(home: Home, args: argparse.Namespace) -> Wish:
    if home.safe and args.what not in home.outside.manifests(theirs=False):
        raise Usage(_("Safe mode knows no kind “{kind}”.").format(kind=args.what), _("Leave --safe out."))
    manifest = home.outside.manifest(args.what)
    if manifest.target is None:
        raise Usage(_("{kind} is always there.").format(kind=args.what))
    name = args.name or args.what
    if home.config.account(name) is not None:
        raise Usage(_("There is an account {name} already.").format(name=name), _("Choose another with --name."))
    for setting in manifest.settings:
        if (
            setting.required
            and setting.name in {"url", "user"}
            and not getattr(args, setting.name)
            and not setting.default
        ):
            raise Usage(_("{title} is needed: --{name}.").format(title=setting.title, name=setting.name), setting.help)
    default = next((setting.default for setting in manifest.settings if setting.name == "url"), None)
    import shlex

    account = Account(
        name,
        args.what,
        (args.url or default or "").rstrip("/"),
        args.user,
        tuple(args.place),
        args.token_env,
        tuple(shlex.split(args.token_command)) if args.token_command else (),
    )
    return Wish(account, _secret(home, account, args), bool(args.token_stdin), args.first)


def _secret(home: Home, account: Account, args: argparse.Namespace) -> Secret:
    if args.token_stdin:
        if sys.stdin.isatty():
            import getpass

            return Secret(getpass.getpass(_("Token: ")))
        return Secret(sys.stdin.readline().strip())
    config = replace(home.config, accounts=(*home.config.accounts, account))
    secret = home.outside.secrets(config).get(account.name)
    if secret is None:
        raise Usage(
            _("No token was given for {name}.").format(name=account.name),
            _("Use --token-stdin, --token-env NAME or --token-command."),
        )
    return secret


async def try_login(home: Home, account: Account, secret: Secret) -> Identity:
    """Ask the service who we are, before anything is saved. Raises `Trouble`."""
    connected = home.outside.connect(login_of(account, system_zone()), secret, home.clock, account.ca_file)
    try:
        return await connected.connector.check()
    finally:
        await connected.close()


async def found(home: Home, account: Account) -> Account:
    """The account with the address its url stands for, asked without credentials. A whole address is meant as it is."""
    if "://" in account.url:
        return account
    return replace(account, url=await home.outside.discover(login_of(account, system_zone()), home.clock))


def save(home: Home, wish: Wish) -> None:
    """Keep a login that was tried: the secret in the keyring, the account in the settings, its row in the store."""
    from tui.settings import add_account

    account = wish.account
    if wish.keep:
        backend = home.outside.secrets(home.config).put(account.name, wish.secret)
        answers.say(_("The token is in the keyring ({backend}).").format(backend=backend))
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
        },
    )
    now = home.clock.now()
    since = {"now": now, "week": Instant(now - _WEEK_MS), "all": now}[wish.first]
    answers.writing(home, accounts.ensure, account.name, account.kind, account.url, now=now, since=since)
    home.reload()


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "person": identity.person.name,
        "id": identity.person.id,
        "scopes": identity.scopes,
        "missing_scopes": identity.missing_scopes,
    }


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
    words = {True: _("ok"), False: _("trouble"), None: _("not tried yet")}
    answers.lines(
        f"{one['account']:<18} {one['kind']:<8} {words[one['ok']]:<14} {one['trouble'] or one['url']}" for one in rows
    )
    return 0


def _check(home: Home, args: argparse.Namespace) -> int:
    chosen = [one for one in home.config.accounts if args.what in {None, one.name}]
    if args.what and not chosen:
        raise Usage(_("There is no account {name}.").format(name=args.what))
    found, bad = [], 0
    for account in chosen:
        try:
            secret = home.outside.secrets(home.config).get(account.name)
            if secret is None:
                raise SignInNeeded(_("No token was found."), _("Give one with `leeward account add`."))
            identity = asyncio.run(try_login(home, account, secret))
        except Trouble as trouble:
            bad += 1
            found.append({"account": account.name, "ok": False, "trouble": trouble.what, "do": trouble.do})
            answers.say(f"{account.name}: {trouble}")
        else:
            found.append({"account": account.name, "ok": not identity.missing_scopes, **_identity(identity)})
            lacks = (
                _(" It lacks: {scopes}.").format(scopes=", ".join(identity.missing_scopes))
                if identity.missing_scopes
                else ""
            )
            answers.say(_("{name}: you are {who}.").format(name=account.name, who=identity.person.name) + lacks)
    if home.json:
        answers.out(found)
    return 0 if not bad else 3 if bad < len(chosen) else 1


def _remove(home: Home, args: argparse.Namespace) -> int:
    from tui.settings import remove_account

    if args.what is None:
        raise Usage(_("Which account? Name it."))
    remove_account(home.folders.config, args.what)
    home.outside.secrets(home.config).drop(args.what)

    def act(db: Db) -> None:
        uid = accounts.known(db, args.what)
        if uid is None:
            return
        waiting = db.execute("SELECT count(*) FROM outbox WHERE account = ? AND state <> 'sent'", (uid,)).fetchone()[0]
        if waiting:
            raise Problem(
                _("{n} changes for {name} have not been sent.").format(n=waiting, name=args.what),
                _("They are kept; add the account again to send them, or drop them in `leeward outbox`."),
            )
        accounts.forget(db, uid)

    answers.writing(home, act)
    answers.say(_("{name} is removed; your own notes, links and tasks stay.").format(name=args.what))
    return 0


_RUN = {"add": _add, "list": _list, "check": _check, "remove": _remove}
