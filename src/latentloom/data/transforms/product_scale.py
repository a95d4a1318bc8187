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
    is divided like the first series.

    Args:
        powers: The power $p_i$ of each condition, by name.
        factor: $a$, in the unit that makes the quotient a pure number.
        names: The series that are divided; all of them if not given.

    Raises:
        ValueError: If `factor` is not positive, or no condition is named.
    """

    def __init__(
        self, *, powers: dict[str, float], factor: float = 1.0, names: list[str] | None = None
    ) -> None:
        if factor <= 0:
            raise ValueError(f"factor must be positive, got {factor}")
        if not powers:
            raise ValueError("powers must name at least one condition, got none")
        self.powers = powers
        self.factor = factor
        self.names = names

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        self._factors(dataset)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        scaled = rescaled(dataset, self.schema, 1 / self._factors(dataset))
        return replace(scaled, schema=unitless(self.schema, self.names))

    def invert(self, dataset: Dataset) -> Dataset:
        dataset = replace(dataset, schema=self.schema)
        return rescaled(dataset, self.schema, self._factors(dataset))

    def _factors(self, dataset: Dataset) -> Float[Tensor, "N C"]:
        """The product for the series that are divided, 1 for the others."""
        scale = self._scale(dataset)[:, None]
        if self.names is None:
            return scale
        count = len(dataset.schema.series)
        divided = torch.zeros(count, dtype=torch.bool, device=scale.device)
        divided[[find(dataset.schema, "series", name) for name in self.names]] = True
        return torch.where(divided, scale, 1.0)

    def _scale(self, dataset: Dataset) -> Float[Tensor, " N"]:
        """The product, in double precision.

        Raises:
            DataError: If a condition is not positive.
        """
        condition = need(dataset, "condition")
        scale = condition.new_full((dataset.size,), self.factor, dtype=torch.float64)
        for name, power in self.powers.items():
            column = condition[:, find(dataset.schema, "condition", name)]
            bad = (~(column > 0)).nonzero().flatten().tolist()
            if bad:
                problem = f"must be positive, got {column[bad[0]]:g} in sample {bad[0]}"
                raise DataError(f"condition {name}", problem)
            scale = scale * column.double() ** power
        return scale
