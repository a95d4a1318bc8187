"""`latentloom diagnose`: which of the known illnesses a run has."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import out, print_pairs
from .options import Device, RunPath, Verbose

if TYPE_CHECKING:
    from ..evaluation.diagnosis import Diagnosis

Told = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="OUT", help="JSON file to write.")
]


def diagnose(
    run: RunPath, output: Told = None, device: Device = "auto", verbose: Verbose = False
) -> None:
    """Name what is wrong with a run, by its own numbers, and which setting would cure it."""
    from ..evaluation.diagnosis import diagnose as diagnosed
    from ..recipes.examination import examine
    from ..training.run_folder import write_json

    found = diagnosed(examine(run, device=device))
    print_pairs([(finding.illness, finding.sentence) for finding in found.findings])
    if not found.findings:
        out.print("no illness found")
    if verbose:
        print_pairs(_symptoms(found))
    missing = ", ".join(f"{name} (needs {what})" for name, what in found.unchecked.items())
    if missing:
        out.print(f"not looked for: {missing}")
    if output is not None:
        write_json(output, found.plain())
        out.print(f"wrote {output}")


def _symptoms(found: Diagnosis) -> list[tuple[str, str]]:
    """Every number that was looked at, beside its limit."""
    return [
        (illness, f"{symptom.name}: {symptom.value:.3g}, ill {symptom.side} {symptom.limit:g}")
        for illness, suspicions in found.suspicions.items()
        for suspicion in suspicions
        for symptom in suspicion.symptoms
        if not math.isnan(symptom.value)
    ]
