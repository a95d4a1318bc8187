"""Holds runs of sets of Gaussians against each other: by type, and by the images they draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

import numpy as np
from jaxtyping import Float

from ..evaluation.rivals import Duel, duels
from ..evaluation.sets import SetCard, SetRow
from ..report import Album, Imaged
from ..report.duels import IMAGE
from .run import Run
from .sets_assessed import SetAssessment, assess_sets
from .sets_report import drawn, picked

APART = (
    "The runs differ in their transforms, so that their errors by type have no common unit and are"
    " left out; images are compared as they are drawn from the units of the files."
)
Found = Mapping[str, SetAssessment]


def compared_sets(runs: Mapping[str, Run]) -> tuple[Imaged, tuple[Duel, ...]]:
    """The same sets by every run, and every pair of runs in the error of the images.

    Args:
        runs: Runs of the same sets of Gaussians, by name, with a representation each.

    Returns:
        What is shown; no pairs where the size of the images is not known.
    """
    found = {name: assess_sets(run) for name, run in runs.items()}
    first, *others = (run.plan.tree["data"]["transforms"] for run in runs.values())
    card = _card(found, alike=all(other == first for other in others))
    errors = _errors(found)
    if not errors:
        return Imaged(card=card), ()
    one, seed = next(iter(found)), next(iter(runs.values())).plan.random_seed
    pairs = duels(errors, found[one].material.group, score=IMAGE, seed=seed)
    return Imaged(card=card, beside=_beside(found, errors)), pairs


def _card(found: Found, *, alike: bool) -> SetCard:
    """One card with a row for each run, and those of what they must beat."""
    first = next(iter(found.values())).card
    rows = [replace(one.card.run, name=name) for name, one in found.items()]
    if alike:
        rows += _once(chain.from_iterable(one.card.of_kind("baseline") for one in found.values()))
        return replace(first, rows=(*rows, *first.of_kind("ceiling")), differences={}, notes=())
    rows = [replace(row, errors={}, spread={}) for row in rows]
    rows += first.of_kind("ceiling")
    return replace(first, rows=tuple(rows), differences={}, notes=(APART,))


def _once(rows: Iterator[SetRow]) -> list[SetRow]:
    return [*{row.name: row for row in rows}.values()]


def _errors(found: Found) -> dict[str, Float[np.ndarray, " N"]]:
    """Root mean square error of each image; nothing where one is not known."""
    made: dict[str, Float[np.ndarray, " N"]] = {}
    for name, one in found.items():
        if one.material.pictures is None:
            return {}
        made[name] = 10 ** (
            -one.material.pictures.near(one.material.made, original=False)["psnr"] / 20
        )
    return made


def _beside(found: Found, errors: Mapping[str, Float[np.ndarray, " N"]]) -> Album:
    """Records from the best to the worst on average, as they were and by every run."""
    first = next(iter(found.values())).material.pictures
    assert first is not None
    mean = np.mean([*errors.values()], axis=0)
    rows = picked(-mean, first)
    shown = {"fitted": drawn(first, first.truth, rows)}
    for name, one in found.items():
        assert one.material.pictures is not None
        shown[name] = drawn(one.material.pictures, one.material.made, rows)
    return Album(
        title="From the best to the worst on average, with the mean root mean square error",
        records=tuple(f"record {row}" for row in rows),
        numbers=tuple(f"{mean[row]:.3f}" for row in rows),
        rows=shown,
    )
