"""quiet week, trip, date, mute, unmute, holidays, zone, hours: the settings' quiet rules changed by one line of words.

Each shows the lines that go and come, counts at once, and is known to `leeward undo`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import date

from leeward.errors import Usage
from leeward.model import ItemId
from leeward.store import find
from leeward.store.db import Db
from leeward.words import _
from leeward.work import quiet_acts
from leeward.work.quiet_windows import BadRule
from tui import settings, week_file
from tui.commands import answers
from tui.wiring import Home

Change = Callable[[str], str]


def saved(home: Home, change: Change, say: str) -> int:
    """Change the settings, show what changed, let it count at once, and let undo know."""
    changes = settings.edit_told(home.folders.config, change)
    if not changes:
        answers.say(_("Nothing to change."))
        return 0
    config = home.reload().quiet
    answers.writing(home, quiet_acts.settings_changed, changes, say, config, home.clock.now())
    if home.json:
        answers.out({"done": say})
        return 0
    for hunk in changes:
        answers.lines(week_file.difference("".join(hunk.old), "".join(hunk.new)))
    answers.say(say)
    for problem in home.problems:
        answers.say(str(problem))
    return 0


def day(home: Home, word: str) -> date:
    """A date from words. Raises `Usage`."""
    from leeward.work.tiers import parse_when
    from leeward.zones import system_zone, wall, zone

    here = system_zone()
    said = parse_when(word, home.clock.now(), here)
    if said is None:
        raise Usage(_("{words} is no date.").format(words=word), _("Write such as 2026-11-30, mon or “30 Nov”."))
    return said if isinstance(said, date) else wall(said, zone(here)).date()


def _dates(home: Home, words: list[str]) -> tuple[date, date]:
    first = day(home, words[0])
    last = day(home, words[1]) if len(words) > 1 else first
    if last < first:
        raise Usage(_("The last day is before the first."))
    return first, last


def trip(home: Home, args: argparse.Namespace) -> int:
    """List the planned trips, or plan one."""
    from leeward.zones import place_zone

    words: list[str] = args.words
    if not words:
        return _trips(home)
    if len(words) not in {2, 3}:
        raise Usage(
            _("Name a place, the first day and the last."), _("`leeward quiet trip 'New York' 2026-11-30 2026-12-04`")
        )
    there = place_zone(words[0])
    if there is None:
        raise Usage(_("{place} is no place that is known.").format(place=words[0]), _("Write such as Europe/Lisbon."))
    first, last = _dates(home, words[1:])
    schedule = _known_schedule(home, args.schedule)
    say = _("trip: {zone}, {first} to {last}").format(zone=there, first=first, last=last)
    why = args.why or ("" if "/" in words[0] else words[0])
    return saved(home, lambda text: week_file.with_trip(text, first, last, there, why, schedule), say)


def _trips(home: Home) -> int:
    trips = home.config.quiet.trips
    if home.json:
        rows = [{"from": str(one.first), "to": str(one.last), "timezone": one.timezone} for one in trips]
        answers.out([{**row, "schedule": one.schedule, "why": one.why} for row, one in zip(rows, trips, strict=True)])
        return 0
    answers.lines(
        f"{one.first} to {one.last}  {one.timezone}  {one.schedule or ''}  {one.why}".rstrip() for one in trips
    )
    if not trips:
        answers.say(_("No trip is planned."))
    return 0


def _known_schedule(home: Home, name: str | None) -> str | None:
    config = home.config.quiet
    if name is not None and config.named(name) is None:
        names = ", ".join(one.name for one in config.schedules) or _("none")
        raise Usage(_("There is no schedule {name}.").format(name=name), _("There are: {names}.").format(names=names))
    return name


def dates(home: Home, args: argparse.Namespace) -> int:
    """Whole dates that are quiet, open, like another day, or have times of their own."""
    words: list[str] = args.words
    if len(words) not in {2, 3}:
        raise Usage(
            _("Say what to do, then the first day and the last."),
            _("`leeward quiet date quiet 2026-12-24 2027-01-02`, or open, 'like mon', '15:00-24:00'"),
        )
    first, last = _dates(home, words[1:])
    do: str | list[str] = words[0].strip().lower()
    if do not in {"quiet", "open"} and not str(do).startswith("like "):
        do = _windows(words[0])
    say = _("{do}: {first} to {last}").format(do=words[0], first=first, last=last)
    return saved(home, lambda text: _checked(week_file.with_dates(text, first, last, do, args.why or "")), say)


def _windows(text: str) -> list[str]:
    from leeward.work.quiet_edit import times
    from leeward.work.quiet_windows import DAY_MINUTES
    from leeward.work.quiet_words import clock

    try:
        found = times(text)
    except BadRule as error:
        raise Usage(str(error)) from error
    ends = (window.end if window.end <= DAY_MINUTES else window.end - DAY_MINUTES for window in found)
    return [f"{clock(window.start)}-{clock(end)}" for window, end in zip(found, ends, strict=True)]


def _checked(text: str) -> str:
    """`text`, if the quiet settings in it are right. Raises `Usage` with the first mistake."""
    import tomllib

    from leeward.work.quiet_config import read

    _config, problems = read(tomllib.loads(text).get("quiet", {}), lambda _path: 0)
    for _line, said, sentence, warning in problems:
        if not warning:
            raise Usage(f"{said}: {sentence}")
    return text


def mute(home: Home, args: argparse.Namespace) -> int:
    """This thread, its place or its account rings no more."""
    from tui.commands.sorting import when

    rules = _named(home, args.words)
    title, rule = rules
    told: dict[str, object] = {**rule, "mute": True}
    if args.until:
        from leeward.zones import system_zone, wall, zone

        told["until"] = wall(when(home, args.until), zone(system_zone())).replace(microsecond=0)
    return saved(home, lambda text: week_file.with_rule(text, told), _("muted: {title}").format(title=title))


def unmute(home: Home, args: argparse.Namespace) -> int:
    """It rings again."""
    title, rule = _named(home, args.words)

    def change(text: str) -> str:
        new, gone = week_file.without_rules(text, [rule])
        if not gone:
            raise Usage(_("{title} is not muted by a rule of its own.").format(title=title))
        return new

    return saved(home, change, _("rings again: {title}").format(title=title))


def _named(home: Home, words: list[str]) -> tuple[str, Mapping[str, str]]:
    """What a person calls it, and the rule that names it. Raises `Usage`."""
    if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1] not in {"thread", "place", "account"}):
        raise Usage(_("Name a thread or a line of it."), _("`leeward quiet mute ID [thread|place|account]`"))
    what = words[1] if len(words) == 2 else "thread"

    def act(db: Db) -> tuple[str, Mapping[str, str]]:
        from tui.desk_quiet_log import mutings

        id = answers.ids(db, words[:1], "item", "message")[0]
        thread = str(find.thread_of(db, id) or id)
        if what == "thread":
            row = db.execute("SELECT title FROM item WHERE id = ?", (thread,)).fetchone()
            return (str(row[0]) if row else thread), {"thread": thread}
        for one in mutings(db, ItemId(thread)):
            rule = dict(one.rule)
            if ("place" in rule) == (what == "place"):
                return one.title, rule
        raise Usage(_("It has no {what} that could be muted.").format(what=what))

    return answers.reading(home, act)


def zone(home: Home, args: argparse.Namespace) -> int:
    """Whose clock counts: a place, or the machine's."""
    from leeward import zones

    if len(args.words) != 1:
        raise Usage(_("Name a place, or system."), _("`leeward quiet zone Europe/Amsterdam`"))
    named = args.words[0]
    if named != "system":
        try:
            named = zones.place_zone(named) or zones.zone(named).key
        except ValueError as error:
            raise Usage(f"{named}: {error}") from error
    whose = _("this machine") if named == "system" else named
    code = saved(
        home, lambda text: week_file.with_zone(text, named), _("the clock of {zone} counts").format(zone=whose)
    )
    answers.writing(home, quiet_acts.zone_decided)
    return code


