"""Bricks that hold S independent networks and run all of them in one pass.

Small networks cost what calling them costs: S at once take little longer than one. Network s
reads slice s of its input and nothing else, so that what they learn is what each would have
learned alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from ..core.ranges import at_least
from .gated import Recurrence


def sources(seeds: Sequence[int]) -> list[Generator]:
    """One source of random numbers for each network, so that none depends on the others."""
    return [Generator().manual_seed(seed) for seed in seeds]


def glorot(
    random: Sequence[Generator], *shape: int, before: int, after: int
) -> Float[Tensor, "S ..."]:
    r"""Weights drawn uniformly from $\pm\sqrt{6 / (\mathrm{before} + \mathrm{after})}$.

    Args:
        random: Where each network draws from.
        shape: Of the weights of one network.
        before: How many features each output reads.
        after: How many outputs each feature is read by.

    References:
        Understanding the difficulty of training deep feedforward neural networks (Glorot and
        Bengio, 2010) https://proceedings.mlr.press/v9/glorot10a.html, equation (16).
    """
    limit = (6 / (before + after)) ** 0.5
    drawn = [torch.rand(*shape, generator=generator) for generator in random]
    return (2 * torch.stack(drawn) - 1) * limit


def last(states: Float[Tensor, "S B T H"], lengths: Int[Tensor, "S B"]) -> Float[Tensor, "S B H"]:
    """What stood at the last real step of each signal.

    Example:
        >>> states = torch.arange(3.0).reshape(1, 1, 3, 1)
        >>> last(states, torch.tensor([[2]])).item()
        1.0
    """
    place = (lengths - 1)[..., None, None].expand(*lengths.shape, 1, states.shape[-1])
    return states.gather(2, place)[:, :, 0]


class StackedLinear(nn.Module):
    """S affine maps of features.

    Args:
        inputs: How many features there are before.
        outputs: How many features there are after.
        random: Where each network draws its first weights from; as many as there are
            networks.

    Example:
        >>> StackedLinear(2, 3, random=sources([0, 1]))(torch.ones(2, 5, 2)).shape
        torch.Size([2, 5, 3])
    """

    def __init__(self, inputs: int, outputs: int, *, random: Sequence[Generator]) -> None:
        super().__init__()
        at_least(1, inputs=inputs, outputs=outputs, networks=len(random))
        self.weight = nn.Parameter(glorot(random, inputs, outputs, before=inputs, after=outputs))
        self.bias = nn.Parameter(torch.zeros(len(random), 1, outputs))

    def forward(self, x: Float[Tensor, "S *R I"]) -> Float[Tensor, "S *R O"]:
        y = torch.baddbmm(self.bias, x.reshape(len(x), -1, x.shape[-1]), self.weight)
        return y.view(*x.shape[:-1], -1)


class StackedGru(nn.Module):
    r"""S gated recurrent networks, as TensorFlow 1 builds them.

    $r, u = \sigma([x, h] W_g + b_g)$, $c = \tanh([x, r \odot h] W_c + b_c)$,
    $h' = u \odot h + (1 - u) \odot c$. It differs from the GRU of PyTorch in that the reset
    gate acts on the state before the product and that the gates start half open, with
    biases of 1; kernels are drawn as `glorot` says.

    Args:
        inputs: How many features a step has before.
        width: How many features its state has.
        random: Where each network draws its first weights from; as many as there are
            networks.

    Example:
        >>> StackedGru(2, 3, random=sources([0, 1]))(torch.ones(2, 5, 4, 2)).shape
        torch.Size([2, 5, 4, 3])
    """

    def __init__(self, inputs: int, width: int, *, random: Sequence[Generator]) -> None:
        super().__init__()
        at_least(1, inputs=inputs, width=width, networks=len(random))
        rows = inputs + width
        gates = glorot(random, rows, 2 * width, before=rows, after=2 * width)
        candidate = glorot(random, rows, width, before=rows, after=width)
        read = torch.cat((gates[:, :inputs], candidate[:, :inputs]), 2)
        self.read = nn.Parameter(read)
        self.gates = nn.Parameter(gates[:, inputs:].contiguous())
        self.candidate = nn.Parameter(candidate[:, inputs:].contiguous())
        bias = torch.ones(len(random), 3 * width, 1)
        bias[:, 2 * width :] = 0
        self.bias = nn.Parameter(bias)

    def forward(self, x: Float[Tensor, "S B T C"]) -> Float[Tensor, "S B T H"]:
        """The state after each step; one step never depends on later ones."""
        start = x.new_zeros(len(x), self.candidate.shape[1], x.shape[1])
        return self._states(x, start).permute(0, 3, 2, 1)

    def at_end(
        self, x: Float[Tensor, "S B T C"], lengths: Int[Tensor, "S B"]
    ) -> Float[Tensor, "S B H"]:
        """The state after the last real step of each signal, at no cost for those that are over.

        The signals are laid out from the longest to the shortest; from stretch to stretch
        fewer of them go on.
        """
        order = lengths.argsort(1, descending=True)
        ends = lengths.gather(1, order)
        x = x.take_along_dim(order[..., None, None], 1)
        state = x.new_zeros(len(x), self.candidate.shape[1], x.shape[1])
        found, begun = state, 0
        for stop in _stretches(ends):
            going = int((ends.amax(0) > begun).sum())
            states = self._states(x[:, :going, begun:stop], state[..., :going])
            state, own = states[:, :, -1], ends[:, :going]
            place = (own - 1 - begun).clamp(0, stop - begun - 1)[:, None, None]
            here = states.take_along_dim(place, 2)[:, :, 0]
            over = ((own > begun) & (own <= stop))[:, None]
            kept = torch.where(over, here, found[..., :going])
            found, begun = torch.cat((kept, found[..., going:]), -1), stop
        return found.mT.take_along_dim(order.argsort(1)[..., None], 1)

    def _states(
        self, x: Float[Tensor, "S B T C"], start: Float[Tensor, "S H B"]
    ) -> Float[Tensor, "S H T B"]:
        networks, signals, steps, inputs = x.shape
        columns = x.permute(0, 3, 2, 1).reshape(networks, inputs, steps * signals)
        drive = torch.baddbmm(self.bias, self.read.mT, columns)
        drive = drive.view(networks, -1, steps, signals)
        states: Tensor = Recurrence.apply(drive, self.gates, self.candidate, start)
        return states


def _stretches(ends: Int[Tensor, "S B"]) -> list[int]:
    """Where stretches of steps end, so that about half of the signals are over in each."""
    longest, place = ends.amax(0), ends.shape[1] - 1
    stops = [int(longest[0])]
    while place:
        place //= 2
        stops.append(int(longest[place]))
    return sorted({*stops})


class StackedConv1d(nn.Module):
    """S convolutions along time that give as many steps as they are given.

    Args:
        inputs: How many features a step has before.
        outputs: How many features a step has after.
        kernel: How many steps it sees at once; odd.
        random: Where each network draws its first weights from; as many as there are
            networks.

    Raises:
        ValueError: If the kernel is not odd.

    Example:
        >>> StackedConv1d(2, 3, 5, random=sources([0, 1]))(torch.ones(2, 5, 4, 2)).shape
        torch.Size([2, 5, 4, 3])
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, random: Sequence[Generator]
    ) -> None:
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {kernel}")
        at_least(1, inputs=inputs, outputs=outputs, networks=len(random))
        self.weight = nn.Parameter(
            glorot(random, outputs, inputs, kernel, before=inputs * kernel, after=outputs * kernel)
        )
        self.bias = nn.Parameter(torch.zeros(len(random), outputs))

    def forward(self, x: Float[Tensor, "S B T C"]) -> Float[Tensor, "S B T W"]:
        networks, signals, steps, _ = x.shape
        side_by_side = x.permute(1, 0, 3, 2).reshape(signals, -1, steps)
        kernel = self.weight.shape[-1]
        y = F.conv1d(
            side_by_side,
            self.weight.flatten(0, 1),
            self.bias.flatten(),
            padding=kernel // 2,
            groups=networks,
        )
        return y.view(signals, networks, -1, steps).permute(1, 0, 3, 2)
