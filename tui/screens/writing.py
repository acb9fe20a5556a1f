"""Verbs that write: replies, messages, notes; drafts and the send bar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from leeward.errors import Trouble
from leeward.model import LOCAL, ItemId, ItemType
from leeward.rows import InboxRow, MessageRow, NoteRow, TaskRow
from leeward.text import one_line
from leeward.words import _, n_
from tui import view
from tui.asks import Preset, Receipt
from tui.bars import Bar, Option
from tui.keeping import Keeper
from tui.screens.pieces import Piece
from tui.screens.workspace import Workspace
from tui.view import Line, fitted, spread

if TYPE_CHECKING:
    from tui.desk_week import Receivers
    from tui.widgets.composer import Composer


TITLE = 40
"""Columns that the title of an answer keeps, whatever stands at its right."""


class Writing:
    """The composer and what fills it."""

    def __init__(self, stage: Workspace) -> None:
        self.stage = stage
        self.keeper = Keeper(stage)
        self.piece: Piece | None = None
        self.sending = False
        self._composer: Composer | None = None

    @property
    def live(self) -> bool:
        """Whether one writes."""
        return self.piece is not None

    # ---- what to write ----

    def act_reply(self) -> None:
        """An answer in the thread."""
        stage = self.stage
        doc, message = stage.doc, stage.message
        if doc.thread is None:
            stage.say(_("There is no thread to answer in here."))
            return
        if doc.head is not None and doc.head.row.account == LOCAL:
            stage.say(_("This thread is an imported one; nobody would read an answer."))
            return
        thread = doc.thread
        last = doc.feed.rows[-1].id if doc.feed is not None and doc.feed.rows else None

        async def send(text: str, at: Preset | None) -> Receipt:
            receipt = await stage.desk.reply(thread, text, at)
            if last is not None:
                await stage.desk.read(thread, last)
            return receipt

        def made(them: Receivers) -> Piece:
            beside = len(them.say) + TITLE <= stage.app.size.width
            about = self._about(_("REPLY"), message, them.say if beside else "")
            below: Line = () if beside else ((f" {them.say}", "dim"),)
            return Piece(f"reply:{thread}", about, send, hint=(*below, *self._questions()), morning=them.morning)

        stage.load(lambda: self._begin_to(thread, made), "composer")

    def act_new(self) -> None:
        """A new message in a place; a task among the tasks, a note among the notes."""
        stage = self.stage
        if stage.stop.view == "notes":
            self._note(_("NOTE"), None)
            return
        if stage.stop.view == "tasks":

            def make(text: str) -> str | None:
                if not text.strip():
                    return _("A task needs a title.")
                stage.do(lambda: stage.desk.task_new(text.strip()))
                return None

            self.keeper.ask("task:new", Bar(_("NEW TASK"), typed=make, hint=_("what is to be done")))
            return

        self._new_line()

    def _new_line(self) -> None:
        """Something new in a place where lines are written."""
        stage = self.stage

        async def ask() -> None:
            every = await stage.desk.places()
            places = [place for place in every if place.writable and place.flat and place.account != LOCAL]
            if not places:
                stage.say(_("No account has a chat to write in: g a connects one. In Tasks and Notes c writes here."))
                return

            def chosen(id: ItemId) -> None:
                place = next(each for each in places if each.id == id)
                title = f"{_('NEW in')} {one_line(place.title, 60)} · {view.audience_words(place.audience)}"

                def made(them: Receivers) -> Piece:
                    about: list[Line] = [((f" {title}", "strong"),), ((f" {them.say}" if them.say else "", "dim"),)]
                    return Piece(
                        f"post:{id}", about, lambda text, at: stage.desk.post(id, text, at), morning=them.morning
                    )

                stage.load(lambda: self._begin_to(id, made), "composer")

            def typed(text: str) -> str | None:
                fits = [place for place in places if text.casefold() in place.title.casefold()]
                if len(fits) == 1:
                    chosen(fits[0].id)
                    return None
                return ", ".join(place.title for place in fits[:6]) or _("No place of that name.")

            options = [Option(str(n), one_line(place.title, 24), place.id) for n, place in enumerate(places[:9], 1)]
            stage.ask(Bar(_("WRITE in"), options, chosen, typed, hint=_("or type its name")))

        stage.load(ask, "bar")

    def act_note(self) -> None:
        """A note about this."""
        self._note(_("NOTE"), self._near())

    def act_minutes(self) -> None:
        """Minutes."""
        self._note(_("MINUTES"), self._near(), f"# {_('Minutes')} {self._topic()}\n\n")

    def act_decision(self) -> None:
        """A decision."""
        self._note(_("DECISION"), self._near(), f"# {_('Decision')}: {self._topic()}\n\n")

    def _near(self) -> ItemId | None:
        message = self.stage.message
        return message.id if message is not None else self.stage.doc.subject

    def _topic(self) -> str:
        row = self.stage.doc.row
        return one_line(getattr(row, "title", ""), 80)

    def _note(self, title: str, near: ItemId | None, start: str = "") -> None:
        stage = self.stage

        def save(text: str, _at: Preset | None) -> Awaitable[Receipt]:
            head, _blank, rest = text.strip().partition("\n")
            return stage.desk.note_save(None, head.lstrip("# ").strip() or _("Note"), rest.strip(), near)

        about: list[Line] = [
            ((f" {title}", "strong"), (f"  {self._topic()}", "dim")),
            ((_(" the first line is its title"), "dim"),),
        ]
        piece = Piece(f"note:{near or 'new'}:{title}", about, save, later=False)
        stage.load(lambda: self._begin(piece, start), "composer")

    def act_edit(self) -> None:
        """A note's text or a task's title, status, due and text."""
        stage = self.stage
        row = stage.doc.row if stage.part == "reader" else stage.row
        if isinstance(row, InboxRow) and row.type is ItemType.TASK:

            async def show() -> None:
                task = await stage.task_meant()
                if task is not None:
                    self.edit_task(task)

            stage.load(show, "bar")
        elif isinstance(row, NoteRow):

            def save(text: str, _at: Preset | None) -> Awaitable[Receipt]:
                head, _blank, rest = text.strip().partition("\n")
                return stage.desk.note_save(row.id, head.lstrip("# ").strip() or row.title, rest.strip())

            piece = Piece(f"note:{row.id}", [((f" {_('NOTE')} {row.title}", "strong"),), ()], save, later=False)
            stage.load(lambda: self._begin(piece, f"{row.title}\n\n{row.text}"), "composer")
        elif isinstance(row, TaskRow):
            self.edit_task(row)
        elif stage.stop.view == "quiet":
            stage.act("quiet_edit")
        else:
            stage.say(_("Only tasks and notes are edited here; lines of others stay as they are."))

    def edit_task(self, row: TaskRow) -> None:
        """What of a task to change."""
        stage = self.stage

        def change(field: str) -> None:
            if field == "text":

                def save(text: str, _at: Preset | None) -> Awaitable[Receipt]:
                    return stage.desk.set_task(row.id, {"text": text})

                piece = Piece(f"task:{row.id}", [((f" {_('TASK')} {row.title}", "strong"),), ()], save, later=False)
                stage.load(lambda: self._begin(piece, row.text), "composer")
            elif field == "title":
                from tui.field import Field

                def retitle(text: str) -> str | None:
                    if not text.strip():
                        return _("A task needs a title.")
                    stage.do(lambda: stage.desk.set_task(row.id, {"title": text.strip()}))
                    return None

                self.keeper.ask(f"title:{row.id}", Bar(_("TITLE"), typed=retitle, field=Field.of(row.title)))
            elif field == "due":
                stage.ask(Bar(_("DUE"), typed=self._due(row), hint=_("Fri, 24 Nov, tomorrow 9:00, none")))
            else:
                from leeward.model import Status

                stage.do(lambda: stage.desk.set_task(row.id, {"status": Status(field)}))

        options = (
            Option("1", _("title"), "title"),
            Option("2", _("text"), "text"),
            Option("3", _("due"), "due"),
            Option("4", _("to do"), "open"),
            Option("5", _("doing"), "doing"),
            Option("6", _("done"), "done"),
        )
        stage.ask(Bar(_("EDIT"), options, change))

    def _due(self, row: TaskRow) -> Callable[[str], str | None]:
        stage = self.stage

        def typed(text: str) -> str | None:
            if text.strip().casefold() in {"none", _("none")}:
                stage.do(lambda: stage.desk.set_task(row.id, {"due": None}))
                return None
            due, said = stage.desk.due_words(text)
            if due is None:
                return said
            stage.do(lambda: stage.desk.set_task(row.id, {"due": due}))
            return None

        return typed

    # ---- the composer ----

    def _about(self, title: str, message: MessageRow | None, clocks: str = "") -> list[Line]:
        stage = self.stage
        head = stage.doc.head
        space = stage.app.size.width
        where = f"{head.row.place} · {view.audience_words(head.audience)}" if head is not None else ""
        whom = f"{_('to')} {one_line(message.author, 40)} " if message is not None and not message.mine else ""
        start: Line = (
            (f" {title} ", "strong"),
            (whom, "bold"),
            (f"{_('in')} {one_line(where, 80)}", "dim"),
        )
        end: Line = ((clocks, "dim"), (" ", "text")) if clocks else ()
        quote: Line = ((f" > {one_line(message.text, 200)}", "dim"),) if message is not None else ()
        return [spread(start, end, space), fitted(quote, space)]

    def _questions(self) -> Line:
        head = self.stage.doc.head
        asked = head.questions if head is not None else ()
        if not asked:
            return ()
        said = n_("open question in this thread: {q}", "{n} open questions in this thread: {q}", len(asked))
        return ((" " + said.format(n=len(asked), q="; ".join(one_line(each, 60) for each in asked[:2])), "dim"),)

    async def _begin_to(self, readers: ItemId, made: Callable[[Receivers], Piece]) -> None:
        """Begin with what is known of the readers' clocks; what their service tells is shown as soon as it does."""
        desk = self.stage.desk
        piece = made(await desk.receivers(readers))
        await self._begin(piece)
        told = await desk.receivers_told(readers)
        if told is not None and self.piece is piece and self._composer is not None and not self.sending:
            self.piece = made(told)
            self._composer.head(self.piece.about)
            self._composer.say(self.piece.hint)

    async def _begin(self, piece: Piece, start: str = "", again: str = "") -> None:
        stage = self.stage
        draft = again or await stage.desk.draft_load(piece.key)
        if self._composer is None:
            from tui.widgets.composer import Composer

            self._composer = Composer(stage.pens, self._keep)
            await stage.mount(self._composer, before=stage.bar)
        self.piece = piece
        self._composer.display = True
        stage.add_class("writing")
        self._composer.begin(piece.about, draft or start)
        self._composer.say(piece.hint)
        stage.is_open()
        stage.call_after_refresh(stage.frame_drawn)

    def _keep(self, text: str) -> None:
        piece, stage = self.piece, self.stage
        if piece is not None:
            stage.load(lambda: stage.desk.draft_save(piece.key, text), "draft")

    def _close(self) -> None:
        stage = self.stage
        self.piece, self.sending = None, False
        if self._composer is not None:
            self._composer.display = False
        stage.set_focus(None)
        stage.remove_class("writing")
        stage.ask(None)
        stage.call_after_refresh(stage.frame_drawn)

    # ---- the send bar ----

    def act_send_bar(self) -> None:
        """What to do with it."""
        piece = self.piece
        if piece is None:
            return
        self.sending = True
        later = piece.morning.title if piece.morning is not None else _("later")
        options = [Option("Enter", _("now") if piece.later else _("save"))]
        if piece.later:
            options.append(Option("s", _("at {time}").format(time=later) if piece.morning else later))
        options += [Option("$", _("my editor")), Option("q", _("keep the draft")), Option("Esc", _("write on"))]
        self.stage.ask(Bar(_("Esc, then:"), options, keys="send"))

    def act_send(self) -> None:
        """Send, from the palette."""
        self.act_send_now()

    def act_send_now(self) -> None:
        """Now."""
        self._send(None)

    def act_send_later(self) -> None:
        """At the reader's morning, or at a time."""
        piece, stage = self.piece, self.stage
        if piece is None or not piece.later:
            return
        if piece.morning is not None:
            self._send(piece.morning)
            return
        self.sending = False

        def typed(text: str) -> str | None:
            words = stage.desk.words(text)
            if words.at is None:
                return words.say
            self._send(Preset(words.say, words.at))
            return None

        stage.ask(Bar(_("SEND at"), typed=typed, left=self.act_send_back, hint=_("tomorrow 9:00, in 2h")))

    def _send(self, at: Preset | None) -> None:
        piece, stage, composer = self.piece, self.stage, self._composer
        if piece is None or composer is None:
            return
        text = composer.text.strip()
        if not text:
            stage.say(_("There is nothing written yet."))
            self.act_send_back()
            return

        async def send() -> Receipt:
            try:
                receipt = await piece.send(text, at)
            except Trouble:
                if self.piece is None:
                    await self._begin(piece, again=text)  # a full disk took no draft either
                raise
            await stage.desk.draft_save(piece.key, "")
            return receipt

        composer.keep()
        self._close()
        stage.do(send)

    def act_send_keep(self) -> None:
        """Keep it and leave."""
        if self._composer is not None:
            self._composer.keep()
        self._close()
        self.stage.say(_("The draft is kept; the same key opens it again."))

    def act_send_back(self) -> None:
        """Write on."""
        self.sending = False
        self.stage.ask(None)
        if self._composer is not None:
            self._composer.area.focus()

    def act_send_editor(self) -> None:
        """The text in the user's own editor."""
        composer = self._composer
        if composer is None:
            return
        from tui.editor import edited

        with self.stage.app.suspend():
            text = edited(composer.text)
        composer.area.load_text(text)
        self.act_send_back()
