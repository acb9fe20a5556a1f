"""Every kind's world, found by its name: `<kind>_world.py` or `test_<kind>.py` of this folder holds its harness."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, signature

from connectors import TABLE
from connectors.testing.harness import FakeHarness
from leeward.ports import Can


def world_of(kind: str) -> type[FakeHarness] | None:
    """The first harness of a kind that is made without being told anything; None where there is none yet."""
    for name in (f"{__package__}.{kind}_world", f"{__package__}.test_{kind}"):
        if find_spec(name) is None:
            continue
        for found in vars(import_module(name)).values():
            if isinstance(found, type) and issubclass(found, FakeHarness) and _is_for(found, kind):
                return found
    return None


def _is_for(found: type[FakeHarness], kind: str) -> bool:
    manifest = getattr(found, "manifest", None)
    told = {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}
    parameters = signature(found).parameters.values()
    needed = [each for each in parameters if each.default is Parameter.empty and each.kind not in told]
    return manifest is not None and manifest.kind == kind and not needed


def able(*abilities: Can) -> list[str]:
    """Kinds of the table that declare all of these."""
    return [kind for kind, manifest in TABLE.items() if manifest.target and manifest.can >= set(abilities)]
