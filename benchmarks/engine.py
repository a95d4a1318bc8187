"""A phase of the engine against a hand-written loop of the same step, interleaved.

Both train the circular U-Net of the voltage recipes on batches of 32 periods of 128 steps:
the same data in memory, the same augmentation, objective, optimiser, clipping and average.
The ratio is of medians; 1.10 is the most that the engine may cost.

    python benchmarks/engine.py [--rounds 7] [--steps 60] [--threads 2]
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from latentloom.core.system import System
from latentloom.data.augment import FlipSign, Roll
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.objectives.criteria import Nrmse
from latentloom.objectives.objective import Objective, Term
from latentloom.representations.predictors import UNet
from latentloom.schedules import Cosine
from latentloom.training.feed import Feed
from latentloom.training.forward_passes import Predict
from latentloom.training.loop import Session, train
from latentloom.training.observers import History
from latentloom.training.phase import Phase
from latentloom.training.run_folder import RunFolder
from latentloom.training.update import Update

BATCH = 32
RATE = Cosine(2e-3, 1e-5)
SCHEMA = Schema(
    series=(Quantity("voltage", "V"),),
    drive=(Quantity("current", "A"), Quantity("rate")),
    condition=tuple(Quantity(name) for name in "abcdef"),
    periodic=True,
)


def records(steps: int) -> Dataset:
    """Random signals, enough for one epoch of so many steps."""
    size = steps * BATCH
    return Dataset(
        schema=SCHEMA,
        series=torch.randn(size, 128, 1),
        drive=torch.randn(size, 128, 2),
        condition=torch.randn(size, 6),
    )


def network() -> UNet:
    """The same weights every time."""
    torch.manual_seed(0)
    return UNet(1, 2, 6, "circular", -1, widths=[48, 64, 96])


def by_engine(data: Dataset, steps: int) -> float:
    """Seconds a step of a phase, all that it records included."""
    system = System(channels=1, base=network())
    update = Update(
        trains=("base",),
        forward_pass=Predict(),
        objective=Objective({"nrmse": Term(criterion=Nrmse())}),
        learning_rate=RATE,
    )
    phase = Phase(
        name="direct",
        epochs=1,
        batch_size=BATCH,
        updates=(update,),
        augment=(Roll(), FlipSign()),
        ema=0.999,
    )
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        session = Session(
            system=system,
            feed=Feed(source=data, prepare=lambda dataset: dataset, seed=0),
            validation=data.take(slice(0, 1)),
            folder=folder,
            identity="benchmark",
            seed=0,
            device=torch.device("cpu"),
            observers=[History(folder)],
        )
        start = time.perf_counter()
        train([phase], session)
        return (time.perf_counter() - start) / steps


def by_hand(data: Dataset, steps: int) -> float:
    """Seconds a step of the loop that one would write for this one case."""
    model = network().train()
    parameters = list(model.parameters())
    mean = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.0, fused=True)
    roll, flip, loss_of = Roll(), FlipSign(), Nrmse()
    start = time.perf_counter()
    order = torch.randperm(data.size)
    for step in range(steps):
        batch = flip(roll(data.take(order[step * BATCH : (step + 1) * BATCH]).batch()))
        outputs = {
            "output": model(batch.context),
            "target": batch.values,
            "mask": batch.context.mask,
        }
        loss = loss_of(outputs, step / steps).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.param_groups[0]["lr"] = RATE(step / steps)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(mean, parameters, 0.001)
    return (time.perf_counter() - start) / steps


def main() -> None:
    """Prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    data = records(arguments.steps)
    by_hand(data, 5)
    hand, engine = [], []
    for _ in range(arguments.rounds):
        hand.append(by_hand(data, arguments.steps))
        engine.append(by_engine(data, arguments.steps))
    a, b = statistics.median(hand), statistics.median(engine)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"hand-written {1e3 * a:.1f} ms a step, engine {1e3 * b:.1f} ms a step")
    print(
        f"ratio of medians {b / a:.3f}, of pairs {sorted(round(y / x, 3) for x, y in zip(hand, engine, strict=True))}"
    )
    print(f"engine {BATCH / b:.0f} records a second, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
