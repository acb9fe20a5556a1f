"""What would ring at one moment of a painted week, in a few sentences. Dates, trips and one-offs are left aside."""

from __future__ import annotations

from leeward.words import _
from leeward.work.quiet_edit import WEEK, Draft
from leeward.work.quiet_settings import Break, DigestTime, Every, Override, QuietConfig
from leeward.work.quiet_windows import DAY_MINUTES, DAYS
from leeward.work.quiet_words import clock


def moment(minute: int) -> str:
    """A minute of the week: "Mon 09:00"."""
    day, rest = divmod(minute % WEEK, DAY_MINUTES)
    return f"{DAYS[day].capitalize()} {clock(rest)}"


def would_ring(config: QuietConfig, draft: Draft, minute: int) -> list[str]:
    """What would happen there to something for today, for 48 h, plain, and for information."""
    turns = draft.next_change(minute)
    until = _("for good") if turns is None else _("until {time}").format(time=moment(minute + turns))
    at = moment(minute)
    if draft.open_at(minute):
        said = [
            _("{time} rings {until}.").format(time=at, until=until),
            _("today: at once, with sound. 48 h and plain lines: at once, without."),
        ]
    else:
        said = [
            _("{time} is quiet {until}.").format(time=at, until=until),
            _through(config),
            _("48 h and plain lines: wait {until}.").format(until=until),
        ]
    said.append(_("FYI: never alone, in its digest {time}.").format(time=digest_words(config.green)))
    others = [rule for rule in config.overrides if rule.schedule is not None or rule.mute]
    if others:
        said.append(_("Elsewhere: {rules}.").format(rules=", ".join(_rule(rule) for rule in others[:4])))
    return said


def digest_words(time: DigestTime) -> str:
    """When the digest comes: "daily 16:30"."""
    at = clock(time.minute)
    if time.every is Every.WEEK:
        return f"weekly {DAYS[time.day]} {at}"
    if time.every is Every.MONTH:
        return f"monthly {time.day} {at}"
    return f"{time.every.value} {at}"


def _through(config: QuietConfig) -> str:
    red = config.red
    names = {
        Break.VIP: _("VIP"),
        Break.MENTION: _("mention"),
        Break.KEYWORD: _("keyword"),
        Break.URGENT: _("urgent"),
        Break.REPEAT: _("repeat"),
    }
    reasons = ", ".join(word for reason, word in names.items() if reason in red.breaks_through)
    if not reasons:
        return _("today: waits too; nothing breaks through.")
    most = "" if red.at_most is None else _(", at most {n} in one stretch").format(n=red.at_most)
    return _("today: rings for {reasons}{most}; else it waits.").format(reasons=reasons, most=most)


def _rule(rule: Override) -> str:
    named = rule.thread or rule.place or rule.account or rule.kind or ""
    return f"{named} ({rule.schedule or _('muted')})"
