"""Load Textual's app without its command palette, which brings five widgets nobody sees here and a sixth of the import.

Our palette is another one (`:`), and `ENABLE_COMMAND_PALETTE` is off. While the app's module is loaded a stand-in answers
for `textual.command`; then it is taken away, so that whoever imports that module later gets the real one.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

_PALETTE = "textual.command"


class _Absent:
    """A name of the palette's module that is imported, perhaps inherited from, and never used while the palette is off."""


class _Palette(ModuleType):
    """The stand-in: every public name is there."""

    def __getattr__(self, name: str) -> type[_Absent]:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Absent


def load_app() -> None:
    """Import `textual.app`. A Textual that does not take the stand-in is loaded whole."""
    if "textual.app" in sys.modules:
        return
    palette = sys.modules[_PALETTE] = _Palette(_PALETTE)
    try:
        import_module("textual.app")
    except (ImportError, AttributeError, TypeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "textual"]:
            del sys.modules[name]
    finally:
        if sys.modules.get(_PALETTE) is palette:
            del sys.modules[_PALETTE]
    import_module("textual.app")
