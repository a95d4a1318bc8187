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
    with warnings.catch_warnings():
        # That it could do more with TensorFlow, and that a seed costs it its threads.
        warnings.simplefilter("ignore")
        import umap  # pyright: ignore[reportMissingImports]

        near = min(_NEIGHBOURS, len(points) - 1)
        made = umap.UMAP(n_neighbors=near, random_state=seed).fit_transform(points)
    return np.asarray(made, dtype=float)
