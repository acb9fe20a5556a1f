"""Zoom's chat as leeward's rows. Nothing here raises for an odd answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.zoom.api import parts
from connectors.zoom.api.shape import Odd, Row, ident, instant, number, obj, rows, text
from leeward.model import Audience, File, Instant, Key, Message, Person, Place, Reach, RemoteId, Thread
from leeward.work.tiers_title import title_of

_NOBODY = RemoteId("")
_PRIVATE = frozenset({1, 2, 4})
_MARKS = {"Bold": "**", "Strikethrough": "~~", "Italic": "_"}
_MEMBERS = 100


class World(Struct):
    """What reading needs to know beside the answer. `base` is the API's address; `email` is ours, in small letters."""

    base: str = ""
    me: RemoteId = _NOBODY
    email: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def know(self, person: Person) -> None:
        """Somebody as a list of people tells of them."""
        self.people[person.id] = person

    def meet(self, person: Person) -> Person:
        """Somebody as a line or a conversation tells of them: that counts only where no name was known so far."""
        held = self.people.get(person.id)
        if held is None or (held.name in {held.address, held.id} and not held.me):
            self.people[person.id] = held = person
        return held


class Line(Struct, frozen=True):
    """One message, whichever listing it came from. `root_at`: when its thread began, where Zoom says so."""

    id: RemoteId
    at: Instant
    raw: str
    words: str
    author: RemoteId | None = None
    root: RemoteId | None = None
    root_at: Instant | None = None
    edited: bool = False
    gone: bool = False
    files: tuple[File, ...] = ()
    mentions: tuple[RemoteId, ...] = ()
    signature: parts.Signature | None = None
    key: Key | None = None

    @property
    def digest(self) -> str:
        """What tells an edit from a repeat."""
        said = "\0".join((self.words, *(file.url or file.name for file in self.files)))
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=4).hexdigest()


def who(user: object, email: object, member: object, name: object, world: World) -> RemoteId | None:
    """A person by the ids a row happens to have. The owner is known by address: Zoom does not tell their member id."""
    address = text(email).strip().lower()
    if (address and address == world.email) or (world.me and ident(user) == world.me):
        return world.me
    called = text(name).strip()
    return ident(member) or ident(user) or ident(address) or (RemoteId(f"name:{called[:80]}") if called else None)


def author(row: Row, world: World) -> RemoteId | None:
    """Who wrote a message, in either listing."""
    return who(
        row.get("sender_user_id"),
        row.get("sender") or row.get("sender_email"),
        row.get("send_member_id") or row.get("sender_member_id"),
        row.get("sender_display_name"),
        world,
    )


def sender(row: Row, world: World) -> Person | None:
    """A message's author as the message tells of them."""
    id = author(row, world)
    name = text(row.get("sender_display_name")).strip()
    address = text(row.get("sender") or row.get("sender_email")).strip()
    if id is None:
        return None
    return Person(id, name or address or id, _handle(address), address or None, me=id == world.me)


def person(row: Row, world: World) -> Person | None:
    """A contact, a member of a channel, or the owner."""
    full = " ".join(each for key in ("first_name", "last_name") if (each := text(row.get(key)).strip()))
    name = text(row.get("display_name")).strip() or text(row.get("name")).strip() or full
    id = who(row.get("id"), row.get("email"), row.get("member_id"), name, world)
    address = text(row.get("email")).strip()
    return None if id is None else Person(id, name or address or id, _handle(address), address or None)


def owner(row: Row) -> Person | None:
    """`/users/me`: whose token it is. Their address counts as theirs where Zoom says it was verified."""
    id = ident(row.get("id"))
    if id is None:
        return None
    found = person(row, World(me=id))
    assert found is not None
    verified = found.address is not None and number(row.get("verified")) == 1
    zone = text(row.get("timezone")) or None
    return replace(found, verified=verified, zone=zone, me=True)


def _handle(address: str) -> str | None:
    return address.partition("@")[0] or None


def channel(row: Row, members: Sequence[RemoteId] | None, world: World) -> Place | None:
    """A channel. `members` of private ones where they were read; a group chat without a name is called by them."""
    id = ident(row.get("id"))
    if id is None:
        return None
    others = [world.people[each].name for each in members or () if each != world.me and each in world.people]
    settings = obj(row.get("channel_settings"))
    archived = row.get("is_archived") is True or text(row.get("status")).lower() == "archived"
    return Place(
        id,
        text(row.get("name")).strip() or ", ".join(others[:8]) or id,
        _audience(row, settings, members),
        text(row.get("channel_url")) or None,
        flat=True,
        threads=True,
        # Who may post where only some may is told to nobody else: trying is the only way to know.
        writable=not archived,
        archived=archived,
    )


