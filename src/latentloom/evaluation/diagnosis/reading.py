"""A reader that learns from real signals what they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

BANDS = 8
LAGS = (1, 2, 4, 8)
_TREES = 60


def features(signals: Float[np.ndarray, "N T C"]) -> Float[np.ndarray, "N F"]:
    """What a signal is like: its level, size, ends, spectrum and autocorrelation."""
    x = signals.astype(float)
    mean, size = x.mean(1), x.std(1)
    unit = (x - mean[:, None]) / np.maximum(size, 1e-12)[:, None]
    power = np.abs(np.fft.rfft(unit, axis=1)[:, 1:]) ** 2 / x.shape[1] ** 2
    edges = np.unique(np.geomspace(1, power.shape[1] + 1, BANDS + 1).astype(int)) - 1
    bands = [power[:, a:b].sum(1) for a, b in pairwise(edges)]
    lags = [lag for lag in LAGS if lag < x.shape[1]]
    echoes = [(unit[:, lag:] * unit[:, :-lag]).mean(1) for lag in lags]
    quarter = max(1, x.shape[1] // 4)
    ends = [unit[:, :quarter].mean(1), unit[:, -quarter:].mean(1)]
    size = np.log(size + 1e-12)
    return np.concatenate([mean, size, *np.log(np.array(bands) + 1e-9), *echoes, *ends], axis=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Tells what signals belong to, and how much of that their drive tells already.

    Args:
        whole: Reads the signals and their drive.
        told: R2 on records that it did not learn from, beyond what the drive alone gives.
    """

    whole: Any
    told: float

    @classmethod
    def of(
        cls,
        known: tuple[Float[np.ndarray, "A F"], Float[np.ndarray, "A E"]],
        held: tuple[Float[np.ndarray, "B F"], Float[np.ndarray, "B E"]],
        wanted: Float[np.ndarray, "A K"],
        held_wanted: Float[np.ndarray, "B K"],
        *,
        seed: int,
    ) -> Reader:
        """The reader that learned from known records.

        Args:
            known: Features of the train signals and of their drive, of no columns without one.
            held: The same of the held-out records.
            wanted: What train records belong to: a number, or a column for each label.
            held_wanted: What held-out records belong to.
            seed: Of the trees.
        """
        whole = _trees(np.concatenate(known, 1), wanted, seed)
        told = _r2(whole, np.concatenate(held, 1), held_wanted)
        if known[1].shape[1]:
            alone = _trees(known[1], wanted, seed)
            told -= max(0.0, _r2(alone, held[1], held_wanted))
        return cls(whole, told)

    def followed(
        self,
        before: tuple[Float[np.ndarray, "B F"], Float[np.ndarray, "B E"]],
        after: tuple[Float[np.ndarray, "B F"], Float[np.ndarray, "B E"]],
        moved: Float[np.ndarray, "B K"],
    ) -> float:
        """How far the reading moves when what signals were asked for was moved.

        Args:
            before: Features of what was made for the true values, and of the drive.
            after: The same of what was made for exchanged values.
            moved: The exchanged values minus the true ones.
        """
        read = [_read(self.whole, np.concatenate(made, 1), moved) for made in (before, after)]
        return float(((read[1] - read[0]) * moved).sum() / max((moved**2).sum(), 1e-12))


def _trees(known: np.ndarray, wanted: np.ndarray, seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesRegressor  # takes a second, and not all need it

    trees = ExtraTreesRegressor(n_estimators=_TREES, min_samples_leaf=2, random_state=seed)
    return trees.fit(known, wanted.squeeze(1) if wanted.shape[1] == 1 else wanted)


def _read(trees: Any, rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    return trees.predict(rows).reshape(like.shape)


def _r2(trees: Any, rows: np.ndarray, wanted: np.ndarray) -> float:
    left = ((wanted - _read(trees, rows, wanted)) ** 2).sum()
    return float(1 - left / max(((wanted - wanted.mean(0)) ** 2).sum(), 1e-12))


def filtered(
    known: tuple[Float[np.ndarray, "A T E"], Float[np.ndarray, "A T C"]],
    drive: Float[np.ndarray, "B T E"],
    *,
    reach: int = 8,
) -> Float[np.ndarray, "B T C"]:
    """What a linear filter of the drive says of signals: the least that a drive tells.

    Args:
        known: Drive and signals that it is fitted to, by least squares.
        drive: What is answered.
        reach: Steps to either side that the filter sees.
    """
    rows, wanted = _windows(known[0], reach), known[1].reshape(-1, known[1].shape[2])
    square = rows.T @ rows
    penalty = 1e-6 * np.trace(square) / len(square) * np.eye(len(square))
    weights = np.linalg.solve(square + penalty, rows.T @ wanted)
    return (_windows(drive, reach) @ weights).reshape(*drive.shape[:2], -1)


def _windows(drive: Float[np.ndarray, "N T E"], reach: int) -> Float[np.ndarray, "M F"]:
    padded = np.pad(drive.astype(float), ((0, 0), (reach, reach), (0, 0)), mode="edge")
    seen = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)
    flat = seen.reshape(drive.shape[0] * drive.shape[1], -1)
    return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
