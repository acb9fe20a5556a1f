"""The command line: one table of verbs, each group imported only when one of its verbs is used."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING

from leeward.errors import Trouble, Usage
from leeward.words import _

if TYPE_CHECKING:
    import argparse

    from tui.wiring import Home, Outside

# verb: (module of this package, what it does)
VERBS = {
    "demo": ("start", _("look around with a sample team; nothing leaves this machine")),
    "account": ("accounts", _("add, list, check or remove accounts")),
    "sync": ("syncing", _("pull and send once")),
    "watch": ("syncing", _("sync and ring in the background")),
    "inbox": ("reading", _("what calls, by tier, then due")),
    "thread": ("reading", _("one thread; `thread split` and `thread join` correct a cut")),
    "tasks": ("reading", _("all tasks")),
    "notes": ("reading", _("all notes")),
    "promises": ("promising", _("lines that promise or ask for something, while nothing has come of them")),
    "people": ("people", _("who is known; `people join` and `people part` say who is one person")),
    "search": ("reading", _("find words; is: by: in: before: after: narrow it")),
    "why": ("reading", _("the journal of an item, a link or a notice")),
    "context": ("capturing", _("which lines belong to a line, and why")),
    "capture": ("capturing", _("make a task of a line, with its context")),
    "capsule": ("capturing", _("the lines a task was made of, as they were, and what was changed since")),
    "attach": ("capturing", _("tie a line to a task that exists")),
    "unlink": ("capturing", _("take a link away")),
    "task": ("writing", _("change a task, or make one of your own")),
    "assign": ("writing", _("give a task to somebody")),
    "note": ("writing", _("write or change a note; the text comes from stdin")),
    "reply": ("writing", _("answer in a thread; the text comes from stdin")),
    "post": ("writing", _("say something new in a place; the text comes from stdin")),
    "meet": ("meeting", _("begin a meeting about a task, and say where to join it")),
    "done": ("sorting", _("clear threads, complete tasks")),
    "undone": ("sorting", _("bring back")),
    "later": ("sorting", _("put off until a time")),
    "tier": ("sorting", _("say how soon: red, yellow, green or none")),
    "undo": ("sorting", _("take the last act back")),
    "redo": ("sorting", _("do again what was undone")),
    "outbox": ("sorting", _("what still has to reach a service")),
    "quiet": ("quieting", _("when it rings, and what waits")),
    "import": ("importing", _("bring in a Slack export, an IRC log or a mailbox")),
    "export": ("importing", _("your own data as JSON lines and Markdown")),
    "doctor": ("health", _("what is well here and what is not")),
}


def run(args: list[str], outside: Outside) -> int:
    """Parse and run one command line; trouble is one line on stderr, a bug a few words and code 70."""
    from leeward.paths import keep_private

    keep_private()
    _forgiving_output()
    args = _words(args)
    try:
        verb = _verb(args)
        home = _home(args, verb, outside)
        guarded = _lightly_guarded if verb in _READING else _guarded
        return guarded(home, lambda: _run(home, verb))
    except Usage as usage:
        _say(usage)
        return 2
    except Trouble as trouble:
        _say(trouble)
        return 1


# They open no screen and start no thread; what looks after those would be a third of their time.
_READING = frozenset({"inbox", "tasks", "notes", "search"})


def _lightly_guarded(home: Home, act: Callable[[], int]) -> int:
    """Run a command that only reads; a bug is told and written down as everywhere."""
    try:
        return _told(act)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - logged whole in `bug`, and told to the person
        from tui.crash import Guard

        return Guard(home.folders.crashes).bug(error)


def _told(act: Callable[[], int], restore: Callable[[], None] | None = None) -> int:
    """What `act` gives; trouble is one line on stderr, after the terminal is back."""
    try:
        return act()
    except Usage as usage:
        _say(usage)
        return 2
    except Trouble as trouble:
        if restore is not None:
            restore()
        _say(trouble)
        return 1
    except OSError as error:
        from tui.streams import unwritten

        if restore is not None:
            restore()
        code = unwritten(error)
        if code is None:
            raise
        return code


def _say(trouble: Trouble) -> None:
    """One line on stderr, harmless also where it repeats what was typed."""
    from leeward.text import one_line

    with suppress(OSError):  # nobody may be listening; the exit code says it too
        sys.stderr.write(f"leeward: {one_line(str(trouble), 2000)}\n")


def _words(args: Sequence[str]) -> list[str]:
    """What was typed as text that can be stored and shown; names of files that are there stay as they are."""
    import os

    def readable(word: str) -> str:
        return word if os.path.lexists(word) else word.encode(errors="surrogateescape").decode(errors="replace")

    return [word if word.isascii() else readable(word) for word in args]


def _forgiving_output() -> None:
    """A terminal or pipe that cannot show a character shows another one, and ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _guarded(home: Home, act: Callable[[], int]) -> int:
    """Run with the terminal and the crash report looked after."""
    from tui.crash import Guard

    guard = Guard(home.folders.crashes)
    guard.install()
    home.guard = guard
    return guard.run(lambda: _told(act, guard.restore))


