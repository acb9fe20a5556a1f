"""account add and sign-in at a service's own page: guided, scripted, checked and taken away again."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.connectors.signing import Here
from tests.fakes.gitlab import make
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving
from tests.tui.commands.desk import Ran
from tui.asks import Tried


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with _served(tmp_path) as found:
        yield found


def config(here: Here) -> str:
    return (here.folder / "config.toml").read_text()


@contextmanager
def _served(folder: Path) -> Iterator[Here]:
    authority = Authority()
    service: Any = make(None)
    with Serving(Guarded(service, authority)) as serving:
        yield Here(serving, authority, folder)


def _add(here: Here, *more: str) -> Ran:
    url = here.serving.base
    return here.run("account", "add", "gitlab", "--name", "work", "--url", url, "--client-id", "app-1", *more)


def test_the_page_is_opened_only_where_that_was_asked_for(here: Here) -> None:
    added = _add(here, "--browser", "--json")
    assert added.code == 0, added.err
    assert here.opened[0] in added.err
    assert "api  to read and write issues" in added.err
    assert json.loads(added.out)["account"] == "work"
    assert 'client_id = "app-1"' in config(here)
    assert "Zm9vYmFyYmF6" not in config(here) + added.err.replace(here.opened[0], "") + added.out
    assert list(here.shelf.kept) == [("leeward", "work/grant")]
    assert here.run("sync").code == 0


def test_a_code_needs_no_browser_here(here: Here) -> None:
    here.authority.interval = 1
    give, opened = here.authority._give_code, here.opened

    def typed_at_once(form: dict[str, str]) -> Any:
        answer = give(form)
        here.authority.type_code("WDJB-0")
        return answer

    with mock.patch.object(here.authority, "_give_code", typed_at_once):
        added = _add(here, "--device")
    assert added.code == 0, added.err
    assert "type the code WDJB-0 there" in added.err
    assert f"{here.serving.base}/device" in added.err
    assert opened == []


def test_somebody_far_away_is_given_a_code(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5000 192.0.2.2 22")
    here.authority.faults = [None]
    with mock.patch.object(here.authority, "_give_code", return_value=None) as given:
        _add(here)
    assert given.called
    assert here.opened == []


def test_check_names_the_scope_that_is_missing(here: Here) -> None:
    here.authority.scope = "read_user"
    added = _add(here, "--browser")
    assert "The token lacks: api." in added.err
    checked = here.run("account", "check", "work", "--json")
    assert checked.code == 0
    assert json.loads(checked.out)[0]["missing_scopes"] == ["api"]
    assert json.loads(checked.out)[0]["ok"] is False


def test_a_revoked_sign_in_is_told_and_made_anew(here: Here) -> None:
    assert _add(here, "--browser").code == 0
    here.authority.revoke()
    checked = here.run("account", "check", "work", "--json")
    assert checked.code == 1
    assert "account sign-in work" in json.loads(checked.out)[0]["do"]
    here.authority.ended = False
    again = here.run("account", "sign-in", "work", "--browser")
    assert again.code == 0, again.err
    assert here.run("account", "check", "work").code == 0
    assert config(here).count("[[account]]") == 1


def test_without_a_keyring_nobody_is_sent_to_a_page(here: Here) -> None:
    here.works = False
    added = _add(here, "--browser")
    assert added.code == 1
    assert "There is no keyring on this machine for work." in added.err
    assert here.opened == []


def test_a_browser_elsewhere_is_answered_by_pasting_where_it_ended(here: Here) -> None:
    """Over a real pipe in place of the terminal, while the program listens as well."""
    reading, writing = os.pipe()

    def elsewhere(page: str) -> None:
        os.write(writing, f"\n{here.authority.agree(page)}\n".encode())

    with open(reading) as typed, mock.patch.object(here, "browse", elsewhere):  # noqa: PTH123  a pipe has no path
        url = ("--url", here.serving.base, "--client-id", "app-1")
        added = here.run("account", "add", "gitlab", "--name", "work", *url, "--browser", typed=typed, terminal=True)
    os.close(writing)
    assert added.code == 0, added.err
    assert "paste the address here" in added.err
    assert list(here.shelf.kept) == [("leeward", "work/grant")]


def test_a_declined_sign_in_saves_nothing(here: Here) -> None:
    agree = here.authority.agree
    with mock.patch.object(here.authority, "agree", lambda page: agree(page, deny=True)):
        added = _add(here, "--browser")
    assert added.code == 1
    assert "declined" in added.err
    assert here.shelf.kept == {}
    assert not (here.folder / "config.toml").exists()


def test_removing_an_account_takes_its_sign_in_out_of_the_keyring(here: Here) -> None:
    assert _add(here, "--browser").code == 0
    removed = here.run("account", "remove", "work", "--json")
    assert (removed.code, removed.json) == (0, {"account": "work"})
    assert here.shelf.kept == {}


def test_without_a_token_or_an_app_both_ways_are_told(here: Here) -> None:
    refused = here.run("account", "add", "gitlab", "--url", here.serving.base)
    assert refused.code == 2
    assert "--token-stdin" in refused.err
    assert "--client-id" in refused.err


def test_a_person_is_led_through_it(here: Here) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"app-1\n")
    with open(reading) as typed:  # noqa: PTH123  a pipe has no path
        url = here.serving.base
        added = here.run(
            "account", "add", "gitlab", "--name", "work", "--url", url, "--browser", typed=typed, terminal=True
        )
    os.close(writing)
    assert added.code == 0, added.err
    assert "CONNECT GitLab: about 2 min, no administrator needed." in added.err
    assert f"{here.serving.base}/-/user_settings/applications" in added.err
    assert "redirect address  http://127.0.0.1/" in added.err
    assert 'client_id = "app-1"' in config(here)


def test_a_person_may_paste_a_token_in_place_of_it(here: Here) -> None:
    here.authority.alive.add("pasted-token")
    here.typed = ["pasted-token"]
    added = here.run(
        "account", "add", "gitlab", "--name", "work", "--url", here.serving.base, stdin="2\n", terminal=True
    )
    assert added.code == 0, added.err
    assert "1  sign in at GitLab's page" in added.err
    assert "personal_access_tokens?name=leeward&scopes=api" in added.err
    assert here.shelf.kept == {("leeward", "work"): "pasted-token"}
    assert "client_id" not in config(here)


def test_a_pasted_token_takes_the_place_of_a_sign_in(here: Here) -> None:
    assert _add(here, "--browser").code == 0
    here.authority.alive.add("pasted-token")
    again = here.run("account", "sign-in", "work", "--token-stdin", stdin="pasted-token\n")
    assert again.code == 0, again.err
    assert here.shelf.kept == {("leeward", "work"): "pasted-token"}
    assert here.run("account", "check", "work").code == 0


def test_the_screen_signs_in_the_same_way(here: Here) -> None:
    from leeward.clock import SystemClock
    from leeward.paths import find
    from tui.connecting import kind_info
    from tui.desk_store import StoreDesk
    from tui.running import start
    from tui.wiring import Home

    home = Home(find(None, str(here.folder)), here, SystemClock())
    answers = {"name": "work", "url": here.serving.base, "client_id": "app-1"}

    async def connect() -> tuple[Sequence[str], Tried]:
        running = start(home)
        try:
            desk = StoreDesk(home, running)
            kind = kind_info(here.manifest("gitlab"))
            tried = await desk.connect_try(kind, answers, here.browse)
            receipt = await desk.connect_save(kind, "now")
            anew = desk.renewal("work")
            assert anew is not None
            assert anew.account == "work"
            again = await desk.connect_try(anew, {"client_id": "app-1"}, here.browse)
            assert again.ok
            await desk.connect_save(anew, "now")
            return [receipt.say], tried
        finally:
            await running.close()

    said, tried = asyncio.run(connect())
    assert tried.ok, tried.say
    assert said == ["work is connected"]
    assert len(here.opened) == 2
    assert list(here.shelf.kept) == [("leeward", "work/grant")]
    assert config(here).count("[[account]]") == 1
