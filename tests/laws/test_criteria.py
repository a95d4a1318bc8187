"""Laws that hold for every criterion, whatever its kind."""

import pytest
import torch

from latentloom.objectives import adversarial, combined, criteria, matching, physics, tokens
from latentloom.objectives.objective import Term
from latentloom.schedules import Constant

LAGS = Constant(3.0)
SCORED = ("fake_score", "real_score", "raw_score", "slope", "real_slope")
BOTH = {
    "one": Term(criterion=criteria.SquaredError(), weight=Constant(0.5)),
    "two": Term(criterion=criteria.AbsoluteError()),
}
COMPARING = {
    "mae": criteria.AbsoluteError(),
    "mse": criteria.SquaredError(),
    "huber": criteria.Huber(delta=0.3),
    "nrmse": criteria.Nrmse(),
    "relative error": criteria.RelativeError(),
    "correlation": criteria.Correlation(),
    "autocorrelation": criteria.Autocorrelation(lags=LAGS),
    "lag ratio": criteria.LagRatio(lags=LAGS),
    "spectral": criteria.Spectral(windows=[4, 8]),
    "cross channel": criteria.CrossChannel(),
    "matching by assignment": matching.Matching(),
    "matching of the nearest": matching.Matching(by="nearest"),
    "sum": combined.Sum(terms=BOTH),
    "span": combined.OfSpan(name="b", criterion=criteria.SquaredError(), layout={"a": 1, "b": 1}),
}
LAWS = {
    f"law {norm} {gain}": physics.LawError(norm=norm, gain=gain, delta=0.3)
    for norm in ("huber", "mse")
    for gain in ("given", "fitted")
} | {"law correlation": physics.LawCorrelation()}
OTHERS = {
    "penalty": criteria.Penalty(name="commitment"),
    "cross entropy": criteria.CrossEntropy(smoothing=0.1),
    "informativeness": tokens.Informativeness(),
    "wasserstein critic": adversarial.WassersteinCritic(),
    "wasserstein generator": adversarial.WassersteinGenerator(),
    "hinge critic": adversarial.HingeCritic(),
    "logistic": adversarial.Logistic(),
    "logistic of raw ones": adversarial.Logistic(of="raw", claim="drawn"),
    "next latent": criteria.NextLatentError(),
    "gradient penalty": adversarial.GradientPenalty(),
    "gradient penalty above": adversarial.GradientPenalty(sides="above"),
    "zero gradient": adversarial.ZeroGradient(),
    "condition error": adversarial.ConditionError(),
    "direct": criteria.DirectError(),
}
# Of a batch, not of signals: orthogonality and topography, tests/objectives/test_topology.py,
# likelihood, test_likelihood.py, populations, test_adversarial.py and test_joint.py, and roots,
# test_combined.py. Only of Gaussians: test_rendered.py; of movements:
# test_movements.py.
KINDS = COMPARING | LAWS | OTHERS


def outputs(size=3, steps=12, lengths=(12, 9, 10)):
    codes = torch.randint(0, 5, (size, 4, 2))
    return {
        "output": torch.randn(size, steps, 2, dtype=torch.double),
        "target": torch.randn(size, steps, 2, dtype=torch.double),
        "direct": torch.randn(size, steps, 2, dtype=torch.double),
        "law": torch.randn(size, steps, 1, dtype=torch.double),
        "mask": torch.arange(steps) < torch.tensor(lengths)[:, None],
        "guess_errors": torch.rand(size, 3, steps, dtype=torch.double),
        "commitment": torch.rand(size, dtype=torch.double),
        "logits": torch.randn(size, 4, 2, 5, dtype=torch.double),
        **{name: torch.randn(size, dtype=torch.double) for name in SCORED},
        "told_conditions": torch.randn(size, 2, dtype=torch.double),
        "conditions": torch.randn(size, 2, dtype=torch.double),
        "next_z": torch.randn(size, steps, 2, dtype=torch.double),
        "true_z": torch.randn(size, steps, 2, dtype=torch.double),
        "z_mask": torch.arange(steps) < torch.tensor(lengths)[:, None],
        "codes": codes,
        "code_mask": torch.arange(4) < torch.tensor([4, 3, 2])[:, None],
    }


def differentiable(criterion):
    names = (
        "output",
        "direct",
        "logits",
        "commitment",
        "guess_errors",
        "told_conditions",
        "next_z",
        *SCORED,
    )
    return next(name for name in names if name in criterion.reads)


@pytest.fixture(params=KINDS)
def criterion(request):
    return KINDS[request.param]


def test_one_finite_number_per_signal(criterion):
    made = criterion(outputs(), 0.5)
    assert made.shape == (3,)
    assert made.isfinite().all()


def test_it_reads_what_it_says(criterion):
    every = outputs()
    some = {name: every[name] for name in criterion.reads}
    assert torch.equal(criterion(some, 0.5), criterion(every, 0.5))


def test_signals_do_not_see_each_other(criterion):
    every, order = outputs(), torch.tensor([2, 0, 1])
    turned = {name: tensor[order] for name, tensor in every.items()}
    torch.testing.assert_close(criterion(turned, 0.5), criterion(every, 0.5)[order])


def test_padding_does_not_leak(criterion):
    every = outputs()
    other = {name: tensor.clone() for name, tensor in every.items()}
    other["guess_errors"][~other["mask"][:, None].expand(-1, 3, -1)] = 99.0
    for name in ("output", "target", "law", "next_z", "true_z"):
        other[name][~other["mask"]] = 99.0
    other["logits"][~other["code_mask"]] = 9.0
    torch.testing.assert_close(criterion(other, 0.5), criterion(every, 0.5))


def test_gradient_is_the_derivative(criterion):
    every = outputs()
    name = differentiable(criterion)

    def of(x):
        return criterion(every | {name: x}, 0.5)

    assert torch.autograd.gradcheck(of, every[name].requires_grad_())


@pytest.mark.parametrize("kind", COMPARING)
def test_nothing_is_nearer_than_the_target_itself(kind):
    every = outputs()
    same = every | {"output": every["target"].clone().requires_grad_()}
    least = COMPARING[kind](same, 0.5)
    torch.testing.assert_close(least, torch.zeros_like(least), rtol=0, atol=1e-6)
    assert (COMPARING[kind](every, 0.5) > least).all()
    least.sum().backward()
    assert same["output"].grad.isfinite().all()


@pytest.mark.parametrize("kind", LAWS)
def test_the_law_itself_breaks_no_law(kind):
    every = outputs()
    least = LAWS[kind](every | {"output": every["law"] + 4.0}, 0.5)
    torch.testing.assert_close(least, torch.zeros_like(least), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", COMPARING | LAWS)
def test_silence_has_a_finite_gradient(kind):
    every = outputs()
    still = {name: torch.zeros_like(every[name]) for name in ("output", "target", "law")}
    still["output"].requires_grad_()
    made = KINDS[kind](every | still, 0.5)
    made.sum().backward()
    assert made.isfinite().all()
    assert still["output"].grad.isfinite().all()
