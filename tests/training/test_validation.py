"""Probes are judged on the validation split, and nothing is played twice for them."""

import pytest
import torch
from tiny import dataset, system

from latentloom.generators.decoding import Sample
from latentloom.objectives.criteria import AbsoluteError, SquaredError
from latentloom.training.forward_passes import FreeRun, Reconstruct
from latentloom.training.phase import Probe
from latentloom.training.validation import judge


class RandomSquaredError(SquaredError):
    """A criterion that counts signals by chance."""

    def __call__(self, outputs, progress):
        error = super().__call__(outputs, progress)
        return error * torch.rand_like(error)


PROBES = {
    "squared": Probe(forward_pass=Reconstruct(), criterion=SquaredError()),
    "chanced": Probe(forward_pass=Reconstruct(), criterion=RandomSquaredError()),
    "drawn": Probe(forward_pass=FreeRun(Sample()), criterion=SquaredError()),
    "absolute": Probe(forward_pass=Reconstruct(), criterion=AbsoluteError()),
}


@pytest.fixture(scope="module")
def judged():
    torch.manual_seed(0)
    return system(), dataset(256 + 9)


def test_a_probe_scores_the_same_whoever_is_judged_beside_it(judged):
    parts, data = judged
    together = judge(PROBES, parts, data, torch.device("cpu"))
    for name, probe in PROBES.items():
        assert judge({name: probe}, parts, data, torch.device("cpu")) == {name: together[name]}
    backwards = dict(reversed(PROBES.items()))
    assert judge(backwards, parts, data, torch.device("cpu")) == together


def test_a_forward_pass_that_probes_share_is_played_once(judged, monkeypatch):
    parts, data = judged
    played = []
    plain = Reconstruct.__call__
    monkeypatch.setattr(Reconstruct, "__call__", lambda *args: played.append(None) or plain(*args))
    judge(PROBES, parts, data, torch.device("cpu"))
    assert len(played) == 2  # the chunks of the split


def test_judging_draws_nothing_from_the_stream_of_the_training(judged):
    parts, data = judged
    torch.manual_seed(5)
    before = torch.get_rng_state()
    judge(PROBES, parts, data, torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


class SpreadError(SquaredError):
    """A criterion of a set of signals, not of each: how far their outputs lie apart."""

    def __call__(self, outputs, progress):
        spread = outputs["output"].std(0).mean()
        return spread.expand(len(outputs["output"]))


def test_a_probe_of_sets_judges_as_many_signals_together_as_it_says(judged):
    parts, data = judged
    by_batch = {
        size: judge(
            {"spread": Probe(forward_pass=Reconstruct(), criterion=SpreadError(), batch=size)},
            parts,
            data,
            torch.device("cpu"),
        )["spread"]
        for size in (256, 1000)
    }
    with torch.no_grad():
        outputs = Reconstruct()(parts, data.batch(), 1.0)["output"]
    assert by_batch[1000] == pytest.approx(float(outputs.std(0).mean()), rel=1e-5)
    assert by_batch[256] != by_batch[1000]
    with pytest.raises(ValueError, match="batch must be at least 1, got 0"):
        Probe(forward_pass=Reconstruct(), criterion=SpreadError(), batch=0)
