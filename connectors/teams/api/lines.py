"""Messages of chats and channels as lines, and a post with its answers as a thread. Nothing here raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from connectors.keymark import split_marker
from connectors.teams.api.ask import chat_link
from connectors.teams.api.html_in import Read, read
from connectors.teams.api.html_out import key_from
from connectors.teams.api.shape import Row, flag, ident, instant, obj, text
from connectors.teams.api.world import World, unique
from leeward.model import File, Instant, Key, Message, RemoteId, Thread
from leeward.words import _

KNOWN = 50
"""How many of a thread's newest answers its version names: as many as one page brings."""

TITLE = 120
PRESSING = frozenset({"high", "urgent"})
"""What Teams calls a message whose author pressed Important or Urgent."""

_CARD_DEEP = 12
_CARD_TEXTS = 40


class Line(Struct, frozen=True):
    """A message with when it last changed; `said` is None for one that was taken back."""

    id: RemoteId
    row: Row
    at: Instant
    changed: Instant
    said: Message | None


def line(row: Row, place: RemoteId, world: World, thread: RemoteId | None = None) -> Line | None:
    """One message; None, and odd, without an id or a time. `thread` names the post it stands under or is."""
    found, at = ident(row.get("id")), instant(row.get("createdDateTime"))
    if found is None or at is None:
        world.odd.count += 1
        return None
    changed = max(instant(row.get("lastModifiedDateTime")) or at, at)
    id = RemoteId(f"{thread or place}/{found}")
    if thread is not None and thread.rpartition("/")[2] == found:
        id = thread
    taken_back = row.get("deletedDateTime") is not None
    return Line(id, row, at, changed, None if taken_back else _message(row, id, place, at, world, thread))


def is_system(row: Row) -> bool:
    """Joins, renames, calls: nobody wrote them."""
    return text(row.get("messageType")) not in {"", "message"} or isinstance(row.get("eventDetail"), dict)


def _message(row: Row, id: RemoteId, place: RemoteId, at: Instant, world: World, thread: RemoteId | None) -> Message:
    body = obj(row.get("body"))
    raw = text(body.get("content"))
    found = read(raw) if text(body.get("contentType")).lower() != "text" else Read(raw)
    author = world.somebody(row.get("from"))
    words, key = _key(found, author, world)
    files, cards = _attached(row, found, world)
    if is_system(row):
        words = words or event(row, world)
    subject = " ".join(text(row.get("subject")).split())
    shown = "\n\n".join(each for each in (subject, words, *cards) if each)
    if not shown.strip():
        shown = ", ".join(each.name for each in files) or _("(nothing that can be shown here)")
    edited = instant(row.get("lastEditedDateTime"))
    url = text(row.get("webUrl")) or (None if thread else chat_link(place, id.rpartition("/")[2]))
    return Message(
        id,
        place,
        author,
        at,
        shown,
        thread,
        raw if raw != shown else None,
        _answers(row, found, id, place, thread),
        _mentions(row, world),
        files,
        url,
        edited,
        is_system(row),
        key,
        f"{edited or at}",
        text(row.get("importance")).lower() in PRESSING,
    )


def _key(found: Read, author: RemoteId | None, world: World) -> tuple[str, Key | None]:
    """Words without our mark, and the key. Both ways count under our own name only: anybody can copy one."""
    if author is None or author != world.me:
        return found.words, None
    words, seen = split_marker(found.words)
    unseen = key_from(found.key)
    if unseen is not None:
        world.hidden = True
    return words, unseen or seen


def _answers(row: Row, found: Read, id: RemoteId, place: RemoteId, thread: RemoteId | None) -> tuple[RemoteId, ...]:
    """The post above, and in a chat the lines that are quoted as what is answered."""
    if thread is not None:
        return (thread,) if id != thread else ()
    quoted = [
        ident(each.get("id"))
        for each in _objects(row.get("attachments"))
        if text(each.get("contentType")).lower() == "messagereference"
    ]
    ids = unique((*quoted, *(ident(each) for each in found.quotes)))
    return tuple(RemoteId(f"{place}/{each}") for each in ids if f"{place}/{each}" != id)


def _mentions(row: Row, world: World) -> tuple[RemoteId, ...]:
    """People that are named; a mention of the whole channel, team or chat means the owner too."""
    found: list[RemoteId | None] = []
    for each in _objects(row.get("mentions")):
        meant = obj(each.get("mentioned"))
        user = obj(meant.get("user"))
        if ident(user.get("id")) is not None:
            found.append(world.somebody({"user": user}))
        elif isinstance(meant.get("conversation"), dict) or isinstance(meant.get("tag"), dict):
            found.append(world.me)
    return unique(found)


