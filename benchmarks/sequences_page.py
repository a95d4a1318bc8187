"""Writes docs/results/sequences.md from what was measured; computes no score of its own."""

import platform
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pages import across, of_seeds, read, table, write_page
from sequences_recipes import OTHERS, PHASES, RECORDS, SEEDS, STRATEGIES

from latentloom.evaluation.statistics import summarize

NOTES_FILE = Path(__file__).with_name("sequences_notes.md")
TITLES = {
    "mae": "absolute error",
    "autocorrelation": "autocorrelation",
    "combined": "half of each",
}
SCORES = ("ratio 10", "ratio 20", "centred 10", "centred 20")
Found = dict[str, Any]


def write(folder: Path, page: Path, epochs: int) -> None:
    """Writes the page from the pieces that are finished.

    Args:
        folder: Where they left what they found.
        page: The file to write.
        epochs: How long each of the five phases was.
    """
    lines = [*_head(epochs), *_best(folder), *_located(folder), *_strategies(folder, epochs)]
    lines += [*_unphased(folder, epochs), *_others(folder)]
    write_page(page, lines, NOTES_FILE)


def _head(epochs: int) -> Iterator[str]:
    yield "# Sequences from their first rows: results"
    yield ""
    yield f"Made by `python benchmarks/sequences.py ../shared/data --epochs {epochs}`, which repeats every figure of this page but the speeds."
    yield f"{platform.machine()}, one thread, {date.today().isoformat()}. Numbers are means over the training seeds that are done, of 0, 1, 2 (from the least to the greatest)."
    yield ""
    yield f"{RECORDS} simulated runs of spinodal decomposition (`latentloom data simulate spinodal`, seed 0): 128 x 128 cells, 151 frames, five radial components of one PCA that was"
    yield "fitted on the runs that are not held out. A fifth of the runs is held out; an eighth of the others chooses the weights. What is predicted is predicted from the first"
    yield "row and the conditions (mobility, gradient coefficient, mean concentration, amplitude of the noise) alone; no true row after the first is ever shown."
    yield ""


def _errors(folder: Path, name: str) -> dict[str, np.ndarray]:
    with np.load(folder / name / "errors.npz") as file:
        return {key: file[key] for key in file.files}


def _by_component(found: list[Found], digits: int = 4) -> list[str]:
    count = len(found[0]["mae"])
    return [across([one["mae"][place] for one in found], digits) for place in range(count)]


def _best(folder: Path) -> Iterator[str]:
    found = of_seeds(folder, "best", SEEDS)
    rivals = read(folder / "best-0" / "rivals.json")
    if not found or rivals is None:
        return
    yield "## The packaged recipe: mean absolute error of each component"
    yield ""
    yield f"`sequences`, {found[0]['epochs']} epochs without teacher forcing, seeds done: {len(found)}. {found[0]['records']} held-out runs."
    yield ""
    rows = [["`sequences`", *_by_component(found), across([one["scaled"] for one in found])]]
    rows += [[name, *_by_component([one]), f"{one['scaled']:.3f}"] for name, one in rivals.items()]
    yield from table(["", *found[0]["components"], "mean, in deviations"], rows)
    yield "Less than quadratic ridge on the same runs by, with the outer ends of the 95 % intervals over all seeds:"
    yield ""
    yield from table(["", *found[0]["components"]], [["", *_beaten(folder, len(found))]])


def _beaten(folder: Path, seeds: int) -> Iterator[str]:
    """What the recipe's errors are less than those of ridge, component by component."""
    ridge = _errors(folder, "best-0")["quadratic ridge"]
    own = [_errors(folder, f"best-{seed}")["run"] for seed in SEEDS[:seeds]]
    for place in range(ridge.shape[1]):
        gaps = [summarize(one[:, place] - ridge[:, place]).mean for one in own]
        middle = np.mean([gap.value for gap in gaps])
        low, high = min(gap.low or 0.0 for gap in gaps), max(gap.high or 0.0 for gap in gaps)
        yield f"{middle:+.4f} ({low:+.4f} to {high:+.4f})"


