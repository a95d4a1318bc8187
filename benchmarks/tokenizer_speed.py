"""The tokenizer's step, encoding and discovery of categories, timed; writes docs/results/tokenizer_speed.md.

A training step of the document's configuration on 208 features in six categories, batches of 512,
against the same model built of one module a category and a book: `nn.Linear` for each category,
`VectorQuantize` of vector-quantize-pytorch for each book, a network of guesses for each code, the
same terms. Rounds are interleaved, and an epoch is the steps that 100 000 rows make.

    pip install --target PEERS vector-quantize-pytorch
    python benchmarks/tokenizer_speed.py --peers PEERS [--rounds 5] [--steps 20] [--rows 100000]
"""

import argparse
import os
import platform
import resource
import statistics
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from clock import clocked, stepping
from torch import Tensor, nn

from latentloom.core.system import System
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms.categories import Categories
from latentloom.data.transforms.clean import CleanFeatures
from latentloom.objectives.geometry import between_categories, category_cosines, topographic
from latentloom.recipes.plan import Plan
from latentloom.training.phase import Phase

PAGE = Path("docs/results/tokenizer_speed.md")
SPANS = (70, 48, 36, 26, 16, 12)
BATCH = 512
WARM = 12  # steps before anything is timed: books start from clusters of the first ones
CHUNK = 8192


