"""Desktop and phone: what is asked of them, and what their answers mean."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusErrorResponse, Message, MessageType, new_error, new_method_return
from jeepney.low_level import HeaderFields

from connectors.ring import dbus, macos, notify_send, push, ways
from connectors.ring.notify_send import NotifySendChannel
from leeward.errors import Refused, ServiceChanged, TryLater
from leeward.ports import Notice, Rung, Secret
from leeward.testing.clock import FakeClock
from leeward.wire import Request, Response
from leeward.work.channels import Found
from leeward.work.quiet_settings import Channels, Phone

RED = Notice("Maria", "#ops · today\n<b>bold</b> & co", "red", sound=True)
PLAIN = Notice("Jo\x1b]0;x\x07", "#design", None)


class Tokens:
    """No secret anywhere."""

    def get(self, account: str, name: str = "token") -> Secret | None:
        return None

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        raise NotImplementedError

    def drop(self, account: str, name: str = "token") -> None:
        raise NotImplementedError


class Desktop:
    """A notification service: it refuses to replace what it never named, and may break at any call."""

    def __init__(self, can: Sequence[str] = ("body",)) -> None:
        self.can = list(can)
        self.shown: dict[int, tuple[Any, ...]] = {}
        self.fails: dict[str, BaseException] = {}
        self.refuses = False
        self.inhibited: bool | None = None
        self.closed = 0

    def send_and_get_reply(self, message: Message, *, timeout: float | None = None) -> Message:
        message.serialise(serial=1)  # jeepney checks the signature against the arguments
        message.header.serial = 1
        method = message.header.fields[HeaderFields.member]
        if method in self.fails:
            raise self.fails[method]
        if method == "GetCapabilities":
            return new_method_return(message, "as", (self.can,))
        if method == "Get":
            assert message.body == ("org.freedesktop.Notifications", "Inhibited")
            if self.inhibited is None:
                return new_error(message, "org.freedesktop.DBus.Error.UnknownProperty", "s", ("no such property",))
            return new_method_return(message, "v", (("b", self.inhibited),))
        replaces = message.body[1]
        if self.refuses or (replaces and replaces not in self.shown):
            return new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "s", ("unknown id",))
        name = replaces or len(self.shown) + 40
        self.shown[name] = message.body
        assert message.header.message_type is MessageType.method_call
        return new_method_return(message, "u", (name,))

    def close(self) -> None:
        self.closed += 1


def desktop_channel(desktop: Desktop, refs: dict[str, str]) -> dbus.DesktopChannel:
    return dbus.DesktopChannel(refs.get, refs.__setitem__, lambda: desktop)


def test_a_popup_is_shown_and_replaced_by_the_id_the_desktop_gave() -> None:
    desktop = Desktop()
    refs: dict[str, str] = {}
    channel = desktop_channel(desktop, refs)
    assert channel.ring(RED, key="a") is Rung.SENT
    assert channel.ring(PLAIN, key="b") is Rung.SENT
    assert channel.ring(RED, key="a") is Rung.SENT
    assert refs == {"a": "40", "b": "41"}
    assert len(desktop.shown) == 2
    assert desktop.closed == 3


def test_urgency_sound_and_markup_follow_the_notice_and_the_desktop() -> None:
    plain = dbus.arguments(RED, frozenset({"body"}), 0)
    assert plain[4] == "#ops · today\n<b>bold</b> & co"
    assert plain[6] == {"urgency": ("y", 2)}
    marked = dbus.arguments(RED, frozenset({"body", "body-markup"}), 0)
    assert marked[4] == "#ops · today\n&lt;b&gt;bold&lt;/b&gt; &amp; co"
    bare = dbus.arguments(PLAIN, frozenset(), 0)
    assert bare[4] == ""
    assert "\x1b" not in bare[3]
    assert bare[6] == {"urgency": ("y", 1), "suppress-sound": ("b", True)}


@pytest.mark.parametrize(
    ("fails", "rung"),
    [
        ({"GetCapabilities": TimeoutError()}, Rung.FAILED),
        ({"GetCapabilities": OSError()}, Rung.FAILED),
        ({"Notify": TimeoutError()}, Rung.UNKNOWN),
        ({"Notify": EOFError()}, Rung.UNKNOWN),
    ],
)
def test_what_a_broken_desktop_means(fails: dict[str, BaseException], rung: Rung) -> None:
    desktop = Desktop()
    desktop.fails = fails
    assert desktop_channel(desktop, {}).ring(RED, key="a") is rung
    assert desktop.closed == 1


def test_a_desktop_that_says_no_shows_nothing() -> None:
    desktop = Desktop()
    desktop.refuses = True
    assert desktop_channel(desktop, {}).ring(RED, key="a") is Rung.FAILED
    assert desktop_channel(Desktop(), {"a": "7"}).ring(RED, key="a") is Rung.FAILED
    assert issubclass(DBusErrorResponse, Exception)


@pytest.mark.parametrize(
    ("inhibited", "passes", "urgency"), [(None, False, 2), (False, False, 2), (True, False, 1), (True, True, 2)]
)
def test_red_passes_the_desktop_s_do_not_disturb_only_where_it_is_allowed(
    inhibited: bool | None, passes: bool, urgency: int
) -> None:
    desktop = Desktop()
    desktop.inhibited = inhibited
    refs: dict[str, str] = {}
    channel = dbus.DesktopChannel(refs.get, refs.__setitem__, lambda: desktop, passes=passes)
    assert channel.ring(RED, key="a") is Rung.SENT
    assert channel.ring(PLAIN, key="b") is Rung.SENT
    assert [body[6]["urgency"][1] for body in desktop.shown.values()] == [urgency, 1]


def test_gnome_is_asked_for_its_own_switch() -> None:
    gnome = {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}

    def missing() -> str:
        raise FileNotFoundError

    assert dbus._banners_off(gnome, lambda: "false\n")
    assert not dbus._banners_off(gnome, lambda: "true\n")
    assert not dbus._banners_off(gnome, missing)
    assert not dbus._banners_off({"XDG_CURRENT_DESKTOP": "KDE"}, lambda: "false")


def test_no_bus_shows_nothing() -> None:
    def none() -> dbus.Connection:
        raise OSError

    assert dbus.DesktopChannel(lambda _key: None, lambda _key, _ref: None, none).ring(RED, key="a") is Rung.FAILED


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SSH_TTY": "/dev/pts/1", "DISPLAY": ":0", "DBUS_SESSION_BUS_ADDRESS": "x"}, "not over SSH"),
        ({"DBUS_SESSION_BUS_ADDRESS": "x"}, "no graphical session"),
        ({"DISPLAY": ":0"}, "no session bus"),
    ],
)
def test_where_the_desktop_is_not_ours(environ: dict[str, str], said: str) -> None:
    assert said in (dbus.refusal(environ) or "")
    assert dbus.refusal({"WAYLAND_DISPLAY": "w", "DBUS_SESSION_BUS_ADDRESS": "x"}) is None


FAKE = """#!/bin/sh
printf '%s\\0' "$@" >> "$0.asked"
echo "$(cat "$0.says")"
exit "$(cat "$0.status")"
"""


class Sender:
    """A notify-send of our own on the PATH: it writes down what it was given and prints an id."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify-send"
        self.path.write_text(FAKE)
        self.path.chmod(0o755)
        self.answers("40")

    def answers(self, printed: str, status: int = 0) -> None:
        Path(f"{self.path}.says").write_text(printed)
        Path(f"{self.path}.status").write_text(str(status))

    @property
    def asked(self) -> list[str]:
        """All arguments since the last look."""
        found = Path(f"{self.path}.asked")
        given = found.read_text().split("\0")[:-1] if found.exists() else []
        found.unlink(missing_ok=True)
        return given


