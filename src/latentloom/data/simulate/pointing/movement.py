"""Movements, all at once: strokes along arcs, sampled and rounded."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr

from ...dataset import Dataset, Quantity, Schema
from ...derive import COSINE, DISTANCE, SINE, displacement
from .settings import STEPS, Pointing

DISTANCES, DIRECTIONS = 24, 8
_SCATTER = 4.133  # widths per standard deviation of where movements end (MacKenzie 1992, eq. 7)
_SIGMA = (0.15, 0.35)  # of a lognormal speed
_CUT = 3.0  # standard deviations of the logarithm at which a lognormal stroke begins and ends
_TREMOR = (8.0, 12.0)  # hertz
_SHORT = (0.8, 0.97)  # share of the way that a first stroke covers, if another corrects it
_FIRST = (0.55, 0.75)  # share of the time that it takes
_OVERLAP = 0.1  # share of the time in which both run


def simulate(settings: Pointing, seed: int) -> Dataset:
    """The movements; equal seeds give equal movements.

    Args:
        settings: What they are like.
        seed: Of everything random.

    Returns:
        Ragged series `t` in milliseconds from the first point, `x` and `y` in pixels;
        conditions `distance`, `direction_cos` and `direction_sin`, from the first point to
        the last; extras `target_distance`, in pixels, and `corrected`, 1 where there was a
        second stroke.

    Example:
        >>> dataset = simulate(Pointing(records=3), seed=0)
        >>> dataset.schema.names("series"), dataset.schema.names("condition")
        (('t', 'x', 'y'), ('distance', 'direction_cos', 'direction_sin'))
    """
    random = np.random.default_rng(seed)
    aim, distance = _targets(settings, random)
    end = aim + settings.width / _SCATTER * random.standard_normal((settings.records, 2))
    steps = _steps(settings, distance, random)
    index = np.arange(steps.max())
    share = index / (steps - 1)[:, None]
    corrected = random.random(settings.records) < settings.corrected
    way = _way(settings, end, share, corrected, random) + _tremor(settings, steps, random)
    start = random.uniform(0, 2 * settings.distance[1], (settings.records, 1, 2))
    late = random.random(way.shape[:2]) < settings.late
    late[:, 0] = False
    time = settings.interval * index + late
    points = np.concatenate([time[..., None], np.round(start + way)], -1)
    points[index >= steps[:, None]] = 0
    series, lengths = torch.from_numpy(points).float(), torch.from_numpy(steps)
    return Dataset(
        schema=Schema(
            series=(Quantity("t", "ms"), Quantity("x", "px"), Quantity("y", "px")),
            condition=(Quantity(DISTANCE, "px"), Quantity(COSINE), Quantity(SINE)),
        ),
        series=series,
        lengths=lengths,
        condition=displacement(series[..., 1:], lengths),
        extras={
            "target_distance": torch.from_numpy(distance[:, None]).float(),
            "corrected": torch.from_numpy(corrected[:, None]).float(),
        },
    )


def _targets(
    settings: Pointing, random: np.random.Generator
) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, " N"]]:
    """Where targets lie from the start, and how far, in pixels."""
    size, (low, high) = settings.records, settings.distance
    if settings.targets == "grid":
        place = random.integers(DISTANCES, size=size) / (DISTANCES - 1)
        angle = random.integers(DIRECTIONS, size=size) * (2 * np.pi / DIRECTIONS)
    else:
        place, angle = random.random(size), random.uniform(0, 2 * np.pi, size)
    distance = low * (high / low) ** place
    return distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), distance


def _steps(
    settings: Pointing, distance: Float[np.ndarray, " N"], random: np.random.Generator
) -> Int[np.ndarray, " N"]:
    """How many points movements have, by Fitts's law (MacKenzie 1992, eq. 5)."""
    bits = np.log2(distance / settings.width + 1)
    seconds = settings.intercept + settings.slope * bits
    seconds *= np.exp(settings.spread * random.standard_normal(len(distance)))
    return np.clip(np.round(1e3 * seconds / settings.interval).astype(int) + 1, *STEPS)


