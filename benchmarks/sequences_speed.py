"""Times what sequences cost; writes docs/results/sequences_speed.md.

A training step of scheduled sampling, one coin a step for all series of a batch, beside a
teacher-forced pass of `nn.LSTM` and a linear head on the same batch, with as many threads: forward
and backward of 32 series of 151 steps of 7 values, width 256, two layers, dropout 0.3. Beside them
a loop of `nn.LSTMCell`, as one would write it. Rounds are interleaved; ratios are of a round's
pairs. Then series written without a gradient, an epoch of the document's recipe as the engine runs
it, and its folder of CSV files, read for the first time and again. Run with

    python benchmarks/sequences_speed.py [--rounds 9] [--threads 2] [--series 10000] [--files 5500]
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import torch
from pages import table, write_page
from torch import Tensor, nn

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import read
from latentloom.nn.feedback import FeedbackLstm
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read as read_yaml
from latentloom.training.feed import Feed
from latentloom.training.player import Player

PAGE = Path("docs/results/sequences_speed.md")
NOTES = Path("benchmarks/sequences_speed_notes.md")
RECIPE = Path("src/latentloom/recipes/library/sequence_mae.yaml")
BATCH, STEPS, VALUES, WIDTH, LAYERS, DROPOUT = 32, 151, 7, 256, 2, 0.3
COINS = (0.0, 0.2, 0.5, 0.7, 0.9, 1.0)
TRAINED = 4400
CHUNK = 256
COLUMNS = (*(f"comp_{i}" for i in range(1, 6)), "mobility", "gradient_coefficient")
WAIT = 3.0  # seconds after which files no longer count as just written
Act = Callable[[], None]


def seconds(act: Act) -> float:
    """How long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def memory() -> float:
    """The most that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def curves(count: int) -> Tensor:
    """Smooth series that start alike, the last two columns constant."""
    drawn = torch.Generator().manual_seed(0)
    rates = torch.rand(count, 1, VALUES, generator=drawn) + 0.5
    times = torch.linspace(0, 3, STEPS)[:, None]
    made = torch.sin(rates * times) * torch.linspace(3, 1, VALUES)
    made[..., 5:] = rates[..., 5:]
    return made


def by_coins(network: FeedbackLstm, truth: Tensor, chance: float) -> Act:
    """A step of scheduled sampling, with new coins each time."""

    def act() -> None:
        forced = torch.rand(STEPS) < chance
        network.zero_grad()
        said = network(truth[:, 0], STEPS, known=None, truth=truth, forced=forced)
        said.square().mean().backward()

    return act


def by_force(network: FeedbackLstm, truth: Tensor) -> Act:
    """A teacher-forced pass of nn.LSTM and the head."""

    def act() -> None:
        network.zero_grad()
        network.head(network.cells(truth)[0]).square().mean().backward()

    return act


def by_cells(truth: Tensor, chance: float) -> Act:
    """A step of scheduled sampling as a loop over nn.LSTMCell."""
    cells = nn.ModuleList(nn.LSTMCell(WIDTH if i else VALUES, WIDTH) for i in range(LAYERS))
    head, drop = nn.Linear(WIDTH, VALUES), nn.Dropout(DROPOUT)

    def act() -> None:
        forced = (torch.rand(STEPS) < chance).tolist()
        cells.zero_grad()
        head.zero_grad()
        states: list[tuple[Tensor, Tensor] | None] = [None] * LAYERS
        heard, said = truth[:, 0], []
        for step in range(STEPS):
            x = truth[:, step - 1] if step and forced[step] else heard
            for i, cell in enumerate(cells):
                states[i] = hidden, _ = cell(drop(x) if i else x, states[i])
                x = hidden
            heard = head(x)
            said.append(heard)
        torch.stack(said, 1).square().mean().backward()

    return act


def steps(rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind of step, a number a round."""
    torch.manual_seed(0)
    network = FeedbackLstm(VALUES, 0, WIDTH, LAYERS, DROPOUT)
    truth = curves(BATCH)
    acts = {"fused": by_force(network, truth)}
    acts |= {f"{chance:g}": by_coins(network, truth, chance) for chance in COINS}
    acts |= {"cells": by_cells(truth, 0.7)}
    for act in acts.values():
        act()
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            taken[name].append(seconds(act))
    return taken


def written(count: int) -> float:
    """Series that are written in a second, running free."""
    network = FeedbackLstm(5, 4, WIDTH, LAYERS, DROPOUT).eval()
    first, known = torch.randn(count, 5), torch.randn(count, 1, 4)

    @torch.no_grad()
    def act() -> None:
        for rows in torch.arange(count).split(CHUNK):
            network(first[rows], STEPS, known=known[rows])

    return count / seconds(act)


