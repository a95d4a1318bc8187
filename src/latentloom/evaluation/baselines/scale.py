"""How large a signal should be, from what is known before it is made."""

import abc
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ...data.dataset import Dataset
from .conditions import Conditions
from .role import array, mask_of, size


class Scale(abc.ABC):
    """A size for every record, by which its signal is divided before it is learned."""

    @abc.abstractmethod
    def fit(self, train: Dataset) -> None:
        """Learns from the train split."""

    @abc.abstractmethod
    def of(self, dataset: Dataset) -> Float[np.ndarray, "N C"]:
        """The sizes, in the units of the signals up to a constant factor."""


class Product(Scale):
    """The product of named conditions, such as frequency times peak flux density.

    Args:
        names: Conditions that are positive and not labels.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def fit(self, train: Dataset) -> None:
        self.of(train)

    def of(self, dataset: Dataset) -> Float[np.ndarray, "N C"]:
        schema = dataset.schema
        columns = [schema.index("condition", name) for name in self.names]
        if dataset.condition is None:
            raise ValueError(f"scale must have the conditions {list(self.names)}, got none")
        product = dataset.condition.double().numpy()[:, columns].prod(1)
        if not (product > 0).all():
            raise ValueError(f"{' x '.join(self.names)} must be positive, got {product.min():g}")
        return np.repeat(product[:, None], len(schema.series), 1)


class Fitted(Scale):
    r"""A power law in the drive's size and the conditions, fitted to the signals' rms.

    $\log \mathrm{rms}(x) = a + \sum_j b_j u_j$ by least squares, with $u$ the conditions
    as `Conditions` sees them and the logarithm of each drive channel's rms.
    """

    def __init__(self) -> None:
        self._conditions = Conditions()
        self._weights: Float[np.ndarray, "P C"] | None = None

    def fit(self, train: Dataset) -> None:
        self._conditions.fit(train)
        target = np.log(size(array(train, "series"), mask_of(train)))
        self._weights = np.linalg.lstsq(self._columns(train), target, rcond=1e-9)[0]

    def of(self, dataset: Dataset) -> Float[np.ndarray, "N C"]:
        if self._weights is None:
            raise ValueError("the scale must be fitted first; call fit with the train split")
        return np.exp(self._columns(dataset) @ self._weights)

    def _columns(self, dataset: Dataset) -> Float[np.ndarray, "N P"]:
        drive = np.log(size(array(dataset, "drive"), mask_of(dataset)))
        ones = np.ones((dataset.size, 1))
        return np.concatenate([ones, drive, self._conditions.of(dataset)], 1)
