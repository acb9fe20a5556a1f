from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Problem
from leeward.model import Message, Reach
from leeward.work import imports_archive
from leeward.work.imports import read
from leeward.work.imports_slack_text import plain
from tests.leeward.work.test_imports import all_of, assert_told_in_order

T = 1_795_000_000
USERS = [
    {
        "id": "U1",
        "name": "mlopez",
        "tz": "Europe/Madrid",
        "profile": {"display_name": "Maria", "email": "maria@example.org"},
    },
    {"id": "U2", "name": "tom", "profile": {"real_name": "Tom \u05d0"}},
    {"id": "U3", "name": "tom2", "profile": {"display_name": "Tom \u05d0"}},
    "nonsense",
]
DAY: list[Any] = [
    {"type": "message", "user": "U2", "ts": f"{T}.000200", "text": "&lt;b&gt; a&amp;&amp;b <https://example.org/x|docs> <https://example.org>"},
    {"type": "message", "user": "U1", "ts": f"{T}.000100", "text": "<@U2> see <#C1|ops> and <#G1> <!here> <!subteam^S1|@crew> <mailto:a@b.c|a@b.c>"},
    {"type": "message", "user": "U1", "ts": f"{T + 10}.000000", "thread_ts": f"{T + 10}.000000", "text": "who owns the vault?", "reply_count": 1},
    {"type": "message", "user": "U2", "ts": f"{T + 20}.000000", "thread_ts": f"{T + 10}.000000", "text": "I do", "edited": {"user": "U2", "ts": f"{T + 30}.000000"}},
    {"type": "message", "subtype": "channel_join", "user": "U2", "ts": f"{T + 40}.000000", "text": "<@U2> has joined"},
    {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "buildbot", "ts": f"{T + 50}.000000", "text": "", "attachments": [{"fallback": "build 7 failed", "title": "Build 7", "text": "failed"}]},
    {"type": "message", "user": "U9", "user_profile": {"display_name": "Guest"}, "ts": f"{T + 60}.000000", "text": "", "files": [{"name": "plan.pdf", "size": 10, "mimetype": "application/pdf", "permalink": "https://example.org/f"}]},
    {"type": "message", "user": "U1", "ts": f"{T + 70}.000000", "text": "", "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi "}, {"type": "user", "user_id": "U2"}, {"type": "emoji", "name": "wave"}]}]}]},
    {"type": "message", "user": "U1", "ts": "99999999999999.0", "text": "from nowhere"},
    {"type": "message", "user": "U1", "text": "from never"},
    7,
]  # fmt: skip


