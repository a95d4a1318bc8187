"""Scores once more, from their definitions, by other means: loops, NumPy, SciPy.

Slow and plain on purpose. Nothing but the points of precision, recall, density and coverage is
the package's: how a signal becomes a point is its to define. Each takes a trial and gives the
number, or None where it says nothing of the signals.
"""

import itertools

import numpy as np
from scipy import linalg, signal, spatial, stats

from latentloom.evaluation.population import Population, Trial


def _pooled(p: Population, channel: int) -> np.ndarray:
    return np.concatenate(
        [x[:n, channel] for x, n in zip(p.values, p.extent, strict=True)]
    ).astype(float)


def _channels(trial: Trial) -> list[int]:
    return [c for c in range(trial.held.width) if np.ptp(_pooled(trial.held, c)) > 0]


def skewness(trial: Trial) -> float:
    """Third moment over the unbiased deviation cubed."""

    def of(p: Population, c: int) -> float:
        x = _pooled(p, c)
        return float(((x - x.mean()) ** 3).mean() / x.std(ddof=1) ** 3)

    return float(np.mean([abs(of(trial.held, c) - of(trial.made, c)) for c in _channels(trial)]))


def kurtosis(trial: Trial) -> float:
    """Excess kurtosis, by SciPy."""

    def of(p: Population, c: int) -> float:
        return float(stats.kurtosis(_pooled(p, c)))

    return float(np.mean([abs(of(trial.held, c) - of(trial.made, c)) for c in _channels(trial)]))


def marginal(trial: Trial) -> float:
    """Wasserstein distance of all values, by SciPy, over the real deviation."""
    found = []
    for c in _channels(trial):
        real, made = _pooled(trial.held, c), _pooled(trial.made, c)
        found.append(stats.wasserstein_distance(real, made) / real.std())
    return float(np.mean(found))


def autocorrelation(trial: Trial) -> float:
    """Mean lagged products over the variance; norm over lags."""
    lengths = np.sort(trial.held.extent)
    lags = range(min(64, int(np.median(lengths))))

    def of(p: Population, c: int) -> np.ndarray:
        x = _pooled(p, c)
        centre, spread = x.mean(), x.var()
        found = []
        for lag in lags:
            products = [
                (s[: n - lag, c] - centre) * (s[lag:n, c] - centre)
                for s, n in zip(p.values.astype(float), p.extent, strict=True)
                if n > lag
            ]
            found.append(np.concatenate(products).mean() / spread)
        return np.array(found)

    return float(
        np.mean([np.linalg.norm(of(trial.held, c) - of(trial.made, c)) for c in _channels(trial)])
    )


def correlational(trial: Trial) -> float | None:
    """NumPy's correlation matrices, off the diagonal."""
    if trial.held.width < 2:
        return None
    real, made = (
        np.corrcoef(np.stack([_pooled(p, c) for c in range(p.width)]))
        for p in (trial.held, trial.made)
    )
    pairs = list(itertools.combinations(_channels(trial), 2))
    return float(np.mean([abs(real[i, j] - made[i, j]) for i, j in pairs]))


def length(trial: Trial) -> float | None:
    """Wasserstein distance of lengths, by SciPy."""
    real, made = trial.held.extent, trial.made.extent
    if len(np.union1d(real, made)) < 2:
        return None
    return float(stats.wasserstein_distance(real, made) / real.mean())


def mmd(trial: Trial) -> float | None:
    """Five kernels on condensed distances."""
    if trial.held.ragged or trial.made.ragged:
        return None  # how signals of different lengths become points is ours to define
    real, made = (p.values.reshape(p.size, -1).astype(float) for p in (trial.held, trial.made))
    inside = spatial.distance.pdist(real)
    middle = np.median(inside)
    total = 0.0
    for factor in (0.25, 0.5, 1.0, 2.0, 4.0):
        wide = 2 * (factor * middle) ** 2
        total += np.exp(-(inside**2) / wide).mean()
        total += np.exp(-(spatial.distance.pdist(made) ** 2) / wide).mean()
        total -= 2 * np.exp(-(spatial.distance.cdist(real, made) ** 2) / wide).mean()
    return float(np.sqrt(max(0.0, total / 5)))


def memorisation(trial: Trial) -> float | None:
    """Nearest train signals by all distances."""
    if trial.held.ragged or trial.made.ragged:
        return None
    train, held, made = (
        p.values.reshape(p.size, -1).astype(float) for p in (trial.train, trial.held, trial.made)
    )
    near = [spatial.distance.cdist(x, train).min(1) for x in (made, held)]
    return float(np.median(near[0]) / np.median(near[1]))


