"""The hierarchical contrastive loss of TS2Vec."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_NEVER = -1e9  # of a pair that is no negative; finite, so that empty rows have no NaN gradient


def hierarchical_contrast(
    one: Float[Tensor, "S T B D"],
    other: Float[Tensor, "S T B D"],
    real: Bool[Tensor, "S T B"],
) -> Float[Tensor, " S"]:
    r"""How badly two views of the same steps are told from other steps and other signals.

    $\frac1H \sum_h \frac12 (\ell_\text{instance} + \ell_\text{temporal})$ over the scales
    that halving time gives until one step is left, in nats: the instance part contrasts a step
    with the same step of the other signals, the temporal part with the other steps of the
    same signal.

    Args:
        one: The first view.
        other: The second view.
        real: Which steps are no padding.

    Example:
        >>> z = torch.zeros(1, 1, 3, 4)
        >>> same = hierarchical_contrast(z, z, torch.ones(1, 1, 3, dtype=torch.bool))
        >>> bool(torch.isclose(same[0], torch.tensor(5.0).log() / 2))  # 5 to choose from
        True

    References:
        TS2Vec: Towards Universal Representation of Time Series (Yue et al., 2022), section 2.3,
        eqs. 1 to 3 and algorithm 1.
    """
    parts: list[Tensor] = []
    while True:
        instance = _contrast(one, other, real)
        temporal = _contrast(*(x.transpose(1, 2) for x in (one, other, real)))
        parts.append((instance + temporal) / 2)
        if one.shape[1] < 2:
            return torch.stack(parts).mean(0)
        one, other, real = _halved(one, real), _halved(other, real), _either(real)


def _contrast(
    one: Float[Tensor, "S R M D"], other: Float[Tensor, "S R M D"], real: Bool[Tensor, "S R M"]
) -> Float[Tensor, " S"]:
    """Cross-entropy of finding each vector's other view among the 2 M - 1 of its row."""
    size = one.shape[2]
    z, known = torch.cat([one, other], 2), torch.cat([real, real], 2)
    own = torch.eye(2 * size, dtype=torch.bool)
    logits = (z @ z.mT).masked_fill(own | ~known[:, :, None], _NEVER)
    partner = (one * other).sum(-1)
    missed = logits.logsumexp(-1) - torch.cat([partner, partner], 2)
    count = known.sum((1, 2)).clamp(min=1)
    return torch.where(known, missed, 0.0).sum((1, 2)) / count


def _halved(
    x: Float[Tensor, "S T B D"], real: Bool[Tensor, "S T B"]
) -> Float[Tensor, "S U B D"] | Tensor:
    """The larger of each pair of steps; a last odd step is dropped."""
    steps = x.shape[1] // 2 * 2
    a, b = x[:, 0:steps:2], x[:, 1:steps:2]
    # padding follows what is real, so only the second of a pair can be padding alone
    return torch.where(real[:, 1:steps:2, :, None], torch.maximum(a, b), a)


def _either(real: Bool[Tensor, "S T B"]) -> Bool[Tensor, "S U B"] | Tensor:
    steps = real.shape[1] // 2 * 2
    return real[:, 0:steps:2] | real[:, 1:steps:2]
