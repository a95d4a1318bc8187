"""What a representation of sets must beat: what each slot is on average, and a linear code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh

from .material import Slots


@dataclass(frozen=True, slots=True, eq=False)
class SlotMean:
    """Says of every set what stands in each slot on average: no number at all.

    Args:
        mean: Of each slot, over the train sets in which it is real; of a slot that is real in
            none, the mean of all slots.

    Example:
        >>> values = np.array([[[1.0], [9.0]], [[3.0], [0.0]]])
        >>> train = Slots(values, np.array([[True, True], [True, False]]))
        >>> SlotMean.of(train).mean.tolist()
        [[2.0], [9.0]]
    """

    mean: Float[np.ndarray, "T C"]
    numbers: int = 0

    @classmethod
    def of(cls, train: Slots) -> SlotMean:
        """The mean of train sets."""
        there = train.mask[..., None]
        total = np.where(there, train.values, 0.0).sum(0, dtype=float)
        count = train.mask.sum(0)[:, None]
        everywhere = total.sum(0) / count.sum()
        return cls(np.where(count > 0, total / np.maximum(count, 1), everywhere))

    def rebuild(self, held: Slots) -> Float[np.ndarray, "N T C"]:
        """The same for each of the sets."""
        return np.broadcast_to(self.mean, held.values.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components of all slots and channels: the best linear code of so many numbers.

    What stands in padding is put at the mean of its slot, where it adds nothing.

    Args:
        mean: What is subtracted first.
        basis: The components, the strongest first.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 4, 1))
        >>> sets = Slots(x, np.ones((50, 4), dtype=bool))
        >>> whole = Components.of(sets, 9)
        >>> whole.numbers, bool(np.allclose(whole.rebuild(sets), x))
        (4, True)

    References:
        Principal Component Analysis (Jolliffe, 2002), section 3.5, for the eigenvectors of
        either product
    """

    mean: SlotMean
    basis: Float[np.ndarray, "K F"]

    @property
    def numbers(self) -> int:
        """How many numbers tell a set."""
        return len(self.basis)

    @classmethod
    def of(cls, train: Slots, numbers: int) -> Components:
        """The components of train sets.

        Args:
            train: The sets.
            numbers: How many components; fewer if the sets are too few, or too short, to have
                so many.
        """
        mean = SlotMean.of(train)
        rest = _rest(train, mean)
        most = max(1, min(numbers, len(rest) - 1, rest.shape[1]))
        if len(rest) < rest.shape[1]:
            scores = _strongest(rest @ rest.T, most)
            basis = scores @ rest
            return cls(mean, basis / np.maximum(np.linalg.norm(basis, axis=1), 1e-300)[:, None])
        return cls(mean, _strongest(rest.T @ rest, most))

    def rebuild(self, held: Slots) -> Float[np.ndarray, "N T C"]:
        """The sets as their components tell them."""
        told = _rest(held, self.mean) @ self.basis.T @ self.basis
        return self.mean.mean + told.reshape(held.values.shape)


Rival: TypeAlias = SlotMean | Components


def _rest(sets: Slots, mean: SlotMean) -> Float[np.ndarray, "N F"]:
    """What sets are beside the mean, a row a set; zero in padding."""
    rest = np.where(sets.mask[..., None], sets.values - mean.mean, 0.0)
    return rest.reshape(len(rest), -1)


def _strongest(square: Float[np.ndarray, "M M"], most: int) -> Float[np.ndarray, "K M"]:
    """The eigenvectors with the largest eigenvalues, a row each, the largest first."""
    size = len(square)
    return eigh(square, subset_by_index=[size - most, size - 1])[1].T[::-1]
