"""Notes: clips, recordings with their transcripts, and meeting summaries; looked for once an hour.

Zoom lists them by the month. At first contact half a year is listed; later the last weeks, since a recording gets its
transcript, and a summary its corrections, some time after the meeting. What an account does not have is no trouble.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from connectors.zoom.api import ask, media
from connectors.zoom.api.cursor import Cursor
from connectors.zoom.api.incoming import World
from connectors.zoom.api.shape import Row, iso
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Gone, Problem, Refused, ServiceChanged
from leeward.model import Batch, ItemType, Note, RemoteId, RemoteRef
from leeward.ports import Clock

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
SPAN_MS = 29 * DAY_MS
FIRST_MS = 6 * SPAN_MS
OVERLAP_MS = 2 * HOUR_MS
DETAILS_A_ROUND = 20
"""Transcripts and summaries that are fetched in one round; the others come with the next ones."""

_LATE = 5 * 1024 * 1024
_REFUSALS = (Forbidden, Gone, Refused)


class Library:
    """The notes' share of one round."""

    def __init__(self, session: Session, world: World, where: Cursor, asked: dict[str, int], clock: Clock) -> None:
        self._session, self._world, self._where, self._asked, self._clock = session, world, where, asked, clock
        self._left = DETAILS_A_ROUND
        self._pending = False

    async def run(self) -> AsyncIterator[Batch]:
        """Yield what is new of each sort; one that is refused must not hide the others."""
        sorts: tuple[tuple[RemoteId, Callable[[int, int], AsyncIterator[Batch]]], ...] = (
            (media.CLIPS, self._clips),
            (media.RECORDINGS, self._recordings),
            (media.SUMMARIES, self._summaries),
        )
        now, noted = self._clock.now(), dict(self._where.noted)
        for place, sort in sorts:
            if now - self._asked.get(place, 0) < HOUR_MS:
                continue
            last = self._where.noted.get(place, 0)
            self._pending = False
            try:
                async for batch in sort(last, now):
                    yield batch
            except _REFUSALS:
                self._asked[place] = now
                continue
            if not self._pending:
                self._asked[place] = now
                self._where.noted[place] = max(last, min(now, self._session.now))
        self._forget(now)
        if self._where.noted != noted:
            yield Batch(cursor=self._where.dump(), oddities=self._session.oddities())

    async def _clips(self, last: int, now: int) -> AsyncIterator[Batch]:
        since = last - OVERLAP_MS if last else now - FIRST_MS
        for begin, end in media.months(since, now + HOUR_MS, SPAN_MS):
            request = ask.get(
                self._session.base, "/clips", user_id="me", date_filter_type="MODIFIED_DATE",
                from_=iso(begin), to=iso(end), page_size=ask.MEDIA_PAGE,
            )  # fmt: skip
            listed = await self._session.whole(request, "data")
            gone: list[RemoteRef] = [(ItemType.NOTE, id) for row in listed if (id := media.clip_gone(row))]
            ended = {id for _type, id in gone}
            notes = [note for row in listed if (note := media.clip(row, self._session.odd)) and note.id not in ended]
            yield self._batch(media.CLIPS, notes, tuple(gone))

    async def _recordings(self, last: int, now: int) -> AsyncIterator[Batch]:
        until = now + DAY_MS
        for begin, end in media.months(until - (SPAN_MS if last else FIRST_MS), until, SPAN_MS):
            request = ask.get(
                self._session.base, "/users/me/recordings",
                from_=iso(begin)[:10], to=iso(end)[:10], page_size=ask.MEDIA_PAGE,
            )  # fmt: skip
            listed = await self._session.whole(request, "meetings")
            notes: list[Note] = []
            for row in listed:
                held = media.recording(row, self._session.odd)
                if held is None or self._known(f"rec:{held.id}", held.digest):
                    continue
                if self._left <= 0 and held.transcript:
                    self._pending = True
                    continue
                notes.append(media.recording_note(held, await self._words(held)))
                self._where.notes[f"rec:{held.id}"] = f"{held.at // DAY_MS}.{held.digest}"
            yield self._batch(media.RECORDINGS, notes)

    async def _words(self, held: media.Recording) -> str:
        """What was said. Where it cannot be fetched (a host of the company's own), the card with its link remains."""
        if held.transcript is None:
            return ""
        self._left -= 1
        try:
            return media.transcript((await self._session.download(held.transcript, _LATE)).body)
        except (*_REFUSALS, Problem, ServiceChanged):
            self._session.odd.count += 1
            return ""

    async def _summaries(self, last: int, now: int) -> AsyncIterator[Batch]:
        until = now + HOUR_MS
        for begin, end in media.months(until - (SPAN_MS if last else FIRST_MS), until, SPAN_MS):
            request = ask.get(
                self._session.base, "/users/me/meeting_summaries", time_filter_field="summary_created_time",
                from_=iso(begin), to=iso(end), page_size=ask.MEDIA_PAGE,
            )  # fmt: skip
            listed = await self._session.whole(request, "summaries")
            yield self._batch(media.SUMMARIES, [note for row in listed if (note := await self._summary(row, now))])

    async def _summary(self, row: Row, now: int) -> Note | None:
        found = media.summary_listed(row, self._session.odd)
        if found is None or self._known(f"sum:{found[0]}", found[1]):
            return None
        if self._left <= 0:
            self._pending = True
            return None
        self._left -= 1
        id, digest = found
        try:
            told = await self._session.ask(ask.get(self._session.base, f"/meetings/{ask.segment(id)}/meeting_summary"))
        except _REFUSALS:
            return None
        note = media.summary_note(id, told, row)
        if note is not None:
            self._where.notes[f"sum:{id}"] = f"{now // DAY_MS}.{digest}"
        return note

    def _known(self, name: str, digest: str) -> bool:
        return self._where.notes.get(name, "").partition(".")[2] == digest

    def _forget(self, now: int) -> None:
        """What is older than any list will show again."""
        oldest = (now - FIRST_MS - SPAN_MS) // DAY_MS
        kept = {name: told for name, told in self._where.notes.items() if _day(told) >= oldest}
        self._where.notes = kept

    def _batch(self, place: RemoteId, notes: list[Note], gone: tuple[RemoteRef, ...] = ()) -> Batch:
        places = (media.place(place),) if notes else ()
        return Batch(
            places=places,
            notes=tuple(notes),
            gone=gone,
            cursor=self._where.dump(),
            oddities=self._session.oddities(),
        )


def _day(told: str) -> int:
    day = told.partition(".")[0]
    return int(day) if day.isdigit() else 0
