"""Criteria that hold an output to a physical law without believing it to the letter.

The law's channel stands for the first channel of the signal. It says nothing of an offset,
so the mean of every signal is removed first.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.roles import Criterion, Outputs
from . import functional as F


@dataclass(frozen=True, slots=True, kw_only=True)
class LawError(Criterion):
    r"""How far the output is from the law, in standard deviations of the target.

    $\langle \rho((y - g \, l) / \sigma) \rangle$ with output $y$, law $l$ and the
    deviation $\sigma$ of the target, which no output can inflate. The gradient runs through
    a fitted gain, too; for squares that changes nothing, since the gain is at its optimum.

    Args:
        norm: What $\rho$ is: `mse` the square, `huber` the half square up to `delta` and
            straight beyond, for laws that jump or have spikes at corners of a current.
        delta: Where `huber` turns straight, in standard deviations of the target.
        gain: What $g$ is: `given` 1, so the law holds in size and sign; `fitted` to each
            output in closed form, $g = \langle y, l \rangle / \langle l, l \rangle$.

    Raises:
        ValueError: If `delta` is not positive.
    """

    norm: Literal["huber", "mse"] = "huber"
    delta: float = 1.0
    gain: Literal["given", "fitted"] = "given"

    def __post_init__(self) -> None:
        if self.delta <= 0:
            raise ValueError(f"delta must be positive, got {self.delta}")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"output", "target", "law", "mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        mask = outputs["mask"]
        output = F.centred(outputs["output"][..., :1], mask)
        target = F.centred(outputs["target"][..., :1], mask)
        law = F.centred(outputs["law"], mask)
        if self.gain == "fitted":
            law = fitted_gain(output, law) * law
        deviation = F.masked_mean(target.square(), mask).clamp_min(1e-6).sqrt()[:, None, None]
        if self.norm == "mse":
            return F.mse(output / deviation, law / deviation, mask)
        return F.huber(output / deviation, law / deviation, mask, self.delta)


@dataclass(frozen=True, slots=True)
class LawCorrelation(Criterion):
    """One minus the squared correlation of output and law: holds shape, not size or sign."""

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"output", "law", "mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        output = outputs["output"][..., :1]
        return 1 - F.correlation(output, outputs["law"], outputs["mask"])[:, 0].square()


def fitted_gain(
    signal: Float[Tensor, "B T 1"], law: Float[Tensor, "B T 1"]
) -> Float[Tensor, "B 1 1"]:
    r"""The factor on the law that brings it closest to each signal, by least squares.

    $g = \langle y, l \rangle / \langle l, l \rangle$, in units of the signal over those of
    the law; 0 where the law is silent. Padding must be zero.

    Example:
        >>> law = torch.tensor([[[1.0], [-2.0]]])
        >>> fitted_gain(-3 * law, law).item()
        -3.0
    """
    power = law.square().sum(1, keepdim=True)
    product = (signal * law).sum(1, keepdim=True)
    return torch.where(power > 0, product / power.where(power > 0, 1.0), 0.0)
