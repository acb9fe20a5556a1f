from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.basecamp.api import lines, places, recordings, tasks, waiting
from connectors.basecamp.api.cursor import Cursor, Project, load
from connectors.basecamp.api.ids import WORDS, line_id, own_number, split, split_line
from connectors.basecamp.api.shape import day, number, stamp
from connectors.basecamp.api.world import World
from leeward.model import Audience, File, Instant, Reach, RemoteId, Status, Tier
from leeward.work.tiers import read_tier
from tests.fakes.basecamp.described import EXAMPLES

needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not at hand")
PLACE = RemoteId("list/7")
BASE = {
    "id": 9007199254741623,
    "status": "active",
    "created_at": "2026-02-26T16:42:12.645Z",
    "updated_at": "2026-02-26T16:42:12.945Z",
    "title": "Title",
    "app_url": "https://3.basecamp.com/1/buckets/5/todos/9007199254741623",
    "creator": {"id": 2, "name": "Ana  Duarte", "time_zone": "Europe/Amsterdam", "email_address": "ana@example.org"},
    "bucket": {"id": 5, "name": "Quay", "type": "Project"},
    "parent": {"id": 7, "title": "Move", "type": "Todolist"},
}


def world() -> World:
    return World("https://3.basecampapi.com/1", "Europe/Amsterdam", RemoteId("1"))


def item(type_: str, **more: Any) -> Any:
    found = recordings.item({**BASE, "type": type_, **more}, PLACE, world())
    assert found is not None
    return found


def found_in(document: Any) -> list[dict[str, Any]]:
    """Every recording in an example, however deep."""
    if isinstance(document, list):
        return [each for part in document for each in found_in(part)]
    if not isinstance(document, dict):
        return []
    inside = [each for part in document.values() for each in found_in(part)]
    whole = document.get("type") in WORDS and "created_at" in document
    return [document, *inside] if whole else inside


def _examples() -> list[Path]:
    return sorted(EXAMPLES.glob("*.json"))


@needs_examples
@pytest.mark.parametrize("path", _examples(), ids=lambda path: path.name)
def test_official_examples_are_read(path: Path) -> None:
    here = world()
    for row in found_in(json.loads(path.read_text(encoding="utf-8"))):
        if row["type"] == "Comment":
            assert lines.comment(row, PLACE, here) is not None
        else:
            made = recordings.item(row, PLACE, here)
            assert made is not None
            assert own_number(made.id) == str(row["id"])
    assert here.odd.count == 0


@needs_examples
def test_official_examples_say_what_they_say() -> None:
    def example(name: str) -> Any:
        return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))

    here, where = world(), Cursor()
    todo = recordings.item(example("todos.02.get_a_to_do"), PLACE, here)
    assert todo is not None
    assert todo.task is not None
    assert (todo.task.title, todo.task.status, todo.task.thread) == ("Clear and simple UI", Status.DONE, todo.id)
    card = recordings.item(example("card_table_cards.02.get_a_card"), PLACE, here)
    assert card is not None
    assert card.task is not None
    assert (card.task.native_status, card.task.status) == ("Triage", Status.OPEN)
    assert card.task.text.startswith("Design a new and fancy UI\n\n— Basecamp —\n- [ ] Find inspiration (")
    pid, project = places.project(example("projects.02.get_a_project"), here) or ("", Project(""))
    where.projects[pid] = project
    assert project.name == "The Leto Laptop"
    assert {each.partition("/")[0] for each in project.dock} >= {"board", "todoset", "vault", "chat"}
    message = example("messages.02.get_a_message")
    assert places.place_of(message, where) in project.dock
    held = list(waiting.readings(example("my_notifications.01.get_notifications"), "unreads", here, {}))
    assert [(each.target, each.section) for each in held] == [("message/1069479012", "inbox")]
    uploads = example("campfires.09.get_campfire_uploads")
    line = lines.chat_line(uploads[0], RemoteId("chat/3"), line_id("3", "4"), here)
    assert line is not None
    assert line[0].text == "company-logo.png"
    assert line[0].files[0].size == 1281
    assert here.odd.count == 0


