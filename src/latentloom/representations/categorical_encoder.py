"""The encoder that makes one vector of each category of features."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch
from ..core.names import nearest
from ..core.ranges import a_share, at_least
from ..core.roles import Encoder
from ..nn.grouped import Grouped, GroupedLinear, GroupedNorm, runs
from ..nn.mask import real_steps
from .families import FamilyEncoder


class CategoricalEncoder(Encoder):
    """Makes one vector of the features of each category, seeing no other category.

    Features of a family go through its family encoder first, those of each category through
    a network of their own. Then come two layers for each category, and a normalisation. All
    categories are worked out together. A signal of several steps is read step by step.

    Args:
        channels: How many channels a signal has.
        spans: How many channels each category has, in order.
        origins: The family of each channel and its time step there.
        embedding: How many features it makes of each category.
        hidden: How many features the layer before has.
        dropout: Share of its features that are dropped in training.
        families: How the features of a family are read, by its name; as they are, where it
            is not named.

    Raises:
        ValueError: If a number is out of range, or a family is not in the data or cannot be
            read so.

    Example:
        >>> encoder = CategoricalEncoder(5, (2, 3), (("shape", 0),) * 5, embedding=4, hidden=8)
        >>> encoder(Batch.of(torch.randn(6, 1, 5))).shape
        torch.Size([6, 1, 8])
    """

    stride = 1

    def __init__(
        self,
        channels: int,
        spans: tuple[int, ...],
        origins: tuple[tuple[str, int], ...],
        *,
        embedding: int = 64,
        hidden: int = 128,
        dropout: float = 0.0,
        families: dict[str, FamilyEncoder] | None = None,
    ) -> None:
        super().__init__()
        at_least(1, embedding=embedding, hidden=hidden)
        a_share(dropout=dropout)
        self.width = embedding * len(spans)
        self.families = Families(spans, origins, families or {})
        many = len(spans)
        self.embed = nn.Sequential(
            GroupedLinear(self.families.widths, [hidden] * many),
            nn.ReLU(),
            nn.Dropout(dropout),
            GroupedLinear([hidden] * many, [embedding] * many),
            GroupedNorm([embedding] * many),
        )
        self.columns = Grouped(runs([embedding] * many))

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        values = batch.values
        real = real_steps(batch.context.lengths, values.shape[1])
        rows = values.flatten(0, 1) if real is None else values[real]
        made = self.columns.side_by_side(self.embed(self.families(rows)))
        if real is None:
            return made.unflatten(0, values.shape[:2])
        spread = made.new_zeros(*real.shape, self.width)
        spread[real] = made
        return spread


class Families(nn.Module):
    """Reads families, and stacks what it reads by category.

    Args:
        spans: How many channels each category has.
        origins: The family of each channel and its time step there.
        families: How the features of a family are read, by its name.

    Raises:
        ValueError: If a family is not in the data or cannot be read so.

    Attributes:
        widths: How many features it makes of each category.
    """

    def __init__(
        self,
        spans: tuple[int, ...],
        origins: tuple[tuple[str, int], ...],
        families: Mapping[str, FamilyEncoder],
    ) -> None:
        super().__init__()
        names = [name for name, _ in origins]
        self.views = nn.ModuleList()
        self.readings = nn.ModuleList()
        kept: list[list[int]] = runs(spans)
        columns = len(names)
        for name, encoder in families.items():
            if name not in names:
                raise ValueError(
                    f"families must name families of the data, got {name!r}{nearest(name, names)}"
                )
            own = [[column for column in category if names[column] == name] for category in kept]
            having = [category for category, mine in enumerate(own) if mine]
            sizes = [len(own[category]) for category in having]
            steps = 1 + max(step for family, step in origins if family == name)
            reading = encoder.reading(sizes, steps)
            if reading is None:
                continue
            self.views.append(Grouped([own[category] for category in having]))
            self.readings.append(reading)
            for category in having:
                made = list(range(columns, columns + reading.width))
                kept[category] = [c for c in kept[category] if c not in own[category]] + made
                columns += reading.width
            names += [""] * (columns - len(names))
        self.stack = Grouped(kept)
        self.widths = self.stack.widths

    def forward(self, x: Float[Tensor, "N C"]) -> Float[Tensor, "G N W"]:
        read = [
            reading(view(x)).transpose(0, 1).flatten(1)
            for view, reading in zip(self.views, self.readings, strict=True)
        ]
        return self.stack(torch.cat([x, *read], 1))
