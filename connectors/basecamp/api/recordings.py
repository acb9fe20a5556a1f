"""Recordings as threads, lines, tasks and notes: one reader for each thing Basecamp keeps."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from connectors.basecamp.api.base import Base, Item, base, is_whole, line_of, squeezed, thread_of
from connectors.basecamp.api.cursor import digest
from connectors.basecamp.api.ids import TASKS, named
from connectors.basecamp.api.rich import Rich
from connectors.basecamp.api.shape import Row, flag, obj, stamp, text, whole
from connectors.basecamp.api.tasks import task
from connectors.basecamp.api.world import World
from leeward.model import File, ItemType, Note, Person, RemoteId

HEAD_END = " [fyi]\n\n"
NEWS = frozenset({"announcement", "fyi"})
"""Message types by which their sender says that nothing is asked: they count as FYI."""


def item(row: Row, place: RemoteId, world: World) -> Item | None:
    """One recording, with what is known of it; None without an id."""
    creator = world.person(row.get("creator"))
    held = base(row, place, creator.id if creator else None)
    world.odd.count += held is None or not is_whole(row)
    if held is None:
        return None
    people = (creator,) if creator else ()
    if held.word in TASKS:
        return task(held, people, world)
    if held.word in {"message", "answer"}:
        return _spoken(held, people, world)
    return _kept(held, people, world)


def _spoken(held: Base, people: tuple[Person, ...], world: World) -> Item:
    """A message of a board, or an answer to a check-in."""
    rich, key = world.rich(held.row.get("content"), held.author)
    title = squeezed(held.row.get("subject")) or held.title
    if held.word == "answer" and people:
        question = squeezed(obj(held.row.get("parent")).get("title")) or title
        title = f"{question}: {people[0].name}"
    words = heading(held.row) + rich.text
    return Item(
        held.id,
        thread_of(held, title),
        line_of(held, held.id, words, rich, key, text(held.row.get("content"))),
        people=people,
    )


def _kept(held: Base, people: tuple[Person, ...], world: World) -> Item:
    """Documents, files, links and the rest: notes where they hold something, threads once somebody commented."""
    html = held.row.get("content") if held.word == "document" else held.row.get("description")
    rich, key = world.rich(html, held.author)
    title = " ".join((whole(held.row.get("filename")) or whole(held.row.get("summary"))).split()) or held.title
    note = None
    if held.word == "document":
        note = Note(held.id, held.place, title, rich.text, held.updated, held.url, key, note_version(held.row))
    elif held.word in {"upload", "door", "gdoc", "cloud"}:
        words = card(held, title, rich)
        note = Note(held.id, held.place, title, words, held.updated, held.url, version=digest(title, words))
    comments = held.row.get("comments_count")
    if not isinstance(comments, int) or comments < 1:
        return Item(held.id, note=note, people=people)
    words = (
        title if held.word in {"document", "upload"} else "\n\n".join(each for each in (_when(held), rich.text) if each)
    )
    first = line_of(held, held.id, words or title, rich, None, "")
    if held.word == "upload":
        first = replace(first, files=(_itself(held, title), *first.files))
    return Item(held.id, thread_of(held, title), first, note=note, people=people)


def note_version(row: Row) -> str:
    """What an update of a document must have seen."""
    return digest(squeezed(row.get("title")), text(row.get("content")))


def card(held: Base, title: str, rich: Rich) -> str:
    """A link card: where it leads, what sort of thing is there, and what was said of it."""
    outside = held.word in {"door", "gdoc", "cloud"}
    link = text(held.row.get("url")) if outside else held.url or ""
    service = whole(obj(held.row.get("service")).get("name")) or whole(held.row.get("document_type"))
    size = held.row.get("byte_size")
    sort = whole(held.row.get("content_type"))
    facts = [service] if service else []
    facts += [sort] if sort and not outside else []
    facts += [f"{max(1, size // 1024)} kB"] if isinstance(size, int) and not isinstance(size, bool) and size > 0 else []
    shown = f"[{title}]({link})" if link.startswith(("https://", "http://")) else title
    return "\n\n".join(each for each in (shown, " · ".join(facts), rich.text) if each)


def _itself(held: Base, title: str) -> File:
    size = held.row.get("byte_size")
    known = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
    return File(title, text(held.row.get("download_url")) or None, known, text(held.row.get("content_type")) or None)


def _when(held: Base) -> str:
    """When a schedule's entry is, as it says itself."""
    starts, ends = text(held.row.get("starts_at"))[:40], text(held.row.get("ends_at"))[:40]
    if flag(held.row, "all_day"):
        starts, ends = starts[:10], ends[:10]
    return " - ".join(dict.fromkeys(each.replace("T", " ") for each in (starts, ends) if each))


def heading(row: Row) -> str:
    """The type of a message whose sender asks nothing, as a first line of its own: “Announcement [fyi]”."""
    name = squeezed(obj(row.get("category")).get("name"))
    return name + HEAD_END if name.casefold() in NEWS else ""


def without_heading(words: str, row: Row) -> str:
    """Words without the first line that `heading` put there."""
    return words.removeprefix(heading(row))


def lost(id_: RemoteId) -> Iterator[tuple[ItemType, RemoteId]]:
    """What leeward holds of a recording that is in the trash or the archive."""
    word = id_.partition("/")[0]
    if word == "comment":
        yield ItemType.MESSAGE, id_
        return
    yield ItemType.THREAD, id_
    if word in TASKS:
        yield ItemType.TASK, id_
    elif word in {"document", "upload", "door"}:
        yield ItemType.NOTE, id_


def hill(row: Row, todoset: RemoteId, place: RemoteId, title: str) -> Note | None:
    """A hill chart as a note: each list, and how far it is; None where there is none."""
    updated = stamp(row.get("updated_at"))
    dots = [obj(each) for each in _listed(row.get("dots"))]
    if not flag(row, "enabled") or not dots or updated is None:
        return None
    lines = []
    for dot in dots:
        at = dot.get("position")
        known = at if isinstance(at, int) and not isinstance(at, bool) else 0
        side = "figuring it out" if known < 50 else "making it happen" if known < 100 else "done"
        label = squeezed(dot.get("label"))
        lines.append(f"- {label}: {known} of 100, {side}")
    words = "\n".join(lines)
    return Note(named("hill", todoset.partition("/")[2]), place, title, words, updated, version=digest(words))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
