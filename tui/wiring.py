"""What the composition root hands to the commands and the screen, so that they never meet a connector."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from leeward.ports import Login

if TYPE_CHECKING:
    from leeward.config import Account, Config, Problem
    from leeward.paths import Folders
    from leeward.ports import Clock, Connector, Manifest, Secret, Secrets
    from leeward.ports_session import Tokens
    from leeward.work.channels import Found, Writer
    from leeward.work.quiet_ics import Imported
    from tui.crash import Guard


GRANT = "grant"
"""The name under which a sign-in is kept among an account's secrets."""

Pasted = Callable[[], Coroutine[Any, Any, str]]
"""Waits for the address at which a browser on another machine ended."""

Show = Callable[[str, str | None], None]
"""Told what a person needs to sign in: the page to open, and the code to type there where there is one."""


class Connected(NamedTuple):
    """A connector behind its door. `skew_s`: how far this machine's clock is ahead of the service's, once it answered."""

    connector: Connector
    close: Callable[[], Awaitable[None]]
    skew_s: Callable[[], float | None] = lambda: None


class Outside(Protocol):
    """Everything that reaches outside, imported only when it is asked for."""

    def manifests(self, *, theirs: bool = True) -> Mapping[str, Manifest]:
        """The table of kinds; with `theirs` also those of other packages, looked for when the table has no answer."""
        ...

    def manifest(self, kind: str) -> Manifest:
        """One kind; third-party ones too. Raises `NotSupported`."""
        ...

    def connect(
        self,
        login: Login,
        secret: Secret | Tokens | None,
        clock: Clock,
        ca_file: Path | None,
        others: Mapping[str, Secret] | None = None,
    ) -> Connected:
        """Bind a login to its door; `others` are its secrets besides the token, by name."""
        ...

    def tokens(self, account: Account, secrets: Secrets, clock: Clock, folder: Path) -> Tokens | None:
        """What renews an account's sign-in at its service's page; None where it has none on this machine."""
        ...

    async def sign_in(
        self,
        account: Account,
        secret: Secret | None,
        how: str,
        show: Show,
        clock: Clock,
        pasted: Pasted | None = None,
    ) -> Secret:
        """Let the owner sign in by "browser" or "device" code; what to keep as GRANT. `secret` is that of their app."""
        ...

    def lacks(self, kind: str, kept: Secret | None) -> tuple[str, ...]:
        """The scopes a sign-in was asked for and did not get."""
        ...

    async def discover(self, login: Login, clock: Clock) -> str:
        """The address a login's `url` stands for, asked without credentials; the same where its kind needs no search."""
        ...

    def secrets(self, config: Config) -> Secrets:
        """Where tokens live."""
        ...

    def ways(self, config: Config, write: Writer, clock: Clock) -> Mapping[str, Sequence[Found]]:
        """Ways to ring that reach outside the terminal, by kind: desktop, phone."""
        ...

    def holidays(self, regions: Sequence[str], year: int) -> tuple[Sequence[tuple[date, str]], Sequence[str]]:
        """The public holidays of regions in a year and the next, and sentences about what could not be found."""
        ...

    def read_calendar(self, text: str, now: datetime) -> Imported:
        """A weekly schedule out of a calendar file; `now` is naive UTC. Raises `Problem`."""
        ...

    def keyring(self, config: Config, account: str | None = None) -> tuple[bool, str]:
        """What the keyring says of itself, and what will do in its place, for `account` where one is meant."""
        ...


class Home(Struct):
    """One run of the program: where things lie, what the settings say, and how to answer.

    `json`, `plain`: in which form. `safe`: without accounts, own keys, themes and kinds of others. `args`: what the parser read.
    `guard` looks after the terminal. `sample`: the team of `leeward demo`.
    """

    folders: Folders
    outside: Outside
    clock: Clock
    json: bool = False
    plain: bool = False
    safe: bool = False
    args: Any = None
    guard: Guard | None = None
    sample: bool = False
    _config: Config | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def config(self) -> Config:
        """The settings; read at first use, with everything wrong with them in `problems`."""
        if self._config is None:
            from leeward.config import load

            found, self.problems = load(
                self.folders.config,
                # Safe mode reads no other package's kind, so it cannot tell theirs from none.
                None if self.safe else self.outside.manifests(),
                last_good=self.folders.last_good if self.folders.data.exists() else None,
            )
            if self.folders.named and not self.folders.config.exists():
                self.problems = [*self.problems, _not_there(self.folders.config)]
            self._config = found.safe() if self.safe else found
        return self._config

    def reload(self) -> Config:
        """Read the settings again; quiet rules that worked stay in force where the new ones have a mistake."""
        old, self._config = self._config, None
        new = self.config
        if old is not None and not new.quiet_fits:
            self._config = replace(new, quiet=old.quiet, accounts=new.accounts or old.accounts)
        return self.config


def _not_there(file: Path) -> Problem:
    from leeward.config import Problem
    from leeward.words import _

    said = _("is not there, so nothing is set. Is that its name? Adding an account would make it.")
    return Problem(file, 1, file.name, said, warning=True)


def login_of(account: Account, zone: str) -> Login:
    """An account of the settings as its connector sees it."""
    return Login(
        name=account.name,
        kind=account.kind,
        url=account.url.rstrip("/"),
        user=account.user,
        places=account.places,
        mark_read=account.mark_read,
        zone=zone,
        options=account.options,
    )
