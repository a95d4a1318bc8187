"""Times a training step of a codebook beside the textbook form and a well-known library.

Run with `python benchmarks/codebook.py`. The contenders take turns, so that what else the
machine does meets all of them alike; what counts are the ratios. The library is compared
only if it is installed (`pip install vector-quantize-pytorch`).
"""

import importlib.util
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from latentloom.quantize.codebook import Codebook

ROUNDS = 30
SIZES = ((2048, 8, 256), (2048, 64, 512), (8192, 64, 1024))


class OneHotCodebook(nn.Module):
    """The textbook form: all distances, and statistics by a one-hot matrix."""

    entries: Tensor
    uses: Tensor
    sums: Tensor

    def __init__(self, dim: int, *, size: int, decay: float = 0.95) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("entries", torch.randn(size, dim))
        self.register_buffer("uses", torch.ones(size))
        self.register_buffer("sums", self.entries.clone())

    @torch.no_grad()
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Rounds vectors, then moves the entries."""
        codes = torch.cdist(x, self.entries).argmin(-1)
        chosen = nn.functional.one_hot(codes, len(self.entries)).to(x)
        rounded = self.entries[codes]
        self.uses.lerp_(chosen.sum(0), 1 - self.decay)
        self.sums.lerp_(chosen.T @ x, 1 - self.decay)
        self.entries.copy_(self.sums / self.uses.clamp_min(1e-5)[:, None])
        return rounded, codes


def contenders(dim: int, size: int) -> dict[str, nn.Module]:
    """The codebooks that are compared, by name."""
    made: dict[str, nn.Module] = {
        "latentloom": Codebook(dim, size=size, revive_below=0.0),
        "one-hot and cdist": OneHotCodebook(dim, size=size),
    }
    if importlib.util.find_spec("vector_quantize_pytorch"):
        from vector_quantize_pytorch import VectorQuantize

        made["vector-quantize-pytorch"] = VectorQuantize(dim, size, decay=0.95)
    return made


def seconds(step: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main() -> None:
    """Prints a row for each size and contender."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    print(f"{'vectors x dim, entries':24}{'codebook':28}{'ms':>8}{'ratio':>8}")
    for vectors, dim, size in SIZES:
        x = torch.randn(1, vectors, dim)
        books = contenders(dim, size)
        steps: dict[str, Callable[[], object]] = {
            name: (lambda b=book, v=x if "pytorch" in name else x[0]: b(v))
            for name, book in books.items()
        }
        for step in steps.values():
            for _ in range(8):  # data-dependent starts are over after these
                step()
        times: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(ROUNDS):
            for name, step in steps.items():
                times[name].append(seconds(step))
        best = {name: statistics.median(taken) for name, taken in times.items()}
        for name, taken in best.items():
            label = f"{vectors} x {dim}, {size}"
            print(f"{label:24}{name:28}{taken * 1e3:8.2f}{taken / best['latentloom']:8.2f}")


if __name__ == "__main__":
    main()
