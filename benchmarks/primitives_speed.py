"""Times the pooled VAE of sets beside a plain rewrite of the original, and what surrounds it.

The rewrite is the model as its description has it, in nothing but PyTorch: convolutions over
(B, C, T), batch norms, ELUs, dropout, pooling, one loss, Adam, a loop. Rounds are interleaved;
an epoch is the steps that 10 502 sets make at batches of 32, as the original had them. Run with
`python benchmarks/primitives_speed.py [--rounds 5] [--steps 30] [--threads 2]`; for drawing and
fitting see `benchmarks/splatting.py`.
"""

import argparse
import platform
import resource
import statistics
from collections.abc import Callable, Iterator
from datetime import date

import torch
from clock import clocked, stepping
from torch import Tensor, nn

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.recipes.plan import Plan

SETS, BATCH, SLOTS, CHANNELS = 10_502, 32, 512, 8
TYPES = (2, 2, 1, 3)


class _Turned(nn.Module):
    """Maps (B, W) to (B, C, T)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        return x.view(len(x), self.channels, -1)


class Rewrite(nn.Module):
    """The pooled original at a latent of 256, written out."""

    def __init__(self, latent: int = 256) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *_unit(CHANNELS, 32, 0.1),
            nn.MaxPool1d(2),
            *_unit(32, 64, 0.15),
            nn.MaxPool1d(2),
            *_unit(64, 128, 0.2),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            *(nn.Linear(128, 512), nn.ELU(), nn.BatchNorm1d(512), nn.Dropout(0.2)),
        )
        self.mean, self.log_var = nn.Linear(512, latent), nn.Linear(512, latent)
        self.decoder = nn.Sequential(
            *(nn.Linear(latent, 512), nn.BatchNorm1d(512), nn.ELU()),
            *(nn.Linear(512, 2048), nn.BatchNorm1d(2048), nn.ELU(), _Turned(16)),
            *_unit(16, 64, 0.0),
            nn.Upsample(scale_factor=2),
            *_unit(64, 32, 0.0),
            nn.Upsample(scale_factor=2),
            *_unit(32, 16, 0.0),
            nn.Conv1d(16, CHANNELS, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What comes back, and the mean divergence of a latent number."""
        features = self.encoder(x)
        mean, log_var = self.mean(features), self.log_var(features)
        z = mean + torch.randn_like(mean) * (log_var / 2).exp()
        kl = (mean.square() + log_var.exp() - 1 - log_var).mean() / 2
        return self.decoder(z), kl


def _unit(before: int, after: int, dropout: float) -> list[nn.Module]:
    convolution = nn.Conv1d(before, after, 5, padding=2)
    return [convolution, nn.BatchNorm1d(after), nn.ELU(), nn.Dropout(dropout)]


def rewritten(sets: Tensor) -> Callable[[], None]:
    """A step of the rewrite."""
    model = Rewrite()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = _batches(sets.mT.contiguous())

    def step() -> None:
        x = next(batches)
        made, kl = model(x)
        errors = (made - x).square().split(TYPES, 1)
        loss = sum((error.mean() for error in errors), 0.1 * kl)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def _batches(sets: Tensor) -> Iterator[Tensor]:
    while True:
        for rows in torch.randperm(len(sets)).split(BATCH):
            if len(rows) == BATCH:
                yield sets[rows]


def packaged(sets: Tensor) -> Callable[[], None]:
    """A step of the recipe of the original, on the same sets."""
    names = ("x", "y", "scale_0", "scale_1", "rotation", "red", "green", "blue")
    spans = dict(zip(("xy", "scale", "rot", "feat"), TYPES, strict=True))
    schema = Schema(series=tuple(map(Quantity, names)), spans=spans)
    plan = Plan.of({"data": {"dataset_path": "sets.h5"}, "training": {"max_beta": 0.1}})
    system, phases = plan.build(schema)
    data = Dataset(schema=schema, series=sets)
    return stepping(phases[0], system, data, BATCH)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    sets = torch.randn(40 * BATCH, SLOTS, sum(TYPES))
    ours, theirs = packaged(sets), rewritten(sets)
    clocked(ours, 3), clocked(theirs, 3)
    pairs = [
        (clocked(ours, asked.steps), clocked(theirs, asked.steps)) for _ in range(asked.rounds)
    ]
    mine, other = (statistics.median(own) for own in zip(*pairs, strict=True))
    epoch = SETS / BATCH
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{platform.machine()}, {asked.threads} threads, torch {torch.__version__}, {date.today()}"
    )
    print(
        "| pooled VAE of 512 x 8, latent 256, batch 32 | step | epoch of 10 502 sets |\n|---|---|---|"
    )
    print(
        f"| latentloom, all that a step records included | {mine * 1e3:.1f} ms | {mine * epoch:.1f} s |"
    )
    print(f"| plain rewrite in PyTorch | {other * 1e3:.1f} ms | {other * epoch:.1f} s |")
    ratios = ", ".join(f"{b / a:.2f}" for a, b in pairs)
    print(
        f"\nRatio of medians {other / mine:.2f} (rounds: {ratios}); memory at most {memory:.0f} MiB"
    )


if __name__ == "__main__":
    main()
