"""Whether drawn latents are distributed as real ones."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from latentloom.evaluation.distances.mmd import mmd
from latentloom.evaluation.distances.pooled import kolmogorov_smirnov
from latentloom.evaluation.latent_match import LatentMatch, latent_match
from latentloom.evaluation.portrait import Latents, latent_space


def normal(size, seed, width=8):
    return np.random.default_rng(seed).normal(size=(size, width))


def test_the_discrepancy_is_that_of_all_latents():
    held, made, again = normal(80, 0), normal(90, 1) + 0.3, normal(200, 2)
    found = latent_match(held, made, again)
    assert found.mmd == pytest.approx(mmd(held, made))
    assert (found.real, found.made, found.again, found.dimensions) == (80, 90, 90, 8)


def test_draws_of_the_right_distribution_are_close_as_often_as_promised():
    """Below the 95 % quantile in 19 of 20 cases, so below 1.5 times it nearly always."""
    found = [
        latent_match(*(normal(60, (seed, part)) for part in range(3)), seed=seed)
        for seed in range(20)
    ]
    assert np.mean([match.mmd <= match.floor for match in found]) > 0.75
    assert np.mean([match.mmd <= match.limit for match in found]) > 0.9


@pytest.mark.parametrize(
    "spoil", [lambda z: z + 0.5, lambda z: 0.6 * z, lambda z: np.repeat(z[:4], 50, 0)]
)
def test_moved_tame_and_collapsed_draws_are_not_close(spoil):
    held, made, again = (normal(200, seed) for seed in range(3))
    found = latent_match(held, spoil(made), again)
    assert not found.close
    assert found.mmd > found.limit


def test_what_real_latents_reach_does_not_depend_on_the_draws():
    held, made, again = (normal(100, seed) for seed in range(3))
    assert latent_match(held, made, again).floor == latent_match(held, made + 9, again).floor


def test_close_is_below_a_tenth_and_below_the_limit():
    told = {"real": 10, "made": 10, "again": 10, "dimensions": 2}
    assert LatentMatch(mmd=0.09, floor=0.07, **told).close
    assert not LatentMatch(mmd=0.11, floor=0.2, **told).close
    assert not LatentMatch(mmd=0.05, floor=0.03, **told).close


def test_few_latents_are_refused():
    with pytest.raises(ValueError, match="must have at least 10 drawn ones, got 9"):
        latent_match(normal(20, 0), normal(9, 1), normal(20, 2))


def test_the_numbers_that_differ_most_are_shown_first():
    held, made, again = (normal(300, seed, width=20) for seed in range(3))
    made[:, 13] += 2
    made[:, 4] *= 3
    shown = latent_space(Latents(z=held), Latents(z=made), Latents(z=again))
    assert [found.place for found in shown.numbers[:2]] == [13, 4]
    assert shown.numbers[0].apart == pytest.approx(0.68, abs=0.08)  # 2 Phi(1) - 1
    assert len(shown.numbers) == 6
    assert shown.scores is None


def test_scores_of_a_critic_are_densities():
    held, made, again = (
        Latents(z=normal(100, seed), scores=normal(100, seed)[:, 0]) for seed in range(3)
    )
    scores = latent_space(held, made, again).scores
    assert scores.real.sum() * np.diff(scores.x).mean() == pytest.approx(1)


def test_a_number_that_never_changes_can_be_shown():
    parts = [normal(60, seed, width=3) for seed in range(3)]
    for z in parts:
        z[:, 1] = 0
    shown = latent_space(*(Latents(z=z) for z in parts))
    assert shown.numbers[-1].apart == 0


@pytest.mark.parametrize(("real", "made"), [(40, 40), (30, 71), (1, 12)])
def test_the_distance_of_distributions_is_that_of_others(real, made):
    x, y = normal(real, 0, 1)[:, 0].round(1), normal(made, 1, 1)[:, 0].round(1) + 0.4
    apart = kolmogorov_smirnov(x, y)
    assert apart(np.ones(real), np.ones(made)) == pytest.approx(ks_2samp(x, y).statistic)


def test_a_number_that_counts_twice_is_as_two():
    x, y = normal(30, 0, 1)[:, 0], normal(30, 1, 1)[:, 0]
    often = np.random.default_rng(2).integers(0, 4, 30)
    found = kolmogorov_smirnov(x, y)(often, np.ones(30))
    assert found == pytest.approx(ks_2samp(x.repeat(often), y).statistic)
