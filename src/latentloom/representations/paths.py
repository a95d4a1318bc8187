"""Paths from one latent to another."""

import torch
from jaxtyping import Float
from torch import Tensor

NEARLY = 1e-6  # radians from a straight or an opposite direction, where an arc has no plane


def line(
    start: Float[Tensor, " D"], end: Float[Tensor, " D"], share: Float[Tensor, " K"]
) -> Float[Tensor, "K D"]:
    """Points $(1 - t) a + t b$ at the shares $t$ of the way.

    Example:
        >>> line(torch.zeros(2), torch.tensor([2.0, 4.0]), torch.tensor([0.25])).tolist()
        [[0.5, 1.0]]
    """
    return start + share[:, None] * (end - start)


def arc(
    start: Float[Tensor, " D"], end: Float[Tensor, " D"], share: Float[Tensor, " K"]
) -> Float[Tensor, "K D"]:
    r"""Points on the arc at the shares $t$ of the way, for the angle $\theta$ between the ends.

    $\frac{\sin((1 - t) \theta)}{\sin \theta} a + \frac{\sin(t \theta)}{\sin \theta} b$.

    Between ends of equal length all points have that length, as most draws from a normal
    distribution in many dimensions do; a line passes nearer to the origin. Where the ends
    point in one direction, or in opposite ones, it is the line.

    Example:
        >>> half = torch.tensor([0.5])
        >>> round(arc(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), half).norm().item(), 4)
        2.0

    References:
        Sampling Generative Networks (White, 2016), section 2.1
        https://arxiv.org/abs/1609.04468
    """
    lengths = start.norm() * end.norm()
    cosine = (start @ end / lengths.clamp_min(1e-30)).clamp(-1, 1)
    angle = cosine.arccos()
    if not lengths > 0 or angle < NEARLY or torch.pi - angle < NEARLY:
        return line(start, end, share)
    weights = torch.stack(((1 - share) * angle, share * angle)).sin() / angle.sin()
    return weights[0][:, None] * start + weights[1][:, None] * end
