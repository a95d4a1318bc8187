"""The page of signals that a protocol scored, whoever made them."""

from pathlib import Path

from ..evaluation.portrait import portrait
from ..report import Report, write
from .contest import Result


def write_result(result: Result, path: Path, *, command: str = "") -> None:
    """Writes scores and pictures of made signals beside real ones.

    Args:
        result: The scores and the signals.
        path: The file.
        command: What gave the scores, if it is known.
    """
    sheet, trial = result.sheet, result.trial
    features = trial.held.steps == 1  # which have no course to be drawn
    shown = None if features else portrait(trial.held, trial.made, kinds=result.kinds)
    title = f"Made signals against real ones, by the protocol {sheet.protocol}"
    write(Report(title=title, sheet=sheet, portrait=shown, command=command), path)
