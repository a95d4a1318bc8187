"""What one code alone lets one guess of a signal, and how wrong that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..nn.grouped import GroupedLinear, lowered


class Guessing(nn.Module):
    """Small networks that each write all channels from the entry behind one code.

    Args:
        shares: How many features the entries of each book have.
        hidden: How many features the hidden layer of each network has.
        channels: How many channels it writes.

    Example:
        >>> Guessing([1, 2], hidden=4, channels=5)(torch.ones(3, 3)).shape
        torch.Size([3, 2, 5])
    """

    def __init__(self, shares: Sequence[int], *, hidden: int, channels: int) -> None:
        super().__init__()
        wide = [hidden] * len(shares)
        self.read = GroupedLinear(shares, wide)
        self.write = GroupedLinear(wide, [channels] * len(shares))

    def forward(self, z: Float[Tensor, "N D"]) -> Float[Tensor, "N K C"]:
        """The guesses from entries that lie side by side."""
        made = self.write(self.read(z).relu())
        return made.unflatten(1, (len(self.write.writes), -1))

    def errors(
        self, z: Float[Tensor, "N D"], codes: Int[Tensor, "N K"], target: Float[Tensor, "N C"]
    ) -> Float[Tensor, "N K"]:
        """The mean squared error of each guess over the channels.

        Samples that share a code of a book share its guess. So it is worked out once for each
        code and not for each sample, which for books of few codes is most of the work, and no
        table of all guesses of all samples is made.

        Args:
            z: The entries, side by side.
            codes: Which entry of its book each one is.
            target: What is guessed; it gets no gradient.

        Example:
            >>> z, codes = torch.tensor([[1.0], [5.0], [1.0]]), torch.tensor([[0], [1], [0]])
            >>> guessing, target = Guessing([1], hidden=4, channels=5), torch.randn(3, 5)
            >>> apart = (guessing(z) - target[:, None]).square().mean(2)
            >>> torch.allclose(guessing.errors(z, codes, target), apart, atol=1e-5)
            True
        """
        layers = (self.read.weight, self.read.bias, self.write.weight, self.write.bias)
        tensors = lowered(z, *layers)
        with torch.autocast(z.device.type, enabled=False):  # errors keep all their digits
            met = _Met.of(codes)
            return _Errors.apply(met, self.read.reads, target.detach(), *tensors)  # pyright: ignore[reportReturnType]


@dataclass(frozen=True, slots=True)
class _Met:
    """The codes that some samples have, numbered from 0, book by book.

    Args:
        rows: The number of each sample's code of each book.
        spans: The numbers of each book's codes.
        samples: Some sample that has it, for each.
    """

    rows: Int[Tensor, "N K"]
    spans: tuple[slice, ...]
    samples: Int[Tensor, " R"]

    @classmethod
    def of(cls, codes: Int[Tensor, "N K"]) -> "_Met":
        """The codes that are met among these."""
        size, books = int(codes.max()) + 1, codes.shape[1]
        every = codes + size * torch.arange(books, device=codes.device)
        met = torch.bincount(every.flatten(), minlength=size * books) > 0
        ends = met.cumsum(0)
        rows = (ends - 1)[every]
        last = ends[size - 1 :: size].tolist()
        spans = tuple(slice(*pair) for pair in zip([0, *last], last, strict=False))
        order = torch.arange(len(codes), device=codes.device)[:, None].expand_as(rows)
        samples = rows.new_empty(last[-1]).scatter_(0, rows.flatten(), order.flatten())
        return cls(rows=rows, spans=spans, samples=samples)


class _Errors(torch.autograd.Function):
    r"""Errors $|t_c - x|^2 / C$ of the guesses $t_c$, of which there is one for each code met.

    With hidden features $h = \max(0, A e + a)$ and $t = B h + b$, the gradient of a sample's
    own entry is $2 A^\top (m_c \odot B^\top (t_c - x)) / C$, where $m_c$ says which of h are
    not zero: one part belongs to the code, and one to the sample.
    """

    @staticmethod
    def forward(
        ctx: Any, met: _Met, places: Any, target: Tensor, z: Tensor, *layers: Tensor
    ) -> Tensor:
        read, shift, write, offset = layers
        hidden = z.new_empty(len(met.samples), read.shape[2])
        table = z.new_empty(len(met.samples), write.shape[2])
        entries = [
            z[met.samples[span], place] for span, place in zip(met.spans, places, strict=True)
        ]
        for book, (span, entry) in enumerate(zip(met.spans, entries, strict=True)):
            own = torch.addmm(shift[book], entry, read[book, : entry.shape[1]]).relu_()
            hidden[span] = own
            torch.addmm(offset[book], own, write[book], out=table[span])
        ctx.save_for_backward(target, read, write, hidden, table, *entries)
        ctx.met, ctx.places, ctx.moves = met, places, ctx.needs_input_grad[3]
        guesses = table.to(target.dtype)
        apart = torch.addmm(guesses.square().sum(1), target, guesses.T, alpha=-2)
        errors = apart.gather(1, met.rows).add_(target.square().sum(1, keepdim=True))
        return errors.div_(target.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        target, read, write, hidden, table, *entries = ctx.saved_tensors
        pull = gradients[0] * (2 / target.shape[1])
        weights = pull.new_zeros(len(pull), len(table)).scatter_(1, ctx.met.rows, pull)
        wanted = (table * weights.sum(0)[:, None]).sub_(weights.T @ target).to(table.dtype)
        active = (hidden > 0).to(hidden.dtype)
        grown = [torch.zeros_like(layer) for layer in (read, read[:, :1], write, write[:, :1])]
        moved = table.new_empty(len(pull), ctx.places[-1].stop)
        seen = target.to(table.dtype)
        for book, (span, place, entry) in enumerate(
            zip(ctx.met.spans, ctx.places, entries, strict=True)
        ):
            back, own = write[book].T, read[book, : entry.shape[1]].T
            inner = (wanted[span] @ back).mul_(active[span])
            torch.mm(entry.T, inner, out=grown[0][book, : entry.shape[1]])
            torch.mm(hidden[span].T, wanted[span], out=grown[2][book])
            grown[1][book, 0], grown[3][book, 0] = inner.sum(0), wanted[span].sum(0)
            if ctx.moves:
                rows = ctx.met.rows[:, book] - span.start
                by_code = (table[span] @ back).mul_(active[span]) @ own
                by_sample = (seen @ back).mul_(active[span].index_select(0, rows)) @ own
                by_code = by_code.index_select(0, rows).sub_(by_sample)
                torch.mul(by_code, pull[:, book, None], out=moved[:, place])
        return None, None, None, moved if ctx.moves else None, *grown
