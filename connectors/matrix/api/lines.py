"""From the events of one room to the lines, threads and people of a batch.

Two steps, so that both stay pure: `sort` tells which events are lines, edits and redactions and which others must be
asked for (`missing`); `weave` makes the rows once those have come.

A thread's first line is a line of the room as well. It is told with `thread` None while it stands alone, and again with
its own id as `thread` when an answer in its thread is seen, or the server bundles one with it: the same id both times,
so the store holds one line that is in its thread and keeps its place in the room.
"""

from __future__ import annotations

from msgspec import Struct, field

from connectors.matrix.api.ask import permalink
from connectors.matrix.api.shape import Event, event, mapping
from connectors.matrix.api.words import answers, key_of, notice, said
from leeward.model import Instant, ItemType, Key, Message, RemoteId, RemoteRef, Thread

_WORDS = frozenset({"m.room.message", "m.sticker", "m.room.encrypted"})
_TITLE = 200


class Scene(Struct, frozen=True):
    """The room events are read in. `loud`: who may mention the whole room."""

    room: str
    base: str
    me: str
    loud: frozenset[str] = frozenset()


class Sorted(Struct):
    """Events of one room by what they are. `undone` are edits that were taken back: edit id to the edited line's.

    `edits` holds the last one of each sender by the line it changes, so that a stranger's hides none of the author's.
    """

    lines: dict[str, Event] = field(default_factory=dict)
    notices: dict[str, Event] = field(default_factory=dict)
    edits: dict[tuple[str, str], Event] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    undone: dict[str, str] = field(default_factory=dict)
    oddities: int = 0

    def missing(self) -> tuple[str, ...]:
        """Lines that must be asked for: edited ones and roots of threads that are not on this page."""
        roots = (line.thread for line in self.lines.values() if line.thread)
        edited = (target for target, _sender in self.edits)
        wanted = dict.fromkeys((*edited, *roots, *self.undone.values()))
        return tuple(id for id in wanted if id not in self.lines and id not in self.gone)

    def edited(self) -> dict[str, str]:
        """Edit id to the id of the line it changes."""
        return {edit.id: target for (target, _sender), edit in self.edits.items()}


class Woven(Struct, frozen=True):
    """Rows of one room."""

    messages: tuple[Message, ...]
    threads: tuple[Thread, ...]
    gone: tuple[RemoteRef, ...]
    oddities: int


def sort(found: list[Event], scene: Scene, known_edits: dict[str, tuple[str, str]] | None = None) -> Sorted:
    """Tell lines, edits, redactions and notices apart. `known_edits`: edits of earlier rounds, to room and line."""
    page = Sorted()
    for one in found:
        taken_back = one.redacts
        if taken_back is not None:
            _take_back(page, taken_back, scene, known_edits or {})
        elif one.state_key is not None:
            if notice(one):
                page.notices[one.id] = one
        elif one.type in _WORDS:
            _sort_words(page, one)
    return page


def _sort_words(page: Sorted, one: Event) -> None:
    if one.emptied:
        page.gone[one.id] = None
    elif one.relation.get("rel_type") == "m.replace":
        target = one.replaces
        if target is None or not isinstance(one.content.get("m.new_content"), dict):
            page.oddities += 1
        elif (target, one.sender) not in page.edits or _newer(one, page.edits[target, one.sender]):
            page.edits[target, one.sender] = one
    else:
        page.lines[one.id] = one


def _take_back(page: Sorted, id: str, scene: Scene, known_edits: dict[str, tuple[str, str]]) -> None:
    page.gone[id] = None
    page.lines.pop(id, None)
    own = {edit.id: where for where, edit in page.edits.items()}
    if id in own:
        page.undone[id] = own[id][0]
        del page.edits[own[id]]
    elif known_edits.get(id, ("", ""))[0] == scene.room:
        page.undone[id] = known_edits[id][1]


def _newer(one: Event, other: Event) -> bool:
    return (one.at, one.id) > (other.at, other.id)


