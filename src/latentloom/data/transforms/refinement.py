"""Moves features between categories by gradient descent."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ...core.ranges import at_least, positive

CERTAIN = 5.0  # score of the category that a feature starts in; the others have 0
RATE = 0.01
WARM, COLD = 1.0, 0.5  # temperature of the choice, at the start and the end
ROWS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    r"""Lets features choose their category, so that categories become orthogonal.

    With a soft assignment P (features x categories), drawn by the Gumbel softmax of learned
    scores and scaled to columns of unit length, it descends on the mean absolute cosine between
    the columns of X P plus the mean squared error of $X P P^\top$, the features rebuilt from
    category sums, and stops early once that cosine is below `target`. The draws have a seed of
    their own.

    Args:
        steps: Descent steps at most.
        target: Mean absolute cosine between categories at which it stops.

    References:
        Categorical Reparameterization with Gumbel-Softmax (Jang et al., 2016), section 2.2
        https://arxiv.org/abs/1611.01144
    """

    steps: int = 500
    target: float = 0.15

    def __post_init__(self) -> None:
        at_least(1, steps=self.steps)
        positive(target=self.target)

    def __call__(
        self, values: Float[Tensor, "N F"], labels: Int[Tensor, " F"]
    ) -> Int[Tensor, " F"]:
        """The category of each feature, after it chose."""
        names, start = labels.unique(return_inverse=True)
        if len(names) < 2:
            return labels
        x = values[:: -(-len(values) // ROWS)].float()
        random = torch.Generator().manual_seed(0)
        scores = CERTAIN * functional.one_hot(start, len(names)).float()
        scores.requires_grad_()
        optimizer = torch.optim.Adam([scores], lr=RATE)
        for step in range(self.steps):
            temperature = WARM + (COLD - WARM) * step / self.steps
            noise = torch.empty(scores.shape).exponential_(generator=random).log()
            chosen = ((scores - noise) / temperature).softmax(1)
            optimizer.zero_grad()
            chosen = functional.normalize(chosen, dim=0)  # so that P P^T is a projection
            sums = x @ chosen
            loss = _overlap(sums) + (sums @ chosen.T - x).square().mean()
            loss.backward()
            optimizer.step()
            settled = functional.one_hot(scores.detach().argmax(1), len(names)).float()
            if float(_overlap(x @ settled)) < self.target:
                break
        return names[scores.detach().argmax(1)]


def _overlap(sums: Float[Tensor, "N K"]) -> Float[Tensor, ""]:
    """The mean absolute cosine between different columns."""
    unit = functional.normalize(sums, dim=0)
    cosine = (unit.T @ unit).abs()
    count = cosine.shape[0]
    return (cosine.sum() - cosine.diagonal().sum()) / (count * (count - 1))
