"""Teams, channels, chats, lists, plans and sections as places, with who can read them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from connectors.teams.api.lines import is_archived
from connectors.teams.api.shape import ONENOTE, OWN_WORDS, PLAN, TODO, Row, flag, ident, instant, obj, rows, text
from connectors.teams.api.world import MAX_NAMED, World
from leeward.model import Audience, Instant, Person, Place, Reach, RemoteId
from leeward.words import _


class Found(Struct, frozen=True):
    """A place as it is listed; `names` are what a setting may call it by, `row` what the answer said."""

    id: RemoteId
    row: Row
    title: str
    names: tuple[str, ...] = ()


def one_line(value: object) -> str:
    """A name on one line."""
    return " ".join(text(value).split())


def team(row: Row, world: World) -> Found | None:
    """A team the owner is in."""
    id = ident(row.get("id"))
    if id is None or id in OWN_WORDS:
        world.odd.count += 1
        return None
    title = one_line(row.get("displayName")) or id
    return Found(id, row, title, (id, title))


def channel(row: Row, above: Found, world: World) -> Found | None:
    """A channel of a team."""
    id = ident(row.get("id"))
    if id is None:
        world.odd.count += 1
        return None
    name = one_line(row.get("displayName")) or id
    title = f"{above.title} / {name}"
    return Found(RemoteId(f"{above.id}/{id}"), row, title, (*above.names, id, name, title))


def channel_place(found: Found, above: Found, audience: Audience) -> Place:
    """As a place with threads."""
    archived = is_archived(found.row) or is_archived(above.row)
    return Place(
        found.id,
        found.title,
        audience,
        text(found.row.get("webUrl")) or None,
        threads=True,
        writable=not archived,
        archived=archived,
    )


def private(row: Row) -> bool:
    """Whether a channel has members of its own."""
    return text(row.get("membershipType")) not in {"", "standard"}


def readers(members: Sequence[Row] | None, world: World, *, visibility: str = "") -> Audience:
    """Who reads: everybody in the organisation where anybody may join, else the members, as far as they are known."""
    if visibility == "public":
        return Audience(Reach.ORGANISATION)
    if members is None:
        return Audience(Reach.PEOPLE)
    people = [found for each in members if (found := world.member(each))]
    alone = len(members) == 1 and [each.id for each in people] == [world.me]
    ids = tuple(dict.fromkeys(each.id for each in people))[:MAX_NAMED]
    return Audience(Reach.ONLY_ME if alone else Reach.PEOPLE, len(members), ids)


def chat(row: Row, world: World) -> tuple[Found, Place, tuple[Person, ...]] | None:
    """A chat with its members, as they came with it."""
    id = ident(row.get("id"))
    if id is None or id in OWN_WORDS:
        world.odd.count += 1
        return None
    listed = row.get("members")
    members = list(rows(listed, world.odd)) if isinstance(listed, list) else None
    people = tuple(one for each in members or () if (one := world.member(each)))
    others = [each.name for each in people if each.id != world.me]
    title = one_line(row.get("topic")) or ", ".join(others[:8]) or _("Chat")
    found = Found(id, row, title, (id, title, *(others if row.get("chatType") == "oneOnOne" else ())))
    place = Place(id, title, readers(members, world), text(row.get("webUrl")) or None, flat=True, threads=True)
    return found, place, people


def read_until(row: Row) -> Instant | None:
    """When the owner last read a chat."""
    return instant(obj(row.get("viewpoint")).get("lastMessageReadDateTime"))


def moved(row: Row) -> str:
    """What tells that something was said in a chat."""
    last = obj(row.get("lastMessagePreview"))
    return f"{ident(last.get('id')) or ''}@{text(last.get('createdDateTime'))}@{text(row.get('lastUpdatedDateTime'))}"


def task_list(row: Row, world: World) -> tuple[Found, Place] | None:
    """A list of To Do; one's own is for oneself alone."""
    id = ident(row.get("id"))
    if id is None:
        world.odd.count += 1
        return None
    name = one_line(row.get("displayName")) or id
    title = _("To Do / {name}").format(name=name)
    shared = flag(row.get("isShared"))
    audience = Audience(Reach.PEOPLE) if shared else Audience(Reach.ONLY_ME, 1, (world.me,))
    found = Found(RemoteId(f"{TODO}/{id}"), row, title, (id, name, title, "To Do"))
    return found, Place(found.id, title, audience, tasks=True)


def plan(row: Row, teams: dict[str, Audience], world: World) -> tuple[Found, Place] | None:
    """A plan; its readers are those of the group it belongs to."""
    id = ident(row.get("id"))
    if id is None:
        world.odd.count += 1
        return None
    name = one_line(row.get("title")) or id
    title = _("Planner / {name}").format(name=name)
    held = obj(row.get("container"))
    group = ident(held.get("containerId")) or ident(row.get("owner")) or RemoteId("")
    audience = teams.get(group, Audience(Reach.UNKNOWN))
    if held.get("type") == "user":
        audience = Audience(Reach.PEOPLE)
    found = Found(RemoteId(f"{PLAN}/{id}"), row, title, (id, name, title, "Planner"))
    return found, Place(found.id, title, audience, tasks=True)


def section(row: Row, world: World) -> tuple[Found, Place] | None:
    """A section of one of the owner's notebooks."""
    id = ident(row.get("id"))
    if id is None:
        world.odd.count += 1
        return None
    book = obj(row.get("parentNotebook"))
    name, shelf = one_line(row.get("displayName")) or id, one_line(book.get("displayName"))
    title = f"{shelf} / {name}" if shelf else name
    shared = book.get("isShared")
    audience = Audience(Reach.ONLY_ME, 1, (world.me,)) if shared is False else Audience(Reach.UNKNOWN)
    url = text(obj(obj(row.get("links")).get("oneNoteWebUrl")).get("href")) or None
    found = Found(RemoteId(f"{ONENOTE}/{id}"), row, title, (id, name, shelf, title, "OneNote"))
    return found, Place(found.id, title, audience, url, notes=True)
