"""What can go wrong between us and a service: one sentence of what happened and one of what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar


class Trouble(Exception):
    """A failure a person can understand.

    `what` and `do` are whole sentences. `taken` says whether a write may have reached the service: False only where it
    surely did not. A failed read never says so, it has nothing to take.
    """

    taken: bool = True
    conceal: ClassVar[Callable[[str], str]] = str
    """Takes secrets out of both sentences: a service may say our token back. `leeward.logs` sets it with the first one."""

    def __init__(self, what: str, do: str = "", *, account: str | None = None, taken: bool | None = None) -> None:
        self.what = type(self).conceal(what)
        self.do = type(self).conceal(do)
        super().__init__(self.what)
        self.account = account
        if taken is not None:
            self.taken = taken

    def __str__(self) -> str:
        """One line, as the command line prints it."""
        return f"{self.what} {self.do}".strip()


class SignInNeeded(Trouble):
    """401, or a token that was revoked: this account stops until its owner acts."""

    taken = False


class Forbidden(Trouble):
    """403: signed in, but not allowed to do this."""

    taken = False


class Gone(Trouble):
    """404 or 410: it is not there, or not for us."""

    taken = False


class Conflict(Trouble):
    """409 or 412: it changed since we read it, or it is there already."""

    taken = False


class Refused(Trouble):
    """Any other 4xx: the service understood and said no."""

    taken = False


class NotSupported(Trouble):
    """This kind cannot do that; said in place."""

    taken = False


class TryLater(Trouble):
    """Come back after `after_s` seconds: 429, no connection, a time-out, 5xx."""

    def __init__(
        self, what: str, do: str = "", *, after_s: float = 60.0, account: str | None = None, taken: bool | None = None
    ) -> None:
        super().__init__(what, do, account=account, taken=taken)
        self.after_s = after_s


class ServiceChanged(Trouble):
    """An answer we do not understand: HTML in place of JSON, a cut body, a type that cannot be."""


class Problem(Trouble):
    """Trouble on this machine: a damaged store, a full disk, a busy lock, wrong settings."""

    taken = False


class Usage(Trouble):
    """The command was used wrongly; exit code 2."""

    taken = False
