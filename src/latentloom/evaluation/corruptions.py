"""Real signals damaged on purpose, ever more: what every score must see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from sklearn.cluster import KMeans

from ..core.ranges import a_share, at_least
from .distances.role import InapplicableError
from .population import Population, Trial
from .surrogates.phase import phases_turned
from .surrogates.start import dealt, moments, standardised

Corruption = Callable[[Trial, float, int], Population]

NEAR = 0.01  # of the deviation: how far a near copy is from its original
_CLUSTERS = 8
_SEEN = 2000  # signals in which clusters are sought


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One damage of one strength.

    Args:
        name: What is done.
        strength: How much of it; 0 is nothing.
        corruption: What does it, from a trial, the strength and a seed.

    Example:
        >>> real = Population(values=np.ones((4, 3, 1)))
        >>> trial = Trial(train=real, held=real, made=real)
        >>> Rung(name="scale", strength=0.5, corruption=scale)(trial, seed=0).size
        4
    """

    name: str
    strength: float
    corruption: Corruption

    def __call__(self, trial: Trial, *, seed: int) -> Population:
        """The made signals of a trial, which stand for real ones, damaged.

        Raises:
            InapplicableError: If the signals lack what is damaged.
        """
        return self.corruption(trial, self.strength, seed)


def noise(trial: Trial, strength: float, seed: int) -> Population:
    """Adds white normal noise.

    Args:
        trial: Its made signals are damaged.
        strength: Deviation of the noise, as a share of that of each channel.
        seed: Of the noise.
    """
    at_least(0, strength=strength)
    made = trial.made
    drawn = np.random.default_rng(seed).standard_normal(made.values.shape)
    return _with(made, made.values + strength * moments(made).std * drawn)


def shuffle(trial: Trial, strength: float, seed: int) -> Population:
    """Puts some steps of each signal in random order among themselves, all channels together.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the steps.
        seed: Of the order.
    """
    a_share(strength=strength)
    made, rng = trial.made, np.random.default_rng(seed)
    time = np.arange(made.steps)
    lots = np.where(made.mask, rng.random(made.mask.shape), np.inf)
    picked = lots.argsort(1).argsort(1) < np.round(strength * made.extent)[:, None]
    # Both orders name the picked steps first, and then the others where they are.
    to = np.where(picked, time - made.steps, time).argsort(1)
    come = np.where(picked, rng.random(picked.shape) - 1, time).argsort(1)
    values = np.empty_like(made.values)
    moved = np.take_along_axis(made.values, come[..., None], 1)
    np.put_along_axis(values, to[..., None], moved, 1)
    return _with(made, values)


def drop_modes(trial: Trial, strength: float, seed: int) -> Population:
    """Keeps the signals nearest to the largest of 8 clusters; they stand for the others too.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the signals that are lost, in [0, 1).
        seed: Of the clusters, and of who stands for whom.
    """
    a_share(strength=strength)
    made, rng = trial.made, np.random.default_rng(seed)
    flat = standardised(made).reshape(made.size, -1)
    seen = flat[rng.permutation(made.size)[:_SEEN]]
    clusters = KMeans(min(_CLUSTERS, len(np.unique(seen, axis=0))), random_state=seed)
    centre = clusters.fit(seen).cluster_centers_[np.bincount(clusters.predict(seen)).argmax()]
    order = ((flat - centre) ** 2).sum(1).argsort(kind="stable")
    left = max(1, round((1 - strength) * made.size))
    rows = np.arange(made.size)
    rows[order[left:]] = rng.choice(order[:left], made.size - left)
    return made.take(rows)


def copy(trial: Trial, strength: float, seed: int) -> Population:
    """Replaces some signals by exact copies of train signals, each used equally often.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the signals.
        seed: Of who is replaced by whom.
    """
    return _copied(trial, strength, 0.0, seed)


def near_copy(trial: Trial, strength: float, seed: int) -> Population:
    """Replaces some signals by copies of train signals with noise of 1 % of the deviation.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the signals.
        seed: Of who is replaced by whom, and of the noise.
    """
    return _copied(trial, strength, NEAR, seed)


def scale(trial: Trial, strength: float, seed: int) -> Population:
    """Stretches each channel about its mean over all signals.

    Args:
        trial: Its made signals are damaged.
        strength: How much more than 1 they are multiplied by.
        seed: Nothing is drawn.
    """
    del seed
    made, level = trial.made, moments(trial.made)
    return _with(made, level.mean + (1 + strength) * (made.values - level.mean))


def shift(trial: Trial, strength: float, seed: int) -> Population:
    """Lets each signal begin at another step and closes it to a circle.

    Args:
        trial: Its made signals are damaged.
        strength: Up to which share of its length a signal is shifted.
        seed: Of how far.
    """
    a_share(strength=strength)
    made = trial.made
    share = strength * np.random.default_rng(seed).random(made.size)
    steps = np.floor(share * made.extent).astype(int)
    come = (np.arange(made.steps) + steps[:, None]) % made.extent[:, None]
    return _with(made, np.take_along_axis(made.values, come[..., None], 1))


def phase(trial: Trial, strength: float, seed: int) -> Population:
    """Draws the Fourier phases of some signals anew, which keeps their spectra.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the signals.
        seed: Of which ones, and of the phases.
    """
    made, rng = trial.made, np.random.default_rng(seed)
    rows = _some(made.size, strength, rng)
    values = made.values.copy()
    values[rows] = phases_turned(made.values[rows], made.extent[rows], rng)
    return _with(made, values)


