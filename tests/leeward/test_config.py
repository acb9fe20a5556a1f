from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.config import Config, Problem, load, read
from leeward.config_account import token_variable
from leeward.ports import Can, Manifest, Setting

KINDS = {
    kind: Manifest(
        kind=kind, title=kind, can=frozenset({Can.QUIET} if kind == "gitlab" else ()), target=None, settings=asked
    )
    for kind, asked in (
        ("local", ()),
        ("gitlab", (Setting("url", "Address", "the server"),)),
        ("caldav", (Setting("url", "Address", "the server"), Setting("user", "User", "your name", required=False))),
        ("slack", (Setting("team", "Team", "its short name"),)),
    )
}
GOOD = '[[account]]\nname = "work"\nkind = "gitlab"\nurl = "https://gitlab.example.org/"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def check(text: str) -> tuple[Config, list[Problem]]:
    config, problems = read(text, Path("/home/sam/config.toml"), KINDS)
    assert config is not None
    return config, problems


def only(problems: list[Problem]) -> str:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return " ".join(str(problems[0]).split())


def test_a_whole_account(file: Path) -> None:
    (file.parent / "company.pem").write_text("certificates")
    text = GOOD + (
        'user = "sam"\nplaces = ["a/b", "c"]\ntoken_env = "GITLAB_TOKEN"\ntoken_command = ["pass", "show", "x"]\n'
        'poll = "2m"\nmark_read = false\nca_file = "company.pem"\noutward = true\n[account.options]\ndepth = 3\nflat = true\n'
    )
    config, problems = read(text, file, KINDS)
    assert problems == []
    assert config is not None
    account = config.account("work")
    assert account is not None
    assert account.url == "https://gitlab.example.org"
    assert (account.user, account.places, account.poll_s) == ("sam", ("a/b", "c"), 120.0)
    assert (account.token_env, account.token_command) == ("GITLAB_TOKEN", ("pass", "show", "x"))
    assert (account.mark_read, account.outward, account.ca_file) == (False, True, file.parent / "company.pem")
    assert dict(account.options) == {"depth": "3", "flat": "true"}
    assert account.line == 1


def test_defaults_and_no_file(file: Path) -> None:
    config, problems = load(file, KINDS)
    assert problems == []
    assert (config.accounts, config.theme, config.ui.mouse, dict(config.keys)) == ((), "lee", True, {})
    account = check(GOOD)[0].accounts[0]
    assert (account.places, account.poll_s, account.mark_read, account.outward) == ((), None, True, False)


