"""Gathers what the report of a run shows."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..core.roles import LatentGenerator
from ..evaluation.diagnosis import diagnose
from ..evaluation.measures import nrmse
from ..evaluation.portrait import LatentSpace
from ..evaluation.records import Prediction
from ..report import Figure, Line, Overlay, Report, Use
from .assess import Assessment, splits
from .costs import cost_of, seconds
from .courses import history
from .examination import evidence_of
from .latent_space import latent_space_of, movements_of
from .portraits import kept_of, portrait_of
from .run import Run
from .sheets import sheet_of
from .stepwise import stepwise_of

Rows = Sequence[Mapping[str, Any]]
CURVES = 8  # a figure holds no more
HEALTH = ("utilisation", "evenness", "top_share")


def report_of(run: Run, assessment: Assessment) -> Report:
    """The report of a run.

    Args:
        run: The run.
        assessment: Its scores.

    Raises:
        RunError: If its history is missing or damaged.
    """
    rows = history(run.folder)
    return Report(
        title=run.folder.path.name,
        scorecard=assessment.scorecard,
        stepwise=stepwise_of(run, assessment, rows),
        sheet=sheet_of(run.folder),
        portrait=portrait_of(run, assessment),
        latents=_latent_space(run, assessment),
        movements=movements_of(run, assessment.known, seed=run.plan.random_seed),
        overlays=_overlays(assessment),
        use=_uses(run, assessment, rows),
        kept=kept_of(run, assessment.known),
        losses=figures_of(rows, ("train/", "validation/"), "loss"),
        schedules=schedules_of(rows),
        cost=cost_of(run, assessment.known, seconds(rows)),
        command=command_of(run),
        data=data_of(run),
        seeds=(run.plan.random_seed,),
        notes=notes_of(assessment.scorecard.codes),
        findings=diagnose(evidence_of(run)).findings,
    )


def _latent_space(run: Run, assessment: Assessment) -> LatentSpace | None:
    """Drawn latents beside those of the scored signals and of the train split."""
    if not isinstance(run.system.generator, LatentGenerator):
        return None
    train, _, _ = splits(run)
    return latent_space_of(run, train, assessment.known, seed=run.plan.random_seed)


def command_of(run: Run) -> str:
    """The commands that make a run and its report again."""
    return f"latentloom train {run.folder.path}/config.yaml -o again && latentloom report again"


def phases_of(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each phase of a history."""
    return {name: list(group) for name, group in groupby(rows, lambda row: str(row["phase"]))}


def figures_of(rows: Rows, prefixes: tuple[str, ...], y: str) -> tuple[Figure, ...]:
    """A figure for each phase with what changes in it.

    Args:
        rows: The history of a run.
        prefixes: What the names of the curves begin with.
        y: What they are of.
    """
    made: list[Figure] = []
    for phase, own in phases_of(rows).items():
        names = dict.fromkeys(name for row in own for name in row if name.startswith(prefixes))
        lines = [curve_of(own, name, _short(name, prefixes)) for name in names]
        lines = [line for line in lines if np.ptp(line.y) > 0][:CURVES]
        if lines:
            positive = all((line.y > 0).all() for line in lines)
            made.append(
                Figure(title=phase, x="epoch", y=y, lines=tuple(lines), logarithmic=positive)
            )
    return tuple(made)


def schedules_of(rows: Rows) -> tuple[Figure, ...]:
    """What schedules moved in each phase: rates, and the weights of objectives beside them.

    Args:
        rows: The history of a run.
    """
    weights, others = (
        [
            {
                n: x
                for n, x in row.items()
                if n in ("phase", "epoch") or ("/weight/" in n) == wanted
            }
            for row in rows
        ]
        for wanted in (True, False)
    )
    return (
        *figures_of(others, ("schedule/",), "value"),
        *figures_of(weights, ("schedule/",), "weight"),
    )


def _short(name: str, prefixes: tuple[str, ...]) -> str:
    return name.removeprefix(prefixes[0])


