"""Says how well digits are told by tokens alone, beside codes of as many bits without training."""

from collections.abc import Iterable, Iterator
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
from latentloom.recipes.tokens_seen import flat, layout_of

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # of the logistic regression, chosen on validation rows
WIDTHS = (1, 2, 4, 8)  # components in a part of a product quantiser, chosen likewise
COMPONENTS = 64  # of a residual quantiser
DEEPEST = 4  # levels that are looked at
RAW, TOKENS, ENTRIES = "features", "tokens", "tokens, looked up"
CLUSTERS, CENTRES = "PCA + k-means", "PCA + k-means, looked up"
Parts = tuple[Any, ...]  # of the train, the validation and the test rows
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
        depth = layout_of(run).depth

        def ready(part: Dataset) -> np.ndarray:
            return np.concatenate([flat(batch.values) for batch in run.batches(part)])

        def codes(part: Dataset) -> np.ndarray:
            return run.codes(part).reshape(part.size, -1, depth)

        return cls(
            features=_each(parts, ready),
            codes=_each(parts, codes),
            labels=_each(parts, lambda part: part.extras["label"][:, 0].numpy().astype(int)),
            run=run,
        )

    def hits(self) -> dict[str, Any]:
        """Which test rows are told right, by how many bits each representation takes."""
        _, categories, depth = self.codes[0].shape
        size = layout_of(self.run).sizes[0]
        found: dict[str, Any] = {RAW: self._told(_scaled(self.features))[1]}
        for levels in range(1, min(depth, DEEPEST) + 1):
            count = categories * levels
            some = _each(self.codes, lambda x, n=levels: x[:, :, :n].reshape(len(x), -1))
            rivals = [*self._products(count, size), self._residual(count, size)]
            found[f"{count * np.log2(size):.0f}"] = {
                TOKENS: self._told(_one_hot(some, size))[1],
                ENTRIES: self._told(_scaled(self._entries(levels)))[1],
                CLUSTERS: self._best(_one_hot(codes, size) for codes, _ in rivals),
                CENTRES: self._best(_scaled(centres) for _, centres in rivals),
            }
        return found

    def _products(self, count: int, size: int) -> Iterator[tuple[Parts, Parts]]:
        """Codes and centres of a product quantiser of components, for each width of a part."""
        for width in WIDTHS:
            most = min(*self.features[0].shape, count * width)
            if most < count:
                continue
            scores = _each(
                self.features, PCA(most, random_state=0).fit(self.features[0]).transform
            )
            made = [
                _clustered(_each(scores, lambda x, own=slice(part, None, count): x[:, own]), size)
                for part in range(count)
            ]
            codes = tuple(np.stack(own, 1) for own in zip(*(c for c, _ in made), strict=True))
            centres = tuple(np.hstack(own) for own in zip(*(e for _, e in made), strict=True))
            yield codes, centres

    def _residual(self, count: int, size: int) -> tuple[Parts, Parts]:
        """Codes and summed centres of a residual quantiser of the leading components."""
        basis = PCA(COMPONENTS, random_state=0).fit(self.features[0])
        scores = rest = _each(self.features, basis.transform)
        columns: list[Parts] = []
        for _ in range(count):
            codes, centres = _clustered(rest, size)
            rest = tuple(x - c for x, c in zip(rest, centres, strict=True))
            columns.append(codes)
        made = tuple(np.stack(own, 1) for own in zip(*columns, strict=True))
        return made, tuple(x - left for x, left in zip(scores, rest, strict=True))

    def _best(self, candidates: Iterable[Parts]) -> Hits:
        """Of several representations that which tells most validation rows right."""
        return max((self._told(x) for x in candidates), key=lambda told: told[0])[1]

    def _entries(self, levels: int) -> Parts:
        """What the first levels of each category stand for, added up."""
        representation = self.run.system.representation
        assert representation is not None

        def looked_up(codes: np.ndarray) -> np.ndarray:
            rows, categories, depth = codes.shape
            side_by_side = torch.from_numpy(codes.reshape(rows, 1, -1))
            z = representation.look_up(side_by_side).z.numpy()
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
    return tuple(make(part) for part in parts)


def _scaled(x: Parts) -> Parts:
    return _each(x, StandardScaler().fit(x[0]).transform)


def _one_hot(codes: Any, size: int) -> Parts:
    def spread(x: np.ndarray) -> sparse.csr_matrix:
        columns = (x + size * np.arange(x.shape[1])).ravel()
        ends = np.arange(0, x.size + 1, x.shape[1])
        return sparse.csr_matrix((np.ones(x.size), columns, ends), (len(x), size * x.shape[1]))

    return _each(codes, spread)


def _clustered(x: Parts, size: int) -> tuple[Parts, Parts]:
    """Codes of clusters of the train rows, and their centres."""
    with threadpool_limits(1):
        clusters = KMeans(size, random_state=0).fit(x[0])
        codes = _each(x, lambda part: np.asarray(clusters.predict(part)))
    return codes, _each(codes, lambda own: clusters.cluster_centers_[own])
