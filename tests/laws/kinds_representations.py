"""One small part of every kind that can stand in a representation, for the laws."""

import torch

from latentloom.core.batch import Batch, Context
from latentloom.representations import (
    bottlenecks,
    decoders,
    encoders,
    predictors,
    sequence,
    symmetric,
)
from latentloom.representations.categorical_codes import Categorical
from latentloom.representations.categorical_decoder import CategoricalDecoder
from latentloom.representations.categorical_encoder import CategoricalEncoder
from latentloom.representations.expanders import LstmExpander, OwnTimeExpander, RepeatExpander
from latentloom.representations.families import Perceptron
from latentloom.representations.levels import Level
from latentloom.representations.pointwise import PointwiseDecoder, PointwiseEncoder
from latentloom.representations.pooled import Pooled
from latentloom.representations.poolers import (
    AttentionPooler,
    LastPooler,
    MeanPooler,
    OwnTimePooler,
)
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder
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

PADDINGS = ("circular", "zeros")
ALL = "signal+drive+condition"
KNOWN = "latent+drive+condition"
FAMILY = Perceptron(hidden=[6], width=3, dropout=0.1)
LEVELS = [Level(dim=4, size=8), Level(dim=3, size=5)]


def make_batch(size=4, steps=32, lengths=None):
    """Signals with two channels, a drive of three, and two conditions."""
    return Batch.of(
        torch.randn(size, steps, 2),
        lengths=lengths,
        drive=torch.randn(size, steps, 3),
        condition=torch.randn(size, 2),
    )


def rolled(context: Context, shift: int) -> Context:
    """The same context, seen from another place of the period."""
    return Context(
        size=context.size,
        steps=context.steps,
        lengths=context.lengths,
        drive=context.drive.roll(shift, 1),
        condition=context.condition,
    )


def awake(part):
    """The part with no parameter at zero, where one started as the identity."""
    with torch.no_grad():
        for parameter in part.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return part


ENCODERS = {
    "conv": lambda p: encoders.ConvEncoder(
        2, 3, 2, p, widths=[8, 8], strides=[2, 2], blocks=2, kernel=3, sees=ALL
    ),
    "conv of signals only": lambda p: encoders.ConvEncoder(
        2, 3, 2, p, widths=[8], strides=[4], sees="signal"
    ),
    "transformer": lambda p: encoders.TransformerEncoder(
        2, 3, 2, p, patch=4, width=8, layers=2, heads=2, sees=ALL
    ),
    "categorical": lambda p: CategoricalEncoder(
        2, (1, 1), (("a", 0), ("b", 0)), embedding=4, hidden=8, families={"b": FAMILY}
    ),
    "lstm": lambda p: LstmEncoder(2, 3, 2, width=8, layers=2, dropout=0.1, sees=ALL),
    "lstm of both directions": lambda p: LstmEncoder(
        2, 3, 2, width=8, layers=2, directions="both", head="spectral"
    ),
    "pointwise": lambda p: PointwiseEncoder(2, 3, 2, width=8, sees=ALL),
    "pooled conv": lambda p: PooledConvEncoder(
        2, 3, 2, p, steps=8, widths=[6, 8], dense=7, dropout=[0.1, 0.2, 0.3], sees=ALL
    ),
    "resnet conv": lambda p: ResNetConvEncoder(
        2, 3, 2, p, steps=8, widths=[6, 6, 8], kernel=3, dense=7, dropout=0.1, sees=ALL
    ),
    "flat conv": lambda p: FlatConvEncoder(
        2, 3, 2, p, steps=8, widths=[6, 8], kept=3, dense=7, sees=ALL
    ),
    "set transformer": lambda p: SetTransformerEncoder(
        2, 3, 2, p, steps=8, width=8, heads=2, points=3, seeds=2, sees=ALL
    ),
    "set transformer of places": lambda p: SetTransformerEncoder(
        2, 3, 2, p, steps=8, width=8, heads=2, points=3, positions="learned", sees="signal"
    ),
}
ORDERED = ("lstm", "lstm of both directions")  # begin somewhere, on a circle too
STEPWISE = ("categorical", "pointwise", *ORDERED)  # a step for a time step: any number will do

