"""Times what movements cost; writes docs/results/trajectories_speed.md.

Updates of the generator of `trajectories` as the engine runs them, five of the critic to each, on
latents that are worked out once; beside the documented loop, which reads the real movements with
its LSTM (64 x 3, packed) anew for each of the six, with the same critic, generator and batch.
Rounds are interleaved; ratios are of a round's pairs. Then movements that a run generates, files'
units and lengths included. Run with

    python benchmarks/trajectories_speed.py [--rounds 7] [--threads 2] [--movements 100000]
"""

import argparse
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import torch
from clock import clocked
from pages import table, write_page
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence as pack
from torch.nn.utils.rnn import pad_packed_sequence as unpack

from latentloom.data.dataset import Dataset
from latentloom.data.transforms import Undo
from latentloom.generators.critics import MlpCritic
from latentloom.generators.decoding import Sample
from latentloom.generators.latent_gan import LatentGan
from latentloom.nn.pooling import HybridPooling
from latentloom.recipes.assess import splits
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run
from latentloom.recipes.text import read
from latentloom.training.feed import Feed
from latentloom.training.player import Player

PAGE = Path("docs/results/trajectories_speed.md")
NOTES = Path("benchmarks/trajectories_speed_notes.md")
RECIPE = Path("src/latentloom/recipes/library/trajectories.yaml")
RECORDS, BATCH, CRITICS, WIDTH, LAYERS = 5000, 64, 5, 64, 3
Act = Callable[[], object]


def recipe(iterations: int) -> dict[str, Any]:
    """The packaged recipe, cut short: what it learns does not matter to a clock."""
    tree: Any = dict(read(RECIPE))
    tree["data"]["simulate"]["records"] = RECORDS
    for phase in tree["phases"]:
        phase |= {"iterations": iterations, "batch_size": BATCH}
    tree["phases"][0]["convergence"]["otherwise"] = "go_on"
    tree["logging"] = {"progress": "off"}
    return tree


def engine(run: Run, ready: Dataset) -> Act:
    """A step of the phase `draw`, all that it records included."""
    _, phases = run.plan.build(run.ready_schema, Undo(run.pipeline))
    feed = Feed(source=ready, prepare=lambda dataset: dataset, seed=0)
    few = ready.take(slice(0, BATCH))
    player = Player(phases[1], 1, run.system, feed=feed, validation=few, device=run.device)
    epoch = [player.begin_epoch()]

    def act() -> None:
        if player.step == player.steps:
            player.end_epoch()
            epoch[0] = player.begin_epoch()
        player.take_step(epoch[0])

    return act


def documented(run: Run, ready: Dataset) -> Act:
    """The documented loop: real movements are read anew for every step of the critic."""
    conditions, dim = len(run.ready_schema.condition), 41
    reader = nn.LSTM(3, WIDTH, LAYERS, batch_first=True).requires_grad_(False)
    pool = HybridPooling(WIDTH, dim).requires_grad_(False)
    generator = LatentGan(conditions, dim, ready.steps, noise=128)
    critic = MlpCritic(conditions, dim, ready.steps)
    told = torch.optim.Adam(critic.parameters(), 1e-4, (0.0, 0.9))
    made = torch.optim.Adam(generator.parameters(), 1e-4, (0.0, 0.9))

    def real() -> tuple[Tensor, Any]:
        batch = ready.take(torch.randint(ready.size, (BATCH,))).batch()
        with torch.no_grad():
            lengths = batch.context.mask.sum(1)
            packed = pack(batch.values, lengths, batch_first=True, enforce_sorted=False)
            steps, _ = unpack(reader(packed)[0], batch_first=True)
            real = batch.context.mask[:, : steps.shape[1]]
            return pool(steps, real).tanh()[:, None], batch.context

    def act() -> None:
        for _ in range(CRITICS):
            z, context = real()
            critic.begin(z, context)
            with torch.no_grad():
                fake = generator.draw(context, Sample())
            share = torch.rand(BATCH, 1, 1)
            slope = critic.slope(share * z + (1 - share) * fake, context)
            loss = (critic(fake, context) - critic(z, context)).mean()
            told.zero_grad()
            (loss + 10 * (slope - 1).square().mean()).backward()
            told.step()
        z, context = real()
        fake = generator.draw(context, Sample())
        moments = (fake.mean(0) - z.mean(0)).square() + (fake.std(0) - z.std(0)).square()
        made.zero_grad()
        (moments.mean() - critic(fake, context).mean()).backward()
        made.step()

    return act


def lines(asked: argparse.Namespace) -> Iterator[str]:
    """The lines of the page."""
    with tempfile.TemporaryDirectory() as place:
        run = train(Plan.of(recipe(20)), Path(place) / "run", Conduct(device="cpu"))
        ready = run.pipeline.apply(splits(run)[0])
        acts = {"engine": engine(run, ready), "documented": documented(run, ready)}
        for act in acts.values():
            clocked(act, 3)
        taken: dict[str, list[float]] = {name: [] for name in acts}
        for _ in range(asked.rounds):
            for name, act in acts.items():
                taken[name].append(clocked(act, 5))
        began = time.perf_counter()
        drawn = run.generated(samples=asked.movements)
        seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ratios = [b / a for a, b in zip(taken["engine"], taken["documented"], strict=True)]
    yield "# Movements: speed"
    yield ""
    yield f"Made by `python benchmarks/trajectories_speed.py --threads {asked.threads}`; {platform.machine()}, {asked.threads} threads, {date.today().isoformat()}, {asked.rounds} interleaved rounds."
    yield ""
    rows = [
        [name, f"{1 / statistics.median(own):.1f}", f"{1 / max(own):.1f}–{1 / min(own):.1f}"]
        for name, own in taken.items()
    ]
    yield f"Updates of the generator in a second, batch {BATCH}, {CRITICS} of the critic to each; {ready.size} movements of at most {ready.steps} steps:"
    yield ""
    yield from table(["", "median", "least–most"], rows)
    yield f"The engine is {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f}–{max(ratios):.2f}; asked for: 5)."
    yield ""
    yield f"{drawn.size} movements generated in {seconds:.1f} s, {drawn.size / seconds * 60:.0f} a minute (asked for: 100 000 a minute); the process held {memory:.2f} GiB at most."
    yield ""


def main() -> None:
    """Reads the arguments, measures and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--movements", type=int, default=100_000)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    write_page(PAGE, list(lines(asked)), NOTES)


if __name__ == "__main__":
    main()
