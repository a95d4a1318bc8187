"""Measures the tokenizer of features, and writes docs/results/tokenizer.md.

Every figure of that page but the speeds comes from here: the packaged recipe on mfeat and on
simulated operators, three seeds each, fronts and ablations, discovered categories beside true
and random ones, digits told by tokens alone, and new samples of a model of the tokens. What is
finished is kept and runs that were stopped go on, so the command may be stopped and repeated:

    python benchmarks/tokenizer.py ../shared/data --operators FILE [--only PIECE ...] [--jobs 2]

FILE is what `latentloom data simulate operators -o FILE --set records=10000` writes; without it
the pieces of mfeat are done. With `--write` it only writes the page. Each job takes one thread.
"""

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tokenizer_page
from pages import slug
from resumable import Found, Jobs, do_all, do_alone, options, trained, written
from tokenizer_recipes import (
    ABLATIONS,
    DOCUMENT,
    FAMILIES,
    FRONT,
    GROUPS,
    SEEDS,
    Tree,
    changed,
    document,
    grouped,
    packaged,
)

OUT = Path("runs/results/tokenizer")
PAGE = Path("docs/results/tokenizer.md")
LINKAGES = ("ward", "average", "complete")
HELD = {"mfeat": 0.2, "operators": 0.1}  # share of the rows that no run ever sees
PIECES = ("mfeat", "operators", "front", "categories", "digits", "prior", "ablations", "document")


def runs(out: Path, piece: str) -> dict[str, Tree]:
    """The recipes of the runs of a piece, by their names."""
    files = out / "data"
    found: dict[str, Tree] = {}
    for seed in SEEDS:
        if piece in FAMILIES:
            found[f"{piece}-{seed}"] = packaged(files, piece, seed)
        for data in FAMILIES if piece == "front" else ():
            for title, changes in FRONT.items():
                tree = changed(packaged(files, data, seed), changes)
                found[f"front-{data}-{slug(title)}-{seed}"] = tree
        for title, changes in ABLATIONS.items() if piece == "ablations" else ():
            tree = changed(packaged(files, "mfeat", seed), changes)
            found[f"ablation-{slug(title)}-{seed}"] = tree
        for title in GROUPS if piece == "categories" else ():
            tree = changed(packaged(files, "mfeat", seed), grouped(title))
            found[f"groups-{slug(title)}-{seed}"] = tree
    for title, weight in DOCUMENT.items() if piece == "document" else ():
        found[f"document-operators-{slug(title)}"] = document(files, weight)
    return found


def prepare(out: Path, data: str, source: Path) -> None:
    """Writes one of the sets, with a mark at the rows that no run may see."""
    import torch

    from latentloom.data.dataset import Dataset
    from latentloom.data.formats import Columns, write
    from latentloom.recipes.sections import Data
    from latentloom.recipes.sourcing import open_source

    path = out / "data" / f"{data}.npz"
    if path.is_file():
        return
    columns = Columns(families=FAMILIES[data])
    dataset = open_source(Data(source=str(source), columns=columns), 0)
    assert isinstance(dataset, Dataset)
    kept = {name: dataset.extras[name] for name in ("label",) if name in dataset.extras}
    labels = kept["label"][:, 0].numpy() if kept else np.zeros(dataset.size)
    random = np.random.default_rng(0)
    held = np.zeros((dataset.size, 1), dtype=np.float32)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        held[rows[: round(HELD[data] * len(rows))]] = 1.0
    path.parent.mkdir(parents=True, exist_ok=True)
    write(replace(dataset, extras={"held_out": torch.from_numpy(held), **kept}), path)


def figures(run: Any) -> Found:
    """What held-out rows say of a run's tokens."""
    from latentloom.evaluation.parts import error_by_subset, r2_by_subset
    from latentloom.evaluation.tokens import Overlap, book_uses
    from latentloom.evaluation.tokens.judging import quality
    from latentloom.evaluation.tokens.topography import topography
    from latentloom.recipes.assess import splits
    from latentloom.recipes.tokens_seen import material_of

    train, _, test = splits(run)
    material = material_of(run, train, test)
    layout, held = material.layout, material.held
    assert held.inside is not None
    every = {"all": range(held.truth.shape[1])}
    error = error_by_subset(held.truth, held.made, every)["all"]
    books = [book.held for book in book_uses(material)]
    overlap = Overlap.of(held.inside.embeddings)
    inside = held.inside
    near = slice(None, 1000)
    ends = {
        "inputs": held.truth[inside.rows[near]],
        "latents": inside.latents[near],
        "codes": inside.rounded[near],
    }
    return {
        "categories": len(layout.spans),
        "tokens": len(layout.sizes),
        "bits": layout.bits,
        "quality": asdict(quality(error)),
        "r2": asdict(r2_by_subset(held.truth, held.made, every)["all"]),
        "utilisation": spread([book.utilisation for book in books]),
        "evenness": spread([book.evenness for book in books]),
        "reachable": spread([book.reachable for book in books]),
        "orthogonality": [overlap.mean, overlap.maximum, overlap.chance],
        "topography": {name: asdict(found) for name, found in topography(ends).items()},
        "parameters": sum(p.numel() for p in run.system.parameters()),
        "epochs": [phase.epochs for phase in run.plan.settings.phases],
    }


