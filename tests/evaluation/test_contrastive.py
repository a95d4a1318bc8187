import numpy as np
import pytest
import torch
from torch.nn import functional as F

from latentloom.evaluation.judges import contrastive
from latentloom.evaluation.judges.contrast import hierarchical_contrast
from latentloom.evaluation.judges.contrastive import fit_encoders
from latentloom.evaluation.judges.dilated import DilatedConvolutions, DilatedNetworks
from latentloom.evaluation.population import Population


def randoms(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def signals(size=24, steps=20, seed=0, lengths=None):
    values = np.random.default_rng(seed).normal(size=(size, steps, 2)).astype(np.float32)
    if lengths is not None:
        values *= (np.arange(steps) < lengths[:, None])[..., None]
    return Population(values=values, lengths=lengths)


def by_pairs(one, other):
    """The loss of one encoder, pair by pair, as the paper's equations 1 to 3 have it."""
    parts = []
    while True:
        steps, size = one.shape[:2]
        total = 0.0
        for t in range(steps):
            for i in range(size):
                for a, b in ((one, other), (other, one)):
                    mine = (a[t, i] * b[t, i]).sum()
                    among = [(a[t, i] * b[t, j]).sum() for j in range(size)]
                    among += [(a[t, i] * a[t, j]).sum() for j in range(size) if j != i]
                    total += torch.stack(among).logsumexp(0) - mine
                    along = [(a[t, i] * b[u, i]).sum() for u in range(steps)]
                    along += [(a[t, i] * a[u, i]).sum() for u in range(steps) if u != t]
                    total += torch.stack(along).logsumexp(0) - mine
        parts.append(total / (4 * steps * size))
        if steps < 2:
            return sum(parts) / len(parts)
        one, other = (torch.maximum(x[: steps // 2 * 2 : 2], x[1::2]) for x in (one, other))


@pytest.mark.parametrize("dilation", [1, 3, 8, 64])
def test_a_stack_of_convolutions_is_each_of_them(dilation):
    stack = DilatedConvolutions(
        (3, 4), kernel=3, dilation=dilation, steps=99, randoms=randoms(0, 1)
    )
    x = torch.randn(2, 11, 5, 3)
    for s, found in enumerate(stack(x)):
        weight = stack.weight[s].permute(2, 1, 0)
        alone = F.conv1d(
            x[s].permute(1, 2, 0), weight, stack.bias[s, 0], padding=dilation, dilation=dilation
        )
        assert torch.allclose(found, alone.permute(2, 0, 1), atol=1e-5)


@pytest.mark.parametrize("dilation", [1, 4, 64])
def test_the_gradient_is_that_of_finite_differences(dilation):
    stack = DilatedConvolutions(
        (2, 3), kernel=3, dilation=dilation, steps=99, randoms=randoms(0, 1)
    )
    stack.double()
    x = torch.randn(2, 6, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, w, b: torch.func.functional_call(stack, {"weight": w, "bias": b}, (x,)),
        (x, stack.weight, stack.bias),
    )


def test_taps_that_reach_no_signal_are_left_out_and_change_nothing():
    few, all_ = (
        DilatedNetworks(2, dimensions=16, steps=steps, randoms=randoms(0)) for steps in (9, 2000)
    )
    x = torch.randn(1, 9, 4, 2)
    assert sum(p.numel() for p in few.parameters()) < sum(p.numel() for p in all_.parameters())
    found, same = (networks(x, seen=None, real=None) for networks in (few, all_))
    assert torch.allclose(found, same, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_the_loss_is_the_one_counted_pair_by_pair(steps):
    one, other = torch.randn(2, 2, steps, 3, 5)
    found = hierarchical_contrast(one, other, torch.ones(2, steps, 3, dtype=torch.bool))
    assert found[1] == pytest.approx(by_pairs(one[1], other[1]).item(), rel=1e-5)


def test_padding_is_in_no_pair():
    real = (torch.arange(6)[:, None] < torch.tensor([6, 3, 0])).expand(1, 6, 3)
    one, other = torch.randn(2, 1, 6, 3, 4)
    soiled = [torch.where(real[..., None], x, 50.0) for x in (one, other)]
    found, same = hierarchical_contrast(one, other, real), hierarchical_contrast(*soiled, real)
    assert torch.isfinite(found).all()
    assert torch.allclose(found, same)


def test_three_together_are_each_without_the_others():
    held = signals()
    together = fit_encoders(held, seeds=[0, 1, 2], dimensions=16, steps=6).encode(held)
    alone = fit_encoders(held, seeds=[0], dimensions=16, steps=6).encode(held)
    assert together[0] == pytest.approx(alone[0], abs=1e-5)
    for i in (1, 2):  # the first seed draws how long the crops of all are
        pair = fit_encoders(held, seeds=[0, i], dimensions=16, steps=6).encode(held)
        assert together[i] == pytest.approx(pair[1], abs=1e-5)


def test_another_seed_gives_another_encoder():
    held = signals()
    found = [fit_encoders(held, seeds=[s], dimensions=4, steps=3).encode(held) for s in (0, 1)]
    assert np.abs(found[0] - found[1]).max() > 0.01


def test_the_order_of_signals_does_not_matter():
    held, order = signals(), np.random.default_rng(1).permutation(24)
    mixed = held.take(order)
    found, same = (fit_encoders(x, seeds=[0], dimensions=16, steps=9) for x in (held, mixed))
    assert same.encode(mixed)[0] == pytest.approx(found.encode(held)[0][order], abs=1e-5)


def test_neither_padding_nor_how_much_of_it_matters():
    lengths = np.random.default_rng(0).integers(3, 21, 24)
    held = signals(lengths=lengths)
    more = Population(values=np.pad(held.values, ((0, 0), (0, 9), (0, 0))), lengths=lengths)
    soiled = np.where(more.mask[..., None], more.values, 7.0).astype(np.float32)
    more = Population(values=soiled, lengths=lengths)
    found, same = (fit_encoders(x, seeds=[0], dimensions=16, steps=9) for x in (held, more))
    assert same.encode(more) == pytest.approx(found.encode(held), abs=1e-5)


def test_a_padded_signal_is_encoded_as_one_cut_short():
    encoders = fit_encoders(signals(), seeds=[0, 1], dimensions=16, steps=3)
    padded = signals(lengths=np.array([20] * 12 + [7] * 12))
    short = Population(values=padded.values[12:, :7])
    assert encoders.encode(padded)[:, 12:] == pytest.approx(encoders.encode(short), abs=1e-5)


def test_weights_are_the_mean_over_all_steps(monkeypatch):
    held, seen = signals(), []
    keep = contrastive.AveragedModel.update_parameters

    def watched(self, networks):
        seen.append(networks.entry.weight.detach().clone())
        keep(self, networks)

    monkeypatch.setattr(contrastive.AveragedModel, "update_parameters", watched)
    encoders = fit_encoders(held, seeds=[0], dimensions=16, steps=5)
    assert len(seen) == 6  # the first weights and those of five steps
    assert torch.allclose(encoders.networks.entry.weight, torch.stack(seen).mean(0), atol=1e-6)


def test_learning_tells_kinds_of_waves_apart():
    rng = np.random.default_rng(0)
    kind = np.repeat([0.3, 0.9], 40)
    angle = kind[:, None] * np.arange(24) + rng.uniform(0, 6.28, (80, 1))
    waves = Population(values=np.sin(angle)[..., None].astype(np.float32))
    z = fit_encoders(waves, seeds=[0], dimensions=32, steps=30).encode(waves)[0]
    apart = ((z[:, None] - z) ** 2).sum(-1) + np.diag(np.full(80, np.inf))
    assert (kind[apart.argmin(1)] == kind).mean() > 0.95


def test_too_little_to_learn_from_is_refused():
    with pytest.raises(ValueError, match=r"at least 2 signals .* got 1 of at most 20"):
        fit_encoders(signals(size=1), seeds=[0])


def test_signals_that_are_too_long_are_refused():
    encoders = fit_encoders(signals(), seeds=[0], dimensions=8, steps=1)
    with pytest.raises(ValueError, match=r"at most the 20 steps .* got 30"):
        encoders.encode(signals(steps=30))
