"""Projects, their tools, lists and folders: once an hour, or when something names a place nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from connectors.basecamp.api import places, recordings
from connectors.basecamp.api.ids import ROUTES, named
from connectors.basecamp.api.shape import Row, number, obj, rows, text
from connectors.basecamp.run import Run
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Audience, Batch, Note, Person, Place, RemoteId
from leeward.words import _

DETAILS = 20
"""Of how many known projects the people, columns and hill chart are asked for again in one hour."""


async def tree(run: Run) -> AsyncIterator[Batch]:
    """Everything that holds something, with who reads it."""
    if not run.tree:
        return
    async for batch in _who(run):
        yield batch
    known = set(run.where.projects)
    urls = await _projects(run)
    first = [pid for pid in run.where.projects if pid not in known]
    rest = [pid for pid in run.where.projects if pid in known]
    start = (run.where.turn * DETAILS) % len(rest) if len(rest) > DETAILS else 0
    for pid in [*first, *(rest + rest)[start : start + min(DETAILS, len(rest))]]:
        if run.where.projects[pid].wanted:
            yield await _detail(run, pid, urls.get(pid))
    for type_, word in (("Todolist", "list"), ("Vault", "vault")):
        async for batch in _below(run, type_, word):
            yield batch
    async for batch in _doors(run):
        yield batch


async def _who(run: Run) -> AsyncIterator[Batch]:
    """Everybody there is, as far as the owner may know that; authors of lines come with them anyway."""
    try:
        async for _response, page in run.listing(run.ask.get("people.json"), Walk()):
            yield run.batch(Batch(people=run.world.persons(page)))
    except (Forbidden, Gone):
        return


async def _projects(run: Run) -> dict[str, str]:
    """Take in every project; one that is no longer listed stays known, since nothing is concluded from that."""
    urls: dict[str, str] = {}
    called: dict[str, set[str]] = {}
    async for _response, page in run.listing(run.ask.get("projects.json"), Walk()):
        for row in page:
            found = places.project(row, run.world)
            if found is None:
                continue
            pid, held = found
            tools = [*held.dock, *(name.partition("/")[2] for name in held.dock), *held.dock.values()]
            titles = [f"{held.name} / {title}" for title in held.dock.values()]
            names = (pid, held.name, named("project", pid), *tools, *titles)
            called[pid] = {each.casefold() for each in names}
            run.where.projects[pid] = held
            urls[pid] = text(row.get("app_url"))
    asked = {each.casefold().strip() for each in run.login.places}
    # A name that no project or tool has may be that of a list or folder in any of them.
    below = asked - {name for names in called.values() for name in names}
    for pid, own in called.items():
        run.where.projects[pid].wanted = not asked or bool(below or asked & own)
    return urls


async def _detail(run: Run, pid: str, url: str | None) -> Batch:
    """The places of one project with their readers, the columns of its card tables, and its hill charts."""
    held = run.where.projects[pid]
    readers, people = await _readers(run, pid)
    found = []
    for place in places.of_project(pid, held, url or None, readers):
        own = held.dock.get(place.id, held.name)
        names = (pid, held.name, place.id, place.id.partition("/")[2], place.title, own)
        run.where.places[place.id] = run.wanted(*names)
        found += [place] if run.where.places[place.id] else []
    notes: list[Note] = []
    for remote in held.dock:
        if remote.startswith("table/"):
            await columns(run, remote)
        elif remote.startswith("todoset/"):
            notes += await _hill(run, pid, RemoteId(remote))
    if not run.where.places.get(named("project", pid), True):
        notes = []
    return run.batch(Batch(places=tuple(found), people=people, notes=tuple(notes)))


async def _readers(run: Run, pid: str) -> tuple[Audience, tuple[Person, ...]]:
    people: list[Person] = []
    walk = Walk()
    try:
        async for _response, page in run.listing(run.ask.get(f"projects/{pid}/people.json"), walk):
            people += run.world.persons(page)
    except (Forbidden, Gone):
        people = []
    run.readers[pid] = places.audience(people, run.world.me) if walk.whole else Audience()
    return run.readers[pid], tuple(people)


async def columns(run: Run, table: str) -> None:
    """Remember which columns a card table has: a card names its column only."""
    try:
        row = await run.get(run.ask.get(f"card_tables/{table.partition('/')[2]}"))
    except (Forbidden, Gone):
        return
    for each in rows(row.get("lists") or [], run.world.odd):
        for part in (each, obj(each.get("on_hold"))):
            if column := number(part.get("id")):
                run.where.columns[column] = table.partition("/")[2]


async def _hill(run: Run, pid: str, todoset: RemoteId) -> list[Note]:
    try:
        row = await run.get(run.ask.get(f"todosets/{todoset.partition('/')[2]}/hill.json"))
    except (Forbidden, Gone):
        return []
    title = _("Hill chart: {project}").format(project=run.where.projects[pid].name)
    note = recordings.hill(row, todoset, named("project", pid), title)
    return [note] if note else []


async def _below(run: Run, type_: str, word: str) -> AsyncIterator[Batch]:
    """To-do lists and folders of all projects. Those whose readers were not asked this hour stay as they are."""
    try:
        async for _response, page in run.listing(run.ask.recordings(type_, "active"), Walk()):
            found, people = await _places(run, page, word)
            yield run.batch(Batch(places=tuple(found), people=tuple(people)))
    except (Forbidden, Gone):
        return


async def _places(run: Run, page: Iterable[Row], word: str) -> tuple[list[Place], list[Person]]:
    found: list[Place] = []
    people: list[Person] = []
    for row in page:
        pid = number(obj(row.get("bucket")).get("id")) or ""
        remote = named(word, number(row.get("id")) or "0")
        held = run.where.projects.get(pid)
        known = pid not in run.readers and remote in run.where.places
        if known or (held and remote in held.dock):
            continue
        if pid not in run.readers:
            people += (await _readers(run, pid))[1]
        place = places.listed(row, word, run.where, run.readers[pid])
        if place is None:
            run.world.odd.count += 1
            continue
        names = (pid, held.name if held else "", remote, remote.partition("/")[2], place.title, text(row.get("title")))
        run.where.places[remote] = run.wanted(*names)
        found += [place] if run.where.places[remote] else []
    return found, people


async def stranger(run: Run, place: RemoteId) -> Batch | None:
    """A list or folder that was made since the last look; None where it cannot be asked for."""
    word, _slash, found = place.partition("/")
    if word not in {"list", "vault"} or place in run.where.places:
        return None
    run.where.places[place] = not run.login.places
    try:
        row = await run.get(run.ask.get(f"{ROUTES[word]}/{found}"))
    except (Forbidden, Gone):
        return None
    del run.where.places[place]
    made, people = await _places(run, [row], word)
    return run.batch(Batch(places=tuple(made), people=tuple(people)))


async def _doors(run: Run) -> AsyncIterator[Batch]:
    """Links to other services that stand in a project, as cards; an older Basecamp does not know how to list them."""
    try:
        async for _response, page in run.listing(run.ask.recordings("Door", "active"), Walk()):
            made = [recordings.item(row, places.place_of(row, run.where), run.world) for row in page]
            notes = tuple(each.note for each in made if each and each.note and run.is_wanted(each.note.place))
            yield run.batch(Batch(notes=notes))
    except (Refused, Forbidden, Gone):
        return
