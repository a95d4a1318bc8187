"""The order of the slots of a set, so that one slot means much the same in every sample."""

from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.errors import DataError
from ...core.ranges import at_least
from ..dataset import Dataset
from .columns import find, need, real, real_lengths
from .transform import Transform

Order = Literal["morton", "hilbert", "template"]

CENTRE = ("x", "y")
BITS = 16  # of a coordinate along a curve: finer than any image
LAST = 2 ** (2 * BITS)  # beyond every place on a curve
MATCHED = 256  # sets of the train split from which a template is made


class SlotOrder(Transform):
    r"""Sorts the slots of each set by where they lie, so that slot i means much the same.

    A set has no order, but a network that reads slots one after the other learns from one.
    The orders, all by the channels `x` and `y` of the centre:

    - `morton` follows the Z-curve: the bits of both coordinates, interleaved. Near slots
      are near in the image, but it jumps, and a tiny move can send a slot far along.
    - `hilbert` follows the Hilbert curve, whose neighbours are neighbours in the image.
    - `template` learns one place for each slot, by matching sets and averaging what was
      matched, and then gives every slot the element that is matched to it at least sum of
      squared distances. With fewer elements than slots, those that were matched keep the
      template's order. It takes the cube of the number of slots: for 512 some milliseconds
      a set.

    Centres are measured between the least and the greatest of the train split. Undoing
    leaves the order as it is: a set is the same set in any order, and new sets have none.

    Args:
        order: How slots are sorted.
        rounds: How often sets are matched and averaged to learn a template.

    Raises:
        DataError: If there is no channel `x` or `y`, or there is a drive, whose steps could
            not follow.

    Example:
        >>> from latentloom.data.dataset import Quantity, Schema
        >>> schema = Schema(series=(Quantity("x"), Quantity("y")))
        >>> values = torch.tensor([[[0.9, 0.9], [0.1, 0.1], [0.9, 0.1]]])
        >>> order = SlotOrder(order="morton")
        >>> order.fit(Dataset(schema=schema, series=values))
        >>> order.apply(Dataset(schema=schema, series=values)).series[0, :, 0].tolist()
        [0.10000000149011612, 0.8999999761581421, 0.8999999761581421]

    References:
        A computer oriented geodetic data base (Morton, 1966)
        Über die stetige Abbildung einer Linie auf ein Flächenstück (Hilbert, 1891)
        https://doi.org/10.1007/BF01199431
        Fast Computation of Wasserstein Barycenters (Cuturi and Doucet, 2014), algorithm 2,
        with the weights fixed, for the template
        https://arxiv.org/abs/1310.4375
    """

    def __init__(self, *, order: Order = "hilbert", rounds: int = 4) -> None:
        at_least(1, rounds=rounds)
        self.order: Order = order
        self.rounds = rounds

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        if dataset.schema.drive:
            names = list(dataset.schema.names("drive"))
            raise DataError("drive", f"must not be there where slots are sorted, got {names}")
        values = need(dataset, "series")
        columns = [find(dataset.schema, "series", name) for name in CENTRE]
        centres = values[..., columns][real(dataset)].double()
        low, high = centres.amin(0), centres.amax(0)
        learned = {"low": low, "range": (high - low).where(high > low, 1.0)}
        if self.order == "template":
            learned["template"] = self._template(dataset, columns, learned)
        return learned

    def apply(self, dataset: Dataset) -> Dataset:
        if dataset.series is None:
            return dataset
        lengths, state = real_lengths(dataset), self.state()
        columns = [find(self.schema, "series", name) for name in CENTRE]
        places = _placed(dataset.series[..., columns], state)
        if self.order == "template":
            keys = torch.stack(
                [
                    _matched(set_[:length], state["template"], len(set_))
                    for set_, length in zip(places, lengths.tolist(), strict=True)
                ]
            )
        else:
            keys = (_hilbert if self.order == "hilbert" else _morton)(_on_grid(places))
        keys = keys.masked_fill(~real(dataset), LAST)
        rows = keys.argsort(stable=True, dim=1)[..., None].expand_as(dataset.series)
        return replace(dataset, series=dataset.series.gather(1, rows))

    def invert(self, dataset: Dataset) -> Dataset:
        return dataset

    def _template(
        self, dataset: Dataset, columns: list[int], learned: dict[str, Tensor]
    ) -> Float[Tensor, "T 2"]:
        """Points that are the means of what is matched to them, over some of the sets."""
        some = dataset.take(torch.linspace(0, dataset.size - 1, min(dataset.size, MATCHED)).long())
        places = _placed(need(some, "series")[..., columns], learned)
        every = places[real(some)]
        along = every[_hilbert(_on_grid(every[None]))[0].argsort()]
        slots = dataset.steps  # the middles of as many equal stretches of the curve
        middles = (torch.arange(slots).double() + 0.5) / slots * len(along)
        template = along[middles.long()]
        for _ in range(self.rounds):
            sums, counts = torch.zeros_like(template), torch.zeros(slots, dtype=torch.double)
            for set_, length in zip(places, real_lengths(some).tolist(), strict=True):
                slot = _matched(set_[:length], template, length)
                sums.index_add_(0, slot, set_[:length])
                counts.index_add_(0, slot, torch.ones(length, dtype=torch.double))
            met = counts > 0
            template[met] = sums[met] / counts[met, None]
        return template


def _placed(centres: Float[Tensor, "N T 2"], state: dict[str, Tensor]) -> Float[Tensor, "N T 2"]:
    """Centres as shares of the range of the train split."""
    return (centres.double() - state["low"]) / state["range"]


def _on_grid(places: Float[Tensor, "N T 2"]) -> Int[Tensor, "N T 2"]:
    return (places.clamp(0, 1) * (2**BITS - 1)).round().long()


def _matched(set_: Float[Tensor, "M 2"], template: Float[Tensor, "T 2"], slots: int) -> Tensor:
    """The slot of the template that each element is matched to; 0 for those behind the set."""
    from scipy.optimize import linear_sum_assignment  # takes long to load, and few match

    cost = torch.cdist(set_, template).square()
    chosen = torch.zeros(slots, dtype=torch.long)
    rows, columns = linear_sum_assignment(cost.numpy())
    chosen[torch.from_numpy(rows)] = torch.from_numpy(columns)
    return chosen


def _morton(grid: Int[Tensor, "N T 2"]) -> Int[Tensor, "N T"]:
    """Place on the Z-curve: the bits of both coordinates, interleaved."""
    code = torch.zeros_like(grid[..., 0])
    for bit in range(BITS):
        x, y = ((grid >> bit) & 1).unbind(-1)
        code |= (x << (2 * bit)) | (y << (2 * bit + 1))
    return code


def _hilbert(grid: Int[Tensor, "N T 2"]) -> Int[Tensor, "N T"]:
    """Place on the Hilbert curve, from the coarsest quarter to the finest."""
    x, y = grid.unbind(-1)
    code = torch.zeros_like(x)
    for bit in reversed(range(BITS)):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        code |= ((3 * right) ^ up) << (2 * bit)
        # The curve inside a quarter is the whole one turned, or turned and flipped.
        flipped = (up == 0) & (right == 1)
        end = (1 << bit) - 1
        x, y = x & end, y & end
        x, y = torch.where(flipped, end - x, x), torch.where(flipped, end - y, y)
        x, y = torch.where(up == 0, y, x), torch.where(up == 0, x, y)
    return code
