"""What each code says: how features change when a sample has it and not another."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from sklearn.decomposition import PCA

from ..portrait.clouds import tsne_points
from .layout import Layout

SAMPLES = 16  # whose codes are exchanged, one at a time
ROWS = 32_768  # that are decoded at a time; of larger books fewer samples
SHOWN = 800  # codes that are points of a map, the most used ones
_COMPONENTS = 30  # principal components that maps start from
_LEAST = 8  # codes worth a map

Decode = Callable[[Int[np.ndarray, "R K"]], Float[np.ndarray, "R C"]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Meanings:
    """What every code of every book changes in decoded features.

    Entries of different books have no axes in common, but what they change has: the
    features, in units of the transforms.

    Args:
        changes: The features with a code, less those with the codes that samples have in
            its book on average.
        books: The book of each code.
        uses: How many samples have it.
    """

    changes: Float[np.ndarray, "V C"]
    books: Int[np.ndarray, " V"]
    uses: Int[np.ndarray, " V"]

    @classmethod
    def of(
        cls, decode: Decode, codes: Int[np.ndarray, "N K"], layout: Layout, *, seed: int = 0
    ) -> Meanings:
        """What codes mean to a decoder.

        In a few samples the code of one book is exchanged for each of that book, and the
        decoded features are averaged.

        Args:
            decode: Makes features of codes.
            codes: Those of samples.
            layout: The books.
            seed: Of the samples.

        Example:
            >>> layout = Layout(features=("a/x", "a/y"), spans={"one": 2}, sizes=(2, 2))
            >>> codes = np.array([[0, 0], [1, 1]])
            >>> Meanings.of(lambda c: 1.0 * c, codes, layout).changes.tolist()
            [[-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.5]]
        """
        order = np.random.default_rng(seed).permutation(len(codes))
        changes: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        for book, size in enumerate(layout.sizes):
            drawn = order[: max(1, min(SAMPLES, ROWS // size))]
            uses = np.bincount(codes[:, book], minlength=size)
            exchanged = np.tile(codes[drawn], (size, 1))
            exchanged[:, book] = np.repeat(np.arange(size), len(drawn))
            made = decode(exchanged).astype(float)
            means = made.reshape(size, len(drawn), -1).mean(1)
            changes.append(means - uses @ means / uses.sum())
            counts.append(uses)
        return cls(
            changes=np.concatenate(changes),
            books=np.repeat(np.arange(len(layout.sizes)), layout.sizes),
            uses=np.concatenate(counts),
        )

    def written(self, layout: Layout) -> Float[np.ndarray, "G C"]:
        """How much the codes of each category move each feature.

        The root mean square, over samples, of what their codes change, all levels of a
        category together; in units of the transforms.

        Args:
            layout: The books.
        """
        weights = self.uses / np.bincount(self.books, self.uses)[self.books]
        power = weights[:, None] * self.changes**2
        categories = self.books // max(1, layout.depth)
        total = np.zeros((len(layout.spans), power.shape[1]))
        np.add.at(total, categories, power)
        return np.sqrt(total)

    def maps(self, *, seed: int = 0) -> dict[str, Float[np.ndarray, "M 2"]]:
        """The most used codes as points of a plane, by t-SNE, and by UMAP where it is there.

        Codes that change the same features alike are near to each other. Which codes the
        points are, `shown` says.

        Args:
            seed: Of everything random.
        """
        rows = self.shown
        if len(rows) < _LEAST or self.changes.shape[1] < 2:
            return {}
        most = min(_COMPONENTS, len(rows), self.changes.shape[1])
        points = PCA(most, random_state=seed).fit_transform(self.changes[rows])
        found = {"t-SNE": tsne_points(points, seed)}
        if importlib.util.find_spec("umap") is not None:
            from ..portrait.manifold import umap_points

            found["UMAP"] = umap_points(points, seed)
        return found

    @property
    def shown(self) -> Int[np.ndarray, " M"]:
        """The codes that are points of maps: those in use, the most used if there are many."""
        order = np.argsort(-self.uses, kind="stable")[:SHOWN]
        return np.sort(order[self.uses[order] > 0])
