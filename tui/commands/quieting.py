"""quiet: when it rings, and what waits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from leeward.errors import Usage
from leeward.ports import Rung
from leeward.store import notices
from leeward.store.db import Db
from leeward.words import _
from leeward.work import quiet_acts, quiet_now, quiet_preview, quiet_remarks
from leeward.work.channels import Found
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_holidays import holidays_wanted, take_holidays, year_of
from leeward.work.quiet_plan import Plan, plan
from tui.commands import answers
from tui.commands.parsing import days
from tui.wiring import Home


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("act", choices=sorted(_RUN), metavar="|".join(sorted(_RUN)))
    parser.add_argument("words", nargs="*", metavar="FOR", help=_("such as: 2h, until tomorrow 9:00, until I say so"))
    parser.add_argument("--jsonl", action="store_true", help=_("eval: read cases on stdin"))
    parser.add_argument(
        "--ics", nargs="?", const="-", metavar="FILE", help=_("export: the file to write; stdout by default")
    )
    parser.add_argument("--schedule", metavar="NAME", help=_("export, week, trip: which one"))
    parser.add_argument("--name", metavar="NAME", help=_("import: what to call it; its own name by default"))
    parser.add_argument("--yes", action="store_true", help=_("import, week: save it without asking"))
    parser.add_argument("--until", metavar="WHEN", help=_("mute: until then"))
    parser.add_argument("--why", metavar="WORDS", help=_("trip, date: what for"))
    parser.add_argument("--days", type=days, default=7, help=_("preview: how many days (7)"))
    parser.set_defaults(run=_run)


_ALONE = frozenset(("status", "off", "preview", "eval", "export"))


def _run(home: Home, args: argparse.Namespace) -> int:
    if args.act in _ALONE and args.words:
        raise Usage(_("`quiet {act}` takes no words, such as {word}.").format(act=args.act, word=args.words[0]))
    return _RUN[args.act](home, args)


def current(home: Home, db: Db) -> Plan:
    """The plan that counts now."""
    return plan(home.config.quiet, surroundings(db, home.clock.now(), home.config.quiet))


def _tell_problems(home: Home) -> None:
    """What is wrong with the quiet hours, on stderr; the last good ones are in force."""
    if not home.config.quiet_fits:
        for problem in home.problems:
            answers.say(str(problem))


def refresh(home: Home) -> None:
    """Bring the holidays up to the settings, where no watcher did."""
    config, now = home.config.quiet, home.clock.now()
    if answers.reading(home, holidays_wanted, config, now):
        found, problems = home.outside.holidays(config.holidays, year_of(now))
        answers.writing(home, take_holidays, config, found, problems, now)


def _status(home: Home, _args: argparse.Namespace) -> int:
    now = home.clock.now()

    def act(db: Db) -> tuple[quiet_now.Status, int, str]:
        status = quiet_now.status(current(home, db), now)
        return status, notices.waiting(db), quiet_remarks.why(db, status, now)

    _tell_problems(home)
    refresh(home)
    status, waiting, why = answers.reading(home, act)
    if home.json:
        answers.out(
            {
                "quiet": status.quiet,
                "until": answers.stamp(status.until),
                "schedule": status.schedule,
                "timezone": status.timezone,
                "waiting": waiting,
                "why": why,
            }
        )
        return 0
    answers.lines([quiet_now.line(status, now, waiting), why])
    return 0


def _one_off(home: Home, words: list[str], *, quiet: bool) -> int:
    from leeward.work.quiet_windows import BadRule

    now = home.clock.now()
    said = " ".join(words) or ("until I say so" if quiet else "1h")

    def act(db: Db) -> None:
        asked = current(home, db)
        try:
            spell = quiet_now.oneoff(said if quiet else f"open {said}", now, asked)
        except BadRule as error:
            raise Usage(str(error)) from error
        say = quiet_now.spell_words(spell, now, asked.zone_at(now))
        quiet_acts.say_once(db, spell, say, home.config.quiet, now)

    answers.writing(home, act)
    return _status(home, argparse.Namespace())


def _on(home: Home, args: argparse.Namespace) -> int:
    return _one_off(home, args.words, quiet=True)


def _open(home: Home, args: argparse.Namespace) -> int:
    return _one_off(home, args.words, quiet=False)


def _off(home: Home, _args: argparse.Namespace) -> int:
    answers.writing(home, quiet_acts.end, home.config.quiet, home.clock.now())
    return _status(home, argparse.Namespace())


def _preview(home: Home, args: argparse.Namespace) -> int:
    now = home.clock.now()
    _tell_problems(home)
    refresh(home)
    asked = answers.reading(home, lambda db: current(home, db))
    if home.json:
        answers.out(quiet_preview.as_json(asked, now, args.days))
    else:
        answers.lines(quiet_preview.drawing(asked, now, args.days, max(80, answers.width())))
    return 0


def _eval(_home: Home, _args: argparse.Namespace) -> int:
    from leeward.work.quiet_eval import answer_lines

    for line in answer_lines(sys.stdin):
        sys.stdout.write(line if line.endswith("\n") else line + "\n")
    return 0


def _test(home: Home, args: argparse.Namespace) -> int:
    """Prove a way to ring by using it."""
    from leeward.ports import Notice

    wanted = args.words[0] if args.words else "terminal"
    # With sound, where there is to be any: tmux holds popups back unless it is told otherwise, and lets the bell through.
    notice = Notice(_("leeward"), _("This is how it rings."), None, home.config.quiet.channels.sound)

    def write(act: Callable[..., Any], *rest: object, **named: object) -> Any:
        return answers.writing(home, act, *rest, **named)

    outside = home.outside.ways(home.config, write, home.clock)
    ways = [*terminal_ways(home.config.quiet.channels.terminal), *(one for found in outside.values() for one in found)]
    fitting = [one for one in ways if wanted in {one.kind, one.channel.name if one.channel else ""}]
    if not fitting:
        names = ", ".join(dict.fromkeys(one.kind for one in ways))
        raise Usage(
            _("There is no way to ring called {name}.").format(name=wanted),
            _("There are: {names}.").format(names=names),
        )
    code = 0
    for one in fitting:
        rung = one.channel.ring(notice, key=f"test-{home.clock.now()}") if one.channel else None
        answers.say(f"{one.kind}: {_became(rung, one.kind)} {one.say}")
        code = code if rung in {Rung.SENT, Rung.UNKNOWN} else 1
    return code


def _became(rung: Rung | None, kind: str) -> str:
    """What is known of a popup, and no more: nothing of ours can see whether anybody saw it."""
    if rung is None:
        return _("not available.")
    if rung is Rung.FAILED:
        return _("it was not taken, so nothing was shown.")
    if rung is Rung.UNKNOWN:
        return _("no clear answer; it may have been shown.")
    taken = {"terminal": _("written to the terminal"), "desktop": _("the desktop took it")}
    return _("{taken}; did you see it?").format(taken=taken.get(kind, _("the service took it")))


def terminal_ways(wish: str = "auto") -> list[Found]:
    """The terminal on stderr as a way to ring, if there is one; `wish` is what the settings say of it."""
    import os

    from tui import ring

    if wish == "off":
        return [Found("terminal", None, _("terminal: switched off."))]
    if not sys.stderr.isatty():
        return [Found("terminal", None, _("No terminal here."))]
    answer = ring.query(2)

    def write(data: bytes) -> int:
        return os.write(2, data)

    way = ring.way_for(os.environ, answer, wish)
    channel = ring.TerminalChannel(
        way, write, answer=answer, tmux="TMUX" in os.environ, program=ring.program(os.environ)
    )
    told = _("It answered the question for OSC 99.") if answer.can is not None else _("It does not know OSC 99.")
    return [Found("terminal", channel, f"{channel.say()} {told}")]


def _export(home: Home, args: argparse.Namespace) -> int:
    from tui.commands.quiet_files import export

    return export(home, args.ics or "-", args.schedule)


def _import(home: Home, args: argparse.Namespace) -> int:
    from tui.commands.quiet_files import bring_in

    if len(args.words) != 1:
        raise Usage(_("Name one calendar file."), _("`leeward quiet import FILE.ics`"))
    return bring_in(home, args.words[0], args.name, yes=args.yes)


def _later(module: str, name: str) -> Callable[[Home, argparse.Namespace], int]:
    """A verb whose module is loaded when it is used."""

    def run(home: Home, args: argparse.Namespace) -> int:
        from importlib import import_module

        code: int = getattr(import_module(f"tui.commands.{module}"), name)(home, args)
        return code

    return run


def _why(home: Home, args: argparse.Namespace) -> int:
    from tui.commands.reading import tell_why

    if len(args.words) != 1:
        raise Usage(_("Name one notice, item or thread."), _("`leeward quiet why ID`"))
    return tell_why(home, args.words[0])


_RUN = {
    "status": _status,
    "on": _on,
    "open": _open,
    "off": _off,
    "preview": _preview,
    "eval": _eval,
    "test": _test,
    "export": _export,
    "import": _import,
    "why": _why,
    "week": _later("quiet_week", "week"),
    "holidays": _later("quiet_week", "public"),
    "log": _later("quiet_week", "log"),
    "trip": _later("quiet_rules", "trip"),
    "date": _later("quiet_rules", "dates"),
    "mute": _later("quiet_rules", "mute"),
    "unmute": _later("quiet_rules", "unmute"),
    "zone": _later("quiet_rules", "zone"),
    "use": _later("quiet_rules", "use"),
    "hours": _later("quiet_rules", "hours"),
}
