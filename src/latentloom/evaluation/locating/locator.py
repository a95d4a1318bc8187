"""Says at which frame of a predicted sequence a measured state occurred."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import logsumexp

from .density import log_density, spread, squared_distances
from .regions import masses, reach_for, region

LEVEL = 0.9
WINDOWS = (3.0, 10.0, 30.0, math.inf)
SHRINKAGES = (0.02, 0.2, 1.0)
TAILS = (3.0, 5.0, 10.0, 30.0, math.inf)
TEMPERATURES = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0)
FIRST = 10.0  # degrees of freedom, before they are chosen
FLOOR = 1e-4  # of a component's deviation
FOLDS = 5
MOST = 120  # validation records that settings are chosen on
STATES = 30  # states of each of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequences:
    """True sequences, and what was predicted of them.

    Args:
        truth: The true sequences.
        predicted: The predictions, made without them.
        mask: Which frames are real and were predicted, not given.
        group: Which sequences resemble each other; each its own if None.

    Raises:
        ValueError: If the arrays do not fit each other, or a sequence has no frame to find.
    """

    truth: Float[np.ndarray, "N T C"]
    predicted: Float[np.ndarray, "_ _ _"]
    mask: Bool[np.ndarray, "N T"]
    group: Int[np.ndarray, " N"] | None = None

    def __post_init__(self) -> None:
        if self.truth.shape != self.predicted.shape:
            raise ValueError(
                f"predicted must be of the truth's shape {self.truth.shape}, got"
                f" {self.predicted.shape}"
            )
        if not self.mask.any(1).all():
            raise ValueError("every sequence must have a frame that was predicted")

    @property
    def groups(self) -> Int[np.ndarray, " N"]:
        """The group of each sequence."""
        return np.arange(len(self.truth)) if self.group is None else self.group

    def take(self, rows: Int[np.ndarray, " M"]) -> Sequences:
        """Some of the sequences."""
        group = None if self.group is None else self.group[rows]
        return Sequences(
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            mask=self.mask[rows],
            group=group,
        )

    def among(self, components: Bool[np.ndarray, " C"]) -> Sequences:
        """Some of the components: what a measurement of them alone has to go by."""
        return replace(
            self, truth=self.truth[..., components], predicted=self.predicted[..., components]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    r"""Probabilities of frames, from errors that predictions made on validation records.

    $p(t \mid x) \propto \pi_t \, p(x \mid \hat x_t, \Sigma_t)^{1 / \tau}$ with a Student
    density of the covariance of the errors at each frame and a temperature $\tau$. Components
    that were not measured are integrated out, which for this density is to leave them out.

    Args:
        covariance: $\Sigma_t$, of the errors at each frame.
        tails: Degrees of freedom of the density; infinite where it is normal.
        temperature: $\tau$, above 1 where the density is surer than it is right.
        reach: Probability that a region of frames must hold to cover the truth at 90 %.
        window: Frames over which the covariance was smoothed.
        shrinkage: By how much components are taken to err independently.
    """

    covariance: Float[np.ndarray, "T C C"]
    tails: float = math.inf
    temperature: float = 1.0
    reach: float = LEVEL
    window: float = math.inf
    shrinkage: float = 0.0

    def probabilities(
        self,
        states: Float[np.ndarray, "N S C"],
        predicted: Float[np.ndarray, "N T C"],
        prior: Float[np.ndarray, "N T"],
    ) -> Float[np.ndarray, "N S T"]:
        """How probable each frame is for each state; they sum to 1.

        Args:
            states: Measured states of each sequence; a component that is NaN was not measured.
            predicted: What is predicted of the sequence.
            prior: How probable each frame is before anything is measured, up to a factor;
                zero where there is none.

        Raises:
            ValueError: If a state has no component, or a sequence no frame that may be.

        Example:
            >>> locator = Locator(covariance=np.full((3, 1, 1), 0.25))
            >>> curve = np.array([[[0.0], [1.0], [2.0]]])
            >>> found = locator.probabilities(np.array([[[1.0]]]), curve, np.ones((1, 3)))
            >>> found.round(2).tolist()
            [[[0.11, 0.79, 0.11]]]
        """
        if not (prior.sum(1) > 0).all():
            raise ValueError("prior must have a frame that may be, got none")
        found = np.empty((*states.shape[:2], predicted.shape[1]))
        with np.errstate(divide="ignore"):
            before = np.log(prior)
        for components, rows in _patterns(states):
            some = self.among(components)
            for row in np.flatnonzero(rows.any(1)):
                own = states[row, rows[row]][None][..., components]
                squared = squared_distances(
                    own, predicted[row, None][..., components], some.covariance
                )
                logit = log_density(squared, some.covariance, self.tails) / self.temperature
                logit = logit[0] + before[row]
                found[row, rows[row]] = np.exp(logit - logsumexp(logit, 1, keepdims=True))
        return found

    def regions(self, probabilities: Float[np.ndarray, "*any T"]) -> Bool[np.ndarray, "*any T"]:
        """The frames of the 90 % interval, highest density first."""
        return region(probabilities, self.reach)

    def among(self, components: Bool[np.ndarray, " C"]) -> Locator:
        """The same for measurements of some of the components alone.

        Raises:
            ValueError: If there are none.
        """
        if not components.any():
            raise ValueError("a state must have a component that was measured, got none")
        return replace(self, covariance=self.covariance[:, components][:, :, components])


def expected(probabilities: Float[np.ndarray, "*any T"]) -> Int[np.ndarray, "*any"]:
    """The frame before and after which the truth is equally probable.

    Of all single answers it has the least expected error.

    Example:
        >>> expected(np.array([0.1, 0.2, 0.4, 0.3])).item()
        2
    """
    return np.asarray((probabilities.cumsum(-1) >= 0.5 - 1e-12).argmax(-1))


def calibrated(validation: Sequences, level: float = LEVEL) -> Locator:
    """The locator that says most of validation records that it has not seen.

    Window, shrinkage, tails and temperature are those under which the true frames of held-out
    validation records are most probable, by cross-validation over groups of records; the same
    held-out probabilities say what a region must reach.

    Args:
        validation: Sequences that the predictor did not learn from.
        level: The share of the truth that regions are to cover, in (0, 1).

    Raises:
        ValueError: If there are too few records for the level.
    """
    chosen = _thinned(validation)
    smoothed = {
        settings: _held_out(chosen, *settings) for settings in product(WINDOWS, SHRINKAGES)
    }
    scores = {own: _truth(chosen, found.logit(FIRST))[0] for own, found in smoothed.items()}
    window, shrinkage = max(scores, key=lambda own: scores[own])
    held = smoothed[window, shrinkage]
    tried = {
        (tails, temperature): _truth(chosen, held.logit(tails) / temperature)
        for tails, temperature in product(TAILS, TEMPERATURES)
    }
    tails, temperature = max(tried, key=lambda own: tried[own][0])
    found = tried[tails, temperature][1]
    states = chosen.states
    before = np.take_along_axis(masses(np.exp(found)), states[:, :, None], 2)[..., 0]
    return Locator(
        covariance=_covariance(validation, window, shrinkage),
        tails=tails,
        temperature=temperature,
        reach=reach_for(before, level),
        window=window,
        shrinkage=shrinkage,
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Validation records and the states of each that settings are chosen on."""

    sequences: Sequences
    states: Int[np.ndarray, "N S"]
    floor: Float[np.ndarray, " C"]


