"""Signals as points of a plane, and whether two clouds of them could be one."""

from __future__ import annotations

import importlib.util

import numpy as np
from jaxtyping import Float, Int

from ..population import Population
from ..two_sample import LEAST, TwoSample, energy_test
from .content import Cloud

FEATURES = 64  # steps that signals of different lengths are stretched or squeezed to
DRAWN = 300  # points of each kind; more would hide each other
_COMPONENTS = 30  # principal components that they start from
_PERPLEXITY = 30.0


def clouds(
    held: Population, made: Population, *, seed: int
) -> tuple[tuple[Cloud, ...], TwoSample | None]:
    """Signals as points by PCA and by neighbours, and a test of the points before any map.

    Each channel is standardised by the real signals; signals of different lengths are
    first stretched to one.
    """
    if min(held.size, made.size) < LEAST:
        return (), None
    real, other = features(held, made)
    few = min(DRAWN, held.size, made.size)
    rows = [np.random.default_rng(seed).permutation(len(x))[:few] for x in (real, other)]
    points, shares = _principal(real, other, _COMPONENTS, seed)
    near = [x[kept] for x, kept in zip(points, rows, strict=True)]
    flat = [x[:, :2] for x in near]
    found = [Cloud(name="PCA", real=flat[0], made=flat[1], shares=shares[:2])]
    both = np.concatenate(near)
    found.append(_split("t-SNE", tsne_points(both, seed), few))
    if importlib.util.find_spec("umap") is not None:
        from .manifold import umap_points

        found.append(_split("UMAP", umap_points(both, seed), few))
    group = np.concatenate([held.members, _after(held, made)])
    return tuple(found), energy_test(real, other, group, seed=seed)


def features(
    held: Population, made: Population
) -> tuple[Float[np.ndarray, "N D"], Float[np.ndarray, "M D"]]:
    """Signals as vectors, in standard deviations of each real channel."""
    known = held.values[held.mask].astype(float)
    mean, scale = known.mean(0), known.std(0)
    scale = np.where(scale > 1e-9 * (1 + np.abs(mean)), scale, 1)
    ragged = held.ragged or made.ragged
    real, other = (_stretched(p) if ragged else p.values for p in (held, made))
    first, second = (((x - mean) / scale).reshape(len(x), -1) for x in (real, other))
    return first, second


def _after(held: Population, made: Population) -> Int[np.ndarray, " N"]:
    """The groups of made signals, counted on from the real ones'."""
    return made.members + held.members.max() + 1


def _stretched(of: Population) -> Float[np.ndarray, "N S C"]:
    """Signals at equal shares of their own length, by linear interpolation."""
    steps = min(FEATURES, of.steps)
    at = np.linspace(0, 1, steps) * (of.extent[:, None] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, of.extent[:, None] - 1)
    rows = np.arange(of.size)[:, None]
    part = (at - low)[..., None]
    return of.values[rows, low] * (1 - part) + of.values[rows, high] * part


def _principal(
    real: Float[np.ndarray, "N D"], made: Float[np.ndarray, "M D"], most: int, seed: int
) -> tuple[list[Float[np.ndarray, "_ K"]], tuple[float, ...]]:
    """Both along the axes in which real signals differ most from each other."""
    from sklearn.decomposition import PCA

    size = min(most, *real.shape)
    solver = PCA(size, svd_solver="randomized" if min(real.shape) > 100 else "full")
    solver.set_params(random_state=seed).fit(real)
    found = [solver.transform(x) for x in (real, made)]
    if size < 2:  # of a single number there is a line, drawn as a plane
        found = [np.pad(x, ((0, 0), (0, 2 - size))) for x in found]
    shares = np.nan_to_num(solver.explained_variance_ratio_)
    return found, tuple(float(share) for share in shares)


def tsne_points(points: Float[np.ndarray, "P K"], seed: int) -> Float[np.ndarray, "P 2"]:
    """Points of a plane with the same nearest neighbours, by t-SNE.

    Args:
        points: The points.
        seed: Of everything random.

    References:
        Visualizing Data using t-SNE (van der Maaten and Hinton, 2008), section 3
    """
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(points) - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    return made.fit_transform(points.astype(np.float32))


def _split(name: str, points: Float[np.ndarray, "P 2"], first: int) -> Cloud:
    return Cloud(name=name, real=points[:first], made=points[first:])
