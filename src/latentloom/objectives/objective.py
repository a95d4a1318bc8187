"""Weighted sums of criteria that remember their parts."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.roles import Criterion, Outputs, Schedule
from ..schedules import Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A criterion and how much it counts.

    Args:
        criterion: What to hold down.
        weight: How much it counts, over the progress of a phase.
    """

    criterion: Criterion
    weight: Schedule = Constant(1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an objective says of one batch.

    Args:
        total: The number to descend.
        parts: The mean of each criterion over the batch, unweighted, without gradients,
            and still where it was computed: reading one of them waits for the device.
    """

    total: Float[Tensor, ""]
    parts: Mapping[str, Float[Tensor, ""]]


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of named terms.

    Args:
        terms: The terms, by the names under which their parts are recorded.

    Raises:
        ValueError: If there is no term.

    Example:
        >>> from latentloom.objectives.criteria import AbsoluteError, SquaredError
        >>> objective = Objective({
        ...     "absolute": Term(criterion=AbsoluteError(), weight=Constant(0.5)),
        ...     "squared": Term(criterion=SquaredError()),
        ... })
        >>> sorted(objective.reads)
        ['mask', 'output', 'target']
        >>> ones = torch.ones(2, 4, 1)
        >>> loss = objective({"output": 3 * ones, "target": ones, "mask": ones[..., 0] > 0}, 0.0)
        >>> loss.total, loss.parts["squared"]
        (tensor(5.), tensor(4.))
    """

    terms: Mapping[str, Term]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("an objective must have at least one term, got none")

    @property
    def reads(self) -> frozenset[str]:
        """The names of the tensors that its criteria need."""
        return frozenset[str]().union(*(term.criterion.reads for term in self.terms.values()))

    def __call__(self, outputs: Outputs, progress: float) -> Loss:
        """The loss of one batch, at a progress from 0 to 1."""
        # Sums over many steps lose their last digits in the half floats of mixed precision.
        outputs = {
            name: x.float() if x.is_floating_point() and x.element_size() < 4 else x
            for name, x in outputs.items()
        }
        parts = {
            name: term.criterion(outputs, progress).mean() for name, term in self.terms.items()
        }
        weighted = [term.weight(progress) * parts[name] for name, term in self.terms.items()]
        return Loss(
            total=torch.stack(weighted).sum(),
            parts={name: part.detach() for name, part in parts.items()},
        )
