"""What follows from signals: conditions that data do not tell, positions from the start."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.errors import DataError
from .dataset import Dataset, Quantity
from .transforms.columns import find, real_lengths
from .transforms.from_start import from_start

DISTANCE, COSINE, SINE = "distance", "direction_cos", "direction_sin"


class Derivation(abc.ABC):
    """Makes of samples what follows from them, in the units of the files.

    It comes before the split and the transforms, and so shapes the truth that a run is
    scored against. Data without signals are left alone, and done twice it is done once.
    """

    @abc.abstractmethod
    def __call__(self, dataset: Dataset, rows: Sequence[int] | None = None) -> Dataset:
        """The dataset as it is learned from, and scored.

        Args:
            dataset: The samples.
            rows: The number of each in its file; counted from 0 if None.

        Raises:
            DataError: If the series are not there, or do not tell what follows.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement(Derivation):
    r"""How far, and in which direction, a signal goes from its first real step to its last.

    With $\Delta$ between the two: the conditions `distance`, $|\Delta|$ in the unit of the
    series, `direction_cos`, $\Delta_x / |\Delta|$, and `direction_sin`,
    $\Delta_y / |\Delta|$. Those that the data have stay as they are.

    Args:
        names: The two series that are positions in the plane.

    Raises:
        ValueError: If not two different series are named.

    Example:
        >>> from latentloom.data.dataset import Schema
        >>> schema = Schema(series=(Quantity("x", "px"), Quantity("y", "px")))
        >>> path = Dataset(schema=schema, series=torch.tensor([[[1.0, 1.0], [4.0, 5.0]]]))
        >>> told = Displacement(names=("x", "y"))(path)
        >>> [round(value, 1) for value in told.condition[0].tolist()]
        [5.0, 0.6, 0.8]
    """

    names: tuple[str, str]

    def __post_init__(self) -> None:
        if len(set(self.names)) != 2:
            raise ValueError(f"names must be two different series, got {list(self.names)}")

    def __call__(self, dataset: Dataset, rows: Sequence[int] | None = None) -> Dataset:
        if dataset.series is None:
            return dataset
        places = [find(dataset.schema, "series", name) for name in self.names]
        known = dataset.schema.names("condition")
        unit = dataset.schema.series[places[0]].unit
        found = (Quantity(DISTANCE, unit), Quantity(COSINE), Quantity(SINE))
        lacking = [place for place, quantity in enumerate(found) if quantity.name not in known]
        if not lacking:
            return dataset
        told = displacement(dataset.series[..., places], real_lengths(dataset))
        self._check(told, dataset, rows)
        old = dataset.condition if dataset.condition is not None else told[:, :0]
        quantities = (*dataset.schema.condition, *(found[place] for place in lacking))
        return replace(
            dataset,
            schema=replace(dataset.schema, condition=quantities),
            condition=torch.cat([old, told[:, lacking]], 1),
        )

    def _check(self, told: Tensor, dataset: Dataset, rows: Sequence[int] | None) -> None:
        lost = (~(told[:, 0] > 0)).nonzero()[:, 0].tolist()
        if not lost:
            return
        steps = int(real_lengths(dataset)[lost[0]])
        sample = lost[0] if rows is None else int(rows[lost[0]])
        why = f"ends where it begins, after {steps} steps" if steps > 1 else "has a single point"
        cure = "set data.least_steps to 2 or remove it" if steps < 2 else "remove it"
        raise DataError(
            " and ".join(self.names),
            f"must tell a direction, and sample {sample} {why}, the first of {len(lost)} such"
            f" samples; {cure}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAtOrigin(Derivation):
    """Lets series begin at 0: each signal less its first step.

    Args:
        names: The series, such as time and positions.

    Raises:
        ValueError: If none is named.

    Example:
        >>> from latentloom.data.dataset import Schema
        >>> path = torch.tensor([[[5.0], [6.0], [8.0]]])
        >>> dataset = Dataset(schema=Schema(series=(Quantity("x", "px"),)), series=path)
        >>> StartAtOrigin(names=["x"])(dataset).series.flatten().tolist()
        [0.0, 1.0, 3.0]
    """

    names: Sequence[str]

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("names must name at least one series, got none")

    def __call__(self, dataset: Dataset, rows: Sequence[int] | None = None) -> Dataset:
        del rows
        if dataset.series is None:
            return dataset
        places = [find(dataset.schema, "series", name) for name in self.names]
        return from_start(dataset, torch.tensor(places))


def displacement(
    points: Float[Tensor, "N T 2"], lengths: Int[Tensor, " N"]
) -> Float[Tensor, "N 3"]:
    """Distance, cosine and sine from the first real point to the last; 0 where there is none."""
    last = (lengths - 1).clamp_min(0)[:, None, None].expand(-1, 1, 2)
    moved = (points.gather(1, last)[:, 0] - points[:, 0]).double()
    distance = moved.norm(dim=1, keepdim=True)
    return torch.cat([distance, moved / distance.where(distance > 0, 1.0)], 1).float()


def derived(
    dataset: Dataset, derivations: Sequence[Derivation], rows: Sequence[int] | None = None
) -> Dataset:
    """The dataset after all derivations, one after the other."""
    for derivation in derivations:
        dataset = derivation(dataset, rows)
    return dataset
