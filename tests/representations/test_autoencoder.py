import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Quantized
from latentloom.representations.decoders import ConvDecoder, TransformerDecoder
from latentloom.representations.encoders import ConvEncoder


def make_model(decoder=None):
    return Autoencoder(
        encoder=ConvEncoder(1, 0, 0, "zeros", widths=[8, 8], strides=[2, 2]),
        bottleneck=Quantized(8, dim=4, levels=[16, 8]),
        decoder=decoder or ConvDecoder(4, 1, 0, 0, "zeros", widths=[8, 8], strides=[2, 2]),
    )


def test_it_says_what_neighbours_must_know():
    model = make_model()
    assert (model.stride, model.dim, model.levels) == (4, 4, (16, 8))


def test_signals_of_any_length_come_back_as_long():
    model, batch = make_model(), Batch.of(torch.randn(3, 41, 1))
    assert model.decode(model.encode(batch), batch.context).shape == (3, 41, 1)


def test_codes_alone_bring_the_signal_back():
    model, batch = make_model(), Batch.of(torch.randn(30, 40, 1))
    model.encode(batch)
    latent = model.eval().encode(batch)
    direct = model.decode(latent, batch.context)
    torch.testing.assert_close(model.decode(model.look_up(latent.codes), batch.context), direct)


def test_padding_never_reaches_a_codebook():
    model = make_model()
    values = torch.randn(3, 40, 1)
    values[:, 20:] = torch.inf
    latent = model.encode(Batch.of(values, lengths=torch.tensor([20, 9, 1])))
    assert latent.z.isfinite().all()
    assert latent.z[1, 3:].eq(0).all()
    assert model.bottleneck.books[0].entries.isfinite().all()


def test_a_few_steps_of_training_reconstruct_better():
    model, batch = make_model(), Batch.of(torch.randn(16, 32, 1).cumsum(1) / 4)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    errors = []
    for _ in range(40):
        latent = model.encode(batch)
        error = (model.decode(latent, batch.context) - batch.values).square().mean()
        optimizer.zero_grad()
        (error + 0.25 * latent.penalties["commitment"].mean()).backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.6 * errors[0]


def test_unequal_strides_are_refused():
    decoder = TransformerDecoder(4, 1, 0, 0, "zeros", patch=8, width=8, layers=1, heads=2)
    with pytest.raises(ValueError, match="equal strides, got 4 and 8 time steps"):
        make_model(decoder)


def test_latents_of_another_length_are_refused():
    model, batch = make_model(), Batch.of(torch.randn(1, 40, 1))
    latent = model.encode(Batch.of(torch.randn(1, 32, 1)))
    with pytest.raises(ValueError, match="40 steps needs 10 latent steps of 4 each, got 8"):
        model.decode(latent, batch.context)
