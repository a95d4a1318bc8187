"""Constraints: laws that every signal leaving a system obeys exactly."""

from jaxtyping import Float
from torch import Tensor

from ..core.batch import Context
from ..core.roles import Constraint
from ..nn.convolution import Padding


class ZeroMean(Constraint):
    """Takes the mean over time from each channel: what a winding induces has no direct part.

    Example:
        >>> import torch
        >>> made = ZeroMean()(torch.ones(1, 4, 1), Context(size=1, steps=4))
        >>> made.abs().max().item()
        0.0
    """

    def forward(self, values: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        if context.lengths is None:
            return values - values.mean(1, keepdim=True)
        mask = context.mask[..., None].to(values)
        mean = (values * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        return (values - mean) * mask


class FluxSwing(Constraint):
    r"""Scales each channel so that its integral over the period swings by a known amount.

    Faraday's law says $V = d\Phi / dt$: a voltage scaled by frequency and flux amplitude,
    $v = V / (f \hat\Phi)$, has an integral $\phi(\theta) = \int_0^\theta v \, d\theta$ over the
    period ($\theta$ from 0 to 1) whose peak-to-peak value is 2, whatever its shape. The mean
    is taken off first, so that the flux returns to where it began.

    Args:
        padding: Whether signals are periodic; they must be.
        swing: Peak-to-peak value of the integral, in units of the signal times one
            period: 2 in the limit of many samples, slightly less where corners are sampled.

    Raises:
        ValueError: If `swing` is not positive, or the signals are not periodic.

    Example:
        >>> import torch
        >>> wave = torch.tensor([1.0, 1.0, -1.0, -1.0]).reshape(1, 4, 1)
        >>> FluxSwing("circular", swing=2.0)(wave, Context(size=1, steps=4)).flatten().tolist()
        [4.0, 4.0, -4.0, -4.0]
    """

    def __init__(self, padding: Padding, *, swing: float = 2.0) -> None:
        super().__init__()
        if padding != "circular":
            raise ValueError("flux_swing is for signals of one period, and these are not")
        if swing <= 0:
            raise ValueError(f"swing must be positive, got {swing}")
        self.swing = swing

    def forward(self, values: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        values = values - values.mean(1, keepdim=True)
        flux = values.cumsum(1) / values.shape[1]
        found = flux.amax(1, keepdim=True) - flux.amin(1, keepdim=True)
        return values * (self.swing / found.clamp_min(1e-3 * self.swing))
