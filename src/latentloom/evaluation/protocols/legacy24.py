"""The protocol behind the published tables, kept to the letter so that numbers compare."""

from __future__ import annotations

from collections.abc import Mapping

from ..distances import (
    ContextFid,
    Distance,
    LegacyCorrelational,
    LegacyDiscriminative,
    LegacyPredictive,
)
from ..population import Population, Trial
from ..surrogates import BlockBootstrap, Noise, Surrogate
from .protocol import Arranged, Protocol
from .scaling import constant_channels, unit_range

STEPS = 24


class Legacy24(Protocol):
    """Scores as the tables of the field do, flaws included.

    Every channel is mapped to [0, 1] by the range of **all** real windows, unless they lie in
    [0, 1] already, as simulated sines do, whose tables know no other scale; made windows are
    held against the very windows that the generator learned from; windows overlap between
    the judge's train and test parts; each score is a mean over five repeats.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code.
        Diffusion-TS (Yuan and Qiao, 2024), code: `Utils/metric_utils.py`.
    """

    name = "legacy24"
    version = 1
    says = "the protocol of the published tables, to the letter, so that numbers compare"
    blocks = 1

    def distances(self) -> Mapping[str, Distance]:
        return {
            "legacy_discriminative": LegacyDiscriminative(),
            "legacy_predictive": LegacyPredictive(),
            "context_fid": ContextFid(),
            "legacy_correlational": LegacyCorrelational(),
        }

    def surrogates(self) -> Mapping[str, Surrogate]:
        return {"block bootstrap": BlockBootstrap(), "noise": Noise()}

    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        del train  # the protocol knows no held-out data
        if real.values.min() < 0 or real.values.max() > 1:
            scaled = unit_range(real)
            real, made = scaled(real), scaled(made)
        one, other = Population(values=real.values, lengths=real.lengths).halves(seed=seed)
        return Arranged(
            trial=Trial(train=real, held=real, made=made),
            floors={"real halves": Trial(train=one, held=one, made=other)},
            notes=_notes(real, made),
        )


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
