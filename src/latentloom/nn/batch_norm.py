"""Layers that are normalised over a batch, where only real steps count."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .convolution import Conv1d, Padding
from .mask import keep


class BatchNorm(nn.Module):
    r"""Normalises each feature over the real steps of all signals of a batch.

    $y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$. In training, mean and variance
    are those of the batch, and their averages over the steps are kept for afterwards; a
    batch of one step alone, which has no variance, is normalised by those averages.

    Args:
        width: How many features a step has.

    Example:
        >>> x = torch.tensor([[[1.0], [3.0], [99.0]]])
        >>> BatchNorm(1)(x, torch.tensor([[True, True, False]])).round().flatten().tolist()
        [-1.0, 1.0, 0.0]

    References:
        Batch Normalization (Ioffe and Szegedy, 2015), algorithm 1
        https://arxiv.org/abs/1502.03167
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)

    def forward(
        self, x: Float[Tensor, "B T W"], real: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T W"]:
        """The normalised steps; zero where they are padding."""
        if real is None:
            return self._normalised(x.flatten(0, 1)).view_as(x)
        made = self._normalised(x[real])
        return torch.zeros_like(x, dtype=made.dtype).masked_scatter(real[..., None], made)

    def _normalised(self, rows: Float[Tensor, "N W"]) -> Float[Tensor, "N W"]:
        if self.training and len(rows) < 2:
            norm = self.norm
            return F.batch_norm(
                rows, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
            )
        return self.norm(rows)


class ConvUnit(nn.Module):
    r"""A convolution, normalised: $\mathrm{drop}(\mathrm{elu}(\mathrm{norm}(K * x)))$.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        kernel: How many steps it sees at once; odd.
        padding: What lies beyond the ends.
        dropout: Share of the features that are dropped in training.

    References:
        Fast and Accurate Deep Network Learning by Exponential Linear Units (Clevert et al.,
        2015) https://arxiv.org/abs/1511.07289
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, padding: Padding, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.look = Conv1d(inputs, outputs, kernel, padding=padding)
        self.norm = BatchNorm(outputs)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "B T C"], real: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T W"]:
        """What it sees; steps that are padding must be zero, and are."""
        return self.dropout(F.elu(self.norm(self.look(x), real)))


class ResidualUnit(nn.Module):
    r"""Two convolutions beside a short way: $\mathrm{elu}(F(x) + W x)$.

    $F$ is a convolution, a norm, an ELU and dropout, another convolution and a norm. The
    short way is the identity where the widths are equal, else a linear map of each step.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        kernel: How many steps each convolution sees at once; odd.
        padding: What lies beyond the ends.
        dropout: Share of the features that are dropped in training.

    References:
        Deep Residual Learning for Image Recognition (He et al., 2015), eq. 2
        https://arxiv.org/abs/1512.03385
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, padding: Padding, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.first = ConvUnit(inputs, outputs, kernel, padding=padding, dropout=dropout)
        self.second = Conv1d(outputs, outputs, kernel, padding=padding)
        self.norm = BatchNorm(outputs)
        self.short = nn.Identity() if inputs == outputs else nn.Linear(inputs, outputs)

    def forward(
        self, x: Float[Tensor, "B T C"], real: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T W"]:
        """What it sees; steps that are padding must be zero, and are."""
        seen = self.norm(self.second(self.first(x, real)), real)
        return F.elu(seen + keep(self.short(x), real))


class DenseUnit(nn.Module):
    r"""A linear map of each step, normalised: $\mathrm{elu}(\mathrm{norm}(W x))$.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.map = nn.Linear(inputs, outputs)
        self.norm = BatchNorm(outputs)

    def forward(
        self, x: Float[Tensor, "B S C"], real: Bool[Tensor, "B S"] | None = None
    ) -> Float[Tensor, "B S W"]:
        return F.elu(self.norm(self.map(x), real))