def _run(home: Home, verb: str | None) -> int:
    if getattr(home.args, "version", False):
        from leeward import VERSION

        sys.stdout.write(f"leeward {VERSION}\n")
        return 0
    if verb is None:
        from tui.commands.start import open_workspace

        return open_workspace(home)
    gc.enable()
    return int(home.args.run(home, home.args))


_VALUED = {"--config", "--data"}
_SWITCHES = {"--json", "--plain", "--safe"}


def _flags(args: Sequence[str]) -> SimpleNamespace | None:
    """A line of global flags alone, as it is typed every day; None for any other, which the parser reads or refuses."""
    found: dict[str, str | bool] = {}
    words = iter(args)
    for word in words:
        name, given, value = word.partition("=")
        if name in _VALUED and (value if given else (value := next(words, ""))) and value[:1] != "-":
            found[name[2:]] = value
        elif word in _SWITCHES:
            found[word[2:]] = True
        else:
            return None
    return SimpleNamespace(**found)


def _verb(args: Sequence[str]) -> str | None:
    """The verb of a command line: its first word that is no global flag."""
    skip = False
    for word in args:
        if skip:
            skip = False
        elif word in _VALUED:
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def _globals(parser: argparse.ArgumentParser) -> None:
    import argparse

    hidden = argparse.SUPPRESS
    group = parser.add_argument_group(_("everywhere"))
    group.add_argument("--config", metavar="FILE", default=hidden, help=_("the settings (also LEEWARD_CONFIG)"))
    group.add_argument("--data", metavar="DIR", default=hidden, help=_("the data folder (also LEEWARD_DATA)"))
    group.add_argument("--json", action="store_true", default=hidden, help=_("answer in JSON"))
    group.add_argument("--plain", action="store_true", default=hidden, help=_("no colour, no redraw"))
    group.add_argument(
        "--safe", action="store_true", default=hidden, help=_("no accounts, plug-ins, own keys or theme")
    )


def _parser(verb: str | None) -> argparse.ArgumentParser:
    """The parser of the whole, with only the parser of the verb that is used filled in."""
    import argparse
    from importlib import import_module

    from tui.commands.parsing import Parser

    parser = Parser(
        prog="leeward",
        description=_(
            "Threads, tasks and notes of your tools, at your own pace. Without a command it opens the workspace."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", default=argparse.SUPPRESS, help=_("print the version"))
    _globals(parser)
    if verb is None:
        width = max(map(len, VERBS))
        parser.epilog = (
            _("commands:") + "\n" + "\n".join(f"  {name:<{width}}  {does}" for name, (_m, does) in VERBS.items())
        )
        return parser
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND")
    if verb not in VERBS:
        from difflib import get_close_matches

        near = get_close_matches(verb, VERBS, n=1)
        do = _("Did you mean {verb}?").format(verb=near[0]) if near else _("`leeward --help` lists the commands.")
        raise Usage(_("There is no command {verb}.").format(verb=verb), do)
    module, does = VERBS[verb]
    inner = verbs.add_parser(verb, help=does, description=f"{does[0].upper()}{does[1:]}.", allow_abbrev=False)
    _globals(inner)
    import_module(f"tui.commands.{module}").arguments(verb, inner)
    return parser


def _home(args: list[str], verb: str | None, outside: Outside) -> Home:
    from leeward.clock import SystemClock
    from leeward.paths import find
    from tui.wiring import Home

    parsed = (_flags(args) if verb is None else None) or _parser(verb).parse_args(args)
    folders = find(getattr(parsed, "config", None), getattr(parsed, "data", None))
    home = Home(folders, outside, SystemClock(), args=parsed)
    home.json = getattr(parsed, "json", False)
    home.plain = getattr(parsed, "plain", False)
    home.safe = getattr(parsed, "safe", False)
    return home
