"""How unlikely signals are under a distribution whose spread is learned."""

import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..core.ranges import positive
from ..core.roles import Criterion, Outputs
from .criteria import COMPARED
from .functional import masked_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood(Criterion):
    r"""How unlikely the target is under a normal distribution about the output.

    In nats per signal: $\frac{n}{2} \log 2 \pi \sigma^2 + \frac{1}{2 \sigma^2} \sum (y -
    x)^2$ over the n real numbers of a signal. Its variance is learned without a parameter:
    at every batch it is the one under which the batch is likeliest, the mean squared error,
    through which the gradient passes. So errors count the more, the smaller they have become,
    and beside `kl` at the weight 1 it is the evidence bound. Within `span`, each span has a
    variance of its own: no type of channel is drowned by another.

    What it says of a signal depends on the batch.

    Args:
        floor: The least $\sigma$, in the units of the transforms, so that what can be had
            exactly does not rule.

    Raises:
        ValueError: If `floor` is not positive.

    References:
        Simple and Effective VAE Training with Calibrated Decoders (Rybkin et al., 2020),
        section 3.2, optimal sigma-VAE
        https://arxiv.org/abs/2006.13202
    """

    floor: float = 1e-3

    def __post_init__(self) -> None:
        positive(floor=self.floor)

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        mask = outputs["mask"]
        error = masked_mean((outputs["output"] - outputs["target"]).square(), mask)
        numbers = mask.sum(1) * outputs["target"].shape[2]
        variance = (error * numbers).sum() / numbers.sum().clamp_min(1)
        variance = variance.clamp_min(self.floor**2)
        return numbers / 2 * ((2 * math.pi * variance).log() + error / variance)
