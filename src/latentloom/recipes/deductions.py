"""What is written of deduced times: tables, sequences and pictures."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError
from ..core.files import write_atomically
from ..evaluation.locating import Deduction
from ..report.deduction import deduction_picture

RESULTS = "time_deduction_results.csv"
BEST = 10
HEAD = ("state", "rank", "frame", "probability", "in_interval", "squared_residual")


def check_folder(folder: Path) -> None:
    """Checks that results can be written to a folder, before they are made.

    Raises:
        DataError: If it holds files already, or is none.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(str(folder), "must be a new or empty folder; choose another name")


def write_deductions(found: Sequence[Deduction], folder: Path) -> list[Path]:
    """Writes the ten most probable frames of each state, its sequence, and a picture.

    Args:
        found: The answers.
        folder: A new or empty folder.

    Returns:
        What was written.

    Raises:
        DataError: If the folder holds files already.
    """
    check_folder(folder)
    paths = [folder / RESULTS]
    _write_table(paths[0], HEAD, _results(found))
    for number, deduction in enumerate(found):
        own = f"_{number}" if len(found) > 1 else ""
        sequence, picture = folder / f"prediction{own}.csv", folder / f"time_deduction{own}.svg"
        head = ("step", *deduction.components, "probability", "in_interval")
        _write_table(sequence, head, _frames(deduction))
        text = deduction_picture(deduction)
        write_atomically(picture, partial(Path.write_text, data=text, encoding="utf-8"))
        paths += [sequence, picture]
    return paths


def _results(found: Sequence[Deduction]) -> Iterator[list[Any]]:
    for number, deduction in enumerate(found):
        for rank, (frame, probability) in enumerate(deduction.best(BEST), start=1):
            missed = float(np.nansum((deduction.state - deduction.predicted[frame]) ** 2))
            inside = int(deduction.inside[frame])
            yield [number, rank, frame, f"{probability:.6g}", inside, f"{missed:.6g}"]


def _frames(deduction: Deduction) -> Iterator[list[Any]]:
    for step, row in enumerate(deduction.predicted.tolist()):
        values = [f"{value:.7g}" for value in row]
        probability = f"{deduction.probabilities[step]:.6g}"
        yield [step, *values, probability, int(deduction.inside[step])]


def _write_table(path: Path, head: Sequence[str], rows: Iterator[list[Any]]) -> None:
    def written(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(head)
            table.writerows(rows)

    write_atomically(path, written)