def _attached(row: Row, found: Read, world: World) -> tuple[tuple[File, ...], list[str]]:
    """Files as links, and the words of cards. A file without a name goes by what its address ends with."""
    files: list[File] = []
    cards: list[str] = []
    for each in _objects(row.get("attachments"))[:50]:
        kind = text(each.get("contentType")).lower()
        if kind == "messagereference":
            continue
        if kind.startswith("application/vnd.microsoft.") and each.get("content") is not None:
            cards += [card] if (card := _card(each.get("content"))) else []
            continue
        url = text(each.get("contentUrl")) or None
        name = text(each.get("name")).strip()
        if not name:
            world.odd.count += 1
            name = (url or "").rpartition("/")[2].partition("?")[0][:100] or _("file")
        files.append(File(name, url, None, kind if "/" in kind else None))
    files += [File(each.name, each.url, None, "image/*") for each in found.images[:50]]
    return tuple(files), cards


def _card(content: object) -> str:
    """What a card says: its titles and texts in the order they stand; cards of apps are JSON in a text."""
    try:
        document = json.loads(content) if isinstance(content, str) and len(content) < 100_000 else content
    except (ValueError, RecursionError):
        return ""
    said: list[str] = []
    _collect(document, said, 0)
    return "\n".join(dict.fromkeys(said))


def _collect(value: Any, said: list[str], depth: int) -> None:
    if depth > _CARD_DEEP or len(said) >= _CARD_TEXTS:
        return
    if isinstance(value, list):
        for each in value:
            _collect(each, said, depth + 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in {"title", "subtitle", "text"} and isinstance(each, str) and each.strip():
                said.append(read(each).words)
            elif isinstance(each, list | dict):
                _collect(each, said, depth + 1)


def event(row: Row, world: World) -> str:
    """A line that nobody wrote, in a sentence."""
    detail = obj(row.get("eventDetail"))
    kind = text(detail.get("@odata.type")).rpartition(".")[2]
    who = world.somebody(detail.get("initiator"))
    name = world.people[who].name if who in world.people else _("Somebody")
    title = text(detail.get("chatDisplayName")) or text(detail.get("channelDisplayName"))
    members = [_member_name(each, world) for each in _objects(detail.get("members"))[:10]]
    others = ", ".join(each for each in members if each) or _("somebody")
    sentences = {
        "chatRenamedEventMessageDetail": _("{who} named the chat {title}"),
        "channelRenamedEventMessageDetail": _("{who} named the channel {title}"),
        "membersAddedEventMessageDetail": _("{who} added {others}"),
        "membersJoinedEventMessageDetail": _("{others} joined"),
        "membersDeletedEventMessageDetail": _("{who} removed {others}"),
        "membersLeftEventMessageDetail": _("{others} left"),
        "callStartedEventMessageDetail": _("{who} began a call"),
        "callEndedEventMessageDetail": _("The call ended"),
    }
    sentence = sentences.get(kind, _("{who} changed something here"))
    return sentence.format(who=name, title=title, others=others)


def _member_name(row: Row, world: World) -> str:
    found = ident(row.get("id"))
    name = text(row.get("displayName"))
    return name or (world.people[found].name if found in world.people else "")


def thread(root: Line, answers: Sequence[Line], place: RemoteId) -> Thread:
    """A post with all its answers. `answers` may come in any order."""
    ordered = sorted(answers, key=_order)
    spoken = [each.said for each in (root, *ordered) if each.said is not None and not each.said.notice]
    people = unique(each.author for each in spoken)
    first = root.said.text if root.said else spoken[0].text if spoken else ""
    return Thread(
        root.id,
        place,
        _title(first),
        text(root.row.get("webUrl")) or None,
        people=people,
        updated=max(each.at for each in (root, *ordered)),
        version=version(ordered),
    )


def version(answers: Sequence[Line]) -> str:
    """What tells that a thread moved: its newest answers, and which state of each."""
    newest = sorted(answers, key=_order)[-KNOWN:]
    return ",".join(f"{each.id.rpartition('/')[2]}:{_state(each)}" for each in newest)


def known(version_: str | None) -> dict[str, str]:
    """The answers a version names, with their states."""
    pairs = (each.partition(":") for each in (version_ or "").split(",") if each)
    return {id: state for id, _colon, state in pairs if ident(id) is not None}


def _order(each: Line) -> tuple[int, str]:
    return each.at, each.id


def _state(each: Line) -> str:
    """Changes when words change or go; a reaction leaves it as it is."""
    said = each.said
    what = json.dumps([said.text, said.edited] if said else None, ensure_ascii=True)
    return hashlib.blake2b(what.encode(), digest_size=4).hexdigest()


def _title(words: str) -> str:
    line_ = next((each.strip() for each in words.split("\n") if each.strip() and not each.startswith(">")), "…")
    return line_ if len(line_) <= TITLE else line_[: TITLE - 1].rstrip() + "…"


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def is_archived(row: Row) -> bool:
    """Whether a team or channel was put away."""
    return flag(row.get("isArchived"))
