"""The workspace's panes and how they lie at each width: three side by side, two one above the other, or one."""

from __future__ import annotations

from typing import Any, Literal

from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from leeward.words import _
from tui import status, view
from tui.actions import Keymap
from tui.asks import Filter
from tui.bars import Bar
from tui.panels import Panel
from tui.status import Told
from tui.times import Face
from tui.widgets.fence import Fence
from tui.widgets.lines import Lines
from tui.widgets.painted import Painted
from tui.widgets.pens import Pens
from tui.wrap import wrap

WIDE, MIDDLE, TALL = 110, 70, 30
SAID_LINES = 4
"""Lines of a sentence at the foot; what a person should do about it stands at its end."""
SIDE = 18
LIST = 43

Width = Literal["wide", "middle", "narrow"]

STYLE = """
Leeward { background: $background; color: $foreground; }
Workspace { layout: vertical; overflow: hidden; background: $background; color: $foreground; }
#head { height: 1; } #foot { height: 1; } #bar, #banner { height: 1; display: none; }
#body { height: 1fr; width: 1fr; layout: horizontal; overflow: hidden; }
#side { width: 18; } #list { width: 43; } #panel { display: none; width: 64; } #reader { width: 1fr; }
.wide #head, .wide #foot { height: 2; }
.paneled #panel { display: block; } .paneled #list, .paneled #side, .paneled #fence1 { display: none; }
.lone #reader, .lone #fence2, .lone #list, .lone #side, .lone #fence1 { display: none; }
.alone #reader, .alone #fence2 { display: none; } .alone #list { width: 1fr; }
.middle #body, .narrow #body { layout: vertical; }
.middle #side, .narrow #side, .middle Fence, .narrow Fence { display: none; }
.middle #list, .narrow #list, .middle #panel, .narrow #panel { width: 1fr; height: 1fr; }
.middle #reader { height: 1fr; } .middle.paneled #panel { height: 2fr; }
.narrow #reader { display: none; }
.narrow.reading #reader { display: block; } .narrow.reading #list { display: none; }
.narrow.siding #side { display: block; width: 1fr; } .narrow.siding #list { display: none; }
.middle.siding #side { display: block; width: 1fr; height: 1fr; } .middle.siding #list { display: none; }
.narrow.paneled #reader { display: none; }
.narrow.paneled.reading #reader { display: block; } .narrow.paneled.reading #panel { display: none; }
.writing.narrow #body { display: none; } .narrow #composer { height: 1fr; }
"""
"""The program's style sheet: how the panes lie in each layout."""


