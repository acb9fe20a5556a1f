"""Projects and their tools as places: the dock of a project says which are on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from connectors.basecamp.api.cursor import Cursor, Project
from connectors.basecamp.api.ids import named
from connectors.basecamp.api.shape import Row, number, obj, rows, text, whole
from connectors.basecamp.api.world import World
from leeward.model import Audience, Person, Place, Reach, RemoteId
from leeward.words import _

MAX_NAMED = 100
TOOLS = {
    "message_board": "board",
    "todoset": "todoset",
    "vault": "vault",
    "chat": "chat",
    "schedule": "schedule",
    "questionnaire": "checkins",
    "kanban_board": "table",
}
"""Tools of a dock that leeward reads, and how their places are called."""

NEEDED = {
    "Message": "board",
    "Todo": "todoset",
    "Kanban::Card": "table",
    "Document": "vault",
    "Upload": "vault",
    "Question::Answer": "checkins",
}
"""Without this tool in any project there is none of that type to ask for."""

_CHAT = re.compile(r"/chats/([0-9]{1,19})/")
PINGS = RemoteId("pings")


def project(row: Row, world: World) -> tuple[str, Project] | None:
    """A project and its tools; several of one sort are told apart by their number."""
    found = number(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    dock: dict[str, str] = {}
    for tool in rows(row.get("dock") or [], world.odd):
        word, id_ = TOOLS.get(text(tool.get("name"))), number(tool.get("id"))
        if word and id_ and tool.get("enabled") is not False:
            dock[f"{word}/{id_}"] = " ".join(whole(tool.get("title")).split())
    return found, Project(" ".join(whole(row.get("name")).split()) or found, dock=dock)


def of_project(pid: str, held: Project, url: str | None, readers: Audience) -> Iterator[Place]:
    """The project itself and every tool of it that holds something; to-do lists come by themselves."""
    yield Place(named("project", pid), held.name, readers, url, notes=True, writable=False)
    for remote, title in held.dock.items():
        word = remote.partition("/")[0]
        if word != "todoset":
            yield tool(RemoteId(remote), f"{held.name} / {title or word}", readers)


def tool(remote: RemoteId, title: str, readers: Audience, url: str | None = None) -> Place:
    """One tool, list or folder."""
    word = remote.partition("/")[0]
    flat = word == "chat"
    return Place(
        remote,
        title,
        readers,
        url,
        flat=flat,
        threads=not flat,
        tasks=word in {"list", "table"},
        notes=word == "vault",
        writable=word in {"board", "chat", "list", "table", "vault"},
    )


def listed(row: Row, word: str, where: Cursor, readers: Audience) -> Place | None:
    """A to-do list or a folder, called by its project."""
    found, pid = number(row.get("id")), number(obj(row.get("bucket")).get("id"))
    if found is None or pid is None:
        return None
    held = where.projects.get(pid)
    project_name = held.name if held else whole(obj(row.get("bucket")).get("name")) or pid
    above = obj(row.get("parent"))
    inside = text(above.get("type")) in {"Todolist", "Vault"}
    title = " ".join(whole(row.get("title") or row.get("name")).split()) or found
    names = [project_name, *([whole(above.get("title"))] if inside else []), title]
    return tool(named(word, found), " / ".join(names), readers, text(row.get("app_url")) or None)


def audience(people: Iterable[Person], me: RemoteId | None) -> Audience:
    """Those on a project; who is alone there reads only for themselves."""
    ids = [each.id for each in people]
    if not ids:
        return Audience()
    return Audience(Reach.ONLY_ME if ids == [me] else Reach.PEOPLE, len(ids), tuple(ids[:MAX_NAMED]))


def circle(row: Row, world: World) -> tuple[str, Place, tuple[Person, ...]] | None:
    """A ping: its number, and the chat it is, called by its title or by who else is in it."""
    found, chat = number(row.get("id")), _CHAT.search(text(obj(row.get("links")).get("lines")))
    if found is None or chat is None:
        return None
    people = world.persons(row.get("people"))
    others = ", ".join(each.name for each in people if each.id != world.me)
    title = " ".join(whole(row.get("title")).split()) or others or found
    readers = audience(people, world.me)
    return found, tool(named("chat", chat[1]), title, readers, text(row.get("app_url")) or None), people


def pings() -> Place:
    """Where pings are told of that cannot be read: an older Basecamp says that there are some, and no more."""
    return Place(PINGS, _("Pings"), Audience(Reach.PEOPLE), writable=False)


def place_of(row: Row, where: Cursor) -> RemoteId:
    """Where a recording lives; its project where nothing more is known."""
    parent, pid = obj(row.get("parent")), number(obj(row.get("bucket")).get("id"))
    above, type_ = number(parent.get("id")), text(row.get("type"))
    fallback = named("project", pid or "0")
    if type_ == "Todolist":
        own = number(row.get("id"))
        return named("list", own) if own else fallback
    if type_ == "Question::Answer":
        held = where.projects.get(pid or "")
        return (
            next((RemoteId(each) for each in held.dock if each.startswith("checkins/")), fallback) if held else fallback
        )
    if above is None:
        return fallback
    if type_ == "Kanban::Card":
        table = where.columns.get(above)
        return named("table", table) if table else fallback
    words = {
        "Message": "board",
        "Todo": "list",
        "Document": "vault",
        "Upload": "vault",
        "GoogleDocument": "vault",
        "CloudFile": "vault",
        "Schedule::Entry": "schedule",
    }
    return named(words[type_], above) if type_ in words else fallback
