"""Measures the voltage system, and writes docs/results/voltage.md.

Every figure of that page comes from here: three seeds on the displacement sensor and on three
splits of the MagNet waveforms, with and without the flux amplitude as an input, and ablations.
Runs that are finished are kept and runs that were stopped go on, so the command may be stopped
and repeated:

    python benchmarks/voltage.py ../shared/data/waveforms [--workers 2]

With `--write` it only writes the page from what is there. Each run takes one thread.
"""

import argparse
import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import voltage_page
from magnet import gathered

OUT = Path("runs/results/voltage")
SEEDS = (0, 1, 2)
LIBRARY = Path("src/latentloom/recipes/library")
Tree = dict[str, Any]


def recipe(name: str, seed: int) -> Tree:
    """A packaged recipe with another seed."""
    from latentloom.recipes.text import read

    tree = dict(read(LIBRARY / f"{name}.yaml"))
    tree["random_seed"] = seed
    tree["logging"] = {"progress": "off"}
    if name == "voltage_magnet":
        tree["data"]["source"] = str(OUT / "data" / "magnet.npz")
    return tree


def top_frequencies(tree: Tree) -> Tree:
    """Tests on the top third of the frequencies of each material."""
    tree["data"]["split"] = {
        "kind": "top_quantile",
        "condition": "frequency",
        "within": "material",
        "validation": 0.08,
    }
    return tree


def at_random(tree: Tree) -> Tree:
    """Tests on a fifth of the records, drawn at random."""
    tree["data"]["split"] = {"kind": "fractions", "train": 0.72, "validation": 0.08}
    return tree


def without_flux(tree: Tree) -> Tree:
    """Takes the flux amplitude away: the scale is a regression on what is left."""
    tree["data"]["source"] = str(OUT / "data" / "magnet_without_b_peak.npz")
    kept = [t for t in tree["data"]["transforms"] if t["kind"] != "product_scale"]
    kept[kept.index({"kind": "log", "conditions": ["frequency", "b_peak"]})] = {
        "kind": "log",
        "conditions": ["frequency"],
    }
    place = next(i for i, t in enumerate(kept) if t["kind"] == "one_hot") + 1
    by = ["log_frequency", "log_current_swing", "temperature", "material"]
    kept.insert(place, {"kind": "series_scale", "by": by, "degree": 2, "size": "flux"})
    tree["data"]["transforms"] = kept
    tree["parts"]["constraint"] = "zero_mean"
    base = tree["parts"]["base"]
    balanced = {"kind": "balanced", "swing": "conditions", "predictor": base["predictor"]}
    tree["parts"]["base"] = {**base, "predictor": balanced}
    for row in tree["evaluation"]["per_category"].values():
        row.get("view", row)["scale"] = "fitted"
    return tree


def codes_alone(tree: Tree) -> Tree:
    """Tokens of the voltage itself: no base, one greedy answer."""
    tree["parts"].pop("base")
    tree["phases"] = [p for p in tree["phases"] if p["name"] != "direct"]
    for phase in tree["phases"]:
        phase["epochs"], phase["validate_every"] = 14, 7
    return greedy(tree)


def greedy(tree: Tree) -> Tree:
    """One greedy answer and no baselines."""
    tree["evaluation"] = {"decoding": "greedy", "samples": 8}
    return tree


def phase(tree: Tree, name: str) -> Tree:
    """The phase of that name."""
    return next(p for p in tree["phases"] if p["name"] == name)


def with_law(tree: Tree) -> Tree:
    """Has the transforms work out what the law says, with M fitted for each material."""
    law = {"kind": "law", "frequency": "frequency", "per": "material"}
    tree["data"]["transforms"].insert(0, law)
    return tree


def conditional_decoder(tree: Tree) -> Tree:
    """Shows the decoder the current."""
    tree["parts"]["representation"]["decoder"]["sees"] = "latent+drive+condition"
    return tree


def without_metadata(tree: Tree) -> Tree:
    """Hides frequency, temperature, amplitude and material from every part."""
    parts = tree["parts"]
    parts["representation"]["encoder"]["sees"] = "signal"
    parts["representation"]["decoder"]["sees"] = "latent"
    parts["generator"]["conditioning"] = "none"
    return tree


def scheduled_sampling(tree: Tree) -> Tree:
    """Lets the generator see its own codes more and more, down to half of them."""
    update = phase(tree, "generate")["updates"][0]
    update["forward_pass"]["forcing"] = {"kind": "linear", "start": 1.0, "end": 0.5}
    return tree


def no_replacement(tree: Tree) -> Tree:
    """Replaces no codes by random ones."""
    phase(tree, "generate")["updates"][0]["forward_pass"]["replacement"] = 0.0
    return tree


def soft_law(tree: Tree) -> Tree:
    """Adds the soft physics term to the representation's objective."""
    terms = phase(with_law(tree), "represent")["updates"][0]["objective"]
    terms["law"] = {"criterion": {"kind": "law", "norm": "huber", "gain": "fitted"}, "weight": 0.1}
    return tree


