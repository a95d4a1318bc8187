"""Samples of files that do not fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from .dataset import Dataset, Schema, Source
from .formats.columns import Columns
from .formats.files import records
from .formats.records import Missing, Records


class StreamedDataset:
    """A file that is read as needed, a source like any other.

    HDF5 reads single samples; Parquet reads whole row groups, so that shuffled reading
    costs more there. The file is opened when something is first asked of it.

    Args:
        path: An HDF5 or Parquet file.
        columns: The roles of its arrays; not for files that know them.
        missing: Whether values that are not finite are refused, when they are read, or
            allowed.

    Raises:
        DataError: On first use, if the file cannot be read.
    """

    def __init__(
        self, path: str | Path, *, columns: Columns | None = None, missing: Missing = "refuse"
    ) -> None:
        self.path = Path(path)
        self.columns = columns
        self.missing: Missing = missing

    @property
    def schema(self) -> Schema:
        """What the columns mean."""
        return self._records.schema

    @property
    def size(self) -> int:
        """How many samples there are."""
        return self._records.size

    @property
    def steps(self) -> int:
        """The padded length in time steps."""
        return self.take(slice(0, 1)).steps

    def take(self, rows: Int[Tensor, " M"] | Sequence[int] | slice) -> Dataset:
        """Some of the samples, in the order asked for; reads only those."""
        if isinstance(rows, slice) and (rows.step or 1) == 1:
            return self._records.take(rows)
        wanted = np.arange(self.size)[rows if isinstance(rows, slice) else np.asarray(rows)]
        rising, order = np.unique(wanted, return_inverse=True)
        return self._records.take(rising).take(torch.from_numpy(order))

    def outline(self) -> Dataset:
        """All samples by their scalars only; signals stay in the file."""
        return self._records.take(slice(None), signals=False)

    @cached_property
    def _records(self) -> Records:
        return records(self.path, columns=self.columns, missing=self.missing)


@dataclass(frozen=True, slots=True)
class Subset:
    """Some samples of a source, as a source.

    Args:
        source: Where the samples are.
        rows: Which ones.
    """

    source: Source
    rows: Int[Tensor, " N"]

    @property
    def schema(self) -> Schema:
        """What the columns mean."""
        return self.source.schema

    @property
    def size(self) -> int:
        """How many samples there are."""
        return len(self.rows)

    @property
    def steps(self) -> int:
        """The padded length in time steps."""
        return self.source.steps

    def take(self, rows: Int[Tensor, " M"] | Sequence[int] | slice) -> Dataset:
        """Some of the samples."""
        index = rows if isinstance(rows, slice) else torch.as_tensor(rows, dtype=torch.long)
        return self.source.take(self.rows[index])

    def outline(self) -> Dataset:
        """All samples by their scalars only."""
        return self.source.outline().take(self.rows)