def _located(folder: Path) -> Iterator[str]:
    found = of_seeds(folder, "best", SEEDS)
    if not found:
        return
    cards = [one["located"] for one in found]
    yield "## When did this state occur?"
    yield ""
    yield f"Every frame but the first of every held-out run is taken for a measured state: {cards[0]['states']} states. Asked for: half within 4 frames, nine in ten within 12,"
    yield "and an interval that covers 0.85 to 0.95. Distances are calibrated on the validation runs; fixed weights are those of the document."
    yield ""
    rows = []
    for place, row in enumerate(cards[0]["rows"]):
        own = [card["rows"][place] for card in cards]
        covered = [one["coverage"]["value"] for one in own if one["coverage"]]
        widths = [one["width"] for one in own if one["width"] is not None]
        median, ninety = (
            across([one[key]["value"] for one in own], 1) for key in ("median", "ninety")
        )
        rows.append(
            [row["name"], row["distance"], median, ninety, across(covered), across(widths, 0)]
        )
    head = ["predicted by", "distance", "median error, frames", "90 % within", "covered", "width"]
    yield from table(head, rows)


def _strategies(folder: Path, epochs: int) -> Iterator[str]:
    found = {
        title: of_seeds(folder, f"five-{name}-{epochs}", SEEDS) for name, title in TITLES.items()
    }
    found = {title: own for title, own in found.items() if own}
    if not found:
        return
    best, rivals = of_seeds(folder, "best", SEEDS), read(folder / "best-0" / "rivals.json") or {}
    yield "## The three strategies"
    yield ""
    yield f"{PHASES} phases of {epochs} epochs each, with the document's rates, forcing, noise, lags, decay and clipping (the document has 100 epochs each)."
    yield "Autocorrelations are compared as the document does (about zero) and with means removed, up to lag 10 and 20: mean and, behind the bar, median of the squared distance."
    yield ""
    rows = [_scores(title, own) for title, own in found.items()]
    rows += [_scores("`sequences`", best)] if best else []
    rows += [_scores(name, [one]) for name, one in rivals.items()]
    yield from table(["", "error, in deviations", *SCORES], rows)
    count = len(next(iter(found.values()))[0]["mae"])
    head = ["", *(f"comp_{place + 1}" for place in range(count)), "seeds"]
    yield from table(
        head, [[title, *_by_component(own), str(len(own))] for title, own in found.items()]
    )


def _scores(title: str, found: list[Found]) -> list[str]:
    def both(score: str) -> str:
        mean, median = (
            across([one[score][key] for one in found], 4) for key in ("mean", "median")
        )
        return f"{mean} / {median}"

    return [title, across([one["scaled"] for one in found]), *map(both, SCORES)]


def _unphased(folder: Path, epochs: int) -> Iterator[str]:
    rows = []
    for name in STRATEGIES:
        for kind, title in (("five", f"{PHASES} phases"), ("one", "one phase")):
            found = of_seeds(folder, f"{kind}-{name}-{epochs}", SEEDS)
            if found and of_seeds(folder, f"one-{name}-{epochs}", SEEDS):
                rows.append([*_scores(f"{TITLES[name]}, {title}", found), str(len(found))])
    if not rows:
        return
    yield "## Do the phases pay?"
    yield ""
    yield f"{PHASES} phases of {epochs} epochs against one of {PHASES * epochs}, whose rate rises and falls once and whose forcing falls as far."
    yield ""
    yield from table(["", "error, in deviations", *SCORES, "seeds"], rows)


def _others(folder: Path) -> Iterator[str]:
    found = {name: of_seeds(folder, name, SEEDS) for name in OTHERS}
    if not any(found.values()):
        return
    yield "## The packaged recipe, unchanged, on other data"
    yield ""
    for name, own in found.items():
        rivals = read(folder / f"{name}-0" / "rivals.json")
        if not own or rivals is None:
            continue
        yield f"`{name}`, {own[0]['records']} held-out records, {len(own[0]['mae'])} columns, seeds done: {len(own)}."
        yield ""
        rows = [_scores("`sequences`", own)]
        rows += [_scores(title, [one]) for title, one in rivals.items()]
        yield from table(["", "error, in deviations", *SCORES], rows)
