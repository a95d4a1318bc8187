"""What a run costs: parameters, operations, time, memory."""

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch.utils.flop_counter import FlopCounterMode

from ..data.dataset import Dataset
from ..report import Cost
from .run import Run

TIMED = 64  # signals whose generation is timed


def cost_of(run: Run, known: Dataset, seconds: Mapping[str, float]) -> Cost:
    """The cost of a run.

    Args:
        run: The run.
        known: Signals to try it on.
        seconds: How long each phase took.
    """
    return Cost(
        parameters={
            name: sum(p.numel() for p in part.parameters())
            for name, part in run.system.named_children()
        },
        train_seconds=seconds,
        samples_per_second=_speed(run, known.take(slice(0, TIMED))),
        peak_memory=_peak_memory(),
        device=str(run.device),
        noun=run.noun,
        operations=operations(run, known.take(slice(0, 1))),
    )


def seconds(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How long each phase took.

    Args:
        rows: The history of the run.
    """
    return {str(row["phase"]): float(row["seconds"]) for row in rows}


def operations(run: Run, one: Dataset) -> dict[str, int]:
    """Floating-point operations for one signal, as far as they can be counted.

    Matrix products, convolutions and attention count, a multiplication and an addition as
    two; a recurrent layer that is one kernel is not seen.

    Args:
        run: The run.
        one: The signal.
    """
    ways: dict[str, Callable[[], object]] = {}
    if run.generates:
        ways["generating one signal"] = lambda: _drawn(run, one)
    if run.system.representation is not None:
        ways["encoding and decoding one signal"] = lambda: run.reconstructed(one)
    return {name: count for name, way in ways.items() if (count := _counted(way))}


def _counted(way: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        way()
    return counter.get_total_flops()


def _drawn(run: Run, known: Dataset) -> object:
    """One signal for each of the samples, as the recipe answers."""
    if run.asks:
        return run.generated(known, decoding=run.plan.evaluation.decoding)
    return run.generated(samples=known.size, decoding=run.plan.evaluation.sampling)


def _speed(run: Run, known: Dataset) -> float | None:
    """Signals generated in a second; None if it does not generate."""
    if not run.generates:
        return None
    began = time.perf_counter()
    _drawn(run, known)
    return known.size / (time.perf_counter() - began)


def _peak_memory() -> int:
    """The most memory that this process held, in bytes; the system counts in kibibytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
