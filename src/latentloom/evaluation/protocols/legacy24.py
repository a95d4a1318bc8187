"""The protocol behind the published tables, kept to the letter so that numbers compare."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..distances import (
    ContextFid,
    DependenceMmd,
    Distance,
    LegacyCorrelational,
    LegacyDiscriminative,
    LegacyMarginal,
    LegacyPredictive,
    ValueMmd,
)
from ..population import Population, Trial
from ..surrogates import BlockBootstrap, Noise, Surrogate
from .protocol import Arranged, Protocol
from .scaling import constant_channels, unit_range

STEPS = 24
FILLED = 0.4  # of [0, 1] that every channel must fill to be left as it is


class Legacy24(Protocol):
    """Scores as the tables of the field do, flaws included.

    Every channel is mapped to [0, 1] by the range of **all** real windows, unless they lie in
    [0, 1] already, as simulated sines do, whose tables know no other scale; made windows are
    held against the very windows that the generator learned from; windows overlap between
    the judge's train and test parts; each score is a mean over five repeats, with the 95 %
    half-width of that mean.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code.
        Diffusion-TS (Yuan and Qiao, 2024), code: `Utils/metric_utils.py`.
    """

    name = "legacy24"
    version = 1
    says = "the protocol of the published tables, to the letter, so that numbers compare"
    blocks = 1
    interval = "repeats"
    against = "train"

    def distances(self) -> Mapping[str, Distance]:
        return {
            "legacy_discriminative": LegacyDiscriminative(),
            "legacy_predictive": LegacyPredictive(),
            "context_fid": ContextFid(),
            "legacy_correlational": LegacyCorrelational(),
            "legacy_marginal": LegacyMarginal(),
            "value_mmd": ValueMmd(),
            "dependence_mmd": DependenceMmd(),
        }

    def surrogates(self) -> Mapping[str, Surrogate]:
        return {"block bootstrap": BlockBootstrap(), "noise": Noise()}

    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        real = real if train is None else train  # the protocol knows no held-out data
        if not _in_unit_range(real):
            scaled = unit_range(real)
            real, made = scaled(real), scaled(made)
        one, other = Population(values=real.values, lengths=real.lengths).halves(seed=seed)
        return Arranged(
            trial=Trial(train=real, held=real, made=made),
            floors={"real halves": Trial(train=one, held=one, made=other)},
            notes=_notes(real, made),
        )


def _in_unit_range(real: Population) -> bool:
    """Whether the channels are in [0, 1] by construction, not by the accident of small units."""
    values = real.values[real.mask]
    filled = np.ptp(values, axis=0) >= FILLED
    return bool(values.min() >= 0 and values.max() <= 1 and filled.all())


def _notes(real: Population, made: Population) -> tuple[str, ...]:
    notes: list[str] = [
        "Scored against the windows that the generator learned from: copies score best."
    ]
    if real.steps != STEPS:
        notes.append(
            f"Windows have {real.steps} steps; published tables of this protocol have {STEPS}"
            " unless they say otherwise."
        )
    if real.size != made.size:
        notes.append(
            f"{made.size} made windows against {real.size} real ones; published tables have"
            " equally many."
        )
    if still := constant_channels(real):
        notes.append(f"Constant in the real windows: {', '.join(still)}.")
    return tuple(notes)
