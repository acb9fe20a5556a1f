"""Reader of mailboxes (mbox): each mail a message, threads by what answers what, quoted text kept."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from pathlib import Path

from msgspec import Struct

from leeward import zones
from leeward.errors import Problem
from leeward.model import Audience, Batch, Instant, Message, Person, Place, Reach, RemoteId, Thread
from leeward.words import _
from leeward.work.imports_common import LATEST, MessageIds, Pages
from leeward.work.imports_mail_text import body, files, header

_HEAD_MOST = 256 * 1024
_MAIL_MOST = 32 * 2**20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"<([^<>\s]{1,900})>")
_REPLY = re.compile(r"\s*(?:re|fwd?|aw|antw|betr|sv|vs|tr|wg)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
_LIST = re.compile(r"\s*\[[^\]]{1,60}\]\s*")


class _Head(Struct):
    """What is kept of each mail while the threads are found."""

    key: str
    at: Instant
    id: str
    answers: tuple[str, ...]
    subject: str
    reply: bool
    root: int


def read_mbox(path: Path, me: str | None, zone: str) -> Iterator[Batch]:
    """The batches of a mailbox. `me` is the owner's address or name. Raises Problem when it is no mailbox."""
    box = _open(path)
    try:
        heads = _heads(box, zone)
        if not heads:
            raise Problem(
                _("{name} holds no mail.").format(name=path.name),
                _('A mailbox in the mbox format begins with "From ".'),
            )
        yield from _Reader(box, heads, path.stem, me).batches()
    finally:
        box.close()


def _open(path: Path) -> mailbox.mbox:
    try:
        with path.open("rb"):
            pass
        return mailbox.mbox(path, create=False)
    except (OSError, mailbox.Error) as wrong:
        raise Problem(
            _("{name} cannot be read.").format(name=path.name), _("Name a mailbox in the mbox format.")
        ) from wrong


def _heads(box: mailbox.mbox, zone: str) -> list[_Head]:
    """All mails in the order of their times, each with the first mail of its thread."""
    heads: list[_Head] = []
    last = Instant(0)
    for key in box.iterkeys():
        origin, mail = _mail(box, key, _HEAD_MOST)
        last = _time(mail, origin, zone, last)
        answers = (*_ID.findall(header(mail, "In-Reply-To")), *reversed(_ID.findall(header(mail, "References"))))
        subject = header(mail, "Subject")
        ids = _ID.findall(header(mail, "Message-ID"))
        heads.append(
            _Head(key, last, ids[0] if ids else "", answers, _subject(subject), bool(_REPLY.match(subject)), 0)
        )
    heads.sort(key=lambda head: head.at)
    _root(heads)
    return heads


def _mail(box: mailbox.mbox, key: str, most: int) -> tuple[str, Mail]:
    """The line a mail begins with in its box, and the mail as far as its first `most` bytes tell."""
    file = box.get_file(key, from_=True)
    try:
        origin, _newline, rest = file.read(most).partition(b"\n")
    finally:
        file.close()
    return origin.decode("ascii", errors="replace"), message_from_bytes(rest)


def _time(mail: Mail, origin: str, zone: str, last: Instant) -> Instant:
    """When a mail was written; what cannot be is taken from its delivery, else from the mail before it."""
    received = header(mail, "Received").rpartition(";")[2]
    delivered = " ".join(origin.split()[2:])
    for text in (header(mail, "Date"), received, delivered):
        try:
            found = parsedate_to_datetime(text)
            at = zones.instant(found, zones.zone(zone)) if found.tzinfo is None else _instant(found)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if 0 < at <= LATEST:
            return at
    return last


