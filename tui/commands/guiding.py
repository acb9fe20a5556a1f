"""The guided way to an account in a terminal: what is needed, where it is made, what is asked for and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from leeward.errors import Usage
from leeward.oauth import APPS_OWN, OAuth
from leeward.ports import Secret
from leeward.words import _
from tui.commands import answers
from tui.signing import to_register
from tui.wiring import Show

if TYPE_CHECKING:
    from leeward.config import Account
    from leeward.ports import Manifest, SecretSpec


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(title: str, help: str = "", default: str = "", *, required: bool = True) -> str:
    """Ask on stderr for a line; asks again while nothing was typed that must be."""
    while True:
        if help:
            answers.say(f"  {help}")
        sys.stderr.write(f"{title}{f' [{default}]' if default else ''}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise Usage(_("Nothing was typed."), _("Nothing was saved."))
        if line.strip() or default or not required:
            return line.strip() or default


def ask_secret(spec: SecretSpec, page: str | None, *, there: bool = False) -> Secret | None:
    """Ask for a secret without showing it; None where it may stay empty and does. One that is `there` may be kept."""
    import getpass

    answers.say(f"  {spec.help}")
    if page:
        answers.say(f"  {page}")
    if spec.scopes:
        answers.say(_("  It needs: {scopes}").format(scopes=" ".join(spec.scopes)))
    may = _(" (empty: as it is)") if there else "" if spec.required else _(" (may stay empty)")
    while True:
        typed = getpass.getpass(f"{spec.title}{may}: ", sys.stderr).strip()
        if typed:
            return Secret(typed)
        if may:
            return None


def introduce(manifest: Manifest) -> None:
    """What connecting takes."""
    answers.say(
        _("CONNECT {kind}: about {n} min, {admin}.").format(
            kind=manifest.title, n=manifest.minutes, admin=manifest.admin
        )
    )


def chooses_page(manifest: Manifest) -> bool:
    """Whether the owner signs in at the service's page, where a plain token does as well."""
    answers.say(_("1  sign in at {kind}'s page").format(kind=manifest.title))
    answers.say(_("2  paste a token"))
    while (typed := ask(_("Which"), default="1")) not in {"1", "2"}:
        answers.say(_("  Type 1 or 2."))
    return typed == "1"


def explain_app(oauth: OAuth, app_page: str | None) -> None:
    """How an app of one's own is made."""
    answers.say(_("You sign in through an app of your own. {help}").format(help=oauth.app_help).rstrip())
    if app_page:
        answers.say(_("  make it at        {page}").format(page=app_page))
    if oauth.authorize:
        answers.say(_("  redirect address  {address}").format(address=to_register(oauth)))


def explain_scopes(oauth: OAuth) -> None:
    """What will be asked for, and why."""
    if oauth.scopes:
        answers.say(_("leeward asks for:"))
        width = max(len(scope.name) for scope in oauth.scopes)
        for scope in oauth.scopes:
            answers.say(f"  {scope.name:<{width}}  {scope.why}")


def shower(args: argparse.Namespace, open_page: Callable[[str], object] | None = None) -> Show:
    """Print where to go; open a browser only where that was asked for."""

    def show(page: str, code: str | None) -> None:
        if code is None:
            answers.say(_("Open this page in a browser on this machine, and agree there:"))
        else:
            answers.say(_("Open this page in any browser, and type the code {code} there:").format(code=code))
        answers.say(f"  {page}")
        if args.browser:
            _open(page, open_page)
        if code is None and at_terminal():
            answers.say(_("With the browser on another machine: paste the address here at which it ends."))
        answers.say(_("Waiting for you …"))

    return show


async def pasted() -> str:
    """The next line that is typed with something in it; waits without holding up what else waits."""
    import asyncio
    import os

    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()
    file, held = sys.stdin.fileno(), bytearray()

    def read() -> None:
        part = os.read(file, 65_536)  # past what the text stream would hold back
        held.extend(part)
        line = next((each.strip() for each in held.split(b"\n")[:-1] if each.strip()), None)
        if line is not None and not typed.done():
            typed.set_result(line.decode("utf-8", "replace"))
        if not part:
            loop.remove_reader(file)

    loop.add_reader(file, read)
    try:
        return await typed
    finally:
        loop.remove_reader(file)


def _open(page: str, open_page: Callable[[str], object] | None) -> None:
    from leeward.text import safe_url

    address = safe_url(page)
    if address is None:
        return
    if open_page is None:
        import webbrowser

        open_page = webbrowser.open
    open_page(address)


def page_of(spec: SecretSpec, account: Account) -> str | None:
    """Where a secret is made, with the account's address filled in."""
    return spec.page.replace("{url}", account.url) if spec.page else None


def secrets_to_ask(manifest: Manifest, *, signs_in: bool) -> list[SecretSpec]:
    """Those that no sign-in at a page brings; an app's own is asked for with the app."""
    return [spec for spec in manifest.secrets[1 if signs_in else 0 :] if spec.name != APPS_OWN]