def curve_of(rows: Rows, name: str, title: str) -> Line:
    """A number of the history by epoch, where it was kept.

    Args:
        rows: Rows of one phase.
        name: What the history calls it.
        title: What the legend calls it.
    """
    own = [row for row in rows if name in row]
    return Line(
        name=title,
        x=np.array([row["epoch"] for row in own], dtype=float),
        y=np.array([row[name] for row in own], dtype=float),
    )


def _uses(run: Run, assessment: Assessment, rows: Rows) -> tuple[Use, ...]:
    """How often each code stands for a scored signal, and the health of its book in training."""
    representation = run.system.representation
    if representation is None or not representation.levels:
        return ()
    codes = run.encode(assessment.known).codes
    assert codes is not None
    learned = next((own for own in phases_of(rows).values() if "codes/0/evenness" in own[0]), [])
    made: list[Use] = []
    for book, size in enumerate(representation.levels):
        lines = tuple(curve_of(learned, f"codes/{book}/{name}", name) for name in HEALTH)
        curves = Figure(title=f"book {book} in training", x="epoch", y="share", lines=lines)
        counts = np.bincount(codes[..., book].ravel(), minlength=size)
        over = curves if learned else None
        made.append(Use(name=f"book {book}", counts=counts, over_epochs=over))
    return tuple(made)


def _overlays(assessment: Assessment) -> tuple[Overlay, ...]:
    """The best, the median and the worst record."""
    prediction = assessment.entries[0].prediction
    records = assessment.records
    errors = nrmse(records.truth, prediction.values, records.mask)
    order = np.argsort(errors)
    picked = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    return tuple(
        _overlay(
            assessment, prediction, int(row), f"{name}: record {row}, NRMSE {errors[row]:.3g}"
        )
        for name, row in picked.items()
    )


def _overlay(assessment: Assessment, prediction: Prediction, row: int, title: str) -> Overlay:
    schema, records = assessment.known.schema, assessment.records
    real = records.mask[row]
    steps = int(real.sum())
    drive = assessment.known.drive
    low, high = _bounds(assessment, prediction, row)
    return Overlay(
        title=title,
        time=np.arange(steps) / steps if schema.periodic else np.arange(steps, dtype=float),
        truth=records.truth[row, real, 0],
        made=prediction.values[row, real, 0],
        low=None if low is None else low[real],
        high=None if high is None else high[real],
        drive=None if drive is None else drive[row, real, 0].double().numpy(),
        x="share of the period" if schema.periodic else "time step",
        y=str(schema.series[0]),
        drive_name=str(schema.drive[0]) if schema.drive else "",
        made_name=assessment.entries[0].name,
    )


def _bounds(
    assessment: Assessment, prediction: Prediction, row: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if prediction.samples is None or prediction.calibration is None:
        return None, None
    rows = slice(row, row + 1)
    mask = assessment.records.mask[rows]
    bounds = prediction.calibration.bounds(prediction.samples[rows], 0.9, mask)
    return bounds.low[0, :, 0], bounds.high[0, :, 0]


def notes_of(hits: Mapping[str, float]) -> tuple[str, ...]:
    """What a generator hits of the true codes, in a sentence; nothing without one."""
    if not hits:
        return ()
    return (
        f"The generator's likeliest code is the true one for {hits['forced']:.1%} of the codes"
        f" when it sees the true codes before (teacher-forced), and for {hits['free']:.1%} when"
        f" it runs free: a gap of {hits['forced'] - hits['free']:.1%}. Its doubt is worth"
        f" {hits['perplexity']:.1f} equally likely codes.",
    )


def data_of(run: Run) -> dict[str, str]:
    """The fingerprint of the data of a run."""
    told = json.loads(run.folder.data.read_text(encoding="utf-8"))
    files = {entry["path"]: f"sha256 {entry['sha256'][:16]}" for entry in told["files"]}
    split = ", ".join(f"{count} {part}" for part, count in told["split"].items())
    return files | {"samples": str(told["samples"]), "split": split}
