"""Where secrets come from, and what is refused as a place to keep them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping

import pytest

from connectors.keys import SERVICE, Keys, Origins, entry, variable
from leeward.errors import Problem
from leeward.ports import Secret


class Memory:
    """A keyring in memory."""

    name = "memory Keyring"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Forgetful(Memory):
    name = "forgetful"

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Broken(Memory):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("s3cret-value in the text of an error")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(password)


class Hanging(Memory):
    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.let_go.wait(30)
        return None


class Chain(Memory):
    name = "chainer ChainerBackend"

    def __init__(self, *backends: Memory) -> None:
        super().__init__()
        self.backends = list(backends)


def named(module: str, name: str) -> Memory:
    made: Memory = type(name, (Memory,), {"__module__": module, "name": f"{module} {name}"})()
    return made


hidden: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_hidden() -> Iterator[None]:
    hidden.clear()
    yield
    hidden.clear()


def keys(
    backend: Memory | None = None,
    where: Origins | None = None,
    environ: Mapping[str, str] | None = None,
    keyring_s: float = 5.0,
    command_s: float = 10.0,
) -> Keys:
    found = backend or Memory()
    return Keys(
        {} if where is None else {"work-gitlab": where},
        environ=environ or {},
        backend=lambda: found,
        hide=hidden.append,
        keyring_s=keyring_s,
        command_s=command_s,
    )


def revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


PRINTS = (sys.executable, "-c", "print('from-command')\nprint('second line')")


def test_the_order_is_env_command_env_by_name_keyring() -> None:
    backend = Memory()
    backend.kept[SERVICE, "work-gitlab"] = "from-keyring"
    by_name = {"LEEWARD_TOKEN_WORK_GITLAB": "by-name", "MINE": "from-env"}
    assert variable("work-gitlab") == "LEEWARD_TOKEN_WORK_GITLAB"
    both = Origins("MINE", PRINTS)
    assert revealed(keys(backend, both, by_name).get("work-gitlab")) == "from-env"
    assert revealed(keys(backend, Origins(None, PRINTS), by_name).get("work-gitlab")) == "from-command"
    assert revealed(keys(backend, Origins(), by_name).get("work-gitlab")) == "by-name"
    assert revealed(keys(backend, Origins()).get("work-gitlab")) == "from-keyring"
    assert keys(backend).get("other") is None
    assert hidden == ["from-env", "from-command", "by-name", "from-keyring"]


def test_other_secrets_of_an_account_have_their_own_names() -> None:
    backend = Memory()
    backend.kept[SERVICE, entry("work-gitlab", "password")] = "p"
    found = keys(backend, Origins("MINE"), {"MINE": "token"}).get("work-gitlab", "password")
    assert revealed(found) == "p"
    assert revealed(keys(environ={"LEEWARD_PASSWORD_WORK_GITLAB": "q"}).get("work-gitlab", "password")) == "q"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Origins("MISSING"), "the environment has no MISSING"),
        (Origins(None, ("/does/not/exist",)), "gave no token: No such file"),
        (Origins(None, (sys.executable, "-c", "raise SystemExit(3)")), "it ended with 3"),
        (Origins(None, (sys.executable, "-c", "")), "it ended with 0"),
    ],
)
def test_a_place_that_does_not_answer_is_named(where: Origins, said: str) -> None:
    with pytest.raises(Problem, match=said):
        keys(where=where).get("work-gitlab")


def test_a_command_that_hangs_is_ended() -> None:
    slow = Origins(None, (sys.executable, "-c", "import time; time.sleep(60)"))
    with pytest.raises(Problem, match="took too long"):
        keys(where=slow, command_s=0.2).get("work-gitlab")


def test_a_token_is_kept_read_back_and_forgotten() -> None:
    backend = Memory()
    store = keys(backend)
    assert store.put("work-gitlab", Secret("t0ken")) == "memory Keyring"
    assert hidden == ["t0ken"]
    assert revealed(store.get("work-gitlab")) == "t0ken"
    store.drop("work-gitlab")
    store.drop("work-gitlab")
    assert store.get("work-gitlab") is None


def test_a_keyring_that_keeps_nothing_is_found_out() -> None:
    with pytest.raises(Problem, match="The keyring forgetful did not keep the token"):
        keys(Forgetful()).put("work-gitlab", Secret("t0ken"))


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        (named("keyring.backends.fail", "Keyring"), "There is no keyring on this machine"),
        (named("keyring.backends.null", "Keyring"), "There is no keyring on this machine"),
        (Chain(), "There is no keyring on this machine"),
        (named("keyrings.alt.file", "PlaintextKeyring"), "keeps tokens in plain text"),
        (Chain(named("keyrings.alt.file", "PlaintextKeyring"), Memory()), "keeps tokens in plain text"),
    ],
)
def test_what_keeps_nothing_or_plain_text_is_refused(backend: Memory, said: str) -> None:
    store = keys(backend)
    with pytest.raises(Problem, match=said) as caught:
        store.put("work-gitlab", Secret("t0ken"))
    assert "or LEEWARD_TOKEN_WORK_GITLAB." in caught.value.do
    for name, named in (("grant", "LEEWARD_TOKEN_WORK_GITLAB"), ("client_secret", "LEEWARD_CLIENT_SECRET_WORK_GITLAB")):
        with pytest.raises(Problem, match=f"or {named}"):
            store.put("work-gitlab", Secret("t0ken"), name)
    assert store.get("work-gitlab") is None
    assert store.say()[0] is False
    assert store.say()[1].endswith("or LEEWARD_TOKEN_….")
    assert store.say("work-gitlab")[1].endswith("or LEEWARD_TOKEN_WORK_GITLAB.")
    store.drop("work-gitlab")


def test_the_first_of_a_chain_keeps_the_token() -> None:
    first, second = Memory(), named("keyrings.alt.file", "PlaintextKeyring")
    keys(Chain(first, second)).put("work-gitlab", Secret("t0ken"))
    assert (len(first.kept), len(second.kept)) == (1, 0)


def test_a_keyring_behind_a_dialog_is_left_behind() -> None:
    backend = Hanging()
    with pytest.raises(Problem, match="may wait behind a dialog") as caught:
        keys(backend, keyring_s=0.05).get("work-gitlab")
    assert "or LEEWARD_TOKEN_WORK_GITLAB." in caught.value.do
    backend.let_go.set()


def test_the_text_of_a_backends_error_is_not_passed_on() -> None:
    with pytest.raises(Problem, match="RuntimeError") as caught:
        keys(Broken()).put("work-gitlab", Secret("s3cret-value"))
    assert "s3cret" not in str(caught.value)


def test_the_real_keyring_of_a_machine_without_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    import keyring.core

    keyring.core.init_backend()
    with pytest.raises(Problem, match="There is no keyring"):
        Keys({}, environ={}, hide=hidden.append).put("work-gitlab", Secret("t0ken"))
