"""Writes docs/results/scores.md from what was measured; computes no score of its own."""

import json
import platform
import statistics
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pages import table

from latentloom.evaluation.corruptions import LADDER
from latentloom.evaluation.distances import DISTANCES
from latentloom.evaluation.statistics import of_repeats

NOTES_FILE = Path(__file__).with_name("scores_notes.md")
SETS = ("stocks", "heart beats", "vowels", "voltages")
PUBLISHED = ("Sines", "Stocks", "ETTh1", "Energy", "fMRI")
LEGACY = {
    "legacy_discriminative": "discriminative",
    "legacy_predictive": "predictive",
    "context_fid": "Context-FID",
    "legacy_correlational": "correlational",
    "legacy_marginal": "MDD",
    "value_mmd": "VDS",
    "dependence_mmd": "FDDS",
}
CLOSED = {
    "discriminative_gru": "Bayes accuracy of two normal distributions, Φ(δ/2) - 1/2",
    "discriminative_cnn": "the same",
    "discriminative_trees": "the same",
    "legacy_discriminative": "the same (one unit for two channels)",
    "predictive": "mean absolute innovation of an AR(1) process",
    "context_fid": "Fréchet distance of the same encodings by SciPy's matrix root",
}
Found = dict[str, Any]


def write(folder: Path, page: Path) -> None:
    """Writes the page from the steps that are finished.

    Args:
        folder: Where the steps left what they found.
        page: The file to write.
    """
    parts = [*_head(), *_agreement(folder), *_ladders(folder), *_legacy(folder), *_speed(folder)]
    notes = NOTES_FILE.read_text() if NOTES_FILE.is_file() else ""
    page.write_text("\n".join([*parts, notes]).rstrip() + "\n")


def _head() -> Iterator[str]:
    yield "# The scores, scored"
    yield ""
    yield "Made by `python benchmarks/scores.py ../shared/data --peers PEERS`, which repeats every figure of this page."
    yield f"{platform.machine()}, 2 cores, {date.today().isoformat()}. Seeds 0, 1, 2, ... count up from 0."
    yield ""


def _read(folder: Path, step: str) -> Found:
    path = folder / f"{step}.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def _agreement(folder: Path) -> Iterator[str]:
    found = _read(folder, "agreement")
    if not found:
        return
    yield "## Agreement with an independent computation"
    yield ""
    yield "Ours and, where they differ in the digits shown, the other: loops, SciPy and scikit-learn"
    yield "(`benchmarks/independent.py`), a third of each set held against another third."
    yield ""
    scores = dict.fromkeys(
        name.partition("/")[2] for name in found if not name.startswith("closed")
    )
    rows = [
        [DISTANCES[score].title, *(_pair(found.get(f"{name}/{score}")) for name in SETS)]
        for score in scores
    ]
    yield from table(["score", *SETS], rows)
    rows = [
        [DISTANCES[name].title + (", `legacy24`" if name.startswith("legacy") else ""), says]
        + [f"{x:.4g}" for x in found[f"closed/{name}"]]
        for name, says in CLOSED.items()
        if f"closed/{name}" in found
    ]
    yield from table(["learned score", "held against", "ours", "the other"], rows)


def _pair(both: list[float | None] | None) -> str:
    if both is None or both[0] is None:
        return "–"
    ours, other = both
    if other is None:
        return f"{ours:.4g}"
    return f"{ours:.4g}" if f"{ours:.4g}" == f"{other:.4g}" else f"{ours:.4g} ({other:.4g})"


def _ladders(folder: Path) -> Iterator[str]:
    found = {name: _read(folder, f"ladder_{name.replace(' ', '_')}") for name in SETS}
    if not any(found.values()):
        return
    yield "## Floors and the ladder of damages"
    yield ""
    yield "A third of each set stands in the place of made signals, as it is or damaged, and is held against"
    yield "another third. *Floor*: undamaged, for three divisions into thirds. Then, for each damage, the number at"
    yield "each strength (learned scores: the strongest only, one repeat, 400 signals, three sets). **Bold**: further"
    yield "from the ideal than all three floors by more than 1 %."
    yield ""
    strengths = {n: " ".join(f"{r.strength:g}" for r in rungs) for n, rungs in LADDER.items()}
    yield "Strengths: " + "; ".join(f"{name} {own}" for name, own in strengths.items()) + "."
    yield ""
    for name, own in found.items():
        if own:
            yield f"### {name.capitalize()}"
            yield ""
            yield from table(["score", "ideal", "floor", *LADDER], list(_rungs(own)))
    yield from _seen(found)


