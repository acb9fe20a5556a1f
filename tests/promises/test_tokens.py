"""A token stands in no log, crash report, export, doctor output, URL or exception, wherever it comes from and whatever
a service says: also one that says the token back.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from tests.connectors.loopback import Rude, answer
from tests.promises.terminal import ROOT, environment

TOKEN = "Zx81-recognisable-of-sam"
"""Of no form that could be masked by how it looks."""
USER = "sam"
KINDS = ("gitlab", "matrix", "caldav")
FORMS = (TOKEN, base64.b64encode(f"{USER}:{TOKEN}".encode()).decode(), base64.b64encode(TOKEN.encode()).decode())
JSON = {"content_type": "application/json"}

FULL = bool(os.environ.get("LEEWARD_FULL"))
"""All answers of all kinds on all roads; else all on one, and the plainest of one kind on the others."""

Says = Callable[[str], bytes]
"""An answer of a service that quotes what it was sent."""

ANSWERS: dict[str, Says] = {
    "401": lambda said: answer(401, json.dumps({"message": f"bad token {said}"}).encode(), **JSON),
    "400": lambda said: answer(400, json.dumps({"errcode": "M_BAD", "error": said}).encode(), **JSON),
    "500": lambda said: answer(500, json.dumps({"message": [said]}).encode(), **JSON),
    "elsewhere": lambda said: answer(302, location=f"https://elsewhere.example/?private_token={said}"),
    "named": lambda said: answer(302, location=f"https://elsewhere.example/{said}/sign-in"),
    "page": lambda said: answer(200, f"<!doctype html><html>{said}".encode(), content_type="text/html"),
    "noise": lambda said: answer(200, f'{{"user_id": ["{said}"], "name": "'.encode(), **JSON),
    "header": lambda said: answer(200, b"{}", x_said=said, link=f'</x?token={said}>; rel="next"', **JSON),
}

RUN = """
import json, sys
from tui import cli
from tui.commands import health

COMMANDS, crash = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class World(cli.World):
    pass

def run(args):
    try:
        return cli.main(args)
    except SystemExit as gone:
        return gone.code

codes = [run(args) for args in COMMANDS]

def broken():
    from connectors.keys import Keys, Origins
    from leeward.errors import Trouble
    token = Keys({"gitlab-401": Origins(*crash[1])}).get("gitlab-401").reveal()
    if crash[2]:
        raise Trouble(f"It was {token}.")
    raise ValueError(f"lunch {token}")

health._zones = broken
for crash[2] in (False, True):
    codes.append(run(crash[0]))
sys.stderr.write(json.dumps(codes))
"""


def quoting(says: Says) -> Callable[[socket.socket, bytes, Event], None]:
    def talk(connection: socket.socket, head: bytes, _over: Event) -> None:
        lines = head.decode("latin-1").split("\r\n")
        sent = next((line.partition(":")[2].split() for line in lines if line.lower().startswith("authorization")), [])
        connection.sendall(says(sent[-1] if sent else "nothing"))

    return talk


def settings(road: str, urls: dict[tuple[str, str], str], file: Path) -> str:
    where = {
        "env": 'token_env = "RECOGNISABLE"',
        "named env": "",
        "command": f'token_command = ["cat", "{file}"]',
        "keyring": "",
    }[road]
    return "\n".join(
        f'[[account]]\nname = "{kind}-{how}"\nkind = "{kind}"\nurl = "{url}"\nuser = "{USER}"\n{where}\n'
        for (kind, how), url in urls.items()
    )


def ways(road: str, urls: dict[tuple[str, str], str], outside: Path) -> tuple[dict[str, str], list[str]]:
    """The environment of a road, and how `account add` is told of it."""
    (outside / "token").write_text(TOKEN + "\n")
    if road == "env":
        return {"RECOGNISABLE": TOKEN}, ["--token-env", "RECOGNISABLE"]
    if road == "command":
        return {}, ["--token-command", f"cat {outside / 'token'}"]
    if road == "named env":
        names = {f"LEEWARD_TOKEN_{kind}_{how}".upper(): TOKEN for kind, how in urls}
        return names | {f"LEEWARD_TOKEN_NEW_{kind}".upper(): TOKEN for kind in KINDS}, []
    kept = {f"leeward {kind}-{how}": TOKEN for kind, how in urls} | {f"leeward new-{kind}": TOKEN for kind in KINDS}
    (outside / "purse.json").write_text(json.dumps(kept))
    return {
        "PURSE_FILE": str(outside / "purse.json"),
        "PYTHON_KEYRING_BACKEND": "tests.promises.purse.Purse",
    }, ["--token-stdin"]


@pytest.mark.parametrize("road", ["env", "named env", "command", "keyring"])
def test_a_token_stands_nowhere(road: str, tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    data.mkdir()
    outside.mkdir()
    chosen = [how for how in ANSWERS if FULL or road == "env" or how in {"401", "elsewhere"}]
    kinds = KINDS if FULL or road == "env" else KINDS[:1]
    with ExitStack() as stack:
        rude = {
            (kind, how): stack.enter_context(Rude(quoting(ANSWERS[how])).running())
            for kind in kinds for how in chosen
        }  # fmt: skip
        urls = {key: each.base for key, each in rude.items()}
        (data / "config.toml").write_text(settings(road, urls, outside / "token"))
        more, told = ways(road, urls, outside)
        at = ["--data", str(data)]
        adds = [
            ["account", "add", kind, "--name", f"new-{kind}", "--url", urls[kind, how], "--user", USER, *told, *at]
            for kind in kinds for how in (chosen[0], chosen[-1])
        ]  # fmt: skip
        rest = [
            ["account", "check"],
            ["account", "list"],
            ["sync"],
            ["sync", "--json"],
            ["inbox", "--json"],
            ["export"],
        ]
        commands = [*adds, *([*each, *at] for each in rest), ["doctor", *at], ["doctor", "--json", *at]]
        origins = {"env": ["RECOGNISABLE"], "command": [None, ["cat", str(outside / "token")]]}.get(road, [])
        ran = subprocess.run(
            [sys.executable, "-c", RUN, json.dumps(commands), json.dumps([["doctor", *at], origins, False])],
            input=(TOKEN + "\n") * len(adds), capture_output=True, text=True, check=False,
            cwd=ROOT, env=environment(**more), timeout=120,
        )  # fmt: skip
        heads = [head.decode("latin-1") for each in rude.values() for head in each.heads]
    codes = json.loads(ran.stderr.splitlines()[-1])
    assert codes[-2:] == [70, 1], ran.stderr
    assert sum(form in head for head in heads for form in FORMS) >= len(rude), "it was really used"
    for head in heads:
        assert not any(form in head.split("\r\n")[0] for form in FORMS), "no URL holds it"
        holding = [line for line in head.split("\r\n") if any(form in line for form in FORMS)]
        assert all(line.lower().startswith("authorization:") for line in holding)
    written = {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert any("crashes" in name for name in written)
    written |= {"stdout": ran.stdout.encode(), "stderr": ran.stderr.encode()}
    found = [
        (name, text[max(0, text.find(form.encode()) - 120) : text.find(form.encode()) + 40])
        for name, text in written.items() for form in FORMS if form.encode() in text
    ]  # fmt: skip
    assert found == []
