"""How well contexts are chosen: CTX-F1@20, and how many lines that stand alone are left alone."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import NamedTuple

from leeward.work.context_belong import alone, belonging, chosen
from leeward.work.context_model import Model
from tools.train_context.belonging import Window


class Score(NamedTuple):
    """In percent: the score, by room, and the lone lines left alone."""

    f1: float
    rooms: list[float]
    lone: float

    def __str__(self) -> str:
        each = sorted(self.rooms)
        low, middle, high = each[len(each) // 10], each[len(each) // 2], each[-1 - len(each) // 10]
        return f"CTX-F1@20 {self.f1:.2f}, rooms {low:.1f} | {middle:.1f} | {high:.1f}, lone lines {self.lone:.1f}"


def judged(windows: Iterable[Window], models: list[Model]) -> Score:
    """What the windows score when each room is judged by its own model (room number modulo their count)."""
    rooms: dict[int, list[float]] = {}
    lone: list[bool] = []
    for window in windows:
        shares = belonging(models[window.room % len(models)], window.at, window.others)
        taken = chosen(shares, alone(window.at, window.others))
        right = {n for n, kin in enumerate(window.kin) if kin}
        score = 2 * len(taken & right) / (len(taken) + len(right)) if taken or right else 1.0
        rooms.setdefault(window.room, []).append(100 * score)
        if not right:
            lone.append(not taken)
    every = [score for found in rooms.values() for score in found]
    return Score(fmean(every), [fmean(found) for found in rooms.values()], 100 * fmean(lone or [True]))
