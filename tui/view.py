"""Rows as lines: pure functions shared by the screens and by `--plain`.

A line is a tuple of spans, a span is (text, ink). Author, time, tier and place stand in spans of their own, never in
one string with remote text. No line is wider than asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from leeward.model import Audience, ItemType, Reach, State, Status, Tier
from leeward.rows import Found, InboxRow, MessageRow, NoteRow, OutboxRow, TaskRow
from leeward.text import cut_to, one_line, width
from leeward.words import _, n_
from tui import times
from tui.times import Face
from tui.wrap import left, right, wrap

Span: TypeAlias = tuple[str, str]
Line: TypeAlias = tuple[Span, ...]

TEXT, BOLD, DIM, RULE, ACCENT, STRONG = "text", "bold", "dim", "line", "accent", "strong"
"""Inks besides the tiers' red, yellow and green; `strong` is the accent in bold."""

PREVIEW = 4_000
"""Characters of one line that are drawn at once; the whole text is in the store."""

MANY_LINES = 400


def tier_word(tier: Tier | None) -> str:
    """In words: "today", "48 h", "FYI" or ""."""
    if tier is None:
        return ""
    return {Tier.RED: _("today"), Tier.YELLOW: _("48 h"), Tier.GREEN: _("FYI")}[tier]


def tier_letter(tier: Tier | None) -> str:
    """In one cell: "T", "4", "F" or a blank."""
    return " " if tier is None else {Tier.RED: "T", Tier.YELLOW: "4", Tier.GREEN: "F"}[tier]


def tier_ink(tier: Tier | None) -> str:
    """The colour that belongs to a tier."""
    return DIM if tier is None else tier.value


def status_word(status: Status) -> str:
    """A task's state in words."""
    return {Status.OPEN: _("to do"), Status.DOING: _("doing"), Status.DONE: _("done")}[status]


def state_word(state: str) -> str:
    """The outbox's word for what is on its way; "" where nothing is."""
    return {
        "queued": _("on its way"),
        "unsure": _("checking whether it arrived"),
        "asks": _("asks you"),
        "failed": _("not taken"),
    }.get(state, "")


def open_word(kind: str) -> str:
    """What a line leaves open, as a quiet question: it is thought so, not known."""
    return {
        "promise": _("promise?"),
        "request": _("asked?"),
        "later": _("later?"),
        "question": _("no answer?"),
    }.get(kind, "")


def audience_words(audience: Audience) -> str:
    """Who can read it: "private, 6 people"."""
    if audience.reach is Reach.PEOPLE:
        if audience.count is None:
            return _("some people")
        return n_("{n} person", "{n} people", audience.count).format(n=audience.count)
    return {
        Reach.ONLY_ME: _("only you"),
        Reach.ORGANISATION: _("everyone in the organisation"),
        Reach.PUBLIC: _("public"),
        Reach.UNKNOWN: _("readers unknown"),
    }[audience.reach]


def in_words(count: int, most: int = 10_000) -> str:
    """A count in words; the store counts to `most`, ten thousand where nothing else is said."""
    return str(count) if count < most else f"{most - 1}+"


def unread_words(count: int) -> str:
    """How many: "3 new", "99+ new" or ""."""
    if count <= 0:
        return ""
    return _("{n} new").format(n=in_words(count, 100))


def cells(line: Line) -> int:
    """How wide a line is."""
    return sum(width(text) for text, _ink in line)


def text_of(line: Line) -> str:
    """A line without its inks, its trailing blanks gone."""
    return "".join(text for text, _ink in line).rstrip()


def fitted(spans: Iterable[Span], space: int) -> Line:
    """Spans cut to `space` cells; the first that does not fit ends in an ellipsis."""
    kept: list[Span] = []
    for text, ink in spans:
        wide = width(text)
        if wide > space:
            if space > 0:
                kept.append((cut_to(text, space), ink))
            break
        if text:
            kept.append((text, ink))
        space -= wide
    return tuple(kept)


