"""What a run draws of its own, beside real digits."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from primitives_judge import CLASSES, apart, read_digits, right, taught, told_apart
from torch import Tensor

from latentloom.data.splats import as_bytes, encoded, mosaic
from latentloom.nn.splatting import draw
from latentloom.recipes.assess import splits
from latentloom.recipes.latents import Encoded
from latentloom.recipes.run import Run
from latentloom.representations.autoencoder import Autoencoder

DRAWN = 1000
SHOWN = 16


def drawn(run: Run, folder: Path) -> dict[str, Any]:
    """Judges what a run draws and what it reconstructs, and writes a picture of both.

    The rows of the picture are originals, their fits, their reconstructions, and twice as many
    that were drawn.
    """
    train, _, test = splits(run)
    real, known = pixels(test), pixels(train)
    side = real.shape[1]
    assert test.series is not None
    sets = {
        "fits": test.series,
        "reconstructions": torch.from_numpy(run.reconstruct(test)),
        "drawn": torch.from_numpy(_new(run)),
    }
    images = {name: painted(values, side) for name, values in sets.items()}
    _show([real, images["fits"], images["reconstructions"], images["drawn"]], folder)
    labels = train.extras["label"][:, 0].long()
    reader = taught(known, labels, answers=CLASSES, seed=0)
    others = known[np.random.default_rng(0).permutation(len(known))[: len(real)]]
    found: dict[str, Any] = {
        "read rightly": right(reader, real, test.extras["label"][:, 0].long()),
        "real": read_digits(reader, real) | {"apart": apart(reader, real, others)},
        "floor": told_apart(real, others, seed=0),
    }
    for name, made in images.items():
        found[name] = read_digits(reader, made) | {
            "apart": apart(reader, real, made),
            "told apart": told_apart(real, made, seed=0),
            "nearest": nearest(made, known) / nearest(real, known),
        }
    return found


def _new(run: Run) -> np.ndarray:
    """New sets of a run's generator; of the prior, where it has none."""
    if run.generates:
        return run.generate(samples=DRAWN, seed=0)[0]
    representation = run.system.part("representation", Autoencoder)
    shape = (DRAWN, 1, representation.dim)
    noise = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    return run.decode(Encoded(z=noise))


def pixels(dataset: Any) -> Tensor:
    """The images that sets were fitted to, N x height x width."""
    height, width = (int(dataset.extras[name][0]) for name in ("height", "width"))
    return dataset.extras["pixels"].view(-1, height, width)


@torch.no_grad()
def painted(sets: Tensor, side: int) -> Tensor:
    """What sets draw."""
    parts = [draw(some.float(), size=(side, side)) for some in sets.split(256)]
    return torch.cat(parts)[..., 0].clamp(0, 1)


def nearest(images: Tensor, known: Tensor) -> float:
    """Median distance of images to the nearest known one: small where they are copies."""
    return float(torch.cdist(images.flatten(1), known.flatten(1)).amin(1).median())


def _show(heaps: list[Tensor], folder: Path) -> None:
    rows = [*(heap[:SHOWN] for heap in heaps), heaps[-1][SHOWN : 2 * SHOWN]]
    picture = mosaic([as_bytes(row[..., None]) for row in rows], columns=SHOWN, scale=2)
    (folder / "drawn.png").write_bytes(encoded(picture))
