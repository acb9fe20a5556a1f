"""Checking the `[[account]]` tables. One that cannot be used is left out; the others work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from msgspec import Struct, field

from leeward.config_table import Found, Table, near
from leeward.model import LOCAL
from leeward.ports import Can, Manifest
from leeward.words import _

KEYS = (
    "name",
    "kind",
    "url",
    "user",
    "places",
    "token_env",
    "token_command",
    "poll",
    "mark_read",
    "ca_file",
    "client_id",
    "outward",
    "options",
)
SHORTEST_POLL_S = 1.0
LONGEST_POLL_S = 86_400.0
_NAME = r"\w[\w.-]{0,63}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_DURATION = r"(\d{1,6}(?:\.\d{1,3})?) ?(s|m|h)"
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_NAMED_LIKE_ONE = r"(?i)(?:^|_|-)(?:token|pass(?:word|wd|phrase)?|secret|pat|credential|(?:api|access|private)_?key)s?$"
_KNOWN_TOKENS = r"\b(?:glpat-|gh[pousr]_|xox[a-z]-|syt_|mat_|pk_\d)[\w-]{6,}"


class Account(Struct, frozen=True):
    """One account as the settings describe it; never its secret.

    `url` has no slash at its end and may be empty where a kind needs none. `poll_s` None leaves it to the kind.
    `client_id` is the app that signs in at the service's page, where it is one of the owner's own.
    """

    name: str
    kind: str
    url: str = ""
    user: str | None = None
    places: tuple[str, ...] = ()
    token_env: str | None = None
    token_command: tuple[str, ...] = ()
    poll_s: float | None = None
    mark_read: bool = True
    ca_file: Path | None = None
    client_id: str | None = None
    outward: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


def token_variable(name: str) -> str:
    """The environment variable that may hold the token of the account `name`: LEEWARD_TOKEN_WORK_GITLAB."""
    return "LEEWARD_TOKEN_" + re.sub(r"\W", "_", name).upper()


def wrong_name(name: str, others: Iterable[str] = ()) -> str:
    """Why a new account cannot be called so, as the end of a sentence; "" where it can. `others`: names that are there."""
    if name == LOCAL:
        return _("is taken: the account of this machine is always there.")
    if not re.fullmatch(_NAME, name):
        return _("is no name: letters, digits, dots and dashes, at most 64, no blanks.")
    alike = next((one for one in others if one != name and token_variable(one) == token_variable(name)), None)
    if alike is not None:
        return _("is too like the name of the account {other}. Names differ in letters or digits.").format(other=alike)
    return ""


def read_accounts(found: Found, value: object, kinds: Mapping[str, Manifest] | None) -> tuple[Account, ...]:
    """Every account that can be used. `kinds` None takes any kind's name for right."""
    if not isinstance(value, list):
        found.say(("account",), "account", _("write [[account]], with two brackets, for each account."))
        value = [value] if isinstance(value, Mapping) else []
    accounts: dict[str, Account] = {}
    for index, part in enumerate(value):
        table = Table(found, ("account", index), part)
        account = _account(table, kinds)
        if account is None:
            continue
        # Two names that share a variable would hand one service the other's token.
        same = accounts.setdefault(token_variable(account.name), account)
        if same is not account:
            said = _("is too like the name of the account on line {line}. Names differ in letters or digits.")
            table.wrong("name", said.format(line=same.line))
    return tuple(accounts.values())


def _account(table: Table, kinds: Mapping[str, Manifest] | None) -> Account | None:
    manifest = _kind(table, kinds)
    extra = {setting.name for setting in manifest.settings} - set(KEYS) if manifest else set()
    _watch_secrets(table)
    table.warn_unknown((*KEYS, *extra, *(key for key in table.values if re.search(_NAMED_LIKE_ONE, key))))
    account = Account(
        name=_name(table),
        kind=table.text("kind") or "",
        url=_url(table),
        user=table.text("user", fatal=True),
        places=table.texts("places", fatal=True),
        token_env=_variable(table),
        token_command=_command(table),
        poll_s=_poll(table, manifest),
        mark_read=table.flag("mark_read", default=True),
        ca_file=_ca_file(table),
        client_id=table.text("client_id"),
        outward=_outward(table, manifest),
        options=_options(table, extra),
        line=table.found.lines(table.path),
    )
    _require(table, manifest)
    return None if table.broken else account


def _name(table: Table) -> str:
    name = table.text("name", fatal=True)
    if name is None:
        if "name" not in table.values:
            table.broken = True
            table.found.say(table.path, "[[account]]", _('has no name. Write such as name = "work-gitlab".'))
    elif said := wrong_name(name):
        table.wrong("name", said, fatal=True)
    return name or ""


