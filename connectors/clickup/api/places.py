"""Workspaces, spaces, folders, lists, channels and docs as places."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from connectors.clickup.api.hostile import Row, ident, obj, rows, text
from connectors.clickup.api.world import World
from leeward.model import Audience, Person, Place, Reach, RemoteId

MAX_NAMED = 100


class Workspace(Struct, frozen=True):
    """What v2 calls a team."""

    id: RemoteId
    name: str
    people: tuple[Person, ...]


class Above(Struct, frozen=True):
    """What stands above a list: its space and, if any, its folder. `names` are ids and titles a setting may name."""

    title: str
    audience: Audience
    names: tuple[str, ...]


def workspaces(document: object, world: World) -> list[Workspace]:
    """Every workspace the token sees, with its members."""
    found = []
    for row in rows(obj(document).get("teams"), world.odd):
        team = ident(row.get("id"))
        if team is None:
            world.odd.count += 1
            continue
        people = people_of(row.get("members"), world)
        found.append(Workspace(team, text(row.get("name")) or team, people))
    return found


def people_of(members: object, world: World) -> tuple[Person, ...]:
    """Members, given as users or as `{"user": …}`."""
    listed = members if isinstance(members, list) else []
    found = [world.person(obj(each).get("user") or each) for each in listed]
    return tuple({each.id: each for each in found if each}.values())


def audience(people: Iterable[Person], world: World, reach: Reach) -> Audience:
    """Named readers; who reads alone reads only for themselves."""
    ids = [each.id for each in people]
    if not ids:
        return Audience(Reach.UNKNOWN if reach is Reach.PEOPLE else reach)
    return Audience(Reach.ONLY_ME if ids == [world.me] else reach, len(ids), tuple(ids[:MAX_NAMED]))


def space(row: Row, workspace: Workspace, world: World) -> tuple[RemoteId, Above] | None:
    """A space: its readers are the workspace's, unless it is private."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    name = text(row.get("name")) or found
    if row.get("private") is False:
        readers = audience(workspace.people, world, Reach.ORGANISATION)
    else:
        # Absent or odd flags count as private with unknown readers: nothing may look narrower than it is.
        known = row.get("private") is True
        readers = audience(people_of(row.get("members"), world) if known else (), world, Reach.PEOPLE)
    return found, Above(name, readers, (workspace.id, workspace.name, found, name))


def folder(row: Row, above: Above, world: World) -> tuple[RemoteId, Above] | None:
    """A folder; a hidden one is how ClickUp holds lists without a folder and has no name worth showing."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    name = text(row.get("name")) or found
    title = above.title if row.get("hidden") is True else f"{above.title} / {name}"
    return found, Above(title, _narrowed(row, above, world), (*above.names, found, name))


def list_place(row: Row, above: Above, world: World) -> tuple[Place, tuple[str, ...]] | None:
    """A list, and the names a setting may call it by."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    name = text(row.get("name")) or found
    archived = row.get("archived") is True
    place = Place(
        found,
        f"{above.title} / {name}",
        _narrowed(row, above, world),
        threads=True,
        tasks=True,
        writable=not archived and text(row.get("permission_level")) in {"", "create", "edit"},
        archived=archived,
    )
    return place, (*above.names, found, name, place.title)


def list_of_task(row: Row, workspace: Workspace, world: World) -> tuple[Place, tuple[str, ...]] | None:
    """A list that only a task of it names: one that was shared by itself. Its readers are not told."""
    parts = [obj(row.get(name)) for name in ("space", "folder", "list")]
    names = [text(part.get("name")) for part in parts if part.get("hidden") is not True]
    ids = [found for part in parts if (found := ident(part.get("id")))]
    found = ident(parts[2].get("id"))
    if found is None:
        world.odd.count += 1
        return None
    title = " / ".join(name for name in names if name) or found
    known = (workspace.id, workspace.name, *ids, *names, title)
    return Place(found, title, threads=True, tasks=True), known


def channel_id(row: Row, workspace: Workspace) -> RemoteId | None:
    """A chat channel's id, which must say in which workspace it is asked for."""
    found = ident(row.get("id"))
    return None if found is None else RemoteId(f"{workspace.id}/chat/{found}")


def channel(row: Row, workspace: Workspace, world: World, members: tuple[Person, ...] | None) -> Place | None:
    """A chat channel; lines come flat, answers in threads. `members` are those of a private one, where they are told."""
    found = channel_id(row, workspace)
    if found is None:
        world.odd.count += 1
        return None
    public = text(row.get("visibility")) == "PUBLIC" and text(row.get("type")) == "CHANNEL"
    if public:
        readers = audience(workspace.people, world, Reach.ORGANISATION)
    else:
        readers = audience(members or (), world, Reach.PEOPLE)
    others = [each.name for each in members or () if each.id != world.me]
    archived = row.get("archived") is True
    return Place(
        found,
        text(row.get("name")) or ", ".join(others[:5]) or found,
        readers,
        flat=True,
        threads=True,
        writable=not archived,
        archived=archived,
    )


def doc(row: Row, workspace: Workspace, world: World) -> Place | None:
    """A doc, whose pages are notes. Who reads one that is not public is not told."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    reach = Reach.PUBLIC if row.get("public") is True else Reach.UNKNOWN
    return Place(
        RemoteId(f"{workspace.id}/doc/{found}"),
        text(row.get("name")) or found,
        Audience(reach),
        notes=True,
        archived=row.get("archived") is True,
    )


def _narrowed(row: Row, above: Above, world: World) -> Audience:
    if row.get("private") is not True:
        return above.audience
    return audience(people_of(row.get("members"), world), world, Reach.PEOPLE)