def _way(
    settings: Pointing,
    end: Float[np.ndarray, "N 2"],
    share: Float[np.ndarray, "N T"],
    corrected: Bool[np.ndarray, " N"],
    random: np.random.Generator,
) -> Float[np.ndarray, "N T 2"]:
    """Where the hand is after a share of the time, from its start."""
    size = len(end)
    short = random.uniform(*_SHORT, size)[:, None]
    aside = 0.03 * np.linalg.norm(end, axis=1, keepdims=True) * random.standard_normal((size, 2))
    first = np.where(corrected[:, None], short * end + aside, end)
    until = np.where(corrected, random.uniform(*_FIRST, size), 1.0)
    strokes = (
        _Stroke(first, np.zeros(size), until),
        _Stroke(end - first, until - _OVERLAP, np.ones(size)),
    )
    return sum((s.way(settings, share, random) for s in strokes), np.zeros((*share.shape, 2)))


@dataclass(frozen=True, slots=True)
class _Stroke:
    """One stroke of each movement: its chord, and when it begins and ends, as shares."""

    chord: Float[np.ndarray, "N 2"]
    begin: Float[np.ndarray, " N"]
    end: Float[np.ndarray, " N"]

    def way(
        self, settings: Pointing, share: Float[np.ndarray, "N T"], random: np.random.Generator
    ) -> Float[np.ndarray, "N T 2"]:
        r"""The part of the arc that is covered.

        An arc that turns by $\beta$ lies, after a share $p$ of its length, at
        $\sin(p \beta / 2) / \sin(\beta / 2)$ chords from its start, turned from the chord by
        $(1 - p) \beta / 2$; and it rises by $\tan(\beta / 4) / 2$ chords.
        """
        time = (share - self.begin[:, None]) / (self.end - self.begin)[:, None]
        covered = _covered(settings, np.clip(time, 0, 1), random)
        rise = settings.curvature * random.standard_normal(len(share))
        half = 2 * np.arctan(2 * rise)[:, None]
        flat = np.abs(half) < 1e-6
        half = np.where(flat, 1e-6, half)
        far, turn = np.sin(covered * half) / np.sin(half), (1 - covered) * half
        along, across = far * np.cos(turn), far * np.sin(turn)
        x, y = self.chord[:, :1], self.chord[:, 1:]
        return np.stack([along * x - across * y, along * y + across * x], -1)


def _covered(
    settings: Pointing, time: Float[np.ndarray, "N T"], random: np.random.Generator
) -> Float[np.ndarray, "N T"]:
    """The share of a stroke that is covered after a share of its time."""
    if settings.law == "minimum_jerk":  # Flash and Hogan 1985, eq. 3
        return time**3 * (10 - 15 * time + 6 * time**2)
    sigma = random.uniform(*_SIGMA, (len(time), 1))  # Plamondon 1995: speed is lognormal
    first, last = np.exp(-_CUT * sigma), np.exp(_CUT * sigma)
    place = np.log(first + time * (last - first)) / sigma
    return (ndtr(place) - ndtr(-_CUT)) / (ndtr(_CUT) - ndtr(-_CUT))


def _tremor(
    settings: Pointing, steps: Int[np.ndarray, " N"], random: np.random.Generator
) -> Float[np.ndarray, "N T 2"]:
    """How far the hand is from where it would be if it did not tremble."""
    size = (len(steps), 1, 2)
    frequency, phase = random.uniform(*_TREMOR, size), random.uniform(0, 2 * np.pi, size)
    seconds = 1e-3 * settings.interval * np.arange(steps.max())[:, None]
    return settings.tremor * np.sin(2 * np.pi * frequency * seconds + phase)
