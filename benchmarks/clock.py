"""What the benchmarks of speed share: a clock, and single steps of the training loop."""

import time
from collections.abc import Callable

import torch

from latentloom.core.system import System
from latentloom.data.dataset import Dataset
from latentloom.training.feed import Feed
from latentloom.training.phase import Phase
from latentloom.training.player import Player


def clocked(act: Callable[[], object], times: int = 1) -> float:
    """Seconds that one of so many takes."""
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times


def stepping(phase: Phase, system: System, data: Dataset, batch: int) -> Callable[[], None]:
    """A step of the training loop, all that it records included, on samples that are ready."""
    feed = Feed(source=data, prepare=lambda samples: samples, seed=0)
    few, device = data.take(slice(0, batch)), torch.device("cpu")
    player = Player(phase, 0, system, feed=feed, validation=few, device=device)
    epoch = [player.begin_epoch()]

    def step() -> None:
        if player.step == player.steps:
            player.end_epoch()
            epoch[0] = player.begin_epoch()
        player.take_step(epoch[0])

    return step