def hard_law(tree: Tree) -> Tree:
    """Makes the law the base: the codes carry only what it leaves over."""
    with_law(tree)["parts"]["base"] = {"kind": "law", "gain": "unit"}
    for step in tree["phases"]:
        step["augment"] = ["roll", "flip_sign"]
    return tree


def recurrent(tree: Tree) -> Tree:
    """Draws codes with an LSTM."""
    tree["parts"]["generator"] = {"kind": "lstm", "width": 128, "layers": 2}
    return tree


ABLATIONS: dict[str, list[Callable[[Tree], Tree]]] = {
    "codes": [],
    "codes-decoder-sees-current": [conditional_decoder],
    "codes-no-metadata": [without_metadata],
    "codes-scheduled-sampling": [scheduled_sampling],
    "codes-no-replacement": [no_replacement],
    "codes-soft-law": [soft_law],
    "codes-hard-law": [hard_law],
    "codes-lstm": [recurrent],
}


def jobs() -> dict[str, Tree]:
    """Every run's recipe by its name, in the order in which they are made."""
    found: dict[str, Tree] = {}
    for seed in SEEDS:
        found[f"shapes-{seed}"] = recipe("voltage_magnet", seed)
        found[f"sensor-{seed}"] = recipe("displacement_sensor", seed)
        found[f"top-f-{seed}"] = top_frequencies(recipe("voltage_magnet", seed))
    for name, changes in ABLATIONS.items():
        tree = codes_alone(recipe("voltage_magnet", 0))
        for change in changes:
            tree = change(tree)
        found[name] = tree
    for seed in SEEDS:
        found[f"shapes-no-b-{seed}"] = without_flux(recipe("voltage_magnet", seed))
    for seed in SEEDS:
        found[f"random-{seed}"] = at_random(recipe("voltage_magnet", seed))
    found["top-f-no-b-0"] = top_frequencies(without_flux(recipe("voltage_magnet", 0)))
    found["random-no-b-0"] = at_random(without_flux(recipe("voltage_magnet", 0)))
    return found


def prepare(waveforms: Path) -> None:
    """Writes the data files that the runs read."""
    from latentloom.data.formats import write

    files = [OUT / "data" / name for name in ("magnet.npz", "magnet_without_b_peak.npz")]
    if all(path.exists() for path in files):
        return
    files[0].parent.mkdir(parents=True, exist_ok=True)
    dataset = gathered(waveforms)
    kept = [i for i, name in enumerate(dataset.schema.names("condition")) if name != "b_peak"]
    schema = replace(dataset.schema, condition=tuple(dataset.schema.condition[i] for i in kept))
    assert dataset.condition is not None
    less = replace(dataset, schema=schema, condition=dataset.condition[:, kept])
    for path, content in zip(files, (dataset, less), strict=True):
        path.unlink(missing_ok=True)
        write(content, path)


def play(name: str) -> None:
    """Trains and scores one run, as far as it is not yet done."""
    import torch

    torch.set_num_threads(1)
    from latentloom.recipes.assess import assess
    from latentloom.recipes.conduct import Conduct, resume, train
    from latentloom.recipes.plan import Plan
    from latentloom.recipes.run import Run
    from latentloom.training.run_folder import write_json

    folder = OUT / name
    if (folder / "summary.json").is_file():
        return
    start = time.perf_counter()
    if (folder / "best_model.pt").is_file():
        run = Run.open(folder, device="cpu")
    elif (folder / "config.yaml").is_file():
        run = resume(folder, Conduct(device="cpu"))
    else:
        plan = Plan.of(copy.deepcopy(jobs()[name]))
        run = train(plan, folder, Conduct(device="cpu"))
    card = assess(run).scorecard
    card.write(run.folder.scores)
    rows = json.loads(run.folder.history.read_text(encoding="utf-8"))
    write_json(
        folder / "summary.json",
        {
            "trust": float(run.system.trust),
            "parameters": sum(p.numel() for p in run.system.parameters()),
            "seconds": round(time.perf_counter() - start, 1),
            "health": {
                k.split("/")[-1]: v
                for row in rows
                if row["phase"] == "represent"
                for k, v in row.items()
                if k.startswith("codes/0/")
            },
        },
    )


def main() -> None:
    """Reads the arguments, plays what is missing and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("waveforms", type=Path, help="where magnet_*.npz are")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--job", help="play this run alone")
    parser.add_argument("--write", action="store_true", help="only write the page")
    arguments = parser.parse_args()
    if arguments.job:
        play(arguments.job)
        return
    prepare(arguments.waveforms)

    def start(name: str) -> None:
        command = [sys.executable, __file__, str(arguments.waveforms), "--job", name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        last = (done.stderr.strip().splitlines() or [""])[-1]
        print(name, "done" if done.returncode == 0 else f"failed: {last}", flush=True)

    if not arguments.write:
        with ThreadPoolExecutor(arguments.workers) as pool:
            list(pool.map(start, jobs()))
    voltage_page.write(OUT, list(jobs()), Path("docs/results/voltage.md"))


if __name__ == "__main__":
    main()
