"""Ways of sorting features into categories."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
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

    def check(self, names: Sequence[str], families: Sequence[str]) -> None:
        """Looks for what it names among all features, before any was dropped.

        Args:
            names: All features that are to be sorted, `family/feature`.
            families: All families, temporal ones too.

        Raises:
            ValueError: If they lack it, or it cannot be meant so.
        """
        return


class Discovered(Grouping):
    r"""Finds categories of features that correlate.

    Features are clustered by the distance $d_{ij} = 1 - |r_{ij}|$ with Pearson's correlation
    r over the train split; the number of clusters is the one with the best silhouette, of
    those at which two clusters are large enough. A feature of a cluster that is too small
    joins the category with whose members it correlates best. The same data give the same
    categories.

    Args:
        count: How many clusters; found by silhouette if 0.
        most: How many at most, when the number is found.
        target: Mean |correlation| that the means of different categories may have; of the
            numbers of clusters that keep to it the best is taken, or, where none does, the
            one that comes closest. Not for a given `count`.
        least_features: How many features a category must have.
        linkage: How far two clusters are: `average`, `complete`, or `ward`, which is meant
            for Euclidean distances and makes clusters of more equal size.
        isolated: Families that each make a category of their own, as temporal ones always do.
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

    def check(self, names: Sequence[str], families: Sequence[str]) -> None:
        for family in self.isolated:
            if family not in families:
                raise ValueError(
                    f"isolated must name families, got {family!r}{nearest(family, families)}"
                )

    def __call__(self, features: Features) -> Members:
        apart = {
            f"{family}{ISOLATED}": [i for i, own in enumerate(features.families) if own == family]
            for family in self.isolated
            if family in features.families
        }
        free = [i for i, own in enumerate(features.families) if own not in self.isolated]
        values = features.values[:, free] if apart else features.values
        found = self._clusters(values) if free else []
        named = {f"category_{k}": [free[i] for i in own] for k, own in enumerate(found, start=1)}
        return named | apart

    def _clusters(self, values: Float[Tensor, "N F"]) -> list[list[int]]:
        size = values.shape[1]
        self._check_size(size)
        if size < 2 * self.least_features:
            return [list(range(size))]
        alike = correlations(values.double()).abs()
        labels = self._labels(1 - alike.numpy(), values)
        labels = _adopted(labels, alike.numpy(), self.least_features)
        if self.refine is not None:
            labels = self.refine(values, torch.from_numpy(labels)).numpy()
            labels = _adopted(labels, alike.numpy(), self.least_features)
        return _in_order(labels)

    def _check_size(self, size: int) -> None:
        if size < self.least_features:
            raise ValueError(
                f"least_features must be at most the {size} features that are left to sort, got"
                f" {self.least_features}"
            )
        if self.count * self.least_features > size:
            raise ValueError(
                f"count must be at most {size // self.least_features}, for {size} features are"
                f" left to sort and each category needs {self.least_features}, got {self.count};"
                " or lower least_features"
            )

    def _labels(
        self, distance: Float[np.ndarray, "F F"], values: Float[Tensor, "N F"]
    ) -> Int[np.ndarray, " F"]:
        # These take a second to load, and few recipes sort features.
        from scipy.cluster.hierarchy import fcluster, linkage
        from scipy.spatial.distance import squareform
        from sklearn.metrics import silhouette_score

        np.fill_diagonal(distance, 0.0)
        distance = np.maximum((distance + distance.T) / 2, 0.0)
        tree = linkage(squareform(distance, checks=False), method=self.linkage)
        if self.count:
            return fcluster(tree, self.count, "maxclust")
        best, chosen = (-np.inf, -np.inf), np.ones(len(distance), dtype=int)
        for count in range(2, min(self.most, len(distance) - 1) + 1):
            labels = fcluster(tree, count, "maxclust")
            sizes = np.unique(labels, return_counts=True)[1]
            if len(sizes) == len(labels) or (sizes >= self.least_features).sum() < 2:
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
        ValueError: If there is no category, or one without a feature.
    """

    def __init__(self, *, categories: Mapping[str, Sequence[str]], rest: str = "rest") -> None:
        if not categories:
            raise ValueError("categories must name at least one, got none")
        for category, names in categories.items():
            if not names:
                raise ValueError(
                    f"categories must name features of each, got none of {category!r}"
                )
        self.categories = {name: tuple(own) for name, own in categories.items()}
        self.rest = rest

    def check(self, names: Sequence[str], families: Sequence[str]) -> None:
        place = _places(names)
        short = [name.partition("/")[2] for name in names]
        taken: dict[int, str] = {}
        for category, own in self.categories.items():
            for name in own:
                if name not in place and name in short:
                    raise ValueError(
                        f"categories must name one feature by a name, got {name!r} in"
                        f" {category!r}, which several families have; write FAMILY/{name}"
                    )
                if name not in place:
                    raise ValueError(
                        f"categories must name features of the data, got {name!r} in"
                        f" {category!r}{nearest(name, place)}"
                    )
                if place[name] in taken:
                    raise ValueError(
                        f"categories must name each feature once, got {name!r} in"
                        f" {taken[place[name]]!r} and in {category!r}"
                    )
                taken[place[name]] = category

    def __call__(self, features: Features) -> Members:
        place = _places(features.names)
        members: Members = {}
        for category, names in self.categories.items():
            members[category] = sorted({place[name] for name in names if name in place})
            if not members[category]:
                raise ValueError(
                    f"categories must hold features of the data, got {category!r}, of whose"
                    f" {len(names)} none was kept; leave it out"
                )
        taken = {index for own in members.values() for index in own}
        rest = [index for index in range(len(features.names)) if index not in taken]
        if rest and self.rest in members:
            raise ValueError(
                f"categories must leave the name {self.rest!r} to the {len(rest)} features that"
                " they do not name, got a category of that name; call it otherwise"
            )
        return members | ({self.rest: rest} if rest else {})


class RandomGroups(Grouping):
    """Sorts features at random, into categories of equal size: what discovery must beat.

    Args:
        count: How many categories.
        seed: Of the order.

    Raises:
        ValueError: If `count` is below 1 or exceeds the features, or `seed` is below 0.
    """

    def __init__(self, *, count: int, seed: int = 0) -> None:
        at_least(1, count=count)
        at_least(0, seed=seed)
        self.count, self.seed = count, seed

    def __call__(self, features: Features) -> Members:
        if self.count > len(features.names):
            raise ValueError(
                f"count must not exceed the {len(features.names)} features, got {self.count}"
            )
        order = np.random.default_rng(self.seed).permutation(len(features.names))
        parts = np.array_split(order, self.count)
        return {f"category_{k}": sorted(own.tolist()) for k, own in enumerate(parts, start=1)}


def _places(names: Sequence[str]) -> dict[str, int]:
    """Where features stand, by their whole names, and by their own where these are unique."""
    short = [name.partition("/")[2] for name in names]
    unique = {name: place for place, name in enumerate(short) if short.count(name) == 1}
    return unique | {name: place for place, name in enumerate(names)}


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
    strength = np.stack([alike[:, labels == name].mean(1) for name in large], 1)
    return np.where(np.isin(labels, large), labels, large[strength.argmax(1)])


def _in_order(labels: Int[np.ndarray, " F"]) -> list[list[int]]:
    """The features of each cluster; the clusters by the first of their features."""
    clusters = [np.flatnonzero(labels == name).tolist() for name in np.unique(labels)]
    return sorted(clusters, key=lambda own: own[0])