def test_notify_send_replaces_what_it_named_and_reads_no_markup_and_no_escape(tmp_path: Path) -> None:
    sender, refs = Sender(tmp_path), dict[str, str]()
    channel = NotifySendChannel(str(sender.path), refs.get, refs.__setitem__)
    assert channel.ring(Notice("--help", "a\\033[1m <b>x</b>\nsecond", "red", sound=True), key="a") is Rung.SENT
    assert sender.asked == [
        "-p", "-a", "leeward", "-u", "normal", "--", "--help", "a\\\\033[1m &lt;b&gt;x&lt;/b&gt;\nsecond"
    ]  # fmt: skip
    assert refs == {"a": "40"}
    assert channel.ring(PLAIN, key="a") is Rung.SENT
    given = sender.asked
    assert given[given.index("-r") + 1] == "40"
    assert given[given.index("-h") + 1] == "boolean:suppress-sound:true"
    assert "-r" not in notify_send.command("x", RED, "40; rm")
    assert "critical" in notify_send.command("x", RED, None, passes=True)


@pytest.mark.parametrize(
    ("printed", "status", "rung"), [("", 0, Rung.SENT), ("no id", 0, Rung.SENT), ("", 1, Rung.FAILED)]
)
def test_what_notify_send_says_of_itself(tmp_path: Path, printed: str, status: int, rung: Rung) -> None:
    sender, refs = Sender(tmp_path), dict[str, str]()
    sender.answers(printed, status)
    assert NotifySendChannel(str(sender.path), refs.get, refs.__setitem__).ring(RED, key="a") is rung
    assert refs == {}
    missing = NotifySendChannel(str(tmp_path / "none"), refs.get, refs.__setitem__)
    assert missing.ring(RED, key="a") is Rung.FAILED

    def hangs(_command: Sequence[str]) -> tuple[int, str]:
        raise subprocess.TimeoutExpired("notify-send", 5)

    assert NotifySendChannel("x", refs.get, refs.__setitem__, hangs).ring(RED, key="a") is Rung.UNKNOWN


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has its own way")
def test_without_a_bus_notify_send_is_the_desktop_and_doctor_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    for name in ("SSH_CONNECTION", "SSH_TTY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(act: Any, *args: Any, **_named: Any) -> Any:
        return kept.__setitem__(*args) if len(args) == 2 else kept.get(*args)

    def found() -> Found:
        return ways(Channels(), Tokens(), write, FakeClock())["desktop"][0]

    assert found().channel is None
    assert "no notify-send" in found().say
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    sender = Sender(tmp_path)
    way = found()
    assert way.channel is not None
    assert "through notify-send" in way.say
    assert way.channel.ring(RED, key="a") is Rung.SENT
    assert kept == {"a": "40"}
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/gone")
    way = found()
    assert way.channel is not None
    assert "D-Bus" in way.say
    assert "notify-send" in way.say
    _before = sender.asked
    assert way.channel.ring(PLAIN, key="a") is Rung.SENT
    assert "-r" in sender.asked


def test_macos_gets_texts_as_arguments_never_as_script() -> None:
    hostile = Notice('-e do shell script "x"', 'body" & (do shell script "y")', None)
    command = macos.command(hostile)
    cut = command.index("--")
    assert command[cut + 1 :] == ['-e do shell script "x"', 'body" & (do shell script "y")']
    assert "shell" not in " ".join(command[:cut])
    assert macos.command(RED)[-1] == "Glass"


@pytest.mark.parametrize(
    ("answer", "rung"),
    [(0, Rung.SENT), (1, Rung.FAILED), (FileNotFoundError(), Rung.FAILED), (subprocess.TimeoutExpired("x", 1), Rung.UNKNOWN)],
)  # fmt: skip
def test_what_osascript_means(answer: int | BaseException, rung: Rung) -> None:
    def run(_command: Sequence[str]) -> int:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    assert macos.MacChannel(run).ring(RED, key="a") is rung
    assert macos.refusal({}, "linux") is not None
    assert macos.refusal({"SSH_TTY": "x"}, "darwin") is not None
    assert macos.refusal({}, "darwin") is None


class Server:
    """A push service behind the port."""

    def __init__(self, answer: Response | BaseException) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def wait(exchange: Coroutine[Any, Any, Response]) -> Response:
    return asyncio.run(exchange)


NTFY = Phone("ntfy", "https://push.example.org/", "me")


def test_ntfy_replaces_only_where_the_server_answers_with_our_sequence_id() -> None:
    new = Server(Response(200, json.dumps({"id": "x", "sequence_id": push.sequence_id("k")}).encode()))
    channel = push.PushChannel(NTFY, new, wait)
    before = channel.replaces
    assert channel.ring(RED, key="k") is Rung.SENT
    assert (before, channel.replaces) == (False, True)
    sent = new.requests[0]
    document = json.loads(sent.body or b"")
    assert (sent.method, sent.url) == ("POST", "https://push.example.org/")
    assert (document["topic"], document["title"], document["priority"]) == ("me", "Maria", 5)
    assert document["sequence_id"].removeprefix("lw-").isalnum()
    old = push.PushChannel(NTFY, Server(Response(200, b'{"id":"x"}')), wait)
    assert old.ring(RED, key="k") is Rung.SENT
    assert old.replaces is False


def test_gotify_and_webhook_get_their_forms() -> None:
    server = Server(Response(200, b"{}"))
    assert push.PushChannel(Phone("gotify", "https://g.example.org"), server, wait).ring(PLAIN, key="k") is Rung.SENT
    assert push.PushChannel(Phone("webhook", "https://w.example.org/x"), server, wait).ring(PLAIN, key="k") is Rung.SENT
    gotify, hook = server.requests
    assert gotify.url == "https://g.example.org/message"
    assert json.loads(gotify.body or b"")["priority"] == 5
    assert json.loads(hook.body or b"")["key"] == "k"
    assert ("idempotency-key", "k") in hook.headers
    assert b"\\u001b" not in (hook.body or b"")


@pytest.mark.parametrize(
    ("answer", "rung"),
    [
        (Refused("no"), Rung.FAILED),
        (TryLater("later", taken=False), Rung.FAILED),
        (TryLater("later"), Rung.UNKNOWN),
        (ServiceChanged("what?"), Rung.UNKNOWN),
        (TimeoutError(), Rung.UNKNOWN),
        (Response(200, b"<html>"), Rung.UNKNOWN),
    ],
)
def test_what_a_push_services_answer_means(answer: Response | BaseException, rung: Rung) -> None:
    assert push.PushChannel(NTFY, Server(answer), wait).ring(RED, key="k") is rung