DECODERS = {
    "conv": lambda p: decoders.ConvDecoder(
        5, 2, 3, 2, p, widths=[8, 8], strides=[2, 2], blocks=2, kernel=3, sees=KNOWN
    ),
    "conv of latents only": lambda p: decoders.ConvDecoder(
        5, 2, 3, 2, p, widths=[8], strides=[4], sees="latent"
    ),
    "transformer": lambda p: decoders.TransformerDecoder(
        5, 2, 3, 2, p, patch=4, width=8, layers=2, heads=2, sees=KNOWN
    ),
    "categorical": lambda p: CategoricalDecoder(5, 2, (3, 2), (1, 1), hidden=8),
    "categorical, one by one": lambda p: CategoricalDecoder(
        5, 2, (3, 2), (1, 1), hidden=8, sharing="per_category"
    ),
    "lstm": lambda p: LstmDecoder(5, 2, 3, 2, width=8, layers=2, dropout=0.1, sees=KNOWN),
    "lstm of both directions": lambda p: LstmDecoder(
        5, 2, 3, 2, width=8, layers=2, directions="both", head="spectral"
    ),
    "pointwise": lambda p: PointwiseDecoder(5, 2, 3, 2, sees=KNOWN),
    "pooled conv": lambda p: PooledConvDecoder(
        5, 2, 2, p, steps=8, widths=[8, 6], start=3, kernel=3, dense=7
    ),
    "resnet conv": lambda p: ResNetConvDecoder(
        5, 2, 2, p, steps=8, widths=[8, 8, 6], start=3, kernel=3, dense=7
    ),
    "flat conv": lambda p: FlatConvDecoder(
        5, 2, 2, p, steps=8, widths=[8, 6], start=3, kernel=3, dense=7, sees="latent"
    ),
    "set transformer": lambda p: SetTransformerDecoder(
        5, 2, 2, steps=8, width=8, heads=2, points=3, tokens=2
    ),
}

PREDICTORS = {
    "law": lambda p: predictors.Law(2, 3, 2, 1, gain="learned"),
    "unet": lambda p: predictors.UNet(2, 3, 2, p, 1, widths=[8, 8], around="law"),
    "dilated": lambda p: predictors.DilatedResNet(2, 3, 2, p, -1, width=8, blocks=2, fold=4),
}

ON_THE_WAY = {"lstm": lambda _: sequence.LstmPredictor(2, 3, 2, 0, width=8)}
PERIODIC = {
    "balanced": lambda: symmetric.Balanced(
        2, 2, "circular", predictor=PREDICTORS["unet"]("circular"), swing="conditions"
    ),
    "averaged": lambda: symmetric.Averaged(
        "circular", predictor=PREDICTORS["unet"]("circular"), shifts=4, signs="both"
    ),
}

BOTTLENECKS = {
    "free": lambda: bottlenecks.Free(8, dim=4),
    "free within bounds": lambda: bottlenecks.Free(8, dim=4, bound="tanh"),
    "gaussian": lambda: bottlenecks.Gaussian(8, dim=4),
    "gaussian with free nats": lambda: bottlenecks.Gaussian(8, dim=4, free_nats=0.1),
    "quantized": lambda: bottlenecks.Quantized(8, dim=4, levels=[16]),
    "residual": lambda: bottlenecks.Quantized(8, dim=4, levels=[8, 4], normalise="none"),
    "gradient": lambda: bottlenecks.Quantized(8, dim=4, levels=[8, 8], update="gradient"),
    "scalar": lambda: bottlenecks.Scalar(8, levels=[5, 4, 2]),
    "pooled": lambda: Pooled(8, dim=4, steps=6),
    "pooled by attention": lambda: Pooled(
        8, dim=4, steps=6, pool=AttentionPooler(), expand=RepeatExpander(), length="head"
    ),
    "pooled with noise": lambda: Pooled(
        8, dim=4, steps=6, pool=LastPooler(), expand=LstmExpander(width=6), bound="none", noise=0.1
    ),
    "pooled to the mean": lambda: Pooled(
        8,
        dim=4,
        steps=6,
        pool=MeanPooler(),
        expand=LstmExpander(width=6, feedback="on"),
        length="off",
    ),
    "pooled on its own time": lambda: Pooled(
        8,
        dim=4,
        steps=6,
        pool=OwnTimePooler(points=4, width=6),
        expand=OwnTimeExpander(points=5, width=6),
    ),
    "categorical": lambda: Categorical(8, (3, 5), levels=LEVELS, dropout=0.1),
    "categorical residual": lambda: Categorical(8, (3, 5), levels=LEVELS, arrangement="residual"),
    "categorical gradient": lambda: Categorical(8, (3, 5), levels=LEVELS, update="gradient"),
}

DISCRETE = {name: made for name, made in BOTTLENECKS.items() if made().levels}
