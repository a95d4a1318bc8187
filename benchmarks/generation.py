"""Measures generators of windows, and writes docs/results/generation.md.

The packaged recipes are trained on the sets of the published tables and scored as these are, by
`legacy24`; then, with whole stretches of time held out, by `strict`. What is finished is kept
and runs that were stopped go on, so the command may be stopped and repeated:

    python benchmarks/generation.py ../shared/data [--only PIECE ...] [--jobs 2]

With `--write` it only writes the page. Each job takes one thread. Windows that other packages
made (benchmarks/peers) are scored beside them where `--made` says where they are.
"""

import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import generation_page
from generation_recipes import CLASSES, MARK, SEEDS, SETS, Tree, labelled, sized
from pages import read
from resumable import Found, Jobs, do_all, do_alone, options, trained, written

OUT = Path("runs/results/generation")
PAGE = Path("docs/results/generation.md")
PIECES = ("published", "long", "models", "held", "classes")
LEGACY = ("legacy_discriminative", "legacy_predictive", "context_fid", "legacy_correlational")
STRICT = (
    "discriminative_gru",
    "discriminative_cnn",
    "discriminative_trees",
    "predictive_ratio",
    "marginal",
    "autocorrelation",
    "coverage",
    "memorisation",
    "duplicates",
)
USUAL = tuple(name for name, one in SETS.items() if one.steps == 24)
LONG = tuple(name for name, one in SETS.items() if one.steps > 24)
COMPARED = ("stocks", "energy")
DRAWS = 3
DRAWN = 2000
RIVALS = ("flow", "gan", "tokens", "vae")  # of the mixture


def runs(source: Path, piece: str) -> dict[str, tuple[Tree, bool]]:
    """The recipes of a piece by the names of their runs, and whether time is held out."""
    found: dict[str, tuple[Tree, bool]] = {}
    for seed in SEEDS:
        for name in {"published": USUAL, "long": LONG}.get(piece, ()):
            found[f"mixture-{name}-{seed}"] = sized(source, "mixture", name, seed), False
        for model in RIVALS if piece == "models" else ():
            for name in COMPARED:
                found[f"{model}-{name}-{seed}"] = sized(source, model, name, seed), False
        for model in ("mixture", *RIVALS) if piece == "held" else ():
            for name in COMPARED:
                tree = sized(source, model, name, seed, held=True)
                found[f"held-{model}-{name}-{seed}"] = tree, True
    return found


