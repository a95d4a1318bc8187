from functools import partial

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder


def test_features_are_bounded():
    encoder = LstmEncoder(2, 0, 0, width=6, layers=2)
    assert encoder(Batch.of(100 * torch.randn(3, 20, 2))).abs().max() <= 1


def test_a_step_knows_those_before_it_or_all():
    values = torch.randn(1, 9, 2, requires_grad=True)
    for directions, seen in (("forward", 4), ("both", 9)):
        encoder = LstmEncoder(2, 0, 0, width=6, layers=2, directions=directions)
        (gradient,) = torch.autograd.grad(encoder(Batch.of(values))[0, 3].sum(), values)
        assert gradient.ne(0).any(-1).sum() == seen


def test_a_spectral_head_stretches_nothing():
    encoder = LstmEncoder(2, 0, 0, width=6, layers=1, head="spectral")
    for _ in range(100):
        encoder(Batch.of(torch.randn(1, 2, 2)))  # each call in training finds it better
    assert torch.linalg.matrix_norm(encoder.head.weight, 2).item() == pytest.approx(1, abs=1e-3)


def test_conditions_are_seen_by_both_ends():
    batch = Batch.of(torch.randn(2, 9, 2), condition=torch.randn(2, 3))
    encoder = LstmEncoder(2, 0, 3, width=6, layers=1)
    decoder = LstmDecoder(6, 2, 0, 3, width=6, layers=1)
    for film in (encoder.film, decoder.film):
        torch.nn.init.normal_(film.project.weight)
    other = Batch.of(batch.values, condition=torch.randn(2, 3))
    assert not torch.equal(encoder(batch), encoder(other))
    z = torch.randn(2, 9, 6)
    assert not torch.equal(decoder(z, batch.context), decoder(z, other.context))


def test_a_drive_that_is_not_there_cannot_be_seen():
    with pytest.raises(ValueError, match="must not name the drive"):
        LstmEncoder(2, 0, 0, sees="signal+drive")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"dropout": 1.0}, r"dropout must be in \[0, 1\), got 1.0"),
        ({"width": 5, "directions": "both"}, "width must be even for both directions, got 5"),
    ],
)
@pytest.mark.parametrize("made", [partial(LstmEncoder, 2), partial(LstmDecoder, 4, 2)])
def test_settings_out_of_range_are_refused(made, settings, message):
    with pytest.raises(ValueError, match=message):
        made(0, 0, **settings)


def test_by_default_it_has_the_weights_of_three_layers_of_64():
    encoder, decoder = LstmEncoder(8, 0, 0), LstmDecoder(64, 8, 0, 0)
    memory = 3 * 4 * 64 * (64 + 2) + 2 * 4 * 64 * 64
    count = [sum(p.numel() for p in part.parameters()) for part in (encoder, decoder)]
    assert count == [memory + 4 * 64 * 8 + 64 * 65, memory + 4 * 64 * 64 + 8 * 65]
