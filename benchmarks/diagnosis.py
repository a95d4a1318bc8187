"""Provokes every illness, diagnoses healthy runs, and prints the tables of docs/results/diagnosis.md.

Run with `python benchmarks/diagnosis.py`. The runs are those of the tests, three seeds each;
what is found is then trained again with its cure. Folders named with `--healthy` are diagnosed
beside the small healthy runs, such as `runs/demo` after `make demo`; `--real FOLDER` adds runs
on measured signals that are read from there.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from latentloom.evaluation.diagnosis import Diagnosis, diagnose
from latentloom.recipes.examination import examine
from latentloom.recipes.overrides import parse_override

sys.path.append(str(Path(__file__).parents[1] / "tests" / "recipes"))
from provoked import HEALTHY, ILL, TRANSFORMER, Patient, gaussian, tokens
from provoked_latents import HEALTHY_LATENTS, ILL_LATENTS

SEEDS = (0, 1, 2)
COSINE = {"kind": "cosine", "start": 3e-3, "end": 1e-5}


def diagnosed(patient: Patient, place: Path, *changes: tuple[str, Any]) -> Diagnosis:
    """Trains a patient in a new folder, and diagnoses it."""
    folder = Path(tempfile.mkdtemp(dir=place)) / "run"
    return diagnose(examine(patient.train(folder, changes), device="cpu"))


def provoked(patient: Patient, place: Path) -> Iterator[str]:
    """The rows of a patient: one for each illness that it must have."""
    found = [diagnosed(patient, place, ("random_seed", seed)) for seed in SEEDS]
    for illness in patient.ill:
        held = [diagnosis for diagnosis in found if illness in named(diagnosis)]
        others = {name for diagnosis in found for name in named(diagnosis)} - {*patient.ill}
        margins = sorted(diagnosis.margin(illness) for diagnosis in found)
        finding = next((f for d in held for f in d.findings if f.illness == illness), None)
        after = "" if finding is None else cured(patient, place, illness, finding.cure)
        yield (
            f"| {illness} | {patient.name} | {len(held)} of {len(SEEDS)} |"
            f" {margins[0]:.3g} to {margins[-1]:.3g} | {', '.join(sorted(others)) or 'none'} |"
            f" {'' if finding is None else finding.evidence} | {after} |"
        )


def cured(patient: Patient, place: Path, illness: str, cure: str) -> str:
    """What is left of an illness after its cure."""
    if "=" not in cure or "groups" in cure:  # needs other data
        return "not tried"
    after = diagnosed(patient, place, parse_override(cure))
    state = "still there" if illness in named(after) else "gone"
    return f"{state}, margin {after.margin(illness):.2g}, by `{cure}`"


def named(diagnosis: Diagnosis) -> set[str]:
    """The illnesses of a run."""
    return {finding.illness for finding in diagnosis.findings}


def healthy(name: str, found: list[Diagnosis]) -> str:
    """The row of a run that has no illness."""
    nearest = max(
        ((d.margin(illness), illness) for d in found for illness in d.suspicions),
        key=lambda pair: pair[0],
    )
    alarms = sorted({illness for diagnosis in found for illness in named(diagnosis)})
    checked = len({illness for diagnosis in found for illness in diagnosis.suspicions})
    shown = f"{nearest[0]:.2f}, {nearest[1]}"
    return f"| {name} | {len(found)} | {checked} | {', '.join(alarms) or 'none'} | {shown} |"


def measured(folder: Path) -> tuple[Patient, ...]:
    """Runs on measured signals, long enough to be healthy, and one that is not."""

    def on(tree: dict[str, Any], name: str) -> dict[str, Any]:
        return tree | {"data": tree["data"] | {"source": str(folder / name)}}

    beats = tokens(
        TRANSFORMER | {"dropout": 0.1}, book={"levels": [64]}, epochs=60, learning_rate=COSINE
    )
    wafers = tokens(
        TRANSFORMER | {"dropout": 0.1}, book={"levels": [32]}, epochs=40, learning_rate=COSINE
    )
    vae = gaussian(learning_rate=COSINE)
    return (
        Patient(name="ECG5000, variational autoencoder", tree=on(vae, "ECG5000_TRAIN.tsv")),
        Patient(
            name="ECG5000 with labels, tokens, 60 epochs", tree=on(beats, "ECG5000_TRAIN.tsv")
        ),
        Patient(name="Wafer with labels, tokens, 40 epochs", tree=on(wafers, "Wafer_TRAIN.tsv")),
        Patient(
            name="JapaneseVowels, variable length, variational autoencoder",
            tree=on(vae, "JapaneseVowels_TRAIN.ts"),
        ),
    )


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--healthy", nargs="*", type=Path, default=[])
    parser.add_argument("--real", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        print("| illness | how it was provoked | found | margin | others | evidence | cure |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for patient in (*ILL, *ILL_LATENTS):
            for row in provoked(patient, Path(place)):
                print(row, flush=True)
        print("\n| healthy run | seeds | checks | false alarms | nearest to one |")
        print("| --- | --- | --- | --- | --- |")
        for patient in (*HEALTHY, *HEALTHY_LATENTS):
            runs = [diagnosed(patient, Path(place), ("random_seed", seed)) for seed in SEEDS]
            print(healthy(patient.name, runs), flush=True)
        for patient in measured(asked.real) if asked.real else ():
            print(healthy(patient.name, [diagnosed(patient, Path(place))]), flush=True)
        for folder in asked.healthy:
            found = diagnose(examine(folder, device="cpu"))
            print(healthy(f"`{folder.name}`", [found]), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
