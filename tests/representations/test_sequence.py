"""Predictors that go step by step."""

from dataclasses import replace

import pytest
import torch

from latentloom.core.batch import Batch, Context
from latentloom.core.system import System
from latentloom.objectives.criteria import AbsoluteError
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.predictors import Law
from latentloom.representations.sequence import LstmPredictor
from latentloom.schedules import Constant
from latentloom.training.forward_passes import Guided, Predict

STEPS = 12


def batch_of(channels=3, conditions=2, start=2, size=4):
    torch.manual_seed(0)
    values = torch.randn(size, STEPS, channels)
    condition = torch.randn(size, conditions) if conditions else None
    batch = Batch.of(values, condition=condition)
    known = values[:, :start] if start else None
    return replace(batch, context=replace(batch.context, start=known))


def predictor_of(start=2, **settings):
    torch.manual_seed(1)
    return LstmPredictor(3, 0, 2, start, width=8, dropout=0.0, **settings).eval()


def test_the_documented_form_has_the_documented_weights():
    predictor = LstmPredictor(7, 0, 0, 1)
    assert sum(weight.numel() for weight in predictor.parameters()) == 1_597_191


def test_known_steps_come_back_as_they_are():
    batch = batch_of()
    assert torch.equal(predictor_of()(batch.context)[:, :2], batch.values[:, :2])


def test_nobody_guided_is_everybody_free():
    batch, predictor = batch_of(), predictor_of()
    free = predictor.guided(batch, torch.zeros(STEPS, dtype=torch.bool))
    torch.testing.assert_close(free, predictor(batch.context))


def test_free_running_never_looks_at_the_truth():
    batch, predictor = batch_of(), predictor_of()
    nobody = torch.zeros(STEPS, dtype=torch.bool)
    other = replace(batch, values=torch.cat((batch.values[:, :2], torch.randn(4, 10, 3)), 1))
    assert torch.equal(predictor.guided(batch, nobody), predictor.guided(other, nobody))


@pytest.mark.parametrize("step", [2, 5, 11])
def test_a_forced_step_is_made_from_the_true_one_before_it(step):
    batch, predictor = batch_of(), predictor_of()
    forced = torch.ones(STEPS, dtype=torch.bool)
    changed = batch.values.clone()
    changed[:, step] += 1.0
    before = predictor.guided(batch, forced)
    after = predictor.guided(replace(batch, values=changed), forced)
    torch.testing.assert_close(before[:, : step + 1], after[:, : step + 1])
    if step + 1 < STEPS:
        assert not torch.allclose(before[:, step + 1], after[:, step + 1])


def test_without_first_rows_the_conditions_tell_all():
    batch, predictor = batch_of(start=0), predictor_of(start=0)
    made = predictor(batch.context)
    assert made.shape == (4, STEPS, 3)
    assert not torch.allclose(made[0], made[1])


def test_first_rows_must_be_told():
    context = Context(size=1, steps=5, condition=torch.zeros(1, 2))
    with pytest.raises(ValueError, match="the first 2 steps of the signals must be known"):
        predictor_of()(context)


def test_a_memory_without_layers_is_refused():
    with pytest.raises(ValueError, match="layers"):
        predictor_of(layers=0)


def played(forward_pass, batch):
    system = System(channels=3, base=predictor_of())
    torch.manual_seed(3)
    return forward_pass(system, batch, 0.5)["output"]


def test_guidance_without_truth_is_prediction():
    batch = batch_of()
    free = played(Guided(forcing=Constant(0.0)), batch)
    torch.testing.assert_close(free, played(Predict(), batch))


def test_noise_reaches_the_first_rows_alone():
    batch = batch_of()
    plain = played(Guided(forcing=Constant(0.0)), batch)
    noisy = played(Guided(forcing=Constant(0.0), noise=Constant(0.5)), batch)
    assert not torch.allclose(plain[:, 2:], noisy[:, 2:])
    assert torch.equal(noisy[:, :2], batch.values[:, :2])


def test_guidance_moves_every_weight():
    batch = batch_of()
    system = System(channels=3, base=predictor_of())
    parameters = system.focus(["base"])
    objective = Objective({"mae": Term(criterion=AbsoluteError())})
    objective(Guided(forcing=Constant(0.5))(system, batch, 0.0), 0.0).total.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in parameters)


@pytest.mark.parametrize(("forcing", "noise"), [(1.2, 0.0), (0.5, -0.1)])
def test_what_no_guidance_can_mean_is_refused(forcing, noise):
    with pytest.raises(ValueError, match=r"forcing|noise"):
        Guided(forcing=Constant(forcing), noise=Constant(noise))


def test_only_a_predictor_that_goes_by_steps_can_be_guided():
    system = System(channels=1, base=Law(1, 1, 0, 0))
    with pytest.raises(TypeError, match="base must be a StepPredictor, got Law"):
        system.guided(Batch.of(torch.zeros(1, 3, 1)), torch.ones(3, dtype=torch.bool))
