"""The questions of the connect panel: which are asked, which page belongs to each, and what one waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from leeward.config import Account
from leeward.errors import Trouble
from leeward.oauth import APPS_OWN, OAuth, Scope
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting
from tests.tui.driving import Screen, drive
from tui.asks import KindInfo, Receipt, Tried
from tui.connecting import account_of, kind_info, renewal
from tui.field import Field
from tui.screens.connect_panel import ConnectPanel, KindsPanel
from tui.wiring import Show

TOKEN = SecretSpec("token", "Token", "paste it", page="{url}/tokens")
KIND = Manifest(
    "board",
    "Board",
    frozenset({Can.TASKS}),
    "their.module:Board",
    (Setting("url", "Address", "", default="https://board.example"), Setting("tenant", "Tenant", "", required=False)),
    (
        TOKEN,
        SecretSpec(APPS_OWN, "App secret", "from the app's page"),
        SecretSpec("push", "Push token", "", required=False),
    ),
    (Origin("{url}"), Origin("https://in.board.example", None)),
    oauth=OAuth(
        "https://in.board.example/token",
        authorize="https://in.board.example/page",
        scopes=(Scope("read", "to read"),),
        app_page="https://in.board.example/apps",
        app_help="Make it for desktops.",
        app="confidential",
    ),
)


class Panel(ConnectPanel):
    """Keeps what it asked for."""

    def __init__(self, kind: KindInfo) -> None:
        self.tries: list[dict[str, str]] = []
        self.saved: list[str] = []
        self.opened: list[str] = []
        super().__init__(kind, self.tries.append, self.saved.append, self.opened.append)

    def answer(self, *texts: str) -> None:
        for text in texts:
            self.edited(Field.of(text))
            self.accept()

    def dump(self) -> str:
        return "\n".join("".join(text for text, _ink in line) for line in self.fixed(100))


def names(kind: KindInfo) -> Sequence[str]:
    return [one.name for one in kind.questions]


def test_who_names_an_app_is_asked_for_its_secret_and_no_token() -> None:
    panel = Panel(kind_info(KIND))
    assert names(panel.kind) == ["name", "url", "tenant", "client_id", "token", APPS_OWN, "push"]
    panel.answer("work", "https://b.example", "acme", "app-7", "s3cret-of-the-app", "")
    assert panel.tries == [
        {
            "name": "work",
            "url": "https://b.example",
            "tenant": "acme",
            "client_id": "app-7",
            APPS_OWN: "s3cret-of-the-app",
            "push": "",
        }
    ]
    assert "s3cret" not in panel.dump()
    account = account_of(KIND, panel.tries[0])
    assert (account.client_id, dict(account.options)) == ("app-7", {"tenant": "acme"})


def test_who_names_none_is_asked_for_a_token() -> None:
    panel = Panel(kind_info(KIND))
    panel.answer("work", "https://b.example", "", "", "abc", "")
    assert panel.tries[0]["token"] == "abc"
    assert APPS_OWN not in panel.tries[0]


def test_every_question_opens_its_own_page() -> None:
    panel = Panel(kind_info(KIND))
    panel.answer("work", "https://b.example/", "")
    assert "Redirect address: http://127.0.0.1/" in panel.dump()
    panel.page()
    panel.answer("")
    panel.page()
    assert panel.opened == ["https://in.board.example/apps", "https://b.example/tokens"]


@pytest.mark.parametrize("code", [None, "WDJB-MJHT"])
def test_what_a_person_does_meanwhile_is_shown_whole(code: str | None) -> None:
    panel = Panel(kind_info(KIND))
    panel.answer("work", "https://b.example", "", "app", "secret", "")
    page = "https://in.board.example/page?" + "x" * 300
    panel.show(page, code)
    drawn = panel.dump()
    assert page in drawn.replace("\n   ", "")
    assert (code or "agree there") in drawn
    panel.page()
    assert panel.opened == [page]
    panel.told(Tried(ok=True, say="you are Sam"))
    assert "waiting for you" not in panel.dump()
    panel.act_open()
    assert panel.saved == ["now"]


def test_a_failed_try_goes_back_to_the_last_question_that_is_asked() -> None:
    panel = Panel(kind_info(KIND))
    panel.answer("work", "https://b.example", "", "app", "secret", "")
    panel.told(Tried(ok=False, say="It was declined."))
    assert panel.kind.questions[panel.step].name == "push"
    panel.act_previous_part()
    assert panel.kind.questions[panel.step].name == APPS_OWN
    panel.act_previous_part()
    assert panel.kind.questions[panel.step].name == "client_id"


def test_signing_in_anew_asks_for_secrets_alone_and_brings_nothing_in() -> None:
    panel = Panel(renewal(KIND, Account("work", "board", "https://b.example", client_id="app-7")))
    assert names(panel.kind) == ["client_id", "token", APPS_OWN, "push"]
    assert panel.answers["client_id"] == "app-7"
    panel.accept()
    panel.answer("secret", "")
    panel.told(Tried(ok=True, say="you are Sam"))
    assert "Bring in" not in panel.dump()
    panel.act_open()
    assert panel.saved == ["now"]


def test_a_known_app_of_everybody_needs_no_id() -> None:
    from msgspec.structs import replace

    assert KIND.oauth is not None
    panel = Panel(kind_info(replace(KIND, oauth=replace(KIND.oauth, client="everybody", app="public"))))
    assert names(panel.kind) == ["name", "url", "tenant", "token", "push"]
    assert "Empty: sign in at the service's page." in panel.kind.questions[3].help


def test_leaving_the_panel_ends_the_waiting() -> None:
    async def leave(screen: Screen) -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def wait(kind: KindInfo, answers: Mapping[str, str], show: Show) -> Tried:
            del kind, answers
            show("https://in.board.example/page", None)
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

        screen.desk.connect_try = wait  # type: ignore[method-assign] # this desk alone
        await screen.press("g", "a", "enter", "enter", *"good")
        await screen.send("enter")
        await begun.wait()
        panel = screen.stage.panel_model
        assert isinstance(panel, ConnectPanel)
        assert panel.shown is not None
        await screen.send("escape")
        await ended.wait()
        await screen.settle()
        assert panel.tried is None
        assert isinstance(screen.stage.panel_model, KindsPanel)

    drive(leave)


def test_what_cannot_be_kept_leaves_the_answers_standing() -> None:
    async def story(screen: Screen) -> None:
        async def refuse(kind: KindInfo, first: str) -> Receipt:
            del kind, first
            raise Trouble("There is no keyring on this machine.", "Use token_env.")

        screen.desk.connect_save = refuse  # type: ignore[method-assign] # this desk alone
        await screen.press("g", "a", "1", "enter", *"good", "enter", "enter")
        panel = screen.stage.panel_model
        assert isinstance(panel, ConnectPanel)
        assert panel.answers["token"] == "good"
        assert "Use token_env." in screen.dump()

    drive(story)


def test_help_and_answers_are_told_to_their_ends_on_a_small_screen() -> None:
    async def story(screen: Screen) -> None:
        await screen.press("g", "a", "1")
        assert "CONNECT GitLab" in screen.dump()
        panel = screen.stage.panel_model
        assert isinstance(panel, ConnectPanel)
        panel.told(Tried(ok=False, say="There is no keyring on this machine. Unlock one, or use token_env."))
        await screen.settle()
        assert "or use token_env." in " ".join(screen.dump().split())

    drive(story, size=(40, 16))
