"""Verbs that find and explain: search, filter, palette, keys, why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from leeward.model import ItemId
from leeward.rows import Found
from leeward.text import one_line
from leeward.words import _
from tui.asks import Filter
from tui.bars import Bar, by_name
from tui.field import Field
from tui.screens.sources import FoundSource
from tui.screens.workspace import Workspace
from tui.stage import Stop

ECHO_S = 0.004
"""What was typed is drawn first: a search would take the interpreter from who draws it."""


class Finding:
    """What `/ f : ? w` do."""

    def __init__(self, stage: Workspace, act: Callable[[str], None]) -> None:
        self.stage = stage
        self._act = act

    def act_search(self) -> None:
        """Search everything, as one types."""
        from tui.screens.search_panel import SearchPanel

        stage = self.stage
        source = FoundSource(stage.desk)

        def look(text: str) -> None:
            async def find() -> None:
                await asyncio.sleep(ECHO_S)
                rows = (await source.load_text(text)).rows
                if stage.panel_model is panel:
                    panel.found(text, rows)

            stage.load(find, "search")

        def show(found: Found) -> None:
            stage.load(lambda: stage.read(found, found.id if found.type == "message" else None), "reader")

        def opened(found: Found) -> None:
            stage.load(lambda: self._open(found), "reader", opens=True)

        panel = SearchPanel(source, lambda: stage.face, look, show, opened)
        stage.panel(panel)

    async def _open(self, found: Found) -> None:
        stage = self.stage
        await stage.read(found, found.id if found.type == "message" else None, force=True)
        stage.focus_part("reader")

    def act_filter(self) -> None:
        """Only rows that hold these words; an empty line takes the filter away."""
        stage = self.stage
        want = stage.listing.source.want

        def narrow(text: str) -> str | None:
            stage.go(Stop(stage.stop.view, replace(want, text=text.strip())), remember=False)
            return None

        stage.ask(
            Bar(
                _("FILTER"), typed=narrow, field=Field.of(want.text), hint=_("words in title, place, people; none: all")
            )
        )

    def act_palette(self) -> None:
        """Everything by name."""
        from tui.screens.list_panels import PalettePanel

        stage = self.stage
        panel, part = stage.panel_model, stage.part
        inside = panel if part != "reader" else None
        scope = inside.scope if inside is not None else stage.listing.source.scope

        def act(target: str) -> None:
            stage.panel(panel)
            stage.focus_part(part)  # a verb chosen by its name acts where its key would have
            self._act(target)

        without = inside.deaf() if inside is not None else frozenset()
        stage.panel(PalettePanel(stage.keymap, scope, act, without), over=True)

    def act_keys(self) -> None:
        """What every key does here."""
        from tui.screens.list_panels import KeysPanel

        stage = self.stage
        panel = stage.panel_model if stage.part != "reader" else None
        without = panel.deaf() if panel is not None else frozenset()
        stage.panel(KeysPanel(stage.keymap, stage.scope(), without), over=True)

    def act_why(self) -> None:
        """The journal of what the cursor is on."""
        from tui.screens.list_panels import WhyPanel

        stage = self.stage
        message = stage.message if stage.part == "reader" else None
        row = stage.row
        subject: ItemId | None = message.id if message is not None else getattr(row, "id", None)
        if stage.stop.view == "quiet" and row is not None:
            subject = row.id
        title = getattr(row, "title", "")
        if subject is None:
            stage.say(_("Nothing is chosen."))
            return
        known = subject

        async def show() -> None:
            stage.panel(WhyPanel(title, await stage.desk.why(known), stage.face), over=True)

        stage.load(show, "panel")

    def act_go_person(self) -> None:
        """Who wrote this: a card, and the way to what else they say."""
        from tui.screens.sheet_panels import PersonPanel

        stage = self.stage
        message = stage.message
        if message is None or message.author_id is None:
            stage.say(_("Nobody is named here."))
            return
        author, name = message.author_id, message.author

        def chosen(what: str) -> None:
            stage.panel(None)
            if what == "threads":
                stage.go(Stop("inbox", Filter("all", person=author)))
            elif what == "join":
                stage.load(lambda: self._also(author, name), "bar")
            elif what == "part":
                stage.do(lambda: stage.desk.people_part(author))
            else:
                stage.go(Stop("search", text=f"by:{name.split()[0] if name.split() else name} "))

        async def show() -> None:
            person = await stage.desk.person(author)
            if person is None:
                stage.say(_("Nobody is named here."))
                return
            stage.panel(PersonPanel(person, stage.desk.local_time(person.zone), stage.face, chosen))

        stage.load(show, "panel")

    async def _also(self, author: ItemId, name: str) -> None:
        """Ask who else somebody is; those whose name is like theirs come first."""
        stage = self.stage
        here = await stage.desk.person(author)
        others = [each for each in await stage.desk.people() if here is None or each.id != here.id]
        if not others:
            stage.say(_("Nobody else is known here."))
            return
        wanted = set(name.casefold().split())
        others.sort(key=lambda each: -len(wanted & set(each.name.casefold().split())))
        names = [f"{one_line(each.name, 40)} ({', '.join(each.accounts)})" for each in others]

        def chosen(number: int) -> None:
            stage.do(lambda: stage.desk.people_join(author, others[number].id))

        title = _("{name} IS ALSO").format(name=one_line(name, 30))
        stage.ask(by_name(title, names, chosen, none=_("Nobody of that name."), hint=_("or type a name")))
