"""What a frozen base predicts of the train split, worked out once instead of at every step."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.system import System
from ..data.dataset import Dataset
from .feed import Epoch

CHUNK = 256


class Foresight:
    """Gives epochs what the base predicts, if the base is frozen and the samples in memory.

    Predictions of samples that stay the same are kept from epoch to epoch.

    Args:
        system: Whose base predicts.
        device: Where its parts are.
    """

    def __init__(self, system: System, device: torch.device) -> None:
        self.system = system
        self.device = device
        self._kept: Float[Tensor, "N T C"] | None = None

    def of(self, epoch: Epoch, unvaried: Dataset) -> Epoch:
        """The epoch, with what the base predicts of its samples.

        Args:
            epoch: The samples of an epoch, in memory.
            unvaried: The same samples before some were varied.
        """
        if self._kept is None:
            self._kept = self._predicted(unvaried)
        base = self._kept
        if epoch.varied is not None:
            base = base.clone()
            base[epoch.varied] = self._predicted(epoch.source.take(epoch.varied))
        return replace(epoch, base=base)

    @torch.no_grad()
    def _predicted(self, samples: Dataset) -> Float[Tensor, "N T C"]:
        self.system.focus(())
        chunks = [chunk.context().to(self.device) for chunk in samples.chunks(CHUNK)]
        return torch.cat([self.system.predict(chunk).cpu() for chunk in chunks])