def test_a_to_do_in_full() -> None:
    found = item(
        "Todo",
        content="Order the  crane",
        description='<div>Forty tons.</div><div><bc-attachment sgid="S" filename="a.pdf" url="https://x.example.org/a"></bc-attachment></div>',
        description_attachments=[{"sgid": "S", "filename": "a.pdf", "byte_size": 9, "content_type": "application/pdf",
                                  "download_url": "https://x.example.org/b"}],
        completed=False,
        due_on="2026-11-27",
        starts_on="2026-11-20",
        assignees=[{"id": 1, "name": "Sam"}, {"id": 3, "name": "Mei"}, "odd"],
    )  # fmt: skip
    assert found.task.title == "Order the crane"
    assert found.task.text == "Forty tons.\n[a.pdf]\n\n— Basecamp —\nStarts on 2026-11-20"
    assert (found.task.assignees, found.task.due, found.task.author) == (("1", "3"), date(2026, 11, 27), "2")
    assert found.first.text == "Forty tons.\n[a.pdf]"
    assert found.first.files == (File("a.pdf", "https://x.example.org/b", 9, "application/pdf"),)
    assert found.thread.people == ("2", "1", "3")
    ana = next(each for each in found.people if each.id == "2")
    assert (ana.name, ana.zone, ana.address, ana.verified) == (
        "Ana Duarte",
        "Europe/Amsterdam",
        "ana@example.org",
        False,
    )
    assert [each.me for each in found.people] == [False, True, False]


@pytest.mark.parametrize(
    ("parent", "wanted"),
    [("Kanban::Triage", Status.OPEN), ("Kanban::NotNowColumn", Status.OPEN), ("Kanban::Column", Status.DOING),
     ("Kanban::OnHold", Status.DOING), ("Kanban::DoneColumn", Status.DONE)],
)  # fmt: skip
def test_a_card_is_as_far_as_its_column(parent: str, wanted: Status) -> None:
    found = item("Kanban::Card", parent={"id": 7, "title": "Wachten", "type": parent})
    assert (found.task.status, found.task.native_status) == (wanted, "Wachten")
    assert found.thread.closed == (wanted is Status.DONE)


def test_a_version_moves_with_what_an_update_would_overwrite_and_with_nothing_else() -> None:
    row = {**BASE, "type": "Todo", "content": "A", "description": "", "due_on": None, "completed": False}
    held = tasks.version(row)
    assert tasks.version({**row, "updated_at": "2026-03-01T00:00:00Z", "comments_count": 4}) == held
    changes: list[dict[str, Any]] = [
        {"content": "B"}, {"description": "x"}, {"due_on": "2026-01-01"}, {"starts_on": "2026-01-01"},
        {"completed": True}, {"assignees": [{"id": 4}]}, {"parent": {"id": 8}},
    ]  # fmt: skip
    assert len({tasks.version({**row, **each}) for each in changes} | {held}) == len(changes) + 1


@pytest.mark.parametrize(
    ("name", "tier"), [("Announcement", Tier.GREEN), ("FYI", Tier.GREEN), ("Question", None), ("", None)]
)
def test_a_message_whose_sender_asks_nothing_is_fyi(name: str, tier: Tier | None) -> None:
    row = {
        **BASE,
        "type": "Message",
        "subject": "Closed",
        "content": "<div>On Friday.</div>",
        "category": {"name": name},
    }
    found = recordings.item(row, RemoteId("board/3"), world())
    assert found is not None
    assert found.first is not None
    assert read_tier(found.first.text) is tier
    assert recordings.without_heading(found.first.text, row) == "On Friday."


def test_link_cards_lead_where_they_say() -> None:
    door = item("Door", url="https://figma.example.org/f", service={"name": "Figma"}, description="<div>The plan</div>")
    assert door.note.text == "[Title](https://figma.example.org/f)\n\nFigma\n\nThe plan"
    assert item("Door", url="javascript:alert(1)").note.text == "Title"
    upload = item("Upload", filename="a.pdf", content_type="application/pdf", byte_size=4096, download_url="https://x/a",
                  comments_count=1)  # fmt: skip
    assert "application/pdf · 4 kB" in upload.note.text
    assert upload.first.files[0] == File("a.pdf", "https://x/a", 4096, "application/pdf")
    assert item("GoogleDocument", url="https://docs.example.org/d", document_type="sheet").note.text.endswith("sheet")
    assert item("Document", content="<div>x</div>").thread is None
    assert item("Document", content="<div>x</div>", comments_count=2).first.text == "Title"


def test_an_answer_is_called_by_question_and_person() -> None:
    found = item(
        "Question::Answer", content="<div>Signs</div>", parent={"id": 8, "title": "What now?", "type": "Question"}
    )
    assert found.thread.title == "What now?: Ana Duarte"


def test_a_hill_chart_is_a_note() -> None:
    dots = [{"label": "A", "position": 12}, {"label": "B", "position": 62}, {"label": "C", "position": 100}, "odd"]
    chart = {"enabled": True, "updated_at": "2026-01-02T00:00:00Z", "dots": dots[:3]}
    note = recordings.hill(chart, RemoteId("todoset/4"), RemoteId("project/5"), "Hill")
    assert note is not None
    assert note.text == "- A: 12 of 100, figuring it out\n- B: 62 of 100, making it happen\n- C: 100 of 100, done"
    assert recordings.hill({**chart, "enabled": False}, RemoteId("todoset/4"), RemoteId("project/5"), "Hill") is None


