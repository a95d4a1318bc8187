"""The protocol for movements in the plane: where they go, when, and how they are made."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from ..distances import DISTANCES, Distance, Duplicates, Memorisation, Mmd
from ..distances.points import Standard, Steps
from ..fidelity import Fidelity, fidelity
from ..fidelity.reader import Descriptor
from ..kinematics import CHANNELS, STATISTICS, Paths, displacement, duration, path_length
from ..population import Population, Trial
from ..surrogates import IidBootstrap, LeastJerk, NearestNeighbour, Surrogate
from .protocol import Arranged
from .scaling import Scaling
from .strict import Strict

SCORES = (
    "discriminative_paths",
    "discriminative_gru",
    "discriminative_kinematics",
    "predictive_ratio",
    *(f"{name}_ks" for name in STATISTICS),
    "duration_law",
    "length",
    "mmd",
    "precision",
    "recall",
    "density",
    "coverage",
    "memorisation",
    "duplicates",
)
RELATIVE = ("distance", "duration", "path_length")


def read_distance(signals: Population) -> Float[np.ndarray, " N"]:
    """How far the last point is from the first, in pixels."""
    return displacement(Paths.of(signals))


def read_duration(signals: Population) -> Float[np.ndarray, " N"]:
    """How long movements take, in milliseconds."""
    return duration(Paths.of(signals))


def read_path_length(signals: Population) -> Float[np.ndarray, " N"]:
    """How far movements go in all, in pixels."""
    return path_length(Paths.of(signals))


def read_cosine(signals: Population) -> Float[np.ndarray, " N"]:
    """The cosine of the direction from the first to the last point; 0 without one."""
    return _direction(signals)[:, 0]


def read_sine(signals: Population) -> Float[np.ndarray, " N"]:
    """The sine of the direction from the first to the last point; 0 without one."""
    return _direction(signals)[:, 1]


READ: Mapping[str, Descriptor] = {
    "distance": read_distance,
    "duration": read_duration,
    "path_length": read_path_length,
    "direction_cos": read_cosine,
    "direction_sin": read_sine,
}
"""What reads a condition off a path exactly, by the name of the condition."""


class Trajectories(Strict):
    """Holds made movements against real ones of people that the generator never saw.

    It is `strict` with the scores of how movements are made, and without those of a series
    that goes on and on. Signals keep their units, as times and places scaled each by itself are
    no path; what needs a scale, takes that of the train signals. Conditions that a path shows
    by itself, such as its distance, are read off exactly.
    """

    name = "trajectories"
    version = 1
    says = "held-out movements: judges of paths and kinematics, the laws of speed and duration"
    blocks = 1
    readers = READ

    def distances(self) -> Mapping[str, Distance]:
        made = {name: DISTANCES[name].make() for name in SCORES}
        points = Standard(Steps())
        return made | {
            "mmd": Mmd(points=points),
            "memorisation": Memorisation(points=points),
            "duplicates": Duplicates(points=points),
        }

    def surrogates(self) -> Mapping[str, Surrogate]:
        return {
            "iid bootstrap": IidBootstrap(),
            "nearest neighbour": NearestNeighbour(),
            "least jerk": LeastJerk(),
        }

    def fidelity(self, trial: Trial, *, seed: int) -> tuple[Fidelity, ...]:
        exact = {n: read for n, read in self.readers.items() if n in trial.made.scalars}
        relative = [name for name in RELATIVE if _positive(trial, name)]
        return fidelity(trial, descriptors=exact, relative=relative, seed=seed)

    def scaling(self, train: Population) -> Scaling:
        del train
        return _kept

    def arrange(
        self, real: Population, made: Population, train: Population | None, *, seed: int
    ) -> Arranged:
        for population in (real, made, *([] if train is None else [train])):
            Paths.of(population, CHANNELS)  # refuses what is no path, by the names it needs
        return super().arrange(real, made, train, seed=seed)


def _kept(population: Population) -> Population:
    return population


def _positive(trial: Trial, name: str) -> bool:
    return all(
        name in known.scalars and bool((known.scalars[name] > 0).all())
        for known in (trial.held, trial.made)
    )


def _direction(signals: Population) -> Float[np.ndarray, "N 2"]:
    ends = Paths.of(signals).ends
    size = np.hypot(*ends.T)[:, None]
    return np.divide(ends, size, out=np.zeros_like(ends), where=size > 0)
