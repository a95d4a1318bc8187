"""What every peer reads and writes: windows and a budget in, made windows and their cost out.

It needs numpy and nothing of latentloom, because each peer runs in an environment of its own.
All seconds are of processor time.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np


class OutOfTime(Exception):  # noqa: N818 - no error: the budget is spent
    """Ends a peer's training loop from inside."""


@dataclass
class Clock:
    """Counts the updates of a peer and ends its training in time.

    It reads processor time, so that a busy machine does not shorten the training.

    Args:
        seconds: Budget.
    """

    seconds: float
    begin: float = field(default_factory=time.process_time)
    updates: int = 0
    elapsed: float = 0.0

    def tick(self) -> None:
        """Counts one update.

        Raises:
            OutOfTime: If the budget is spent.
        """
        self.updates += 1
        if time.process_time() - self.begin > self.seconds:
            raise OutOfTime


@contextmanager
def budget(seconds: float) -> Iterator[Clock]:
    """Trains inside until the clock, told of every update, says that the time is over."""
    clock = Clock(seconds)
    try:
        yield clock
    except OutOfTime:
        pass
    finally:
        clock.elapsed = time.process_time() - clock.begin


@dataclass(frozen=True)
class Task:
    """What a peer is asked for.

    Args:
        windows: Real windows, N x T x C, in [0, 1].
        seconds: Budget of training, in processor time.
        seed: Of every draw.
        count: How many windows to make.
    """

    windows: np.ndarray
    seconds: float
    seed: int
    count: int


@dataclass(frozen=True)
class Made:
    """What a peer answers.

    Args:
        series: Made windows, M x T x C, as the peer gives them: not clipped.
        clock: Of the training.
        parameters: Trained numbers, those of critics and encoders included.
        settings: Whatever is not the peer's default, by name.
    """

    series: np.ndarray
    clock: Clock
    parameters: int
    settings: dict[str, Any]


def arguments() -> argparse.Namespace:
    """The command line that all peers share."""
    parser = argparse.ArgumentParser()
    parser.add_argument("windows", type=Path, help="npz with `series`: N x T x C in [0, 1]")
    parser.add_argument("made", type=Path, help="npz to write")
    parser.add_argument("--seconds", type=float, default=200.0, help="processor time to train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=10_000, help="windows to make at most")
    return parser.parse_args()


def run(peer: str, package: str, make: Callable[[Task], Made]) -> None:
    """Lets a peer make as many windows as there are real ones, and writes them with their cost.

    Raises:
        ValueError: If the made windows are not finite or not of the real length and channels.
    """
    asked = arguments()
    with np.load(asked.windows, allow_pickle=False) as file:
        windows = file["series"].astype(np.float32)
    task = Task(windows, asked.seconds, asked.seed, min(len(windows), asked.most))
    begin = time.process_time()
    made = make(task)
    series = made.series.astype(np.float32)
    if series.shape[1:] != windows.shape[1:] or not np.isfinite(series).all():
        raise ValueError(
            f"{peer} must make finite windows of {windows.shape[1:]}, "
            f"got {series.shape[1:]} with {(~np.isfinite(series)).sum()} not finite"
        )
    cost = {
        "seconds_train": made.clock.elapsed,
        "seconds_sample": time.process_time() - begin - made.clock.elapsed,
        "updates": made.clock.updates,
        "parameters": made.parameters,
        "peer": peer,
        "version": f"{package} {version(package)}",
        "seed": task.seed,
        "settings": json.dumps(made.settings),
    }
    asked.made.parent.mkdir(parents=True, exist_ok=True)
    np.savez(asked.made, series=series, **cost)
    print(asked.windows.stem, series.shape, json.dumps(cost), flush=True)
