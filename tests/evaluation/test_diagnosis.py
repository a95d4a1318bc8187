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
    Neighbours,
    Response,
    Room,
    Span,
    Suspicion,
    Symptom,
    TermCourse,
    diagnose,
)
from latentloom.evaluation.diagnosis.course import quarters
from latentloom.representations.health import LatentHealth

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
    unchecked = diagnose(Evidence()).unchecked
    assert set(NEEDS) == set(ILLNESSES) == set(unchecked)
    assert unchecked["posterior_collapse"] == "a finished run"
    assert unchecked["divergence"] == "a training history"


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"held": 12}, "20 held-out records, got 12"),
        ({"known": 15}, "20 train records, got 15"),
        ({"held": 12, "known": 15}, "20 held-out records, got 12 and 20 train records, got 15"),
        ({"latents": None}, "a Gaussian bottleneck"),
    ],
)
def test_only_what_is_missing_is_said(changes, lacks):
    sizes = {"known": 80, "held": 20, "latents": latents(9.0)}
    assert diagnose(Evidence(**sizes | changes)).unchecked["under_fitting"] == lacks


def test_a_phase_that_is_too_short_is_counted():
    short = replace(course(EPOCHS), learning_rate=1e-3 + 0 * EPOCHS[:5])
    unchecked = diagnose(Evidence(courses=(short,))).unchecked
    assert unchecked["plateau_by_schedule"] == "8 epochs in a phase, got 5"


def latents(nats, **changes):
    health = LatentHealth(
        kl_nats=nats,
        kl_mean=nats / 8,
        active=1.0,
        information=nats,
        marginal=0.0,
        marginal_least=0.0,
        mean=0.0,
        deviation=1.0,
        noise=0.5,
        numbers=8,
    )
    return replace(health, **changes)


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
    assert len(diagnose(Evidence(latents=latents(0.0, active=0.0))).findings) == 1


def test_latents_that_all_depart_in_the_same_way_have_collapsed():
    assert illnesses(latents=latents(9.0, information=0.6)) == {"posterior_collapse"}
    assert illnesses(latents=latents(9.0, active=0.04)) == {"posterior_collapse"}
    assert illnesses(latents=latents(9.0)) == set()


def collapsing(role, weights, averaged=False):
    """An update with an error of 2 that falls, beside a divergence."""
    terms = (
        TermCourse(name="fit", role=role, parts=2.0 + 0 * EPOCHS, weights=1.0 + 0 * EPOCHS),
        TermCourse(
            name="kl",
            role="penalty",
            parts=0.001 + 0 * EPOCHS,
            weights=weights + 0 * EPOCHS,
            averaged=averaged,
        ),
    )
    return course(EPOCHS, terms=terms)


@pytest.mark.parametrize(
    ("role", "weights", "averaged", "cure"),
    [
        ("error", 10.0, False, "weight=0.03"),  # a tenth of the error of 2, over 8 numbers
        ("error", 10.0, True, "weight=0.2"),
        ("error", 0.01, False, "weight=0.001"),
        ("likelihood", 4.0, False, "weight=1"),
        ("likelihood", 16.0, True, "weight=8"),
        ("likelihood", 1.0, False, "weight={kind: linear, start: 0.0, end: 1, by: 0.5}"),
        ("likelihood", np.linspace(0, 1, 40), False, "weight=0.1"),
    ],
)
def test_a_collapse_is_cured_by_a_fair_weight_or_a_later_one(role, weights, averaged, cure):
    evidence = Evidence(courses=(collapsing(role, weights, averaged),), latents=latents(0.0))
    found = {f.illness: f.cure for f in diagnose(evidence).findings}
    assert found["posterior_collapse"] == f"phases.0.updates.0.objective.kl.{cure}"


def cured(weights, epochs, **changes):
    """The cure of latents that collapsed beside an error of 2; a fair weight is 0.03."""
    whole = collapsing("error", weights)
    terms = tuple(
        replace(term, parts=term.parts[:epochs], weights=term.weights[:epochs])
        for term in whole.terms
    )
    terms = (terms[0], replace(terms[1], **changes))
    part = replace(whole, terms=terms, learning_rate=whole.learning_rate[:epochs])
    (finding,) = diagnose(Evidence(courses=(part,), latents=latents(0.0))).findings
    return finding


@pytest.mark.parametrize(
    ("weights", "epochs", "rising", "blamed"),
    [
        (0.02, 1, True, False),  # an epoch of a warm-up
        (0.02, 1, False, False),  # an epoch
        (0.01, 20, True, False),  # many of them, and it still rises from a third of what is fair
        (0.01, 20, False, True),
        (0.02, 20, True, True),  # it could have ruled for long
        (10.0, 1, True, True),  # far too much, however early
    ],
)
def test_a_weight_is_not_to_blame_before_it_could_rule(weights, epochs, rising, blamed):
    found = cured(weights, epochs, rising=rising)
    assert found.cure.startswith("phases.0.updates.0.objective.kl.weight=") == blamed
    if not blamed:
        assert found.cure == f"phases.0.epochs={4 * max(epochs, 8)}"
        assert found.cause.startswith("training stopped too early to tell: after")
        assert ("the weight of kl still rises" in found.cause) == rising
        assert found.instead == ()


def test_a_collapse_has_more_than_one_cure():
    first, second = cured(10.0, 40).instead
    assert first.startswith("the criterion likelihood for fit, beside which kl")
    assert (
        "the penalty kl_free for kl with parts.representation.bottleneck.free_nats=0.5" in second
    )
    assert cured(10.0, 40, free=True).instead == (first,)
    assert f"; or {first}; or {second}" in cured(10.0, 40).sentence