def private(row: Row) -> bool:
    """Whether only its members can read a channel."""
    return number(row.get("type")) in _PRIVATE


def _audience(row: Row, settings: Row, members: Sequence[RemoteId] | None) -> Audience:
    if private(row):
        return (
            Audience(Reach.PEOPLE)
            if members is None
            else Audience(Reach.PEOPLE, len(members), tuple(members[:_MEMBERS]))
        )
    inside = number(row.get("type")) == 3 and number(settings.get("allow_to_add_external_users")) in {0, None}
    # People of other companies read an open channel too: how many, nobody tells.
    return Audience(Reach.ORGANISATION if inside else Reach.UNKNOWN)


def direct(other: RemoteId, world: World) -> Place:
    """The chat with one contact; with oneself it is a notebook."""
    held = world.people.get(other)
    people = tuple(dict.fromkeys((world.me, other)))
    reach = Reach.ONLY_ME if other == world.me else Reach.PEOPLE
    name = held.name if held else other
    return Place(RemoteId(f"@{other}"), name, Audience(reach, len(people), people), flat=True, threads=True)


def line(row: Row, world: World, odd: Odd, root: tuple[RemoteId, Instant] | None = None) -> Line | None:
    """A message of a listing, or of the thread `root`; None for what has no id or no time."""
    id, at = ident(row.get("id") or row.get("msg_id")), instant(row.get("timestamp")) or instant(row.get("date_time"))
    if id is None or at is None:
        odd.count += 1
        return None
    raw = text(row.get("message"))
    attached = files(row, world, odd)
    begun = ident(row.get("reply_main_message_id")) if row.get("reply_main_message_id") else None
    begun_at = instant(row.get("reply_main_message_timestamp"))
    if root is not None and id != root[0]:
        begun, begun_at = root
    words = dressed(raw, row.get("rich_text")) or _spoken(row) or ", ".join(each.name for each in attached)
    status = text(row.get("status"))
    by = author(row, world)
    bare, signature = parts.unsigned(words) if by is not None and by == world.me else (words, None)
    return Line(
        id,
        at,
        raw,
        bare,
        by,
        begun if begun != id else None,
        begun_at,
        status == "Edited",
        status == "Deleted",
        attached,
        _mentions(row, world),
        signature,
        signature.key if signature else None,
    )


def dressed(raw: str, formats: object) -> str:
    """A text with its bold, struck and linked stretches as Markdown; positions count as UTF-16 does."""
    spans = [each for each in formats if isinstance(each, dict)] if isinstance(formats, list) else []
    put: list[tuple[int, int, str]] = []
    wide = raw.encode("utf-16-le", "surrogatepass")
    for number_, each in enumerate(spans):
        start, end = number(each.get("start_position")), number(each.get("end_position"))
        sort, told = text(each.get("format_type")), text(each.get("format_attr"))
        if start is None or end is None or not start < end <= len(wide) // 2:
            continue
        if sort in _MARKS:
            put += [(start, number_, _MARKS[sort]), (end, -number_ - 1, _MARKS[sort])]
        elif sort == "AddLink" and told.startswith(("https://", "http://")):
            label = wide[start * 2 : end * 2].decode("utf-16-le", "replace")
            put += [] if label == told else [(start, number_, "["), (end, -number_ - 1, f"]({told})")]
    if not put:
        return raw
    done, at = b"", 0
    for where, _order, mark in sorted(put, key=lambda each: (each[0], each[1])):
        done, at = done + wide[at * 2 : where * 2] + mark.encode("utf-16-le"), where
    return (done + wide[at * 2 :]).decode("utf-16-le", "replace")


def _spoken(row: Row) -> str:
    """What a chatbot or a card says where the message itself has no words."""
    found: list[str] = []
    _collect(obj(row.get("bot_message")), found, 0)
    return "\n".join(found)


def _collect(value: Any, found: list[str], depth: int) -> None:
    if depth > 8 or len(found) >= 40:
        return
    if isinstance(value, dict):
        said = text(value.get("text")).strip()
        found += [said] if said else []
        for name in ("content", "head", "sub_head", "body", "sections"):
            _collect(value.get(name), found, depth + 1)
    elif isinstance(value, list):
        for each in value[:40]:
            _collect(each, found, depth + 1)


