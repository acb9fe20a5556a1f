"""Slack's answers as leeward's rows. Nothing here raises for an odd answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from connectors.slack.api.ask import permalink
from connectors.slack.api.outgoing import key_of
from connectors.slack.api.shape import Row, ident, instant, line_id, obj, objects, stamp, text, whole
from leeward.model import Audience, File, Message, Person, Place, Reach, RemoteId, Thread
from leeward.work.imports_slack_text import mentioned, plain, raw_text
from leeward.work.tiers_title import title_of

_SPOKEN = frozenset(
    ["bot_message", "file_share", "file_comment", "me_message", "thread_broadcast", "reply_broadcast", "file_mention"]
)
"""Subtypes of lines that somebody wrote; all others tell of joins, topics, pins and names."""

_ALL = re.compile(r"<!(?:here|channel|everyone)(?:\|[^<>]*)?>")
_KNOWN_REPLIES = 60
_PAGES = frozenset({"canvas", "quip", "list"})
"""Kept by Slack as pages of its own: there is something to open, and nothing to fetch."""
_NOBODY = RemoteId("")


class World(Struct):
    """What reading needs to know beside the answer."""

    me: RemoteId = _NOBODY
    bot: RemoteId | None = None
    team: str = ""
    workspace: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def know(self, person: Person) -> None:
        """Somebody is met, or is called otherwise now."""
        self.people[person.id] = person
        self.names[person.id] = person.name

    def name(self, person: str) -> str:
        """What somebody is called, or their id."""
        return self.names.get(person, person)


def person(row: Row, world: World) -> Person | None:
    """A user. An address counts as theirs where Slack says it was confirmed and they are of this workspace."""
    id = ident(row.get("id"))
    if id is None:
        return None
    profile = obj(row.get("profile"))
    told = (profile.get("display_name"), profile.get("real_name"), row.get("real_name"), row.get("name"))
    name = next((found for each in told if (found := text(each).strip())), str(id))
    address = text(profile.get("email")) or None
    ours = text(row.get("team_id")) in {"", world.team} and row.get("is_stranger") is not True
    verified = address is not None and ours and row.get("is_email_confirmed") is True
    handle = text(row.get("name")) or None
    return Person(id, name, handle, address, verified, text(row.get("tz")) or None, id == world.me)


def channel(row: Row, world: World, members: Sequence[RemoteId] | None) -> Place | None:
    """A conversation. `members` of private ones where they were read; a direct message names its other side itself."""
    id = ident(row.get("id"))
    if id is None:
        return None
    other = ident(row.get("user"))
    if row.get("is_im") is True and other is not None:
        members = list(dict.fromkeys((world.me, other)))
    title = _title(row, id, world, members)
    archived = row.get("is_archived") is True
    return Place(
        id,
        title,
        _audience(row, members, world.me),
        f"{world.workspace.rstrip('/')}/archives/{id}" if world.workspace else None,
        flat=True,
        threads=True,
        writable=not archived and row.get("is_read_only") is not True and row.get("is_user_deleted") is not True,
        archived=archived,
    )


def private(row: Row) -> bool:
    """Whether only its members can read it."""
    return any(row.get(name) is True for name in ("is_im", "is_mpim", "is_private", "is_group"))


def _title(row: Row, id: str, world: World, members: Sequence[RemoteId] | None) -> str:
    if (row.get("is_im") is True or row.get("is_mpim") is True) and members:
        others = [world.name(each) for each in members if each != world.me]
        return ", ".join(others[:8]) or world.name(world.me)
    return text(row.get("name")).strip() or id


def _audience(row: Row, members: Sequence[RemoteId] | None, me: RemoteId) -> Audience:
    if private(row):
        if members is None:
            return Audience(Reach.PEOPLE)
        reach = Reach.ONLY_ME if list(members) == [me] else Reach.PEOPLE
        return Audience(reach, len(members), tuple(members[:100]))
    shared = any(row.get(name) is True for name in ("is_ext_shared", "is_pending_ext_shared"))
    # Other companies read a shared channel too: how many people that is, nobody tells.
    return Audience(Reach.UNKNOWN if shared else Reach.ORGANISATION)


def lines(document: Row) -> tuple[dict[str, Row], int]:
    """The lines of a page by their stamps, newest first, and how many entries were none."""
    found = document.get("messages")
    entries = found if isinstance(found, list) else []
    read = {ts: row for row in objects(entries) if (ts := stamp(row.get("ts")))}
    return dict(sorted(read.items(), reverse=True)), len(entries) - len(read)


def moved(row: Row) -> str:
    """What tells that a thread moved: its newest answer and how many there are; "" for a line without a thread."""
    if stamp(row.get("thread_ts")) != stamp(row.get("ts")) or not whole(row.get("reply_count")):
        return ""
    return f"{stamp(row.get('latest_reply')) or ''}#{whole(row.get('reply_count'))}"


def root_of(row: Row) -> str | None:
    """The first line of the thread a line answers in; None for a first line and for one outside threads."""
    root = stamp(row.get("thread_ts"))
    return root if root != stamp(row.get("ts")) else None


def taken_back(row: Row) -> bool:
    """A first line that was deleted while its answers stay: Slack says so in its place."""
    return row.get("subtype") == "tombstone"


def named(rows: Iterable[Row]) -> set[str]:
    """Everybody these lines name: who wrote them and whom they mention."""
    found: set[str] = set()
    for row in rows:
        found.update(each for each in (author(row), *mentioned(raw_text(row))) if each)
    return found


def author(row: Row) -> RemoteId | None:
    """Who wrote a line; a bot without a user of its own counts by its own id."""
    return ident(row.get("user")) or ident(row.get("bot_id"))


def bot(row: Row) -> Person | None:
    """Who a line's bot is, as the line itself says."""
    id = ident(row.get("bot_id"))
    if id is None or ident(row.get("user")) is not None:
        return None
    name = text(row.get("username")) or text(obj(row.get("bot_profile")).get("name")) or id
    return Person(id, name)


