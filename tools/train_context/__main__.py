"""Learn the weights of the context: `python -m tools.train_context --data DIR --out FILE`; see README.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from leeward.work.context_model import Model
from tools.train_context import pack
from tools.train_context.answering import Answering, Lines, Plan
from tools.train_context.belonging import Belonging, Pairs, Window, pairs, windows
from tools.train_context.cases import cases
from tools.train_context.judge import judged
from tools.train_context.rooms import FILES, Room, rooms, vocabulary

FOLDS = 3
SHORT = Plan(epochs=5)
FULL = Plan(epochs=8)
HERE = Path(__file__).parents[2]
OUT = HERE / "leeward/work/context_model.json"


def say(text: str) -> None:
    print(f"{time.process_time():6.0f} s  {text}", file=sys.stderr, flush=True)


class Course:
    """The training rooms, as they are and without names, on their way to two networks."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        plain = rooms(folder / FILES["train"])
        self.count = len(plain)
        self.rooms = plain + rooms(folder / FILES["train"], named=False)
        self.words = vocabulary(plain)
        say(f"{self.count} rooms, each with and without names, {len(self.words)} words")

    def learned(self, data: Lines, plan: Plan, left_out: int | None = None) -> Answering:
        """The first network, of all rooms or of those outside one fold."""
        found = Answering(len(self.words), self.seed)
        kept = np.array([left_out is None or self.fold(room) != left_out for room in range(len(self.rooms))])
        found.learn([(data, data.of_rooms(kept))], plan, self.seed)
        return found

    def fold(self, room: int) -> int:
        return room % self.count % FOLDS

    def seen(self, weights: Model | None) -> Lines:
        """All rooms as a flow with these weights sees them."""
        return Lines(cases(self.rooms, self.words, weights), len(self.words))

    def windows(self, models: list[Model]) -> Iterator[Window]:
        """The windows of all rooms, each by the model of its own fold."""
        for number, room in enumerate(self.rooms):
            yield from windows(room, number, models[self.fold(number) % len(models)])

    def belonging(self, found: Pairs, left_out: int | None = None) -> Belonging:
        """The second network, of all rooms or of those outside one fold."""
        learned = Belonging(self.seed)
        folds = found.room % self.count % FOLDS
        learned.learn(found, folds != (FOLDS if left_out is None else left_out), self.seed)
        return learned


def train(folder: Path, out: Path, seed: int) -> None:
    """Learn, write the file, and say how well rooms are judged that were not learned from."""
    course = Course(folder, seed)
    data = course.seen(None)
    for _round in range(2):
        answering = course.learned(data, SHORT)
        say("learned from what was settled; now from what it settles itself")
        data = course.seen(pack.model(course.words, answering))
    answering = course.learned(data, FULL)
    folds = [course.learned(data, FULL, fold) for fold in range(FOLDS)]
    del data
    models = [pack.model(course.words, found) for found in folds]
    say("the first network is learned, and once without each fold")
    found = pairs(course.windows(models))
    belonging = course.belonging(found)
    text = pack.packed(course.words, answering, belonging)
    out.write_text(text + "\n", "utf-8")
    say(f"{len(found.kin):,} pairs; {len(text):,} bytes written")
    complete = [pack.model(course.words, first, course.belonging(found, fold)) for fold, first in enumerate(folds)]
    for name, part in (("names", range(course.count)), ("no names", range(course.count, len(course.rooms)))):
        score = judged(_by_fold(course, complete, part), complete)
        say(f"rooms of other folds, {name}: {score}")
    check(folder, out)


def _by_fold(course: Course, models: list[Model], part: range) -> Iterator[Window]:
    for number in part:
        for window in windows(course.rooms[number], number, models[course.fold(number)]):
            yield window._replace(room=number % course.count)


def check(folder: Path, file: Path) -> None:
    """Say how well the development rooms are judged with the weights of a file."""
    weights = Model(file.read_text("utf-8"))
    for name in ("dev", "mediawiki"):
        for named in (True, False):
            found: list[Room] = rooms(folder / FILES[name], named=named)
            windowed = (window for at, room in enumerate(found) for window in windows(room, at, weights))
            say(f"{name}, {'names' if named else 'no names'}: {judged(windowed, [weights])}")


def main() -> None:
    shared = Path(os.environ.get("LEEWARD_SHARED", HERE.parent / "shared"))
    parser = argparse.ArgumentParser(prog="python -m tools.train_context", description=__doc__)
    parser.add_argument("--data", type=Path, default=shared / "data/chat", help="the folder of the annotated rooms")
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="learn nothing, judge the file there is")
    args = parser.parse_args()
    if args.check:
        check(args.data, args.out)
    else:
        train(args.data, args.out, args.seed)


if __name__ == "__main__":
    main()
