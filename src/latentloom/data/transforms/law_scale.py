"""Series in units of what a law says of them."""

from dataclasses import replace

from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity
from .columns import (
    LAW,
    appended,
    dropped,
    find,
    need,
    rescaled,
    root_mean_square,
    unitless,
)
from .transform import Transform


class LawScale(Transform):
    r"""Divides each series, and the law's channel, by the root mean square of what the law says.

    $y = x / r$ with $r^2 = \langle \mathrm{law}^2 \rangle$ over the sample's real steps, and a
    new condition $\ln r$. What is left to learn is how the signal departs from its law, at
    any size. Put `law` before.

    Args:
        condition: The name of the new condition.

    Raises:
        DataError: If the law says zero throughout, when applied.
    """

    def __init__(self, *, condition: str = "log_law_rms") -> None:
        self.condition = condition

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        find(dataset.schema, "drive", LAW)
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        law = find(self.schema, "drive", LAW)
        size = root_mean_square(need(dataset, "drive")[..., law : law + 1], dataset)[:, 0]
        silent = (size == 0).nonzero().flatten().tolist()
        if silent:
            problem = "is zero throughout by its law, and so has no scale by it"
            raise DataError(f"series of sample {silent[0]}", problem)
        scaled = rescaled(dataset, self.schema, 1 / size[:, None])
        scaled = replace(scaled, schema=unitless(self.schema))
        return appended(scaled, "condition", Quantity(self.condition), size.log()[:, None])

    def invert(self, dataset: Dataset) -> Dataset:
        log_size = need(dataset, "condition")[:, len(self.schema.condition)]
        made = rescaled(dataset, self.schema, log_size.double().exp()[:, None])
        return dropped(made, "condition", self.schema)