def export(folder: Path, **more: Any) -> Path:
    files: dict[str, Any] = {
        "users.json": USERS,
        "channels.json": [{"id": "C1", "name": "ops", "members": ["U1", "U2"]}],
        "groups.json": [{"id": "G1", "name": "secret", "members": ["U1"]}],
        "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
        "ops/2026-11-20.json": DAY,
        "D1/2026-11-20.json": [{"user": "U1", "ts": f"{T}.0", "text": "psst"}],
        "integration_logs.json": [],
        **more,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def packed(folder: Path, prefix: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.json")):
            archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def ops(path: Path, me: str | None = None) -> list[Message]:
    return [message for message in all_of(read("slack-export", path, me=me))[1] if message.place == "C1"]


def test_marks_links_and_entities_become_plain_text(tmp_path: Path) -> None:
    first, second, *_ = ops(export(tmp_path))
    assert first.text == "@Tom \u05d0 see #ops and #secret @here @crew a@b.c"
    assert first.mentions == ("U2",)
    assert first.raw is not None
    assert first.raw.startswith("<@U2>")
    assert second.text == "<b> a&&b docs (https://example.org/x) https://example.org"


def test_entities_are_decoded_once_and_pointed_text_survives() -> None:
    assert plain("&amp;lt;b&gt; <not a mark> a < b > c <x>", {}, {}) == "&lt;b> <not a mark> a < b > c <x>"


def test_real_threads_hold_their_parent_and_replies(tmp_path: Path) -> None:
    batches, messages = all_of(read("slack-export", export(tmp_path)))
    (thread,) = {thread.id: thread for batch in batches for thread in batch.threads}.values()
    assert thread.title == "Who owns the vault?"
    assert thread.people == ("U1", "U2")
    assert [message.text for message in messages if message.thread == thread.id] == ["who owns the vault?", "I do"]
    assert thread.id.endswith(f"{T + 10}.000000")
    assert next(message for message in messages if message.text == "I do").edited == (T + 30) * 1000
    assert_told_in_order(batches)


def test_bots_files_blocks_and_joins(tmp_path: Path) -> None:
    batches, messages = all_of(read("slack-export", export(tmp_path)))
    people = {str(person.id): person.name for batch in batches for person in batch.people}
    by_text = {message.text: message for message in messages}
    assert by_text["Build 7\nfailed"].author == "B1"
    assert people["B1"] == "buildbot"
    assert people["U9"] == "Guest"
    assert by_text["plan.pdf"].files[0].url == "https://example.org/f"
    assert "hi @Tom \u05d0:wave:\n" in by_text
    assert [message.text for message in messages if message.notice] == ["@Tom \u05d0 has joined"]
    assert sum(batch.oddities for batch in batches) == 4


def test_places_know_their_readers(tmp_path: Path) -> None:
    batches, _messages = all_of(read("slack-export", export(tmp_path)))
    places = {str(place.id): place for batch in batches for place in batch.places}
    assert places["C1"].audience.reach is Reach.ORGANISATION
    assert places["G1"].audience.people == ("U1",)
    assert places["D1"].title == "Maria, Tom \u05d0"
    assert all(place.flat for place in places.values())


@pytest.mark.parametrize("me", ["U1", "maria@example.org", "Maria", "@mlopez"])
def test_the_owner_is_known_by_id_address_name_or_handle(tmp_path: Path, me: str) -> None:
    batches, _messages = all_of(read("slack-export", export(tmp_path), me=me))
    assert [person.id for batch in batches for person in batch.people if person.me] == ["U1"]


def test_an_owner_who_is_not_one_person_is_asked_for_again(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Nobody in this export is called zed"):
        list(read("slack-export", export(tmp_path), me="zed"))
    with pytest.raises(Problem, match="Several people"):
        list(read("slack-export", export(tmp_path), me="tom \u05d0"))


def test_zip_folder_and_nested_zip_give_the_same(tmp_path: Path) -> None:
    folder = export(tmp_path / "acme")
    expected = list(read("slack-export", folder))
    assert list(read("slack-export", packed(folder))) == expected
    assert list(read("slack-export", packed(folder, "Acme export/"))) == expected


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("users.json", "{", "users.json: this is no JSON"),
        ("channels.json", "{}", "channels.json: this is JSON, but no list"),
        ("ops/2026-11-20.json", "[" * 100_000, "ops/2026-11-20.json: this is no JSON"),
        ("ops/2026-11-20.json", "[" + "9" * 5000 + "]", "ops/2026-11-20.json: this is no JSON"),
    ],
)
def test_broken_json_is_named(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        list(read("slack-export", export(tmp_path, **{name: content})))


def test_names_that_lead_out_of_the_zip_are_not_followed(tmp_path: Path) -> None:
    path = packed(export(tmp_path / "acme"))
    expected = list(read("slack-export", path))
    with zipfile.ZipFile(path, "a") as archive:
        for name in (
            "../evil/2026-11-20.json",
            "/etc/2026-11-20.json",
            "ops/../../x/2026-11-20.json",
            "ops\\2026-11-21.json",
        ):
            archive.writestr(name, json.dumps([{"user": "U1", "ts": f"{T}.5", "text": "evil"}]))
    assert list(read("slack-export", path)) == expected


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = export(tmp_path / "acme")
    (tmp_path / "outside.json").write_text(json.dumps([{"user": "U1", "ts": f"{T}.5", "text": "evil"}]))
    (folder / "ops" / "2026-11-21.json").symlink_to(tmp_path / "outside.json")
    assert "evil" not in {message.text for message in ops(folder)}


def test_a_zip_that_would_burst_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(export(tmp_path / "acme"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ops/2026-11-21.json", b" " * 8_000_000)
    with pytest.raises(Problem, match=r"ops/2026-11-21\.json: this file is too large"):
        list(read("slack-export", path))
    monkeypatch.setattr(imports_archive, "_ALL_MOST", 1_000_000)
    with pytest.raises(Problem, match="more than an export can hold"):
        list(read("slack-export", path))


def test_what_is_no_export_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(Problem, match="neither a folder nor a zip"):
        list(read("slack-export", tmp_path / "x.zip"))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Problem, match="no Slack export"):
        list(read("slack-export", empty))


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = packed(export(tmp_path / "acme"))
    data = bytearray(path.read_bytes())
    at = data.index(b"ops/2026-11-20.json") + 60
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(data)
    with pytest.raises(Problem, match=r"ops/2026-11-20\.json: this file cannot be unpacked"):
        list(read("slack-export", path))
