"""Times the simulation of spinodal decomposition beside the plain explicit loop, on the same runs.

Run with `python benchmarks/spinodal.py [--runs 2] [--rounds 3] [--grid 128] [--frames 151]`. One
thread; times are seconds of the processor, and rounds are interleaved, so that what else the
machine does counts little. The plain loop is the equation as it is written, in NumPy: Euler's
explicit steps of 0.001 or 0.01, neighbours by `numpy.roll`, float64, one run at a time. Errors
are against the loop at 0.001.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from latentloom.data.fields import autocorrelation, radial_profile
from latentloom.data.simulate import Spinodal
from latentloom.data.simulate.spinodal.flow import evolve, substeps
from latentloom.data.simulate.spinodal.runs import Beginning, beginnings, let_go

BATCH = 2  # runs that the package lets step together


@dataclass
class Scheme:
    """A way of simulating runs, and what it took."""

    title: str
    work: Callable[[], np.ndarray]
    seconds: list[float]


def laplacian(field: np.ndarray) -> np.ndarray:
    """That of five points, on cells of size 1."""
    around = np.roll(field, 1, 0) + np.roll(field, -1, 0)
    return around + np.roll(field, 1, 1) + np.roll(field, -1, 1) - 4 * field


def plain(settings: Spinodal, begun: Beginning, step: float) -> np.ndarray:
    """Runs x frames x n x n by the explicit loop."""
    runs: list[np.ndarray] = []
    for field, (mobility, gradient, *_) in zip(begun.field, begun.conditions, strict=True):
        c = field.astype(np.float64)
        frames = [c]
        for _ in range(settings.frames - 1):
            for _ in range(round(settings.interval / step)):
                slope = 2 * c * (1 - c) ** 2 - 2 * c**2 * (1 - c)
                c = c + step * mobility * laplacian(slope - gradient * laplacian(c))
            frames.append(c)
        runs.append(np.stack(frames))
    return np.stack(runs)


def spectral(settings: Spinodal, begun: Beginning) -> np.ndarray:
    """The same by the package's solver."""
    counts = substeps(settings.frames, settings.interval, settings.step)
    found: list[np.ndarray] = []
    for at in range(0, len(begun.field), BATCH):
        some = Beginning(begun.conditions[at : at + BATCH], begun.field[at : at + BATCH])
        start = torch.from_numpy(some.field)
        frames = [f.field for f in evolve(start, some.material, counts, settings.interval)]
        found.append(torch.stack(frames, 1).numpy())
    return np.concatenate(found)


def timed(schemes: list[Scheme], rounds: int) -> None:
    """Lets all take turns."""
    for _ in range(rounds):
        for scheme in schemes:
            began = time.process_time()
            scheme.work()
            scheme.seconds.append(time.process_time() - began)


def root_mean_square(values: np.ndarray) -> np.ndarray:
    """Over cells, or whatever comes after runs and frames."""
    return np.sqrt(np.square(values).mean(tuple(range(2, values.ndim))))


def told(fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Autocorrelations and their radial profiles, run by run."""
    maps = torch.stack([autocorrelation(torch.from_numpy(run).double()) for run in fields])
    return maps.numpy(), radial_profile(maps).numpy()


def errors(fields: np.ndarray, truth: np.ndarray) -> list[str]:
    """How far fields, autocorrelations and profiles are from the truth."""
    share = root_mean_square(fields - truth) / root_mean_square(truth)
    numbers = [f"{100 * share[:, 1].mean():.3f} %", f"{100 * share[:, 2:].mean():.3f} %"]
    for one, other in zip(told(fields), told(truth), strict=True):
        numbers.append(f"{np.sqrt(np.square(one - other).mean()):.1e}")
    return numbers


def renewed(settings: Spinodal, begun: Beginning) -> Beginning:
    """The same materials, begun from other noise."""
    other = beginnings(settings, 1, range(settings.records))
    mean, size = (begun.conditions[:, at, None, None] for at in (2, 3))
    other_mean, other_size = (other.conditions[:, at, None, None] for at in (2, 3))
    return replace(begun, field=mean + size * (other.field - other_mean) / other_size)


def lines(settings: Spinodal, rounds: int) -> Iterator[str]:
    """The table, and what it means."""
    begun = beginnings(settings, 0, range(settings.records))
    fine, coarse = (lambda s=step: plain(settings, begun, s) for step in (0.001, 0.01))
    ours = lambda: spectral(settings, begun)  # noqa: E731
    schemes = [
        Scheme("plain loop, 0.001", fine, []),
        Scheme("plain loop, 0.01", coarse, []),
        Scheme(f"latentloom, {settings.step:g}", ours, []),
    ]
    truth = fine()
    told_of = [errors(scheme.work(), truth) for scheme in schemes]
    timed(schemes, rounds)
    least = [statistics.median(s.seconds) / settings.records for s in schemes]
    yield "| scheme, step | seconds a run | faster than the loop at 0.001, at 0.01 | field error, frame 1 | later frames | autocorrelation | profile |"
    yield "|---|---|---|---|---|---|---|"
    for place, scheme in enumerate(schemes):
        ratios = [
            statistics.median(
                other / own for other, own in zip(rival.seconds, scheme.seconds, strict=True)
            )
            for rival in schemes[:2]
        ]
        said = " | ".join(told_of[place])
        yield f"| {scheme.title} | {least[place]:.3f} | {ratios[0]:.1f}, {ratios[1]:.2f} | {said} |"
    moved = spectral(settings, renewed(settings, begun))
    fields = root_mean_square(moved - truth)[:, 2:] / root_mean_square(truth)[:, 2:]
    apart = np.sqrt(
        [np.square(a - b).mean() for a, b in zip(told(moved), told(truth), strict=True)]
    )
    yield ""
    yield (
        f"Two runs of the same material from other noise differ by {100 * fields.mean():.0f} % in "
        f"fields, {apart[0]:.1e} in autocorrelations, {apart[1]:.1e} in profiles."
    )
    whole = Scheme("", lambda: let_go(settings, 0, range(BATCH))["told"], [])
    timed([whole], rounds)
    seconds = statistics.median(whole.seconds) / BATCH
    yield (
        f"With profiles, energy and mass: {seconds:.3f} s a run, {60 / seconds:.0f} runs a minute of "
        f"one core; 500 runs take {500 * seconds:.0f} s of the processor."
    )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grid", type=int, default=128)
    parser.add_argument("--frames", type=int, default=151)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.processor() or platform.machine()}, PyTorch {torch.__version__}, one thread\n"
    )
    settings = Spinodal(records=asked.runs, grid=asked.grid, frames=asked.frames)
    for line in lines(settings, asked.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
