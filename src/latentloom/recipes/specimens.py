"""Some records of a run, in both units, and what its parts make of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..core.batch import Batch
from ..core.roles import CodeGenerator
from ..data.dataset import Dataset
from ..generators.decoding import Sample
from ..representations.health import Posteriors
from ..training.feed import with_base
from ..training.watching import watched
from .run import CHUNK, Run


@dataclass(frozen=True)
class Specimens:
    """Records that a run's parts are tried on.

    Args:
        run: The run.
        raw: The records, in the units of their files.
    """

    run: Run
    raw: Dataset

    @cached_property
    def ready(self) -> Dataset:
        """The records in the units of the transforms."""
        return self.run.pipeline.apply(self.raw)

    @property
    def size(self) -> int:
        """How many there are."""
        return self.raw.size

    @cached_property
    def mask(self) -> Bool[np.ndarray, "N T"]:
        """Where a step is real."""
        return self.ready.context().mask.numpy()

    @cached_property
    def truth(self) -> Float[np.ndarray, "N T C"]:
        """The signals, zero in the padding, in the units of the transforms."""
        return self._kept(_series(self.ready))

    @cached_property
    def drive(self) -> Float[np.ndarray, "N T E"] | None:
        """The drive, zero in the padding, in the units of the transforms."""
        drive = self.ready.drive
        return None if drive is None or not self.raw.schema.drive else self._kept(drive.numpy())

    @cached_property
    def reconstructed(self) -> Float[np.ndarray, "N T C"]:
        """The signals after a way through their latents."""
        return self._kept(self._each(lambda batch: self.run.system.reconstruct(batch)[0]))

    @cached_property
    def predicted(self) -> Float[np.ndarray, "N T C"]:
        """What the base says of them."""
        return self._kept(self._each(lambda batch: self.run.system.predict(batch.context)))

    @cached_property
    def learned(self) -> Float[np.ndarray, "N T C"]:
        """What the parts can say of them at best: after their latents, or as they are."""
        return self.truth if self.run.system.representation is None else self.reconstructed

    @cached_property
    def codes(self) -> Int[np.ndarray, "N S K"]:
        """Their codes."""
        return self._each(lambda batch: _present(self.run.system.encode(batch).codes))

    @cached_property
    def code_mask(self) -> Bool[np.ndarray, "N S"]:
        """Which latent steps stand for real time steps."""
        representation = self.run.system.representation
        assert representation is not None
        return self.mask[:, :: representation.stride]

    def made(self, condition: Tensor | None = None) -> Float[np.ndarray, "N T C"]:
        """A generated signal for each, zero in its padding, in the units of the transforms.

        Args:
            condition: Other conditions than the records have, in the units of the files.
        """
        asked = self.raw if condition is None else replace(self.raw, condition=condition)
        settings, seed = self.run.plan.evaluation, self.run.plan.random_seed
        if asked.schema.drive or asked.schema.condition:
            made = self.run.generated(asked, decoding=settings.sampling, seed=seed)
        else:
            made = self.run.generated(samples=self.size, decoding=settings.sampling, seed=seed)
        again = replace(asked, series=made.series, families=made.families, lengths=made.lengths)
        ready = self.run.pipeline.apply(again)
        real = ready.context().mask.numpy()  # how long each is may have been made too
        return _series(ready) * real[..., None]

    def drawn(self, seed: int) -> Int[np.ndarray, "N S K"]:
        """Codes that the generator draws for each, by its plain chances, after its own."""
        system = self.run.system
        generator = system.part("generator", CodeGenerator)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self._each(
                lambda batch: generator.draw(system.informed(batch.context), Sample()).codes
            )

    def helped(self, seed: int) -> Int[np.ndarray, "N S K"]:
        """Codes that the generator draws, each after the true ones."""
        system = self.run.system
        generator = system.part("generator", CodeGenerator)

        def draw(batch: Batch) -> Tensor:
            codes = _present(system.encode(batch).codes)
            chances = generator.logits(codes, system.informed(batch.context)).softmax(-1)
            return torch.multinomial(chances.flatten(0, -2), 1).view_as(codes)

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self._each(draw)

    def nats(self) -> float:
        """The cross-entropy of a code, given those before it."""
        system = self.run.system
        generator = system.part("generator", CodeGenerator)

        def unlikely(batch: Batch) -> Tensor:
            codes = _present(system.encode(batch).codes)
            return -generator.log_prob(codes, system.informed(batch.context))

        return float(self._each(unlikely).sum() / (self.code_mask.sum() * self.codes.shape[2]))

    @cached_property
    def posteriors(self) -> Posteriors | None:
        """Their Gaussian latents; None if they are not Gaussian."""
        if not watched(self.run.system):
            return None

        def both(batch: Batch) -> Tensor:
            latent = self.run.system.encode(batch)
            return torch.cat((latent.z, _present(latent.log_variance)), -1)

        mean, log_variance = torch.from_numpy(self._each(both)).chunk(2, -1)
        real = torch.from_numpy(self.code_mask)
        return Posteriors(mean=mean, log_variance=log_variance, real=real)

    @cached_property
    def _batches(self) -> list[Batch]:
        """The records as the parts read them, with what the base predicts: it is asked once."""
        batches = [chunk.batch().to(self.run.device) for chunk in self.ready.chunks(CHUNK)]
        system = self.run.system
        if system.base is None:
            return batches
        with torch.inference_mode():
            return [with_base(batch, system.predict(batch.context)) for batch in batches]

    def _each(self, make: Callable[[Batch], Tensor]) -> np.ndarray:
        with torch.inference_mode():
            return torch.cat([make(batch).cpu() for batch in self._batches]).numpy()

    def _kept(self, values: np.ndarray) -> np.ndarray:
        return values * self.mask[..., None]


def _present(found: Tensor | None) -> Tensor:
    assert found is not None
    return found


def _series(dataset: Dataset) -> np.ndarray:
    assert dataset.series is not None
    return dataset.series.numpy()
