"""Laws of signals that go through one vector, whatever makes it and reads it."""

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.decoders import ConvDecoder, TransformerDecoder
from latentloom.representations.encoders import ConvEncoder, TransformerEncoder
from latentloom.representations.expanders import (
    LstmExpander,
    OwnTimeExpander,
    PerceptronExpander,
    RepeatExpander,
)
from latentloom.representations.pooled import Pooled
from latentloom.representations.poolers import (
    AttentionPooler,
    HybridPooler,
    LastPooler,
    MeanPooler,
    OwnTimePooler,
)
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder

from .kinds_representations import awake

SIZES = {"widths": [8, 8], "strides": [2, 1]}
PATCHES = {"patch": 2, "width": 8, "layers": 1, "heads": 2}
ENCODERS = {
    "lstm": lambda: LstmEncoder(2, 0, 0, width=8, layers=2),
    "conv": lambda: ConvEncoder(2, 0, 0, "zeros", **SIZES),
    "transformer": lambda: TransformerEncoder(2, 0, 0, "zeros", **PATCHES),
}
DECODERS = {
    "lstm": lambda: LstmDecoder(8, 2, 0, 0, width=8, layers=2, directions="both"),
    "conv": lambda: ConvDecoder(8, 2, 0, 0, "zeros", **SIZES),
    "transformer": lambda: TransformerDecoder(8, 2, 0, 0, "zeros", **PATCHES),
}
PAIRS = [  # of equal strides
    ("lstm", "lstm"),
    ("conv", "conv"),
    ("conv", "transformer"),
    ("transformer", "conv"),
]
EXPANDERS = {
    "lstm": LstmExpander(width=6, layers=1),
    "feedback": LstmExpander(width=6, layers=1, feedback="on"),
    "mlp": PerceptronExpander(width=6),
    "repeat": RepeatExpander(),
    "own time": OwnTimeExpander(points=5, width=6),
}
POOLERS = {
    "attention": AttentionPooler(),
    "hybrid": HybridPooler(),
    "last": LastPooler(),
    "mean": MeanPooler(),
    "own time": OwnTimePooler(points=5, width=6),
}
LENGTHS = torch.tensor([19, 7, 1])


def batch(steps=20, filler=0.0):
    """The same signals, with as much padding behind them as is asked for."""
    values = torch.full((3, steps, 2), filler)
    values[:, :19] = torch.linspace(-2, 2, 114).sin().view(3, 19, 2)
    return Batch.of(values, lengths=LENGTHS)


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request):
    return ENCODERS[request.param[0]](), DECODERS[request.param[1]]()


@pytest.fixture(params=EXPANDERS)
def expand(request):
    return EXPANDERS[request.param]


@pytest.fixture(params=POOLERS)
def model(request, pair, expand):
    encoder, decoder = pair
    bottleneck = Pooled(8, dim=5, steps=40, pool=POOLERS[request.param], expand=expand)
    return awake(Autoencoder(encoder=encoder, bottleneck=bottleneck, decoder=decoder)).eval()


def test_padding_changes_nothing(model):
    one, other = batch(), batch(steps=34, filler=99.0)
    latent, padded = model.encode(one), model.encode(other)
    assert latent.z.shape == (3, 1, 5)
    torch.testing.assert_close(padded.z, latent.z, atol=1e-5, rtol=1e-4)
    for name, penalty in latent.penalties.items():
        torch.testing.assert_close(padded.penalties[name], penalty, atol=1e-5, rtol=1e-4)
    made, longer = model.decode(latent, one.context), model.decode(latent, other.context)
    torch.testing.assert_close(longer[:, :20], made, atol=1e-5, rtol=1e-4)
    assert longer[:, 20:].eq(0).all()


def test_all_parts_learn_through_the_one_vector(model):
    made = model.decode(model.encode(batch()), batch().context)
    made.square().sum().backward()
    for name in ("encoder", "bottleneck.pool", "bottleneck.expand", "decoder"):
        gradients = [p.grad for p in model.get_submodule(name).parameters()]
        assert all(gradient is not None for gradient in gradients), name
        assert any(gradient.any() for gradient in gradients), name


def test_the_latent_tells_how_long_a_signal_is(model):
    told = model.lengths(model.encode(batch()), batch().context)
    stride = model.encoder.stride
    assert told.tolist() == [min(-(-steps // stride) * stride, 20) for steps in LENGTHS.tolist()]
