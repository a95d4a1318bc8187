"""Datasets as regressions see them: rows of inputs, conditions and targets."""

import abc
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float, Int

from ...core.ranges import at_least
from ...data.dataset import Dataset
from .conditions import Conditions
from .role import array, mask_of, size
from .scale import Fitted, Scale


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a regression.

    Args:
        inputs: What the drive says.
        conditions: What the conditions say.
        group: Which rows resemble each other, and must not be learned from and judged on
            at once: those of one record, and of one group of records.
    """

    inputs: Float[np.ndarray, "R P"]
    conditions: Float[np.ndarray, "R F"]
    group: Int[np.ndarray, " R"]

    def take(self, rows: Int[np.ndarray, " M"]) -> "Table":
        """Some of the rows."""
        return Table(self.inputs[rows], self.conditions[rows], self.group[rows])

    def crossed(self) -> Float[np.ndarray, "R Q"]:
        """A constant, the conditions, and the inputs times a constant and each condition."""
        ones = np.ones((len(self.inputs), 1))
        factors = np.concatenate([ones, self.conditions], 1)
        products = self.inputs[:, :, None] * factors[:, None, :]
        return np.concatenate([factors, products.reshape(len(ones), -1)], 1)


class View(abc.ABC):
    """Turns datasets into the rows of a regression, and what it says into signals."""

    @abc.abstractmethod
    def fit(self, train: Dataset) -> None:
        """Learns scales from the train split."""

    @abc.abstractmethod
    def table(self, dataset: Dataset) -> Table:
        """The rows that a dataset makes."""

    @abc.abstractmethod
    def targets(self, dataset: Dataset) -> Float[np.ndarray, "R Q"]:
        """What a regression is to say of each row, without unit."""

    @abc.abstractmethod
    def signals(
        self, outputs: Float[np.ndarray, "R Q"], dataset: Dataset
    ) -> Float[np.ndarray, "N T C"]:
        """The signals behind what a regression said."""


@dataclass(slots=True, kw_only=True)
class Periods(View):
    r"""Periodic signals as Fourier coefficients.

    The inputs are the coefficients of the drive over its rms, the targets all coefficients
    of the signal over its scale.

    Args:
        harmonics: How many coefficients of the drive are read.
        scale: By what signals are divided.
        phase: Where a period begins: as `recorded`, or where the fundamental of the
            `drive` has its crest. The second makes a rolled drive give a rolled signal:
            coefficient $k$ is turned by $e^{-i k \theta}$ with the fundamental's phase
            $\theta$. The first is stronger where all records begin at the same event.
    """

    harmonics: int = 12
    scale: Scale = field(default_factory=Fitted)
    phase: Literal["recorded", "drive"] = "recorded"
    _conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        at_least(1, harmonics=self.harmonics)

    def fit(self, train: Dataset) -> None:
        if train.lengths is not None and (train.lengths != train.steps).any():
            raise ValueError("periods must all have as many steps, got different lengths")
        self.scale.fit(train)
        self._conditions.fit(train)

    def table(self, dataset: Dataset) -> Table:
        drive = array(dataset, "drive")
        rms = size(drive, mask_of(dataset))
        spectrum = _spectrum(drive / rms[:, None]) * self._turn(dataset)
        known = np.concatenate([self._conditions.of(dataset), np.log(rms)], 1)
        return Table(_real(spectrum[:, 1 : self.harmonics + 1]), known, groups_of(dataset))

    def targets(self, dataset: Dataset) -> Float[np.ndarray, "R Q"]:
        series = array(dataset, "series") / self.scale.of(dataset)[:, None]
        return _real(_spectrum(series) * self._turn(dataset))

    def signals(
        self, outputs: Float[np.ndarray, "R Q"], dataset: Dataset
    ) -> Float[np.ndarray, "N T C"]:
        scale = self.scale.of(dataset)
        halves = outputs.reshape(len(outputs), 2, -1, scale.shape[1])
        spectrum = (halves[:, 0] + 1j * halves[:, 1]) * self._turn(dataset).conj()
        steps = dataset.steps
        return np.fft.irfft(spectrum, steps, axis=1) * steps * scale[:, None]

    def _turn(self, dataset: Dataset) -> Complex[np.ndarray, "N K 1"]:
        spectrum = _spectrum(array(dataset, "drive"))[..., :1]
        if self.phase == "recorded":
            return np.ones_like(spectrum)
        harmonic = np.arange(spectrum.shape[1])[:, None]
        return np.exp(-1j * harmonic * np.angle(spectrum[:, 1:2]))


@dataclass(slots=True, kw_only=True)
class Windows(View):
    """Signals step by step, each from the drive around it.

    The inputs of a step are the drive from `behind` steps before to `ahead` steps after
    it, over its rms; beyond the ends the drive stays as it is there.

    Args:
        behind: How many steps back are read.
        ahead: How many steps ahead are read.
        scale: By what signals are divided.
    """

    behind: int = 16
    ahead: int = 8
    scale: Scale = field(default_factory=Fitted)
    _conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        at_least(0, behind=self.behind, ahead=self.ahead)

    def fit(self, train: Dataset) -> None:
        self.scale.fit(train)
        self._conditions.fit(train)

    def table(self, dataset: Dataset) -> Table:
        mask, drive = mask_of(dataset), array(dataset, "drive")
        rms = size(drive, mask)
        last = mask.sum(1)[:, None, None] - 1
        lags = np.arange(-self.behind, self.ahead + 1)
        at = np.clip(np.arange(dataset.steps)[:, None] + lags, 0, last)
        rows = np.arange(dataset.size)[:, None, None]
        inputs = (drive / rms[:, None])[rows, at]
        known = np.concatenate([self._conditions.of(dataset), np.log(rms)], 1)
        counts = mask.sum(1)
        return Table(
            inputs[mask].reshape(int(counts.sum()), -1),
            np.repeat(known, counts, axis=0),
            np.repeat(groups_of(dataset), counts),
        )

    def targets(self, dataset: Dataset) -> Float[np.ndarray, "R Q"]:
        return (array(dataset, "series") / self.scale.of(dataset)[:, None])[mask_of(dataset)]

    def signals(
        self, outputs: Float[np.ndarray, "R Q"], dataset: Dataset
    ) -> Float[np.ndarray, "N T C"]:
        mask, scale = mask_of(dataset), self.scale.of(dataset)
        signals = np.zeros((*mask.shape, scale.shape[1]))
        signals[mask] = outputs
        return signals * scale[:, None]


def groups_of(dataset: Dataset) -> Int[np.ndarray, " N"]:
    """The group of each record; each is its own where none are named."""
    return np.arange(dataset.size) if dataset.group is None else dataset.group.numpy()


def _spectrum(x: Float[np.ndarray, "N T C"]) -> Complex[np.ndarray, "N K C"]:
    return np.fft.rfft(x, axis=1) / x.shape[1]


def _real(spectrum: Complex[np.ndarray, "N K C"]) -> Float[np.ndarray, "N Q"]:
    """Real parts, then imaginary parts."""
    halves = np.stack([np.real(spectrum), np.imag(spectrum)], 1)
    return halves.reshape(len(spectrum), -1)
