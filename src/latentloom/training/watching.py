"""Looks at what Gaussian latents carry while they are trained, without touching the training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..core.batch import Batch
from ..core.system import System
from ..data.dataset import Dataset, Schema
from ..nn.mask import real_steps
from ..representations.autoencoder import Autoencoder
from ..representations.bottlenecks import Gaussian
from ..representations.health import LatentHealth, Posteriors, explained, spreads

MOST = 512  # signals: what they tell of the latents' information is at most log 512 = 6.2 nats
CHUNK = 128
NAMED = 16  # channels, above which they are told of as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Some signals, what a bottleneck made of them, and what came back.

    Args:
        schema: What the channels mean.
        truth: The signals, in the units of the transforms.
        made: The same after their latents, which are the means.
        mask: Where a step is real.
        posteriors: Their latents.
    """

    schema: Schema
    truth: Float[Tensor, "N T C"]
    made: Float[Tensor, "N T C"]
    mask: Bool[Tensor, "N T"]
    posteriors: Posteriors

    @property
    def columns(self) -> dict[str, float]:
        """What an epoch's row says: `latents/...`, `spread/...` and `explained/...`."""
        columns = {
            f"latents/{name}": float(value)
            for name, value in asdict(LatentHealth.of(self.posteriors)).items()
        }
        signals = (self.made, self.truth, self.mask, layout(self.schema))
        columns |= {f"spread/{name}": value for name, value in spreads(*signals).items()}
        return columns | {f"explained/{name}": x for name, x in explained(*signals).items()}


def layout(schema: Schema) -> Mapping[str, int]:
    """The spans of signals; without any, their channels, or all as one where they are many.

    Example:
        >>> from latentloom.data.dataset import Quantity
        >>> dict(layout(Schema(series=(Quantity("voltage"), Quantity("current")))))
        {'voltage': 1, 'current': 1}
    """
    names = schema.names("series")
    if schema.spans:
        return schema.spans
    return dict.fromkeys(names, 1) if len(names) <= NAMED else {"signal": len(names)}


def watched(system: System) -> bool:
    """Whether the latents of a system are normal distributions, which can collapse."""
    part = system.representation
    return isinstance(part, Autoencoder) and isinstance(part.bottleneck, Gaussian)


@torch.no_grad()
def look(system: System, data: Dataset, device: torch.device) -> Look:
    """Looks at at most 512 signals of `data`, always the same ones.

    The parts are in eval mode, and everything random has a stream of its own: a look changes
    nothing of the training that follows.

    Args:
        system: The parts; its representation has a Gaussian bottleneck.
        data: The signals, ready for the parts.
        device: Where the parts are.
    """
    system.focus(())
    some = data.take(torch.linspace(0, data.size - 1, min(MOST, data.size)).long())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pieces = [_seen(system, chunk.batch().to(device)) for chunk in some.chunks(CHUNK)]
    made, mean, log_variance = (torch.cat(parts).cpu() for parts in zip(*pieces, strict=True))
    batch = some.batch()
    assert system.representation is not None
    real = real_steps(batch.context.lengths, mean.shape[1], system.representation.stride)
    return Look(
        schema=some.schema,
        truth=batch.values,
        made=made,
        mask=batch.context.mask,
        posteriors=Posteriors(mean=mean, log_variance=log_variance, real=real),
    )


def _seen(system: System, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    made, latent = system.reconstruct(batch)
    assert latent.log_variance is not None
    return made, latent.z, latent.log_variance
