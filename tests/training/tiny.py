"""A voltage system small enough to train in a second, on noisy sines."""

import torch

from latentloom.core.system import System
from latentloom.data.augment import Roll
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.generators.decoding import Greedy
from latentloom.generators.transformer import CodeTransformer
from latentloom.objectives.criteria import (
    CrossEntropy,
    Penalty,
    RelativeError,
    SquaredError,
)
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Quantized
from latentloom.representations.decoders import ConvDecoder
from latentloom.representations.encoders import ConvEncoder
from latentloom.representations.predictors import UNet
from latentloom.schedules import Constant, Linear
from latentloom.training.feed import Feed
from latentloom.training.forward_passes import FreeRun, NextCode, Predict, Reconstruct
from latentloom.training.loop import Session, train
from latentloom.training.phase import Phase, Probe
from latentloom.training.run_folder import RunFolder
from latentloom.training.update import Update

SCHEMA = Schema(
    series=(Quantity("voltage", "V"),),
    drive=(Quantity("current", "A"),),
    condition=(Quantity("frequency", "Hz"),),
    periodic=True,
)


def dataset(size=40):
    angle = torch.linspace(0, 6.28, 17)[:16] + 6.28 * torch.rand(size, 1)
    level = torch.rand(size, 1)
    series = angle.sin() * (1 + level) + 0.1 * torch.randn(size, 16)
    return Dataset(
        schema=SCHEMA, series=series[..., None], drive=angle.cos()[..., None], condition=level
    )


def system():
    return System(
        channels=1,
        base=UNet(1, 1, 1, "circular", -1, widths=[4, 4], blocks=1),
        representation=Autoencoder(
            encoder=ConvEncoder(1, 2, 1, "circular", widths=[4, 8], strides=[2, 2]),
            bottleneck=Quantized(8, dim=2, levels=[8]),
            decoder=ConvDecoder(2, 1, 2, 1, "circular", widths=[8, 4], strides=[2, 2]),
        ),
        generator=CodeTransformer(2, 1, "circular", (8,), 4, width=8, layers=1, heads=2),
    )


def phases(**changes):
    settings = {"epochs": 3, "batch_size": 16, "augment": (Roll(),)} | changes
    squared = {"mse": Term(criterion=SquaredError())}
    commitment = {"commitment": Term(criterion=Penalty(name="commitment"), weight=Constant(0.25))}
    passes = {
        "direct": ("base", Predict(), squared),
        "represent": (
            "representation",
            Reconstruct(penalties=("commitment",)),
            squared | commitment,
        ),
        "generate": (
            "generator",
            NextCode(forcing=Linear(1.0, 0.5), replacement=Constant(0.1)),
            {"nats": Term(criterion=CrossEntropy())},
        ),
    }
    judged = {"direct": Predict(), "represent": Reconstruct(), "generate": FreeRun(Greedy())}
    return [
        Phase(
            name=name,
            updates=(
                Update(
                    trains=(part,),
                    forward_pass=forward_pass,
                    objective=Objective(terms),
                    learning_rate=Linear(1e-2, 0.0),
                ),
            ),
            probes={"error": Probe(forward_pass=judged[name], criterion=RelativeError())},
            select="error",
            ema=0.9,
            **settings,
        )
        for name, (part, forward_pass, terms) in passes.items()
    ]


def session(path, *, observers=(), parts=None, **changes):
    torch.manual_seed(7)
    whole = dataset()
    made = system() if parts is None else parts
    feed = Feed(source=whole.take(slice(0, 32)), prepare=lambda d: d, seed=1)
    settings = {"identity": "tiny", "seed": 3, "checkpoint_seconds": 0.0} | changes
    return Session(
        system=made,
        feed=feed,
        validation=whole.take(slice(32, 40)),
        folder=RunFolder(path),
        device=torch.device("cpu"),
        observers=observers,
        **settings,
    )


def weights_of(path, phases_played=None, **changes):
    run = session(path, **changes)
    train(phases_played or phases(), run)
    return run.system.state_dict()
