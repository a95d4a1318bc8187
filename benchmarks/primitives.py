"""Measures VAEs of sets of Gaussians, and writes docs/results/primitives.md.

Digits of MNIST and patches of photographs are fitted; the original's seven configurations run on
the patches, the packaged recipe on both; new digits are drawn by the prior, by a mixture and by a
flow; and what each choice of the recipe moves is told one by one. What is finished is kept and
runs that were stopped go on, so the command may be stopped and repeated:

    python benchmarks/primitives.py ../shared/data [--only PIECE ...] [--jobs 2]

With `--write` it only writes the page. Each job takes one thread. For speeds see
`benchmarks/primitives_speed.py` and `benchmarks/splatting.py`.
"""

import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import primitives_page
import torch
from pages import slug
from primitives_drawn import drawn
from primitives_recipes import (
    ABLATIONS,
    CONFIGS,
    DRAWS,
    SEEDS,
    SETS,
    Tree,
    drawing,
    drop_generator,
    original,
    packaged,
)
from resumable import Found, Jobs, do_all, do_alone, options, trained, written

OUT = Path("runs/results/primitives")
PAGE = Path("docs/results/primitives.md")
PIECES = ("configs", "best", "drawn", "ablations")
SIDE, STEP = 64, 8  # of the patches, and between them, in pixels
HELD_PHOTOGRAPHS = 3
HELD_DIGITS = 1000
FITS = {
    "digits": {"gaussians": 64, "placement": "lattice", "rates": (0.05, 0.05, 0.05, 0.05)},
    "patches": {"gaussians": 512, "steps": 45},
}


def patches(photographs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping squares of photographs, and which photograph each is of."""
    height, width = photographs.shape[1:3]
    corners = [
        (row, column)
        for row in range(0, height - SIDE + 1, STEP)
        for column in range(0, width - SIDE + 1, STEP)
    ]
    cut = [
        photograph[row : row + SIDE, column : column + SIDE]
        for photograph in photographs
        for row, column in corners
    ]
    return np.stack(cut), np.arange(len(photographs)).repeat(len(corners))


def fitted(out: Path, data: str, source: Path) -> None:
    """Fits one of the sets, with a mark at the images that no run may see."""
    from latentloom.data.formats import write
    from latentloom.data.splats import GaussianFit, fit_file, read_images

    path = out / "data" / f"{data}.npz"
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    groups, extras = None, {}
    if data == "patches":
        with np.load(source / "images" / "kodak16_128x192.npz") as arrays:
            images, groups = patches(arrays["images"])
        source = path.with_name("patches_images.npz")
        np.savez(source, images=images)
        held = groups >= groups.max() + 1 - HELD_PHOTOGRAPHS
    else:
        labels = read_labels(source / "images" / "mnist_t10k_labels.idx1.gz")
        source = source / "images" / "mnist_t10k_images.idx3.gz"
        order = np.random.default_rng(0).permutation(len(labels))  # the later digits are harder
        held = order < HELD_DIGITS
        extras["label"] = torch.from_numpy(labels).float()[:, None]
    sets = fit_file(
        read_images(source),
        GaussianFit(**FITS[data]),
        0,
        path.with_name(f"{data}_fitted.h5"),
        pixels=True,
        progress=lambda done, total: print(f"{data}: {done} of {total}", flush=True),
    )
    extras["held_out"] = torch.from_numpy(held).float()[:, None]
    group = None if groups is None else torch.from_numpy(groups)
    write(replace(sets, extras=sets.extras | extras, group=group), path)


def read_labels(path: Path) -> np.ndarray:
    """The labels of an IDX file."""
    import gzip

    return np.frombuffer(gzip.decompress(path.read_bytes())[8:], dtype=np.uint8)


def runs(out: Path, piece: str) -> dict[str, Tree]:
    """The recipes of the runs of a piece, by their names."""
    files = out / "data"
    found: dict[str, Tree] = {}
    for seed in SEEDS:
        for data in SETS if piece == "best" else ():
            found[f"{data}-{seed}"] = packaged(files, data, seed, (drop_generator,))
        for name in CONFIGS if piece == "configs" else ():
            found[f"{name}-{seed}"] = original(files, name, seed)
        for kind in DRAWS if piece == "drawn" else ():
            found[f"{kind}-{seed}"] = packaged(files, "digits", seed, (drawing(kind),))
    for title, changes in ABLATIONS.items() if piece == "ablations" else ():
        found[f"ablation-{slug(title)}-0"] = packaged(files, "digits", 0, changes)
    return found


def play(out: Path, name: str, tree: Tree, model: Path | None = None) -> None:
    """Trains a run, and writes what held-out sets say of it."""
    from latentloom.recipes.assess import splits
    from latentloom.recipes.gaussian_examination import latents_of
    from latentloom.recipes.sets_assessed import assess_sets
    from latentloom.recipes.specimens import Specimens

    run = trained(out / name, tree, model)
    rows = json.loads(run.folder.history.read_text(encoding="utf-8"))
    latents = latents_of(Specimens(run, splits(run)[2]))
    assert latents is not None
    found: Found = {"epochs": len(rows), "latents": asdict(latents)}
    if model is None:
        found["card"] = assess_sets(run).card.plain()
    if name.startswith(("digits", *DRAWS)):
        found["drawn"] = drawn(run, out / name)
    written(out / name / "figures.json", found)


def jobs(out: Path, pieces: list[str]) -> list[Jobs]:
    """What is still to be done, by its result file: first what needs no run, then the rest."""
    stages: list[Jobs] = [{}, {}]
    for piece in pieces:
        for name, tree in runs(out, piece).items():
            seed = name.rpartition("-")[2]
            model = out / f"digits-{seed}" if piece == "drawn" else None
            stages[piece == "drawn"][name] = partial(play, out, name, tree, model)
    return [
        {name: job for name, job in stage.items() if not (out / name / "figures.json").is_file()}
        for stage in stages
    ]


def main() -> None:
    """Reads the arguments, does what is missing and writes the page."""
    asked = options(__doc__, data="where images/ is", pieces=PIECES, out=OUT).parse_args()
    out: Path = asked.output
    if asked.job:
        do_alone(asked.job, jobs(out, list(PIECES)))
        return
    if not asked.write:
        for data in SETS:
            fitted(out, data, asked.data)
        do_all(asked, jobs(out, asked.only))
    primitives_page.write(out, PAGE)


if __name__ == "__main__":
    main()
