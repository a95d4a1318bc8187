"""Lets a run make signals for one condition after another, all else kept."""

from collections.abc import Mapping
from dataclasses import replace

from ..data.dataset import Dataset
from ..evaluation.distances import InapplicableError
from ..evaluation.fidelity import Sweep, sweep
from ..evaluation.fidelity.reader import Descriptor
from ..evaluation.population import Population
from .drawing import drawn_like
from .run import Run

SIGNALS = 32  # made for each value


def sweeps_of(
    run: Run,
    train: Dataset,
    held: Dataset,
    *,
    exact: Mapping[str, Descriptor] | None = None,
    seed: int = 0,
) -> tuple[Sweep, ...]:
    """How the signals of a run respond to each of its scalar conditions.

    Each value is given to the same records, with the drives that they have, if any.

    Args:
        run: The run.
        train: What it learned from, in the units of the files.
        held: What it never saw.
        exact: What reads a condition off signals exactly, by its name; the others are learned.
        seed: Of everything random.
    """
    some = held.take(slice(0, SIGNALS))

    def generate(given: Mapping[str, float]) -> Population:
        assert some.condition is not None
        condition = some.condition.clone()
        for name, value in given.items():
            condition[:, some.schema.index("condition", name)] = value
        asked = replace(some, condition=condition)
        return Population.of(drawn_like(run, asked, seed=seed))

    learned, unseen = Population.of(train), Population.of(held)
    found: list[Sweep] = []
    for name in unseen.scalars:
        try:
            read = (exact or {}).get(name)
            found.append(sweep(learned, unseen, name, generate, descriptor=read, seed=seed))
        except InapplicableError:
            continue  # it does not vary, and so there is nothing to respond to
    return tuple(found)
