"""Gathers what the report of a run of sets of Gaussians shows."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from ..data.dataset import Dataset
from ..data.splats import as_bytes
from ..evaluation.diagnosis import diagnose
from ..evaluation.sets import Pictures
from ..evaluation.sets.judging import Sets
from ..nn.splatting import draw
from ..report import Album, Gallery, Imaged, Report
from ..report.album import ACROSS
from .costs import cost_of, seconds
from .courses import history
from .examination import evidence_of
from .portraits import kept_of
from .reporting import command_of, data_of, figures_of, schedules_of
from .run import Run
from .sets_assessed import SetAssessment
from .sheets import sheet_of

BESIDE = 12  # records side by side
LARGE, FEW = 96, 6  # pixels along a side beyond which only few are shown
SAMPLED = 36  # new sets, and as many real ones
Images = UInt8[np.ndarray, "_ _ _ _"]


def set_report_of(run: Run, assessment: SetAssessment) -> Report:
    """The report of a run of sets of Gaussians.

    Args:
        run: The run.
        assessment: The scores of its reconstructions.

    Raises:
        RunError: If its history is missing or damaged.
    """
    rows = history(run.folder)
    return Report(
        title=run.folder.path.name,
        sets=_imaged(run, assessment),
        sheet=sheet_of(run.folder),
        kept=kept_of(run, assessment.known),
        losses=figures_of(rows, ("train/", "validation/"), "loss"),
        schedules=schedules_of(rows),
        cost=cost_of(run, assessment.known, seconds(rows)),
        command=command_of(run),
        data=data_of(run),
        seeds=(run.plan.random_seed,),
        findings=diagnose(evidence_of(run)).findings,
    )


def _imaged(run: Run, assessment: SetAssessment) -> Imaged:
    pictures = assessment.material.pictures
    if pictures is None:
        return Imaged(card=assessment.card)
    return Imaged(
        card=assessment.card,
        beside=_beside(assessment, pictures),
        sampled=tuple(_sampled(run, assessment.known, pictures)),
    )


def _beside(assessment: SetAssessment, pictures: Pictures) -> Album:
    """Records from the best to the worst, as they were and as they come back."""
    material = assessment.material
    found = pictures.near(material.made, original=False)["psnr"]
    rows = picked(found, pictures)
    shown = {
        "fitted": drawn(pictures, pictures.truth, rows),
        "reconstructed": drawn(pictures, material.made, rows),
    }
    for name, rival in assessment.rivals.items():
        shown |= {name: drawn(pictures, rival.rebuild(material.held), rows)}
    if pictures.originals is not None:
        shown = {"original": as_bytes(pictures.originals[rows]), **shown}
    return Album(
        title="From the best to the worst, with the PSNR of the reconstruction against the fitted",
        records=tuple(f"record {row}" for row in rows),
        numbers=tuple(f"{found[row]:.1f} dB" for row in rows),
        rows=shown,
    )


def picked(scores: Float[np.ndarray, " N"], pictures: Pictures) -> Int[np.ndarray, " M"]:
    """Records that are shown beside each other, from the best score to the worst.

    Args:
        scores: Of each record; more is better.
        pictures: How they are drawn: of large images there are fewer.
    """
    many = FEW if max(pictures.size) > LARGE else BESIDE
    order = np.argsort(-scores)
    return order[np.linspace(0, len(order) - 1, min(many, len(order))).round().astype(int)]


def drawn(pictures: Pictures, sets: Sets, rows: Int[np.ndarray, " M"]) -> Images:
    """Some of the images that sets draw.

    Args:
        pictures: How they are drawn.
        sets: All of the sets, in the units of the transforms.
        rows: Which of them.
    """
    return np.concatenate([as_bytes(pictures.drawn(sets, slice(row, row + 1))) for row in rows])


def _sampled(run: Run, known: Dataset, pictures: Pictures) -> Iterator[Gallery]:
    """Real sets beside new ones; nothing from a run that makes none."""
    if not run.generates:
        return
    seed = run.plan.random_seed
    many = min(known.size, SAMPLED)
    many -= many % ACROSS if many > ACROSS else 0
    chosen = np.random.default_rng(seed).permutation(known.size)[:many]
    some = known.take(torch.from_numpy(chosen))
    decoding = run.plan.evaluation.sampling
    if run.answers:
        made = run.generated(some, decoding=decoding, seed=seed)
    else:
        made = run.generated(samples=len(chosen), decoding=decoding, seed=seed)
    for title, sets in {"Fitted, of the test split": some, "Sampled": made}.items():
        yield Gallery(title=title, images=_drawn(sets, pictures))


def _drawn(sets: Dataset, pictures: Pictures) -> Images:
    batch = sets.batch()
    with torch.inference_mode():
        images = draw(
            batch.values, size=pictures.size, nearest=pictures.nearest, real=batch.context.mask
        )
    return as_bytes(images)
