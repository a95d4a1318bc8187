"""Drawn latents of a run beside those of real signals, and its movements unlabelled."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..core.roles import Critic, LatentGenerator
from ..data.dataset import Dataset
from ..evaluation.distances.pooled import sampled
from ..evaluation.kinematics import CHANNELS
from ..evaluation.latent_match import LEAST, LatentMatch, latent_match
from ..evaluation.population import Population
from ..evaluation.portrait import (
    PAIRS,
    Latents,
    LatentSpace,
    Movements,
    latent_space,
    movements,
)
from .drawing import drawn_like
from .run import Run

MOST = 1000  # signals whose latents are looked at


def latent_space_of(
    run: Run, train: Dataset, held: Dataset, *, seed: int = 0
) -> LatentSpace | None:
    """What latents that a run draws look like beside those of real signals.

    Args:
        run: The run.
        train: What it learned from, in the units of the files.
        held: What it never saw; latents are drawn for their conditions.
        seed: Of everything random.

    Returns:
        None if the run draws no continuous latents, or there are fewer than 10 signals.
    """
    seen = _looked_at(run, train, held, seed)
    return None if seen is None else latent_space(*seen, seed=seed)


def latent_match_of(
    run: Run, train: Dataset, held: Dataset, *, seed: int = 0
) -> LatentMatch | None:
    """How far apart both are, as `latent_space_of` tells it among all else, and nothing more.

    Returns:
        None where it has none.
    """
    seen = _looked_at(run, train, held, seed)
    return None if seen is None else latent_match(*(part.z for part in seen), seed=seed)


def movements_of(run: Run, held: Dataset, *, seed: int = 0) -> Movements | None:
    """Movements of a run beside real ones, unlabelled.

    Args:
        run: The run.
        held: Real signals; movements are made for their conditions.
        seed: Of which are shown, and on which side.

    Returns:
        None if signals are no movements, or the run makes none.
    """
    names = held.schema.names("series")
    if not run.generates or not set(CHANNELS) <= set(names):
        return None
    rows = np.random.default_rng(seed).permutation(held.size)[:PAIRS]
    real = held.take(rows.tolist())
    made = drawn_like(run, real, seed=seed)
    unit = held.schema.series[names.index(CHANNELS[1])].unit
    both = Population.of(real), Population.of(made)
    return movements(*both, unit=unit, seed=seed)


def _looked_at(
    run: Run, train: Dataset, held: Dataset, seed: int
) -> tuple[Latents, Latents, Latents] | None:
    """Held-out latents, those that are drawn for their conditions, and some of the train part.

    None if the run draws no continuous latents, or there are too few signals.
    """
    system = run.system
    draws = system.representation is not None and isinstance(system.generator, LatentGenerator)
    if not draws or min(train.size, held.size) < LEAST:
        return None
    real, made = _both(run, _some(held, seed), seed)
    again, _ = _both(run, _some(train, seed), seed)
    return real, made, again


def _some(known: Dataset, seed: int) -> Dataset:
    return known.take(sampled(known.size, MOST, seed=seed).tolist())


def _both(run: Run, known: Dataset, seed: int) -> tuple[Latents, Latents]:
    """The latents of signals, and those that are drawn for what is known of them."""
    system, decoding = run.system, run.plan.evaluation.sampling
    generator = system.part("generator", LatentGenerator)
    found: list[tuple[Tensor, Tensor]] = []
    scores: list[tuple[Tensor, Tensor]] = []
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(seed)
        for batch in run.batches(known):
            context = system.informed(batch.context)
            pair = system.encode(batch).z, generator.draw(context, decoding)
            found.append(pair)
            if isinstance(system.critic, Critic):
                scores.append((system.critic(pair[0], context), system.critic(pair[1], context)))
    real, made = (_rows(parts) for parts in zip(*found, strict=True))
    if not scores:
        return Latents(z=real), Latents(z=made)
    seen, judged = (torch.cat(parts).double().cpu().numpy() for parts in zip(*scores, strict=True))
    return Latents(z=real, scores=seen), Latents(z=made, scores=judged)


def _rows(parts: tuple[Tensor, ...]) -> np.ndarray:
    return torch.cat(parts).flatten(1).double().cpu().numpy()