def spread(values: list[float]) -> list[float]:
    """Mean and least."""
    return [float(np.mean(values)), float(np.min(values))]


def play(out: Path, name: str, tree: Tree) -> None:
    """Trains and scores one run; the packaged recipe beside its baselines."""
    run = trained(out / name, tree)
    if name.rpartition("-")[0] in FAMILIES and not (out / name / "card.json").is_file():
        from latentloom.recipes.tokens_assessed import assess_tokens

        assess_tokens(run).card.write(out / name / "card.json")
    written(out / name / "figures.json", figures(run))


def agreement(out: Path) -> None:
    """How far discovered categories agree with the true families of mfeat."""
    from sklearn.metrics import adjusted_rand_score

    from latentloom.recipes.plan import Plan
    from latentloom.recipes.sourcing import open_source

    found: dict[str, list[Found]] = {}
    for seed in SEEDS:
        for linkage in LINKAGES:
            for count in (0, len(FAMILIES["mfeat"])):
                tree = packaged(out / "data", "mfeat", seed)
                grouping = tree["data"]["transforms"][1]["grouping"]
                grouping |= {"linkage": linkage, "count": count}
                plan = Plan.of(tree)
                source = open_source(plan.data, seed)
                rows = source.take(plan.data.split(source, seed).train)
                pipeline = plan.pipeline()
                pipeline.fit(rows)
                schema = pipeline.apply(rows.take(slice(0, 2))).schema
                true = [name.partition("/")[0] for name in schema.names("series")]
                ours = np.repeat(np.arange(len(schema.spans)), list(schema.spans.values()))
                entry = {"k": len(schema.spans), "ari": float(adjusted_rand_score(true, ours))}
                found.setdefault(f"{linkage}, {'6' if count else 'silhouette'}", []).append(entry)
    written(out / "agreement.json", found)


def digits(out: Path, name: str) -> None:
    """How well the tokens of a run tell the digits."""
    from tokenizer_digits import Digits

    from latentloom.recipes.run import Run

    written(out / name / "digits.json", Digits.of(Run.open(out / name, device="cpu")).hits())


def drawn(out: Path, name: str) -> None:
    """Scores new samples of the model of the tokens."""
    from latentloom.evaluation.protocols import Extent
    from latentloom.recipes.run import Run
    from latentloom.recipes.tokens_drawn import drawn_result

    run = Run.open(out / name, device="cpu")
    drawn_result(run, "features", Extent()).sheet.write(out / name / "drawn.json")


def jobs(out: Path, pieces: list[str]) -> list[Jobs]:
    """What is still to be done, by its result file: first what needs no run, then the rest."""
    stages = _runs_and_agreement(out, pieces), _of_runs(out, pieces)
    return [
        {name: job for name, job in stage.items() if not (out / name).is_file()}
        for stage in stages
    ]


def _runs_and_agreement(out: Path, pieces: list[str]) -> Jobs:
    trees = {name: tree for piece in pieces for name, tree in runs(out, piece).items()}
    found: Jobs = {f"{n}/figures.json": partial(play, out, n, tree) for n, tree in trees.items()}
    if "categories" in pieces:
        found["agreement.json"] = partial(agreement, out)
    return found


def _of_runs(out: Path, pieces: list[str]) -> Jobs:
    found: Jobs = {}
    for seed in SEEDS:
        for name in ("mfeat", "groups-6-discovered") if "digits" in pieces else ():
            found[f"{name}-{seed}/digits.json"] = partial(digits, out, f"{name}-{seed}")
        for name in FAMILIES if "prior" in pieces else ():
            found[f"{name}-{seed}/drawn.json"] = partial(drawn, out, f"{name}-{seed}")
    return found


def main() -> None:
    """Reads the arguments, does what is missing and writes the page."""
    parser = options(__doc__, data="where families/mfeat.h5 is", pieces=PIECES, out=OUT)
    parser.add_argument("--operators", type=Path, help="10 000 simulated operators")
    asked = parser.parse_args()
    out: Path = asked.output
    if asked.job:
        do_alone(asked.job, jobs(out, list(PIECES)))
        return
    if not asked.write:
        sources = {"mfeat": asked.data / "families" / "mfeat.h5", "operators": asked.operators}
        for data, source in sources.items():
            if source is not None:
                prepare(out, data, source)
        known = (out / "data" / "operators.npz").is_file()
        stages = jobs(out, asked.only)
        do_all(asked, [[n for n in stage if known or "operators" not in n] for stage in stages])
    tokenizer_page.write(out, PAGE)


if __name__ == "__main__":
    main()
