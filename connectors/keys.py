"""Where an account's secrets come from: the environment, a command, the system's keyring, in the order of the settings.

keyring is imported at its first use. A keyring may wait for a dialog that nobody sees, so each call runs in a thread of
its own that is left behind after five seconds. Backends that keep nothing, or keep it in plain text, are refused by name.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from leeward.config_account import token_variable
from leeward.errors import Problem
from leeward.ports import Secret
from leeward.words import _

SERVICE = "leeward"
GRANT = "grant"
"""The entry of an account that signed in at its service's page: its tokens, and when to renew them."""
KEYRING_S = 5.0
COMMAND_S = 10.0
_PLAIN = re.compile(r"^keyrings\.alt\.|plaintext", re.IGNORECASE)

T = TypeVar("T")


class Origins(Struct, frozen=True):
    """Where the settings say an account's token is."""

    token_env: str | None = None
    token_command: tuple[str, ...] = ()


class Backend(Protocol):
    """What we use of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, if there is one."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        ...


def find_backend() -> Backend:
    """The system's keyring."""
    import keyring

    found: Backend = keyring.get_keyring()
    return found


class Keys:
    """`leeward.ports.Secrets`. `origins` says what the settings name for an account; `hide` masks what was found in logs."""

    def __init__(
        self,
        origins: Mapping[str, Origins],
        *,
        environ: Mapping[str, str] | None = None,
        backend: Callable[[], Backend] = find_backend,
        hide: Callable[[str], None] | None = None,
        keyring_s: float = KEYRING_S,
        command_s: float = COMMAND_S,
    ) -> None:
        self._origins = origins
        self._environ = os.environ if environ is None else environ
        self._backend = backend
        self._hide = hide or _hide
        self._keyring_s = keyring_s
        self._command_s = command_s

    def get(self, account: str, name: str = "token") -> Secret | None:
        """The first of: `token_env`, `token_command`, the environment by the account's name, the keyring.

        A sign-in at the service's page lives in the keyring alone, and none is given where one of the others has a token.

        Raises `Problem` where the settings name a place that does not answer, or the keyring hangs.
        """
        if name == GRANT:
            return None if self._elsewhere(account) else self.kept(account, name)
        where = self._origins.get(account) if name == "token" else None
        if where is not None and where.token_env:
            return self._secret(self._from_environment(account, where.token_env))
        if where is not None and where.token_command:
            return self._secret(self._from_command(account, where.token_command))
        found = self._environ.get(variable(account, name))
        if found:
            return self._secret(found)
        return self.kept(account, name)

    def kept(self, account: str, name: str = "token") -> Secret | None:
        """What the keyring itself has, whatever the environment says. Raises `Problem` where it hangs."""
        found = self._from_keyring(account, name)
        return None if found is None else self._secret(found)

    def _elsewhere(self, account: str) -> bool:
        where = self._origins.get(account)
        named = where is not None and bool(where.token_env or where.token_command)
        return named or bool(self._environ.get(variable(account)))

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        """Store it in the keyring and read it back; the name of the backend."""
        self._hide(secret.reveal())
        ways = _other_ways(account, name)
        backend = self._trusted(ways)
        user = entry(account, name)

        def store() -> str | None:
            backend.set_password(SERVICE, user, secret.reveal())
            return backend.get_password(SERVICE, user)

        kept = self._bounded(store, ways)
        if kept is None or Secret(kept) != secret:
            raise Problem(_("The keyring {name} did not keep the token.").format(name=label(backend)), ways)
        return label(backend)

    def drop(self, account: str, name: str = "token") -> None:
        """Forget it; no error where it was not there, or where there is no keyring."""
        ways = _other_ways(account, name)
        try:
            backend = self._trusted(ways)
        except Problem:
            return

        def forget() -> None:
            if backend.get_password(SERVICE, entry(account, name)) is not None:
                backend.delete_password(SERVICE, entry(account, name))

        self._bounded(forget, ways)

    def say(self, account: str | None = None) -> tuple[bool, str]:
        """Whether tokens can be kept, and where; without a keyring what else will do, for `account` where one is meant."""
        try:
            return True, _("keyring: {name}").format(name=label(self._trusted(_other_ways(account))))
        except Problem as problem:
            return False, str(problem)

    def _secret(self, text: str) -> Secret:
        self._hide(text)
        return Secret(text)

    def _from_environment(self, account: str, variable: str) -> str:
        found = self._environ.get(variable)
        if not found:
            raise Problem(
                _("{account}: the environment has no {name}.").format(account=account, name=variable),
                _("Set it, or take token_env out of the settings."),
            )
        return found

    def _from_command(self, account: str, command: Sequence[str]) -> str:
        trouble = _("{account}: {program} gave no token").format(account=account, program=command[0])
        do = _("Try it in a terminal: it must print the token alone within {s:g} s.").format(s=self._command_s)
        try:
            done = subprocess.run(  # noqa: S603  the owner's own command, as a list, without a shell
                command, check=False, capture_output=True, timeout=self._command_s, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            raise Problem(_("{trouble}: it took too long.").format(trouble=trouble), do) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise Problem(_("{trouble}: {why}.").format(trouble=trouble, why=why), do) from None
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        found = lines[0].strip() if lines else ""
        if done.returncode != 0 or not found:
            raise Problem(_("{trouble}: it ended with {code}.").format(trouble=trouble, code=done.returncode), do)
        return found

    def _from_keyring(self, account: str, name: str) -> str | None:
        ways = _other_ways(account, name)
        try:
            backend = self._trusted(ways)
        except Problem:
            return None  # nothing was ever kept there
        return self._bounded(lambda: backend.get_password(SERVICE, entry(account, name)), ways)

    def _trusted(self, ways: str) -> Backend:
        """The backend, if it keeps what it is given, and not in plain text. `ways` says what else will do."""
        backend = self._bounded(self._backend, ways)
        chained = getattr(backend, "backends", None)
        module = type(backend).__module__
        said = label(backend)
        if module.endswith((".fail", ".null")) or (chained is not None and not list(chained)):
            raise Problem(_("There is no keyring on this machine ({name}).").format(name=said), ways)
        first: Backend = next(iter(chained)) if chained is not None else backend
        if _PLAIN.search(f"{type(first).__module__}.{type(first).__qualname__}"):
            raise Problem(_("The keyring {name} keeps tokens in plain text.").format(name=label(first)), ways)
        return first

    def _bounded(self, act: Callable[[], T], ways: str) -> T:
        """Run `act` in a thread that is left behind when it does not end. `ways` says what else will do."""
        results: list[T] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                results.append(act())
            except BaseException as error:  # noqa: BLE001  handed to the caller's thread, which raises it
                errors.append(error)

        thread = threading.Thread(target=run, name="keyring", daemon=True)
        thread.start()
        thread.join(self._keyring_s)
        if results:
            return results[0]
        if not errors:
            raise Problem(_("The keyring did not answer; it may wait behind a dialog."), ways)
        if not isinstance(errors[0], Exception):
            raise errors[0]
        # The text of a backend's error may quote what it was given, so only its kind is told.
        kind = type(errors[0]).__name__
        raise Problem(_("The keyring cannot be used ({kind}).").format(kind=kind), ways) from None


def variable(account: str, name: str = "token") -> str:
    """The environment variable of an account: LEEWARD_TOKEN_WORK_GITLAB."""
    return f"LEEWARD_{_upper(name)}_{_upper(account)}" if name != "token" else token_variable(account)


def entry(account: str, name: str) -> str:
    """The user name under which the keyring keeps a secret."""
    return account if name == "token" else f"{account}/{name}"


def label(backend: object) -> str:
    """How a backend calls itself."""
    return str(getattr(backend, "name", None) or type(backend).__name__)


def _upper(text: str) -> str:
    return re.sub(r"\W", "_", text).upper()


def _other_ways(account: str | None = None, name: str = "token") -> str:
    """What will do in place of a keyring. A sign-in has no variable: that of a token takes its place."""
    named = variable(account, "token" if name == GRANT else name) if account else "LEEWARD_TOKEN_…"
    return _("Unlock or install a keyring, or use token_env, token_command or {variable}.").format(variable=named)


def _hide(secret: str) -> None:
    from leeward import logs

    logs.hide(secret)