def _clouds(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Points of real and of made signals; how a signal becomes one is the package's to define."""
    from latentloom.evaluation.distances.points import Features

    real, made = (
        Features().of(p.take(np.arange(p.size)), like=trial.held) for p in (trial.held, trial.made)
    )
    return real, made


def _inside(centres: np.ndarray, points: np.ndarray, k: int = 5) -> np.ndarray:
    """Which points (columns) are in the ball of which centre (rows)."""
    reach = np.sort(spatial.distance.cdist(centres, centres), axis=1)[:, k]
    return spatial.distance.cdist(centres, points) <= reach[:, None] * (1 + 1e-12)


def precision(trial: Trial) -> float:
    """Made points in some real ball."""
    real, made = _clouds(trial)
    return float(_inside(real, made).any(0).mean())


def recall(trial: Trial) -> float:
    """Real points in some made ball."""
    real, made = _clouds(trial)
    return float(_inside(made, real).any(0).mean())


def density(trial: Trial) -> float:
    """Real balls around a made point, over five."""
    real, made = _clouds(trial)
    return float(_inside(real, made).sum(0).mean() / 5)


def coverage(trial: Trial) -> float:
    """Real balls with a made point inside."""
    real, made = _clouds(trial)
    return float(_inside(real, made).any(1).mean())


def duplicates(trial: Trial) -> float | None:
    """Made signals nearer to a train signal than a hundredth of the spread, less held-out ones."""
    if trial.held.ragged or trial.made.ragged:
        return None
    train, held, made = (
        p.values.reshape(p.size, -1).astype(float) for p in (trial.train, trial.held, trial.made)
    )
    near = 0.01 * np.sqrt(((train - train.mean(0)) ** 2).sum(1).mean())
    found = [(spatial.distance.cdist(x, train).min(1) <= near).mean() for x in (made, held)]
    return float(found[0] - found[1])


def spectral(trial: Trial) -> float | None:
    """Mean log periodograms by SciPy, with the window written out."""
    if trial.held.ragged or trial.made.ragged:
        return None
    steps = trial.held.steps
    window = np.sin(np.pi * (np.arange(steps) + 1) / (steps + 1)) ** 2

    def power(p: Population, c: int) -> np.ndarray:
        centre, spread = _pooled(trial.held, c).mean(), _pooled(trial.held, c).std()
        x = (p.values[:, :, c].astype(float) - centre) / spread
        return signal.periodogram(
            x, window=window, detrend="constant", scaling="density", return_onesided=False
        )[1][:, 1 : steps // 2 + 1]

    found = []
    for c in _channels(trial):
        real, made = power(trial.held, c), power(trial.made, c)
        quiet = real.mean() * 1e-6
        apart = (10 * np.log10(real + quiet)).mean(0) - (10 * np.log10(made + quiet)).mean(0)
        found.append(np.sqrt((apart**2).mean()))
    return float(np.mean(found))


def cross_correlation(trial: Trial) -> float | None:
    """Lagged products of pooled, standardised channels, pair by pair."""
    if trial.held.width < 2:
        return None
    lags = min(9, int(np.median(trial.held.extent)))

    def of(p: Population, i: int, j: int, lag: int) -> float:
        pairs = [
            (x[: max(n - lag, 0), i], x[lag:n, j]) for x, n in zip(p.values, p.extent, strict=True)
        ]
        a, b = (np.concatenate(side).astype(float) for side in zip(*pairs, strict=True))
        centres = [_pooled(p, k).mean() for k in (i, j)]
        spreads = [_pooled(p, k).std() for k in (i, j)]
        return float(((a - centres[0]) * (b - centres[1])).mean() / (spreads[0] * spreads[1]))

    found = []
    for i, j in itertools.combinations(_channels(trial), 2):
        for lag in range(lags):
            found.append(abs(of(trial.held, i, j, lag) - of(trial.made, i, j, lag)))
            if lag:
                found.append(abs(of(trial.held, j, i, lag) - of(trial.made, j, i, lag)))
    return float(np.mean(found))


def legacy_marginal(trial: Trial) -> float | None:
    """Densities of 50 bins on the real range for each step but the first, by NumPy."""
    if trial.held.ragged or trial.made.ragged:
        return None
    found = []
    for c in range(trial.held.width):
        for t in range(1, trial.held.steps):
            real, made = (p.values[:, t, c].astype(float) for p in (trial.held, trial.made))
            edges = np.linspace(real.min(), real.max(), 51)
            found.append(np.abs(_density(real, edges) - _density(made, edges)).mean())
    return float(np.mean(found))


def _density(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(x, bins=edges)[0] / (len(x) * np.diff(edges))


INDEPENDENT = {
    "spectral": spectral,
    "cross_correlation": cross_correlation,
    "legacy_marginal": legacy_marginal,
    "marginal": marginal,
    "skewness": skewness,
    "kurtosis": kurtosis,
    "autocorrelation": autocorrelation,
    "correlational": correlational,
    "mmd": mmd,
    "precision": precision,
    "recall": recall,
    "density": density,
    "coverage": coverage,
    "memorisation": memorisation,
    "duplicates": duplicates,
    "length": length,
}


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Between normal distributions of two clouds, by SciPy's matrix root."""
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(first @ second)
    apart = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(apart + np.trace(first + second - 2 * root.real))
