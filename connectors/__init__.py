"""Everything that talks to a service or reaches outside. The table knows every kind and imports none of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, cast

from connectors.manifests import Table
from leeward.errors import NotSupported, Usage
from leeward.ports import Clock, Connector, Http, Login, MakesConnector, Manifest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "leeward.connectors"
"""Third parties name their kinds here: entry point name = kind, value = "module:MANIFEST"."""

TABLE = Table()


def manifest(kind: str) -> Manifest:
    """What is known of `kind`. Raises `Usage`, naming the kinds there are."""
    known = TABLE.get(kind) or _third_party(kind)
    if known is None:
        raise Usage(f"There is no kind “{kind}”.", f"Known here: {', '.join(sorted(TABLE))}.")
    return known


def make(login: Login, http: Http, clock: Clock) -> Connector:
    """Import the kind of `login` and bind it to the door; no request is made. Raises `NotSupported`."""
    target = manifest(login.kind).target
    if target is None:
        raise NotSupported(f"“{login.kind}” lives on this machine and connects to nothing.")
    module, _, name = target.partition(":")
    maker = cast(MakesConnector, getattr(import_module(module), name))
    return maker(login, http, clock)


def _third_party(kind: str) -> Manifest | None:
    """Read the entry points only now: finding them costs a look at every installed distribution."""
    for entry in _entry_points(kind):
        found = entry.load()
        if isinstance(found, Manifest) and found.kind == kind:
            return found
    return None


def _entry_points(kind: str) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points

    yield from entry_points(group=GROUP, name=kind)
