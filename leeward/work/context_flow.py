"""A place as its lines flow by: for each new line, how likely it answers each of the lines before, or none of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from math import exp

from msgspec import Struct

from leeward.work.context_cues import Heard, Talk, pair, start
from leeward.work.context_lines import MINUTE, UNKNOWN, Line, Names, read
from leeward.work.context_weights import PAIR, START

MEMORY = 100
"""Lines that are remembered: nothing older is answered, but by a sure reply."""

_VOCABULARY = 200  # lines over which a word counts as rare
_JUST_BEFORE = 5
_RARE = 9


class Placed(Struct, frozen=True):
    """Where a line belongs: `answers` pairs lines with probabilities, `starts` is the probability of a beginning.

    `sure` says that reply, quote or thread decided: then each line of `answers` belongs for certain.
    """

    heard: Heard
    answers: tuple[tuple[Heard, float], ...]
    starts: float
    sure: bool = False


class Flow:
    """The memory of one place. Lines are pushed in order; what it holds does not grow with the place."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = Names(names)
        self._seq = 0
        self._recent: deque[Heard] = deque(maxlen=MEMORY)
        self._by_id: dict[str, Heard] = {}
        self._last: dict[str, Heard] = {}
        self._called: dict[str, Heard] = {}
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
            placed = self._weigh(heard) if root is None else self._follow(heard, root)
        self._settle(placed, root)
        self._remember(heard)
        return placed

    def _hear(self, line: Line) -> Heard:
        self._names.meet(line.author)
        own = self._near(self._last.get(line.author))
        if own is not None and own.own is not None:
            own.own.own = None
        spoken_to = None
        if own is not None:
            to = own.said.to
            spoken_to = to if to not in {None, UNKNOWN} else own.answers or own.spoken_to
        previous = self._recent[-1] if self._recent else None
        crowd = 0 if previous is None else previous.crowd + (previous.author != line.author)
        self._seq += 1
        return Heard(
            id=line.id,
            seq=self._seq,
            minute=line.at // MINUTE,
            author=line.author,
            said=read(line, self._names),
            own=own,
            new=own is None,
            spoken_to=spoken_to,
            root=line.id,
            thread=line.thread,
            crowd=crowd,
        )

    def _near(self, heard: Heard | None) -> Heard | None:
        return heard if heard is not None and heard.seq > self._seq - MEMORY else None

    def _sure(self, line: Line, heard: Heard) -> Placed | None:
        known = [self._by_id[id] for id in line.reply_to if id in self._by_id and id != line.id]
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

    def weigh(self, line: Line) -> Placed:
        """How `line` would be placed now; nothing is remembered of it."""
        heard = self._hear(line)
        self._seq -= 1
        return self._sure(line, heard) or self._weigh(heard)

    def _candidates(self, heard: Heard) -> list[Heard]:
        said, recent = heard.said, self._recent
        asked: list[Heard | None] = [recent[-n] for n in range(1, min(_JUST_BEFORE, len(recent)) + 1)]
        own = heard.own
        if own is not None:
            asked += (own, own.own)
        for author in (said.to, heard.spoken_to, *said.names):
            other = self._last.get(author) if author else None
            if other is not None:
                asked += (other, other.own)
        called = self._called.get(heard.author)
        if called is not None:
            asked += (called, self._last.get(called.author))
        asked += sorted(
            (holder for word in said.words if (holder := self._holds.get(word)) and self._counts[word] < _RARE),
            key=lambda holder: -holder.seq,
        )[:3]
        oldest = heard.seq - MEMORY
        found = {one.seq: one for one in asked if one is not None and one.seq >= oldest and one.thread is None}
        return list(found.values())

    def _shared(self, heard: Heard, before: Heard) -> int:
        common = heard.said.words & before.said.words
        if not common:
            return 0
        counts = self._counts
        worth = sum(3 if (n := counts[word]) < 2 else 2 if n < 5 else 1 for word in common)
        return 1 if worth < 2 else 2 if worth < 4 else 3 if worth < 6 else 4

    def _weigh(self, heard: Heard) -> Placed:
        candidates = self._candidates(heard)
        previous = self._recent[-1] if self._recent else None
        scores = [sum([table[cell] for table, cell in zip(START, start(heard, previous), strict=True)])]
        for before in candidates:
            cells = pair(heard, before, self._shared(heard, before), self._talks.get(before.root))
            scores.append(sum([table[cell] for table, cell in zip(PAIR, cells, strict=True)]))
        top = max(scores)
        shares = [exp(score - top) for score in scores]
        total = sum(shares)
        answers = tuple((before, share / total) for before, share in zip(candidates, shares[1:], strict=True))
        return Placed(heard, answers, shares[0] / total)

    def _settle(self, placed: Placed, root: str | None) -> None:
        heard = placed.heard
        sums: dict[str, float] = {}
        for before, share in placed.answers:
            sums[before.root] = sums.get(before.root, 0.0) + share
        if root is None:
            best = max(sums, key=sums.__getitem__, default=None)
            root = best if best is not None and sums[best] >= placed.starts else heard.id
        heard.root = root
        near = max((pair for pair in placed.answers if pair[0].root == root), key=lambda pair: pair[1], default=None)
        if near is not None:
            before = near[0]
            heard.answers = before.author if before.author != heard.author else before.answers
            if before.author != heard.author:
                before.answered += 1

    def _remember(self, heard: Heard) -> None:
        if len(self._recent) == MEMORY:
            self._forget(self._recent[0])
        self._recent.append(heard)
        self._by_id[heard.id] = heard
        self._last[heard.author] = heard
        if heard.thread is not None:
            self._threads[heard.thread] = heard
        said = heard.said
        if said.to is not None:
            self._called[said.to] = heard
        talk = self._talks.setdefault(heard.root, Talk(heard))
        talk.people[heard.author] += 1
        talk.newest = heard
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

    def _forget(self, heard: Heard) -> None:
        heard.own = None
        if self._by_id.get(heard.id) is heard:
            del self._by_id[heard.id]
        for kept, key in (
            (self._last, heard.author),
            (self._called, heard.said.to),
            (self._threads, heard.thread),
        ):
            if key is not None and kept.get(key) is heard:
                del kept[key]
        talk = self._talks.get(heard.root)
        if talk is not None and talk.newest is heard:
            del self._talks[heard.root]