def epoch(most: int) -> tuple[float, float]:
    """Seconds of an epoch of the document's first phase, and the memory of the process in MiB."""
    names = tuple(Quantity(name) for name in COLUMNS)
    data = Dataset(schema=Schema(series=names, start=1), series=curves(TRAINED))
    system, phases = Plan.of(read_yaml(RECIPE)).build(data.schema)
    feed = Feed(source=data, prepare=lambda dataset: dataset, seed=0)
    few = data.take(slice(0, BATCH))
    player = Player(phases[0], 0, system, feed=feed, validation=few, device=torch.device("cpu"))
    taking = player.begin_epoch()
    player.take_step(taking)
    count = min(most, player.steps - 1)

    def act() -> None:
        for _ in range(count):
            player.take_step(taking)

    return seconds(act) / count * -(-TRAINED // BATCH), memory()


def folder(place: Path, count: int) -> None:
    """The document's folder of CSV files, ids with gaps."""
    header = ",".join(("step", *COLUMNS))
    layout = ["%d", *["%.6f"] * len(COLUMNS)]
    index = np.arange(STEPS)[:, None]
    for row, series in enumerate(curves(count).numpy()):
        name = place / f"{row + row // 50 + 1}.csv"
        whole = np.concatenate((index, series), 1)
        np.savetxt(name, whole, fmt=layout, delimiter=",", header=header, comments="")


def reading(count: int, again: int = 3) -> tuple[float, float]:
    """Seconds that so many CSV files take, the first time and again."""
    with tempfile.TemporaryDirectory() as place:
        files, cache = Path(place) / "files", Path(place) / "cache"
        files.mkdir()
        cache.mkdir()
        folder(files, count)
        time.sleep(WAIT)
        before, os.environ["LATENTLOOM_CACHE"] = os.environ.get("LATENTLOOM_CACHE"), str(cache)
        first = seconds(lambda: _read(files, count))
        later = [seconds(lambda: _read(files, count)) for _ in range(again)]
        os.environ.pop("LATENTLOOM_CACHE")
        if before is not None:
            os.environ["LATENTLOOM_CACHE"] = before
    return first, statistics.median(later)


def _read(files: Path, count: int) -> None:
    data = read(files)
    assert (data.size, data.steps) == (count, STEPS)


def lines(asked: argparse.Namespace) -> Iterator[str]:
    """The lines of the page."""
    seconds_an_epoch, most = epoch(asked.epoch_steps)
    taken: dict[int, dict[str, list[float]]] = {}
    for threads in {1: 0, asked.threads: 0}:
        torch.set_num_threads(threads)
        taken[threads] = steps(asked.rounds)
    rate = written(asked.series)
    first, again = reading(asked.files)
    yield "# Sequences: what they cost\n"
    yield (
        f"Made by `python benchmarks/sequences_speed.py`, {platform.machine()}, {os.cpu_count()} "
        f"cores, {asked.threads} threads, torch {torch.__version__}, {date.today().isoformat()}.\n"
    )
    yield "## A training step\n"
    yield (
        f"Forward and backward, batch ({BATCH}, {STEPS}, {VALUES}), width {WIDTH}, {LAYERS} layers,"
        f" dropout {DROPOUT}; the median of {asked.rounds} interleaved rounds, and from the least"
        " to the greatest.\n"
    )
    for threads, own in taken.items():
        head = (f"{threads} threads" if threads > 1 else "1 thread", "ms", "ratio to `nn.LSTM`")
        yield from table((*head, "asked for"), list(_rows(own)))
    yield "## All else\n"
    yield from table(
        ("", "", "asked for"),
        [
            (
                f"series of {STEPS} steps written in a second, {asked.series} of them, {CHUNK} at"
                " a time",
                f"{rate:.0f}",
                "stated",
            ),
            (
                f"an epoch of {TRAINED} x {STEPS} x {VALUES} in the document's recipe, all that"
                " the engine does included",
                f"{seconds_an_epoch:.0f} s",
                "stated",
            ),
            ("memory of the process after it, at most", f"{most:.0f} MiB", "stated"),
            (f"{asked.files} CSV files read for the first time", f"{first:.2f} s", "5 s"),
            ("the same, read again", f"{again:.2f} s", "0.3 s"),
        ],
    )


def _rows(taken: dict[str, list[float]]) -> Iterator[tuple[str, str, str, str]]:
    titles = {"fused": "`nn.LSTM`, all inputs given", "cells": "a loop of cells, forcing 0.7"}
    limits = {"0.7": "1.3", "fused": "", "cells": ""}
    for name, times in taken.items():
        ratios = sorted(a / b for a, b in zip(times, taken["fused"], strict=True))
        yield (
            titles.get(name, f"forcing {name}"),
            f"{1e3 * statistics.median(times):.0f}",
            f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})",
            limits.get(name, "1.7"),
        )


def main() -> None:
    """Times everything and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=5500)
    parser.add_argument("--epoch-steps", type=int, default=137)
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    write_page(asked.page, list(lines(asked)), NOTES)
    print(asked.page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
