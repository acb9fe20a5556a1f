"""The lines around the panes: views and their counts, the one status line, the footer, accounts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from leeward.events import Progress
from leeward.model import Tier
from leeward.rows import AccountRow, OutboxRow
from leeward.text import one_line
from leeward.words import _
from tui import times
from tui.actions import Keymap, shown
from tui.asks import Counts, Filter, QuietNow
from tui.times import Face
from tui.view import Line, Span, cells, fitted, in_words, spread, tier_word

STALE = 15 * times.MINUTE


class Told(Struct, frozen=True):
    """What the status line is made from."""

    counts: Counts = field(default_factory=Counts)
    quiet: QuietNow | None = None
    accounts: tuple[AccountRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    progress: Progress | None = None
    sample: bool = False


def trouble_of(account: str, what: str, do: str | None) -> str:
    """What troubles an account, behind its name, which some sentences begin with by themselves."""
    return f"{account}: {what.removeprefix(f'{account}: ')} {do or ''}".strip()


def views(counts: Counts) -> tuple[tuple[str, str, str], ...]:
    """The views: name, title, count in words ("" for none)."""
    return (
        ("inbox", _("Inbox"), in_words(counts.inbox) if counts.inbox else ""),
        ("tasks", _("Tasks"), in_words(counts.tasks) if counts.tasks else ""),
        ("notes", _("Notes"), in_words(counts.notes) if counts.notes else ""),
        ("sessions", _("Sessions"), in_words(counts.sessions) if counts.sessions else ""),
        ("quiet", _("Quiet"), ""),
    )


def quiet_words(quiet: QuietNow | None, face: Face, *, brief: bool = False) -> str:
    """In words: "rings until 12:30" or "quiet until Mon 09:00 · 7 waiting"."""
    if quiet is None:
        return ""
    until = times.short(quiet.until, face) if quiet.until is not None else ""
    if quiet.quiet:
        said = _("quiet until {time}").format(time=until) if until else _("quiet until you say so")
        return said + (_(" · {n} waiting").format(n=quiet.waiting) if quiet.waiting else "")
    if not until:
        return _("rings")
    return (_("rings till {time}") if brief else _("rings until {time}")).format(time=until)


def outbox_words(rows: Sequence[OutboxRow]) -> Span:
    """What is not yet where it should be: "2 on their way", "1 asks you"."""
    asks = sum(row.state in {"asks", "failed"} for row in rows)
    if asks:
        return _("outbox: {n} ask you").format(n=asks), "bold"
    if rows:
        return _("{n} on the way").format(n=len(rows)), "dim"
    return _("all sent"), "dim"


def account_word(row: AccountRow, face: Face) -> Span:
    """How an account is: "ok", "4 m" since it was seen, or that something is wrong."""
    if row.trouble:
        return _("sign in !") if row.sign_in else _("trouble !"), "bold"
    if row.ok is None:
        return _("not yet"), "dim"
    if row.seen is not None and face.now - row.seen > STALE:
        return times.age(row.seen, face), "bold"
    return _("ok") if row.seen is None or face.now - row.seen < times.MINUTE else times.age(row.seen, face), "dim"


def progress_words(progress: Progress) -> str:
    """Long work: "reading work-gitlab 1200 / 4000"."""
    total = f" / {progress.total}" if progress.total else ""
    return f"{one_line(progress.source, 30)} {progress.done}{total}"


def status(told: Told, face: Face, space: int) -> Line:
    """The right part of the first line, the most important first to stay when there is little room."""
    parts: list[Span] = []
    if told.sample:
        parts.append((_("sample team") if space >= 50 else _("sample"), "accent"))
    parts.append((quiet_words(told.quiet, face, brief=space < 50), "text"))
    parts += [(f"{one_line(row.account, 20)}!", "bold") for row in told.accounts if row.trouble]
    if told.progress is not None:
        parts.append((progress_words(told.progress), "accent"))
    if told.outbox or space >= 50:
        parts.append(outbox_words(told.outbox))
    if space >= 50:
        parts.append((times.clock(face.now, face), "dim"))
    spans: list[Span] = []
    for text, ink in parts:
        piece: Span = (text if not spans else f" · {text}", ink)
        if text and cells((*spans, piece)) <= space:
            spans.append(piece)
    return tuple(spans)


def head(told: Told, view: str, face: Face, space: int) -> Line:
    """The first line: the name where there is room, the views as tabs, the status at the right."""
    name: Line = ((" leeward ", "strong"),) if space >= 110 else ()
    tabs: list[Span] = list(name)
    for number, (key, title, count) in enumerate(views(told.counts), 1):
        here = key == view
        shown_count = count and (space >= 110 or number <= 2)
        said = f" {number} {title if space >= 60 or here else title[:1]}" + (f" {count}" if shown_count else "")
        tabs.append((said, "strong" if here else "dim"))
        tabs.append((" ", "text"))
    room = space - cells(tuple(tabs)) - 2
    return spread(tabs, (*status(told, face, max(12, room)), (" ", "text")), space)


def narrow_head(title: str, end: str, told: Told, face: Face, space: int) -> Line:
    """The first line below 70 columns: where one is, what is new, and the quiet state."""
    said = (_("sample · ") if told.sample else "") + quiet_words(told.quiet, face, brief=True)
    return spread((("\u2039 ", "dim"), (title, "strong"), ("  ", "text"), (end, "accent")), ((said, "dim"),), space)


class Choice(Struct, frozen=True):
    """One line of the views pane. `want` is what it shows; None on headings and accounts."""

    key: str
    title: str
    value: str = ""
    ink: str = "text"
    want: Filter | None = None
    account: str | None = None


def choices(told: Told, face: Face) -> list[Choice]:
    """The views pane: the inbox and its parts, then the accounts."""
    counts = told.counts
    rows = [
        Choice("inbox", _("INBOX"), in_words(counts.inbox), "bold", Filter()),
        Choice("today", f"  {tier_word(Tier.RED)}", in_words(counts.today), "red", Filter(tiers=frozenset({Tier.RED}))),
        Choice(
            "48h",
            f"  {tier_word(Tier.YELLOW)}",
            in_words(counts.two_days),
            "yellow",
            Filter(tiers=frozenset({Tier.YELLOW})),
        ),
        Choice(
            "fyi", f"  {tier_word(Tier.GREEN)}", in_words(counts.fyi), "green", Filter(tiers=frozenset({Tier.GREEN}))
        ),
        Choice("later", _("Later"), in_words(counts.later), "text", Filter("later")),
        Choice("waiting", _("Waiting"), in_words(counts.waiting), "text", Filter("waiting")),
        Choice(
            "promises",
            _("Promises"),
            in_words(counts.promises, 100),
            "text",
            Filter("promises"),
        ),
        Choice("", ""),
    ]
    for row in told.accounts:
        said, ink = account_word(row, face)
        rows.append(
            Choice(
                f"account:{row.account}", one_line(row.account, 40), said, ink, Filter(account=row.account), row.account
            )
        )
    return rows


def choice_line(row: Choice, space: int, here: Filter | None) -> Line:
    """One line of the views pane."""
    if not row.key:
        return (("─" * space, "line"),)
    chosen = here is not None and row.want == here
    value_ink = row.ink if row.account else ("dim" if row.value == "0" else row.ink)
    value, title = row.value, (row.title, "strong" if chosen else "text")
    if value.endswith("!") and cells((title, (value, value_ink))) + 2 > space:
        value = "!"  # which account it is counts for more; Enter says what is wrong
    return spread((title,), ((value, value_ink), (" ", "text")), space)


def following(keymap: Keymap, scope: str, space: int, begun: tuple[str, ...]) -> list[Line]:
    """What may follow a first key, all of it, in as many lines as it needs."""
    start: Span = (f" {shown(' '.join(begun))} …  ", "strong")
    lines: list[list[Span]] = [[start]]
    for key, action in keymap.begun(scope, begun):
        piece: Line = ((shown(key), "accent"), (f" {action.title}  ", "dim"))
        if cells((*lines[-1], *piece)) > space and len(lines[-1]) > 1:
            lines.append([(" " * cells((start,)), "text")])
        lines[-1].extend(piece)
    return [fitted((*line[:-1], (line[-1][0].rstrip(), line[-1][1])), space) for line in lines]


def footer(keymap: Keymap, scope: str, space: int, undo: str = "") -> Line:
    """What can be pressed here, and at the right what `u` takes back."""
    spans: list[Span] = [(" ", "text")]
    offered = [(_first(action.keys), action.word) for action in keymap.footed(scope)]
    end: Line = ((undo, "dim"), (" ", "text")) if undo else ()
    room = space - min(cells(end), space // 2)
    keys = any(key == "?" for key, _word in offered)
    for key, word in offered:
        piece: Line = ((shown(key), "accent"), (f" {word}  ", "dim"))
        reserve = 12 if keys and key != "?" else 0
        if cells((*spans, *piece)) + reserve <= room:
            spans.extend(piece)
    spans[-1] = (spans[-1][0].rstrip(), spans[-1][1])  # blanks at the end are no words that are cut
    return spread(spans, fitted(end, space // 2), space)


def _first(keys: tuple[str, ...]) -> str:
    """The key the footer shows: of a sequence its first part ("p 1" is offered as "p")."""
    return keys[0].split()[0] if keys else ""
