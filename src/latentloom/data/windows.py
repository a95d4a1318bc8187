"""Windows of long series, and parts of them that share no step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from ..core.ranges import at_least
from .dataset import Dataset
from .splits import Groups

BLOCKS = 20  # of a single series, where nobody says how many
SOURCE, START = "source", "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Cuts long series into windows of equal length.

    Args:
        length: Steps of a window.
        stride: Steps from the beginning of one window to that of the next.
        blocks: Into how many blocks of time each series is divided; windows of one block
            are one group, and none reaches into another block. None is 20 for a single
            series, and 1 for each of several or where samples have groups.

    Raises:
        ValueError: If a number is less than 1.

    Example:
        >>> from .dataset import Quantity, Schema
        >>> ramp = Dataset(schema=Schema(series=(Quantity("x"),)),
        ...                series=torch.arange(10.0).reshape(1, 10, 1))
        >>> cut = Windows(length=3, stride=2, blocks=2)(ramp)
        >>> cut.series[..., 0].tolist()
        [[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [5.0, 6.0, 7.0], [7.0, 8.0, 9.0]]
        >>> cut.group.tolist()
        [0, 0, 1, 1]
    """

    length: int
    stride: int = 1
    blocks: int | None = None

    def __post_init__(self) -> None:
        at_least(1, length=self.length, stride=self.stride)
        if self.blocks is not None:
            at_least(1, blocks=self.blocks)

    def __call__(self, dataset: Dataset) -> Dataset:
        """The windows of all series, in the order of the series and of time.

        Raises:
            ValueError: If there are no series, or none is as long as a window.
        """
        spans = _spans(dataset, self.blocks, gap=0)
        room = spans.steps - self.length
        if not (room >= 0).any():
            raise ValueError(_too_long(dataset, spans, self.length))
        counts = np.maximum(room // self.stride + 1, 0)
        first = np.repeat(counts.cumsum() - counts, counts)
        begin = np.repeat(spans.begin, counts)
        begin += self.stride * (np.arange(counts.sum()) - first)
        cut = _Spans(
            rows=np.repeat(spans.rows, counts),
            begin=begin,
            steps=np.full(len(begin), self.length),
            group=np.repeat(spans.group, counts),
            word="window",
        )
        return _cut(dataset, cut)


def windows(
    dataset: Dataset, length: int, *, stride: int = 1, blocks: int | None = None
) -> Dataset:
    """Windows of long series, with their drive and conditions.

    The extras `source` and `start` say from which series, counted from 0, and from which of
    its steps each window is. Windows of equal group share steps; those of different groups
    never do, so that a split by groups is honest. Series that are shorter than a window are
    left out.

    Args:
        dataset: The series.
        length: Steps of a window.
        stride: Steps from the beginning of one window to that of the next.
        blocks: Into how many blocks of time each series is divided, as `Windows` says.

    Raises:
        ValueError: If a number is less than 1, there are no series, or none is as long as a
            window.

    Example:
        >>> from .dataset import Quantity, Schema
        >>> ramp = Dataset(schema=Schema(series=(Quantity("x"),)),
        ...                series=torch.arange(10.0).reshape(1, 10, 1))
        >>> windows(ramp, 4, stride=3, blocks=1).extras["start"].flatten().tolist()
        [0.0, 3.0, 6.0]
    """
    return Windows(length=length, stride=stride, blocks=blocks)(dataset)


def split_blocks(
    dataset: Dataset, share: float, *, blocks: int | None = None, gap: int = 0, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """Two parts of long series that share no step, to be cut into windows each by itself.

    Whole blocks of time are held out at random, or whole series where each is one block.

    Args:
        dataset: The series.
        share: Share of the blocks that is held out, in (0, 1).
        blocks: Into how many blocks of time each series is divided, as `Windows` says.
        gap: Steps that are left out between blocks that follow one another.
        seed: Of the blocks.

    Returns:
        What may be learned from, and what is held out: each block a series of its own, with
        its `source`, its `start` and a group.

    Raises:
        ValueError: If the share is not in (0, 1), or there are too few blocks or steps.

    Example:
        >>> from .dataset import Quantity, Schema
        >>> ramp = Dataset(schema=Schema(series=(Quantity("x"),)),
        ...                series=torch.arange(100.0).reshape(1, 100, 1))
        >>> train, held = split_blocks(ramp, 0.2, blocks=5)
        >>> train.size, held.size, windows(held, 8).size
        (4, 1, 13)
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be in (0, 1), got {share}")
    at_least(0, gap=gap)
    spans = _spans(dataset, blocks, gap=gap)
    count = len(np.unique(spans.group))
    if count < 2:
        raise ValueError(
            f"a part is held out of at least 2 blocks or groups of series, got {count}"
        )
    pieces = _cut(dataset, spans)
    split = Groups(train=1 - share, validation=0.0)(pieces, seed)
    return pieces.take(split.train), pieces.take(split.test)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """Stretches of time: of which series, from where, how long, and of which group."""

    rows: Int[np.ndarray, " M"]
    begin: Int[np.ndarray, " M"]
    steps: Int[np.ndarray, " M"]
    group: Int[np.ndarray, " M"]
    word: str


def _spans(dataset: Dataset, blocks: int | None, *, gap: int) -> _Spans:
    """The blocks of all series."""
    if not dataset.steps:
        raise ValueError("series are cut into windows, and this dataset has none")
    if blocks is None:
        blocks = BLOCKS if dataset.size == 1 and dataset.group is None else 1
    ends = np.round(_extent(dataset)[:, None] * np.linspace(0, 1, blocks + 1)).astype(int)
    begin, end = ends[:, :-1].copy(), ends[:, 1:]
    begin[:, 1:] += gap
    if (end <= begin).any():
        raise ValueError(
            f"blocks must have steps, got {blocks} of a series of {_extent(dataset).min()}"
            f" with a gap of {gap}"
        )
    known = np.arange(dataset.size) if dataset.group is None else dataset.group.numpy()
    return _Spans(
        rows=np.repeat(np.arange(dataset.size), blocks),
        begin=begin.ravel(),
        steps=(end - begin).ravel(),
        group=(known[:, None] * blocks + np.arange(blocks)).ravel(),
        word="block" if blocks > 1 or START in dataset.extras else "series",
    )


def _extent(dataset: Dataset) -> Int[np.ndarray, " N"]:
    if dataset.lengths is None:
        return np.full(dataset.size, dataset.steps)
    return dataset.lengths.numpy()


def _cut(dataset: Dataset, spans: _Spans) -> Dataset:
    """Each stretch as a sample of its own; whatever has the steps of the series is cut too."""
    rows, begin = torch.from_numpy(spans.rows), torch.from_numpy(spans.begin)
    lengths, longest = torch.from_numpy(spans.steps), int(spans.steps.max())
    time = torch.arange(longest)
    index = (begin[:, None] + time).clamp(max=dataset.steps - 1)
    real = time < lengths[:, None]
    whole = longest == dataset.steps and bool(real.all())

    def stretch(array: Tensor) -> Tensor:
        return torch.where(
            real.view(*real.shape, *[1] * (array.ndim - 2)), array[rows[:, None], index], 0
        )

    arrays = {
        name: stretch(array) if _has_steps(name, array, dataset.steps) else array[rows]
        for name, array in dataset.arrays().items()
    }
    arrays["group"] = torch.from_numpy(spans.group)
    arrays.pop("lengths", None)
    if not bool(real.all()):
        arrays["lengths"] = lengths
    schema = replace(dataset.schema, periodic=dataset.schema.periodic and whole)
    return Dataset.of(schema, arrays | _origin(dataset, rows, begin))


def _too_long(dataset: Dataset, spans: _Spans, length: int) -> str:
    """Why no stretch is as long as a window, and what would be."""
    longest = dataset.steps if dataset.lengths is None else int(dataset.lengths.max())
    if spans.word == "block" and length <= longest:
        most, cure = int(spans.steps.max(initial=0)), f"; take at most {longest // length} blocks"
        return f"length must be at most {most} steps, the longest block, got {length}{cure}"
    cut = {SOURCE, START} <= dataset.extras.keys()  # what is held out was cut before
    word, cure = ("block", "; take fewer blocks") if cut else ("series", "")
    return f"length must be at most {longest} steps, the longest {word}, got {length}{cure}"


def _has_steps(name: str, array: Tensor, steps: int) -> bool:
    kind, _, _ = name.partition("/")
    return name in ("series", "drive") or (kind == "extras" and 1 < steps == array.shape[1])


def _origin(
    dataset: Dataset, rows: Int[Tensor, " M"], begin: Int[Tensor, " M"]
) -> dict[str, Tensor]:
    """Where stretches are from; of stretches of stretches, where those were from."""
    source, start = rows[:, None].float(), begin[:, None].float()
    if {SOURCE, START} <= dataset.extras.keys():
        source, start = dataset.extras[SOURCE][rows], dataset.extras[START][rows] + start
    return {f"extras/{SOURCE}": source, f"extras/{START}": start}