def test_sections_of_the_screen() -> None:
    config, problems = check(
        '[keys]\ndone = "d"\n"go.inbox" = "g i"\n[theme]\nname = "lee-light"\n[ui]\nmouse = false\n'
    )
    assert problems == []
    assert config.keys == {"done": "d", "go.inbox": "g i"}
    assert (config.theme, config.ui.mouse) == ("lee-light", False)
    assert config.line("keys", "go.inbox") == 3
    safe = config.safe()
    assert (dict(safe.keys), safe.theme, safe.accounts) == ({}, "lee", ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[acount]\nx = 1", "config.toml:1 acount unknown setting, it does nothing. Did you mean account?"),
        ("[ui]\nmuose = true", "config.toml:2 muose unknown setting, it does nothing. Did you mean mouse?"),
        ("[ui]\nmouse = 1", "config.toml:2 mouse = 1 is neither true nor false. Taken as true."),
        ("ui = 3", "config.toml:1 ui = 3 is no table. Write [ui]."),
        ("[theme]\nname = 3", "config.toml:2 name = 3 is no text. Write it in quotes."),
        ("[keys]\ndone = 3", 'config.toml:2 done = 3 is no key. Write such as done = "e".'),
        (GOOD + "[theme]\n\nnme = 'x'", "config.toml:7 nme unknown setting, it does nothing. Did you mean name?"),
        (
            GOOD.replace("gitlab", "caldav", 1) + "outward = true",
            "config.toml:5 outward = true does nothing: caldav cannot show your quiet hours to others.",
        ),
        (GOOD + 'pol = "60s"', "config.toml:5 pol unknown setting, it does nothing. Did you mean poll?"),
        (
            GOOD + "poll = 60",
            'config.toml:5 poll = 60 is no time between 1s and 24h. Write such as "60s" or "5m". The kind\'s own is taken.',
        ),
        (GOOD + 'poll = "2s"', 'config.toml:5 poll = "2s" is too often for gitlab. Taken as "60s".'),
        (GOOD + 'mark_read = "no"', 'config.toml:5 mark_read = "no" is neither true nor false. Taken as true.'),
        (
            GOOD + 'ca_file = "x.pem"',
            'config.toml:5 ca_file = "x.pem" no such file: /home/sam/x.pem. The system\'s certificates alone are taken.',
        ),
    ],
)
def test_a_default_does(text: str, said: str) -> None:
    config, problems = check(text)
    assert only(problems) == said
    assert len(config.accounts) == text.count("gitlab.example.org")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\nurl = "https://x.org"', 'config.toml:5 [[account]] has no kind. Write such as kind = "gitlab".'),
        ('kind = "gitlab"\nurl = "https://x.org"', 'config.toml:5 [[account]] has no name. Write such as name = "work-gitlab".'),
        ('name = "a"\nkind = "gitlab"', "config.toml:5 [[account]] has no url, which gitlab needs: the server"),
        ('name = "a"\nkind = "gitlub"\nurl = "https://x.org"', 'config.toml:7 kind = "gitlub" no such kind. Did you mean gitlab?'),
        ('name = "a"\nkind = "zzz"', 'config.toml:7 kind = "zzz" no such kind. There are caldav, gitlab, slack.'),
        ('name = "a"\nkind = "local"', 'config.toml:7 kind = "local" no such kind. There are caldav, gitlab, slack.'),
        (
            'name = "local"\nkind = "gitlab"\nurl = "https://x.org"',
            'config.toml:6 name = "local" is taken: the account of this machine is always there.',
        ),
        (
            'name = "a/b"\nkind = "gitlab"\nurl = "https://x.org"',
            'config.toml:6 name = "a/b" is no name: letters, digits, dots and dashes, at most 64, no blanks.',
        ),
        (
            'name = "work"\nkind = "gitlab"\nurl = "https://x.org"',
            'config.toml:6 name = "work" is too like the name of the account on line 1. Names differ in letters or digits.',
        ),
        (
            'name = "WORK"\nkind = "gitlab"\nurl = "https://x.org"',
            'config.toml:6 name = "WORK" is too like the name of the account on line 1. Names differ in letters or digits.',
        ),
        (
            'name = "a"\nkind = "gitlab"\nurl = "https://x.org"\nplaces = "all"',
            'config.toml:9 places = "all" is no list of texts. Write such as ["one", "two"].',
        ),
        (
            'name = "a"\nkind = "gitlab"\nurl = "https://x.org"\ntoken_command = "pass show x"',
            'config.toml:9 token_command = "pass show x" is no list of texts. Write such as ["one", "two"].',
        ),
        (
            'name = "a"\nkind = "gitlab"\nurl = "https://x.org"\ntoken_command = []',
            'config.toml:9 token_command = [] is empty. Write such as ["pass", "show", "gitlab"].',
        ),
        (
            'name = "a"\nkind = "gitlab"\nurl = "https://x.org"\ntoken_env = "my secret words"',
            "config.toml:9 token_env = ••• is no variable's name. Write such as GITLAB_TOKEN.",
        ),
        ('name = "a"\nkind = "slack"', "config.toml:5 [[account]] has no team, which slack needs: its short name"),
    ],
)  # fmt: skip
def test_a_useless_account_is_left_out_and_the_others_work(text: str, said: str) -> None:
    config, problems = check(f"{GOOD}[[account]]\n{text}\n")
    assert only(problems) == said
    assert [account.name for account in config.accounts] == ["work"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://gitlab.example.org", "in the clear"),
        ("http://10.0.0.1", "in the clear"),
        ("http://localhost.example.org", "in the clear"),
        ("ftp://x.org", "must begin with https://"),
        ("gitlab.example.org", "is no address"),
        ("https://", "is no address"),
        ("https://x.org:99999", "is no address"),
        ("https://[::1", "is no address"),
        ("https://a b.org", "is no address"),
        ("https://sam:secret@x.org", "must not hold a name"),
        ("https://x.org?a=b", "must end before"),
    ],
)
def test_an_address_that_cannot_be_used_leaves_its_account_out_and_shows_no_secret(url: str, said: str) -> None:
    config, problems = check(f'[[account]]\nname = "a"\nkind = "gitlab"\nurl = "{url}"\n')
    assert said in only(problems)
    assert "secret" not in str(problems[0])
    assert config.accounts == ()


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:8000/x", "http://[::1]:80", "https://x.org/git/"]
)
def test_http_is_for_this_machine_alone_and_a_slash_at_the_end_goes(url: str) -> None:
    config, problems = check(f'[[account]]\nname = "a"\nkind = "gitlab"\nurl = "{url}"\n')
    assert problems == []
    assert config.accounts[0].url == url.rstrip("/")