def files(row: Row, world: World, odd: Odd) -> tuple[File, ...]:
    """What is attached. Zoom's own links end and carry a token: a file is kept by its id, and asked for when it is wanted."""
    listed = row.get("files")
    attached = list(rows(listed, odd)) if listed is not None else []
    if not attached and row.get("file_id"):
        attached = [row]
    found: list[File] = []
    for each in attached[:50]:
        id = ident(each.get("file_id"))
        name = text(each.get("file_name")).strip() or id or "file"
        odd.count += not text(each.get("file_name")).strip()
        found.append(File(name, f"{world.base}/v2/chat/files/{id}" if id else None, number(each.get("file_size"))))
    return tuple(found)


def _mentions(row: Row, world: World) -> tuple[RemoteId, ...]:
    """Whom a message names; everybody is the owner too."""
    told = row.get("at_items")
    found: list[RemoteId] = []
    for each in told if isinstance(told, list) else ():
        if not isinstance(each, dict):
            continue
        if number(each.get("at_type")) == 2:
            found.append(world.me)
            continue
        contact = text(each.get("at_contact"))
        user, email = (None, contact) if "@" in contact else (contact, None)
        named = who(user, email, each.get("at_contact_member_id"), None, world)
        found += [named] if named else []
    return tuple(dict.fromkeys(found))


def joined(found: Iterable[Line]) -> list[Line]:
    """The same lines, with each text of ours that was sent in parts as one line: its first part, with all words.

    A text whose parts are not all there yet has no key: it counts as not arrived.
    """
    whole: list[Line] = []
    grouped: dict[Key, list[Line]] = {}
    for each in found:
        if each.signature is None or each.signature.of == 1:
            whole.append(each)
        else:
            grouped.setdefault(each.signature.key, []).append(each)
    whole += [line for several in grouped.values() if (line := _whole(several))]
    return whole


def _whole(several: Sequence[Line]) -> Line | None:
    """The first of some parts with the words and files of all; None where it is not among them."""
    words, complete = parts.gathered((each.signature, each.words) for each in several if each.signature)
    first = next((each for each in several if each.signature and each.signature.part == 1), None)
    if first is None:
        return None
    return replace(
        first,
        words=words,
        raw=words,
        edited=any(each.edited for each in several),
        files=tuple(file for each in sorted(several, key=_part) for file in each.files),
        mentions=tuple(dict.fromkeys(who for each in several for who in each.mentions)),
        key=first.key if complete else None,
    )


def _part(line: Line) -> int:
    return line.signature.part if line.signature else 0


def message(line: Line, place: RemoteId, world: World, *, begins: bool = False) -> Message:
    """A line as a row. `begins`: others answered it, so that it is the first of its thread."""
    thread = line.root or (line.id if begins else None)
    return Message(
        line.id,
        place,
        line.author,
        line.at,
        line.words,
        thread,
        line.raw if line.raw != line.words else None,
        (line.root,) if line.root else (),
        line.mentions,
        line.files,
        world.links.get(place),
        # Zoom says that a line was changed, not when.
        line.at if line.edited else None,
        key=line.key,
        version=f"{line.digest}{'*' if line.edited else ''}",
    )


def thread(root: RemoteId, place: RemoteId, first: Line | None, answers: Sequence[Line], world: World) -> Thread:
    """A thread with all its newest lines read, oldest first. Its version holds when it began and each line's digest."""
    said = [*([first] if first else []), *answers]
    title = title_of(first.words) if first else ""
    return Thread(
        root,
        place,
        title or next((each.name for one in said for each in one.files), "") or "…",
        world.links.get(place),
        people=tuple(dict.fromkeys(each.author for each in said if each.author)),
        updated=max((each.at for each in said), default=None),
        version=version(first.at if first else (answers[0].root_at or answers[0].at) if answers else Instant(0), said),
    )


_KNOWN = 40


def version(begun: Instant, said: Sequence[Line]) -> str:
    """What a later look compares with: the first line and the newest forty."""
    kept = [*said[:1], *said[1:][-_KNOWN:]]
    return f"{begun}:" + ",".join(f"{each.id}~{each.digest}" for each in kept)


def known(stored: str | None) -> tuple[Instant | None, dict[str, str]]:
    """When a thread began and what was known of its lines, out of its version; nothing for anything else."""
    begun, _colon, rest = (stored or "").partition(":")
    at = instant(begun)
    pairs = (each.partition("~") for each in rest.split(",") if "~" in each)
    return at, {id: digest for id, _tilde, digest in pairs if ident(id)}
