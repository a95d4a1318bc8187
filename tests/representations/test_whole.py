"""Parts that make one latent step of a whole signal."""

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Gaussian
from latentloom.representations.set_transformer import (
    SetTransformerDecoder,
    SetTransformerEncoder,
)
from latentloom.representations.whole_decoders import (
    FlatConvDecoder,
    PooledConvDecoder,
    ResNetConvDecoder,
)
from latentloom.representations.whole_encoders import (
    FlatConvEncoder,
    PooledConvEncoder,
    ResNetConvEncoder,
)

SMALL = {"steps": 16, "widths": [6, 8], "dense": 7}
PAIRS = {
    "pooled": lambda: (
        PooledConvEncoder(3, 0, 0, "zeros", dropout=[0.1, 0.1, 0.1], **SMALL),
        PooledConvDecoder(4, 3, 0, "zeros", **SMALL),
    ),
    "resnet": lambda: (
        ResNetConvEncoder(3, 0, 0, "zeros", **SMALL),
        ResNetConvDecoder(4, 3, 0, "zeros", start=3, **SMALL),
    ),
    "flat": lambda: (
        FlatConvEncoder(3, 0, 0, "zeros", **SMALL),
        FlatConvDecoder(4, 3, 0, "zeros", **SMALL),
    ),
    "sets": lambda: (
        SetTransformerEncoder(3, 0, 0, "zeros", steps=16, width=8, heads=2),
        SetTransformerDecoder(4, 3, 0, steps=16, width=8, heads=2),
    ),
}


def model(kind):
    encoder, decoder = PAIRS[kind]()
    bottleneck = Gaussian(encoder.width, dim=4)
    return Autoencoder(encoder=encoder, bottleneck=bottleneck, decoder=decoder)


def numbers(module):
    """Weights and the averages of norms, as Keras counts parameters."""
    return sum(x.numel() for x in module.state_dict().values() if x.is_floating_point())


@pytest.mark.parametrize(("dim", "wanted"), [(256, 1_595_416), (512, 1_989_144)])
def test_the_pooled_original_has_the_documented_weights(dim, wanted):
    """512 slots of 8 parameters, every setting at its default."""
    made = Autoencoder(
        encoder=PooledConvEncoder(8, 0, 0, "zeros", steps=512),
        bottleneck=Gaussian(512, dim=dim),
        decoder=PooledConvDecoder(dim, 8, 0, "zeros", steps=512),
    )
    assert numbers(made) == wanted
    grids = 32 + 64 + 128 + 512 + 512 + 2048 + 64 + 32 + 16
    assert sum(p.numel() for p in made.parameters()) == wanted - 2 * grids


def test_the_resnet_original_has_the_documented_weights():
    made = Autoencoder(
        encoder=ResNetConvEncoder(8, 0, 0, "zeros", steps=512),
        bottleneck=Gaussian(512, dim=512),
        decoder=ResNetConvDecoder(512, 8, 0, "zeros", steps=512),
    )
    assert numbers(made) == 12_241_784


@pytest.mark.parametrize("kind", PAIRS)
def test_a_signal_is_one_latent_step(kind):
    made, batch = model(kind), Batch.of(torch.randn(5, 16, 3))
    latent = made.encode(batch)
    assert latent.z.shape == (5, 1, 4)
    assert made.decode(latent, batch.context).shape == (5, 16, 3)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize(("steps", "latents"), [(9, 1), (16, 1), (33, 3)])
def test_signals_of_any_length_are_padded_to_whole_latent_steps(kind, steps, latents):
    made, values = model(kind).eval(), torch.randn(5, steps, 3)
    latent = made.encode(Batch.of(values))
    assert latent.z.shape == (5, latents, 4)
    padded = torch.cat((values, torch.full((5, 16 * latents - steps, 3), 7.0)), 1)
    whole = made.encode(Batch.of(padded, lengths=torch.full((5,), steps)))
    torch.testing.assert_close(whole.z, latent.z, atol=1e-5, rtol=1e-4)
    made_of = made.decode(latent, Batch.of(values).context)
    assert made_of.shape == (5, steps, 3)


