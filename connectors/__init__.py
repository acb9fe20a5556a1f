"""Everything that talks to a service or reaches outside. The table knows every kind and imports none of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from connectors.manifests import Table
from leeward.errors import NotSupported, Problem, Usage
from leeward.ports import Clock, Connector, Http, Login, MakesConnector, Manifest
from leeward.words import _

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "leeward.connectors"
"""Third parties name their kinds here: entry point name = kind, value = "module:MANIFEST"."""

TABLE = Table()

_log = logging.getLogger("leeward.connectors")


class Kinds(Mapping[str, Manifest]):
    """The table and, behind it, what other packages bring: looked for when the table has no answer, or for a list.

    A kind of theirs that cannot be loaded is logged and left out; none can take the place of one in the table.
    """

    def __init__(self) -> None:
        self._theirs: dict[str, Manifest] = {}

    def __getitem__(self, kind: str) -> Manifest:
        known = TABLE.get(kind) or self._theirs.get(kind)
        if known is None:
            try:
                known = _third_party(kind)
            except Problem:
                known = None
            if known is None:
                raise KeyError(kind)
            self._theirs[kind] = known
        return known

    def __iter__(self) -> Iterator[str]:
        yield from TABLE
        names = {entry.name for entry in _entry_points()} - set(TABLE)
        yield from (name for name in sorted(names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _each in self)


KINDS = Kinds()


def manifest(kind: str) -> Manifest:
    """What is known of `kind`. Raises `Usage`, naming the kinds there are; `Problem` for one that cannot be loaded."""
    known = TABLE.get(kind) or _third_party(kind)
    if known is None:
        raise Usage(
            _("There is no kind “{kind}”.").format(kind=kind),
            _("Known here: {kinds}.").format(kinds=", ".join(kind for kind in KINDS if kind != "local")),
        )
    return known


def make(login: Login, http: Http, clock: Clock) -> Connector:
    """Import the kind of `login` and bind it to the door; no request is made. Raises `NotSupported`."""
    target = manifest(login.kind).target
    if target is None:
        raise NotSupported(_("“{kind}” lives on this machine and connects to nothing.").format(kind=login.kind))
    module, _colon, name = target.partition(":")
    maker = cast(MakesConnector, getattr(import_module(module), name))
    return maker(login, http, clock)


def _third_party(kind: str) -> Manifest | None:
    """Read the entry points only now: finding them costs a look at every installed distribution."""
    for entry in _entry_points(kind):
        try:
            found = entry.load()
        except Exception as error:
            _log.exception("kind %s could not be loaded from %s", kind, entry.value)
            raise _unusable(kind) from error
        if not isinstance(found, Manifest) or found.kind != kind:
            _log.error("kind %s: %s is no Manifest of that name", kind, entry.value)
            raise _unusable(kind)
        return found
    return None


def _unusable(kind: str) -> Problem:
    return Problem(
        _("The kind “{kind}” is installed and cannot be used.").format(kind=kind),
        _("The log says why; tell those who make it."),
    )


def _entry_points(kind: str | None = None) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points

    yield from entry_points(group=GROUP) if kind is None else entry_points(group=GROUP, name=kind)
