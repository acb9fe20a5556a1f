"""account add and account sign-in: by flags, or guided where somebody sits at a terminal."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys

from msgspec.structs import replace

from leeward.config import Account
from leeward.errors import Usage
from leeward.model import LOCAL, Identity
from leeward.oauth import APPS_OWN
from leeward.ports import Manifest, Secret
from leeward.words import _
from tui.commands import answers, guiding
from tui.joining import Wish, extra, found, renew, save, try_login
from tui.signing import InHand, sign_in, signs_in
from tui.wiring import Home


def add(home: Home, args: argparse.Namespace) -> int:
    """Ask what is needed, try the login, save it."""
    manifest = _manifest(home, args)
    if _guided(args):
        guiding.introduce(manifest)
    account = _account(home, manifest, args)
    account = asyncio.run(found(home, account))
    if account.url != (args.url or account.url).rstrip("/"):
        answers.say(_("{name} is at {url}.").format(name=account.name, url=account.url))
    hand = InHand(home.outside.secrets(replace(home.config, accounts=(*home.config.accounts, account))))
    account = _secrets(home, manifest, account, hand, args)
    identity = asyncio.run(try_login(home, account, hand))
    said = save(home, Wish(account, hand, args.first))
    if said:
        answers.say(said)
    return _told(home, account, identity)


def sign_in_again(home: Home, args: argparse.Namespace) -> int:
    """New secrets for an account that is there; they are tried before the old ones are given up."""
    account = home.config.account(args.what) if args.what else None
    if account is None:
        raise Usage(_("There is no account {name}.").format(name=args.what or ""), _("Name one of yours."))
    if account.token_env or account.token_command:
        where = account.token_env or shlex.join(account.token_command)
        raise Usage(
            _("The token of {name} comes from {where}.").format(name=account.name, where=where), _("Renew it there.")
        )
    manifest = home.outside.manifest(account.kind)
    hand = InHand(home.outside.secrets(home.config))
    changed = _secrets(home, manifest, account, hand, args)
    identity = asyncio.run(try_login(home, changed, hand))
    backend = renew(home, changed, hand)
    if backend:
        answers.say(_("The token is in the keyring ({backend}).").format(backend=backend))
    return _told(home, changed, identity)


def identity_row(identity: Identity) -> dict[str, object]:
    """An identity as JSON has it."""
    return {
        "person": identity.person.name,
        "id": identity.person.id,
        "server": identity.server,
        "scopes": identity.scopes,
        "missing_scopes": identity.missing_scopes,
    }


def _told(home: Home, account: Account, identity: Identity) -> int:
    who = identity.person.name or identity.person.id
    where = _(" {where}.").format(where=identity.server) if identity.server else ""
    answers.say(_("{name}: signed in as {who}.").format(name=account.name, who=who) + where)
    if identity.missing_scopes:
        answers.say(_("The token lacks: {scopes}.").format(scopes=", ".join(identity.missing_scopes)))
    if home.json:
        answers.out({"account": account.name, **identity_row(identity)})
    return 0


def _manifest(home: Home, args: argparse.Namespace) -> Manifest:
    if args.what is None:
        known = home.outside.manifests(theirs=not home.safe)
        kinds = ", ".join(kind for kind in known if kind != LOCAL)
        raise Usage(_("Which kind?"), _("There are: {kinds}.").format(kinds=kinds))
    if home.safe and args.what not in home.outside.manifests(theirs=False):
        raise Usage(_("Safe mode knows no kind “{kind}”.").format(kind=args.what), _("Leave --safe out."))
    manifest = home.outside.manifest(args.what)
    if manifest.target is None:
        raise Usage(_("{kind} is always there.").format(kind=args.what))
    return manifest


def _guided(args: argparse.Namespace) -> bool:
    """Whether somebody is there to be asked, and has not said by flags where the token is."""
    return guiding.at_terminal() and not (args.token_stdin or args.token_env or args.token_command)


def _account(home: Home, manifest: Manifest, args: argparse.Namespace) -> Account:
    name = args.name or args.what
    if home.config.account(name) is not None:
        do = _("Choose another with --name, or `leeward account sign-in {name}`.").format(name=name)
        raise Usage(_("There is an account {name} already.").format(name=name), do)
    given = {"url": args.url or "", "user": args.user or "", **_pairs(args.set)}
    unknown = given.keys() - {one.name for one in manifest.settings} - {"url", "user"}
    if unknown:
        known = ", ".join(sorted(one.name for one in manifest.settings))
        raise Usage(
            _("{kind} has no setting {name}.").format(kind=manifest.title, name=min(unknown)),
            _("It has: {known}.").format(known=known),
        )
    for setting in manifest.settings:
        if given.get(setting.name) or setting.name == "places":
            continue
        if setting.required and not setting.default:
            given[setting.name] = _missing(setting.name, setting.title, setting.help, args)
        elif setting.default and not given.get(setting.name):
            given[setting.name] = setting.default or ""
    return Account(
        name,
        manifest.kind,
        given["url"].rstrip("/"),
        given["user"] or None,
        tuple(args.place),
        args.token_env,
        _words(args.token_command or ""),
        client_id=args.client_id,
        options=extra(manifest, given),
    )


def _words(command: str) -> tuple[str, ...]:
    """The words of a command, as a shell would read them. Raises `Usage`."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise Usage(_("The command of --token-command has a quotation mark without its other half.")) from error


