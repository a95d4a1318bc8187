"""Ways of sorting features into categories."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import silhouette_score
from torch import Tensor

from ...core.names import nearest
from ...core.ranges import a_share, at_least
from .duplicates import correlations
from .refinement import Refinement

Members = dict[str, list[int]]
ISOLATED = "_isolated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a grouping may look at: the train split.

    Args:
        values: The features, standardised.
        names: Their names, `family/feature`.
        families: The family of each.
    """

    values: Float[Tensor, "N F"]
    names: tuple[str, ...]
    families: tuple[str, ...]


class Grouping(abc.ABC):
    """Sorts features into named categories, each feature into one."""

    @abc.abstractmethod
    def __call__(self, features: Features) -> Members:
        """The features of each category, in rising order, in the order of the categories.

        Raises:
            ValueError: If they cannot be sorted so.
        """


class Discovered(Grouping):
    r"""Finds categories of features that correlate.

    Features are clustered by the distance $d_{ij} = 1 - |r_{ij}|$ with Pearson's correlation
    r over the train split; the number of clusters is the one with the best silhouette. A
    feature of a cluster that is too small joins the category with whose members it correlates
    best. The same data give the same categories.

    Args:
        count: How many clusters; found by silhouette if 0.
        most: How many at most, when the number is found.
        target: Mean |correlation| that the means of different categories may have; of the
            numbers of clusters that keep to it the best is taken, or, where none does, the
            one that comes closest. Not for a given `count`.
        least_features: How many features a category must have.
        linkage: How far two clusters are: `average`, `complete`, or `ward`, which is meant
            for Euclidean distances and makes clusters of more equal size.
        isolated: Families that each make a category of their own.
        refine: Moves features between the categories by gradient descent, until these are
            nearly orthogonal; not at all if None.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        *,
        count: int = 0,
        most: int = 25,
        target: float = 1.0,
        least_features: int = 3,
        linkage: Literal["ward", "average", "complete"] = "ward",
        isolated: Sequence[str] = (),
        refine: Refinement | None = None,
    ) -> None:
        at_least(0, count=count)
        at_least(2, most=most)
        at_least(1, least_features=least_features)
        a_share(target=target)
        self.count = count
        self.most = most
        self.target = target
        self.least_features = least_features
        self.linkage = linkage
        self.isolated = tuple(isolated)
        self.refine = refine

    def __call__(self, features: Features) -> Members:
        known = dict.fromkeys(features.families)
        for family in self.isolated:
            if family not in known:
                raise ValueError(
                    f"isolated must name families, got {family!r}{nearest(family, known)}"
                )
        apart = {
            f"{family}{ISOLATED}": [i for i, own in enumerate(features.families) if own == family]
            for family in self.isolated
        }
        free = [i for i, own in enumerate(features.families) if own not in self.isolated]
        found = self._clusters(features.values[:, free]) if free else []
        named = {f"category_{k}": [free[i] for i in own] for k, own in enumerate(found, start=1)}
        return named | apart

    def _clusters(self, values: Float[Tensor, "N F"]) -> list[list[int]]:
        size = values.shape[1]
        if size < self.least_features:
            raise ValueError(
                f"a category must have at least {self.least_features} features, and only {size}"
                " are left to sort; lower least_features"
            )
        alike = correlations(values.double()).abs()
        labels = np.zeros(size, dtype=int)
        if size > 2:
            labels = self._labels(1 - alike.numpy(), values)
        labels = _adopted(labels, alike.numpy(), self.least_features)
        if self.refine is not None:
            labels = self.refine(values, torch.from_numpy(labels)).numpy()
            labels = _adopted(labels, alike.numpy(), self.least_features)
        return _in_order(labels)

    def _labels(
        self, distance: Float[np.ndarray, "F F"], values: Float[Tensor, "N F"]
    ) -> Int[np.ndarray, " F"]:
        np.fill_diagonal(distance, 0.0)
        distance = np.maximum((distance + distance.T) / 2, 0.0)
        tree = linkage(squareform(distance, checks=False), method=self.linkage)
        if self.count:
            return fcluster(tree, self.count, "maxclust")
        best, chosen = (-np.inf, -np.inf), np.ones(len(distance), dtype=int)
        for count in range(2, min(self.most, len(distance) - 1) + 1):
            labels = fcluster(tree, count, "maxclust")
            if not 2 <= len(np.unique(labels)) < len(labels):
                continue
            quality = float(silhouette_score(distance, labels, metric="precomputed"))
            excess = max(_overlap(values, labels) - self.target, 0.0) if self.target < 1 else 0.0
            if (-excess, quality) > best:
                best, chosen = (-excess, quality), labels
        return chosen


class ByFamily(Grouping):
    """Makes each family a category."""

    def __call__(self, features: Features) -> Members:
        return {
            family: [i for i, own in enumerate(features.families) if own == family]
            for family in dict.fromkeys(features.families)
        }


class Given(Grouping):
    """Takes categories as they are given.

    Args:
        categories: The features of each category, by their names: `family/feature`, or the
            feature's own name where only one family has it. Features that cleaning dropped
            may be named.
        rest: The category of those that are not named.

    Raises:
        ValueError: If there is no category.
    """

    def __init__(self, *, categories: Mapping[str, Sequence[str]], rest: str = "rest") -> None:
        if not categories:
            raise ValueError("categories must name at least one, got none")
        self.categories = {name: tuple(own) for name, own in categories.items()}
        self.rest = rest

    def __call__(self, features: Features) -> Members:
        place = {name: index for index, name in enumerate(features.names)}
        short = [name.partition("/")[2] for name in features.names]
        place |= {name: i for i, name in enumerate(short) if short.count(name) == 1}
        members: Members = {}
        taken: set[int] = set()
        for category, names in self.categories.items():
            own = sorted({place[name] for name in names if name in place})
            if twice := taken.intersection(own):
                raise ValueError(
                    f"a feature must be in one category, got {features.names[min(twice)]!r} in"
                    f" {category!r} and another"
                )
            if not own:
                wrong = next(iter(names), "")
                raise ValueError(
                    f"category {category!r} must hold features of the data, and holds none;"
                    f" {wrong!r} is not there{nearest(wrong, place)}"
                )
            taken.update(own)
            members[category] = own
        if rest := [i for i in range(len(features.names)) if i not in taken]:
            members[self.rest] = rest
        return members


class RandomGroups(Grouping):
    """Sorts features at random, into categories of equal size: what discovery must beat.

    Args:
        count: How many categories.
        seed: Of the order.

    Raises:
        ValueError: If `count` is below 1, or exceeds the features.
    """

    def __init__(self, *, count: int, seed: int = 0) -> None:
        at_least(1, count=count)
        self.count, self.seed = count, seed

    def __call__(self, features: Features) -> Members:
        if self.count > len(features.names):
            raise ValueError(
                f"count must not exceed the {len(features.names)} features, got {self.count}"
            )
        order = np.random.default_rng(self.seed).permutation(len(features.names))
        parts = np.array_split(order, self.count)
        return {f"category_{k}": sorted(own.tolist()) for k, own in enumerate(parts, start=1)}


def _overlap(values: Float[Tensor, "N F"], labels: Int[np.ndarray, " F"]) -> float:
    """The mean |correlation| between the means of different clusters."""
    means = [values[:, labels == name].double().mean(1) for name in np.unique(labels)]
    alike = correlations(torch.stack(means, 1)).abs()
    size = len(means)
    return float(alike.sum() - alike.diagonal().sum()) / (size * (size - 1))


def _adopted(
    labels: Int[np.ndarray, " F"], alike: Float[np.ndarray, "F F"], least: int
) -> Int[np.ndarray, " F"]:
    """Labels without small clusters: their features join those they correlate with best."""
    names, counts = np.unique(labels, return_counts=True)
    large = names[counts >= least]
    if not len(large):
        return np.zeros_like(labels)
    strength = np.stack([alike[:, labels == name].mean(1) for name in large], 1)
    return np.where(np.isin(labels, large), labels, large[strength.argmax(1)])


def _in_order(labels: Int[np.ndarray, " F"]) -> list[list[int]]:
    """The features of each cluster; the clusters by the first of their features."""
    clusters = [np.flatnonzero(labels == name).tolist() for name in np.unique(labels)]
    return sorted(clusters, key=lambda own: own[0])
