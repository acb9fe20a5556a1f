"""Panels about one thing: a person, both sides of a clash, the links of an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from leeward.model import Keep
from leeward.rows import LinkRow, OutboxRow, PersonRow
from leeward.text import one_line
from leeward.words import _
from tui import times
from tui.asks import Clash
from tui.panels import Panel
from tui.times import Face
from tui.view import Line, fitted, rule, spread
from tui.wrap import left, wrap

SHOWN = 4_000


class PersonPanel(Panel):
    """Who somebody is, what time it is for them, and what one can do from there."""

    def __init__(self, person: PersonRow, local: str, face: Face, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self.title = one_line(person.name, 60)
        self._person, self._local, self._face, self._chosen = person, local, face, chosen
        self.items = [
            ("threads", _("threads with them")),
            ("tasks", _("search what they wrote")),
            ("join", _("is also somebody else here …")),
        ]
        if len(person.accounts) > 1:
            self.items.append(("part", _("is somebody else than in the other accounts")))

    def fixed(self, space: int) -> list[Line]:
        """The name, then a fact a line."""
        person = self._person
        known = (
            (_("Handle"), person.handle or ""),
            (_("Address"), person.address or ""),
            (_("Zone"), f"{times.city(person.zone)} {self._local}" if person.zone else ""),
            (_("Seen in"), ", ".join(person.accounts)),
        )
        facts = [fitted(((left(name, 9), "dim"), (one_line(said, 200), "text")), space) for name, said in known if said]
        you: Line = (("  " + _("you"), "dim"),) if person.me else ()
        return [spread(((self.title, "strong"), *you), (), space), (), *facts, rule("", space)]

    def draw(self, item: tuple[str, str], space: int) -> Sequence[Line]:
        """A digit and what it leads to."""
        return (fitted(((f"{self.items.index(item) + 1}  ", "accent"), (item[1], "text")), space),)

    def choose(self, key: str) -> None:
        """A digit."""
        if key.isdecimal() and 0 < int(key) <= len(self.items):
            self._chosen(self.items[int(key) - 1][0])

    def act_open(self) -> None:
        """What the cursor is on."""
        self._chosen(self.items[self.cursor][0])


CHOICES = (
    ("both", "1", _("keep both")),
    ("theirs", "2", _("theirs")),
    ("mine", "3", _("mine")),
    ("send", "4", _("send again")),
    ("drop", "5", _("drop it")),
)


class ClashPanel(Panel):
    """Both sides of a change that asks, side by side; a digit decides."""

    lone = True

    def __init__(self, row: OutboxRow, clash: Clash, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self.title = _("CLASH")
        self._row, self._clash, self._chosen = row, clash, chosen
        self.items = list(dict.fromkeys((*clash.mine, *clash.theirs)))

    def fixed(self, space: int) -> list[Line]:
        """What asks and why, and what can be answered."""
        keys: list[tuple[str, str]] = [(" ", "text")]
        for name, key, title in CHOICES:
            if name in self._clash.choices:
                keys += [(key, "accent"), (f" {title}   ", "text")]
        why = [((f" {line}", "dim"),) for line in wrap(self._row.why, max(10, space - 2))] if self._row.why else []
        half = (space - 3) // 2
        heads: Line = ((left(f" {_('mine')}", half), "bold"), (" │ ", "line"), (left(_("theirs"), half), "bold"))
        title = f"{_('CLASH')}  {self._row.verb} {one_line(self._row.title, 80)}"
        return [spread(((title, "strong"),), (), space), *why, fitted(keys, space), (), fitted(heads, space)]

    def draw(self, item: str, space: int) -> Sequence[Line]:
        """One field: its name, then both texts beside one another."""
        half = max(8, (space - 3) // 2)
        mine, theirs = (one[:SHOWN] for one in (self._clash.mine.get(item, ""), self._clash.theirs.get(item, "")))
        columns = [wrap(one, half - 1) for one in (mine, theirs)]
        same = mine == theirs
        drawn: list[Line] = [rule(one_line(item, 40), space, _("the same") if same else "")]
        for number in range(max(len(column) for column in columns)):
            ours, other = (column[number] if number < len(column) else "" for column in columns)
            ink = "dim" if same else "text"
            drawn.append(((left(f" {ours}", half), ink), (" │ ", "line"), (left(other, half), ink)))
        return drawn

    def choose(self, key: str) -> None:
        """A digit."""
        for name, digit, _title in CHOICES:
            if digit == key and name in self._clash.choices:
                self._chosen(name)

    def empty(self) -> Sequence[Line]:
        """Nothing of the texts is known."""
        return (((f" {_('Neither text is kept here.')}", "dim"),),)


class LinksPanel(Panel):
    """The links of one item, and what each keeps in step; what a kind cannot do is said."""

    def __init__(
        self,
        title: str,
        links: Sequence[LinkRow],
        lacks: dict[str, str],
        changed: Callable[[LinkRow, Keep], None],
        opened: Callable[[LinkRow], None],
    ) -> None:
        super().__init__()
        self.title = f"{_('LINKS')}  {one_line(title, 80)}"
        self.items = list(links)
        self._lacks, self._keep, self._opened = lacks, changed, opened

    def fixed(self, space: int) -> list[Line]:
        """The title, and what digits do."""
        keys = ((" 1", "accent"), (f" {_('off')}   ", "text"), ("2", "accent"), (f" {_('status')}   ", "text"))
        more = (
            ("3", "accent"),
            (f" {_('status and lines')}   ", "text"),
            ("Enter", "accent"),
            (f" {_('open')}", "text"),
        )
        return [spread(((self.title, "strong"),), (), space), fitted((*keys, *more), space), rule("", space)]

    def draw(self, item: LinkRow, space: int) -> Sequence[Line]:
        """What is at the other end, what is kept in step, what cannot be."""
        said = {Keep.OFF: _("off"), Keep.STATUS: _("status"), Keep.BOTH: _("status and lines")}[item.sync]
        first = spread(
            ((left(str(item.type), 8), "dim"), (one_line(item.title), "text")), ((said, "accent"), (" ", "text")), space
        )
        lacks = self._lacks.get(str(item.id), "")
        return (first, fitted(((" " * 8, "text"), (lacks, "dim")), space)) if lacks else (first,)

    def empty(self) -> Sequence[Line]:
        """No link."""
        said = _("Nothing is linked here. t makes a task of a line, T joins one.")
        return ((), ((f" {said}", "dim"),))

    def choose(self, key: str) -> None:
        """A digit sets what is kept in step."""
        keeps: dict[str, Keep] = {"1": Keep.OFF, "2": Keep.STATUS, "3": Keep.BOTH}
        if key in keeps and self.items:
            link = self.items[self.cursor]
            self._keep(link, keeps[key])
            self.items = [replace(one, sync=keeps[key]) if one.id == link.id else one for one in self.items]
            self.changed()

    def act_open(self) -> None:
        """The other end."""
        if self.items:
            self._opened(self.items[self.cursor])
