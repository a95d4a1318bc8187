"""What frozen parts make of the train split, worked out once instead of at every step."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.batch import Latent
from ..core.roles import LatentGenerator
from ..core.system import System
from ..data.dataset import Dataset
from .feed import Epoch, with_base

CHUNK = 256


class Foresight:
    """Gives epochs what frozen parts make of their samples, if these are in memory.

    What the base predicts, and the latents that the representation finds, are kept from
    epoch to epoch for samples that stay the same.

    Args:
        system: Whose parts are asked.
        device: Where its parts are.
    """

    def __init__(self, system: System, device: torch.device) -> None:
        self.system = system
        self.device = device
        self._kept: Float[Tensor, "N T C"] | None = None
        self._latent: Latent | None = None

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

    def encoded(self, epoch: Epoch, unvaried: Dataset) -> Epoch:
        """The epoch, with the latents of its samples, none of which may be varied.

        A generator that takes units of latents takes them of all, not of a batch of them.

        Args:
            epoch: The samples of an epoch, in memory.
            unvaried: The same samples.
        """
        if self._latent is None:
            self._latent = self._encoded(unvaried, epoch.base)
            self._show(self._latent, unvaried)
        return replace(epoch, latent=self._latent)

    @torch.no_grad()
    def _encoded(self, samples: Dataset, base: Float[Tensor, "N T C"] | None) -> Latent:
        self.system.focus(())
        found: list[Latent] = []
        for start in range(0, samples.size, CHUNK):
            rows = slice(start, start + CHUNK)
            batch = with_base(samples.take(rows).batch(), None if base is None else base[rows])
            found.append(self.system.encode(batch.to(self.device)).to(torch.device("cpu")))
        spreads = [x.log_variance for x in found if x.log_variance is not None]
        return Latent(
            z=torch.cat([latent.z for latent in found]),
            log_variance=torch.cat(spreads) if spreads else None,
        )

    def _show(self, latent: Latent, samples: Dataset) -> None:
        generator = self.system.generator
        if isinstance(generator, LatentGenerator):
            generator.train()
            generator.begin(latent.z.to(self.device), samples.context().to(self.device))
            generator.eval()

    @torch.no_grad()
    def _predicted(self, samples: Dataset) -> Float[Tensor, "N T C"]:
        self.system.focus(())
        chunks = [chunk.context().to(self.device) for chunk in samples.chunks(CHUNK)]
        return torch.cat([self.system.predict(chunk).cpu() for chunk in chunks])
