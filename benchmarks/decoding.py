"""Times cached decoding of codes against running the prefix again for every code.

Run `python benchmarks/decoding.py`. Both walks choose greedily and must agree on every
code. Both read features of the drive that are made once, so the ratio is the cache's alone.
One thread by default: on a busy machine, threads that wait for each other in the many short
operations of a cached step would be timed instead.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from latentloom.core.batch import Context
from latentloom.generators.decoding import Beam, Greedy, chain
from latentloom.generators.inputs import Known
from latentloom.generators.lstm import CodeLstm
from latentloom.generators.tokens import TokenModel
from latentloom.generators.transformer import CodeTransformer

STRIDE, BOOK = 8, 512


class NaiveWalk:
    """Runs the whole prefix again for every token; for models of one codebook."""

    def __init__(self, model: TokenModel, known: Known) -> None:
        self.model = model
        self.known = known
        self.codes = torch.empty(len(known.real), 0, dtype=torch.long)

    def step(self, codes: Tensor | None) -> Tensor:
        """Scores of the next token after `codes`."""
        if codes is not None:
            self.codes = torch.cat((self.codes, codes[:, None]), 1)
        place = self.codes.shape[1] + 1
        # The last code is shifted out of sight, so any may stand there.
        prefix = torch.nn.functional.pad(self.codes, (0, 1))[..., None]
        known = Known(self.known.features[:, :place], self.known.real[:, :place])
        hidden = self.model.read(self.model.inputs(prefix, known))
        return self.model.outputs[0](hidden[:, -1])

    def reorder(self, rows: Tensor) -> None:
        """Goes on from some of its rows."""
        self.codes = self.codes[rows]


def naive(model: TokenModel, context: Context) -> Tensor:
    """Greedy codes without a cache."""
    with torch.inference_mode():
        known = model.inputs.known(context)
        codes, _ = chain(NaiveWalk(model, known), known.real, Greedy().choose)
    return codes[..., None]


def timed(work: Callable[[], Tensor]) -> tuple[float, Tensor]:
    """Seconds, and what was made in them."""
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def compare(model: TokenModel, context: Context, runs: int) -> None:
    """Prints the seconds of both walks, run in turn, and their ratio."""
    model.draw(context, Greedy())
    cached, again = [], []
    for _ in range(runs):
        fast, codes = timed(lambda: model.draw(context, Greedy()).codes)
        slow, same = timed(lambda: naive(model, context))
        assert torch.equal(codes, same), "cached and naive decoding must agree"
        cached.append(fast)
        again.append(slow)
    fast, slow = statistics.median(cached), statistics.median(again)
    beam, _ = timed(lambda: model.draw(context, Beam(width=4)).codes)
    tokens = context.size * context.steps // STRIDE
    print(
        f"{type(model).__name__:16s} cached {fast:7.3f} s  prefix again {slow:7.3f} s  "
        f"ratio {slow / fast:5.1f}  {tokens / fast:8.0f} tokens/s  beam of 4 {beam:6.3f} s"
    )


def main() -> None:
    """Compares both kinds of model on random weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    steps = given.tokens * STRIDE
    context = Context(size=given.batch, steps=steps, drive=torch.randn(given.batch, steps, 1))
    size = {"width": given.width, "layers": given.layers}
    for model in (
        CodeTransformer(1, 0, "circular", (BOOK,), STRIDE, heads=8, **size),
        CodeLstm(1, 0, "circular", (BOOK,), STRIDE, **size),
    ):
        compare(model.eval(), context, given.runs)


if __name__ == "__main__":
    main()