def spread(start: Iterable[Span], end: Iterable[Span], space: int) -> Line:
    """`start` at the left and `end` at the right of `space` cells; what is short of room is `start`."""
    tail = fitted(end, space)
    room = space - cells(tail)
    head = fitted(start, room - 1 if tail else room)
    gap = room - cells(head)
    return (*head, (" " * gap, TEXT), *tail) if gap > 0 else (*head, *tail)


def rule(title: str, space: int, end: str = "", ink: str = DIM) -> Line:
    """A thin line with a title in it: "── new ───── 5 of 7 ──"."""
    title, end = cut_to(title, max(0, space - 8)), end if width(title) + width(end) + 10 < space else ""
    start: Line = (("── ", RULE), (f"{title} ", ink)) if title else ()
    tail: Line = ((f" {end} ", DIM), ("──", RULE)) if end else ()
    return (*start, ("─" * max(0, space - cells(start) - cells(tail)), RULE), *tail)


def _calls(row: InboxRow) -> str:
    """What a row that is no plain thread says in front of its place."""
    return {ItemType.MENTION: _("mentions you"), ItemType.TODO: _("to do"), ItemType.TASK: _("task")}.get(row.type, "")


def when(row: InboxRow, face: Face) -> Span:
    """The time that counts: put off until, due, else (dimmer) when it last moved."""
    if row.state is State.LATER and row.later is not None:
        return times.short(row.later, face), DIM
    if row.due is not None:
        return times.due(row.due, face), "red" if times.is_late(row.due, face) else TEXT
    return times.short(row.updated, face), DIM


def _people(row: InboxRow, most: int = 3) -> str:
    named = ", ".join(one_line(name, 40) for name in row.people[:most])
    return f"{named} +{len(row.people) - most}" if len(row.people) > most else named


def inbox_two(row: InboxRow, space: int, face: Face, *, ticked: bool = False) -> tuple[Line, Line]:
    """A row of two lines: tier, title, time; below them place, people, how many are new."""
    title = BOLD if row.unread else TEXT
    box = "x " if ticked else ""
    first = spread(
        ((left(tier_word(row.tier), 7), tier_ink(row.tier)), (box, ACCENT), (one_line(row.title), title)),
        (when(row, face),),
        space,
    )
    about = " · ".join(part for part in (_calls(row), one_line(row.place, 80), _people(row)) if part)
    new = unread_words(row.unread)
    parts = (_("unseen?") if row.unseen else "", times.open_left(row.left, brief=space < 80))
    rest = "  ".join(part for part in parts if part)
    end: Line = ((rest + "  " if rest and new else rest, DIM), (new, ACCENT))
    return first, spread(((" " * 7, TEXT), (about, DIM)), end, space)