def test_a_cure_is_told_in_the_terms_of_the_own_yaml_too():
    evidence = Evidence(
        courses=(collapsing("error", 10.0),),
        latents=latents(0.0),
        terms={"phases.0.updates.0.objective.kl.weight": "training.max_beta"},
    )
    (finding,) = diagnose(evidence).findings
    assert finding.also == "training.max_beta=0.03"
    assert "kl.weight=0.03 (in its own YAML: training.max_beta=0.03); or " in finding.sentence
    assert replace(finding, also="").cures.startswith(f"{finding.cure}; or ")


def test_what_only_a_recipe_can_say_has_no_other_name():
    own = Evidence(terms={"phases.0.epochs": "epochs"})
    assert own.in_own_terms("phases.0.epochs={kind: linear}") == ""


def test_a_divergence_at_the_weight_of_a_likelihood_is_held():
    """It may grow and be a small share of a sum that crosses zero."""
    held = collapsing("likelihood", 1.0)
    grown = replace(held.terms[1], parts=20.0 + EPOCHS)
    dear = replace(held.terms[0], parts=-5000.0 + 0 * EPOCHS)
    assert illnesses(courses=(replace(held, terms=(dear, grown)),), latents=latents(99.0)) == set()


def test_a_likelihood_that_crosses_zero_has_not_diverged():
    assert illnesses(courses=(course(900.0 - 50 * EPOCHS, role="likelihood"),)) == set()


def returned(name, share, **changes):
    settings = {"spread": max(share, 0.0) ** 0.5, "explained": share} | changes
    return Span(name=name, **settings)


FORM = "data.transforms.0.form=log_covariance"


@pytest.mark.parametrize(
    ("share", "changes", "ill"),
    [
        (0.01, {"form": FORM}, True),
        (0.10, {"form": FORM}, False),  # learned
        (0.01, {"linear": 0.3}, True),  # something is there to learn
        (0.01, {"linear": 0.02}, False),  # noise
        (0.01, {}, False),  # nobody knows
        (-0.5, {"spread": 0.8, "form": FORM}, False),  # learned by heart, and not flat
    ],
)
def test_channels_are_flat_when_they_could_be_learned_and_are_not(share, changes, ill):
    spans = (returned("xy", 0.6), returned("rot", share, **changes))
    assert ("flat_channels" in illnesses(latents=latents(9.0), spans=spans)) == ill


def test_nothing_is_flat_beside_latents_that_carry_nothing():
    spans = (returned("xy", 0.6), returned("rot", 0.0, form=FORM))
    assert illnesses(latents=latents(0.5), spans=spans) == {"posterior_collapse"}


def cure_of_flat(terms=(), linear=0.5, room=None):
    spans = (returned("xy", 0.6), returned("rot", 0.0, linear=linear))
    courses = (course(EPOCHS, terms=terms),) if terms else ()
    evidence = Evidence(courses=courses, latents=latents(16.0), spans=spans, room=room)
    found = [f for f in diagnose(evidence).findings if f.illness == "flat_channels"]
    return found[0].cure


def term(name, role, parts, weights, **others):
    rows = 0 * EPOCHS
    return TermCourse(name=name, role=role, parts=parts + rows, weights=weights + rows, **others)


def test_a_flat_span_is_cured_by_what_holds_it_down():
    even = term("xy", "error", 1.0, 2.0, span="xy")
    light = term("turn", "error", 1.0, 0.1, span="rot")
    fair = replace(light, weights=1.0 + 0 * EPOCHS)
    kl = term("kl", "penalty", 16.0, 0.1)
    assert cure_of_flat((even, light, kl)) == "phases.0.updates.0.objective.turn.weight=2"
    assert cure_of_flat((even, fair, kl)) == "phases.0.updates.0.objective.kl.weight=0.01"
    assert cure_of_flat((even, fair)) == "phases.0.epochs=160"
    room = Room(explained=0.3, linear=0.2, double=0.5, setting="dim=2")
    assert cure_of_flat((even, fair, kl), room=room) == "dim=2"


@pytest.mark.parametrize(
    ("changes", "shares", "ill"),
    [
        ({}, (0.3, 0.3, 0.5), True),  # full, and more would keep more
        ({}, (0.3, 0.3, 0.31), False),  # full, of noise
        ({}, (0.9, 0.8, 0.9), False),  # full, and all comes back
        ({"kl_mean": 0.4}, (0.3, 0.3, 0.5), False),  # not full
        ({"kl_mean": 0.4}, (0.3, 0.7, 0.8), True),  # far behind a linear code
        ({"kl_mean": 0.4, "information": 0.3}, (0.3, 0.7, 0.8), False),  # collapsed
    ],
)
def test_what_could_come_back_and_does_not_is_under_fitting(changes, shares, ill):
    explained, linear, double = shares
    room = Room(explained=explained, linear=linear, double=double, setting="dim=4")
    found = illnesses(latents=latents(16.0, **changes), room=room)
    assert ("under_fitting" in found) == ill


def test_parts_behind_a_linear_code_are_freed_or_trained_for_longer():
    room = Room(explained=0.3, linear=0.7, double=0.8, setting="dim=4")
    terms = (term("fit", "error", 1.0, 1.0), term("kl", "penalty", 16.0, 0.1))

    def cure(nats):
        health = latents(nats * 8, kl_mean=nats)
        evidence = Evidence(courses=(course(EPOCHS, terms=terms),), latents=health, room=room)
        return {f.illness: f.cure for f in diagnose(evidence).findings}["under_fitting"]

    assert cure(0.4) == "phases.0.updates.0.objective.kl.weight=0.01"
    assert cure(1.0) == "phases.0.epochs=160"


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