def _kind(table: Table, kinds: Mapping[str, Manifest] | None) -> Manifest | None:
    kind = table.text("kind", fatal=True)
    if kind is None:
        if "kind" not in table.values and not table.broken:
            table.broken = True
            table.found.say(table.path, "[[account]]", _('has no kind. Write such as kind = "gitlab".'))
        return None
    if kinds is None:
        return None
    # Asked for by its name first: listing looks at what other packages bring.
    if kind == LOCAL or kind not in kinds:
        usable = sorted(set(kinds) - {LOCAL})
        close = near(kind, usable) or _("There are {kinds}.").format(kinds=", ".join(usable))
        table.wrong("kind", f"{_('no such kind.')} {close}", fatal=True)
    return kinds.get(kind)


def _outward(table: Table, manifest: Manifest | None) -> bool:
    """Whether others are to see quiet; said where the kind cannot show it."""
    wanted = table.flag("outward", default=False)
    if wanted and manifest is not None and Can.QUIET not in manifest.can:
        said = _("does nothing: {kind} cannot show your quiet hours to others.").format(kind=manifest.title)
        table.wrong("outward", said, warning=True)
    return wanted


def _require(table: Table, manifest: Manifest | None) -> None:
    for setting in manifest.settings if manifest else ():
        if setting.required and setting.name not in table.values:
            table.broken = True
            said = _("has no {name}, which {kind} needs: {help}")
            said = said.format(name=setting.name, kind=manifest.title if manifest else "", help=setting.help)
            table.found.say(table.path, "[[account]]", said)


def _url(table: Table) -> str:
    """The address without a slash at its end. https, or http on this machine alone: a token in the clear is lost."""
    url = table.text("url", fatal=True)
    if url is None:
        return ""
    wrong = _url_trouble(url)
    if wrong:
        table.wrong("url", wrong, fatal=True, secret="@" in url)
    return url.rstrip("/")


def _url_trouble(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or url != url.strip() or not url.isprintable() or " " in url or "\\" in url:
        return _("is no address. Write such as https://gitlab.example.org.")
    if parts.scheme not in {"https", "http"}:
        return _("must begin with https://.")
    if "@" in parts.netloc:
        return _("must not hold a name or a password. Write the name as user; the token is asked for.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return _("must end before ? or #.")
    if parts.scheme == "http" and not is_loopback(host):
        return _("would send the token in the clear. Write https://; http only to this machine.")
    return None


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by its number or as localhost."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(table: Table) -> str | None:
    name = table.text("token_env", fatal=True)
    if name is not None and not re.fullmatch(_VARIABLE, name):
        table.wrong("token_env", _("is no variable's name. Write such as GITLAB_TOKEN."), fatal=True, secret=True)
    return name


def _command(table: Table) -> tuple[str, ...]:
    command = table.texts("token_command", fatal=True)
    if not command and "token_command" in table.values and not table.broken:
        table.wrong("token_command", _('is empty. Write such as ["pass", "show", "gitlab"].'), fatal=True)
    return command


def _poll(table: Table, manifest: Manifest | None) -> float | None:
    value = table.values.get("poll")
    if value is None:
        return None
    found = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if SHORTEST_POLL_S <= seconds <= LONGEST_POLL_S:
        if manifest is not None and seconds < manifest.min_poll_s:
            said = _('is too often for {kind}. Taken as "{least:g}s".')
            table.wrong("poll", said.format(kind=manifest.title, least=manifest.min_poll_s), warning=True)
        return seconds
    table.wrong("poll", _('is no time between 1s and 24h. Write such as "60s" or "5m". The kind\'s own is taken.'))
    return None


def _ca_file(table: Table) -> Path | None:
    """Certificates beside the system's; a relative path starts at the settings' folder."""
    name = table.text("ca_file")
    if name is None:
        return None
    path = table.found.file.parent / Path(name).expanduser()
    if not path.is_file():
        table.wrong("ca_file", _("no such file: {path}. The system's certificates alone are taken.").format(path=path))
        return None
    return path


def _options(table: Table, extra: Iterable[str]) -> Mapping[str, str]:
    """What only this kind understands: `[account.options]`, and what its Manifest asks for by name."""
    inner = table.values.get("options", {})
    part = Table(table.found, (*table.path, "options"), inner)
    table.broken |= part.broken
    options: dict[str, str] = {}
    for source, names in ((part, list(part.values)), (table, sorted(extra))):
        for name in names:
            value = source.values.get(name)
            if isinstance(value, (str, int, float)):
                options[name] = str(value).lower() if isinstance(value, bool) else str(value)
            elif value is not None:
                source.wrong(name, _("is neither text, number, true nor false."))
    return MappingProxyType({name: value for name, value in options.items() if not re.search(_NAMED_LIKE_ONE, name)})


def _watch_secrets(table: Table) -> None:
    """A secret in this file is never used, and never repeated in what we say of it."""
    options = table.values.get("options")
    inner = Table(table.found, (*table.path, "options"), options) if isinstance(options, Mapping) else None
    for part in (table, inner) if inner else (table,):
        for key, value in part.values.items():
            if re.search(_NAMED_LIKE_ONE, key) or (isinstance(value, str) and re.search(_KNOWN_TOKENS, value)):
                said = _(
                    "a secret does not belong in this file and is not read. Take it out, renew it, and use {ways}."
                )
                part.wrong(key, said.format(ways="token_env, token_command, leeward account add"), secret=True)