def test_our_marker_counts_under_our_own_name_only() -> None:
    html = "<div>Hi</div><div>⟦lwours⟧</div>"
    mine = lines.comment(
        {**BASE, "type": "Comment", "content": html, "creator": {"id": 1, "name": "Sam"}}, PLACE, world()
    )
    theirs = lines.comment({**BASE, "type": "Comment", "content": html}, PLACE, world())
    assert mine is not None
    assert theirs is not None
    assert (mine[0].text, mine[0].key) == ("Hi", "lwours")
    assert (theirs[0].text, theirs[0].key) == ("Hi\n⟦lwours⟧", None)
    assert mine[0].reply_to == ("list/7",)


def test_plain_chat_lines_are_no_markup() -> None:
    row = {**BASE, "type": "Chat::Lines::Text", "content": "a <b> &amp;"}
    found = lines.chat_line(row, RemoteId("chat/3"), line_id("3", "4"), world())
    assert found is not None
    assert (found[0].text, found[0].thread, found[0].id) == ("a <b> &amp;", None, "line/3/4")


def test_a_row_that_lacks_much_is_shown_with_what_is_known() -> None:
    here = world()
    bare = recordings.item({"id": 5, "type": "Todo", "title": "Crane", "completed": "yes"}, PLACE, here)
    assert bare is not None
    assert bare.task is not None
    assert (bare.task.title, bare.task.status, bare.task.author, bare.task.created) == ("Crane", Status.OPEN, None, 0)
    assert here.odd.count == 1
    late = recordings.item({**BASE, "type": "Message", "created_at": None}, PLACE, here)
    assert late is not None
    assert late.first is not None
    assert late.first.at == stamp(BASE["updated_at"])
    assert here.odd.count == 2


def test_who_reads_a_project() -> None:
    here = world()
    people = here.persons([{"id": 1, "name": "Sam"}, {"id": 2, "name": "Ana"}])
    assert places.audience(people, here.me) == Audience(Reach.PEOPLE, 2, (RemoteId("1"), RemoteId("2")))
    assert places.audience(people[:1], here.me).reach is Reach.ONLY_ME
    assert places.audience((), here.me) == Audience()


def test_ids_say_what_they_name() -> None:
    assert split("todo/12") == ("todo", "12")
    assert split("todo/x") == split("12") == ("", "")
    assert split_line("line/3/4") == ("3", "4")
    assert split_line("line/3/x") is None
    assert [number(each) for each in (9007199254741623, "12", True, -1, 1.5, "x", None, 10**19)] == [
        "9007199254741623", "12", None, None, None, None, None, None,
    ]  # fmt: skip
    assert stamp("2026-02-12T00:09:34.613-06:00") == Instant(1_770_876_574_613)
    assert [stamp(each) for each in ("", "soon", 5, "2026-13-01T00:00:00Z", "9" * 50)] == [None] * 5
    assert day("2026-01-02T03:04:05Z") == date(2026, 1, 2)
    assert day("soon") is None


def test_a_damaged_cursor_begins_anew_and_so_do_other_places() -> None:
    where = load(None, ("A",))
    where.me, where.due = "1", ["card/5"]
    assert load(where.dump(), ("A",)).due == ["card/5"]
    for damaged in ("", "{", "[]", '{"v": 1, "due": 5}', "\ud800"):
        assert load(damaged, ("A",)).due == []
    assert load(where.dump(), ("B",)).me == ""


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("Todo"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*BASE, "content", "dots", "steps",
        "assignees", "attachments", "unreads", "children", "dock", "name", "sgid", "category", "description"})), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*BASE, "type", "content", "description", "assignees", "steps", "attachments",
                                        "due_on", "completed", "comments_count", "category", "byte_size", "url", "dock",
                                        "unreads", "priorities", "participants"]), ODD, max_size=10),
       st.sampled_from([*WORDS, "Other", ""]))  # fmt: skip
def test_odd_answers_never_raise_and_are_counted(more: dict[str, Any], type_: str) -> None:
    here = world()
    row = {**BASE, "type": type_, **more}
    recordings.item(row, PLACE, here)
    lines.comment(row, PLACE, here)
    lines.chat_line(row, RemoteId("chat/3"), line_id("3", "4"), here)
    places.project(row, here)
    places.listed(row, "list", Cursor(), Audience())
    places.place_of(row, Cursor())
    list(waiting.readings(row, "unreads", here, {}))
    list(waiting.steps(row, Instant(1), here))
    tasks.version(row)
    bad = World(here.api, here.zone, here.me)
    assert recordings.item({**row, "id": None}, PLACE, bad) is None
    assert bad.odd.count >= 1
