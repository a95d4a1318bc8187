"""The protocol for samples that are told by features, and have no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..distances import DISTANCES, Correlational, Distance
from ..fidelity import Fidelity
from ..population import Population, Trial
from ..surrogates import GaussianSampler, IidBootstrap, IndependentChannels, Surrogate
from .protocol import Arranged
from .scaling import standard
from .strict import Strict

PAIRS = 4_000  # of features whose correlations are compared
SCORES = (
    "discriminative_trees",
    "mmd",
    "marginal",
    "skewness",
    "kurtosis",
    "correlational",
    "precision",
    "recall",
    "density",
    "coverage",
    "memorisation",
    "duplicates",
)


class Features(Strict):
    """Holds made samples of features against real ones that the generator never saw.

    A sample is a signal of one step whose channels are its features. It is `strict` without
    the scores that are about time, and with the baselines that a distribution of features
    has.

    Args:
        rivals: More samples that were made without the generator, by what they are called,
            in the units of the real ones.
    """

    name = "features"
    version = 1
    says = "held-out samples of features, as strict has it, without what is about time"
    blocks = 1

    def __init__(self, rivals: Mapping[str, Population] | None = None) -> None:
        self.rivals = rivals or {}

    def distances(self) -> Mapping[str, Distance]:
        made = {name: DISTANCES[name].make() for name in SCORES}
        return made | {"correlational": Correlational(pairs=PAIRS)}

    def surrogates(self) -> Mapping[str, Surrogate]:
        return {
            "iid bootstrap": IidBootstrap(),
            "gaussian": GaussianSampler(),
            "independent features": IndependentChannels(),
        }

    def fidelity(self, trial: Trial, *, seed: int) -> tuple[Fidelity, ...]:
        del trial, seed
        return ()

    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        if real.steps > 1 or made.steps > 1:
            raise ValueError(
                f"features must be signals of one time step, got {max(real.steps, made.steps)};"
                " take the protocol strict"
            )
        arranged = super().arrange(real, made, train, seed=seed)
        scaled, trial = standard(real if train is None else train), arranged.trial
        baselines = {
            name: replace(trial, made=scaled(rival.some(trial.made.size, seed=seed)))
            for name, rival in self.rivals.items()
        }
        return replace(arranged, baselines=baselines)
