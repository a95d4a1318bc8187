"""What drawn latents look like beside those of real signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..distances.pooled import kolmogorov_smirnov, sampled
from ..latent_match import LatentMatch, latent_match
from ..population import Population
from ..two_sample import TwoSample
from .clouds import clouds
from .content import Cloud, Pair
from .curves import marginal

SHOWN = 6  # numbers of a latent whose values are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Latents:
    """Latents as rows of numbers.

    Args:
        z: The numbers, zero where a latent step is padding.
        scores: What a critic says of each, the higher the more real; None without a critic.
    """

    z: Float[np.ndarray, "N D"]
    scores: Float[np.ndarray, " N"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One number of the latents.

    Args:
        place: Which one, counted from 0.
        apart: The greatest difference of its distribution functions, in [0, 1].
        values: How often each value occurs, as a density.
    """

    place: int
    apart: float
    values: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSpace:
    """Drawn latents beside those of real signals.

    Args:
        match: How far they are apart.
        clouds: Latents as points, by several maps.
        test: Whether the points could come from one population.
        numbers: The numbers whose values differ most.
        scores: What a critic says, as densities; None without a critic.
    """

    match: LatentMatch
    clouds: tuple[Cloud, ...]
    test: TwoSample | None
    numbers: tuple[Numbered, ...]
    scores: Pair | None = None


def latent_space(held: Latents, made: Latents, again: Latents, *, seed: int = 0) -> LatentSpace:
    """What drawn latents look like beside those of real signals.

    Args:
        held: Of real signals that no part has learned from.
        made: Drawn ones.
        again: Of other real signals, such as those of the train split.
        seed: Of everything random.

    Raises:
        ValueError: If there are fewer than 10 of a kind, or half of the pairs of held-out
            latents are the same.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(3, 60, 4))
        >>> shown = latent_space(*(Latents(z=part) for part in z))
        >>> [cloud.name for cloud in shown.clouds][:2], len(shown.numbers), shown.match.close
        (['PCA', 't-SNE'], 4, True)
    """
    match = latent_match(held.z, made.z, again.z, seed=seed)
    real, other = (_signals(part.z, seed) for part in (held, made))
    points, test = clouds(real, other, seed=seed)
    apart = np.array([_apart(held.z[:, i], made.z[:, i]) for i in range(held.z.shape[1])])
    shown = np.argsort(-apart, kind="stable")[:SHOWN]
    return LatentSpace(
        match=match,
        clouds=points,
        test=test,
        numbers=tuple(_numbered(held.z, made.z, int(i), float(apart[i])) for i in shown),
        scores=_scores(held, made),
    )


def _signals(z: Float[np.ndarray, "N D"], seed: int) -> Population:
    """Latents as signals of one step, as many as maps and tests look at."""
    return Population(values=z[sampled(len(z), 1000, seed=seed), None])


def _numbered(
    real: Float[np.ndarray, "N D"], made: Float[np.ndarray, "M D"], place: int, apart: float
) -> Numbered:
    return Numbered(place=place, apart=apart, values=_density(real[:, place], made[:, place]))


def _scores(held: Latents, made: Latents) -> Pair | None:
    if held.scores is None or made.scores is None:
        return None
    return _density(held.scores, made.scores)


def _density(real: Float[np.ndarray, " N"], made: Float[np.ndarray, " M"]) -> Pair:
    held, drawn = (Population(values=x[:, None, None]) for x in (real, made))
    return marginal(held, drawn, 0)


def _apart(real: Float[np.ndarray, " N"], made: Float[np.ndarray, " M"]) -> float:
    return kolmogorov_smirnov(real, made)(np.ones(len(real)), np.ones(len(made)))
