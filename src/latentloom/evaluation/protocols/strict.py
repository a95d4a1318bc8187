"""The protocol to believe: held-out signals, several judges, floors and intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..distances import DISTANCES, Distance
from ..fidelity import Fidelity, fidelity
from ..population import Population, Trial
from ..surrogates import SURROGATES, Surrogate
from .protocol import Arranged, Protocol
from .scaling import Scaling, constant_channels, standard

LEAST = 20  # signals that are worth a split
MOST = 4_000  # signals of each kind that are compared
FEW = 10  # groups below which nothing that is resampled over them is sure
REPEATED = 0.01  # share of held-out signals that may also be train signals
FAR = 10.0  # deviations, or times the deviation, beyond which units must differ
SCORES = (
    "discriminative_gru",
    "discriminative_cnn",
    "discriminative_trees",
    "predictive",
    "predictive_ratio",
    "predictive_ratio_far",
    "context_fid",
    "mmd",
    "marginal",
    "skewness",
    "kurtosis",
    "autocorrelation",
    "spectral",
    "correlational",
    "cross_correlation",
    "precision",
    "recall",
    "density",
    "coverage",
    "memorisation",
    "duplicates",
    "length",
)


class Strict(Protocol):
    """Holds made signals against real ones that the generator never saw.

    Channels are standardised by the signals that it learned from. Two floors stand beside
    its scores: how far one half of the held-out signals is from the other, and how far one half
    of the signals that it learned from is from the held-out ones. The second is the fair goal of a
    generator; the first, what chance alone leaves.
    """

    name = "strict"
    version = 1
    says = "held-out signals, several judges, masked lengths, floors and intervals"
    blocks = 20

    def distances(self) -> Mapping[str, Distance]:
        return {name: DISTANCES[name].make() for name in SCORES}

    def surrogates(self) -> Mapping[str, Surrogate]:
        return {name: make() for name, make in SURROGATES.items()}

    def fidelity(self, trial: Trial, *, seed: int) -> tuple[Fidelity, ...]:
        return fidelity(trial, seed=seed)

    def scaling(self, train: Population) -> Scaling:
        """How signals are scaled, by those that were learned from."""
        return standard(train)

    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        notes: list[str] = []
        if real.size < LEAST or made.size < LEAST // 2:
            raise ValueError(
                f"strict needs at least {LEAST} real and {LEAST // 2} made signals, got"
                f" {real.size} and {made.size}"
            )
        if train is None:
            train, real = real.halves(seed=seed)
            notes.append(
                "Nobody said what the generator learned from: half of the real signals stand"
                " for it and half are held against it, so it may have seen both. Give --train."
            )
        if still := constant_channels(train):
            notes.append(f"Constant in the real signals: {', '.join(still)}.")
        notes += [*_strays(train, made), *_repeated(train, real), *_few(real)]
        for name, population in {"train": train, "real": real, "made": made}.items():
            if population.size > MOST:
                word = {"real": "held-out"}.get(name, name)
                notes.append(f"{MOST} of {population.size} {word} signals are compared.")
        scaled = self.scaling(train)
        train, held, made = (scaled(p.some(MOST, seed=seed)) for p in (train, real, made))
        floors = _floors(train, held, made.size, seed)
        if len(floors) < 2:
            notes.append(
                "Held-out or train signals are of one group and cannot be halved: a floor is"
                " missing. Give them more groups, or none."
            )
        trial = Trial(train=train, held=held, made=made)
        return Arranged(trial=trial, floors=floors, notes=tuple(notes))


def _floors(train: Population, held: Population, size: int, seed: int) -> dict[str, Trial]:
    """Real signals in the place of made ones, as far as there are groups to halve."""
    floors: dict[str, Trial] = {}
    if _groups(held) > 1:
        one, other = held.halves(seed=seed)
        floors["held-out halves"] = Trial(train=train, held=one, made=other)
    if _groups(train) > 1:  # all of it would be a copy of what was learned
        seen, again = train.halves(seed=seed)
        floors["training data"] = Trial(train=seen, held=held, made=again.some(size, seed=seed))
    return floors


def _groups(population: Population) -> int:
    return int(population.members.max()) + 1


def _strays(train: Population, made: Population) -> Iterator[str]:
    """A note if channels seem to be in other units than the real ones."""
    real, other = (p.values[p.mask].astype(float) for p in (train, made))
    names = train.channels or tuple(f"channel {i}" for i in range(train.width))
    found: list[str] = []
    for name, x, y in zip(names, real.T, other.T, strict=True):
        spread = x.std()
        wide = spread > 0 and not 1 / FAR < y.std() / spread < FAR
        if wide or abs(y.mean() - x.mean()) > FAR * spread > 0:
            found.append(
                f"{name} ({y.mean():.3g} ± {y.std():.3g} made, {x.mean():.3g} ± {spread:.3g} real)"
            )
    if found:
        yield f"Are made and real signals in the same units? {', '.join(found)}."


def _repeated(train: Population, held: Population) -> Iterator[str]:
    """A note if held-out signals are train signals."""
    seen = {signal.tobytes() for signal in train.values}
    share = np.mean([signal.tobytes() in seen for signal in held.values])
    if share > REPEATED:
        yield (
            f"{share:.0%} of the real signals that should be held out are among those that the"
            " generator learned from: these scores do not tell memory from skill."
        )


def _few(held: Population) -> Iterator[str]:
    """A note if floors and intervals rest on a handful of groups."""
    if (groups := _groups(held)) < FEW:
        yield (
            f"The held-out signals are of {groups} groups only: floors, judges and intervals are"
            " rough. Cut long series into more blocks (data windows --blocks 60), or give more"
            " groups."
        )