class Panes(Widget):
    """The box of the panes, which cover it: where they do not, it is blank."""

    def __init__(self, pens: Pens, *panes: Widget) -> None:
        super().__init__(*panes, id="body")
        self._pens = pens

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished blank rows; the usual road would make and filter them anew for every key."""
        return [self._pens.strip((), crop.width)] * crop.height


class Frame(Screen[None]):
    """Panes and the lines around them; what they show is the workspace's."""

    keymap: Keymap
    told: Told

    def __init__(self, pens: Pens) -> None:
        super().__init__()
        self.pens = pens
        self.part = "list"
        self.bar_model: Bar | None = None
        self.panel_model: Panel | None = None
        self.begun: tuple[str, ...] = ()
        self.said = ""
        self.undo_hint = ""
        self.list_width = LIST
        self._told_above = ""
        self._bar_high = 0
        self._foot_high: int | None = None
        self.head = Lines(pens, _nothing, id="head", barred=False)
        self.foot = Lines(pens, _nothing, id="foot", barred=False)
        self.notice = Lines(pens, _nothing, id="banner", barred=False, ground="panel")
        self.bar = Lines(pens, _nothing, id="bar", barred=False, ground="panel")
        self.side = Lines(pens, self._draw_choice, id="side")
        self.list = Lines(pens, _nothing, id="list")
        self.reader = Lines(pens, _nothing, id="reader")
        self.panel_pane = Painted(pens, _nothing, id="panel")
        self.side.rests = lambda row: bool(row.key)
        self.body = Panes(
            pens,
            self.side,
            Fence(pens, id="fence1"),
            self.panel_pane,
            self.list,
            Fence(pens, id="fence2"),
            self.reader,
        )

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows behind the panes, as in `Panes`."""
        return [self.pens.strip((), crop.width)] * crop.height

    def compose(self) -> ComposeResult:
        """Head, panes, bar, foot."""
        yield self.head
        yield self.notice
        yield self.body
        yield self.bar
        yield self.foot

    @property
    def face(self) -> Face:
        """Now, and the reader's wall clock."""
        raise NotImplementedError

    # ---- widths ----

    @property
    def shape(self) -> Width:
        """Which of the three layouts the width asks for."""
        width = self.app.size.width
        return "wide" if width >= WIDE else "middle" if width >= MIDDLE else "narrow"

    @property
    def two_lines(self) -> bool:
        """Whether rows have two lines."""
        return self.shape == "wide" and self.app.size.height >= TALL

    def lay(self, *, update: bool = True) -> None:
        """Set the layout's classes; `update` is for a screen that is shown already."""
        shape = self.shape
        lone = self.panel_model is not None and self.panel_model.lone
        classes = {name: name == shape for name in ("wide", "middle", "narrow")}
        classes |= {"paneled": self.panel_model is not None, "lone": lone}
        classes |= {"reading": self.part == "reader", "siding": self.part == "side"}
        self.update_classes(classes, update=update)
        for pane in (self.side, self.list, self.reader, self.panel_pane):
            pane.margin = 1 if shape == "wide" and pane is not self.side else 0
        self.list.styles.width = self.list_width if shape == "wide" and not self.has_class("alone") else None
        self.panel_pane.styles.width = SIDE + self.list_width + 1 if shape == "wide" and not lone else "1fr"

    # ---- the lines around the panes ----

    def pane(self) -> Lines:
        """The pane with the focus."""
        if self.panel_model is not None and self.part != "reader":
            return self.panel_pane
        return {"side": self.side, "reader": self.reader}.get(self.part, self.list)

    def scope(self) -> str:
        """Which keys are alive."""
        raise NotImplementedError

    def where(self) -> tuple[str, str, Filter]:
        """The view's name, its title, and what of it is wanted."""
        raise NotImplementedError

    def light(self) -> None:
        """Show which pane has the focus."""
        here = self.pane()
        for pane in (self.side, self.list, self.reader, self.panel_pane):
            if pane.lively != (pane is here):
                pane.lively = pane is here
                pane.redraw()

    def _joints(self, mark: str) -> str:
        width = self.app.size.width
        line = ["─"] * width
        for fence in self.query(Fence):
            column = fence.region.x
            if fence.display and fence.region.width and 0 < column < width:
                line[column] = mark
        return "".join(line)

    def draw_head(self) -> None:
        """The first line, and the rule below it where there is room."""
        space = self.app.size.width
        name, title, _want = self.where()
        if self.panel_model is not None and self.panel_model.lone and not self.panel_model.title:
            lines: list[view.Line] = [()] * (2 if self.shape == "wide" else 1)
        elif self.shape == "narrow":
            new = view.text_of(self.reader_end()) if self.part == "reader" else ""
            shown = self.reader_title() if self.part == "reader" else title
            lines = [status.narrow_head(shown, new, self.told, self.face, space)]
        else:
            lines = [status.head(self.told, name, self.face, space)]
            if self.shape == "wide":
                lines.append(((self._joints("┬"), "line"),))
        _fix(self.head, lines)

    def reader_title(self) -> str:
        """What the reader holds, in words."""
        return ""

    def reader_end(self) -> view.Line:
        """What stands at the right of the reader's title."""
        return ()

    def draw_foot(self) -> None:
        """What can be pressed, or what was said."""
        space = self.app.size.width
        if self.begun:
            lines: list[view.Line] = status.following(self.keymap, self.scope(), space, self.begun)
        elif self.said:
            lines = [((f" {line}", "bold"),) for line in wrap(self.said, space - 2)[:SAID_LINES]]
        else:
            undo = _('u: undo "{what}"').format(what=self.undo_hint) if self.undo_hint else ""
            undo = undo or (_("g a: connect your own") if self.told.sample and space >= 110 else "")
            lines = [status.footer(self.keymap, self.scope(), space, undo)]
        if self.shape == "wide":
            lines.insert(0, ((self._joints("┴"), "line"),))
        high = len(lines) if len(lines) > 1 + (self.shape == "wide") else None
        if high != self._foot_high:  # only a long sentence needs more than the sheet gives
            self._foot_high = high
            self.foot.styles.height = high
        _fix(self.foot, lines)

    def draw_bar(self) -> None:
        """The bar of choices, or nothing."""
        lines = self.bar_model.lines(self.app.size.width) if self.bar_model is not None else []
        if self.bar.display != bool(lines):  # to say again what holds would cost a new layout
            self.bar.display = bool(lines)
        if lines and self._bar_high != len(lines):
            self._bar_high = len(lines)
            self.bar.styles.height = len(lines)
        _fix(self.bar, lines)

    def banner(self, text: str) -> None:
        """Sentences, a line each, that stay until Esc; empty takes them away."""
        self._told_above = text
        self.notice.display = bool(text)
        space, most = self.app.size.width, max(1, self.app.size.height // 3)
        rows = [row for line in text.split("\n") for row in wrap(" ".join(line.split()), space - 6)]
        if len(rows) > most:
            rows = [*rows[: most - 1], _("… and more: leeward doctor")] if most > 1 else [rows[0]]
        self.notice.styles.height = len(rows)
        esc: view.Line = ((_("Esc"), "accent"), (" ", "text"))
        _fix(self.notice, [view.spread(((f" {row}", "bold"),), () if n else esc, space) for n, row in enumerate(rows)])

    def mended(self, gone: set[str]) -> None:
        """Take sentences that are not true any more out of the banner."""
        if self.notice.display and gone:
            self.banner("\n".join(line for line in self._told_above.split("\n") if line not in gone))

    def draw_side(self) -> None:
        """Views and accounts."""
        rows = status.choices(self.told, self.face)
        name, _title, want = self.where()
        here = next((at for at, row in enumerate(rows) if row.want == want), None) if name == "inbox" else None
        self.side.shy = here is None
        self.side.show(rows, self.side.cursor if here is None or self.part == "side" else here)

    def _draw_choice(self, row: status.Choice, space: int) -> list[view.Line]:
        name, _title, want = self.where()
        return [status.choice_line(row, space, want if name == "inbox" else None)]


def _nothing(item: Any, space: int) -> list[view.Line]:
    del item, space
    return []


def _fix(pane: Lines, lines: list[view.Line]) -> None:
    pane.above = lambda _space: lines
    pane.redraw()