def _missing(name: str, title: str, help: str, args: argparse.Namespace) -> str:
    if _guided(args):
        return guiding.ask(title, help)
    flag = f"--{name}" if name in {"url", "user"} else f"--set {name}=…"
    raise Usage(_("{title} is needed: {flag}.").format(title=title, flag=flag), help)


def _pairs(given: list[str]) -> dict[str, str]:
    wrong = next((one for one in given if "=" not in one), None)
    if wrong is not None:
        raise Usage(_("--set takes NAME=VALUE, not {given}.").format(given=wrong))
    return {name.strip(): value.strip() for name, _equals, value in (one.partition("=") for one in given)}


def _secrets(home: Home, manifest: Manifest, account: Account, hand: InHand, args: argparse.Namespace) -> Account:
    """Take what the account needs in hand: by flags, by a sign-in, or by asking."""
    if args.token_stdin:
        hand.given["token"] = _from_stdin()
        return account
    if args.token_env or args.token_command:
        return account
    account = replace(account, client_id=args.client_id or account.client_id)
    guided = _guided(args)
    wanted = args.browser or args.device or signs_in(account, manifest)
    if guided and manifest.oauth is not None and not wanted:
        wanted = guiding.chooses_page(manifest)
    if wanted:
        account = _app(manifest, account, hand, guided=guided)
        _sign_in(home, manifest, account, hand, args)
    if guided:
        for spec in guiding.secrets_to_ask(manifest, signs_in=bool(wanted)):
            there = hand.get(account.name, spec.name) is not None
            typed = guiding.ask_secret(spec, guiding.page_of(spec, account), there=there)
            if typed is not None:
                hand.given[spec.name] = typed
    if not wanted and hand.get(account.name) is None:
        ways = _("Use --token-stdin, --token-env NAME or --token-command.")
        if manifest.oauth is not None:
            ways += " " + _("Or sign in at the service's page: --client-id ID.")
        raise Usage(_("No token was given for {name}.").format(name=account.name), ways)
    return account


def _from_stdin() -> Secret:
    if sys.stdin.isatty():
        import getpass

        return Secret(getpass.getpass(_("Token: ")))
    return Secret(sys.stdin.readline().strip())


def _app(manifest: Manifest, account: Account, hand: InHand, *, guided: bool) -> Account:
    """The app that asks: its id, and its secret where it has one."""
    oauth = manifest.oauth
    if oauth is None:
        raise Usage(_("{kind} has no page to sign in at.").format(kind=manifest.title), _("Give a token."))
    if not (account.client_id or oauth.client):
        if not guided:
            raise Usage(_("The app's id is needed: --client-id."), oauth.app_help)
        page = oauth.app_page.replace("{url}", account.url) if oauth.app_page else None
        guiding.explain_app(oauth, page)
        account = replace(account, client_id=guiding.ask(_("Client id")))
    spec = next((one for one in manifest.secrets if one.name == APPS_OWN), None)
    if guided and oauth.app != "public" and spec is not None and hand.get(account.name, APPS_OWN) is None:
        typed = guiding.ask_secret(spec, None)
        if typed is not None:
            hand.given[APPS_OWN] = typed
    return account


def _sign_in(home: Home, manifest: Manifest, account: Account, hand: InHand, args: argparse.Namespace) -> None:
    if manifest.oauth is not None:
        guiding.explain_scopes(manifest.oauth)
    how = "device" if args.device else "browser" if args.browser else None
    pasted = guiding.pasted if guiding.at_terminal() else None
    asyncio.run(sign_in(home, account, hand, how, guiding.shower(args), pasted))
