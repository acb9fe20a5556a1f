import subprocess
import sys

HELD = """
import sys
from tui import sparing
sparing.load_app()
absent = ("textual.widgets._option_list", "textual.containers", *sparing._ABSENT)
print([name for name in absent if name in sys.modules])
import textual.command, textual.widgets._toast, rich.table
print(textual.command.CommandPalette.__name__, textual.widgets._toast.ToastRack.__name__, rich.table.Table().title)
"""

REFUSED = """
from tui import sparing
def refuse(self, name):
    raise AttributeError(name)
sparing._StandIn.__getattr__ = refuse
sparing.load_app()
from textual.app import CommandPalette
print(CommandPalette.__module__)
"""


def told(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_what_nobody_sees_stays_out_and_can_be_had_later() -> None:
    assert told(HELD) == "[]\nCommandPalette ToastRack None"


def test_a_textual_that_does_not_take_the_stand_in_is_loaded_whole() -> None:
    assert told(REFUSED) == "textual.command"
