"""A place as its lines flow by: for each new line, how likely it answers each of the lines before, or none of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from itertools import islice
from math import exp

from msgspec import Struct

from leeward.work.context_cells import FORGOTTEN, Between, Heard, InTalk, Talk, in_talk, pair, start, style
from leeward.work.context_lines import MINUTE, UNKNOWN, Line, Names, Said, begins, quoted, read
from leeward.work.context_model import Model, model

MEMORY = 100
"""Lines that are remembered: nothing older is answered, but by a sure reply."""

_VOCABULARY = 200  # lines over which a word counts as rare
_JUST_BEFORE = 10
_BUSY = 15  # lines over which people and conversations are counted
_CROWDS = (1, 2, 4, 6, 8)
_RARE = 9
_CHAIN = 5
_LATELY = (5, 15, 40)
_MANY = 4
_LARGE = 1_000


_PAUSE = 6 * 60
_OVERNIGHT = 0.1
"""After a pause of so many minutes, who names nobody begins anew: the rooms learned from never pause so long."""


class Cues(Struct, frozen=True, eq=False):
    """The lines that one line may answer, newest first, with the cells of each pair and of a beginning."""

    candidates: list[Heard]
    start: tuple[int, ...]
    pairs: list[tuple[int, ...]]


class Placed(Struct, frozen=True, eq=False):
    """Where a line belongs: `answers` pairs lines with probabilities, `starts` is the probability of a beginning.

    `sure` says that reply, quote or thread decided: then each line of `answers` belongs for certain. `cues` is what was
    weighed, where anything was.
    """

    heard: Heard
    answers: tuple[tuple[Heard, float], ...]
    starts: float
    sure: bool = False
    cues: Cues | None = None


class Flow:
    """The memory of one place. Lines are pushed in order; what it holds does not grow with the place."""

    def __init__(self, names: Mapping[str, str] | None = None, weights: Model | None = None) -> None:
        self.model = weights or model()
        self._names = Names(names)
        self._seq = 0
        self._recent: deque[Heard] = deque(maxlen=MEMORY)
        self._by_id: dict[str, Heard] = {}
        self._begun: dict[str, Heard] = {}
        self._last: dict[str, Heard] = {}
        self._called: dict[str, Heard] = {}
        self._spoke: dict[tuple[str, str], int] = {}
        self._addressed = 0
        self._threads: dict[str, Heard] = {}
        self._talks: dict[str, Talk] = {}
        self._counts: Counter[str] = Counter()
        self._spoken: deque[frozenset[str]] = deque()
        self._holds: dict[str, Heard] = {}

    def meet(self, author: str) -> None:
        """`author` is around, though nothing of theirs was heard yet."""
        self._names.meet(author)

    def push(self, line: Line, root: str | None = None) -> Placed:
        """Place `line` (no notice) after all that came before; `root` is its conversation where that is settled.

        A settled line is not weighed: it is taken to answer the newest line of its conversation.
        """
        heard = self._hear(line)
        placed = self._sure(line, heard)
        if placed is None:
            placed = self.weighed(heard) if root is None else self._follow(heard, root)
        self._settle(placed, root)
        self._remember(heard)
        return placed

    def weigh(self, line: Line) -> Placed:
        """How `line` would be placed now; nothing is remembered of it."""
        heard = self._hear(line)
        self._seq -= 1
        return self._sure(line, heard) or self.weighed(heard)

    def _hear(self, line: Line) -> Heard:
        self._names.meet(line.author)
        author, said = line.author, read(line, self._names)
        own = self._near(self._last.get(author))
        self._shorten(own)
        previous = self._recent[-1] if self._recent else None
        lately = list(islice(reversed(self._recent), _BUSY))
        minute = line.at // MINUTE
        self._seq += 1
        return Heard(
            id=line.id,
            seq=self._seq,
            minute=minute,
            author=author,
            said=said,
            own=own,
            new=own is None,
            called=self._near(self._called.get(author)),
            pause=minute - previous.minute if previous else 1 << 20,
            after_own=previous is not None and previous.author == author,
            spoken_to=_partner(own),
            style=style(self._addressed, len(self._recent)),
            busy=_step(len({one.author for one in lately})),
            talks=max(0, min(len({one.root for one in lately}) - 1, 6)),
            bot="bot" in author.lower(),
            nth=own.nth + 1 if own else 0,
            changes=previous.changes + (previous.author != author) if previous else 0,
            begins=begins(line.text),
            root=line.id,
            thread=line.thread,
        )

    def _near(self, heard: Heard | None) -> Heard | None:
        return heard if heard is not None and heard.seq > self._seq - MEMORY else None

    @staticmethod
    def _shorten(own: Heard | None) -> None:
        """An author's older lines are not asked for; they must not hold one another for ever."""
        for _n in range(_CHAIN - 1):
            own = own.own if own is not None else None
        if own is not None:
            own.own = None

    def _sure(self, line: Line, heard: Heard) -> Placed | None:
        known = [self._by_id[id] for id in line.reply_to if id in self._by_id and id != line.id]
        if not known and (quote := quoted(line.text)) is not None:
            known = [one for said, one in self._begun.items() if quote in said][-1:]
        if line.thread is not None:
            before = self._threads.get(line.thread)
            if before is not None and not known:
                known = [before]
            if not known:
                return Placed(heard, (), 1.0, sure=True)
        if not known:
            return None
        return Placed(heard, tuple((before, 1.0) for before in known), 0.0, sure=True)

    def _follow(self, heard: Heard, root: str) -> Placed:
        talk = self._talks.get(root)
        return Placed(heard, (), 1.0) if talk is None else Placed(heard, ((talk.newest, 1.0),), 0.0)

    def candidates(self, heard: Heard) -> list[Heard]:
        """The lines that `heard` may answer, newest first."""
        said, own = heard.said, heard.own
        asked: list[Heard | None] = list(islice(reversed(self._recent), _JUST_BEFORE))
        if own is not None:
            talk = self._talks.get(own.root)
            asked += (own, own.own, talk.newest if talk else None)
        for author in (said.to, heard.spoken_to, *said.names):
            other = self._last.get(author) if author else None
            if other is not None:
                asked += (other, other.own, other.own.own if other.own else None)
        called = heard.called
        if called is not None:
            asked += (called, self._last.get(called.author))
        asked += sorted(
            (holder for word in said.words if (holder := self._holds.get(word)) and self._counts[word] < _RARE),
            key=lambda holder: -holder.seq,
        )[:3]
        oldest = heard.seq - MEMORY
        found = {one.seq: one for one in asked if one is not None and one.seq >= oldest and one.thread is None}
        return [found[seq] for seq in sorted(found, reverse=True)]

    def _pairs(self, heard: Heard, candidates: list[Heard]) -> list[tuple[int, ...]]:
        """The cells of "`heard` answers that one" for each candidate."""
        roots = {before.root for before in candidates}
        found = {root: in_talk(heard, talk) for root in roots if (talk := self._talks.get(root)) is not None}
        return [pair(heard, before, self._between(heard, before, found.get(before.root))) for before in candidates]

    def _between(self, heard: Heard, before: Heard, talk: InTalk | None) -> Between:
        words, author, other = heard.said.words, heard.author, before.author
        last = self._last.get(other)
        return Between(
            self._worth(words & before.said.words, 2, 5),
            self._worth(words & self._talks[before.root].words, 3, 7) if talk is not None else 0,
            _MANY if last is None else min(last.nth - before.nth, _MANY),
            _lines_since(heard.own, before),
            self._lately(heard.seq, author, other),
            self._lately(heard.seq, other, author),
            talk or FORGOTTEN,
        )

    def _worth(self, common: frozenset[str], rare: int, known: int) -> int:
        """How much words in common say, 0 to 5: those said fewer than `rare` times lately say most."""
        if not common:
            return 0
        counts = self._counts
        worth = sum([3 if (n := counts[word]) < rare else 2 if n < known else 1 for word in common])
        return worth if worth < 4 else 4 if worth < 6 else 5

    def _lately(self, now: int, author: str, to: str) -> int:
        seq = self._spoke.get((author, to))
        return 0 if seq is None else 1 + sum([now - seq <= step for step in _LATELY])

    def cues(self, heard: Heard) -> Cues:
        """What may be answered by `heard`, and the cells of each possibility."""
        candidates = self.candidates(heard)
        to = heard.said.to
        return Cues(
            candidates,
            start(heard, self._last.get(to) if to else None),
            self._pairs(heard, candidates),
        )

    def weighed(self, heard: Heard) -> Placed:
        """Where `heard` belongs by its cues alone."""
        weights, cues = self.model, self.cues(heard)
        late = weights.late(heard)
        scores = [weights.starts(late, cues.start)]
        for before, found in zip(cues.candidates, cues.pairs, strict=True):
            scores.append(weights.answers(late, weights.early(before), found))
        top = max(scores)
        shares = [exp(score - top) for score in scores]
        total = sum(shares)
        answers = tuple((before, share / total) for before, share in zip(cues.candidates, shares[1:], strict=True))
        return Placed(heard, answers, shares[0] / total, cues=cues)

    def _settle(self, placed: Placed, root: str | None) -> None:
        heard = placed.heard
        sums: dict[str, float] = {}
        starts = placed.starts
        for before, share in placed.answers:
            kept = share if placed.sure or not _slept(before, heard) else share * _OVERNIGHT
            sums[before.root] = sums.get(before.root, 0.0) + kept
            starts += share - kept
        if root is None:
            best = max(sums, key=sums.__getitem__, default=None)
            root = best if best is not None and sums[best] >= starts else heard.id
        heard.root = root
        near = max((pair for pair in placed.answers if pair[0].root == root), key=lambda pair: pair[1], default=None)
        if near is not None:
            before = near[0]
            heard.answers = before.author if before.author != heard.author else before.answers
            if before.answered_by is None:
                before.answered_by = heard.author
            if before.author != heard.author:
                before.answered += 1

    def _remember(self, heard: Heard) -> None:
        if len(self._recent) == MEMORY:
            self._forget(self._recent[0])
        self._recent.append(heard)
        self._by_id[heard.id] = heard
        self._begun.pop(heard.begins, None)
        self._begun[heard.begins] = heard
        self._last[heard.author] = heard
        if heard.thread is not None:
            self._threads[heard.thread] = heard
        said = heard.said
        if said.to is not None:
            self._called[said.to] = heard
            self._spoke[heard.author, said.to] = heard.seq
        self._addressed += _by_name(said)
        self._join(heard, self._talks.setdefault(heard.root, Talk(heard)))
        for word in said.words:
            self._counts[word] += 1
            self._holds[word] = heard
        self._spoken.append(said.words)
        if len(self._spoken) > _VOCABULARY:
            self._counts.subtract(gone := self._spoken.popleft())
            for word in gone:
                if self._counts[word] <= 0:
                    del self._counts[word]
                    self._holds.pop(word, None)

    def _join(self, heard: Heard, talk: Talk) -> None:
        talk.people.add(heard.author)
        talk.words |= heard.said.words
        if len(talk.people) > _LARGE or len(talk.words) > _LARGE:  # a conversation may never end
            talk.people &= self._last.keys()
            talk.words &= self._counts.keys()
        talk.newest = heard
        heard.place = talk.size
        talk.size += 1

    def _forget(self, heard: Heard) -> None:
        heard.own = heard.called = None
        to = heard.said.to
        self._addressed -= _by_name(heard.said)
        if self._by_id.get(heard.id) is heard:
            del self._by_id[heard.id]
        if to is not None and self._spoke.get((heard.author, to)) == heard.seq:
            del self._spoke[heard.author, to]
        for kept, key in (
            (self._last, heard.author),
            (self._called, to),
            (self._begun, heard.begins),
            (self._threads, heard.thread),
        ):
            if key is not None and kept.get(key) is heard:
                del kept[key]
        talk = self._talks.get(heard.root)
        if talk is not None and talk.newest is heard:
            del self._talks[heard.root]


def _by_name(said: Said) -> bool:
    """Whether a line begins with the name of somebody who is here."""
    return said.to is not None and said.to != UNKNOWN


def _partner(own: Heard | None) -> str | None:
    """Whom the author of `own` spoke to last, after it."""
    if own is None:
        return None
    to = own.said.to
    return to if to is not None and to != UNKNOWN else own.answers or own.spoken_to


def _lines_since(own: Heard | None, before: Heard) -> int:
    """How many lines the author of `own` said after `before`, up to four."""
    count = 0
    while own is not None and own.seq > before.seq and count < _MANY:
        count, own = count + 1, own.own
    return count


def _step(people: int) -> int:
    return sum([people > step for step in _CROWDS])


def _slept(before: Heard, heard: Heard) -> bool:
    """Whether a night lies between two lines, and the later one does not speak to who wrote the earlier."""
    return heard.minute - before.minute > _PAUSE and heard.said.to != before.author
