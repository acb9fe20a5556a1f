import subprocess
import sys

HELD = """
import sys
from tui import sparing
sparing.load_app()
print("textual.widgets._option_list" in sys.modules, "textual.command" in sys.modules)
import textual.command
print(textual.command.CommandPalette.__name__)
"""

REFUSED = """
from tui import sparing
def refuse(self, name):
    raise AttributeError(name)
sparing._Palette.__getattr__ = refuse
sparing.load_app()
from textual.app import CommandPalette
print(CommandPalette.__module__)
"""


def told(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_the_palette_stays_out_and_can_be_had_later() -> None:
    assert told(HELD) == "False False\nCommandPalette"


def test_a_textual_that_does_not_take_the_stand_in_is_loaded_whole() -> None:
    assert told(REFUSED) == "textual.command"
