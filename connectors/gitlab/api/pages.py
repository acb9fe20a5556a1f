"""Wiki pages as notes, boards as columns, epics as tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from connectors.gitlab.api.hostile import Row, day, ident, obj, rows, stamp, text, texts
from connectors.gitlab.api.incoming import World, status_of, tier_of
from connectors.gitlab.api.outgoing import split_marker
from leeward.model import Audience, Instant, Note, Person, Place, Reach, RemoteId, Task

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
    return Place(
        RemoteId(f"groups/{found}"), text(row.get("full_path")) or path, Audience(reach), url or None, tasks=True
    )


def epic(row: Row, place: Place, world: World) -> tuple[Task, Person | None] | None:
    """One epic; None, and odd, without group, number or date of birth."""
    group, iid, created = ident(row.get("group_id")), ident(row.get("iid")), stamp(row.get("created_at"))
    if group is None or iid is None or created is None:
        world.odd.count += 1
        return None
    author = world.person(row.get("author"))
    description = text(row.get("description"))
    bare, key = split_marker(description)
    ours = author is not None and author.id == world.me
    labels, state = texts(row.get("labels")), text(row.get("state"))
    task = Task(
        RemoteId(f"groups/{group}/epics/{iid}"),
        place.id,
        text(row.get("title")),
        bare if ours else description,
        status_of(state, labels),
        state or None,
        author.id if author else None,
        (),
        day(row.get("due_date")),
        tier_of(labels),
        labels,
        text(row.get("web_url")) or None,
        None,
        stamp(row.get("updated_at")),
        created,
        key=key if ours else None,
        version=text(row.get("updated_at")) or None,
    )
    return task, author


def newest(events: Iterable[tuple[str, Instant]]) -> Mapping[str, Instant]:
    """The last event of each page."""
    found: dict[str, Instant] = {}
    for slug, at in events:
        found[slug] = max(at, found.get(slug, at))
    return found