def _instant(moment: datetime) -> Instant:
    return Instant((moment - _EPOCH) // timedelta(milliseconds=1))


def _subject(subject: str) -> str:
    """A subject without "Re:" and the name of the list."""
    while (found := _REPLY.match(subject) or _LIST.match(subject)) is not None and found.end() < len(subject):
        subject = subject[found.end() :]
    return subject.strip()


def _root(heads: list[_Head]) -> None:
    """Give each mail the index of the first mail of its thread."""
    parent = list(range(len(heads)))

    def find(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def tie(one: int, other: int) -> None:
        first, second = sorted((find(one), find(other)))
        parent[second] = first

    named: dict[str, int] = {}
    subjects: dict[str, int] = {}
    for at, head in enumerate(heads):
        for id in (head.id, *head.answers):
            if id:
                tie(named.setdefault(id, at), at)
        subject = head.subject.lower()
        if head.reply and not head.answers and subject in subjects:
            tie(subjects[subject], at)
        if subject:
            subjects.setdefault(subject, at)
    for at, head in enumerate(heads):
        head.root = find(at)


class _Reader:
    def __init__(self, box: mailbox.mbox, heads: list[_Head], name: str, me: str | None) -> None:
        self._box, self._heads = box, heads
        self._me = (me or "").strip().lower()
        self._place = Place(
            id=RemoteId(f"mbox:{name}"), title=name, audience=Audience(Reach.ONLY_ME), threads=True, writable=False
        )
        self._ids = MessageIds(self._place.id)
        self._pages = Pages(places=[self._place])
        self._people: dict[str, Person] = {}
        self._messages: dict[str, RemoteId] = {}  # our id by the mail's
        self._talkers: dict[int, list[RemoteId]] = {}
        self._threads: dict[int, RemoteId] = {}

    def batches(self) -> Iterator[Batch]:
        for head in self._heads:
            self._mail(head, _mail(self._box, head.key, _MAIL_MOST)[1])
            yield from self._pages.full()
        yield from self._pages.rest()

    def _mail(self, head: _Head, mail: Mail) -> None:
        author = self._meet(*parseaddr(header(mail, "From")))
        text = body(mail)
        id = self._ids.next(head.at, author or "", f"{head.subject}\n{text}")
        if head.id:
            self._messages.setdefault(head.id, id)
        thread = self._threads.setdefault(head.root, RemoteId(f"{self._place.id}/{self._heads[head.root].id or id}"))
        answered = next((found for one in head.answers if (found := self._messages.get(one)) not in {None, id}), None)
        self._pages.messages.append(
            Message(
                id=id,
                place=self._place.id,
                author=author,
                at=head.at,
                text=text or head.subject,
                thread=thread,
                reply_to=(answered,) if answered is not None else (),
                mentions=self._named(mail, author),
                files=files(mail),
            )
        )
        self._pages.threads[thread] = self._thread(head, thread, author)

    def _thread(self, head: _Head, thread: RemoteId, author: RemoteId | None) -> Thread:
        people = self._talkers.setdefault(head.root, [])
        if author is not None and author not in people:
            people.append(author)
        title = self._heads[head.root].subject or head.subject or _("(no subject)")
        return Thread(id=thread, place=self._place.id, title=title, people=tuple(people), updated=head.at)

    def _named(self, mail: Mail, author: RemoteId | None) -> tuple[RemoteId, ...]:
        """The owner, where the mail goes to them."""
        if not self._me:
            return ()
        for name, address in getaddresses([header(mail, "To")]):
            if self._me in {name.lower(), address.lower()}:
                me = self._meet(name, address)
                return (me,) if me is not None and me != author else ()
        return ()

    def _meet(self, name: str, address: str) -> RemoteId | None:
        key = (address or name).strip().lower()[:320]
        if not key:
            return None
        known = self._people.get(key)
        if known is None:
            known = self._people[key] = Person(
                id=RemoteId(f"mbox:{key}"),
                name=name.strip() or address,
                address=address or None,
                me=bool(self._me) and self._me in {key, name.strip().lower()},
            )
            self._pages.people[known.id] = known
        return known.id
