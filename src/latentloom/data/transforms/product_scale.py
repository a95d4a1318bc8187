"""Series of about unit size, by a product of powers that physics gives."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset
from .columns import find, need, rescaled, unitless
from .transform import Transform


class ProductScale(Transform):
    r"""Divides each series by a product of powers of its conditions.

    $y = x / (a \prod c_i^{p_i})$: a winding's voltage over $f \hat B A$, say, whose
    integral over the period swings by 2 whatever its shape. A law's channel of the drive
    is divided alike.

    Args:
        powers: The power $p_i$ of each condition, by name.
        factor: $a$, in the unit that makes the quotient a pure number.

    Raises:
        ValueError: If `factor` is not positive, or no condition is named.
    """

    def __init__(self, *, powers: dict[str, float], factor: float = 1.0) -> None:
        if factor <= 0:
            raise ValueError(f"factor must be positive, got {factor}")
        if not powers:
            raise ValueError("powers must name at least one condition, got none")
        self.powers = powers
        self.factor = factor

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        self._scale(dataset)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        scaled = rescaled(dataset, self.schema, 1 / self._scale(dataset)[:, None])
        return replace(scaled, schema=unitless(self.schema))

    def invert(self, dataset: Dataset) -> Dataset:
        dataset = replace(dataset, schema=self.schema)
        return rescaled(dataset, self.schema, self._scale(dataset)[:, None])

    def _scale(self, dataset: Dataset) -> Float[Tensor, " N"]:
        """The product, in double precision.

        Raises:
            DataError: If a condition is not positive.
        """
        scale = torch.full((dataset.size,), self.factor, dtype=torch.float64)
        for name, power in self.powers.items():
            column = need(dataset, "condition")[:, find(dataset.schema, "condition", name)]
            bad = (~(column > 0)).nonzero().flatten().tolist()
            if bad:
                problem = f"must be positive, got {column[bad[0]]:g} in sample {bad[0]}"
                raise DataError(f"condition {name}", problem)
            scale = scale * column.double() ** power
        return scale
