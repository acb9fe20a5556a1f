"""The composition root: reads the command line, and is the only place where the screen's side meets the connectors."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as for a type checker; `typing` itself comes after the first frame
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path
    from typing import Literal

    from connectors.keys import Keys
    from connectors.limits import Limits
    from connectors.oauth.signing import Client
    from leeward.config import Account, Config
    from leeward.ports import Clock, Login, Manifest, Secret, Secrets
    from leeward.ports_session import Tokens
    from leeward.work.channels import Found, Writer
    from leeward.work.quiet_ics import Imported
    from tui.wiring import Connected, Pasted, Show


class World:
    """`tui.wiring.Outside`, importing each part when it is asked for."""

    _limits: Limits | None = None

    def manifests(self, *, theirs: bool = True) -> Mapping[str, Manifest]:
        """The table of kinds, and those of other packages."""
        from connectors import KINDS, TABLE

        return KINDS if theirs else TABLE

    def manifest(self, kind: str) -> Manifest:
        """One kind; third-party ones too."""
        from connectors import manifest

        return manifest(kind)

    def connect(
        self,
        login: Login,
        secret: Secret | Tokens | None,
        clock: Clock,
        ca_file: Path | None,
        others: Mapping[str, Secret] | None = None,
    ) -> Connected:
        """Bind a login to its door; all doors keep the services' limits together."""
        from connectors import make
        from connectors.http import Door
        from connectors.limits import Limits
        from tui.wiring import Connected

        self._limits = self._limits or Limits(clock)
        manifest, limits = self.manifest(login.kind), self._limits
        door = Door(manifest, login, secret, clock, others=others, limits=limits, ca_file=ca_file)
        return Connected(make(login, door, clock), door.close, lambda: door.skew_s)

    async def discover(self, login: Login, clock: Clock) -> str:
        """The address a login's `url` stands for; a kind that can be searched for has a `discover` beside its connector."""
        from importlib import import_module

        from connectors.http import Scout

        manifest = self.manifest(login.kind)
        find = getattr(import_module((manifest.target or "").partition(":")[0]), "discover", None)
        return login.url if find is None else str(await find(Scout(manifest, login, clock), login.url))

    def tokens(self, account: Account, secrets: Secrets, clock: Clock, folder: Path) -> Tokens | None:
        """What renews an account's sign-in at its service's page."""
        if self.manifest(account.kind).oauth is None:
            return None
        from connectors.oauth.signing import tokens

        return tokens(self._client(account, clock), secrets, folder)

    async def sign_in(
        self,
        account: Account,
        secret: Secret | None,
        how: str,
        show: Show,
        clock: Clock,
        pasted: Pasted | None = None,
    ) -> Secret:
        """Let the owner sign in; what to keep."""
        from connectors.oauth.signing import sign_in

        way: Literal["browser", "device"] = "device" if how == "device" else "browser"
        return await sign_in(self._client(account, clock), secret, way, show, pasted)

    def lacks(self, kind: str, kept: Secret | None) -> tuple[str, ...]:
        """The scopes a sign-in did not get."""
        if kept is None:
            return ()
        from connectors.oauth.signing import lacks

        return lacks(self.manifest(kind), kept)

    def _client(self, account: Account, clock: Clock) -> Client:
        from connectors.oauth.signing import Client
        from leeward.zones import system_zone
        from tui.wiring import login_of

        login, manifest = login_of(account, system_zone()), self.manifest(account.kind)
        return Client(manifest, login, clock, account.client_id, account.ca_file, self._limits)

    def secrets(self, config: Config) -> Secrets:
        """Where tokens live."""
        return self._keys(config)

    def keyring(self, config: Config, account: str | None = None) -> tuple[bool, str]:
        """What the keyring says of itself, and what will do in its place, for `account` where one is meant."""
        return self._keys(config).say(account)

    def _keys(self, config: Config) -> Keys:
        from connectors.keys import Keys, Origins

        return Keys({one.name: Origins(one.token_env, one.token_command) for one in config.accounts})

    def ways(self, config: Config, write: Writer, clock: Clock) -> Mapping[str, Sequence[Found]]:
        """Ways to ring that reach outside the terminal."""
        from connectors.ring import ways

        return ways(config.quiet.channels, self._keys(config), write, clock)

    def holidays(self, regions: Sequence[str], year: int) -> tuple[Sequence[tuple[date, str]], Sequence[str]]:
        """Public holidays, where a region is named."""
        from connectors.holidays import dates

        found, problems = dates(regions, year)
        return found, [str(problem) for problem in problems]

    def read_calendar(self, text: str, now: datetime) -> Imported:
        """A schedule out of a calendar file."""
        from connectors.ics import read_week

        return read_week(text, now)


def main(argv: Sequence[str] | None = None) -> int:
    """Run leeward; returns the exit code: 0 done, 1 trouble, 2 wrong usage, 3 partly done, 70 a bug."""
    if sys.stdout is None or sys.stderr is None or sys.stdin is None:
        from tui.streams import stand_in

        stand_in()
    try:
        try:
            return _answered(list(sys.argv[1:] if argv is None else argv))
        finally:
            if sys.stdout is not None:  # a reader that left took it along
                sys.stdout.flush()
    except OSError as error:
        from tui.streams import unwritten

        code = unwritten(error)
        if code is None:
            raise
        return code


def _answered(args: list[str]) -> int:
    if args[:1] == ["--version"]:
        from leeward import VERSION

        sys.stdout.write(f"leeward {VERSION}\n")
        return 0
    if "inbox" in args:
        from tui.quick import answer

        code = answer(args)
        if code is not None:
            return code
    if not args or args[0][:1] == "-":
        return _opened(args)
    from tui.commands import run

    return run(args, World())


def _opened(args: list[str]) -> int:
    """A start of the screen: its first rows at once, then all the rest."""
    import gc
    from contextlib import suppress

    from tui.ghost import Ghost, appear

    gc.disable()  # what is loaded now stays; a command that runs on puts it on again
    try:
        with suppress(Exception):  # a frame that is only quicker must never keep the program from opening
            appear(args)
        from tui.commands import run

        return run(args, World())
    finally:
        gc.enable()
        if Ghost.shown is not None:
            Ghost.shown.end()


if __name__ == "__main__":
    sys.exit(main())
