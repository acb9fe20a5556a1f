"""Verbs about accounts and the program: connecting, a first start, what the outbox asks, theme, mouse, widths."""

from __future__ import annotations

from leeward.rows import AccountRow, OutboxRow
from leeward.words import _
from tui.asks import Filter, KindInfo, Receipt
from tui.bars import Bar, Option
from tui.screens.frame import SIDE
from tui.screens.workspace import Workspace
from tui.stage import Stop
from tui.status import trouble_of
from tui.view import state_word


class Settling:
    """What `g a` and the palette's last verbs do."""

    def __init__(self, stage: Workspace, *, mouse: bool = True) -> None:
        self.stage = stage
        self._mouse = mouse

    # ---- accounts ----

    def act_go_account(self) -> None:
        """The accounts, and what can be connected."""
        self.act_connect()

    def act_connect(self) -> None:
        """Connect an account; from the sample team that is a way out of it."""
        from tui.screens.connect_panel import KindsPanel

        stage = self.stage
        if stage.told.sample:
            question = _("This is a sample team; it is thrown away when you leave.")
            stage.confirm(question, _("leave it and connect an account"), lambda: stage.app.exit("connect"))
            return
        stage.panel(KindsPanel(stage.desk.kinds(), self._ask_kind, stage.told.accounts, self.account), over=True)

    def account(self, row: AccountRow) -> None:
        """What is wrong with an account, what to do, and its ways out."""
        stage = self.stage

        def chosen(what: str) -> None:
            if what == "again":
                stage.desk.sync_now(row.account)
                stage.say(_("Looking at {account}.").format(account=row.account))
            elif what == "threads":
                stage.panel(None)
                stage.go(Stop("inbox", Filter(account=row.account)))
            else:
                kind = stage.desk.renewal(row.account)
                if kind is not None:
                    self._ask_kind(kind)
                else:
                    stage.say(_("Its token comes from token_env or token_command; renew it there."))

        options = [Option("1", _("try again"), "again"), Option("2", _("its threads"), "threads")]
        if row.sign_in:
            options.append(Option("3", _("sign in"), "sign in"))
        said = trouble_of(row.account, row.trouble or _("it works"), row.do if row.trouble else None)
        stage.ask(Bar(said, options, chosen))

    def _ask_kind(self, kind: KindInfo) -> None:
        from tui.screens.connect_panel import ConnectPanel

        stage = self.stage

        def attempt(answers: dict[str, str]) -> None:
            async def try_it() -> None:
                import asyncio

                trying = asyncio.ensure_future(stage.desk.connect_try(kind, answers, panel.show))
                panel.stop = trying.cancel
                await asyncio.wait({trying})
                if not trying.cancelled():
                    panel.told(trying.result())

            stage.load(try_it, "connect")

        def save(first: str) -> None:
            async def keep() -> Receipt:
                before = set(stage.desk.settings_problems())
                receipt = await stage.desk.connect_save(kind, first)
                stage.mended(before - set(stage.desk.settings_problems()))
                stage.panel(None)  # not before: where it cannot be kept, what was typed still stands
                return receipt

            stage.do(keep)

        panel = ConnectPanel(kind, attempt, save, stage.app_opens)
        stage.panel(panel, over=True)

    def act_first_start(self) -> None:
        """The three choices of somebody who has no account."""
        from tui.screens.first_panel import FirstPanel

        stage = self.stage

        def chosen(what: str) -> None:
            if what == "connect":
                self.act_connect()
            else:
                stage.app.exit(what)

        stage.panel(FirstPanel([kind.title for kind in stage.desk.kinds(theirs=False) if kind.ready], chosen))

    def act_sync_now(self) -> None:
        """Look at every account."""
        self.stage.desk.sync_now()
        self.stage.say(_("Looking at every account."))

    # ---- the outbox asks ----

    def answer(self, row: OutboxRow) -> None:
        """What to do with a row that asks or was not taken."""
        stage = self.stage
        if row.state == "sent":
            back = [Option("1", _("take it back"), "drop")]
            stage.ask(Bar(row.why, back, lambda what: stage.do(lambda: stage.desk.answer_outbox(row.row, what))))
            return
        if row.state not in {"asks", "failed", "unsure"}:
            told = row.why if row.why != state_word(row.state) else ""
            stage.say(told or _("It is on its way; u takes it back while it waits."))
            return

        async def ask() -> None:
            from tui.screens.sheet_panels import CHOICES, ClashPanel

            clash = await stage.desk.clash(row.row)

            def chosen(choice: str) -> None:
                if stage.panel_model is not None:
                    stage.panel(None)
                stage.do(lambda: stage.desk.answer_outbox(row.row, choice))

            if clash is not None and clash.theirs:
                stage.panel(ClashPanel(row, clash, chosen))
                return
            offered = clash.choices if clash is not None and clash.choices else ("send", "drop")
            options = [Option(key, title, name) for name, key, title in CHOICES if name in offered]
            stage.ask(Bar(row.why or row.title, options, chosen))

        stage.load(ask, "bar")

    # ---- the screen ----

    def act_theme(self) -> None:
        """Another theme."""
        stage = self.stage
        names = stage.themes()

        def chosen(name: str) -> None:
            stage.retheme(name)
            stage.load(lambda: stage.desk.remember("theme", name), "habit")

        def typed(text: str) -> str | None:
            fits = [name for name in names if name.startswith(text.strip())]
            if not fits:
                return _("No such theme.")
            chosen(fits[0])
            return None

        options = [Option(str(number), name, name) for number, name in enumerate(names[:5], 1)]
        stage.ask(
            Bar(_("THEME"), options, chosen, typed, lambda text: ", ".join(n for n in names if n.startswith(text)))
        )

    def act_mouse(self) -> None:
        """Mouse on or off, so that the terminal can select text."""
        driver = self.stage.app._driver  # noqa: SLF001 -- Textual has no public way to switch it while it runs
        if driver is None:
            return
        self._mouse = not self._mouse
        switch = "_enable_mouse_support" if self._mouse else "_disable_mouse_support"
        getattr(driver, switch, lambda: None)()
        self.stage.say(_("The mouse works again.") if self._mouse else _("The mouse is the terminal's now."))

    def act_wider(self) -> None:
        """The list wider."""
        self._widen(4)

    def act_narrower(self) -> None:
        """The list narrower."""
        self._widen(-4)

    def _widen(self, by: int) -> None:
        stage = self.stage
        stage.widen_to(SIDE + 1 + stage.list_width + by)
