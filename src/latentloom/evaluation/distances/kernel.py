"""Maximum mean discrepancies of single numbers: values, and correlations of channels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy import sparse

from ...core.ranges import at_least
from ..population import Population, Trial
from .pooled import sampled, shares
from .role import Compared, Distance, InapplicableError

_BANDWIDTHS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 1.5, 2.0)  # squared units of the numbers
_STEP = 0.005  # a twentieth of the narrowest kernel's deviation
_CELLS = 2000  # points of the grid at most


class ValueMmd(Distance):
    r"""How differently the values of made signals are distributed (VDS); 0 is right.

    The mean over channels of $\mathrm{MMD}^2 = \sum_{k} \langle k(x, x') + k(y, y') -
    2 k(x, y) \rangle$ over all values $x$ of real and $y$ of made signals, those with
    themselves included, with the nine kernels $k = e^{-(x - y)^2 / 2 a}$ of $a$ from 0.01 to
    2, summed. The bandwidths are meant for min-max scaled data. The published score is an
    estimate from 10 000 values that were drawn; this one takes all of them, moved to the
    points of a fine grid, and so has less of its bias upwards.

    Args:
        most: How many signals of each kind, drawn at random if there are more.

    References:
        Population Aware Diffusion for Time Series Generation (Li et al., 2025), section 3.
    """

    least = 10

    def __init__(self, *, most: int = 4000) -> None:
        at_least(1, most=most)
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        here, there = (sampled(x.size, self.most, seed=seed) for x in (trial.held, trial.made))
        held, made = trial.held.take(here), trial.made.take(there)
        values = [np.concatenate([x.values[x.mask] for x in (held, made)])]
        low, high = values[0].min(0).astype(float), values[0].max(0).astype(float)
        step = max(_STEP, float((high - low).max()) / _CELLS)
        points = int(np.ceil((high - low).max() / step)) + 2
        tables = [_table((x.values - low) / step, x.mask, points) for x in (held, made)]
        weighed = _Weighed(tables, [x.extent for x in (held, made)], _gram(points, step))
        return Compared(
            weighed=lambda a, b: weighed(a[here], b[there]),
            dimensions=trial.held.width,
            real=len(here),
            made=len(there),
        )


class DependenceMmd(Distance):
    r"""How differently channels of made signals depend on one another (FDDS); 0 is right.

    The mean over pairs of channels of $\mathrm{MMD}^2$, as in `ValueMmd`, between the
    distributions of the correlation of the two channels over the real steps of one signal; 0
    where one of them is constant. Unlike a pooled correlation it sees whether each signal
    keeps the channels together or only all signals do on average.

    Args:
        most: How many signals of each kind, drawn at random if there are more.

    Raises:
        InapplicableError: If there is one channel.

    References:
        Population Aware Diffusion for Time Series Generation (Li et al., 2025), section 3.
    """

    least = 10

    def __init__(self, *, most: int = 4000) -> None:
        at_least(1, most=most)
        self.most = most

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        if trial.held.width < 2:
            raise InapplicableError("dependence must be between at least 2 channels, got 1")
        here, there = (sampled(x.size, self.most, seed=seed) for x in (trial.held, trial.made))
        both = [_correlations(trial.held.take(here)), _correlations(trial.made.take(there))]
        points = int(2 / _STEP) + 2
        tables = [
            _table((x + 1)[:, None] / _STEP, np.ones((len(x), 1), dtype=bool), points)
            for x in both
        ]
        counts = [np.ones(len(x), dtype=int) for x in both]
        weighed = _Weighed(tables, counts, _gram(points, _STEP))
        return Compared(
            weighed=lambda a, b: weighed(a[here], b[there]),
            dimensions=both[0].shape[1],
            real=len(here),
            made=len(there),
        )


class _Weighed:
    """The mean over columns of the squared discrepancy between two weighted histograms."""

    def __init__(
        self,
        tables: list[sparse.csr_matrix],
        counts: list[Int[np.ndarray, " _"]],
        gram: Float[np.ndarray, "J J"],
    ) -> None:
        self.tables, self.counts, self.gram = tables, counts, gram

    def __call__(
        self, held: Real[np.ndarray, " N"], made: Real[np.ndarray, " M"]
    ) -> Float[np.ndarray, " R"]:
        real, other = (
            table.T @ shares(weights) / (shares(weights) @ count)
            for table, count, weights in zip(self.tables, self.counts, (held, made), strict=True)
        )
        apart = (real - other).reshape(-1, len(self.gram))
        return np.array([np.maximum(((apart @ self.gram) * apart).sum(1), 0).mean()])


def _gram(points: int, step: float) -> Float[np.ndarray, "J J"]:
    """The sum of the kernels between all points of a grid."""
    square = (step * np.subtract.outer(np.arange(points), np.arange(points))) ** 2
    return np.sum([np.exp(-0.5 * square / a) for a in _BANDWIDTHS], axis=0)


def _table(
    position: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"], points: int
) -> sparse.csr_matrix:
    """The share of each value that goes to either of the grid's points beside it.

    Linear shares keep the mean of the values, so that the grid changes little.
    """
    rows, times = np.nonzero(mask)
    place = position[rows, times]
    below = np.floor(place).astype(int)
    columns = below + np.arange(place.shape[1]) * points
    rows = np.broadcast_to(rows[:, None], place.shape)
    shape = (len(mask), place.shape[1] * points)
    entries = np.concatenate([(1 - place + below).ravel(), (place - below).ravel()])
    where = np.concatenate([columns.ravel(), columns.ravel() + 1])
    return sparse.csr_matrix((entries, (np.concatenate([rows.ravel()] * 2), where)), shape)


def _correlations(population: Population) -> Float[np.ndarray, "N P"]:
    """Pearson's correlation of each pair of channels within each signal."""
    mask, size = population.mask[..., None], population.extent[:, None, None]
    values = np.where(mask, population.values, 0.0).astype(float)
    rest = np.where(mask, values - values.sum(1, keepdims=True) / size, 0.0)
    norm = np.sqrt((rest**2).sum(1))
    unit = rest / np.where(norm > 1e-7 * np.sqrt((values**2).sum(1)), norm, np.inf)[:, None]
    first, second = np.tril_indices(population.width, -1)
    found = np.einsum("nti,ntj->nij", unit, unit)[:, first, second]
    return found.clip(-1, 1)