def hours(home: Home, args: argparse.Namespace) -> int:
    """When somebody works, as far as one knows: for sending at their morning."""
    from leeward.work.quiet_text import hours_of

    words: list[str] = args.words
    if len(words) < 2:
        raise Usage(
            _("Name somebody and their hours, or none."),
            _("`leeward quiet hours Maria 'mon-fri 09:00-17:00 in Europe/Lisbon'`"),
        )
    said = " ".join(words[1:])
    if said.lower().endswith(".ics"):
        said = _from_file(home, said)
    try:
        text = None if said == "none" else said
        if text is not None:
            hours_of(text)
    except BadRule as error:
        raise Usage(f"{said}: {error}") from error
    return saved(
        home,
        lambda old: week_file.with_hours(old, words[0], text),
        _("hours of {name}: {hours}").format(name=words[0], hours=said),
    )


def _from_file(home: Home, file: str) -> str:
    """The hours that a calendar file tells, as the settings write them. Raises `Problem`."""
    from leeward.work.quiet_ics import open_week
    from leeward.work.quiet_settings import Schedule
    from leeward.work.quiet_words import say_week
    from leeward.zones import wall
    from leeward.zones import zone as zone_of
    from tui.commands.quiet_files import calendar_text

    found = home.outside.read_calendar(calendar_text(file), wall(home.clock.now(), zone_of("UTC")))
    for said in found.left_out:
        answers.say(said)
    lines = say_week(open_week(Schedule(found.name, found.mode_quiet, found.week)))
    return "; ".join(lines) + (f" in {found.timezone}" if found.timezone else "")


def use(home: Home, args: argparse.Namespace) -> int:
    """Let another schedule count from now on."""
    if len(args.words) != 1:
        raise Usage(_("Name one schedule."), _("`leeward quiet use oncall`"))
    name = _known_schedule(home, args.words[0])
    assert name is not None
    return saved(home, lambda text: week_file.with_counting(text, name), _("schedule {name} counts").format(name=name))
