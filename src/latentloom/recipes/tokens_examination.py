"""Gathers the numbers of a tokenizer of features that a diagnosis looks at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from ..evaluation.diagnosis import Book, Course, Tokens
from ..objectives.geometry import category_cosines
from ..representations.categorical_codes import Categorical
from .specimens import Specimens

Rows = Sequence[Mapping[str, Any]]
BOTTLENECK = "parts.representation.bottleneck"
OFTEN = 10  # epochs between resets where there were none


def tokens_of(
    known: Specimens, held: Specimens, courses: Sequence[Course], rows: Rows
) -> Tokens | None:
    """What a tokenizer makes of its categories; None if there are none.

    Args:
        known: Train samples.
        held: Held-out samples.
        courses: How its losses went.
        rows: The history of the run.
    """
    bottleneck = bottleneck_of(known)
    course = next((c for c in reversed(courses) if "representation" in c.trains), None)
    if bottleneck is None:
        return None
    cosines = _cosines(held)
    pair = np.unravel_index(np.argmax(np.triu(cosines, 1)), cosines.shape)
    names = list(known.ready.schema.spans)
    apart = cosines[np.triu_indices(len(names), 1)]
    every = 1 if course is None else int(_phase(known, course)["validate_every"])
    own = [] if course is None else [row for row in rows if row["phase"] == course.phase]
    return Tokens(
        bits=float(np.log2(bottleneck.levels).sum()),
        categories=len(names),
        overlap=float(apart.mean()) if len(apart) else 0.0,
        most_overlap=float(apart.max(initial=0.0)),
        nearest=" and ".join(names[place] for place in pair),
        names=known.ready.schema.names("series"),
        errors=_errors(known),
        capping=_capping(known),
        finer=_finer(known, bottleneck),
        minutes=float(own[-1]["seconds"]) / 60 if own else 0.0,
        judging=_judging(own),
        validate_every=every,
    )


def bottleneck_of(known: Specimens) -> Categorical | None:
    """The bottleneck that rounds categories of features; None if it is another."""
    bottleneck = getattr(known.run.system.representation, "bottleneck", None)
    return bottleneck if isinstance(bottleneck, Categorical) else None


def named_books(
    known: Specimens, codes: Int[np.ndarray, "N K"], courses: Sequence[Course]
) -> tuple[Book, ...]:
    """The books of a tokenizer, by category and level."""
    bottleneck = bottleneck_of(known)
    assert bottleneck is not None
    settings: dict[str, Any] = known.run.plan.tree["parts"]["representation"]["bottleneck"]
    revive = float(settings["revive_below"])
    cure = f"{BOTTLENECK}.revive_below=0.3" if revive < 0.1 else _reset(known, courses)
    kinds = _kinds(known)
    names = [
        f"{name}/{level}" for name in known.ready.schema.spans for level in range(bottleneck.depth)
    ]
    return tuple(
        Book(
            name=name,
            counts=np.bincount(codes[:, book], minlength=size),
            revive_below=revive,
            fuller=cure,
            reachable=kinds[book // bottleneck.depth],
        )
        for book, (name, size) in enumerate(zip(names, bottleneck.levels, strict=True))
    )


def _kinds(known: Specimens) -> list[int]:
    """How many different inputs each category has."""
    ends = np.cumsum([*known.ready.schema.spans.values()])[:-1]
    rows = known.truth[known.mask]
    return [len(np.unique(own, axis=0)) for own in np.split(rows, ends, axis=1)]


def _reset(known: Specimens, courses: Sequence[Course]) -> str:
    """Codes that are reset, or reset more often."""
    course = next((c for c in reversed(courses) if "representation" in c.trains), None)
    path = "phases.0" if course is None else course.phase_path
    resets = None if course is None else _phase(known, course).get("resets")
    if not resets:
        return f"{path}.resets={{kind: periodic, every: {OFTEN}, percentile: 25}}"
    return f"{path}.resets.every={max(1, int(resets['every']) // 2)}"


def _phase(known: Specimens, course: Course) -> dict[str, Any]:
    return known.run.plan.tree["phases"][int(course.phase_path.rpartition(".")[2])]


def _cosines(held: Specimens) -> Float[np.ndarray, "G G"]:
    """Mean |cosine| of the embeddings of each two categories."""
    embeddings = [
        latent.rounding.embeddings.flatten(0, 1)
        for latent in held.run.latents(held.raw)
        if latent.rounding is not None
    ]
    return category_cosines(torch.cat(embeddings)).double().cpu().numpy()


def _errors(known: Specimens) -> Float[np.ndarray, " C"]:
    apart = (known.reconstructed - known.truth).astype(float)
    return (apart[known.mask] ** 2).mean(0)


def _capping(known: Specimens) -> str:
    """The setting that caps outliers, or caps them harder."""
    for place, transform in enumerate(known.run.plan.tree["data"]["transforms"]):
        if not isinstance(transform, str) and transform["kind"] == "clean_features":
            capped = (transform.get("cap") or {}).get("kind") == "percentiles"
            low, high = (2.0, 98.0) if capped else (0.5, 99.5)
            return f"data.transforms.{place}.cap={{kind: percentiles, low: {low}, high: {high}}}"
    return "data.transforms=[{kind: clean_features}, {kind: categories}, {kind: standard}]"


def _finer(known: Specimens, bottleneck: Categorical) -> str:
    """The setting that gives half as many levels more, and twice the codes."""
    settings: dict[str, Any] = known.run.plan.tree["parts"]["representation"]["bottleneck"]
    depth = math.ceil(1.5 * bottleneck.depth)
    dim, size = max(bottleneck.shares), 2 * max(bottleneck.levels)
    if settings.get("levels"):
        dim = int(settings["levels"][0]["dim"])
    level = f"{{dim: {dim}, size: {size}}}"
    return f"{BOTTLENECK}.levels=[{', '.join([level] * depth)}]"


def _judging(rows: Rows) -> float:
    """Share of the time that validations took."""
    if len(rows) < 2:
        return math.nan
    taken = np.diff([0.0, *(float(row["seconds"]) for row in rows)])
    judged = np.array([any(name.startswith("validation/") for name in row) for row in rows])
    if judged.all() or not judged.any():
        return math.nan
    alone = float(np.median(taken[~judged]))
    return float(np.maximum(taken[judged] - alone, 0).sum() / max(taken.sum(), 1e-9))
