"""A condition that says nothing, until a variation uses it."""

from dataclasses import replace

import torch
from torch import Tensor

from ..dataset import Dataset, Quantity
from .columns import appended, dropped
from .transform import Transform


class Blank(Transform):
    """Appends a condition that is zero for every measured sample.

    A variation writes into it how far a new sample departs from a measured one, so that
    parts can learn from new samples without taking them for measured: what is generated is
    always asked for at zero. Put it last, behind the scalers.

    Args:
        condition: Its name.

    References:
        Non-leaking augmentation: Elucidating the Design Space of Diffusion-Based Generative
        Models (Karras et al., 2022), appendix F.2, https://arxiv.org/abs/2206.00364
    """

    def __init__(self, *, condition: str = "variation") -> None:
        self.condition = condition

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        known = replace(dataset, schema=self.schema)
        column = torch.zeros(dataset.size, 1)
        return appended(known, "condition", Quantity(self.condition), column)

    def invert(self, dataset: Dataset) -> Dataset:
        return dropped(dataset, "condition", self.schema)
