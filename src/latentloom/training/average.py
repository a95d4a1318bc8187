"""The moving average of weights that is judged and handed on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    r"""The average $\bar w \leftarrow d \, \bar w + (1 - d) w$ of a module's weights.

    The decay grows as $\min(d, (1 + n) / (10 + n))$ over the first steps $n$, so that the
    start is forgotten. Buffers are taken over as they are.

    Args:
        parameters: What is averaged.
        decay: $d$, per step, in (0, 1).

    References:
        Averaging of parameters in TensorFlow's ExponentialMovingAverage (num_updates).
    """

    def __init__(self, parameters: Sequence[nn.Parameter], *, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._live = list(parameters)
        self._mean = [p.detach().clone() for p in self._live]

    @torch.no_grad()
    def follow(self) -> None:
        """Takes one step towards the weights as they are now."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, live in zip(self._mean, self._live, strict=True):
            mean.lerp_(live.detach(), 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Puts the average where the weights are, until the block ends."""
        kept = [p.detach().clone() for p in self._live]
        self._write(self._mean)
        try:
            yield
        finally:
            self._write(kept)

    def state(self) -> dict[str, int | list[Tensor]]:
        """What a checkpoint keeps of it."""
        return {"steps": self.steps, "mean": self._mean}

    def load_state(self, state: dict[str, int | list[Tensor]]) -> None:
        """Goes on from a checkpoint."""
        assert isinstance(state["steps"], int)
        assert isinstance(state["mean"], list)
        self.steps = state["steps"]
        for mean, kept in zip(self._mean, state["mean"], strict=True):
            mean.copy_(kept)

    @torch.no_grad()
    def _write(self, values: list[Tensor]) -> None:
        for parameter, value in zip(self._live, values, strict=True):
            parameter.copy_(value)
