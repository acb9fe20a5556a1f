"""Wiki pages as notes, boards as columns, epics as tasks and threads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from connectors.gitlab.api.cursor import moved_of, seal
from connectors.gitlab.api.hostile import Odd, Row, day, ident, obj, rows, stamp, text, texts
from connectors.gitlab.api.incoming import Item, World, files, home_of, mentions, status_of, tier_of, unmarked
from connectors.gitlab.api.outgoing import split_marker
from leeward.model import Audience, Instant, Message, Note, Place, Reach, RemoteId, Task, Thread

MAX_SLUG = 2000


def wiki_id(project: str, slug: str) -> RemoteId:
    """How a page is named outside: its slug may hold slashes."""
    return RemoteId(f"{project}/wikis/{slug}")


def split_wiki(note: str) -> tuple[str, str] | None:
    """Project and slug out of such a name; None for anything else."""
    project, _wikis, slug = note.partition("/wikis/")
    return (project, slug) if slug and project.isdecimal() else None


def wiki_page(row: Row, place: Place, at: Instant, world: World) -> Note | None:
    """One page. GitLab names no author, so a marker counts wherever it stands."""
    slug = text(row.get("slug"))
    if not slug or len(slug) > MAX_SLUG:
        world.odd.count += 1
        return None
    content = text(row.get("content"))
    words, key = split_marker(content)
    url = f"{place.url}/-/wikis/{slug}" if place.url else None
    title = text(row.get("title")) or slug
    return Note(wiki_id(place.id, slug), place.id, title, words, at, url, key, wiki_version(row))


def wiki_version(row: Row) -> str:
    """A fingerprint of title and text: pages carry no stamp."""
    said = f"{text(row.get('title'))}\n{text(row.get('content'))}"
    return _print(said)


def _print(said: str) -> str:
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=8).hexdigest()


def written(document: object, world: World) -> Iterator[tuple[str, Instant]]:
    """Slug and time of each event at a wiki."""
    for row in rows(document, world.odd):
        slug, at = text(obj(row.get("wiki_page")).get("slug")), stamp(row.get("created_at"))
        if slug and at is not None:
            yield slug, at


def columns(document: object, world: World) -> tuple[str, ...]:
    """The labels that are columns of any board, in the boards' own order."""
    found: list[str] = []
    for board in rows(document, world.odd):
        lists = board.get("lists")
        labels = (obj(obj(each).get("label")) for each in (lists if isinstance(lists, list) else ()))
        found += [text(each.get("name")) for each in labels]
    return tuple(dict.fromkeys(each for each in found if each))


def group_place(row: Row, path: str) -> Place | None:
    """A group as the place of its epics."""
    found = ident(row.get("id"))
    if found is None:
        return None
    reach = {"public": Reach.PUBLIC, "internal": Reach.ORGANISATION}.get(text(row.get("visibility")), Reach.UNKNOWN)
    url = text(row.get("web_url"))
    named, title = RemoteId(f"groups/{found}"), text(row.get("full_path")) or path
    return Place(named, title, Audience(reach), url or None, threads=True, tasks=True)


def epic(row: Row, place: Place, world: World) -> Item | None:
    """One epic as a task and a thread, its description the first line; None, and odd, without what names it.

    Its lines are asked for by its own id, everything else by its number in its group, which may lie below the place's.
    """
    group, iid, created = ident(row.get("group_id")), ident(row.get("iid")), stamp(row.get("created_at"))
    own_id = ident(row.get("id"))
    if group is None or iid is None or own_id is None or created is None:
        world.odd.count += 1
        return None
    thread = RemoteId(f"groups/{group}/epics/{iid}")
    author = world.person(row.get("author"))
    who = author.id if author else None
    written = text(row.get("description"))
    words, key = unmarked(written, author, world)
    labels, state, title = texts(row.get("labels")), text(row.get("state")), text(row.get("title"))
    moved, updated = text(row.get("updated_at")), stamp(row.get("updated_at"))
    url = text(row.get("web_url")) or None
    status, tier, due = status_of(state, labels), tier_of(labels), day(row.get("due_date"))
    task = Task(
        thread, place.id, title, words, status, state or None, who, (), due, tier, labels, url, thread, updated,
        created, key=key, version=moved or None,
    )  # fmt: skip
    first = Message(
        RemoteId(f"{thread}/description"), place.id, who, created, words, thread, written or None, (),
        mentions(words, world.handles), files(words, home_of(thread), world.api), url, key=key, version=_print(written),
    )  # fmt: skip
    closed = state == "closed"
    return Item(
        epic_path(thread, own_id),
        Thread(thread, place.id, title, url, thread, (who,) if who else (), updated, closed),
        first,
        (author,) if author else (),
        task,
        f"{moved}/{own_id}",
        0,
    )


def epic_path(thread: str, own_id: str) -> str:
    """Where the lines of an epic are asked for, and written."""
    return f"{thread.rpartition('/')[0]}/{own_id}"


def held_path(thread: RemoteId, version: str | None) -> str | None:
    """The same out of a version that was held; None where it names no id."""
    own_id = moved_of(version).partition("/")[2].partition(":")[0]
    return epic_path(thread, own_id) if own_id.isdecimal() else None


def seal_of(discussions: Iterable[Row]) -> str:
    """The fingerprint of lines as GitLab lists them."""
    lines = (row for each in discussions for row in rows(each.get("notes"), Odd()))
    return seal((found, text(row.get("updated_at"))) for row in lines if (found := ident(row.get("id"))))


def newest(events: Iterable[tuple[str, Instant]]) -> Mapping[str, Instant]:
    """The last event of each page."""
    found: dict[str, Instant] = {}
    for slug, at in events:
        found[slug] = max(at, found.get(slug, at))
    return found