def rows(count: int, spans: tuple[int, ...] = SPANS) -> Tensor:
    """Features that a few numbers of each category tell, and noise."""
    drawn = torch.Generator().manual_seed(0)
    told: list[Tensor] = []
    for span in spans:
        few = max(2, span // 6)
        factors = torch.randn(count, few, generator=drawn)
        views = torch.randn(few, span, generator=drawn) / few**0.5
        told.append(factors @ views + 0.3 * torch.randn(count, span, generator=drawn))
    joined = torch.cat(told, 1)
    return joined / joined.std(0)


def ready(values: Tensor) -> Dataset:
    """Features as the parts see them."""
    names = tuple(Quantity(f"summary/{index}") for index in range(values.shape[1]))
    spans = {f"category_{index}": span for index, span in enumerate(SPANS)}
    return Dataset(schema=Schema(series=names, spans=spans), series=values[:, None])


def ours(dataset: Dataset) -> tuple[System, Phase]:
    """The document's configuration, with levels scaled to each category."""
    torch.manual_seed(0)
    plan = Plan.of(
        {
            "dataset_path": "features.h5",
            "families": {"summary": {}},
            "training": {"use_torch_compile": False},
        }
    )
    system, phases = plan.build(dataset.schema)
    return system, phases[0]


class OneByOne(nn.Module):
    """The same model, a module for each category and each book.

    Args:
        sizes: Codes of each book.
        dims: Length of its entries.
    """

    def __init__(self, sizes: tuple[int, ...], dims: tuple[int, ...]) -> None:
        super().__init__()
        from vector_quantize_pytorch import VectorQuantize  # pyright: ignore[reportMissingImports]

        self.depth, total = len(sizes) // len(SPANS), sum(SPANS)
        self.embed = nn.ModuleList(_two(span, 128, 64, nn.LayerNorm(64)) for span in SPANS)
        self.project = nn.ModuleList(
            nn.Sequential(nn.Linear(64, dim), nn.Dropout(0.1), nn.LayerNorm(dim)) for dim in dims
        )
        self.books = nn.ModuleList(
            VectorQuantize(dim, size, decay=0.99, kmeans_init=True, threshold_ema_dead_code=2)
            for dim, size in zip(dims, sizes, strict=True)
        )
        self.guess = nn.ModuleList(_two(dim, 128, total, nn.Identity(), 0.0) for dim in dims)
        self.decoder = _two(sum(dims), 256, total, nn.Identity())

    def loss(self, x: Tensor) -> Tensor:
        """All terms of the document's configuration."""
        embedded = [own(part) for own, part in zip(self.embed, x.split(SPANS, 1), strict=True)]
        told = [
            book(project(embedded[place // self.depth])[None])
            for place, (project, book) in enumerate(zip(self.project, self.books, strict=True))
        ]
        vectors = [own[0][0] for own in told]
        z = torch.cat(vectors, 1)
        guesses = [F.mse_loss(own(v), x) for own, v in zip(self.guess, vectors, strict=True)]
        return (
            F.mse_loss(self.decoder(z), x)
            + 0.25 * sum(own[2].sum() for own in told)
            + 0.1 * between_categories(category_cosines(torch.stack(embedded, 1)))
            + 0.3 * (1 - topographic(x, z))
            + 0.1 * sum(guesses) / len(guesses)
        )


def _two(before: int, hidden: int, after: int, last: nn.Module, drop: float = 0.1) -> nn.Module:
    first = nn.Sequential(nn.Linear(before, hidden), nn.ReLU(), nn.Dropout(drop))
    return nn.Sequential(*first, nn.Linear(hidden, after), last)


def our_steps(dataset: Dataset) -> tuple[Callable[[], object], System]:
    """A step of the training loop, and what it trains."""
    system, phase = ours(dataset)
    return stepping(phase, system, dataset, BATCH), system


def their_steps(model: OneByOne, values: Tensor) -> Callable[[], object]:
    """A step of a plain loop."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        x = values[torch.randint(len(values), (BATCH,))]
        optimizer.zero_grad()
        model.loss(x).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def steps(peers: Path, rounds: int, times: int) -> tuple[list[float], list[float], System]:
    """Seconds of a step of ours and of theirs, round by round."""
    sys.path.append(str(peers))
    values = rows(40 * BATCH)
    mine, system = our_steps(ready(values))
    bottleneck: Any = system.part("representation", nn.Module).bottleneck
    theirs = their_steps(OneByOne(bottleneck.levels, bottleneck.shares), values)
    for _ in range(WARM):
        mine(), theirs()
    pairs = [(clocked(mine, times), clocked(theirs, times)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs], system


def encoding(system: System, count: int) -> float:
    """Rows encoded in a second, by weights that are trained a little."""
    dataset = ready(rows(count))
    system.focus(())
    system.eval()

    def encode() -> None:
        for chunk in dataset.chunks(CHUNK):
            system.codes(chunk.batch())

    with torch.inference_mode():
        return count / min(clocked(encode) for _ in range(3))


def discovery(count: int) -> tuple[float, float]:
    """Seconds to clean 400 features and to find their categories."""
    values = rows(count, (20,) * 20)
    names = {"summary": tuple(Quantity(f"f{index}") for index in range(values.shape[1]))}
    dataset = Dataset(schema=Schema(families=names), families={"summary": values})
    cleaning, found = CleanFeatures(), Categories()
    first = clocked(lambda: cleaning.fit(dataset))
    return first, clocked(lambda: found.fit(dataset))


def main() -> None:
    """Reads the arguments, times everything and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    mine, theirs, system = steps(asked.peers, asked.rounds, asked.steps)
    after = _memory()
    speed = encoding(system, asked.rows)
    cleaned, found = discovery(asked.rows)
    epoch = asked.rows // BATCH
    ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
    each = ", ".join(f"{b / a:.2f}" for a, b in zip(mine, theirs, strict=True))
    representation: Any = system.representation
    books = len(representation.levels)
    PAGE.write_text(
        f"""# Tokens from features: speed

Made by `python benchmarks/tokenizer_speed.py --peers PEERS`, {platform.machine()}, {os.cpu_count()} cores,
{asked.threads} threads, torch {torch.__version__}, {date.today().isoformat()}.

| | |
|---|---|
| a training step, {sum(SPANS)} features, {len(SPANS)} categories, {books} books, batch {BATCH}, all terms | {1e3 * statistics.median(mine):.0f} ms |
| an epoch of {asked.rows} rows ({epoch} steps) | {epoch * statistics.median(mine):.1f} s |
| the same, one module a category and a book (vector-quantize-pytorch) | {epoch * statistics.median(theirs):.1f} s |
| ratio, median of {asked.rounds} interleaved rounds ({each}); asked for: 3 | **{ratio:.2f}** |
| memory of the process after both | {after:.0f} MiB |
| rows encoded in a second, {CHUNK} at a time; asked for: 200 000 | **{speed:,.0f}** |
| cleaning of 400 features of {asked.rows} rows | {cleaned:.1f} s |
| discovery of their categories; asked for: below 20 s | **{found:.1f} s** |
| memory of the process at most, features included | {_memory():.0f} MiB |
""",
        encoding="utf-8",
    )
    print(PAGE.read_text(encoding="utf-8"))


def _memory() -> float:
    """The most that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
