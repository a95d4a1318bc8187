"""Measures step-by-step predictors of sequences, and writes docs/results/sequences.md.

Runs of spinodal decomposition are simulated; the document's three strategies are trained in five
phases, and in one phase of as many epochs; the packaged recipe is trained there and, unchanged,
on two sets of somebody else. All are held against baselines on runs that none of them saw. What
is finished is kept and runs that were stopped go on, so the command may be stopped and repeated:

    python benchmarks/sequences.py ../shared/data [--only PIECE ...] [--jobs 2] [--epochs 100]

With `--write` it only writes the page. Each job takes one thread. For speeds see
`benchmarks/sequences_speed.py` and `benchmarks/spinodal.py`.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import sequences_page
from resumable import Found, Jobs, do_all, do_alone, options, trained, written
from sequences_figures import figures, rivals
from sequences_recipes import (
    OTHERS,
    RECORDS,
    SEEDS,
    STRATEGIES,
    Tree,
    documented,
    elsewhere,
    packaged,
    unphased,
)

OUT = Path("runs/results/sequences")
PAGE = Path("docs/results/sequences.md")
PIECES = ("best", "phases", "unphased", "others")


def data_of(out: Path) -> Path:
    """The file of simulated runs, made if it is not there."""
    from latentloom.recipes.exchange import save_simulated, simulated

    path = out / "data" / "spinodal.h5"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_simulated(simulated("spinodal", {}, [f"records={RECORDS}"]), 0, path, workers=2)
    return path


def runs(out: Path, source: Path, piece: str, epochs: int) -> dict[str, Tree]:
    """The recipes of the runs of a piece, by their names."""
    data = out / "data" / "spinodal.h5"
    found: dict[str, Tree] = {}
    for seed in SEEDS:
        if piece == "best":
            found[f"best-{seed}"] = packaged(data, seed)
        for strategy in STRATEGIES if piece == "phases" else ():
            found[f"five-{strategy}-{epochs}-{seed}"] = documented(data, strategy, seed, epochs)
        for strategy in STRATEGIES if piece == "unphased" else ():
            found[f"one-{strategy}-{epochs}-{seed}"] = unphased(data, strategy, seed, epochs)
        for name in OTHERS if piece == "others" else ():
            found[f"{name}-{seed}"] = elsewhere(source, name, seed)
    return found


def play(out: Path, name: str, tree: Tree) -> None:
    """Trains a run, and writes what held-out sequences say of it."""
    run = trained(out / name, tree)
    rows = json.loads(run.folder.history.read_text(encoding="utf-8"))
    found, errors = figures(run)
    if name.endswith("-0") and name.startswith(("best", *OTHERS)):
        beside, more = rivals(run)
        written(out / name / "rivals.json", beside)
        errors |= more
    np.savez(out / name / "errors.npz", **errors)
    told: Found = found | {"epochs": len(rows)}
    written(out / name / "figures.json", told)


def jobs(out: Path, source: Path, pieces: list[str], epochs: int) -> list[Jobs]:
    """What is still to be done, by its result file; seed by seed."""
    found: Jobs = {}
    for piece in pieces:
        for name, tree in runs(out, source, piece, epochs).items():
            if not (out / name / "figures.json").is_file():
                found[name] = partial(play, out, name, tree)
    return [dict(sorted(found.items(), key=lambda job: job[0].rpartition("-")[2]))]


def main() -> None:
    """Reads the arguments, does what is missing and writes the page."""
    parser = options(__doc__, data="where phasefield/ is", pieces=PIECES, out=OUT)
    parser.add_argument("--epochs", type=int, default=100, help="of each of the five phases")
    asked = parser.parse_args()
    out: Path = asked.output
    if not asked.write:
        data_of(out)
    if asked.job:
        do_alone(asked.job, jobs(out, asked.data, list(PIECES), asked.epochs))
        return
    if not asked.write:
        do_all(
            asked, jobs(out, asked.data, asked.only, asked.epochs), [f"--epochs={asked.epochs}"]
        )
    sequences_page.write(out, PAGE, asked.epochs)


if __name__ == "__main__":
    main()
