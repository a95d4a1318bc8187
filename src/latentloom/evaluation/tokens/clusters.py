"""Cluster centres of what is left over, in each category: the baseline with the same codes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from .layout import Layout
from .quantiser import Quantiser, Rows

STARTS = 3  # of which the best clustering is taken
MOST = 1024  # clusters of a book; more take hours to find


class ResidualClusters(Quantiser):
    """Rounds each category to a cluster centre, and what is left over to another.

    It has as many codes at each level of each category as the tokens, so as many bits, and
    no encoder and no decoder. Of books of more than 1024 codes it has that many, and so fewer
    bits.

    Args:
        layout: The categories and the sizes of their books.
        seed: Of where the clusters start.

    Example:
        >>> layout = Layout(features=("a/x",), spans={"one": 1}, sizes=(2, 2))
        >>> clusters = ResidualClusters(layout)
        >>> clusters.fit(np.array([[0.0], [1.0], [10.0], [11.0]]))
        >>> clusters.rebuild(np.array([[0.9], [10.2]])).round(6).tolist()
        [[1.0], [10.0]]

    References:
        Approximate Nearest Neighbor Search by Residual Vector Quantization (Chen et al., 2010),
        section 3 https://doi.org/10.3390/s101211259
    """

    def __init__(self, layout: Layout, *, seed: int = 0) -> None:
        self.layout = layout
        self.seed = seed
        self.bits = float(np.log2(np.minimum(layout.sizes, MOST)).sum())

    def fit(self, train: Rows) -> None:
        self._books = {
            category: self._levels(train[:, columns].astype(float), category)
            for category, columns in self.layout.categories.items()
        }

    def rebuild(self, samples: Rows) -> Rows:
        made = np.zeros(samples.shape)
        for category, columns in self.layout.categories.items():
            rest = samples[:, columns].astype(float)
            for book in self._books[category]:
                rest = rest - book.cluster_centers_[book.predict(rest)]
            made[:, columns] = samples[:, columns] - rest
        return made

    def _levels(self, rest: Float[np.ndarray, "N D"], category: str) -> list[KMeans]:
        found: list[KMeans] = []
        for size in self.layout.sizes_of(category):
            found.append(_clustered(rest, size, self.seed))
            rest = rest - found[-1].cluster_centers_[found[-1].labels_]
        return found


def _clustered(x: Float[np.ndarray, "N D"], size: int, seed: int) -> KMeans:
    """Clusters, at most as many as there are samples."""
    starts: Any = STARTS  # which stubs take for a word
    clusters = KMeans(min(size, len(x), MOST), n_init=starts, random_state=seed)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # of samples that are the same
        return clusters.fit(x)
