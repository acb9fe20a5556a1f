"""Windows as the settings write them: "mon-fri 09:00-12:30", "daily 22:00-07:00", "fri 18:00 - mon 08:00"."""

from __future__ import annotations

from collections.abc import Sequence

from leeward.words import _
from leeward.work.quiet_course import Week
from leeward.work.quiet_settings import Break, QuietConfig
from leeward.work.quiet_windows import DAY_MINUTES, DAYS, Window

_WEEK = len(DAYS) * DAY_MINUTES


def say_week(week: Week) -> list[str]:
    """A line for each shape of window, in the order of the week; `quiet_text.windows` reads them back."""
    days: dict[Window, list[int]] = {}
    for day, windows in enumerate(week):
        for window in windows:
            days.setdefault(window, [])
            if day not in days[window]:
                days[window].append(day)
    if any(window.end - window.start >= _WEEK for window in days):
        return ["daily 00:00-24:00"]
    ordered = sorted(days.items(), key=lambda found: (found[1], found[0].start, found[0].end))
    return [line for window, on in ordered for line in _lines(window, on)]


def _lines(window: Window, days: Sequence[int]) -> list[str]:
    if window.end <= DAY_MINUTES or window.end - DAY_MINUTES < window.start:
        end = window.end if window.end <= DAY_MINUTES else window.end - DAY_MINUTES
        return [f"{_days(days)} {clock(window.start)}-{clock(end)}"]
    over, rest = divmod(window.end, DAY_MINUTES)
    return [f"{DAYS[day]} {clock(window.start)} - {DAYS[(day + over) % 7]} {clock(rest)}" for day in days]


def _days(days: Sequence[int]) -> str:
    """Days that follow one another as a span."""
    if len(days) == len(DAYS):
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] + 1 == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = (f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) > 1 else DAYS[run[0]] for run in runs)
    return ",".join(parts)


def clock(minutes: int) -> str:
    """Minutes of a day as "HH:MM"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def through(config: QuietConfig) -> str:
    """What lets something for today ring in quiet: "VIP, mention, keyword"; "" where nothing does."""
    names = {
        Break.VIP: _("VIP"),
        Break.MENTION: _("mention"),
        Break.KEYWORD: _("keyword"),
        Break.URGENT: _("urgent"),
        Break.REPEAT: _("repeat"),
    }
    return ", ".join(word for reason, word in names.items() if reason in config.red.breaks_through)
