"""Opening the workspace, and the demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leeward.words import _

if TYPE_CHECKING:
    import argparse

    from leeward.model import Instant
    from leeward.store.db import Db
    from tui.wiring import Home

LEFT_TO_CONNECT = -1
"""The sample team was left in order to connect an account."""


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """The demo takes nothing."""
    parser.set_defaults(run=demo)


def open_workspace(home: Home, begin: str = "") -> int:
    """Open the screen, perhaps with a verb; without a terminal, or where lines or JSON are asked for, print the inbox."""
    if home.plain or home.json or not sys.stdout.isatty() or not sys.stdin.isatty():
        from tui.commands.reading import show_inbox

        return show_inbox(home)
    from tui.screen_run import run_screen

    chosen = run_screen(home, begin)
    if chosen == "demo":
        return demo(home, home.args)
    if chosen == "connect":
        return LEFT_TO_CONNECT
    if chosen == "import":
        from tui.commands import answers

        answers.say(_("To bring in a chat: leeward import slack-export PATH, or irc PATH, or mbox PATH."))
    return 0


def demo(home: Home, _args: argparse.Namespace) -> int:
    """The workspace over a sample team in a throw-away folder; no account, no network."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="leeward-demo-") as folder:
        if home.guard is not None:
            home.guard.at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
        here = demo_home(home, Path(folder))
        code = open_workspace(here)
    return open_workspace(home, "connect") if code == LEFT_TO_CONNECT else code


def demo_home(home: Home, folder: Path) -> Home:
    """The same run over a folder of its own that holds the sample team."""
    from msgspec.structs import replace

    from tui.commands import answers
    from tui.wiring import Home

    folders = replace(home.folders, config=folder / "config.toml", data=folder, state=folder / "state")
    here = Home(folders, home.outside, home.clock, home.json, home.plain, home.safe, home.args, home.guard)
    answers.writing(here, fill, here.clock.now())
    here.sample = True
    return here


def fill(db: Db, now: Instant) -> None:
    """Put the sample team into a store."""
    from leeward.model import Instant, ItemType
    from leeward.store import accounts, own
    from leeward.store.ingest import ingest
    from leeward.store.things import local_id
    from leeward.work import triage
    from leeward.work.steps import import_steps
    from tui.demo.load import accounts as team_accounts
    from tui.demo.load import batches, sleeping

    uids = {}
    own.ensure_local(db, now)
    for one in team_accounts():
        uids[one.name] = accounts.ensure(db, one.name, one.kind, one.url, now=now, since=Instant(0))
    for name, batch in batches(now):
        ingest(db, uids[name], [batch], import_steps(), now)
    for name, (kind, remote), until in sleeping(now):
        id = local_id(db, uids[name], kind, remote)
        if kind is ItemType.MESSAGE:
            row = db.execute("SELECT thread FROM message WHERE id = ?", (id,)).fetchone()
            id = row[0]
        triage.later(db, now, [id], until)
    db.execute("DELETE FROM act")