@pytest.mark.parametrize(
    "line",
    ['token = "hunter2secret"', 'password = "hunter2secret"', 'api_key = "hunter2secret"', 'user = "glpat-hunter2secret"',
     '[account.options]\naccess_token = "hunter2secret"'],
)  # fmt: skip
def test_a_secret_in_the_file_is_refused_and_never_repeated(line: str, file: Path) -> None:
    copy = file.parent / "copy.toml"
    file.write_text(GOOD + line)
    file.chmod(0o600)
    config, problems = load(file, KINDS, last_good=copy)
    assert "a secret does not belong in this file" in only(problems)
    assert not problems[0].warning
    assert "hunter2" not in only(problems)
    assert len(config.accounts) == 1
    assert "hunter2" not in str(config.accounts[0].options)
    assert not copy.exists()


def test_one_bracket_too_few() -> None:
    config, problems = check(GOOD.replace("[[account]]", "[account]"))
    assert "write [[account]]" in only(problems)
    assert config.accounts[0].name == "work"


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = f'[ui]\nmuose = 1\n[[account]]\nkind = "x"\n[keys]\na = 1\n{GOOD}pol = 1\n[quiet]\ntimezone = "Europe/Amsterdm"\n'
    config, problems = check(text)
    assert [problem.line for problem in problems] == [2, 3, 4, 6, 11, 13]
    assert [account.name for account in config.accounts] == ["work"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = [1,\n", "config.toml:2 b = … is no valid TOML"),
        ("a = 1\n\nb = = 2\n", "config.toml:3 b = … is no valid TOML"),
        ("[a]\nx = 1\n[a]\n", "config.toml:3 [a] is no valid TOML"),
        ('token = "s3cret\n', "config.toml:1 token = … is no valid TOML"),
        ("a = " + "[" * 5000, "is no valid TOML: It nests too deeply"),
        ("a = " + "9" * 5000, "is no valid TOML: It nests too deeply or holds an absurd number"),
    ],
)
def test_a_syntax_error_has_its_line(text: str, said: str) -> None:
    config, problems = read(text, Path("config.toml"), KINDS)
    assert config is None
    assert said in only(problems)
    assert "s3cret" not in only(problems)


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"# fine\n# \xff\xfe\n", 2, "is not UTF-8 text"),
        (b"#" * 1_000_001, 1, "is larger than a million bytes"),
    ],
)
def test_what_is_no_text(data: bytes, line: int, said: str, file: Path) -> None:
    file.write_bytes(data)
    config, problems = load(file, KINDS)
    assert (problems[0].line, config.accounts) == (line, ())
    assert said in str(problems[0])


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    config, problems = load(tmp_path, KINDS)
    assert config.accounts == ()
    assert "cannot be read: Is a directory" in str(problems[0])


