"""The role of a baseline, and what baselines read from a dataset."""

import abc

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from ...data.dataset import Dataset
from ...data.transforms.columns import need, real


class Baseline(abc.ABC):
    """Predicts signals from their drive and conditions, in the units of the files.

    What it knows it learns from the train split; of the test split it may read all but
    the series, unless it is an oracle.
    """

    @abc.abstractmethod
    def fit(self, train: Dataset) -> None:
        """Learns from the train split."""

    @abc.abstractmethod
    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        """The signals, zero where they are padding."""


def array(dataset: Dataset, name: str) -> Float[np.ndarray, "N T C"]:
    """The series or the drive, in double precision.

    Raises:
        DataError: If it is missing.
    """
    values: Tensor = need(dataset, "series" if name == "series" else "drive")
    return values.double().numpy()


def mask_of(dataset: Dataset) -> Bool[np.ndarray, "N T"]:
    """True where a step is real, False where it is padding."""
    return real(dataset).numpy()


def numbers(dataset: Dataset) -> dict[str, Float[np.ndarray, " N"]]:
    """The conditions that are numbers, not labels, by name."""
    if dataset.condition is None:
        return {}
    columns = dataset.condition.double().numpy().T
    names = dataset.schema.names("condition")
    return {
        name: column
        for name, column in zip(names, columns, strict=True)
        if name not in dataset.schema.categories
    }


def size(x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]) -> Float[np.ndarray, "N C"]:
    """Root mean square over the real steps; 1 where that is zero, to divide by."""
    power = (x**2 * mask[..., None]).sum(1) / mask.sum(1)[:, None]
    return np.where(power > 0, np.sqrt(power), 1.0)
