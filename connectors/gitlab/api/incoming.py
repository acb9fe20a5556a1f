"""GitLab's answers as leeward's rows. Nothing here raises for an odd answer; the oddities are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import quote

from msgspec import Struct, field

from connectors.gitlab.api.beside import EXTRA, beside, calls_for, has_wiki
from connectors.gitlab.api.hostile import Odd, Row, count, day, ident, obj, stamp, text, texts
from connectors.gitlab.api.outgoing import split_marker
from leeward.model import (
    Audience,
    File,
    Instant,
    ItemType,
    Key,
    Message,
    Person,
    Place,
    Reach,
    RemoteId,
    Status,
    Task,
    Thread,
    Tier,
    Todo,
)

Sort: TypeAlias = Literal["issues", "merge_requests"]

TIERS = {"priority::1": Tier.RED, "priority::2": Tier.YELLOW, "priority::3": Tier.GREEN}
DOING = frozenset({"doing", "in progress", "in-progress", "wip"})
_MENTION = re.compile(r"(?<![\w`/])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_UPLOAD = re.compile(r"\[([^\]\n]{0,255})\]\(/uploads/([0-9a-f]{32})/([^)\s]{1,255})\)")
_TARGETS: dict[str, Sort] = {"Issue": "issues", "MergeRequest": "merge_requests"}
_MENTIONED = frozenset({"mentioned", "directly_addressed"})


class World(Struct):
    """What reading needs to know beside the answer: who we are, where the API is, who is called what.

    `columns`: the labels that are columns of a project's boards, by project.
    """

    api: str
    owner: Person | None = None
    handles: dict[str, RemoteId] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    odd: Odd = field(default_factory=Odd)

    @property
    def me(self) -> RemoteId | None:
        """Our own id, once it is known."""
        return self.owner.id if self.owner else None

    def person(self, value: object) -> Person | None:
        """A user, remembered by handle; a deleted one (null) is nobody."""
        row = obj(value)
        found = ident(row.get("id"))
        if found is None:
            return None
        if self.owner is not None and found == self.owner.id:
            # Lists name people without their address; the owner's stays as `/user` gave it.
            return self.owner
        handle = text(row.get("username")) or None
        if handle:
            self.handles[handle.lower()] = found
        address = text(row.get("email")) or text(row.get("public_email")) or None
        name = text(row.get("name")) or handle or found
        return Person(found, name, handle, address, verified=bool(row.get("confirmed_at")))


class Item(Struct, frozen=True):
    """An issue, merge request or epic: its thread, its first line, who is in it, and the task unless it merges.

    `path`: where its lines are asked for. `moved` tells whether it did. `lines`: how many, 0 where that is not told.
    """

    path: str
    thread: Thread
    first: Message
    people: tuple[Person, ...]
    task: Task | None
    moved: str
    lines: int


def path_of(thread: str) -> str:
    """Where something is asked for: issues and merge requests lie below projects, epics below groups."""
    return thread if thread.startswith("groups/") else f"projects/{thread}"


def home_of(thread: str) -> str:
    """The project or group something lies in, as a path."""
    return "/".join(path_of(thread).split("/")[:2])


def place(row: Row, world: World, members: tuple[Person, ...] | None) -> Place | None:
    """A project. `members` are those of a private one, where they could be read."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    visibility = text(row.get("visibility"))
    audience = Audience({"public": Reach.PUBLIC, "internal": Reach.ORGANISATION}.get(visibility, Reach.UNKNOWN))
    if visibility == "private" and members is not None:
        reach = Reach.ONLY_ME if [each.id for each in members] == [world.me] else Reach.PEOPLE
        audience = Audience(reach, len(members), tuple(each.id for each in members[:100]))
    issues = row.get("issues_enabled") is not False and text(row.get("issues_access_level")) != "disabled"
    archived = row.get("archived") is True
    return Place(
        found,
        text(row.get("path_with_namespace")) or text(row.get("name_with_namespace")) or found,
        audience,
        text(row.get("web_url")) or None,
        threads=True,
        tasks=issues,
        notes=has_wiki(row),
        writable=not archived,
        archived=archived,
    )


def item(row: Row, sort: Sort, world: World) -> Item | None:
    """An issue or merge request with its description as the first line."""
    project, iid, created = ident(row.get("project_id")), ident(row.get("iid")), stamp(row.get("created_at"))
    if project is None or iid is None or created is None:
        world.odd.count += 1
        return None
    thread = RemoteId(f"{project}/{sort}/{iid}")
    author = world.person(row.get("author"))
    others = [world.person(each) for each in _assigned(row)]
    assignees = tuple(dict.fromkeys(each.id for each in others if each))
    asked = [world.person(each) for each in _several(row.get("reviewers"))]
    description, key = unmarked(text(row.get("description")), author, world)
    updated = stamp(row.get("updated_at"))
    title = text(row.get("title"))
    url = text(row.get("web_url")) or None
    closed = text(row.get("state")) in {"closed", "merged"}
    who = author.id if author else None
    notes = count(row.get("user_notes_count"))
    task = None
    if sort == "issues":
        task = _task(row, thread, (title, description, key), (who, assignees, created), world)
    return Item(
        path_of(thread),
        Thread(thread, project, title, url, thread if task else None, _unique(who, *assignees), updated, closed),
        Message(
            RemoteId(f"{thread}/description"),
            project,
            who,
            created,
            description,
            thread,
            text(row.get("description")) or None,
            (),
            mentions(description, world.handles),
            files(description, home_of(thread), world.api),
            url,
            key=key,
            version=str(len(description)) + ":" + text(row.get("last_edited_at")),
        ),
        tuple(each for each in (author, *others, *asked) if each),
        task,
        f"{text(row.get('updated_at'))}/{notes}",
        notes + 1,
    )