def play(out: Path, name: str, tree: Tree, held: bool) -> None:
    """Trains a run and scores what it draws."""
    run = trained(out / name, tree)
    found: Found = read(out / name / "seconds.json") or {}
    found["parameters"] = sum(p.numel() for p in run.system.parameters())
    began = time.process_time()
    run.generated(samples=DRAWN)
    found["draw_seconds"] = round(time.process_time() - began, 2)
    found["mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    first = name.endswith("-0")
    found["sheets"] = (
        [scored(run, "strict", 0, STRICT, whole=first)]
        if held
        else [
            # Context-FID is by far the dearest: one draw of each run has it.
            scored(run, "legacy24", draw, LEGACY if draw == 0 else LEGACY[:2], whole=False)
            for draw in range(DRAWS)
        ]
    )
    written(out / name / "figures.json", found)


def scored(run: Any, protocol: str, draw: int, scores: tuple[str, ...], *, whole: bool) -> Found:
    """The sheet of one draw.

    Args:
        run: The run.
        protocol: Which protocol.
        draw: Which draw; each has judges of its own.
        scores: What is computed.
        whole: Whether real data and the baselines are scored too.
    """
    from latentloom.evaluation.protocols import protocol_named
    from latentloom.recipes.contest import of_run

    contest = of_run(run, protocol_named(protocol), seed=draw)
    populations = (contest.real, contest.made, contest.train)
    return sheet(protocol, populations, draw, scores, whole=whole)


def sheet(
    protocol: str, populations: tuple[Any, ...], draw: int, scores: tuple[str, ...], *, whole: bool
) -> Found:
    """What a protocol says of real, made and train windows."""
    from latentloom.evaluation.protocols import Extent, measure, protocol_named

    chosen = protocol_named(protocol)
    arranged = chosen.arrange(*populations, seed=draw)
    if not whole:
        arranged = replace(arranged, floors={})
    extent = Extent(baselines=None if whole else (), scores=scores, seed=5 * draw)
    return measure(chosen, arranged, extent=extent).plain()


def real_windows(source: Path, name: str) -> Any:
    """All windows of a set."""
    from latentloom.data.dataset import Dataset
    from latentloom.evaluation.population import Population
    from latentloom.recipes.plan import Plan
    from latentloom.recipes.sourcing import open_source

    windows = open_source(Plan.of(sized(source, "mixture", name, 0)).data, 0)
    assert isinstance(windows, Dataset)
    return Population.of(windows)


def floor(out: Path, source: Path, name: str) -> None:
    """Scores real windows and the baselines of the published protocol in the place of made ones."""
    real = real_windows(source, name)
    found = sheet("legacy24", (real, real, None), 0, LEGACY, whole=True)
    written(out / f"floor-{name}" / "figures.json", {"sheets": [found]})


def peer(out: Path, source: Path, made: Path) -> None:
    """Scores windows that another package made."""
    import numpy as np

    from latentloom.evaluation.population import Population

    real = real_windows(source, made.stem.partition("_")[2])
    with np.load(made, allow_pickle=False) as arrays:
        kept = {key: arrays[key] for key in arrays.files}
    both = (real, Population(values=kept["series"]), None)
    found: Found = {
        "seconds": float(kept["seconds_train"]),
        "draw_seconds": float(kept["seconds_sample"]) * DRAWN / len(kept["series"]),
        "parameters": int(kept["parameters"]),
        "sheets": [sheet("legacy24", both, 0, LEGACY, whole=False)],
    }
    written(out / f"peer-{made.stem}" / "figures.json", found)


def by_class(out: Path, source: Path, name: str, seed: int) -> None:
    """Trains on a labelled set, and has a classifier learn from what is drawn of each class."""
    file = out / "data" / f"{name}.npz"
    if not file.is_file():
        mark_test(source / "ucr", name, file)
    folder = out / f"classes-{name}-{seed}"
    run = trained(folder, labelled(file, name, seed))
    found: Found = read(folder / "seconds.json") or {}
    found["sheets"] = [scored(run, "strict", 0, ("memorisation", "coverage"), whole=seed == 0)]
    written(folder / "figures.json", found)


def mark_test(folder: Path, name: str, file: Path) -> None:
    """Writes both parts of a set as one, with a mark at its test part."""
    import torch

    from latentloom.data.dataset import Dataset
    from latentloom.data.formats import read as read_data
    from latentloom.data.formats import write

    ending = next(folder.glob(f"{name}_TRAIN.*")).suffix
    train, test = (read_data(folder / f"{name}_{part}{ending}") for part in ("TRAIN", "TEST"))
    arrays = {key: torch.cat((array, test.arrays()[key])) for key, array in train.arrays().items()}
    marks = torch.cat((torch.zeros(train.size, 1), torch.ones(test.size, 1)))
    file.parent.mkdir(parents=True, exist_ok=True)
    write(Dataset.of(train.schema, arrays | {f"extras/{MARK}": marks}), file)


def jobs(out: Path, source: Path, pieces: list[str], made: Path | None) -> list[Jobs]:
    """What is still to be done, by its result file."""
    found: Jobs = {}
    for piece in pieces:
        for name, (tree, held) in runs(source, piece).items():
            found[name] = partial(play, out, name, tree, held)
        if piece in ("published", "long"):
            for name in USUAL if piece == "published" else LONG:
                found[f"floor-{name}"] = partial(floor, out, source, name)
    for name in CLASSES if "classes" in pieces else ():
        for seed in SEEDS:
            found[f"classes-{name}-{seed}"] = partial(by_class, out, source, name, seed)
    for path in sorted(made.glob("*_*.npz")) if made else ():
        found[f"peer-{path.stem}"] = partial(peer, out, source, path)
    return [{name: job for name, job in found.items() if not _is_done(out, name)}]


def _is_done(out: Path, name: str) -> bool:
    return (out / name / "figures.json").is_file()


def main() -> None:
    """Reads the arguments, does what is missing and writes the page."""
    parser = options(__doc__, data="where tsg/ is", pieces=PIECES, out=OUT)
    parser.add_argument("--made", type=Path, help="where windows of other packages are")
    asked = parser.parse_args()
    out: Path = asked.output
    stages = jobs(out, asked.data, asked.only, asked.made)
    if asked.job:
        do_alone(asked.job, stages)
        return
    if not asked.write:
        more = () if asked.made is None else ("--made", str(asked.made))
        do_all(asked, stages, ("--only", *asked.only, *more))
    generation_page.write(out, PAGE)


if __name__ == "__main__":
    sys.exit(main())
