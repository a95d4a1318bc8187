"""Shows a score table in the terminal."""

from rich.table import Table

from ..evaluation.scorecard import Row, Scorecard
from ..evaluation.scores import SCORES

COLUMNS = {
    "nrmse": "NRMSE",
    "correlation": "correlation",
    "phase_error": "phase error at f [°]",
    "amplitude_ratio": "amplitude ratio",
    "crps": "CRPS",
    "calibrated_coverage_90": "coverage of 90 %",
}


def table(card: Scorecard) -> Table:
    """A row for each model and baseline, with the statistic that speaks for each score."""
    shown = [name for name in COLUMNS if any(name in row.scores for row in card.rows)]
    made = Table("", "what", box=None, pad_edge=False, title=_title(card), title_justify="left")
    for name in shown:
        made.add_column(COLUMNS[name], justify="right")
        if name == "nrmse":
            made.add_column("NRMSE at 90 %", justify="right")
    for row in card.rows:
        made.add_row(row.name, row.kind, *_cells(row, shown))
    return made


def _title(card: Scorecard) -> str:
    return f"{card.records} records in {card.groups} groups"


def _cells(row: Row, shown: list[str]) -> list[str]:
    cells: list[str] = []
    for name in shown:
        summary = row.scores.get(name)
        headline = None if summary is None else getattr(summary, SCORES[name].headline)
        cells.append("" if headline is None else f"{headline.value:.3f}")
        if name == "nrmse":
            cells.append("" if summary is None else f"{summary.ninety.value:.3f}")
    return cells
