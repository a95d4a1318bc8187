import pytest
import torch

from latentloom.nn.dropout import Dropout


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_the_share_is_dropped_and_the_rest_scaled_up(share):
    made = Dropout(share)(torch.ones(1000, 1001))
    assert made.eq(0).double().mean().item() == pytest.approx(share, rel=0.02)
    assert made.max().item() == pytest.approx(1 / (1 - share), rel=1e-4)
    assert made.double().mean().item() == pytest.approx(1.0, rel=0.01)


def test_features_are_dropped_independently():
    gone = Dropout(0.3)(torch.ones(100_000, 8)).eq(0).double()
    together = torch.corrcoef(gone.T) - torch.eye(8)
    assert together.abs().max() < 0.02


def test_the_gradient_passes_where_features_do():
    x = torch.randn(50, 7, requires_grad=True)
    made = Dropout(0.5)(x)
    made.sum().backward()
    torch.testing.assert_close(x.grad, made.detach() / x.detach())


@pytest.mark.parametrize(("share", "kept"), [(0.0, 1.0), (1.0, 0.0)])
def test_none_or_all_may_go(share, kept):
    assert Dropout(share)(torch.ones(3, 5)).eq(kept).all()


def test_nothing_is_dropped_after_training():
    x = torch.randn(4, 5)
    assert torch.equal(Dropout(0.5).eval()(x), x)


def test_the_seed_decides():
    draws = []
    for _ in range(2):
        torch.manual_seed(3)
        draws.append(Dropout(0.5)(torch.ones(9, 9)))
    assert torch.equal(*draws)
