"""Criteria made of other criteria: of a span of channels, several as one number, a root."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.names import nearest
from ..core.roles import Criterion, Outputs
from .objective import Term

LEAST_ROOT = 1e-6  # below which a root has no slope


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSpan(Criterion):
    """Another criterion, of those channels alone that belong to one span.

    One term for each span, each with its weight, is an objective by type: the parts of the
    loss are then recorded by type too.

    Args:
        name: The span, such as `rot`.
        criterion: What is asked of its channels; it must compare signals.
        layout: The spans of the signal, in the order of the channels, and how many channels
            each has.

    Raises:
        ValueError: If there is no such span, or the criterion compares no signals.

    Example:
        >>> from latentloom.objectives.criteria import SquaredError
        >>> layout = {"xy": 2, "rot": 1}
        >>> rot = OfSpan(name="rot", criterion=SquaredError(), layout=layout)
        >>> made, mask = torch.tensor([[[9.0, 9.0, 3.0]]]), torch.ones(1, 1, dtype=torch.bool)
        >>> rot({"output": made, "target": torch.zeros(1, 1, 3), "mask": mask}, 0.0)
        tensor([9.])
    """

    name: str
    criterion: Criterion
    layout: Mapping[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        if self.name not in self.layout:
            hint = nearest(self.name, self.layout) or f"; the spans are {list(self.layout)}"
            raise ValueError(f"name must be a span of the signal, got {self.name!r}{hint}")
        if not {"output", "target"} <= self.criterion.reads:
            kind = type(self.criterion).__name__
            raise ValueError(f"criterion must compare output and target, and {kind} does not")

    @property
    def reads(self) -> frozenset[str]:
        return self.criterion.reads

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        names = list(self.layout)
        start = sum(self.layout[name] for name in names[: names.index(self.name)])
        own = slice(start, start + self.layout[self.name])
        cut = {name: outputs[name][..., own] for name in ("output", "target")}
        return self.criterion({**outputs, **cut}, progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Criterion):
    """A weighted sum of criteria as one number.

    It is for a probe, which has one criterion: weights that do not change make a score that
    no schedule moves, such as the bound at a fixed weight of the divergence. In an objective,
    terms of its own are recorded one by one.

    Args:
        terms: The criteria and their weights, by names of their own.

    Raises:
        ValueError: If there is no term.
    """

    terms: Mapping[str, Term]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("terms must name at least one criterion, got none")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset[str]().union(*(term.criterion.reads for term in self.terms.values()))

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        parts = [
            term.weight(progress) * term.criterion(outputs, progress)
            for term in self.terms.values()
        ]
        return torch.stack(parts).sum(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Criterion):
    r"""The square root of another criterion's mean over the batch; the same for all signals.

    It brings a squared error to the units of what it compares, so that its pull does not fade
    as the error gets small.

    Args:
        criterion: What is averaged; never negative.

    Example:
        >>> from latentloom.objectives.criteria import SquaredError
        >>> made, mask = torch.tensor([[[3.0]], [[4.0]]]), torch.ones(2, 1, dtype=torch.bool)
        >>> outputs = {"output": made, "target": torch.zeros(2, 1, 1), "mask": mask}
        >>> Root(criterion=SquaredError())(outputs, 0.0)
        tensor([3.5355, 3.5355])
    """

    criterion: Criterion

    @property
    def reads(self) -> frozenset[str]:
        return self.criterion.reads

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        found = self.criterion(outputs, progress)
        return found.mean().clamp_min(LEAST_ROOT**2).sqrt().expand(len(found))
