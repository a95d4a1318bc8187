"""How far two sets are apart, whatever the order of their slots."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..core.roles import Criterion, Outputs
from .criteria import COMPARED
from .functional import mse


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching(Criterion):
    r"""Mean squared error between the steps of output and target, matched whatever their order.

    Which step is matched to which is found without gradient; the error of what is matched
    has one. For signals that are sets: two slots that changed places cost nothing. In squared
    units of the transforms, over all channels.

    Args:
        by: How steps are matched. `assignment` pairs each step with one other so that the
            sum of errors is least, by the Hungarian method on the CPU, some milliseconds for a
            set of 512; `nearest` takes the nearest step in both directions and averages
            the two errors, at once and on any device, but may match one step to many.

    References:
        The Hungarian method for the assignment problem (Kuhn, 1955)
        https://doi.org/10.1002/nav.3800020109
        A Point Set Generation Network for 3D Object Reconstruction (Fan et al., 2016), section
        4.2, Chamfer distance, for `nearest`
        https://arxiv.org/abs/1612.00603
    """

    by: Literal["assignment", "nearest"] = "assignment"

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        output, target, mask = (outputs[name] for name in ("output", "target", "mask"))
        with torch.no_grad():
            cost = torch.cdist(output, target).square().nan_to_num()  # the error stays NaN
        if self.by == "assignment":
            return mse(output, _taken(target, _assigned(cost, mask)), mask)
        cost = cost.masked_fill(~(mask[:, :, None] & mask[:, None]), torch.inf)
        there = mse(output, _taken(target, cost.argmin(2)), mask)
        back = mse(_taken(output, cost.argmin(1)), target, mask)
        return (there + back) / 2


def _taken(x: Float[Tensor, "B T C"], steps: Int[Tensor, "B T"]) -> Float[Tensor, "B T C"]:
    return x.gather(1, steps[..., None].expand_as(x))


def _assigned(cost: Float[Tensor, "B T L"], mask: Bool[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """The step of the target that each real step is paired with at least cost in all."""
    from scipy.optimize import linear_sum_assignment  # takes long to load, and few match

    chosen = torch.zeros(cost.shape[:2], dtype=torch.long)
    prices, real = cost.cpu().numpy(), mask.cpu().numpy()
    for signal, (price, there) in enumerate(zip(prices, real, strict=True)):
        (places,) = there.nonzero()
        rows, columns = linear_sum_assignment(price[there][:, there])
        chosen[signal, torch.from_numpy(places[rows])] = torch.from_numpy(places[columns])
    return chosen.to(cost.device)
