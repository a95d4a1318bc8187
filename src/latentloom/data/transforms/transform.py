"""The role of a transform: a map of datasets, fitted on one split, that can be undone."""

import abc
from collections.abc import Mapping

from torch import Tensor

from ..dataset import Dataset, Schema


class Transform(abc.ABC):
    """Maps datasets from the units of their files towards those in which parts learn.

    What it has to learn, it learns once, from the train split; what it learned never
    depends on the data that it is later applied to. Samples do not see each other.
    Datasets may lack their series, as they do when new signals are to be made.
    """

    _fitted: tuple[Schema, dict[str, Tensor]] | None = None

    @abc.abstractmethod
    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        """What `apply` and `invert` have to know of the train split, by name."""

    @abc.abstractmethod
    def apply(self, dataset: Dataset) -> Dataset:
        """The dataset in new units, or with new columns."""

    @abc.abstractmethod
    def invert(self, dataset: Dataset) -> Dataset:
        """Undoes `apply`, on whichever arrays the dataset has."""

    def check(self, dataset: Dataset) -> None:
        """Looks for what it names, before those before it have changed anything.

        Args:
            dataset: The train split, in the units of the files.

        Raises:
            DataError: If the data lack it.
            ValueError: If it cannot be meant so.
        """
        return

    @property
    def told(self) -> tuple[str, ...]:
        """What its user should know of what it learned, a sentence each.

        Raises:
            ValueError: If it was not fitted.
        """
        return ()

    def fit(self, dataset: Dataset) -> None:
        """Learns from the train split, and only from it."""
        self._fitted = (dataset.schema, self.learn(dataset))

    @property
    def schema(self) -> Schema:
        """The columns that it was fitted on.

        Raises:
            ValueError: If it was not fitted.
        """
        return self._known()[0]

    def state(self) -> dict[str, Tensor]:
        """What it learned, by name.

        Raises:
            ValueError: If it was not fitted.
        """
        return self._known()[1]

    def load_state(self, schema: Schema, state: Mapping[str, Tensor]) -> None:
        """Takes over what an equal transform learned, and from which columns."""
        self._fitted = (schema, dict(state))

    def _known(self) -> tuple[Schema, dict[str, Tensor]]:
        if self._fitted is None:
            name = type(self).__name__
            raise ValueError(f"{name} must be fitted first; call fit with the train split")
        return self._fitted
