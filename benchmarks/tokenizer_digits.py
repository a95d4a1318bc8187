"""Says how well digits are told by tokens alone, beside codes of as many bits without training."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from latentloom.data.dataset import Dataset
from latentloom.recipes.assess import splits
from latentloom.recipes.run import Run

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # of the logistic regression, chosen on validation rows
WIDTHS = (1, 2, 4)  # components in a part of the product quantiser, chosen likewise
TOKENS, ENTRIES, PRODUCT, RAW = "tokens", "entries", "PCA + k-means", "features"
Parts = tuple[Any, Any, Any]  # of the train, the validation and the test rows
Hits = list[int]


@dataclass(frozen=True, eq=False)
class Digits:
    """Features, tokens and labels of the three parts of a run's data.

    Args:
        features: As the run sees them.
        codes: Category by category, level by level.
        labels: The digits.
        run: The run.
    """

    features: Parts
    codes: Parts
    labels: Parts
    run: Run

    @classmethod
    def of(cls, run: Run) -> "Digits":
        """Those of a run."""
        parts = splits(run)
        depth = run.system.representation.bottleneck.depth  # pyright: ignore

        def codes(part: Dataset) -> np.ndarray:
            flat = run.codes(part).reshape(part.size, -1)
            return flat.reshape(part.size, -1, depth)

        return cls(
            features=_each(parts, lambda part: run.pipeline.apply(part).series[:, 0].numpy()),
            codes=_each(parts, codes),
            labels=_each(parts, lambda part: part.extras["label"][:, 0].numpy().astype(int)),
            run=run,
        )

    def hits(self) -> dict[str, Any]:
        """Which test rows are told right, by how many bits each representation takes."""
        _, categories, depth = self.codes[0].shape
        sizes = np.array(self.run.system.representation.levels)  # pyright: ignore
        found: dict[str, Any] = {RAW: self._told(_scaled(self.features))[1]}
        for levels in range(1, depth + 1):
            size = int(sizes[0])
            some = _each(self.codes, lambda x, n=levels: x[:, :, :n].reshape(len(x), -1))
            bits = f"{categories * levels * np.log2(size):.0f}"
            found[bits] = {
                TOKENS: self._told(_one_hot(some, size))[1],
                ENTRIES: self._told(_scaled(self._entries(levels)))[1],
                PRODUCT: max(self._products(categories * levels, size), key=lambda x: x[0])[1],
            }
        return found

    def _products(self, parts: int, size: int) -> Iterator[tuple[float, Hits]]:
        """Codes of a product quantiser of principal components, for each width of its parts."""
        for width in WIDTHS:
            most = min(*self.features[0].shape, parts * width)
            if most < parts:
                continue
            basis = PCA(most, random_state=0).fit(self.features[0])
            scores = _each(self.features, basis.transform)
            made = [_clustered(scores, slice(part, None, parts), size) for part in range(parts)]
            codes = tuple(np.stack(own, 1) for own in zip(*made, strict=True))
            yield self._told(_one_hot(codes, size))

    def _entries(self, levels: int) -> Parts:
        """What the first levels of each category stand for, added up."""
        representation = self.run.system.representation
        assert representation is not None

        def looked_up(codes: np.ndarray) -> np.ndarray:
            rows, categories, depth = codes.shape
            flat = torch.from_numpy(codes.reshape(rows, 1, -1))
            z = representation.look_up(flat).z.numpy()
            entries = z.reshape(rows, categories, depth, -1)
            return entries[:, :, :levels].sum(2).reshape(rows, -1)

        with torch.inference_mode():
            return _each(self.codes, looked_up)

    def _told(self, x: Parts) -> tuple[float, Hits]:
        """Accuracy on validation rows, and which test rows are told right."""
        y = self.labels
        models = [LogisticRegression(C=c, max_iter=3000).fit(x[0], y[0]) for c in STRENGTHS]
        scores = [float((model.predict(x[1]) == y[1]).mean()) for model in models]
        best = int(np.argmax(scores))
        return scores[best], (models[best].predict(x[2]) == y[2]).astype(int).tolist()


def _each(parts: Any, make: Any) -> Parts:
    train, validation, test = (make(part) for part in parts)
    return train, validation, test


def _scaled(x: Parts) -> Parts:
    return _each(x, StandardScaler().fit(x[0]).transform)


def _one_hot(codes: Any, size: int) -> Parts:
    def spread(x: np.ndarray) -> sparse.csr_matrix:
        columns = (x + size * np.arange(x.shape[1])).ravel()
        ends = np.arange(0, x.size + 1, x.shape[1])
        return sparse.csr_matrix((np.ones(x.size), columns, ends), (len(x), size * x.shape[1]))

    return _each(codes, spread)


def _clustered(scores: Parts, columns: slice, size: int) -> list[np.ndarray]:
    with threadpool_limits(1):
        clusters = KMeans(size, n_init=1, random_state=0).fit(scores[0][:, columns])
        return [clusters.predict(part[:, columns]) for part in scores]
