"""How the features of a family are read, before those of a category come together."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..core.ranges import a_share, at_least
from ..nn.convolution import Down, Stack
from ..nn.dropout import Dropout
from ..nn.grouped import GroupedLinear

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


class Reading(nn.Module, abc.ABC):
    """A network that reads a family's features in each category that has some.

    Both what it reads and what it makes lie side by side, category by category.

    Attributes:
        width: How many features it makes in each category.
    """

    width: int

    @abc.abstractmethod
    def forward(self, x: Float[Tensor, "N F"]) -> Float[Tensor, "N W"]: ...


class FamilyEncoder(abc.ABC):
    """Says how the features of one family are read."""

    @abc.abstractmethod
    def reading(self, sizes: Sequence[int], steps: int) -> Reading | None:
        """A new network; None if features are taken as they are.

        Args:
            sizes: How many of the family's channels each category has.
            steps: Over how many time steps the family runs.

        Raises:
            ValueError: If the family cannot be read so.
        """


@dataclass(frozen=True, slots=True)
class Identity(FamilyEncoder):
    """Takes features as they are."""

    def reading(self, sizes: Sequence[int], steps: int) -> Reading | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Perceptron(FamilyEncoder):
    """Reads the features of each category through layers of their own.

    Args:
        hidden: How many features each hidden layer has.
        width: How many features come out.
        dropout: Share of hidden features that are dropped in training.
        activation: What bends them: `relu`, `gelu` or `tanh`.
        normalise: Whether each layer is normalised over the `batch`, or by `none`.

    Raises:
        ValueError: If a width is below 1, or `dropout` is no share.
    """

    hidden: list[int] = field(default_factory=lambda: [256, 128])
    width: int = 64
    dropout: float = 0.0
    activation: Literal["relu", "gelu", "tanh"] = "relu"
    normalise: Literal["batch", "none"] = "batch"

    def __post_init__(self) -> None:
        at_least(1, hidden=min(self.hidden, default=1), width=self.width)
        a_share(dropout=self.dropout)

    def reading(self, sizes: Sequence[int], steps: int) -> Reading:
        return _Layers(self, sizes)


class _Layers(Reading):
    def __init__(self, settings: Perceptron, sizes: Sequence[int]) -> None:
        super().__init__()
        self.width = settings.width
        layers: list[nn.Module] = []
        before = list(sizes)
        for width in (*settings.hidden, settings.width):
            after = [width] * len(sizes)
            layers.append(GroupedLinear(before, after))
            if settings.normalise == "batch":
                layers.append(nn.BatchNorm1d(len(sizes) * width))
            layers += [ACTIVATIONS[settings.activation](), Dropout(settings.dropout)]
            before = after
        self.layers = nn.Sequential(*layers[:-2])  # the last layer is not bent

    def forward(self, x: Float[Tensor, "N F"]) -> Float[Tensor, "N W"]:
        return self.layers(x)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalConvolution(FamilyEncoder):
    """Reads a family of time series with convolutions, and takes their mean over time.

    Args:
        widths: How many features each grid has, finest first; each halves the steps.
        width: How many features come out.
        blocks: How many residual blocks look round each grid.
        kernel: How many steps a convolution sees at once; odd.

    Raises:
        ValueError: If there is no grid, a number is below 1, or the kernel is even.
    """

    widths: list[int] = field(default_factory=lambda: [32, 64, 128])
    width: int = 64
    blocks: int = 1
    kernel: int = 7

    def __post_init__(self) -> None:
        at_least(1, widths=min(self.widths, default=0), width=self.width, blocks=self.blocks)
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {self.kernel}")

    def reading(self, sizes: Sequence[int], steps: int) -> Reading:
        if len(sizes) != 1 or sizes[0] % steps:
            raise ValueError(
                "must be a temporal family, one category with all its features at every step, to"
                f" be read by convolutions, got {list(sizes)} channels over {steps} steps"
            )
        return _Convolutions(self, sizes[0] // steps)


class _Convolutions(Reading):
    def __init__(self, settings: TemporalConvolution, features: int) -> None:
        super().__init__()
        self.width, self.features = settings.width, features
        layers: list[nn.Module] = []
        before = features
        for grid, width in enumerate(settings.widths):
            kernel = settings.kernel if grid == 0 else 1
            layers.append(Down(before, width, 2, padding="zeros", kernel=kernel))
            layers.append(
                Stack(width, blocks=settings.blocks, kernel=settings.kernel, padding="zeros")
            )
            before = width
        self.layers = nn.Sequential(*layers)
        self.leave = nn.Linear(before, settings.width)

    def forward(self, x: Float[Tensor, "N F"]) -> Float[Tensor, "N W"]:
        series = x.unflatten(1, (-1, self.features))
        return self.leave(self.layers(series).mean(1))
