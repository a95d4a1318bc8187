"""The way back from the units in which parts learn, for losses that look at signals there."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor

from ..dataset import Dataset
from .columns import need
from .pipeline import Pipeline


class Undo:
    """Gives signals the units of their files, with a gradient, on any device.

    Args:
        pipeline: The fitted transforms; signals, or signals and conditions, must undo them.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> from latentloom.data.transforms import Standard
        >>> values = torch.tensor([[[3.0], [5.0]]])
        >>> pipeline = Pipeline([Standard(arrays=["series"])])
        >>> pipeline.fit(Dataset(schema=Schema(series=(Quantity("x"),)), series=values))
        >>> Undo(pipeline)(torch.tensor([[[-1.0], [1.0]]])).flatten().tolist()
        [3.0, 5.0]
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._made = {torch.device("cpu"): pipeline}
        self.names = pipeline.schema.names("series")
        self.conditions = pipeline.schema.names("condition")

    def __call__(self, values: Float[Tensor, "B T C"]) -> Float[Tensor, "B T _"]:
        """The signals in the units of their files; padding is undone like everything else.

        Raises:
            DataError: If a transform needs more than the signals.
        """
        return need(self._undone(values), "series")

    def with_conditions(
        self, values: Float[Tensor, "B T C"], condition: Float[Tensor, "B F"]
    ) -> tuple[Float[Tensor, "B T _"], Float[Tensor, "B _"]]:
        """Signals and what is known of each, in the units of their files.

        Raises:
            DataError: If a transform needs more than both.
        """
        made = self._undone(values, condition)
        return need(made, "series"), need(made, "condition")

    def _undone(
        self, values: Float[Tensor, "B T C"], condition: Float[Tensor, "B F"] | None = None
    ) -> Dataset:
        pipeline = self._on(values.device)
        return pipeline.invert(Dataset(schema=pipeline.schema, series=values, condition=condition))

    def _on(self, device: torch.device) -> Pipeline:
        """The transforms with what they learned on a device."""
        if device not in self._made:
            pipeline = copy.deepcopy(self._made[torch.device("cpu")])
            for transform in pipeline.transforms:
                state = {name: tensor.to(device) for name, tensor in transform.state().items()}
                transform.load_state(transform.schema, state)
            self._made[device] = pipeline
        return self._made[device]
