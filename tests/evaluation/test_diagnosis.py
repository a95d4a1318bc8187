"""The rules of the diagnosis, on numbers made up for them."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.diagnosis import (
    ILLNESSES,
    NEEDS,
    Book,
    Course,
    Evidence,
    Exposed,
    Fit,
    Latents,
    Neighbours,
    Response,
    Suspicion,
    Symptom,
    TermCourse,
    diagnose,
)
from latentloom.evaluation.diagnosis.course import quarters

EPOCHS = np.arange(40)


def course(parts, *, trains="representation", role="error", weights=1.0, **others):
    """A phase of one term."""
    term = TermCourse(
        name="term", role=role, parts=np.asarray(parts, float), weights=weights + 0 * EPOCHS
    )
    settings = {"terms": (term,), "learning_rate": 1e-3 + 0 * EPOCHS} | others
    return Course(phase="learn", path="phases.0.updates.0", trains=(trains,), **settings)


def illnesses(**evidence):
    return {finding.illness for finding in diagnose(Evidence(**evidence)).findings}


def test_all_symptoms_make_an_illness_and_the_least_makes_its_margin():
    finding = diagnose(Evidence(latents=latents(0.0))).findings[0]
    strong, weak = Symptom("a", 8.0, 2.0, "above"), Symptom("b", 0.9, 0.5, "below")
    suspicion = Suspicion((strong, weak), finding)
    assert (strong.margin, suspicion.confirmed) == (4.0, False)
    assert suspicion.margin == pytest.approx(0.5 / 0.9)


def test_a_number_that_was_not_measured_is_no_symptom():
    symptom = Symptom("a", float("nan"), 1.0, "below")
    assert (symptom.present, symptom.margin) == (False, 0.0)


def test_quarters_are_medians_and_short_curves_have_none():
    assert quarters(np.array([1.0, 9, 1, 2, 3, 4, 5, 6])) == (5.0, 1.5, 3.5, 5.5)
    assert np.isnan(quarters(np.arange(7.0))).all()


def test_a_run_without_parts_is_told_what_it_lacks():
    assert diagnose(Evidence()).unchecked == dict(NEEDS)
    assert set(NEEDS) == set(ILLNESSES)


def latents(nats):
    return Latents(kl=np.full((4, 2), nats / 8), deviation=np.full((4, 2), 0.5))


@pytest.mark.parametrize(("nats", "ill"), [(0.6, True), (0.8, False)])
def test_latents_that_carry_less_than_a_bit_have_collapsed(nats, ill):
    assert ("posterior_collapse" in illnesses(latents=latents(nats))) == ill


@pytest.mark.parametrize(("live", "ill"), [(24, True), (40, False)])
def test_codes_are_dead_when_half_are_never_used(live, ill):
    counts = np.zeros(64, int)
    counts[:live] = 100
    book = Book(name="book 0", counts=counts, revive_below=0.3)
    assert ("dead_codes" in illnesses(books=(book,))) == ill


def test_few_uses_prove_no_code_dead():
    counts = np.zeros(64, int)
    counts[0] = 500
    book = Book(name="book 0", counts=counts, revive_below=0.3)
    assert illnesses(books=(book,)) == set()
    assert illnesses(books=(replace(book, counts=counts * 2),)) == {"dead_codes"}


GAP = {
    "runs away": (2.0 * 1.15**EPOCHS, True),
    "runs away downwards": (-2.0 * 1.15**EPOCHS, True),
    "rises, then falls as samples get better": (8 * np.exp(-EPOCHS / 15) * EPOCHS / 10, False),
    "rises and settles": (8 - 7 * np.exp(-EPOCHS / 5), False),
}


@pytest.mark.parametrize(("gap", "ill"), GAP.values(), ids=GAP)
def test_a_critic_diverges_when_its_gap_grows_without_bound(gap, ill):
    critic = course(gap, trains="critic", role="other")
    generator = course(-50.0 - 40 * EPOCHS, trains="generator", role="other")
    assert ("divergence" in illnesses(courses=(critic, generator))) == ill


def test_what_means_nothing_beside_a_critic_is_divergence_without_one():
    assert illnesses(courses=(course(-50.0 - 40 * EPOCHS, role="other"),)) == {"divergence"}


def test_a_term_that_is_no_number_has_diverged():
    assert illnesses(courses=(course(np.where(EPOCHS > 30, np.nan, 1.0)),)) == {"divergence"}


def test_a_loss_that_a_schedule_makes_harder_has_not_diverged():
    harder = course(0.1 + EPOCHS / 10, moving=("phases.0.updates.0.forward_pass.forcing",))
    assert illnesses(courses=(harder,)) == set()


def exposed(**changes):
    healthy = {"forced": 0.6, "free": 0.3, "right": 0.2, "agreed": 0.2, "helped": 0, "alone": 0.1}
    return Exposed(**healthy | changes)


def test_losing_what_only_true_codes_tell_is_no_exposure_bias():
    assert illnesses(exposed=exposed()) == set()
    assert illnesses(exposed=exposed(agreed=0.4)) == {"exposure_bias"}


def test_codes_that_drift_show_exposure_bias_without_a_drive():
    assert illnesses(exposed=exposed(free=float("nan"), agreed=0.4)) == set()
    assert illnesses(exposed=exposed(free=float("nan"), alone=0.3)) == {"exposure_bias"}


@pytest.mark.parametrize(("held", "ill"), [(0.0016, False), (0.04, False), (0.1, True)])
def test_a_gap_must_be_large_and_matter_to_be_over_fitting(held, ill):
    train = 0.04 if held == 0.04 else 0.0004 if held < 0.01 else 0.04
    fit = Fit(part="base", unit="error", train=train, held=held, flat=1.0)
    assert ("over_fitting" in illnesses(fits=(fit,))) == ill


def test_a_validation_that_turned_is_over_fitting_unless_the_best_weights_were_kept():
    turned = {"score": 1.0 + ((EPOCHS - 10) / 20.0) ** 2}
    falling = 1 / (1.0 + EPOCHS)
    fit = Fit(part="base", unit="error", train=0.1, held=0.1, flat=1.0)
    kept = course(falling, scores=turned, select="score")
    assert illnesses(courses=(course(falling, scores=turned),), fits=(fit,)) == {"over_fitting"}
    assert illnesses(courses=(kept,), fits=(fit,)) == set()


@pytest.mark.parametrize(("copies", "ill"), [(10, False), (30, True)])
def test_signals_much_nearer_than_held_out_ones_are_copies(copies, ill):
    made = np.where(np.arange(100) < copies, 0.01, 1.0)
    near = Neighbours(made=made, held=np.linspace(0.8, 1.2, 50))
    assert ("memorised_samples" in illnesses(neighbours=near)) == ill


@pytest.mark.parametrize(
    ("told", "followed", "ill"), [(0.9, 0.8, False), (0.9, 0.1, True), (0.2, 0.0, False)]
)
def test_only_what_real_signals_tell_can_be_ignored(told, followed, ill):
    response = Response(name="label", told=told, followed=followed, setting="a=1")
    assert ("ignored_condition" in illnesses(responses=(response,))) == ill


def test_a_learning_rate_that_ended_long_ago_is_ill_only_if_learning_went_on():
    ended = np.where(EPOCHS < 8, 1e-3, 0.0)
    falling = course(np.exp(-np.minimum(EPOCHS, 8) / 4), learning_rate=ended)
    settled = course(1.0 + np.exp(-np.minimum(EPOCHS, 8.0) * 3), learning_rate=ended)
    assert illnesses(courses=(falling,)) == {"plateau_by_schedule"}
    assert illnesses(courses=(settled,)) == set()


def test_a_loss_that_only_its_weight_lowers_stands_still():
    weights = np.linspace(1, 0.1, 40)
    still = course(np.ones(40), weights=weights)
    learning = course(np.exp(-EPOCHS / 20), weights=weights)
    assert illnesses(courses=(still,)) == {"plateau_by_schedule"}
    assert illnesses(courses=(learning,)) == set()


def test_one_cure_is_named_once():
    latent = Latents(kl=np.zeros((4, 2)), deviation=np.zeros((4, 2)))
    assert len(diagnose(Evidence(latents=latent)).findings) == 1


@pytest.mark.parametrize(
    ("errors", "cure"), [(0.6 ** EPOCHS[:6], "epochs=24"), (0.5 + 0 * EPOCHS, "replacement=0.2")]
)
def test_a_generator_that_still_learns_is_to_go_on_and_another_to_meet_wrong_codes(errors, cure):
    rate, weights = 1e-3 + 0 * errors, 1.0 + 0 * errors
    term = TermCourse(name="nats", role="error", parts=errors, weights=weights)
    learned = course(EPOCHS, trains="generator", terms=(term,), learning_rate=rate)
    found = diagnose(Evidence(courses=(learned,), exposed=exposed(alone=0.5))).findings
    assert found[0].cure.endswith(cure)


def test_curves_that_reach_zero_are_no_alarm():
    zero = course(0.0 * EPOCHS, scores={"score": 0.0 * EPOCHS})
    fit = Fit(part="base", unit="error", train=0.0, held=0.0, flat=0.0)
    assert illnesses(courses=(zero,), fits=(fit,)) == set()
