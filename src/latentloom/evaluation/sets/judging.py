"""Judges reconstructed sets: by type and by sight, beside what is known without training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from ..distances.pooled import sampled
from ..parts import error_by_span
from ..statistics import Estimate
from .card import Kind, SetCard, SetRow
from .material import Material, Slots
from .pictures import Likeness, Scores, likeness
from .rivals import Components, Rival
from .spread import spread_by_span

LEARNED = 10_000  # train sets that the baselines learn from
RUN = "reconstruction"
MEAN = "mean of each slot"
FIT = "the sets themselves"
Sets = Float[np.ndarray, "N T C"]


def rivals_of(material: Material, *, seed: int = 0) -> dict[str, Rival]:
    """What a representation must beat, by name, the strongest first.

    Args:
        material: The train sets that they learn from, and how many numbers a latent has.
        seed: Of the train sets that are taken, where there are very many.
    """
    components = Components.of(_some(material.learned, seed), material.numbers)
    return {f"PCA, {components.numbers} components": components, MEAN: components.mean}


def judge_sets(
    material: Material, rivals: Mapping[str, Rival] | None = None, *, seed: int = 0
) -> SetCard:
    """The card of a representation of sets.

    Args:
        material: True and reconstructed sets, and how they are drawn.
        rivals: What it must beat; that of `rivals_of` if None.
        seed: Of draws, and of the train sets that the baselines learn from.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(60, 4, 3))
        >>> whole = np.ones((60, 4), dtype=bool)
        >>> train, held = Slots(x[:40], whole[:40]), Slots(x[40:], whole[40:])
        >>> spans = {"xy": 2, "rot": 1}
        >>> made = 0.9 * held.values
        >>> card = judge_sets(
        ...     Material(spans=spans, learned=train, held=held, made=made, numbers=2)
        ... )
        >>> [row.name for row in card.rows]
        ['reconstruction', 'PCA, 2 components', 'mean of each slot']
        >>> card.run.errors["xy"].value < 0.02 < card.rows[1].errors["xy"].value
        True
    """
    made = {RUN: material.made}
    rivals = rivals_of(material, seed=seed) if rivals is None else rivals
    made |= {name: rival.rebuild(material.held) for name, rival in rivals.items()}
    judge = _Judge(material, seed)
    rows = [judge.row(name, sets) for name, sets in made.items()]
    kept = {RUN: material.numbers} | {name: rival.numbers for name, rival in rivals.items()}
    return SetCard(
        rows=(*(replace(row, numbers=kept[row.name]) for row in rows), *judge.ceiling()),
        differences={name: judge.differences(made[name]) for name in rivals},
        spans=dict(material.spans),
        numbers=material.numbers,
        samples=len(material.held.values),
        learned=len(_some(material.learned, seed).values),
        size=None if material.pictures is None else material.pictures.size,
        notes=tuple(_notes(material, rivals)),
    )


def _some(learned: Slots, seed: int) -> Slots:
    rows = sampled(len(learned.values), LEARNED, seed=seed)
    return Slots(learned.values[rows], learned.mask[rows])


def _notes(material: Material, rivals: Mapping[str, Rival]) -> Iterator[str]:
    most = max(rival.numbers for rival in rivals.values())
    if most < material.numbers:
        yield (
            f"A latent has {material.numbers} numbers; the train sets allow no more than {most}"
            " principal components."
        )


class _Judge:
    """Scores what is made of the same sets by the same draws."""

    def __init__(self, material: Material, seed: int) -> None:
        self.material, self.seed = material, seed

    def row(self, name: str, made: Sets) -> SetRow:
        held, spans = self.material.held, self.material.spans
        own = {"group": self.material.group, "seed": self.seed}
        kind: Kind = "run" if name == RUN else "baseline"
        return SetRow(
            name=name,
            kind=kind,
            errors=error_by_span(held.values, made, held.mask, spans, **own),
            spread=spread_by_span(held.values, made, held.mask, spans, **own),
            fitted=self._near(made, original=False),
            original=self._near(made, original=True),
        )

    def _near(self, made: Sets, *, original: bool) -> Likeness | None:
        """How near its images come, to what there is."""
        pictures = self.material.pictures
        if pictures is None or (original and pictures.originals is None):
            return None
        return self._mean(pictures.near(made, original=original))

    def differences(self, made: Sets) -> dict[str, Estimate]:
        """Errors of the run minus those of a baseline."""
        own, held = self.material, self.material.held
        return error_by_span(
            held.values,
            own.made,
            held.mask,
            own.spans,
            than=made,
            group=own.group,
            seed=self.seed,
        )

    def ceiling(self) -> Iterator[SetRow]:
        """The true sets against the originals, where these or their scores are known."""
        pictures = self.material.pictures
        if pictures is None:
            return
        scores = pictures.fits
        if pictures.originals is not None:
            scores = pictures.near(pictures.truth, original=True)
        if scores:
            yield SetRow(name=FIT, kind="ceiling", original=self._mean(scores))

    def _mean(self, scores: Scores) -> Likeness:
        return likeness(scores, self.material.group, self.seed)