def weave(page: Sorted, asked: dict[str, object], scene: Scene) -> Woven:
    """Make the rows. `asked`: the answers for what was `missing`, by id; one that did not come is left out."""
    lines = dict(page.lines)
    oddities = page.oddities
    for id, document in asked.items():
        known = event(document)
        if known is None or known.id != id or known.whole.get("room_id", scene.room) != scene.room:
            oddities += 1
        elif known.emptied:
            page.gone[id] = None
        elif known.type in _WORDS and known.state_key is None and not known.replaces:
            lines[id] = known
    oddities += sum(target in lines and sender != lines[target].sender for target, sender in page.edits)
    homes = {id: _home(line, lines) for id, line in lines.items()}
    roots = {home for home in homes.values() if home}
    messages = []
    for id, line in lines.items():
        edit = _edit(line, page.edits.get((id, line.sender)))
        home = homes[id] or (id if id in roots or line.bundled("m.thread") else None)
        messages.append(_message(line, edit, home, scene))
    messages += [_notice(one, scene) for one in page.notices.values()]
    messages.sort(key=lambda message: message.at)
    threads = tuple(_thread(root, messages, lines, scene) for root in _roots(messages))
    gone = tuple((ItemType.MESSAGE, RemoteId(id)) for id in page.gone)
    return Woven(tuple(messages), threads, gone, oddities)


def _home(line: Event, lines: dict[str, Event]) -> str | None:
    """The root of the thread a line is in. A thread in a thread cannot be: such a line belongs to the outer one."""
    root = line.thread
    if root is None or root == line.id:
        return None
    outer = lines[root].thread if root in lines else None
    return outer if outer and outer != line.id else root


def _roots(messages: list[Message]) -> tuple[RemoteId, ...]:
    return tuple(dict.fromkeys(message.thread for message in messages if message.thread))


def _edit(line: Event, seen: Event | None) -> Event | None:
    """The last edit by the line's own author: bundled by the server, or seen on this page. A stranger's does nothing."""
    whole = event(line.bundled("m.replace"))
    candidates = [
        one
        for one in (whole, seen)
        if one is not None
        and one.sender == line.sender
        and one.type == line.type
        and one.replaces == line.id
        and not one.emptied
        and isinstance(one.content.get("m.new_content"), dict)
    ]
    return max(candidates, key=lambda one: (one.at, one.id), default=None)


def _message(line: Event, edit: Event | None, home: str | None, scene: Scene) -> Message:
    content = line.content if edit is None else mapping(edit.content.get("m.new_content"))
    key = key_of(line, scene.me)
    words = said(line, content, scene.base, own=key is not None)
    answered = answers(line)
    called = {scene.me} if words.room and scene.loud & {"*", line.sender} else set()
    people = tuple(dict.fromkeys((*words.people, *called)))
    return Message(
        RemoteId(line.id),
        RemoteId(scene.room),
        RemoteId(line.sender),
        Instant(line.at),
        words.text,
        RemoteId(home) if home else None,
        words.raw,
        (RemoteId(answered),) if answered and answered != line.id else (),
        tuple(RemoteId(id) for id in people),
        words.files,
        permalink(scene.room, line.id, scene.me),
        Instant(edit.at) if edit else None,
        key=Key(key) if key else None,
        # An edit and the birth of its thread both change a line, so both change its version.
        version=f"{edit.id if edit else line.id}{'+' if home else ''}",
    )


def _notice(one: Event, scene: Scene) -> Message:
    return Message(
        RemoteId(one.id),
        RemoteId(scene.room),
        RemoteId(one.sender),
        Instant(one.at),
        notice(one) or "",
        url=permalink(scene.room, one.id, scene.me),
        notice=True,
        version=one.id,
    )


def _thread(root: RemoteId, messages: list[Message], lines: dict[str, Event], scene: Scene) -> Thread:
    """A thread, called by its first line (by the first one seen where that is not for us).

    What the server bundles with the first line tells the newest answer whichever page this is.
    """
    inside = [message for message in messages if message.thread == root]
    first = next((message for message in inside if message.id == root), inside[0])
    title = next((line.strip() for line in first.text.split("\n") if line.strip()), "")
    last = event(lines[root].bundled("m.thread").get("latest_event")) if root in lines else None
    newest = inside[-1]
    author, at, version = newest.author, newest.at, newest.id
    if last is not None:
        author, at, version = RemoteId(last.sender), Instant(last.at), RemoteId(last.id)
    people = tuple(dict.fromkeys(person for person in (first.author, author) if person))
    url = permalink(scene.room, root, scene.me)
    return Thread(root, RemoteId(scene.room), title[:_TITLE], url, None, people, at, version=version)
