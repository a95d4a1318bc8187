"""What held-out movements say of a run: what its latents keep, and what it makes."""

import json
import time
from typing import Any

import numpy as np
from resumable import Found

BRIEF = (
    "discriminative_gru",
    "discriminative_kinematics",
    "peak_speed_ks",
    "duration_ks",
    "points_ks",
    "duration_law",
    "length",
    "mmd",
    "coverage",
)
DRAWN = 10_000  # movements, for the seconds of a draw


def learned_for(run: Any) -> float:
    """Seconds that all phases of a run took, however often it was stopped."""
    rows = json.loads(run.folder.history.read_text(encoding="utf-8"))
    last = {row["phase"]: row["seconds"] for row in rows}
    return sum(last.values())


def kept(run: Any) -> Found:
    """How near reconstructions of held-out movements are, in both kinds of units.

    The lengths are told: they are a number of the latent.
    """
    import torch

    from latentloom.recipes.assess import splits

    held = splits(run)[2]
    made = run.reconstructed(held)
    mask = held.context().mask.numpy()
    ready, again = run.pipeline.apply(held), run.pipeline.apply(made)
    truth, guess = ready.series.numpy(), again.series.numpy()
    last = torch.as_tensor(held.lengths) - 1
    ends = [one.series[torch.arange(one.size), last, 1:3].norm(dim=1) for one in (held, made)]
    strays = ((ends[1] - ends[0]).abs() / ends[0]).numpy()
    return {
        "channels": list(held.schema.names("series")),
        "mse": float(((guess - truth)[mask] ** 2).mean()),
        "r2": _shares(truth, guess, mask),
        "r2_units": _shares(held.series.numpy(), made.series.numpy(), mask),
        "distance": [float(q) for q in np.quantile(strays, [0.5, 0.9])],
        "records": held.size,
        "persistence": _persistence(truth, mask),
    }


def _shares(truth: np.ndarray, guess: np.ndarray, mask: np.ndarray) -> list[float]:
    """The share of each channel's variance that is explained."""
    error = (guess - truth)[mask]
    return (1 - (error**2).mean(0) / truth[mask].var(0)).tolist()


def _persistence(truth: np.ndarray, mask: np.ndarray) -> float:
    """The squared error of saying that each step is as the one before."""
    both = mask[:, 1:] & mask[:, :-1]
    return float((np.diff(truth, axis=1)[both] ** 2).mean())


def judged(run: Any, *, whole: bool, brief: bool) -> Found:
    """The sheet of what a run makes for held-out conditions, and how fast it makes more.

    Args:
        run: The run.
        whole: Whether baselines are scored beside it.
        brief: Whether some scores are enough.
    """
    from latentloom.evaluation.protocols import Extent, protocol_named
    from latentloom.recipes.contest import of_run, scored

    protocol = protocol_named("trajectories")
    extent = Extent(baselines=None if whole else (), scores=BRIEF if brief else None)
    sheet = scored(of_run(run, protocol), protocol, extent).sheet
    began = time.process_time()
    run.generated(samples=DRAWN)
    return {"sheet": sheet.plain(), "draw_seconds": time.process_time() - began}
