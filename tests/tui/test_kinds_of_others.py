"""Kinds of other packages on the connect screen: offered there, not looked for at the first start, none in safe mode."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any, cast

import pytest

import connectors
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting
from tui.cli import World
from tui.desk_store import StoreDesk

THEIRS = Manifest(
    "tracker",
    "Their Tracker",
    frozenset({Can.TASKS}),
    "their.module:Tracker",
    settings=(Setting("url", "Address", "of the tracker"),),
    secrets=(SecretSpec("token", "Key", "made on its page", page="https://tracker.example/keys"),),
    origins=(Origin("{url}"),),
)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    asked: list[str | None] = []

    def entries(kind: str | None = None) -> Iterator[EntryPoint]:
        asked.append(kind)
        yield from (
            [EntryPoint("tracker", "their.module:MANIFEST", connectors.GROUP)] if kind in {None, "tracker"} else []
        )

    monkeypatch.setattr(EntryPoint, "load", lambda _self: THEIRS)
    monkeypatch.setattr(connectors, "_entry_points", entries)
    monkeypatch.setattr(connectors, "KINDS", connectors.Kinds())
    return asked


def desk(*, safe: bool = False) -> StoreDesk:
    home: Any = SimpleNamespace(outside=World(), safe=safe)
    return cast(StoreDesk, SimpleNamespace(home=home))


def test_their_kinds_are_offered_with_their_questions(looked: list[str | None]) -> None:
    offered = {one.kind: one for one in StoreDesk.kinds(desk())}
    assert set(offered) == {kind for kind in connectors.TABLE if kind != "local"} | {"tracker"}
    theirs = offered["tracker"]
    assert (theirs.title, [question.name for question in theirs.questions]) == (
        "Their Tracker",
        ["name", "url", "token"],
    )
    assert theirs.page == "https://tracker.example/keys"
    assert looked


def test_the_first_start_looks_at_no_other_package(looked: list[str | None]) -> None:
    assert "tracker" not in {one.kind for one in StoreDesk.kinds(desk(), theirs=False)}
    assert looked == []


def test_safe_mode_loads_none(looked: list[str | None]) -> None:
    assert "tracker" not in {one.kind for one in StoreDesk.kinds(desk(safe=True))}
    assert looked == []
