"""The desk over the real store: everything the screen does. Each verb returns once its change is committed here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from leeward.errors import Problem
from leeward.model import Due, Instant, ItemId, Keep, Tier
from leeward.ports import Can
from leeward.store import find, own, read
from leeward.store.db import Db
from leeward.store.stamps import due_text
from leeward.words import _
from leeward.work import acts, instep, notify, quiet_acts, triage
from leeward.work.patches import Hunk
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_course import Spell
from leeward.work.quiet_settings import QuietConfig
from leeward.zones import wall, zone
from tui.asks import CaptureDraft, Preset, Receipt
from tui.desk_reads import StoreReads

FAR_OFF = 4_102_444_800_000
"""2100: an item that waits for an answer alone sleeps until then at the longest."""


class StoreVerbs(StoreReads):
    """`tui.desk.Verbs` over a store."""

    async def _act(self, act: Callable[[Db], Any]) -> Receipt:
        """Run a change and say what it was, in the log's words."""

        def run(db: Db) -> Receipt:
            before = acts.newest(db)
            made = act(db)
            after = acts.newest(db)
            item = ItemId(made) if isinstance(made, str) else None
            said = acts.last(db) if after != before else None
            return Receipt(said or _("Nothing to change"), undoable=said is not None, item=item)

        return await self._do(run)

    def _upstream(self, db: Db) -> frozenset[str]:
        """Accounts whose services are told what was read."""
        marking = {
            one.name
            for one in self.home.config.accounts
            if one.mark_read and Can.MARK_READ in self.home.outside.manifest(one.kind).can
        }
        return frozenset(uid for uid, name in db.execute("SELECT uid, name FROM account") if name in marking)

    async def done(self, ids: Sequence[ItemId]) -> Receipt:
        """Clear here, and upstream where the account allows."""
        return await self._act(lambda db: triage.done(db, self.now(), ids, self._upstream(db)))

    async def undone(self, ids: Sequence[ItemId]) -> Receipt:
        """Back, unread."""
        return await self._act(lambda db: triage.undone(db, self.now(), ids))

    async def later(self, ids: Sequence[ItemId], when: Preset) -> Receipt:
        """Put off; a reply wakes it."""
        return await self._act(lambda db: triage.later(db, self.now(), ids, when.at or Instant(FAR_OFF)))

    async def tier(self, ids: Sequence[ItemId], tier: Tier | None) -> Receipt:
        """Set the owner's tier; what waits is judged again."""

        def act(db: Db) -> None:
            triage.tier(db, self.now(), ids, tier)
            for id in ids:
                notify.retier(
                    db,
                    id,
                    tier,
                    self.home.config.quiet,
                    surroundings(db, self.now(), self.home.config.quiet),
                    self.now(),
                )

        return await self._act(act)

    async def read(self, thread: ItemId, upto: ItemId) -> None:
        """Lines up to `upto` are read."""

        def act(db: Db) -> None:
            row = db.execute("SELECT n FROM message WHERE id = ?", (upto,)).fetchone()
            if row is not None:
                triage.seen(db, self.now(), thread, row[0])

        await self._do(act)

    async def remember(self, name: str, value: str) -> None:
        """Keep a choice about the screen."""
        await self._do(
            lambda db: db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (f"screen {name}", value)) and None
        )

    async def undo(self, *, sure: bool = False) -> Receipt | None:
        """Take the last act back; what left already asks first."""

        def act(db: Db) -> Receipt | None:
            undone = acts.undo(db, self.now(), self._rewrite)
            if undone is None:
                return None
            if undone.sent and not sure:
                raise _AsksError(undone.say)
            from leeward.work.reversing import reverse

            made = reverse(db, self.now(), undone.sent)
            if undone.quiet:
                self._quiet_again(db)
            if undone.sent and not made:
                return Receipt(_("nothing of “{say}” could be taken back").format(say=undone.say), undoable=False)
            return Receipt(_("undone: {say}").format(say=undone.say), undoable=False)

        try:
            return await self._do(act)
        except _AsksError as asks:
            question = _("“{say}” is there already. Take it back by a change of its own?").format(say=asks.say)
            return Receipt(asks.say, ok=False, asks=question)

    async def redo(self) -> Receipt | None:
        """Do again what was undone last."""

        def act(db: Db) -> str | None:
            said = acts.redo(db, self.now(), self._rewrite)
            self._quiet_again(db)
            return said

        said = await self._do(act)
        return Receipt(said) if said is not None else None

    def _rewrite(self, changes: Sequence[Hunk], back: bool) -> None:
        from tui import settings

        settings.rewrite(self.home.folders.config, changes, back=back)

    def _judged_by(self, config: QuietConfig) -> None:
        """What comes is judged by these; an engine that is put together later takes them from the settings."""
        if self.running.assembled:
            self.running.notices.config = config

    def _quiet_again(self, db: Db) -> None:
        """The quiet rules may be others now: they count at once."""
        config = self.home.reload().quiet
        self._judged_by(config)
        quiet_acts.judge_anew(db, config, self.now())

    async def capture(self, draft: CaptureDraft) -> Receipt:
        """Make a task of a line with its context."""
        from leeward.work import capture

        def act(db: Db) -> str:
            goal = draft.place or capture.targets(db)[0].id
            order = capture.Order(
                message=draft.message,
                to=goal,
                title=draft.title,
                own=draft.say,
                assignees=(draft.assignee,) if draft.assignee else (),
                due=draft.due,
                tier=draft.tier,
                context=tuple(line for line in draft.lines if line != draft.message),
                reply=draft.tell,
                keep=draft.keep,
                again=draft.again,
            )
            return capture.capture(db, self.now(), order).task

        return await self._act(act)

    async def attach(self, message: ItemId, task: ItemId) -> Receipt:
        """Tie a line to a task that exists."""
        from leeward.work import links

        return await self._act(lambda db: links.attach(db, self.now(), message, task))

    async def unlink(self, link: ItemId) -> Receipt:
        """Take a link away."""
        from leeward.work import links

        return await self._act(lambda db: links.unlink(db, self.now(), link))

    async def keep(self, link: ItemId, keep: Keep) -> Receipt:
        """What a link keeps in step."""
        from leeward.work import links

        return await self._act(lambda db: links.keep_in_step(db, self.now(), link, keep))

    async def reply(self, thread: ItemId, text: str, at: Preset | None = None) -> Receipt:
        """Answer in a thread, now or at a time."""
        from leeward.work import posting

        their = posting.Their(at.wall, at.zone) if at and at.zone else None
        return await self._act(lambda db: _none(posting.reply(db, self.now(), thread, text, at=_at(at), their=their)))

    async def post(self, place: ItemId, text: str, at: Preset | None = None) -> Receipt:
        """Say something new in a place."""
        from leeward.work import posting

        their = posting.Their(at.wall, at.zone) if at and at.zone else None
        return await self._act(lambda db: _none(posting.post(db, self.now(), place, text, at=_at(at), their=their)))

    async def note_save(self, id: ItemId | None, title: str, text: str, near: ItemId | None = None) -> Receipt:
        """Make a note, or replace one."""
        from leeward.work import noting

        def act(db: Db) -> str:
            name = title or (text.strip().splitlines() or [_("Note")])[0]
            if id is None:
                with acts.act(db, self.now(), _("note: {title}").format(title=name), []) as made:
                    fresh = noting.add_note(db, self.now(), name, text, about=near)
                    made.made.append(fresh)
                return fresh
            with acts.act(db, self.now(), acts.say_items(db, _("changed"), [id]), [("own", id)]) as changed:
                changed.outbox += noting.edit_note(db, self.now(), id, text, name)
            return id

        return await self._act(act)

    async def draft_save(self, key: str, text: str) -> None:
        """Keep what is being typed; empty text forgets it."""

        def act(db: Db) -> None:
            if text:
                db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", (key, text, self.now()))
            else:
                db.execute("DELETE FROM draft WHERE key = ?", (key,))

        await self._do(act)

    async def set_task(self, id: ItemId, fields: Mapping[str, object]) -> Receipt:
        """Set fields of a task."""
        stored = {name: _stored(name, value) for name, value in fields.items()}
        return await self._act(lambda db: _set(db, self.now(), [id], stored))

    async def task_new(self, title: str) -> Receipt:
        """A task of one's own, not made of a line."""

        def act(db: Db) -> str:
            with acts.act(db, self.now(), _("new task: {title}").format(title=title), []) as made:
                task = own.new_task(db, self.now(), title=title)
                made.made.append(task.id)
            return task.id

        return await self._act(act)

    async def assign(self, ids: Sequence[ItemId], person: ItemId | None) -> Receipt:
        """Give tasks or threads to somebody, or to nobody."""
        who = [person] if person else []
        return await self._act(lambda db: _set(db, self.now(), [_task_of(db, id) for id in ids], {"assignees": who}))

    async def split(self, message: ItemId) -> Receipt:
        """Begin a thread of its own at this line."""
        from leeward.work.conversations import split_at

        return await self._act(lambda db: split_at(db, self.now(), message))

    async def join(self, first: ItemId, second: ItemId) -> Receipt:
        """Make two threads one."""
        from leeward.work.conversations import join_threads

        return await self._act(lambda db: join_threads(db, self.now(), first, second))

    async def people_join(self, one: ItemId, other: ItemId) -> Receipt:
        """Two people are one from now on."""
        from leeward.work import people

        return await self._act(lambda db: people.join(db, self.now(), one, other))

    async def people_part(self, person: ItemId) -> Receipt:
        """This account's person is somebody else than those they were joined with."""
        from leeward.work import people

        return await self._act(lambda db: people.part(db, self.now(), person))

    async def answer_outbox(self, row: int, choice: str) -> Receipt:
        """Decide about a row that asks."""
        from tui.answering import answer

        await self._do(answer, row, choice, self.now())
        said = _("dropped") if choice in {"drop", "theirs"} else _("it is sent") if choice != "both" else _("both stay")
        return Receipt(said, undoable=False)

    async def quiet_on(self, until: Preset) -> Receipt:
        """Ring no more until then."""
        return await self.quiet_once(
            Spell(self.now(), until.at, quiet=True), _("quiet: {title}").format(title=until.title)
        )

    async def quiet_open(self, until: Preset) -> Receipt:
        """Ring although the schedule is quiet."""
        return await self.quiet_once(
            Spell(self.now(), until.at, quiet=False), _("rings: {title}").format(title=until.title)
        )

    async def quiet_once(self, spell: Spell, say: str) -> Receipt:
        """A one-off, in words that undo says too."""
        await self._do(quiet_acts.say_once, spell, say, self.home.config.quiet, self.now())
        return Receipt(say)

    async def quiet_off(self) -> Receipt:
        """End the one-off; the schedule counts again."""
        ended = await self._do(quiet_acts.end, self.home.config.quiet, self.now())
        return Receipt(_("back to the schedule"), undoable=ended > 0)

    async def mute(self, id: ItemId, until: Preset | None) -> Receipt:
        """Let one thread not ring, by a rule in the settings."""
        from tui import week_file

        thread = await self._ask(find.thread_of, id)
        end = wall(until.at, zone(self.zone())).replace(microsecond=0) if until and until.at else None
        rule = {"thread": str(thread or id), "mute": True} | ({"until": end} if end else {})
        return await self.quiet_write(lambda text: week_file.with_rule(text, rule), _("muted: this thread"))

    async def quiet_write(self, change: Callable[[str], str], say: str) -> Receipt:
        """Change the settings; the new rules count at once for what waits and what comes, and undo knows."""
        from tui import settings

        changes = await asyncio.to_thread(settings.edit_told, self.home.folders.config, change)
        config = (await asyncio.to_thread(self.home.reload)).quiet
        self._judged_by(config)
        await self._do(quiet_acts.settings_changed, changes, say, config, self.now())
        return Receipt(say, undoable=bool(changes))


