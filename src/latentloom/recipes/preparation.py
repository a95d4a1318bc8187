"""A run before its first step: data split, transforms fitted, parts built and tried once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..core.errors import DataError, RecipeError
from ..core.roles import Criterion, Outputs
from ..core.system import System
from ..data.dataset import Dataset, Source
from ..data.splits import Split
from ..data.transforms import FitError, Pipeline, Undo
from ..training.phase import Phase
from .adoption import adopt, check_frozen
from .enough import check_books, check_samples
from .plan import Plan
from .ranges import KEY, ranges_of
from .sourcing import fingerprint, open_source, paths_of, split_source
from .weights import weights_told

FIT_SAMPLES = 16_384  # samples of a streamed source that transforms are fitted on, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run before its first step.

    Args:
        source: The samples.
        split: Which of them train, choose the model and judge it.
        pipeline: The fitted transforms.
        system: The parts, as they start.
        phases: How they are trained.
        fingerprint: What the data were.
    """

    source: Source
    split: Split
    pipeline: Pipeline
    system: System
    phases: tuple[Phase, ...]
    fingerprint: dict[str, Any]

    @property
    def told(self) -> tuple[str, ...]:
        """What there is to say of the data and of the parts, a sentence each."""
        return (*self.pipeline.told, *weights_told(self.system))


def prepare(plan: Plan, existing_model: Path | None) -> Prepared:
    """Makes everything ready that a plan asks for.

    Args:
        plan: What is trained.
        existing_model: A run or model file whose weights its parts start from, if any.

    Raises:
        LatentLoomError: If its data cannot be used, are too few, or do not fit the parts; what
            is said of a setting is said in the terms of the YAML that was written.
    """
    try:
        return _prepared(plan, existing_model)
    except RecipeError as error:
        raise plan.retold(error) from error


def look(plan: Plan, existing_model: Path | None) -> tuple[str, ...]:
    """What there is to say of a plan's data before it is trained, a sentence each.

    Data that are not there, or that only a simulation makes, are not looked at.

    Raises:
        LatentLoomError: As training would, before its first step.
    """
    data = plan.data
    if data.simulate is not None:
        return ("the data are simulated when they are needed; only the settings were checked",)
    for path in paths_of(data):
        if not path.exists():
            said = "does not exist: training would stop here; only the settings were checked"
            return (f"{path}: {said}",)
    return prepare(plan, existing_model).told


def _prepared(plan: Plan, existing_model: Path | None) -> Prepared:
    data = plan.data
    source = open_source(data, plan.random_seed)
    split = split_source(data, source, plan.random_seed)
    check_samples(plan, source, split)
    pipeline = Pipeline(data.transforms)
    train = source.take(some(split.train, isinstance(source, Dataset)))
    _check_periods(train)
    try:
        pipeline.fit(train)
        ready = pipeline.apply(train.take(slice(0, 2)))
    except FitError as error:
        raise RecipeError(*plan.placed(error)) from error
    except (DataError, ValueError) as error:
        raise RecipeError("data.transforms", str(error)) from error
    system, phases = plan.build(ready.schema, Undo(pipeline))
    _rehearse(system, phases, ready)
    check_books(plan, system, source, split, ready.schema)
    told: dict[str, Any] = {
        "existing_model": str(existing_model) if existing_model else None,
        "lengths": _lengths(train),
        KEY: ranges_of(train, ready.schema.start),
    }
    prepared = Prepared(
        source=source,
        split=split,
        pipeline=pipeline,
        system=system,
        phases=phases,
        fingerprint=fingerprint(data, source, split) | told,
    )
    if existing_model is not None:
        taken = adopt(system, existing_model, plan.existing_parts)
        check_frozen(prepared, taken, existing_model, plan.random_seed)
    elif plan.existing_parts:
        raise RecipeError("existing_parts", "must come with existing_model, got none to take from")
    return prepared


def _lengths(train: Dataset) -> dict[int, int]:
    """How many train samples have each length; empty where all have one."""
    if train.lengths is None:
        return {}
    lengths, counts = train.lengths.unique(return_counts=True)
    return dict(zip(lengths.tolist(), counts.tolist(), strict=True))


def _rehearse(system: System, phases: Sequence[Phase], ready: Dataset) -> None:
    """Plays every forward pass once, frozen, on a few samples, before anything is trained."""
    system.focus(())
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for index, phase in enumerate(phases):
            if phase.stratify is not None:
                with _placed(f"phases.{index}.stratify"):
                    phase.stratify.order(ready, 1, torch.Generator())
            for place, update in enumerate(phase.updates):
                path = f"phases.{index}.updates.{place}"
                with _placed(f"{path}.forward_pass"):
                    outputs = update.forward_pass(system, ready.batch(), 0.0)
                terms = update.objective.terms.items()
                _try({f"{path}.objective.{name}": term.criterion for name, term in terms}, outputs)
                probes = phase.probes.items()
                _try({f"phases.{index}.probes.{n}": p.criterion for n, p in probes}, outputs)


def _try(criteria: Mapping[str, Criterion], outputs: Outputs) -> None:
    """Judges outputs by those criteria that can read them, from the start and at the end."""
    for path, criterion in criteria.items():
        if criterion.reads <= outputs.keys():
            with _placed(path):
                criterion(outputs, 0.0)
                criterion(outputs, 1.0)


@contextmanager
def _placed(path: str) -> Iterator[None]:
    """Says of what a part refuses where in the recipe it stands."""
    try:
        yield
    except ValueError as error:
        raise RecipeError(path, f"cannot play on this data: {error}") from error


def some(rows: torch.Tensor, whole: bool) -> torch.Tensor:
    """The rows that transforms are fitted on: all, or evenly spaced ones of a streamed source."""
    return rows if whole else rows[:: -(-len(rows) // FIT_SAMPLES)]


def _check_periods(train: Dataset) -> None:
    if train.schema.periodic and train.lengths is not None and len(train.lengths.unique()) > 1:
        shortest, longest = int(train.lengths.min()), int(train.lengths.max())
        raise DataError(
            "lengths",
            "must be equal for signals of one period, got"
            f" {shortest} to {longest} steps; resample them to one length",
        )