def test_the_last_good_settings_stay_in_force(file: Path) -> None:
    copy = file.parent / "last.toml"
    file.write_text(GOOD)
    file.chmod(0o600)
    assert load(file, KINDS, last_good=copy)[1] == []
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    file.write_text(GOOD + "[[[")
    config, problems = load(file, KINDS, last_good=copy)
    assert [account.name for account in config.accounts] == ["work"]
    assert [problem.warning for problem in problems] == [False, True]
    assert "the last good settings stay in force" in str(problems[1])
    assert file.read_text().endswith("[[[")
    assert copy.read_text() == GOOD
    copy.unlink()
    assert load(file, KINDS, last_good=copy)[0].accounts == ()


def test_quiet_rules_that_worked_stay_in_force(file: Path) -> None:
    copy = file.parent / "last.toml"
    file.write_text('[quiet]\nschedule = "work"\n[quiet.schedules.work]\nopen = ["mon-fri 09:00-17:00"]\n')
    good, problems = load(file, KINDS, last_good=copy)
    file.write_text(f'[quiet]\nschedule = "wrk"\n[quiet.schedules.work]\nopen = ["mon-fri 9-17"]\n{GOOD}')
    config, problems = load(file, KINDS, last_good=copy)
    assert config.quiet == good.quiet
    assert [account.name for account in config.accounts] == ["work"]
    assert [problem.line for problem in problems if not problem.warning] == [2, 4]
    assert "wrk" not in copy.read_text()


def test_a_full_disk_does_not_stop_the_start(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(GOOD)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("leeward.paths.write_atomic", full)
    assert len(load(file, KINDS, last_good=file.parent / "copy")[0].accounts) == 1


def test_a_file_that_others_may_read_is_warned_of(file: Path) -> None:
    file.write_text(GOOD)
    file.chmod(0o644)
    config, problems = load(file, KINDS)
    assert problems[0].warning
    assert f"(mode 0644). Run: chmod 600 {file}" in str(problems[0])
    assert len(config.accounts) == 1


def test_windows_line_ends_and_a_byte_order_mark(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode() + b"pol = 1\r\n")
    file.chmod(0o600)
    config, problems = load(file, KINDS)
    assert [problem.line for problem in problems] == [5]
    assert len(config.accounts) == 1


def test_problems_cannot_steer_the_terminal() -> None:
    _config, problems = check('[ui]\n"m\\u001b[2J" = 1\n')
    assert "\x1b" not in str(problems[0])


def test_the_variable_of_a_token() -> None:
    assert token_variable("work-gitlab") == "LEEWARD_TOKEN_WORK_GITLAB"


SCALARS = st.one_of(st.integers(), st.text(max_size=8), st.booleans(), st.lists(st.text(max_size=3), max_size=2))
NAMES = st.sampled_from(
    ["name", "kind", "url", "user", "places", "token_env", "token_command", "poll", "mark_read", "ca_file", "outward",
     "options", "zzz", "token"]
)  # fmt: skip


@given(st.lists(st.dictionaries(NAMES, SCALARS), max_size=3), SCALARS, SCALARS)
@settings(max_examples=150, deadline=None)
def test_no_value_is_ever_raised(accounts: list[dict[str, object]], quiet: object, keys: object) -> None:
    import tomli_w

    document = {"account": accounts, "quiet": quiet, "keys": keys, "ui": {"mouse": quiet}, "theme": {"name": keys}}
    config, _problems = read(tomli_w.dumps(document), Path("config.toml"), KINDS)
    assert config is not None
    assert all(account.name and account.kind in KINDS for account in config.accounts)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_file_is_ever_raised(data: bytes) -> None:
    read(data.decode(errors="replace"), Path("config.toml"), KINDS)
