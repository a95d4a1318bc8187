"""Measures generators of movements, and writes docs/results/trajectories.md.

An autoencoder of real mouse movements is trained to convergence on some users; a GAN, a flow and
a mixture learn to draw its latents, and a joint TimeGAN learns from the same loader. All
are judged on users that none of them saw. The packaged recipe is trained, unchanged, on clicks,
letters and simulated pointing; and what each choice of it moves is told one by one. What is
finished is kept and runs that were stopped go on, so the command may be stopped and repeated:

    python benchmarks/trajectories.py ../shared/data [--only PIECE ...] [--jobs 2]

With `--write` it only writes the page. Each job takes one thread. For speeds see
`benchmarks/trajectories_speed.py`.
"""

from functools import partial
from pathlib import Path

import trajectories_page
from pages import read, slug
from resumable import Found, Jobs, do_all, do_alone, options, trained, written
from trajectories_figures import judged, kept, learned_for
from trajectories_recipes import (
    ABLATIONS,
    GENERATORS,
    SEEDS,
    Tree,
    briefly,
    early,
    joint,
    packaged,
    represent,
)

OUT = Path("runs/results/trajectories")
PAGE = Path("docs/results/trajectories.md")
PIECES = ("latent", "generators", "joint", "others", "ablations")
OTHERS = ("letters", "clicks", "pointing")


def runs(out: Path, source: Path, piece: str) -> dict[str, tuple[Tree, Path | None]]:
    """The recipes of a piece by the names of their runs, and the model each begins with."""
    found: dict[str, tuple[Tree, Path | None]] = {}
    for seed in SEEDS:
        if piece == "latent":
            found[f"latent-{seed}"] = packaged(source, "mice", seed, (represent,)), None
        for name, change in GENERATORS.items() if piece == "generators" else ():
            tree = packaged(source, "mice", seed, (change,))
            found[f"{name}-{seed}"] = tree, out / f"latent-{seed}"
        if piece == "joint":
            found[f"timegan-{seed}"] = joint(source, seed), None
            found[f"early-{seed}"] = packaged(source, "mice", seed, (early,)), None
        for data in OTHERS if piece == "others" else ():
            found[f"{data}-{seed}"] = packaged(source, data, seed), None
    for title, changes in ABLATIONS.items() if piece == "ablations" else ():
        found[f"ablation-{slug(title)}-0"] = packaged(source, "mice", 0, (*changes, briefly)), None
    return found


def play(out: Path, name: str, tree: Tree, model: Path | None) -> None:
    """Trains a run, and writes what held-out movements say of it."""
    run = trained(out / name, tree, model)
    found: Found = {"seconds": learned_for(run)}
    if model is not None:  # what it draws in had to be learned too
        found["seconds"] += read(model / "figures.json")["seconds"]
    if run.system.representation is not None:
        found["kept"] = kept(run)
    if run.system.generator is not None:
        found |= judged(run, whole=name in ("gan-0", "timegan-0"), brief=name.startswith("abl"))
    written(out / name / "figures.json", found)


def jobs(out: Path, source: Path, pieces: list[str]) -> list[Jobs]:
    """What is still to be done, by its result file: first what needs no other run."""
    stages: list[Jobs] = [{}, {}]
    for piece in pieces:
        for name, (tree, model) in runs(out, source, piece).items():
            if not (out / name / "figures.json").is_file():
                stages[model is not None][name] = partial(play, out, name, tree, model)
    return stages


def main() -> None:
    """Reads the arguments, does what is missing and writes the page."""
    asked = options(__doc__, data="where trajectories/ is", pieces=PIECES, out=OUT).parse_args()
    out: Path = asked.output
    if asked.job:
        do_alone(asked.job, jobs(out, asked.data, asked.only))
        return
    if not asked.write:
        do_all(asked, jobs(out, asked.data, asked.only), ("--only", *asked.only))
    trajectories_page.write(out, PAGE)


if __name__ == "__main__":
    main()