def mix_channels(trial: Trial, strength: float, seed: int) -> Population:
    """Gives some signals each channel of another one of them.

    The marginals of each channel stay as they are; how channels go together is lost. A
    channel that is too short goes round in a circle.

    Args:
        trial: Its made signals are damaged.
        strength: Share of the signals.
        seed: Of which ones, and of who gives to whom.

    Raises:
        InapplicableError: If there is one channel.
    """
    made, rng = trial.made, np.random.default_rng(seed)
    if made.width < 2:
        raise InapplicableError("channels are mixed among at least 2, got 1")
    rows = _some(made.size, strength, rng)
    values = made.values.copy()
    for channel in range(1, made.width):
        givers = rng.permutation(rows)
        come = np.arange(made.steps) % made.extent[givers, None]
        values[rows, :, channel] = made.values[givers[:, None], come, channel]
    return _with(made, values)


def smooth(trial: Trial, strength: float, seed: int) -> Population:
    """Takes the running mean of each signal; at its ends over what there is.

    Args:
        trial: Its made signals are damaged.
        strength: How many steps on either side it sees, rounded.
        seed: Nothing is drawn.
    """
    del seed
    at_least(0, strength=strength)
    made, reach = trial.made, round(strength)
    upto = np.pad(made.values.cumsum(1, dtype=np.float64), ((0, 0), (1, 0), (0, 0)))
    begin = np.maximum(np.arange(made.steps) - reach, 0)
    end = np.minimum(np.arange(made.steps) + reach + 1, made.extent[:, None])
    total = np.take_along_axis(upto, end[..., None], 1) - upto[:, begin]
    return _with(made, total / np.maximum(end - begin, 1)[..., None])


def truncate(trial: Trial, strength: float, seed: int) -> Population:
    """Cuts the end off each signal; one step at least is left.

    Args:
        trial: Its made signals are damaged.
        strength: Share of its length that is cut off.
        seed: Nothing is drawn.
    """
    del seed
    a_share(strength=strength)
    made = trial.made
    lengths = np.maximum(1, made.extent - np.round(strength * made.extent).astype(int))
    if not strength:
        return made
    real = (np.arange(made.steps) < lengths[:, None])[..., None]
    drive = None if made.drive is None else np.where(real, made.drive, 0).astype(np.float32)
    values = np.where(real, made.values, 0).astype(np.float32)
    return replace(made, values=values, lengths=lengths, drive=drive)


def _ladder(name: str, corruption: Corruption, strengths: Sequence[float]) -> tuple[Rung, ...]:
    return tuple(Rung(name=name, strength=s, corruption=corruption) for s in strengths)


LADDER: Mapping[str, tuple[Rung, ...]] = {
    name: _ladder(name, corruption, strengths)
    for name, (corruption, strengths) in {
        "noise": (noise, (0.01, 0.03, 0.1, 0.3)),
        "time shuffle": (shuffle, (0.1, 0.3, 1.0)),
        "mode drop": (drop_modes, (0.3, 0.6, 0.9)),
        "memorised copies": (copy, (0.1, 0.3, 1.0)),
        "near copies": (near_copy, (0.1, 0.3, 1.0)),
        "scale": (scale, (0.05, 0.2, 0.5)),
        "time shift": (shift, (0.1, 0.3, 1.0)),
        "phase": (phase, (0.1, 0.3, 1.0)),
        "channel mix": (mix_channels, (0.1, 0.3, 1.0)),
        "smoothing": (smooth, (1.0, 2.0, 4.0)),
        "truncation": (truncate, (0.1, 0.3, 0.6)),
    }.items()
}


def _with(made: Population, values: Float[np.ndarray, "N T C"]) -> Population:
    clean = np.where(made.mask[..., None], values, 0).astype(np.float32)
    return replace(made, values=clean)


def _some(size: int, share: float, rng: np.random.Generator) -> Int[np.ndarray, " _"]:
    """The rows of a share of the signals; a larger share holds those of a smaller one."""
    a_share(strength=share)
    return rng.permutation(size)[: round(share * size)]


def _copied(trial: Trial, strength: float, jitter: float, seed: int) -> Population:
    """Signals of which some are those of the train split, with their lengths and conditions."""
    made, train, rng = trial.made, trial.train, np.random.default_rng(seed)
    rows = _some(made.size, strength, rng)
    if not len(rows):
        return made
    donors = dealt(train.size, made.size, rng)[: len(rows)]
    drawn = rng.standard_normal((made.size, *made.values.shape[1:]))[: len(rows)]
    copies = train.take(donors)
    copies = _with(copies, copies.values + jitter * moments(train).std * drawn)
    return _replaced(made, rows, copies)


def _replaced(made: Population, rows: Int[np.ndarray, " M"], others: Population) -> Population:
    """The signals with some of them replaced; conditions that the others lack are kept."""

    def put(array: Any, new: Any) -> Any:
        array = array.astype(np.result_type(array, new))
        array[rows] = new
        return array

    ragged = made.lengths is not None or others.lengths is not None
    both = made.drive is not None and others.drive is not None
    columns = {
        name: {
            key: put(array, getattr(others, name)[key]) if key in getattr(others, name) else array
            for key, array in getattr(made, name).items()
        }
        for name in ("scalars", "labels")
    }
    return replace(
        made,
        values=put(made.values, others.values),
        lengths=put(made.extent, others.extent) if ragged else None,
        drive=put(made.drive, others.drive) if both else made.drive,
        **columns,
    )
