import math

import pytest
import torch

from latentloom.core.batch import Batch, Latent
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free
from latentloom.representations.expanders import (
    LstmExpander,
    PerceptronExpander,
    RepeatExpander,
)
from latentloom.representations.pooled import Pooled
from latentloom.representations.poolers import (
    LastPooler,
    MeanPooler,
)
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder

REAL = torch.arange(6) < torch.tensor([6, 3, 1])[:, None]


def make_model(**settings):
    bottleneck = Pooled(8, **{"dim": 6, "steps": 32} | settings)
    return Autoencoder(
        encoder=LstmEncoder(1, 0, 0, width=8, layers=1),
        bottleneck=bottleneck,
        decoder=LstmDecoder(8, 1, 0, 0, width=8, layers=1),
    )


def constant(value, **settings):
    """A bottleneck that shows the same number everywhere."""
    made = Pooled(2, dim=3, steps=6, expand=RepeatExpander(), **settings)
    made.expand.project.weight.data.zero_()
    made.expand.project.bias.data.fill_(value)
    return made


def test_consistency_and_temporal_by_hand():
    features = torch.arange(6.0)[None, :, None].expand(3, 6, 2).contiguous()
    penalties = constant(1.0)(features, REAL).penalties
    # (t - 1)^2 of t = 0..5, 0..2 and 0; increments of 1 shown as 0
    assert penalties["consistency"].tolist() == pytest.approx([31 / 6, 2 / 3, 1])
    assert penalties["temporal"].tolist() == [1, 1, 0]


def test_consistency_does_not_pull_the_encoder():
    features = torch.randn(3, 6, 2, requires_grad=True)
    constant(1.0)(features, REAL).penalties["consistency"].sum().backward()
    assert features.grad.eq(0).all()


def test_one_number_is_the_length_on_a_logarithmic_scale():
    bottleneck = Pooled(2, dim=3, steps=36)
    lengths = torch.tensor([1, 6, 36])
    real = torch.arange(36) < lengths[:, None]
    z = bottleneck(torch.randn(3, 36, 2), real).z
    torch.testing.assert_close(z[:, 0, -1], torch.tensor([-1.0, 0.0, 1.0]))
    assert bottleneck.lengths(z).tolist() == [1, 6, 36]


@pytest.mark.parametrize("steps", [2, 203, 1000])
def test_every_length_is_told_again(steps):
    bottleneck = Pooled(1, dim=2, steps=steps, pool=LastPooler(), expand=RepeatExpander())
    real = torch.arange(steps) < torch.arange(1, steps + 1)[:, None]
    z = bottleneck(torch.zeros(steps, steps, 1), real).z
    assert torch.equal(bottleneck.lengths(z), torch.arange(1, steps + 1))


def test_a_head_is_judged_by_the_logarithm_of_the_length():
    bottleneck = constant(0.0, length="head")
    bottleneck.head[-1].weight.data.zero_()
    bottleneck.head[-1].bias.data.zero_()  # tells the root of the most steps
    latent = bottleneck(torch.randn(3, 6, 2), REAL)
    wanted = [math.log(math.sqrt(6) / length) ** 2 for length in (6, 3, 1)]
    assert latent.penalties["length"].tolist() == pytest.approx(wanted)
    assert bottleneck.lengths(latent.z).tolist() == [2, 2, 2]


def test_numbers_are_held_within_one_or_free():
    features = 50 * torch.randn(3, 6, 2)
    held = Pooled(2, dim=8, steps=6).eval()(features, REAL).z
    free = Pooled(2, dim=8, steps=6, bound="none", pool=MeanPooler()).eval()(features, REAL).z
    assert held.abs().max() <= 1 < free.abs().max()


def test_noise_is_in_training_alone():
    bottleneck = Pooled(2, dim=4, steps=6, noise=0.1)
    features = torch.randn(200, 6, 2)
    clean = bottleneck.eval()(features).z
    noisy = bottleneck.train()(features).z
    assert torch.equal(clean, bottleneck.eval()(features).z)
    assert (noisy - clean).std().item() == pytest.approx(0.1, rel=0.15)


def test_one_latent_step_stands_for_a_whole_signal():
    model, batch = make_model(length="off"), Batch.of(torch.randn(2, 20, 1))
    assert (model.stride, model.dim, model.tells_lengths) == (32, 6, False)
    assert model.decode(model.encode(batch), batch.context).shape == (2, 20, 1)


def test_the_way_round_shows_the_decoder_what_was_encoded():
    model, batch = make_model(), Batch.of(torch.randn(2, 20, 1), lengths=torch.tensor([20, 4]))
    expected = model.decoder(model.encoder(batch), batch.context)
    assert torch.equal(model.bypass(batch), expected)


def test_no_way_round_a_bottleneck_that_shows_less():
    model = Autoencoder(
        encoder=LstmEncoder(1, 0, 0, width=8, layers=1),
        bottleneck=Free(8, dim=3),
        decoder=LstmDecoder(3, 1, 0, 0, width=8, layers=1),
    )
    with pytest.raises(ValueError, match="what the encoder makes, 8 features; it reads 3"):
        model.bypass(Batch.of(torch.randn(2, 20, 1)))


def test_signals_longer_than_its_steps_name_the_setting():
    wanted = "at most 32 steps of the encoder, got 40; set `steps` of the bottleneck to 40 or more"
    with pytest.raises(ValueError, match=wanted):
        make_model().encode(Batch.of(torch.randn(1, 40, 1)))
    with pytest.raises(ValueError, match=wanted):
        make_model().bottleneck.expanded(torch.zeros(1, 1, 6), 40)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 1}, "dim must be at least 2, got 1"),
        ({"dim": 0, "length": "off"}, "dim must be at least 1, got 0"),
        ({"steps": 1}, "steps must be at least 2, got 1"),
        ({"noise": -0.1}, "noise must be at least 0, got -0.1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        make_model(**settings)


@pytest.mark.parametrize("kind", [LstmExpander, PerceptronExpander])
def test_an_expander_needs_features_and_layers(kind):
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        kind(width=0)
    with pytest.raises(ValueError, match="layers must be at least 1, got 0"):
        kind(layers=0)


def test_a_few_steps_of_training_reconstruct_better_through_the_vector():
    torch.manual_seed(0)
    model = make_model(pool=LastPooler())
    place = torch.linspace(0, 1, 16)[None, :, None]
    batch = Batch.of(torch.randn(32, 1, 1) * place + torch.randn(32, 1, 1))
    optimizer = torch.optim.Adam(model.parameters(), 2e-2)
    errors = []
    for _ in range(60):
        latent = model.encode(batch)
        error = (model.decode(latent, batch.context) - batch.values).square().mean()
        optimizer.zero_grad()
        (error + 0.5 * latent.penalties["consistency"].mean()).backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.2 * errors[0]


def test_what_was_expanded_once_is_not_expanded_again():
    model, batch = make_model(), Batch.of(torch.randn(2, 20, 1))
    latent = model.encode(batch)
    assert torch.equal(latent.shown, model.bottleneck.expanded(latent.z, 20))
    made = model.decode(latent, batch.context)
    torch.testing.assert_close(model.decode(Latent(z=latent.z), batch.context), made)
    assert latent[:1].shown is None
