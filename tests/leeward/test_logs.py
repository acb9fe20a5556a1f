from __future__ import annotations

import io
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward import logs
from leeward.log_file import RollingFile
from leeward.logs import LogFile, hide, redact, start, stop


def fail(said: str) -> None:
    raise ValueError(said)


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests' made-up passwords are words here."""
    monkeypatch.setattr(logs, "_secrets", set())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "state" / "leeward.log"
    handler = start(path)
    yield path
    stop(handler)


@pytest.mark.parametrize(
    "said",
    [
        "GET https://x.org/a?private_token=s3cretvalue&page=2",
        "access_token: s3cretvalue",
        '{"access_token": "s3cretvalue", "user": "sam"}',
        "{'refresh_token': 's3cretvalue with blanks'}",
        "Authorization: Bearer s3cretvalue",
        "authorization: Custom s3cretvalue and=more",
        "[(b'authorization', b'Basic czNjcmV0dmFsdWU=s3cretvalue')]",
        "Cookie: session=s3cretvalue; other=s3cretvalue",
        "PRIVATE-TOKEN: s3cretvalue",
        "https://sam:s3cretvalue@x.org/",
        "password=s3cretvalue",
        "LEEWARD_TOKEN=s3cretvalue",
        "api_key = s3cretvalue",
        "sent glpat-s3cretvalue away",
        "('token', 's3cretvalue')",
    ],
)
def test_what_is_named_like_a_secret_is_masked(said: str) -> None:
    assert "s3cretvalue" not in redact(said)
    assert logs.MASK in redact(said)
    assert redact(redact(said)) == redact(said)


@pytest.mark.parametrize(
    "said", ["12 tokens left", "see https://x.org/a?page=2", "basic", "the password is wrong", "mailto:sam@x.org"]
)
def test_other_words_stay(said: str) -> None:
    assert redact(said) == said


def test_a_known_secret_stands_nowhere(log: Path) -> None:
    hide("tr0ub4dor & 3")
    hide("abc")
    logging.getLogger("leeward").warning("sent %s, %s", "tr0ub4dor & 3", "/?q=tr0ub4dor%20%26%203")
    try:
        int("tr0ub4dor & 3")
    except ValueError:
        logging.getLogger("leeward").exception("failed abc")
    text = log.read_text()
    assert "tr0ub" not in text
    assert "ValueError: invalid literal for int() with base 10: '•••'" in text
    assert "failed abc" in text


def test_remote_text_forges_no_line_and_steers_no_terminal(log: Path) -> None:
    logging.getLogger("leeward").warning("title: %s", "ok\n2026-11-21T00:00:00 ERROR root forged\x1b[2J\u202e")
    try:
        fail("first\r\x1b]0;x\x07\n2026-11-21 forged")
    except ValueError:
        logging.getLogger("leeward").exception("bad")
    lines = log.read_text().splitlines()
    assert "\x1b" not in log.read_text()
    assert [line[:4] for line in lines if not line.startswith("    ")] == ["20" + line[2:4] for line in lines[:2]]
    assert sum(not line.startswith("    ") for line in lines) == 2
    assert lines[0].split(" ")[1:3] == ["WARNING", "leeward"]


def test_the_log_is_its_owners_and_bounded(log: Path) -> None:
    logging.getLogger("leeward").warning("opens the file")
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, LogFile))._file
    assert isinstance(handler, RollingFile)
    assert (handler.maxBytes, handler.backupCount) == (logs.LARGEST, logs.KEPT)
    handler.maxBytes = 10_000
    for _number in range(60):
        logging.getLogger("leeward").warning("x" * 3000)
    files = {file.name: file.stat() for file in log.parent.iterdir()}
    assert sorted(files) == ["leeward.log", "leeward.log.1", "leeward.log.2", "leeward.log.3"]
    assert {stat.S_IMODE(each.st_mode) for each in files.values()} == {0o600}
    assert all(each.st_size <= 10_000 for each in files.values())


def test_two_processes_share_the_file(log: Path) -> None:
    other = RollingFile(log, maxBytes=logs.LARGEST, backupCount=1, encoding="utf-8")
    try:
        other.emit(logging.makeLogRecord({"msg": "before"}))
        log.rename(log.with_suffix(".1"))
        logging.getLogger("leeward").warning("first in the new file")
        other.emit(logging.makeLogRecord({"msg": "second in the new file"}))
    finally:
        other.close()
    assert [line.rpartition("leeward ")[2] for line in log.read_text().splitlines()] == [
        "first in the new file",
        "second in the new file",
    ]


def test_libraries_keep_to_warnings(log: Path) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://x.org/?q=1")
    logging.getLogger("httpcore.http11").debug("send_request_headers")
    logging.getLogger("leeward").debug("detail")
    logging.getLogger("leeward").info("synced")
    assert log.read_text().endswith("INFO leeward synced\n")
    assert len(log.read_text().splitlines()) == 1


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def fileno(self) -> int:
        return 2


def test_a_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert start(tmp_path / "file" / "leeward.log") is None
    handler = start(tmp_path / "leeward.log")
    logging.getLogger("leeward").warning("opens the file")
    assert isinstance(handler, LogFile)
    file = handler._file
    assert file is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "_is_current", lambda _handle: True)
        patch.setattr(file, "stream", FullDisk())
        logging.getLogger("leeward").warning("lost")
    stop(handler)
    assert "lost" not in (tmp_path / "leeward.log").read_text()
    assert capfd.readouterr().err == ""


def test_arguments_that_do_not_fit_are_said() -> None:
    record = logging.LogRecord("leeward", logging.WARNING, "x.py", 1, "%d lines", ("three",), None)
    assert logs.SafeFormatter().format(record).endswith("%d lines (its arguments do not fit)")


@given(st.text(min_size=6, max_size=30), st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_registered_secret_is_masked(secret: str, before: str, after: str) -> None:
    known = set(logs._secrets)
    try:
        hide(secret)
        assert secret not in redact(before + secret + after).replace(logs.MASK, "")
    finally:
        logs._secrets.clear()
        logs._secrets.update(known)


def test_a_long_text_is_redacted_in_no_time() -> None:
    for text in ("a-" * 30_000, "token" * 10_000, "a://" * 10_000, "=" * 500_000):
        assert len(redact(text)) <= 400_000