def inbox_one(row: InboxRow, space: int, face: Face, *, ticked: bool = False) -> Line:
    """A row of one line; below 60 cells the tier is a letter, and place and people are left out."""
    title = BOLD if row.unread else TEXT
    said, ink = when(row, face)
    box: Span = ("x " if ticked else "", ACCENT)
    if space < 60:
        letter = (f"{tier_letter(row.tier)} ", tier_ink(row.tier))
        count = right(str(min(row.unread, 99)) if row.unread else "", 3)
        return spread((letter, box, (one_line(row.title), title)), ((said, ink), (count, ACCENT)), space)
    about = one_line(row.place, 60) + (f" {one_line(row.people[0], 30)}" if row.people else "")
    room = min(26, space // 4)
    start = (
        (left(tier_word(row.tier), 7), tier_ink(row.tier)),
        (left(said, 10), ink),
        ("│ ", RULE),
        box,
        (one_line(row.title), title),
    )
    parts = (_("unseen?") if row.unseen else "", times.open_left(row.left) if space >= 100 else "")
    rest: Span = ("".join(f"{part}  " for part in parts if part), DIM)
    return spread(start, (rest, (left(about, room), DIM), (right(unread_words(row.unread), 8), ACCENT)), space)


def fold(name: str, numbers: tuple[int, int], space: int, *, opened: bool) -> Line:
    """The heading rows are folded under: how many there are, and how many of them are unread."""
    count, unread = numbers
    if name == "earlier":
        said = _("Earlier, read · {n}").format(n=in_words(count))
    else:
        said = _("FYI, {n} unread").format(n=unread) if unread else _("FYI, {n}").format(n=count)
    ink = "green" if name == "only" else DIM
    return fitted((("▾ " if opened else "▸ ", DIM), (said, ink)), space)


def task_two(row: TaskRow, space: int, face: Face, *, ticked: bool = False) -> tuple[Line, Line]:
    """A task in two lines."""
    due: Span = (times.due(row.due, face), "red" if times.is_late(row.due, face) else DIM) if row.due else ("", DIM)
    box = "x " if ticked else ""
    title = DIM if row.status is Status.DONE else TEXT
    first = spread(
        ((left(tier_word(row.tier), 7), tier_ink(row.tier)), (box, ACCENT), (one_line(row.title), title)), (due,), space
    )
    who = ", ".join(one_line(name, 40) for name in row.assignees) or _("nobody")
    about = " · ".join(part for part in (status_word(row.status), one_line(row.place, 80), who) if part)
    rest, state = times.open_left(row.left, brief=space < 80), state_word(row.state)
    end: Line = ((rest + "  " if rest and state else rest, DIM), (state, ACCENT))
    return first, spread(((" " * 7, TEXT), (about, DIM)), end, space)


def task_one(row: TaskRow, space: int, face: Face, *, ticked: bool = False) -> Line:
    """A task in one line."""
    due: Span = (times.due(row.due, face), "red" if times.is_late(row.due, face) else DIM) if row.due else ("", DIM)
    box: Span = ("x " if ticked else "", ACCENT)
    title = DIM if row.status is Status.DONE else TEXT
    if space < 60:
        return spread(
            ((f"{tier_letter(row.tier)} ", tier_ink(row.tier)), box, (one_line(row.title), title)), (due,), space
        )
    room = min(26, space // 4)
    about = state_word(row.state) or " ".join((one_line(row.place, 60), *row.assignees[:1]))
    start = (
        (left(tier_word(row.tier), 7), tier_ink(row.tier)),
        (left(status_word(row.status), 7), DIM),
        ("│ ", RULE),
        box,
        (one_line(row.title), title),
    )
    rest: Span = (f"{times.open_left(row.left)}  " if row.left is not None and space >= 100 else "", DIM)
    return spread(start, (rest, (left(about, room), DIM), (right(due[0], 10), due[1])), space)


def note_one(row: NoteRow, space: int, face: Face, *, ticked: bool = False) -> Line:
    """A note in one line."""
    box: Span = ("x " if ticked else "", ACCENT)
    about = f"{one_line(row.place, 40)}  " if space >= 50 else ""
    return spread((box, (one_line(row.title), TEXT)), ((about, DIM), (times.short(row.updated, face), DIM)), space)


def note_two(row: NoteRow, space: int, face: Face, *, ticked: bool = False) -> tuple[Line, Line]:
    """A note in two lines: title and time, then its place and how it begins."""
    from tui.dressed import flat

    box: Span = ("x " if ticked else "", ACCENT)
    first = spread((box, (one_line(row.title), TEXT)), ((times.short(row.updated, face), DIM),), space)
    about = " · ".join(part for part in (one_line(row.place, 60), one_line(flat(row.text[:400]), 120)) if part)
    return first, fitted((("  ", TEXT), (about, DIM)), space)


def found_two(row: Found, space: int, face: Face) -> tuple[Line, Line]:
    """A search hit: its title and time, then the words around the match."""
    kind = {ItemType.TASK: _("task"), ItemType.NOTE: _("note"), ItemType.MESSAGE: _("line")}.get(row.type, _("thread"))
    first = spread(((left(kind, 7), DIM), (one_line(row.title), TEXT)), ((times.short(row.at, face), DIM),), space)
    return first, fitted(((" " * 7, TEXT), (one_line(row.snippet, 300), DIM)), space)


def verb_word(verb: str) -> str:
    """What a change on its way is, in a person's words."""
    return {
        "create_task": _("task"),
        "update_task": _("change"),
        "update_note": _("note"),
        "create_note": _("note"),
        "post": _("reply"),
        "mark_read": _("read"),
        "take_back": _("undo"),
        "clash": _("clash"),
    }.get(verb, verb.replace("_", " "))


def outbox_one(row: OutboxRow, space: int) -> Line:
    """A change on its way: what, where, how it stands and why."""
    asks = row.state in {"asks", "failed"}
    said = state_word(row.state) or row.state
    start = (
        (left(verb_word(row.verb), 8), TEXT),
        (left(one_line(row.title, 60), min(40, space // 2)), TEXT),
        ("  ", TEXT),
    )
    return fitted((*start, (said, ACCENT if asks else DIM), (f"  {one_line(row.why, 200)}", DIM)), space)


def outbox_two(row: OutboxRow, space: int) -> tuple[Line, Line]:
    """A change on its way, with the reason below it."""
    asks = row.state in {"asks", "failed"}
    said = (state_word(row.state) or row.state, ACCENT if asks else DIM)
    first = spread(((left(verb_word(row.verb), 8), TEXT), (one_line(row.title, 120), TEXT)), (said,), space)
    why = one_line(row.why, 300) if row.why != said[0] else ""
    about = " · ".join(part for part in (one_line(row.account, 40), why) if part)
    return first, fitted(((" " * 8, TEXT), (about, DIM)), space)


def message_lines(
    row: MessageRow, space: int, face: Face, *, author: bool = True, most: int = PREVIEW
) -> tuple[Line, ...]:
    """One line of a thread, wrapped: time and author in columns of their own, or above the text below 50 cells."""
    name = _("you") if row.mine else one_line(row.author, 60) or _("somebody")
    ink = DIM if row.notice else ACCENT if row.mine else BOLD
    clock = times.clock(row.at, face)
    body = _("(deleted there)") if row.gone else row.text[:most]
    narrow = space < 50
    column = 0 if narrow else max(7, min(12, space // 6))
    start = 2 if narrow else 6 + column + 1
    lines = wrap(body, max(4, space - start))[: MANY_LINES * most // PREVIEW]
    drawn: list[Line] = []
    if narrow:
        drawn.append(spread(((f"{clock} ", DIM), (name, ink)), _side_notes(row), space))
    for number, text in enumerate(lines):
        head: Line = ((" " * start, TEXT),)
        if number == 0 and not narrow:
            shown = left(cut_to(name, column), column) if author else " " * column
            head = ((f"{clock} ", DIM), (shown, ink), (" ", TEXT))
        quoted = text.startswith(">") or row.notice or row.gone
        drawn.append((*head, (text, DIM if quoted else TEXT)))
    if len(row.text) > most and not row.gone:
        said = _("… {n} characters more, Enter shows more of them").format(n=len(row.text) - most)
        drawn.append(((" " * start, TEXT), (said, DIM)))
    extra = () if narrow else _side_notes(row)
    if extra and cells(drawn[-1]) + cells(extra) + 2 <= space:
        drawn[-1] = spread(drawn[-1], extra, space)
    elif extra:
        drawn.append(spread((), extra, space))
    drawn.extend(((" " * start, TEXT), (f"[{one_line(file.name, 60)}]", DIM)) for file in row.files)
    return tuple(fitted(line, space) for line in drawn)


def _number(url: str | None) -> str:
    """The number a service gave an item, where it stands at the end of its address as in .../issues/231; else ""."""
    last = (url or "").rstrip("/").rpartition("/")[2]
    return last if last.isascii() and last.isdecimal() and len(last) < 8 else ""


def _side_notes(row: MessageRow) -> Line:
    """What stands at the right of a line: edited, on its way, the task made of it."""
    notes: list[str] = []
    if row.edited is not None and not row.gone:
        notes.append(_("edited"))
    if row.sending:
        notes.append(state_word(row.sending))
    if row.task is not None:
        number = _number(row.task_url)
        notes.append(_("Task #{number}").format(number=number) if number else _("Task"))
        notes.append(state_word(row.task_state))
    said = " · ".join(note for note in notes if note)
    told: Line = ((said, ACCENT),) if said else ()
    return (*told, (f"{' ' if said else ''}+ {open_word(row.open)}", DIM)) if row.open else told
