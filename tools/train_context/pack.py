"""Weights as leeward ships them: signed bytes, one scale for what goes straight to the score and one for the rest."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import numpy as np

from leeward.work.context_model import Model
from tools.train_context.adam import Matrix
from tools.train_context.answering import Answering
from tools.train_context.belonging import Belonging

ABOUT = (
    "Learned from the #ubuntu rooms of: Kummerfeld, Gouravajhala, Peper, Athreya, Gunasekara, Ganhotra, Patel, "
    "Polymenakos, Lasecki, A Large-Scale Corpus for Conversation Disentanglement, ACL 2019 "
    "(github.com/jkkummerfeld/irc-disentanglement), which is under CC BY 4.0 "
    "(creativecommons.org/licenses/by/4.0). Changed: reduced to the numbers below and to a list of common words."
)

_MOST = 127


def _scales(tables: list[Matrix]) -> tuple[float, float]:
    return (
        max(float(np.abs(table[..., 0]).max()) for table in tables) / _MOST,
        max(float(np.abs(table[..., 1:]).max()) for table in tables) / _MOST,
    )


def _bytes(tables: list[Matrix], straight: float, hidden: float) -> str:
    parts = []
    for table in tables:
        scaled = table / np.array([straight, *[hidden] * (table.shape[1] - 1)], np.float32)
        parts.append(np.clip(np.rint(scaled), -_MOST, _MOST).astype(np.int8).tobytes())
    return b64encode(b"".join(parts)).decode("ascii")


def _out(bias: Matrix, out: Matrix, straight: float, hidden: float) -> dict[str, Any]:
    steps = [round(float(bias[0]) / straight), *[round(float(number) / hidden) for number in bias[1:]]]
    return {
        "bias": steps,
        "straight": round(straight, 8),
        "hidden": [round(float(weight) * hidden, 8) for weight in out],
    }


def packed(words: list[str], answering: Answering, belonging: Belonging | None) -> str:
    """The text of the file; without the second network its tables stand empty."""
    first = answering.weights
    tables = [first["pair"], first["start"], first["late"], first["early"]]
    scales = _scales(tables)
    second = (belonging or Belonging(0)).weights
    more = _scales([second["belong"]])
    return json.dumps(
        {
            "about": ABOUT,
            "vocabulary": " ".join(words),
            "answers": _bytes(tables, *scales),
            "to answer": _out(first["answer bias"], first["answer out"], *scales),
            "to start": _out(first["start bias"], first["start out"], *scales),
            "belong": _bytes([second["belong"]], *more),
            "to belong": _out(second["bias"], second["out"], *more),
        },
        ensure_ascii=False,
        indent=1,
    )


def model(words: list[str], answering: Answering, belonging: Belonging | None = None) -> Model:
    """The weights as leeward reads them."""
    return Model(packed(words, answering, belonging))
