"""The encoder that makes one vector of each category of features."""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Batch
from ..core.names import nearest
from ..core.ranges import a_share, at_least
from ..core.roles import Encoder
from ..nn.grouped import GroupedNorm, perceptron, places
from ..nn.mask import real_steps
from .families import FamilyEncoder


class CategoricalEncoder(Encoder):
    """Makes one vector of the features of each category, seeing no other category.

    Features of a family go through its family encoder first, those of each category through
    a network of their own. Then come two layers for each category, or a linear map, and a
    normalisation. All categories are worked out together. A signal of several steps is read
    step by step.

    Args:
        channels: How many channels a signal has.
        spans: How many channels each category has, in order.
        origins: The family of each channel and its time step there.
        embedding: How many features it makes of each category.
        hidden: How many features the layer before has; 0 for a linear map, which needs the
            fewest samples.
        dropout: Share of its features, or of what is read if there are none, dropped in
            training.
        normalise: Whether the features of each category are normalised over themselves
            (`layer`) or left as they are (`none`).
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
        normalise: Literal["layer", "none"] = "layer",
        families: dict[str, FamilyEncoder] | None = None,
    ) -> None:
        super().__init__()
        at_least(1, embedding=embedding)
        at_least(0, hidden=hidden)
        a_share(dropout=dropout)
        self.width = embedding * len(spans)
        self.families = Families(spans, origins, families or {})
        after = [embedding] * len(spans)
        norm = GroupedNorm(after) if normalise == "layer" else nn.Identity()
        self.embed = nn.Sequential(*perceptron(self.families.widths, hidden, after, dropout), norm)

    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]:
        values = batch.values
        real = real_steps(batch.context.lengths, values.shape[1])
        rows = values.flatten(0, 1) if real is None else values[real]
        made = self.embed(self.families(rows))
        if real is None:
            return made.unflatten(0, values.shape[:2])
        spread = made.new_zeros(*real.shape, self.width)
        spread[real] = made
        return spread


class Families(nn.Module):
    """Reads families, and sorts what it reads by category.

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
        kept = [list(range(place.start, place.stop)) for place in places(spans)]
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
            try:
                reading = encoder.reading(sizes, steps)
            except ValueError as error:
                raise ValueError(f"families.{name} {error}") from error
            if reading is None:
                continue
            mine = [column for category in own for column in category]
            self.views.append(Columns(mine, len(origins)))
            self.readings.append(reading)
            for category in having:
                made = list(range(columns, columns + reading.width))
                kept[category] = [c for c in kept[category] if c not in own[category]] + made
                columns += reading.width
            names += [""] * (columns - len(names))
        self.widths = tuple(map(len, kept))
        self.sorted = Columns([column for category in kept for column in category], columns)

    def forward(self, x: Float[Tensor, "N C"]) -> Float[Tensor, "N F"]:
        read = [reading(view(x)) for view, reading in zip(self.views, self.readings, strict=True)]
        return self.sorted(torch.cat([x, *read], 1) if read else x)


class Columns(nn.Module):
    """Picks columns in an order of its own.

    Args:
        chosen: Which ones.
        count: How many there are to choose from.
    """

    chosen: Tensor

    def __init__(self, chosen: Sequence[int], count: int) -> None:
        super().__init__()
        self.whole = list(chosen) == list(range(count))
        self.register_buffer("chosen", torch.tensor(chosen), persistent=False)

    def forward(self, x: Float[Tensor, "N C"]) -> Float[Tensor, "N F"]:
        return x if self.whole else x.index_select(1, self.chosen)
