"""Steps downhill: Adam with decay of the weights, a warm start and a falling rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

_WARM = 50
_LEAST = 0.03


class Adam:
    """Moves weights in place."""

    def __init__(self, weights: dict[str, Matrix], rate: float, decay: float) -> None:
        self._weights, self._rate, self._decay = weights, rate, decay
        self._mean = {name: np.zeros_like(found) for name, found in weights.items()}
        self._square = {name: np.zeros_like(found) for name, found in weights.items()}
        self._steps = 0

    def step(self, slopes: dict[str, Matrix], steps: int) -> None:
        """One step of `steps`."""
        self._steps += 1
        now = self._steps
        rate = self._rate * min(1.0, now / _WARM) * (1 - (1 - _LEAST) * now / steps)
        for name, found in self._weights.items():
            slope = slopes[name]
            mean, square = self._mean[name], self._square[name]
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope * slope - square)
            move = (mean / (1 - 0.9**now)) / (np.sqrt(square / (1 - 0.999**now)) + 1e-8)
            np.subtract(found, rate * (move + self._decay * found), out=found, casting="same_kind")
