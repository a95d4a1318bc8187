"""What one code alone lets one guess of a signal."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..nn.grouped import GroupedLinear, lowered


class Guessing(nn.Module):
    """Small networks that each write all channels from the entry behind one code.

    Samples that share a code of a book share its guess. So that it is worked out once for
    each code and not for each sample, which for books of few codes is most of the work.

    Args:
        shares: How many features the entries of each book have.
        hidden: How many features the hidden layer of each network has.
        channels: How many channels it writes.

    Example:
        >>> z = torch.tensor([[0.0, 1.0, 2.0], [0.0, 5.0, 6.0]])
        >>> codes = torch.tensor([[3, 0], [3, 1]])
        >>> guesses = Guessing([1, 2], hidden=4, channels=5)(z, codes)
        >>> guesses.shape, bool((guesses[0, 0] == guesses[1, 0]).all())
        (torch.Size([2, 2, 5]), True)
    """

    def __init__(self, shares: Sequence[int], *, hidden: int, channels: int) -> None:
        super().__init__()
        wide = [hidden] * len(shares)
        self.read = GroupedLinear(shares, wide)
        self.write = GroupedLinear(wide, [channels] * len(shares))

    @torch.compiler.disable
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, z: Float[Tensor, "N D"], codes: Int[Tensor, "N K"] | None = None
    ) -> Float[Tensor, "N K C"]:
        """The guesses.

        Args:
            z: The entries, side by side.
            codes: Which entry of its book each one is; if they are not known, each sample
                is worked out by itself.
        """
        if codes is None:
            made = self.write(self.read(z).relu())
            return made.unflatten(1, (len(self.write.writes), -1))
        layers = (self.read.weight, self.read.bias, self.write.weight, self.write.bias)
        return _ByCode.apply(codes, self.read.reads, *lowered(z, *layers))  # pyright: ignore[reportReturnType]


class _ByCode(torch.autograd.Function):
    """The networks' guesses from a table with a row for each code.

    The gradient of the parameters is that of the table's rows, each with the sum of what its
    samples want; that of z is each sample's own.
    """

    @staticmethod
    def forward(ctx: Any, codes: Tensor, places: Any, z: Tensor, *layers: Tensor) -> Tensor:
        read, shift, write, offset = layers
        books, size = len(read), int(codes.max()) + 1
        samples = torch.arange(len(codes), device=codes.device).expand(books, -1)
        # some sample of each code; of a code without samples the first, whose guess none asks for
        first = codes.new_zeros(books, size).scatter_(1, codes.mT, samples)
        entries = z.new_zeros(books, size, read.shape[1])
        for own, rows, place in zip(entries, first, places, strict=True):
            own[:, : place.stop - place.start] = z[:, place].index_select(0, rows)
        hidden = torch.baddbmm(shift, entries, read).relu_()
        table = torch.baddbmm(offset, hidden, write)
        rows = codes + size * torch.arange(books, device=codes.device)
        ctx.save_for_backward(rows, entries, hidden, read, write)
        ctx.places = places
        return F.embedding(rows, table.flatten(0, 1))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        rows, entries, hidden, read, write = ctx.saved_tensors
        wanted = gradient.new_zeros(hidden.shape[0] * hidden.shape[1], gradient.shape[2])
        wanted.index_add_(0, rows.flatten(), gradient.flatten(0, 1))
        wanted = wanted.view(*hidden.shape[:2], -1)
        active = (hidden > 0).to(hidden.dtype)
        inner = torch.bmm(wanted, write.mT) * active
        layers = (
            torch.bmm(entries.mT, inner),
            inner.sum(1, keepdim=True),
            torch.bmm(hidden.mT, wanted),
            wanted.sum(1, keepdim=True),
        )
        if not ctx.needs_input_grad[2]:
            return None, None, None, *layers
        flat = active.flatten(0, 1)
        moved = [
            (gradient[:, book] @ write[book].T).mul_(flat.index_select(0, rows[:, book]))
            @ read[book, : place.stop - place.start].T
            for book, place in enumerate(ctx.places)
        ]
        return None, None, torch.cat(moved, 1), *layers
