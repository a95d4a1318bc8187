"""Percentiles of each of many columns."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

COLUMNS = 64  # at a time


def percentiles(values: Float[Tensor, "N F"], percents: Sequence[float]) -> Float[Tensor, "P F"]:
    """The percentiles of each column, between neighbours along a line.

    Columns are copied together first, some at a time: apart in memory, they take NumPy twice as
    long; and `torch.quantile` refuses more than 16 million values.

    Args:
        values: The columns.
        percents: Which percentiles, in [0, 100].

    Example:
        >>> percentiles(torch.tensor([[1.0, 4.0], [3.0, 8.0]]), [0, 50]).tolist()
        [[1.0, 4.0], [2.0, 6.0]]
    """
    found = [
        np.percentile(some.T.contiguous().numpy(), percents, axis=1)
        for some in values.split(COLUMNS, 1)
    ]
    return torch.from_numpy(np.concatenate(found, 1))
