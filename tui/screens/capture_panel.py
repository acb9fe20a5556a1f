"""Making a task of a line: its fields above, the lines that travel below, ticked as the context says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from leeward.model import Due, ItemId, Keep, Tier
from leeward.rows import MessageRow, PersonRow
from leeward.text import one_line
from leeward.words import _, n_
from tui import times, view
from tui.asks import CaptureDraft, Context, Target
from tui.bars import Bar, by_name
from tui.field import Field
from tui.panels import Panel
from tui.times import Face
from tui.view import Line, Span, fitted, rule, spread
from tui.wrap import wrap

SHORT = 20
"""On a screen of fewer rows only the field one is at is shown, so that the lines have room."""

_OTHER = f"/ {_('other')}", "dim"
FIELDS = ("lines", "title", "say", "where", "who", "due", "tier", "tell", "keep")
NAMES = {
    "title": _("Title"),
    "say": _("Say"),
    "where": _("Where"),
    "who": _("Who"),
    "due": _("Due"),
    "tier": _("Tier"),
    "tell": _("Tell"),
    "keep": _("In step"),
}


class Choices(Struct, frozen=True):
    """What the panel chooses among besides the lines."""

    targets: Sequence[Target] = ()
    people: Sequence[PersonRow] = ()


class CapturePanel(Panel):
    """The draft of a task and the lines that travel with it."""

    scope = "capture"

    def __init__(
        self,
        context: Context,
        choices: Choices,
        place: str,
        face: Callable[[], Face],
        make: Callable[[CaptureDraft], None],
        due_words: Callable[[str], tuple[Due | None, str]],
        keep: Callable[[str], None] = lambda _words: None,
        ask: Callable[[Bar], None] = lambda _bar: None,
    ) -> None:
        super().__init__()
        self._keep, self._ask = keep, ask
        self.context, self.choices, self.place = context, choices, place
        self._face, self._make, self._due_words = face, make, due_words
        self.items = context.lines
        self.why = {mark.id: mark.why for mark in (*context.marks, *context.wider)}
        self.ticked = {mark.id for mark in context.marks} | {context.message}
        self._wider = [mark.id for mark in context.wider]
        self._widened: list[ItemId] = []
        self.title_field = Field.of(context.title)
        self.say_field = Field()
        self.due_field = Field()
        self.target = 0
        self.person = next((n for n, each in enumerate(choices.people) if each.id == context.assignee), None)
        self.due, self.tier = context.due, context.tier
        chosen = self._target
        self.tell, self.keep = (chosen.tell, chosen.keep) if chosen else (False, Keep.OFF)
        self.at = "lines"
        self.said = ""
        self.show_why = False
        self.cursor = self._from = next((n for n, row in enumerate(self.items) if row.id == context.message), 0)

    @property
    def words(self) -> str:
        """What was typed here, as its draft holds it: the title, and one's own words on the lines below."""
        return f"{self.title_field.text}\n{self.say_field.text}"

    def recall(self, words: str) -> None:
        """Put in what was typed here before the program ended."""
        title, _break, say = words.partition("\n")
        self.title_field, self.say_field = Field.of(title), Field.of(say)

    @property
    def _target(self) -> Target | None:
        return self.choices.targets[self.target] if self.choices.targets else None

    # ---- drawing ----

    def fixed(self, space: int) -> list[Line]:
        """Where it comes from and goes to, who will read it, the fields, and how many lines travel."""
        target = self._target
        goal = self._goal(target)
        warn: Line = ((_("! more readers"), "bold"), (" ", "text")) if target is not None and target.wider else ()
        start, end = (f"{_('TASK from')} {self.place}", "strong"), (f"→  {goal}", "text")
        lines: list[Line] = [spread((start, ("  ", "text"), end), warn, space)]
        if view.cells((start, end, *warn)) + 3 > space:  # who will read it is never cut off
            lines = [fitted((start,), space), spread((end,), warn, space)]
        if target is not None and target.wider:
            lines += [((f"  {line}", "bold"),) for line in wrap(target.wider, space - 2)]
        fields = self._fields(space)
        if self.high < SHORT:
            at = "title" if self.at == "lines" else self.at
            fields = {name: line for name, line in fields.items() if name in {at, "where"}}
        return [*lines, *dict.fromkeys(fields.values()), self._travel(space)]

    def _fields(self, space: int) -> dict[str, Line]:
        """The line of each field; in wide panels some share one."""
        who = self.choices.people[self.person].name if self.person is not None else _("nobody")
        due = times.due(self.due, self._face()) if self.due else _("none")
        tier: Span = (view.tier_word(self.tier) or _("none"), view.tier_ink(self.tier))
        found = {
            "title": self._text_line("title", self.title_field, "i", space),
            "say": self._text_line("say", self.say_field, "Tab", space, _("your own words, above the quote")),
        }
        for number, places in enumerate(self._places(space - 8)):
            named = self._named("where") if not number else ((" " * 8, "text"),)
            found["where" if not number else "more"] = fitted((*named, *places), space)
        if space >= 60:
            row = (*self._named("who"), (f"{one_line(who, 24):<14} ", "text"), *self._named("due"))
            row = (*row, *self._due_spans(due), ("   ", "text"), *self._named("tier"), tier)
            found |= dict.fromkeys(("who", "due", "tier"), fitted(row, space))
        else:
            found["who"] = self._line("who", ((who, "text"),), space)
            found["due"] = self._line("due", self._due_spans(due), space)
            found["tier"] = self._line("tier", (tier,), space)
        tell, keep = self._tell_spans(max(8, space - 52)), self._keep_spans()
        if space < 60:
            return found | {"tell": self._line("tell", tell, space), "keep": self._line("keep", keep, space)}
        last = fitted((*self._named("tell"), *tell, ("   ", "text"), *self._named("keep"), *keep), space)
        return found | dict.fromkeys(("tell", "keep"), last)

    def _tell_spans(self, room: int) -> list[Span]:
        """Whether the thread is told of the task: both answers, the one that counts in brackets."""
        name = one_line(self.place.rpartition(" (")[0] or self.place, room)
        return [(f"{name}: ", "text"), *_one_of((_("no"), _("yes")), int(self.tell))]

    def _keep_spans(self) -> list[Span]:
        return _one_of((_("off"), _("status"), _("both")), tuple(Keep).index(self.keep))

    def _goal(self, target: Target | None) -> str:
        if target is None:
            return _("this machine (only you)")
        readers = view.audience_words(target.place.audience)
        return f"{one_line(target.place.title, 40)} ({readers})"

    def _travel(self, space: int) -> Line:
        rows = [row for row in self.items if row.id in self.ticked]
        lines, people = len(rows), len({row.author for row in rows})
        who = n_("{n} person", "{n} people", people).format(n=people)
        said = n_("{n} line, {who} travel", "{n} lines, {who} travel", lines).format(n=lines, who=who)
        keys = _("x tick  + - widen  w why  Enter make it") if space >= 78 else _("x  + -  w  Enter make it")
        return rule(self.said or said, space, keys, "bold" if self.said else "dim")

    def _named(self, name: str) -> Line:
        return ((f"{NAMES[name]:<7} ", "strong" if self.at == name else "dim"),)

    def _line(self, name: str, spans: Sequence[Span], space: int) -> Line:
        return fitted((*self._named(name), *spans), space)

    def _text_line(self, name: str, field: Field, key: str, space: int, hint: str = "") -> Line:
        live = self.at == name
        shown: Line = field.line(space - 14, live=live, hint=hint) if live or field.text else ((hint, "dim"),)
        return spread((*self._named(name), *shown), ((key, "dim"), (" ", "text")) if not live else (), space)

    def _due_spans(self, due: str) -> Line:
        return self.due_field.line(14, hint=_("Fri, tomorrow 9:00")) if self.at == "due" else ((due, "text"),)

    def _places(self, room: int) -> list[list[Span]]:
        """The places by number in the lines there is room for, the chosen one among them, and the key to the others."""
        every = range(len(self.choices.targets))
        shown, lines = self._laid(every, room)
        if every and self.target not in shown:
            shown, lines = self._laid([self.target, *(number for number in every if number != self.target)], room)
        if not every:
            return [[(_("this machine"), "text")]]
        if len(every) > 1:
            if view.cells((*lines[-1], _OTHER)) > room:
                lines.append([])
            lines[-1].append(_OTHER)
        return lines

    def _laid(self, numbers: Sequence[int], room: int) -> tuple[list[int], list[list[Span]]]:
        shown: list[int] = []
        lines: list[list[Span]] = [[]]
        rows = 1 if self.high < SHORT else 2
        for number in numbers:
            place = self._place(number)
            kept = view.cells((_OTHER,)) if len(lines) == rows else 0
            if lines[-1] and view.cells((*lines[-1], place)) > room - kept:
                if len(lines) == rows:
                    break
                lines.append([])
            lines[-1].append(place)
            shown.append(number)
        return shown, lines

    def _place(self, number: int) -> Span:
        target = self.choices.targets[number]
        key = f"[{number + 1}]" if number == self.target else f" {number + 1} "
        word = f"{key} {target.place.account} {one_line(target.place.title, 30)}  "
        return word, "text" if number == self.target else "dim"

    def draw(self, item: MessageRow, space: int) -> Sequence[Line]:
        """A line with its box, and why it belongs."""
        box = "x " if item.id in self.ticked else "  "
        lines = view.message_lines(item, max(8, space - 2), self._face())
        if item.id not in self.ticked:
            lines = tuple(tuple((text, "dim") for text, _ink in line) for line in lines)
        drawn = [((box if n == 0 else "  ", "accent"), *line) for n, line in enumerate(lines)]
        why = self.why.get(item.id)
        if why and (self.show_why or item is self.items[self.cursor]):
            drawn.append(spread((), ((why, "dim"), (" ", "text")), space))
        return drawn

    # ---- verbs ----

    def moved(self, item: MessageRow) -> None:
        """Why stands below the line under the cursor."""
        del item
        self.said = ""
        self.changed()

    def act_tick(self) -> None:
        """Take a line along, or leave it; the captured one always travels."""
        row = self.items[self.cursor] if self.items else None
        if row is None:
            return
        if row.id == self.context.message:
            self.said = _("The task is made of this line.")
        else:
            self.ticked ^= {row.id}
            self.said, self._from = "", self.cursor
        self.changed()

    def act_range(self) -> None:
        """Take every line along from the one ticked last to here."""
        low, high = sorted((self.cursor, self._from))
        self.ticked |= {row.id for row in self.items[low : high + 1]}
        self.changed()

    def act_widen(self) -> None:
        """The next line that may belong."""
        while self._wider:
            found = self._wider.pop(0)
            if found not in self.ticked:
                self.ticked.add(found)
                self._widened.append(found)
                break
        else:
            self.said = _("Nothing more seems to belong.")
        self.changed()

    def act_narrow(self) -> None:
        """Without the line taken last, else without the least sure."""
        order = [mark.id for mark in sorted(self.context.marks, key=lambda mark: -mark.score)]
        rest = [id for id in order if id in self.ticked and id != self.context.message]
        gone = self._widened.pop() if self._widened else rest[-1] if rest else None
        if gone is not None:
            self.ticked.discard(gone)
            self._wider.insert(0, gone)
        self.changed()

    def act_why(self) -> None:
        """Why each line belongs."""
        self.show_why = not self.show_why
        self.changed()

    def choose(self, key: str) -> None:
        """A digit: a place by its number, or what the field under the cursor offers."""
        if key.isdecimal() and 0 < int(key) <= len(self.choices.targets):
            self._take(int(key) - 1)

    def _take(self, number: int) -> None:
        self.target = number
        target = self.choices.targets[number]
        self.tell, self.keep = target.tell, target.keep
        self.changed()

    def act_other(self) -> None:
        """A place by its name, also one that has no number here."""
        names = [f"{each.place.account} {one_line(each.place.title, 40)}" for each in self.choices.targets]
        self._ask(by_name(_("WHERE"), names, self._take, none=_("No place of that name."), hint=_("or type its name")))

    def act_edit(self) -> None:
        """The title."""
        self._to("title")

    def act_next_part(self) -> None:
        """The next field."""
        self._to(FIELDS[(FIELDS.index(self.at) + 1) % len(FIELDS)])

    def act_previous_part(self) -> None:
        """The field before."""
        self._to(FIELDS[(FIELDS.index(self.at) - 1) % len(FIELDS)])

    def _to(self, name: str) -> None:
        self.at = name
        self.field = {"title": self.title_field, "say": self.say_field, "due": self.due_field}.get(name)
        self.changed()

    def edited(self, field: Field) -> None:
        """What the live field holds now."""
        self.field = field
        if self.at == "title":
            self.title_field = field
        elif self.at == "say":
            self.say_field = field
        elif self.at == "due":
            self.due_field = field
            self.due, self.said = self._due_words(field.text) if field.text else (None, "")
        if self.at in {"title", "say"}:
            self._keep(self.words)
        self.changed()

    def leave_field(self) -> bool:
        """From a field back to the lines."""
        self._to("lines")
        return True

    def accept(self) -> None:
        """Enter in a field is done with it; on the lines it makes the task."""
        self._to("lines")

    def turn(self, by: int) -> bool:
        """`h l` in a field with few values; False elsewhere."""
        if self.at == "where" and self.choices.targets:
            self._take((self.target + by) % len(self.choices.targets))
        elif self.at == "who":
            count = len(self.choices.people)
            at = -1 if self.person is None else self.person
            at = (at + 1 + by) % (count + 1) - 1
            self.person = None if at < 0 else at
        elif self.at == "tier":
            order = (None, Tier.RED, Tier.YELLOW, Tier.GREEN)
            self.tier = order[(order.index(self.tier) + by) % 4]
        elif self.at == "tell":
            self.tell = not self.tell
        elif self.at == "keep":
            kinds = tuple(Keep)
            self.keep = kinds[(kinds.index(self.keep) + by) % 3]
        else:
            return False
        self.changed()
        return True

    def act_open(self) -> None:
        """Make it."""
        title = self.title_field.text.strip()
        if not title:
            self.said = _("A task needs a title: i.")
            self._to("title")
            return
        target = self._target
        lines = tuple(row.id for row in self.items if row.id in self.ticked)
        person = self.choices.people[self.person].id if self.person is not None else None
        draft = CaptureDraft(
            self.context.message,
            lines,
            title,
            self.say_field.text.strip(),
            target.place.id if target is not None else None,
            person,
            self.due,
            self.tier,
        )
        self._make(replace(draft, tell=self.tell, keep=self.keep))


def _one_of(words: Sequence[str], chosen: int) -> list[Span]:
    """All values of a field that has few, the one that counts in brackets."""
    drawn: list[Span] = [
        (f"[{word}] ", "text") if n == chosen else (f" {word}  ", "dim") for n, word in enumerate(words)
    ]
    return [*drawn[:-1], (drawn[-1][0].rstrip(), drawn[-1][1])]  # blanks at the end are no words that are cut
