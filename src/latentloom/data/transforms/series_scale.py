"""Series of about unit size, by a size that follows from the conditions alone."""

from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset
from .columns import (
    find,
    half_swing,
    need,
    real_lengths,
    rescaled,
    root_mean_square,
    unitless,
)
from .transform import Transform


class SeriesScale(Transform):
    r"""Divides each series by the size that a regression on its conditions expects.

    $y = x / e^{q(c)}$, where $q$ is the polynomial in the conditions $c$ that comes
    closest, by least squares on the train split, to the logarithm of each channel's size: its
    root mean square, or half of the swing of its integral over the record, which for a
    voltage is the amplitude of the flux, whatever the shape. Since $q$ needs no truth, a new
    signal gets its size back. A law's channel of the drive is divided as the first channel
    of the series is.

    The expected size is a product of powers of frequency, amplitude and the like if those
    conditions are logarithms: put `log` and `own_scale` before.

    Args:
        by: Which conditions; the name of a label that was made columns stands for all of
            them.
        degree: Of the polynomial; 2 has squares and products.
        size: `rms`, or `flux` for half of the swing of the integral over a record taken as
            one unit of time.
    """

    def __init__(
        self, *, by: list[str], degree: Literal[1, 2] = 2, size: Literal["rms", "flux"] = "rms"
    ) -> None:
        self.by = by
        self.degree = degree
        self.size = size

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        size = self._size(dataset)
        loud = (size > 0).all(1)
        if not loud.any():
            raise DataError("series", f"must have some {self.size} to scale by, and has none")
        conditions = self._conditions(dataset)[loud]
        centre, spread = conditions.mean(0), conditions.std(0, correction=0)
        spread = spread.where(spread > 1e-9 * conditions.abs().amax(0), 1.0)
        terms = self._terms((conditions - centre) / spread)
        # The driver that bears columns which depend on each other, as those of a label do.
        solved = torch.linalg.lstsq(terms, size[loud].log(), rcond=1e-9, driver="gelsd")
        return {"centre": centre, "spread": spread, "coefficients": solved.solution}

    def _size(self, dataset: Dataset) -> Float[Tensor, "N C"]:
        series = need(dataset, "series")
        if self.size == "rms":
            return root_mean_square(series, dataset)
        lengths = real_lengths(dataset)[:, None, None].double()
        mean = series.double().sum(1, keepdim=True) / lengths
        return half_swing((series.double() - mean).cumsum(1) / lengths, dataset)

    def log_size(self, dataset: Dataset) -> Float[Tensor, "N C"]:
        """The expected logarithm of the root mean square of each series channel."""
        state = self.state()
        conditions = self._conditions(replace(dataset, schema=self.schema))
        return (
            self._terms((conditions - state["centre"]) / state["spread"]) @ state["coefficients"]
        )

    def apply(self, dataset: Dataset) -> Dataset:
        scaled = rescaled(dataset, self.schema, (-self.log_size(dataset)).exp())
        return replace(scaled, schema=unitless(self.schema))

    def invert(self, dataset: Dataset) -> Dataset:
        made = rescaled(dataset, self.schema, self.log_size(dataset).exp())
        return replace(made, schema=self.schema)

    def _conditions(self, dataset: Dataset) -> Float[Tensor, "N F"]:
        names = dataset.schema.names("condition")
        columns = []
        for wanted in self.by:
            spread = [i for i, name in enumerate(names) if name.startswith(f"{wanted}=")]
            columns += spread or [find(dataset.schema, "condition", wanted)]
        return need(dataset, "condition")[:, columns].double()

    def _terms(self, conditions: Float[Tensor, "N F"]) -> Float[Tensor, "N P"]:
        """One, the conditions and, in degree 2, their products."""
        terms = [torch.ones_like(conditions[:, :1]), conditions]
        if self.degree == 2:
            first, second = torch.triu_indices(conditions.shape[1], conditions.shape[1])
            terms.append(conditions[:, first] * conditions[:, second])
        return torch.cat(terms, 1)
