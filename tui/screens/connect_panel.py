"""Connecting an account: which kind, its questions one by one, a try, then what to bring in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leeward.rows import AccountRow
from leeward.text import one_line, width
from leeward.words import _
from tui.asks import KindInfo, Question, Tried
from tui.field import Field
from tui.panels import Panel
from tui.view import Line, cells, fitted, rule, spread
from tui.wrap import left, wrap

FIRSTS = (("now", _("what is new from now")), ("week", _("the last 7 days")), ("all", _("all, marked as read")))


class KindsPanel(Panel):
    """What can be connected, how long it takes, and whether an administrator is needed."""

    def __init__(
        self,
        kinds: Sequence[KindInfo],
        chosen: Callable[[KindInfo], None],
        accounts: Sequence[AccountRow] = (),
        account: Callable[[AccountRow], None] = lambda _row: None,
    ) -> None:
        super().__init__()
        self.title = _("CONNECT an account")
        self._kinds = kinds
        self.items = [*kinds, *([_("connected already"), *accounts] if accounts else [])]
        self._chosen, self._account = chosen, account
        names = (*(kind.title for kind in kinds), *(row.account for row in accounts))
        self._wide = min(20, max((width(name) for name in names), default=0))

    def rests(self, item: Any) -> bool:
        """The heading is passed over."""
        return not isinstance(item, str)

    def draw(self, item: Any, space: int) -> Sequence[Line]:
        """Its name, and what it takes, or how it is."""
        if isinstance(item, str):
            return ((), rule(item, space))
        if isinstance(item, AccountRow):
            said = item.trouble or (_("not yet") if item.ok is None else _("ok"))
            name = (f"   {left(one_line(item.account, 40), self._wide)} ", "text")
            return _beside((name, (f"{item.kind}  ", "dim")), one_line(said), "bold" if item.trouble else "dim", space)
        number = self._kinds.index(item) + 1
        key = f"{number}  " if number < 10 else "   "
        about = f"{item.minutes} · {item.administrator}" if item.ready else _("not in this version")
        ink = "text" if item.ready else "dim"
        return _beside(((key, "accent"), (f"{left(item.title, self._wide)} ", ink)), about, "dim", space)

    def choose(self, key: str) -> None:
        """A digit."""
        if key.isdecimal() and 0 < int(key) <= len(self._kinds):
            self.cursor = int(key) - 1
            self.act_open()

    def act_open(self) -> None:
        """Its questions, or what can be done about an account."""
        item = self.items[self.cursor] if self.items else None
        if isinstance(item, AccountRow):
            self._account(item)
        elif isinstance(item, KindInfo) and item.ready:
            self._chosen(item)


def _said(text: str, indent: str, ink: str, space: int) -> list[Line]:
    """A sentence, indented, in as many lines as it needs: what to do often stands at its end."""
    return [((f"{indent}{line}", ink),) for line in wrap(text, max(10, space - len(indent)))] if text else []


def _beside(start: Line, text: str, ink: str, space: int) -> list[Line]:
    """A text at the right of what it is about, in as many lines as it needs."""
    column = cells(start)
    lines = wrap(text, max(10, space - column))
    return [
        fitted((*(start if n == 0 else ((" " * column, "text"),)), (line, ink)), space) for n, line in enumerate(lines)
    ]


class ConnectPanel(Panel):
    """The questions of one kind."""

    def __init__(
        self,
        kind: KindInfo,
        attempt: Callable[[dict[str, str]], None],
        save: Callable[[str], None],
        outside: Callable[[str], object],
    ) -> None:
        super().__init__()
        self.kind = kind
        self._attempt, self._save, self._outside = attempt, save, outside
        self.answers = {question.name: question.default for question in kind.questions}
        self.step = 0
        self.first = 0
        self.tried: Tried | None = None
        self.trying = False
        self.shown: tuple[str, str | None] | None = None
        self.stop: Callable[[], object] = lambda: None
        self._enter_step()

    @property
    def _asking(self) -> bool:
        return self.step < len(self.kind.questions)

    def _asked(self, question: Question) -> bool:
        """Whether the answers so far call for it."""
        with_it = not question.only_with or bool(self.answers.get(question.only_with))
        return with_it and not (question.not_with and self.answers.get(question.not_with))

    def _page_of(self, question: Question) -> str:
        """Where the answer is made."""
        return question.page or (self.kind.page or "" if question.secret else "")

    def _enter_step(self) -> None:
        if self._asking:
            self.field = Field.of(self.answers[self.kind.questions[self.step].name])
        else:
            self.field = None

    def fixed(self, space: int) -> list[Line]:
        """Every step, the one that is asked now with its field."""
        start: Line = ((f"{_('CONNECT')} {self.kind.title}", "strong"),)
        takes = f"{self.kind.minutes} · {self.kind.administrator}"
        lines: list[Line] = [spread(start, ((takes, "dim"), (" ", "text")), space), ()]
        if cells(start) + width(takes) + 2 > space:
            lines = [fitted(start, space), *_said(takes, " ", "dim", space)]
        for number, question in enumerate(self.kind.questions):
            if not self._asked(question):
                continue
            here = number == self.step
            name: Line = ((f"{number + 1} ", "accent"), (f"{question.title}  ", "strong" if here else "text"))
            answer = self.answers[question.name]
            if here and self.field is not None:
                masked = Field("•" * len(self.field.text), self.field.at) if question.secret else self.field
                lines.append(fitted((*name, *masked.line(space - 20)), space))
                lines += _said(question.help, "    ", "dim", space)
                if self._page_of(question):
                    lines += _said(_("Ctrl+N opens the page where it is made"), "    ", "dim", space)
            else:
                shown = "•" * min(8, len(answer)) if question.secret else answer
                lines.append(fitted((*name, (shown, "text")), space))
        lines += self._result(space)
        return lines

    def _result(self, space: int) -> list[Line]:
        lines: list[Line] = [()]
        if self.trying:
            lines += self._waiting(space)
        elif self.tried is not None:
            mark = "✓" if self.tried.ok else "!"
            lines += _said(f"{mark} {self.tried.say}", "   ", "text" if self.tried.ok else "bold", space)
            if self.tried.origins:
                lines += _said(f"{_('it talks to')} {', '.join(self.tried.origins)}", "   ", "dim", space)
        if self.tried is not None and self.tried.ok and self.kind.account:
            lines += [(), rule(_("Signed in"), space, _("Enter keeps it"))]
        elif self.tried is not None and self.tried.ok:
            lines += [(), rule(_("Bring in"), space, _("h l change   Enter connect"))]
            for number, (_name, title) in enumerate(FIRSTS):
                lines.append(((f"   ({'•' if number == self.first else ' '}) {title}", "text"),))
        return lines

    def _waiting(self, space: int) -> list[Line]:
        """What a person does meanwhile at the service's page."""
        if self.shown is None:
            return [((f"   {_('trying …')}", "dim"),)]
        page, code = self.shown
        said = _("Open this page and agree there; Ctrl+N opens it.")
        if code is not None:
            said = _("Open this page in any browser and type the code there; Ctrl+N opens it here.")
        lines: list[Line] = _said(said, "   ", "text", space)
        if code is not None:
            lines.append(fitted(((f"   {one_line(code, 40)}", "strong"),), space))
        room = max(20, space - 4)
        lines += [((f"   {page[at : at + room]}", "dim"),) for at in range(0, len(page), room)]
        return [*lines, ((f"   {_('waiting for you …')}", "dim"),)]

    def left(self) -> None:
        """Nobody is waited for any more."""
        self.stop()

    def show(self, page: str, code: str | None) -> None:
        """The page to open now, and the code to type there."""
        self.shown = (page, code)
        self.changed()

    def edited(self, field: Field) -> None:
        """The answer as it is typed."""
        self.field = field
        self.answers[self.kind.questions[self.step].name] = field.text
        self.tried = None
        self.changed()

    def accept(self) -> None:
        """The next question; after the last one the login is tried."""
        self.step += 1
        while self._asking and not self._asked(self.kind.questions[self.step]):
            self.step += 1
        self._enter_step()
        if not self._asking:
            self.trying, self.shown = True, None
            self._attempt({one.name: self.answers[one.name] for one in self.kind.questions if self._asked(one)})
        self.changed()

    def told(self, tried: Tried) -> None:
        """What trying said; a login that failed is asked about again."""
        self.tried, self.trying, self.shown = tried, False, None
        if not tried.ok:
            self.step = max(n for n, one in enumerate(self.kind.questions) if self._asked(one))
            self._enter_step()
        self.changed()

    def act_down(self) -> None:
        """The next way to begin."""
        self.turn(1)

    def act_up(self) -> None:
        """The way before."""
        self.turn(-1)

    def turn(self, by: int) -> bool:
        """Another way to begin."""
        self.first = (self.first + by) % len(FIRSTS)
        self.changed()
        return True

    def act_next_part(self) -> None:
        """The next question."""
        if self._asking:
            self.accept()

    def act_previous_part(self) -> None:
        """The question before."""
        self.step = max(0, self.step - 1)
        while self.step and not self._asked(self.kind.questions[self.step]):
            self.step -= 1
        self.tried = None
        self._enter_step()
        self.changed()

    def page(self) -> None:
        """The service's page where the answer is made, or where one signs in."""
        page = self.shown[0] if self.shown else ""
        if not page and self._asking:
            page = self._page_of(self.kind.questions[self.step])
        if page:
            self._outside(page.replace("{url}", self.answers.get("url", "").rstrip("/")))

    def act_open(self) -> None:
        """Save it."""
        if self.tried is not None and self.tried.ok:
            self._save(FIRSTS[self.first][0])

    def rests(self, item: Any) -> bool:
        """There is no list here."""
        del item
        return False