@pytest.mark.parametrize("kind", PAIRS)
def test_one_signal_alone_can_be_trained_on(kind):
    made, batch = model(kind).train(), Batch.of(torch.randn(1, 16, 3))
    output = made.decode(made.encode(batch), batch.context)
    (output - batch.values).square().mean().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in made.parameters())


@pytest.mark.parametrize("kind", ["pooled", "resnet"])
def test_the_mean_forgets_where_something_is(kind):
    """Rolled by whole steps of the last grid, a signal on a circle has the same latents."""
    parts = {
        "pooled": PooledConvEncoder(3, 0, 0, "circular", dropout=[0.0] * 3, **SMALL),
        "resnet": ResNetConvEncoder(3, 0, 0, "circular", **SMALL),
    }
    encoder, x = parts[kind].eval(), torch.randn(2, 16, 3)
    torch.testing.assert_close(encoder(Batch.of(x.roll(2, 1))), encoder(Batch.of(x)))


def test_what_is_kept_flat_has_a_place():
    encoder, x = FlatConvEncoder(3, 0, 0, "circular", **SMALL).eval(), torch.randn(2, 16, 3)
    gap = encoder(Batch.of(x.roll(2, 1))) - encoder(Batch.of(x))
    assert gap.abs().mean() > 0.1


def test_a_flat_code_holds_every_linear_one():
    """With the convolutions silent, encoder and decoder are the matrices of a linear code."""
    encoder, decoder = PAIRS["flat"]()
    torch.nn.init.zeros_(encoder.summary.norm.norm.weight)
    for parameter in decoder.leave.parameters():
        torch.nn.init.zeros_(parameter)
    x, z = torch.randn(2, 16, 3), torch.randn(2, 1, 4)
    wanted = x.flatten(1) @ encoder.straight.weight.T
    torch.testing.assert_close(encoder.eval()(Batch.of(x))[:, 0], wanted)
    made = decoder.eval()(z, Batch.of(x).context)
    torch.testing.assert_close(made.flatten(1), z[:, 0] @ decoder.straight.weight.T)


def test_a_set_is_read_in_any_order():
    encoder, x = PAIRS["sets"]()[0], torch.randn(2, 16, 3)
    shuffled = x[:, torch.randperm(16)]
    torch.testing.assert_close(encoder(Batch.of(shuffled)), encoder(Batch.of(x)))


def test_places_give_a_set_an_order():
    settings = {"steps": 16, "width": 8, "heads": 2, "positions": "learned"}
    encoder, x = SetTransformerEncoder(3, 0, 0, "zeros", **settings), torch.randn(2, 16, 3)
    shuffled = x[:, torch.randperm(16)]
    assert (encoder(Batch.of(shuffled)) - encoder(Batch.of(x))).abs().max() > 0.01


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: PooledConvEncoder(3, 0, 0, "zeros", steps=10),
            "steps must be a multiple of 4, to be halved between 3 grids, got 10",
        ),
        (
            lambda: ResNetConvDecoder(4, 3, 0, "zeros", steps=24),
            "steps must be a multiple of 16, .* got 24; take more steps",
        ),
        (
            lambda: PooledConvEncoder(3, 0, 0, "zeros", steps=16, widths=[4, 4]),
            "dropout must hold 3 shares, one for each of 2 widths and one for the dense layer",
        ),
        (
            lambda: PooledConvEncoder(3, 0, 0, "zeros", steps=16, dropout=[0.1, 0.1, 0.1, 1.0]),
            r"dropout must be in \[0, 1\), got 1.0",
        ),
        (
            lambda: FlatConvEncoder(3, 0, 0, "zeros", steps=16, dropout=-0.1),
            r"dropout must be in \[0, 1\), got -0.1",
        ),
        (
            lambda: FlatConvDecoder(4, 3, 0, "zeros", steps=16, widths=[]),
            r"widths must name at least one grid, each positive, got \[\]",
        ),
        (
            lambda: FlatConvEncoder(3, 0, 0, "zeros", steps=16, sees="signal+drive"),
            "sees must not name the drive",
        ),
        (
            lambda: SetTransformerDecoder(4, 3, 0, steps=16, width=9, heads=2),
            "width must be a multiple of 2 heads, got 9",
        ),
    ],
)
def test_parts_that_cannot_be_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
