"""Times drawing and fitting Gaussians beside the textbook form, and beside one image at a time.

Run with `python benchmarks/splatting.py IMAGES`, where IMAGES is what `latentloom data
fit-gaussians` reads, such as the digits of MNIST. One thread; times are seconds of the
processor, so that what else the machine does counts little. The textbook form takes distances
of all pixels to all Gaussians, exponentials to the base e, and lets PyTorch find the slopes.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from latentloom.data.splats import GaussianFit, fit, fitting, read_images
from latentloom.nn.splatting import SOFTENING, precisions, render

CASES = (
    ("28 x 28, 64 Gaussians, grey", 32, 28, 64, 1),
    ("64 x 64, 512 Gaussians, colour", 4, 64, 512, 3),
    ("256 x 256, 512 Gaussians, colour", 1, 256, 512, 3),
)
Renderer = Callable[..., Tensor]


def textbook(
    centres: Tensor,
    shapes: Tensor,
    colours: Tensor,
    *,
    size: tuple[int, int],
    nearest: int | None = None,
) -> Tensor:
    """What `render` makes, as its formula is written."""
    height, width = size
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    right = x.reshape(-1, 1) - centres[:, None, :, 0]
    down = y.reshape(-1, 1) - centres[:, None, :, 1]
    xx, xy, yy = shapes[:, None].unbind(-1)
    weights = torch.exp(-0.5 * (xx * right**2 + 2 * xy * right * down + yy * down**2))
    if nearest is not None:
        chosen = weights.topk(nearest, dim=-1)
        weights = torch.zeros_like(weights).scatter(-1, chosen.indices, chosen.values)
    images = weights @ colours / (weights.sum(-1, keepdim=True) + SOFTENING)
    return images.unflatten(1, size)


def gaussians(batch: int, side: int, count: int, colours: int) -> tuple[Tensor, ...]:
    """Random sets, as large as a fit makes them."""
    apart = side / math.sqrt(count)
    scales = 1 / (apart * (0.2 + 0.6 * torch.rand(batch, count, 2)))
    shapes = precisions(scales, 3 * torch.randn(batch, count))
    made = side * torch.rand(batch, count, 2), shapes, torch.rand(batch, count, colours)
    return tuple(values.requires_grad_() for values in made)


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of the processor."""
    taken = []
    for _ in range(rounds + 1):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken[1:])


def kept(renderer: Renderer, sets: tuple[Tensor, ...], **settings: object) -> float:
    """Megabytes that are kept for the slopes."""
    found: dict[int, int] = {}

    def note(values: Tensor) -> Tensor:
        storage = values.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()
        return values

    with torch.autograd.graph.saved_tensors_hooks(note, lambda values: values):
        made = renderer(*sets, **settings)
    del made
    return sum(found.values()) / 2**20


def drawing(rounds: int) -> None:
    """Prints images a second, forward and with slopes."""
    print("| images | renderer | nearest | forward | forward and slopes | kept |")
    print("|---|---|---|---|---|---|")
    for title, batch, side, count, colours in CASES:
        sets = gaussians(batch, side, count, colours)
        for nearest in (None, 10):
            for name, renderer in (("latentloom", render), ("textbook", textbook)):
                draw = lambda r=renderer, n=nearest, s=sets, p=side: r(*s, size=(p, p), nearest=n)  # noqa: E731
                with torch.no_grad():
                    forward = batch / seconds(draw, rounds)
                both = batch / seconds(lambda d=draw: d().square().sum().backward(), rounds)
                memory = kept(renderer, sets, size=(side, side), nearest=nearest) / batch
                rate = f"{forward:.4g}/s | {both:.4g}/s | {memory:.3g} MiB an image"
                print(f"| {title} | {name} | {nearest or 'all'} | {rate} |")


def fits(path: Path, rounds: int, settings: GaussianFit) -> None:
    """Prints images a minute of one core."""
    images = read_images(path)[:200].values()
    seeds = [(0, place) for place in range(len(images))]

    def alone() -> None:
        for place in range(20):
            fit(images[place : place + 1], settings, seeds[place : place + 1])

    def together() -> None:
        fit(images, settings, seeds)

    quality = psnr_of(images, settings)
    together_rate = 60 * len(images) / seconds(together, rounds)
    alone_rate = 60 * 20 / seconds(alone, rounds)
    fitting.render = textbook  # pyright: ignore[reportAttributeAccessIssue]
    textbook_rate = 60 * 20 / seconds(alone, rounds)
    fitting.render = render
    print(f"\n{settings.gaussians} Gaussians, {settings.steps} steps: PSNR {quality:.2f} dB")
    print("| fit | images a minute of one core | ratio |")
    print("|---|---|---|")
    for name, rate in (
        ("all at once", together_rate),
        ("one at a time", alone_rate),
        ("one at a time, textbook", textbook_rate),
    ):
        print(f"| {name} | {rate:.0f} | {rate / textbook_rate:.1f} |")


def psnr_of(images: Tensor, settings: GaussianFit) -> float:
    """The mean quality of a fit."""
    made = fit(images, settings, [(0, place) for place in range(len(images))])
    return made.psnr.mean().item()


def main() -> None:
    """Times all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gaussians", type=int, default=64)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    drawing(options.rounds)
    fits(
        options.images,
        options.rounds,
        GaussianFit(gaussians=options.gaussians, steps=options.steps),
    )


if __name__ == "__main__":
    main()