def _task(
    row: Row,
    thread: RemoteId,
    words: tuple[str, str, Key | None],
    who: tuple[RemoteId | None, tuple[RemoteId, ...], Instant],
    world: World,
) -> Task:
    labels = texts(row.get("labels"))
    state = text(row.get("state"))
    project = RemoteId(thread.partition("/")[0])
    column = next((each for each in world.columns.get(project, ()) if each in labels), None)
    extra = beside(row)
    return Task(
        thread,
        project,
        words[0],
        words[1] + (EXTRA + extra if extra else ""),
        status_of(state, labels),
        (column if state != "closed" else None) or state or None,
        who[0],
        who[1],
        day(row.get("due_date")),
        tier_of(labels),
        labels,
        text(row.get("web_url")) or None,
        thread,
        stamp(row.get("updated_at")),
        who[2],
        key=words[2],
        version=text(row.get("updated_at")) or None,
    )


def notes(discussion: Row, item_: Item, world: World) -> tuple[list[Message], list[Person]]:
    """The lines of one discussion; all but the first answer its first."""
    lines: list[Message] = []
    people: list[Person] = []
    listed = discussion.get("notes")
    root: RemoteId | None = None
    for row in listed if isinstance(listed, list) else ():
        found = ident(obj(row).get("id"))
        created = stamp(obj(row).get("created_at"))
        if found is None or created is None:
            world.odd.count += 1
            continue
        author = world.person(row.get("author"))
        people += [author] if author else []
        lines.append(_note(row, item_.thread, (found, created, author), root, world))
        root = root or found
    return lines, people


def _note(
    row: Row,
    thread: Thread,
    facts: tuple[RemoteId, Instant, Person | None],
    root: RemoteId | None,
    world: World,
) -> Message:
    found, created, author = facts
    body = text(row.get("body"))
    words, key = unmarked(body, author, world)
    updated = stamp(row.get("updated_at"))
    return Message(
        found,
        thread.place,
        author.id if author else None,
        created,
        words,
        thread.id,
        body if body != words else None,
        (root,) if root else (),
        mentions(words, world.handles),
        files(words, home_of(thread.id), world.api),
        f"{thread.url}#note_{found}" if thread.url else None,
        updated if updated is not None and updated > created else None,
        notice=row.get("system") is True,
        key=key,
        version=text(row.get("updated_at")) or None,
    )


def todo(row: Row, world: World) -> tuple[Todo, Person | None] | None:
    """What waits for the owner; None where it names no project or is no object of ours."""
    found, at = ident(row.get("id")), stamp(row.get("created_at"))
    target = obj(row.get("target"))
    project = ident(target.get("project_id")) or ident(obj(row.get("project")).get("id"))
    if found is None or at is None or project is None:
        world.odd.count += 1
        return None
    author = world.person(row.get("author"))
    sort, iid = _TARGETS.get(text(row.get("target_type"))), ident(target.get("iid"))
    about = (ItemType.THREAD, RemoteId(f"{project}/{sort}/{iid}")) if sort and iid else None
    return (
        Todo(
            found,
            project,
            calls_for(text(row.get("action_name"))).format(title=text(target.get("title")) or text(row.get("body"))),
            at,
            author.id if author else None,
            text(row.get("action_name")) in _MENTIONED,
            about,
            text(row.get("body")),
            text(row.get("target_url")) or None,
            text(row.get("state")) != "done",
        ),
        author,
    )


def mentions(words: str, handles: Mapping[str, RemoteId]) -> tuple[RemoteId, ...]:
    """Who is named outside code; handles nobody is known by are left out."""
    if "@" not in words:
        return ()
    named = (handles.get(each.lower()) for each in _MENTION.findall(_CODE.sub(" ", words[:100_000])))
    return tuple(dict.fromkeys(each for each in named if each))


def files(words: str, home: str, api: str) -> tuple[File, ...]:
    """What is attached, by the address the API serves it under; `home` is the path of a project or group."""
    return tuple(
        File(label or name, f"{api}/{home}/uploads/{secret}/{quote(name, safe='%')}")
        for label, secret, name in _UPLOAD.findall(words)
    )


def unmarked(words: str, author: Person | None, world: World) -> tuple[str, Key | None]:
    """A marker counts only under our own name: anybody can copy one."""
    bare, key = split_marker(words)
    return (bare, key) if author is not None and author.id == world.me else (words, None)


def status_of(state: str, labels: tuple[str, ...]) -> Status:
    """What GitLab's two states and a label make of it."""
    if state == "closed":
        return Status.DONE
    return Status.DOING if any(is_doing(each) for each in labels) else Status.OPEN


def tier_of(labels: tuple[str, ...]) -> Tier | None:
    """How soon, by the label that says so."""
    return next((TIERS[each.lower()] for each in labels if each.lower() in TIERS), None)


def is_doing(label: str) -> bool:
    """Whether a label says that somebody is at it: `Doing`, `workflow::in progress`."""
    return label.lower().rpartition("::")[2] in DOING


def _assigned(row: Row) -> list[object]:
    several = row.get("assignees")
    return _several(several) if isinstance(several, dict | list) else [row.get("assignee")]


def _several(value: object) -> list[object]:
    """One object in place of a list counts as a list of one."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _unique(*ids: RemoteId | None) -> tuple[RemoteId, ...]:
    return tuple(dict.fromkeys(each for each in ids if each))