class _AsksError(Exception):
    """Ends a transaction that found out it must ask first."""

    def __init__(self, say: str) -> None:
        super().__init__(say)
        self.say = say


def _none(_row: int) -> None:
    return None


def _at(preset: Preset | None) -> Due | None:
    return preset.at if preset else None


def _stored(name: str, value: object) -> object:
    """A field's value as the store keeps it."""
    if name == "due":
        assert value is None or isinstance(value, date | int)
        return due_text(value if value is None or isinstance(value, date) else Instant(value))
    return str(value) if value is not None and name in {"title", "text", "status", "tier"} else value


def _set(db: Db, now: Instant, ids: Sequence[str], fields: Mapping[str, object]) -> None:
    from leeward.work import edit

    rows = [row for id in ids for row in (("own", id), *instep.tied(db, id))]
    with acts.act(db, now, acts.say_items(db, _("changed"), list(ids)), rows) as act:
        for id in ids:
            act.outbox += edit.set_task(db, now, id, fields)
            act.outbox += instep.completed(db, now, id)
            act.items.add(id)


def _task_of(db: Db, id: str) -> str:
    """The task an item is, or is about. Raises `Problem` where there is none."""
    if read.task(db, id) is not None:
        return id
    row = db.execute("SELECT task FROM item WHERE id = ?", (id,)).fetchone()
    if row is None or row[0] is None:
        raise Problem(_("This is no task."), _("Press t to make one of it."))
    return str(row[0])