def message(row: Row, place: str, world: World) -> Message | None:
    """One line; None for what is no line or was taken back."""
    ts = stamp(row.get("ts"))
    if ts is None or row.get("hidden") is True or taken_back(row):
        return None
    raw = text(raw_text(row))
    words = plain(raw, world.names, world.titles)
    attached = files(row)
    if not words.strip() and attached:
        words = ", ".join(each.name for each in attached)
    root = root_of(row)
    inside = root or (ts if moved(row) else None)
    edited = stamp(obj(row.get("edited")).get("ts"))
    subtype = text(row.get("subtype"))
    who = author(row)
    mine = who is not None and who in {world.me, world.bot}
    return Message(
        line_id(place, ts),
        RemoteId(place),
        who,
        instant(ts),
        words,
        line_id(place, inside) if inside else None,
        raw if raw != words else None,
        (line_id(place, root),) if root else (),
        _mentions(row, world),
        attached,
        permalink(world.workspace, place, ts, root),
        None if edited is None else instant(edited),
        bool(subtype) and subtype not in _SPOKEN,
        key_of(row) if mine else None,
        edited or ts,
    )


def _mentions(row: Row, world: World) -> tuple[RemoteId, ...]:
    """Whom a line's own words name; what is quoted below it names nobody. Everybody is the owner too."""
    said = text(row.get("text"))
    everybody = (world.me,) if _ALL.search(said) else ()
    return tuple(dict.fromkeys((*mentioned(said), *everybody)))


def files(row: Row) -> tuple[File, ...]:
    """What is attached; a file that Slack hides or that was deleted has no address."""
    found: list[File] = []
    for one in objects(row.get("files"))[:50]:
        kept = text(one.get("mode")) not in {"tombstone", "hidden_by_limit"}
        name = next((each for key in ("name", "title", "id") if (each := text(one.get(key)))), "file")
        page = text(one.get("filetype")) in _PAGES
        url = text(one.get("permalink") if page else one.get("url_private")) or text(one.get("permalink"))
        size = one.get("size")
        known = isinstance(size, int) and not isinstance(size, bool) and size >= 0
        found.append(
            File(name, url or None if kept else None, whole(size) if known else None, text(one.get("mimetype")) or None)
        )
    return tuple(found)


def thread(root: str, place: str, rows: dict[str, Row], world: World) -> Thread:
    """A thread with all its lines read, or with its first alone. Its version names its newest answers, so that one that disappears is missed."""
    answers = sorted(ts for ts in rows if ts != root)
    said = [rows[ts] for ts in sorted(rows) if not taken_back(rows[ts])]
    first = plain(text(raw_text(said[0])), world.names, world.titles) if said else ""
    who = dict.fromkeys(each for row in said if (each := author(row)))
    return Thread(
        line_id(place, root),
        RemoteId(place),
        title_of(first) or next((each.name for row in said for each in files(row)), "…"),
        permalink(world.workspace, place, root),
        people=tuple(who),
        updated=instant(max(root, *answers[-1:], stamp(obj(rows.get(root)).get("latest_reply")) or root)),
        version=",".join(answers[-_KNOWN_REPLIES:]),
    )


def known_answers(version: str | None) -> set[str]:
    """The answers a thread's version names."""
    return {each for each in (version or "").split(",") if stamp(each)}
