"""Load Textual's app without what nobody sees here, a fifth of the import.

Its command palette brings five widgets; ours is another one (`:`), and `ENABLE_COMMAND_PALETTE` is off. Its toasts are
switched off too, tables are for printing its colours, a canvas draws lines between widgets, and the folder of downloads
is for the web. While the app's module is loaded stand-ins answer for them; then they are taken away, so that whoever
imports these modules later gets the real ones.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

_ABSENT = ("textual.command", "textual.widgets._toast", "textual.canvas", "rich.table", "platformdirs")


class _Absent:
    """A name that is imported, perhaps inherited from, and never used."""


class _StandIn(ModuleType):
    """Every public name is there."""

    def __getattr__(self, name: str) -> type[_Absent]:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Absent


def load_app() -> None:
    """Import `textual.app`. A Textual that does not take the stand-ins is loaded whole."""
    if "textual.app" in sys.modules:
        return
    ours = {name: _StandIn(name) for name in _ABSENT if name not in sys.modules}
    sys.modules.update(ours)
    try:
        import_module("textual.app")
    except (ImportError, AttributeError, TypeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "textual"]:
            del sys.modules[name]
    finally:
        for name, module in ours.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
    import_module("textual.app")
