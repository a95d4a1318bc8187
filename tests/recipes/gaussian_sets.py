"""A small Gaussian VAE in the terms of its YAML, sets that it can learn, and how it is played."""

import torch

from latentloom.data.formats import write
from latentloom.data.simulate import Splats, splats
from latentloom.recipes.plan import Plan
from latentloom.recipes.preparation import prepare
from latentloom.training.feed import Feed
from latentloom.training.player import Player

TREE = {
    "model": {
        "architecture": "conv1d",
        "latent_dim": 4,
        "encoder_filters": [4, 6],
        "decoder_filters": [6, 4],
    },
    "training": {
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 0.001,
        "max_beta": 1.0,
        "beta_warmup_epochs": 5,
    },
    "callbacks": {"early_stopping_patience": 15},
}


def simulated(path, *, seed=0, **settings):
    """A file of sets of strokes."""
    few = {"records": 30, "gaussians": (11, 14)}
    write(splats.simulate(Splats(**few | settings), seed=seed), path)
    return path


def played(tree, changes=()):
    """The rows of a run that leaves no folder behind, and the weights it hands on."""
    plan = Plan.of(tree, changes)
    ready = prepare(plan, None)
    train = ready.source.take(ready.split.train)
    judged = ready.pipeline.apply(ready.source.take(ready.split.validation))
    feed = Feed(source=train, prepare=ready.pipeline.apply, seed=plan.random_seed)
    torch.manual_seed(plan.random_seed)
    cpu = torch.device("cpu")
    player = Player(ready.phases[0], 0, ready.system, feed=feed, validation=judged, device=cpu)
    rows = []
    while not player.finished:
        epoch = player.begin_epoch()
        while player.step < player.steps:
            player.take_step(epoch)
        rows.append(player.end_epoch())
    player.hand_on()
    return rows, ready.system.state_dict()
