"""Conditioning by feature-wise scales and shifts."""

from jaxtyping import Float
from torch import Tensor, nn


class Film(nn.Module):
    r"""Scales and shifts features by what is known of a signal: $(1 + a(c)) \, x + b(c)$.

    It starts as the identity, so that a new condition cannot harm at first.

    Args:
        known: Length of the vector that is known of each signal.
        width: How many features are scaled.

    References:
        FiLM: Visual Reasoning with a General Conditioning Layer (Perez et al., 2017), eq. 2
        https://arxiv.org/abs/1709.07871
    """

    def __init__(self, known: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(known, 2 * width)
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(
        self, x: Float[Tensor, "B S W"], known: Float[Tensor, "B P"]
    ) -> Float[Tensor, "B S W"]:
        scale, shift = self.project(known)[:, None].chunk(2, -1)
        return x + x * scale + shift


class Embedding(nn.Module):
    """Turns the conditions of a signal into the vector that every `Film` of a part reads.

    Args:
        conditions: How many scalars are known of a signal; at least 1.
        width: Length of the vector.
    """

    def __init__(self, conditions: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(conditions, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )

    def forward(self, condition: Float[Tensor, "B F"]) -> Float[Tensor, "B P"]:
        return self.layers(condition)
