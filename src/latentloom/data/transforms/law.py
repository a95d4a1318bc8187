"""What the law of induction says of a voltage, as one more drive channel."""

from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import LAW, appended, dropped, find, labelled, need, real
from .rate import check_clock, intervals, rate
from .transform import Transform


class Law(Transform):
    r"""Appends the drive channel `law`, the voltage that induction alone would make.

    $$V = -M \left(1 + \alpha (T - 20)\right) x \, dI/dt$$

    in the unit of the first series channel, which it stands for: whatever scales that one
    later, scales both. The law knows no delay, no loss and no saturation; it is a
    yardstick, a soft constraint or something to correct. It needs the current in its own
    unit, so it stands before everything that scales.

    Where $M$ is not given, it is fitted on the train split in closed form, its sign
    included, by least squares with every sample counting alike:
    $M = \sum_i w_i \langle V_i, g_i \rangle / \sum_i w_i \langle g_i, g_i \rangle$ with $g
    = -(1 + \alpha (T - 20)) x \, dI/dt$ and $w_i = 1 / \mathrm{var}(V_i)$.

    Args:
        mutual: $M$, in henry, or in henry per unit of the position; fitted if None.
        position: The name of the drive channel, or else condition, that holds $x$; 1 if
            None.
        temperature: The name of the drive channel, or else condition, that holds $T$, in
            degrees Celsius.
        temperature_coefficient: $\alpha$, per kelvin; 0 is no dependence.
        interval: Time between steps in seconds.
        frequency: Or the name of the condition with the frequency of a period in hertz.
        current: The name of the drive channel that holds $I$, in ampere.
        per: The name of a label, such as a material, each of whose names gets its own
            fitted $M$. Names that the train split lacks get the one fitted on all.

    Raises:
        ValueError: If neither or both of `interval` and `frequency` are given, `per` is
            together with `mutual`, or a coefficient without a temperature.
        DataError: If `per` is no label, or no voltage follows the law, when fitted.

    References:
        Linear variable differential transformers: $e = (M_1 - M_2) \, di/dt$ with $M_1 -
        M_2$ in proportion to the position.
    """

    def __init__(
        self,
        *,
        mutual: float | None = None,
        position: str | None = None,
        temperature: str | None = None,
        temperature_coefficient: float = 0.0,
        interval: float | None = None,
        frequency: str | None = None,
        current: str = "current",
        per: str | None = None,
    ) -> None:
        check_clock(interval, frequency)
        if mutual is not None and per is not None:
            raise ValueError(f"per = {per!r} asks to fit mutual, which is given as {mutual}")
        if temperature_coefficient and temperature is None:
            raise ValueError("temperature_coefficient needs temperature, the name of a column")
        self.mutual = mutual
        self.position = position
        self.temperature, self.temperature_coefficient = temperature, temperature_coefficient
        self.interval, self.frequency = interval, frequency
        self.current = current
        self.per = per

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        shape = self._shape(dataset)
        if self.mutual is not None:
            return {"mutual": torch.tensor([self.mutual], dtype=torch.double)}
        voltage = need(dataset, "series")[..., 0].double()
        mask = real(dataset)
        count = mask.sum(1, keepdim=True).clamp_min(1)
        rest = (voltage - (voltage * mask).sum(1, keepdim=True) / count) * mask
        variance = rest.square().sum(1) / count[:, 0]
        power = (voltage.square() * mask).sum(1) / count[:, 0]
        weight = torch.where(variance > 1e-12 * power, 1 / variance, 0.0)
        above = weight * (voltage * shape * mask).sum(1)
        below = weight * (shape.square() * mask).sum(1)
        if not below.sum() > 0:
            raise DataError(
                f"drive {self.current}", "must change where the series does, to fit a law"
            )
        names, labels = self._labels(dataset)
        sums = torch.zeros(2, names, dtype=torch.double)
        sums.index_add_(1, labels, torch.stack([above, below]))
        common = above.sum() / below.sum()
        return {"mutual": torch.where(sums[1] > 0, sums[0] / sums[1], common)}

    def apply(self, dataset: Dataset) -> Dataset:
        known = replace(dataset, schema=self.schema)
        mutual = self.state()["mutual"][self._labels(known)[1]]
        unit = self.schema.series[0].unit if self.schema.series else ""
        law = mutual[:, None, None] * self._shape(known)[..., None]
        return appended(known, "drive", Quantity(LAW, unit), law)

    def invert(self, dataset: Dataset) -> Dataset:
        return dropped(dataset, "drive", self.schema)

    def _shape(self, dataset: Dataset) -> Float[Tensor, "N T"]:
        """The law with a mutual inductance of 1."""
        current = need(dataset, "drive")[..., find(dataset.schema, "drive", self.current)]
        shape = -rate(current, intervals(dataset, self.interval, self.frequency), dataset)
        if self.position is not None:
            shape = shape * _quantity(dataset, self.position)
        if self.temperature is not None:
            above = _quantity(dataset, self.temperature) - 20
            shape = shape * (1 + self.temperature_coefficient * above)
        return shape

    def _labels(self, dataset: Dataset) -> tuple[int, Int[Tensor, " N"]]:
        """How many inductances there are, and which one each sample has."""
        if self.per is None:
            return 1, torch.zeros(dataset.size, dtype=torch.long)
        names, labels = labelled(dataset, self.per)
        return len(names), labels


def _quantity(dataset: Dataset, name: str) -> Float[Tensor, "N _"]:
    """A drive channel, or else a condition, as one number for each step or sample."""
    if name in dataset.schema.names("drive"):
        return need(dataset, "drive")[..., find(dataset.schema, "drive", name)].double()
    return need(dataset, "condition")[:, [find(dataset.schema, "condition", name)]].double()
