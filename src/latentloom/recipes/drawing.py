"""Draws of a run that can be held against real samples."""

from dataclasses import replace

from ..data.dataset import Dataset
from .run import Run


def drawn_like(run: Run, known: Dataset, *, seed: int = 0) -> Dataset:
    """As many draws as there are samples, each for what is known of one of them.

    Draws show the variety of real signals, best answers do not.

    Args:
        run: The run.
        known: Real samples, in the units of the files.
        seed: Equal seeds give equal draws.

    Raises:
        DataError: If the samples are not of the kind that the run was trained on.
        RunError: If the run has nothing to generate with.
    """
    decoding = run.plan.evaluation.sampling
    if run.asks:
        told = run.schema.drive or run.starts  # else lengths are for the run to say or to draw
        asked = known if told else replace(known, lengths=None, series=None)
        made = run.generated(asked, decoding=decoding, seed=seed)
    else:
        made = run.generated(samples=known.size, decoding=decoding, seed=seed)
    return replace(known, series=made.series, lengths=made.lengths, group=None)
