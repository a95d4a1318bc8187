"""Laws of every bottleneck."""

import pytest
import torch

from .kinds_representations import BOTTLENECKS, DISCRETE

REAL = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]


@pytest.fixture(params=BOTTLENECKS)
def bottleneck(request):
    return BOTTLENECKS[request.param]()


@pytest.fixture(params=DISCRETE)
def discrete(request):
    return DISCRETE[request.param]()


def test_dim_levels_and_penalties_are_what_they_say(bottleneck):
    latent = bottleneck(torch.randn(3, 6, 8))
    assert latent.z.shape == (3, 6 // bottleneck.pools, bottleneck.dim)
    assert tuple(latent.penalties) == bottleneck.penalties
    assert (latent.codes is not None) == bool(bottleneck.levels)
    if latent.codes is not None:
        assert latent.codes.shape == (3, 6, len(bottleneck.levels))
        assert (latent.codes < torch.tensor(bottleneck.levels)).all()


def test_penalties_are_per_signal_and_not_negative(bottleneck):
    for penalty in bottleneck(torch.randn(3, 6, 8)).penalties.values():
        assert penalty.shape == (3,)
        assert (penalty >= 0).all()


def test_padding_is_zero_and_counts_nowhere(bottleneck):
    features = torch.randn(3, 6, 8)
    noisy = features.masked_fill(~REAL[..., None], 99.0)
    torch.manual_seed(1)
    state = {name: value.clone() for name, value in bottleneck.state_dict().items()}
    one = bottleneck(features, REAL)
    moved = {name: value.clone() for name, value in bottleneck.state_dict().items()}
    bottleneck.load_state_dict(state)
    torch.manual_seed(1)
    other = bottleneck(noisy, REAL)
    assert one.z[~REAL[:, :: bottleneck.pools]].eq(0).all()
    assert torch.equal(one.z, other.z)
    for name in bottleneck.penalties:
        assert torch.equal(one.penalties[name], other.penalties[name])
    for name, value in bottleneck.state_dict().items():
        assert torch.equal(value, moved[name])


def test_a_signal_without_padding_is_as_if_no_mask_was_given(bottleneck):
    bottleneck.eval()
    features = torch.randn(3, 6, 8)
    masked = bottleneck(features, torch.ones(3, 6, dtype=torch.bool))
    plain = bottleneck(features)
    torch.testing.assert_close(masked.z, plain.z)
    for name, penalty in plain.penalties.items():
        torch.testing.assert_close(masked.penalties[name], penalty)


def test_the_decoder_is_shown_as_many_steps_as_the_encoder_made(bottleneck):
    z = bottleneck(torch.randn(3, 6, 8)).z
    assert bottleneck.expanded(z, 6).shape == (3, 6, bottleneck.shown)


def test_a_latent_tells_a_length_of_at_most_all_steps_or_refuses(bottleneck):
    z = 3 * bottleneck(torch.randn(3, 6, 8), REAL).z
    if not bottleneck.tells_lengths:
        with pytest.raises(TypeError, match="tell no lengths"):
            bottleneck.lengths(z)
        return
    found = bottleneck.lengths(z)
    assert ((found >= 1) & (found <= 6)).all()


def test_every_parameter_gets_a_gradient(bottleneck):
    latent = bottleneck(torch.randn(3, 6, 8))
    (latent.z.square().sum() + sum(p.sum() for p in latent.penalties.values())).backward()
    assert not [n for n, p in bottleneck.named_parameters() if p.grad is None]


def test_look_up_of_the_codes_is_z(discrete):
    discrete(torch.randn(3, 60, 8))
    latent = discrete.eval()(torch.randn(3, 6, 8))
    again = discrete.look_up(latent.codes)
    torch.testing.assert_close(again.z, latent.z, atol=1e-6, rtol=0)
    assert torch.equal(again.codes, latent.codes)


def test_a_continuous_bottleneck_has_no_codes():
    with pytest.raises(TypeError, match="Free has no codes"):
        BOTTLENECKS["free"]().look_up(torch.zeros(1, 1, 1, dtype=torch.long))


@pytest.mark.parametrize("kind", ["quantized", "residual", "gradient"])
def test_the_gradient_passes_straight_through(kind):
    made = DISCRETE[kind]()
    made.normalise, made.project = "none", torch.nn.Identity()
    features = torch.randn(3, 6, 4, requires_grad=True)
    made(features).z.sum().backward()
    assert torch.equal(features.grad, torch.ones_like(features))


def test_evaluation_moves_nothing(bottleneck):
    bottleneck.eval()
    before = {name: value.clone() for name, value in bottleneck.state_dict().items()}
    bottleneck(torch.randn(3, 6, 8))
    for name, value in bottleneck.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_resumed_bottleneck_goes_on_bit_for_bit(bottleneck):
    batches = torch.randn(8, 3, 6, 8)
    for batch in batches[:4]:
        bottleneck(batch)
    state = {name: value.clone() for name, value in bottleneck.state_dict().items()}
    random = torch.get_rng_state()
    straight = [bottleneck(batch).z for batch in batches[4:]]
    bottleneck.load_state_dict(state)
    torch.set_rng_state(random)
    resumed = [bottleneck(batch).z for batch in batches[4:]]
    assert all(torch.equal(a, b) for a, b in zip(straight, resumed, strict=True))
