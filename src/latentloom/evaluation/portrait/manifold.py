"""UMAP; needs the extra `umap`."""

from __future__ import annotations

import warnings

import numpy as np
from jaxtyping import Float

_NEIGHBOURS = 15


def umap_points(points: Float[np.ndarray, "P K"], seed: int) -> Float[np.ndarray, "P 2"]:
    """Points of a plane with mostly the same neighbours.

    Args:
        points: The points.
        seed: Of everything random.

    References:
        UMAP: Uniform Manifold Approximation and Projection (McInnes et al., 2018), section 3
        https://arxiv.org/abs/1802.03426
    """
    import umap  # pyright: ignore[reportMissingImports]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed costs it its threads
        near = min(_NEIGHBOURS, len(points) - 1)
        made = umap.UMAP(n_neighbors=near, random_state=seed).fit_transform(points)
    return np.asarray(made, dtype=float)
