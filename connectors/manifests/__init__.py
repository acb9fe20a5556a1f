"""What each kind says of itself before it is imported: a file a kind with its `MANIFEST`, read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from leeward.ports import Manifest

KINDS = ("local", "gitlab", "matrix", "caldav", "clickup", "slack", "miro", "zoom", "teams", "basecamp")


class Table(Mapping[str, Manifest]):
    """Kind to Manifest, in the order a person is offered them; its names are known before any is read."""

    def __getitem__(self, kind: str) -> Manifest:
        if kind not in KINDS:
            raise KeyError(kind)
        found: Manifest = import_module(f"{__name__}.{kind}").MANIFEST
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)

    def __contains__(self, kind: object) -> bool:
        return kind in KINDS