def _thinned(validation: Sequences) -> _Chosen:
    size = len(validation.truth)
    rows = np.unique(np.linspace(0, size - 1, min(size, MOST)).astype(int))
    some = validation.take(rows)
    count = min(STATES, int(some.mask.sum(1).max()))
    share = (np.arange(count) + 0.5) / count
    states = np.empty((len(rows), count), dtype=int)
    for row, mask in enumerate(some.mask):
        frames = np.flatnonzero(mask)
        states[row] = frames[(share * len(frames)).astype(int)]
    return _Chosen(some, states, _floor(validation))


def _floor(validation: Sequences) -> Float[np.ndarray, " C"]:
    deviation = validation.truth[validation.mask].std(0)
    return FLOOR * np.where(deviation > 0, deviation, 1.0)


def _covariance(
    sequences: Sequences,
    window: float,
    shrinkage: float,
    floor: Float[np.ndarray, " C"] | None = None,
) -> Float[np.ndarray, "T C C"]:
    errors = sequences.truth - sequences.predicted
    return spread(
        errors,
        sequences.mask,
        window=window,
        shrinkage=shrinkage,
        floor=_floor(sequences) if floor is None else floor,
    )


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """Distances of the states of each record, by the errors of records in other folds."""

    squared: Float[np.ndarray, "N S T"]
    covariances: tuple[Float[np.ndarray, "T C C"], ...]
    fold: Int[np.ndarray, " N"]
    mask: Bool[np.ndarray, "N T"]

    def logit(self, tails: float) -> Float[np.ndarray, "N S T"]:
        """Log densities, of frames that may be."""
        found = np.full(self.squared.shape, -np.inf)
        for number, covariance in enumerate(self.covariances):
            own = self.fold == number
            found[own] = log_density(self.squared[own], covariance, tails)
        return np.where(self.mask[:, None], found, -np.inf)


def _held_out(chosen: _Chosen, window: float, shrinkage: float) -> _HeldOut:
    sequences = chosen.sequences
    groups = np.unique(sequences.groups, return_inverse=True)[1]
    fold = groups % min(FOLDS, groups.max() + 1)
    squared = np.empty((*chosen.states.shape, sequences.truth.shape[1]))
    covariances: list[np.ndarray] = []
    for number in range(fold.max() + 1):
        rest, own = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        learned = sequences.take(rest if len(rest) else own)
        covariances.append(_covariance(learned, window, shrinkage, chosen.floor))
        judged = sequences.take(own)
        states = np.take_along_axis(judged.truth, chosen.states[own, :, None], 1)
        squared[own] = squared_distances(states, judged.predicted, covariances[-1])
    return _HeldOut(squared, tuple(covariances), fold, sequences.mask)


def _truth(
    chosen: _Chosen, logit: Float[np.ndarray, "N S T"]
) -> tuple[float, Float[np.ndarray, "N S T"]]:
    """Mean log probability of the true frames, and all log probabilities."""
    logs = logit - logsumexp(logit, 2, keepdims=True)
    true = np.take_along_axis(logs, chosen.states[:, :, None], 2)
    return float(true.mean()), logs


def _patterns(
    states: Float[np.ndarray, "N S C"],
) -> Iterator[tuple[Bool[np.ndarray, " C"], Bool[np.ndarray, "N S"]]]:
    """Which components were measured, and of which states."""
    measured = np.isfinite(states)
    for components in np.unique(measured.reshape(-1, states.shape[2]), axis=0):
        yield components, (measured == components).all(2)