def _rungs(found: Found) -> Iterator[list[str]]:
    for score in dict.fromkeys(name.partition("/")[0] for name in found):
        floors = [x for x in found[f"{score}/floor"] if x is not None]
        if not floors:
            continue
        ideal = DISTANCES[score].ideal
        worst = _worst(floors, ideal)
        cells = [_cell(found, score, ladder, ideal, worst) for ladder in LADDER]
        floor = " ".join(f"{x:.3g}" for x in floors)
        yield [DISTANCES[score].title, f"{ideal:g}", floor, *cells]


def _worst(floors: Sequence[float], ideal: float) -> float:
    """How far real signals are from the ideal at most, and a hundredth more."""
    return 1.01 * max(abs(x - ideal) for x in floors) + 1e-9


def _cell(found: Found, score: str, ladder: str, ideal: float, worst: float) -> str:
    values = [found.get(f"{score}/{ladder}/{rung.strength:g}") for rung in LADDER[ladder]]
    known = [x for x in values if x is not None]
    return " ".join(f"**{x:.3g}**" if abs(x - ideal) > worst else f"{x:.3g}" for x in known) or "–"


def _seen(found: dict[str, Found]) -> Iterator[str]:
    """The mildest strength that each score sees, on each set."""
    yield "### What each score sees"
    yield ""
    yield "The mildest strength that moves the score beyond its floors, on stocks / heart beats / vowels / voltages;"
    yield "· where not even the strongest does, – where the score or the damage does not apply."
    yield ""
    scores = dict.fromkeys(n.partition("/")[0] for own in found.values() for n in own)
    rows = []
    for score in scores:
        cells = []
        for ladder in LADDER:
            mildest = [_mildest(own, score, ladder) for own in found.values() if own]
            cells.append(" / ".join(mildest))
        rows.append([DISTANCES[score].title, *cells])
    yield from table(["score", *LADDER], rows)


def _mildest(found: Found, score: str, ladder: str) -> str:
    floors = [x for x in found.get(f"{score}/floor", []) if x is not None]
    ideal = DISTANCES[score].ideal
    values = {r.strength: found.get(f"{score}/{ladder}/{r.strength:g}") for r in LADDER[ladder]}
    known = {strength: x for strength, x in values.items() if x is not None}
    if not floors or not known:
        return "–"
    worst = _worst(floors, ideal)
    seen = [strength for strength, x in known.items() if abs(x - ideal) > worst]
    return f"{min(seen):g}" if seen else "·"


def _legacy(folder: Path) -> Iterator[str]:
    found = {name: _read(folder, f"legacy24_{name}") for name in PUBLISHED}
    if not any(found.values()):
        return
    yield "## `legacy24` on the published sets"
    yield ""
    yield "Mean of five repeats on one set of made windows, ± the 95 % half-width, as published tables have it. Lower is"
    yield "better. *Real halves*: one random half of the windows held against the other, so at half their number."
    yield "`dgan` and `vae` are other people's packages after a few minutes on one thread (benchmarks/peers/README.md):"
    yield "what they reach with that budget, not what they can reach."
    yield ""
    for name, own in found.items():
        if not own:
            continue
        yield f"### {name}"
        yield ""
        rows = dict.fromkeys(n.rpartition("/")[0] for n in own if "/" in n)
        yield from table(
            ["windows", "n", *LEGACY.values()],
            [
                [row, _count(own, row), *(_spread(own.get(f"{row}/{s}")) for s in LEGACY)]
                for row in rows
            ],
        )
        if "judges" in own:
            drawn = own["judges"]
            yield (
                f"Real halves, {len(drawn)} judges: mean {statistics.mean(drawn):.3f}, standard deviation"
                f" {statistics.stdev(drawn):.3f}, {min(drawn):.3f} to {max(drawn):.3f}."
            )
            yield ""


def _count(own: Found, row: str) -> str:
    sizes = next((own[f"{row}/{s}"]["n"] for s in LEGACY if own.get(f"{row}/{s}")), None)
    return "–" if sizes is None else " / ".join(f"{n}" for n in sizes)


def _spread(found: Found | None) -> str:
    if found is None:
        return "–"
    if len(found["repeats"]) < 2:
        return f"{found['value']:.3f}"
    estimate = of_repeats(found["repeats"])
    assert estimate.high is not None
    return f"{estimate.value:.3f} ± {estimate.high - estimate.value:.3f}"


def _speed(folder: Path) -> Iterator[str]:
    found = _read(folder, "speed")
    if not found:
        return
    yield "## How long judging takes"
    yield ""
    threads = found.pop("threads", 0)
    total = sum(found.values())
    yield f"`legacy24` on 3662 windows of Stocks, five repeats in one pass, {threads} threads, idle machine:"
    yield ""
    rows = [[LEGACY[name], f"{seconds:.1f}"] for name, seconds in found.items()]
    yield from table(["score", "seconds"], [*rows, ["all", f"{total:.1f}"]])
