"""What is scored: true records, and what a model or baseline says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from ..data.dataset import Dataset
from .calibration import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """True signals in the units of their file, with what it takes to score others.

    Args:
        truth: The signals.
        lengths: How many leading steps of each are real; all of them if None.
        cycles: Cycles of the fundamental in a time step (frequency times sampling
            interval), in (0, 0.5); scores of the fundamental are left out if None.
        law: What a physical law says of each signal, up to a factor; scores of the law are
            left out if None.
        group: Which records resemble each other and are resampled together.
        category: The kind of each record, such as a material, as an index of `kinds`.
        kinds: The names of the kinds.
        periodic: Whether a record covers one period.

    Raises:
        ValueError: If arrays do not fit each other, hold NaN or inf, or there are fewer
            than two records.
    """

    truth: Float[np.ndarray, "N T C"]
    lengths: Int[np.ndarray, " _"] | None = None
    cycles: Float[np.ndarray, " _"] | None = None
    law: Float[np.ndarray, "N T C"] | None = None
    group: Int[np.ndarray, " _"] | None = None
    category: Int[np.ndarray, " _"] | None = None
    kinds: tuple[str, ...] = ()
    periodic: bool = False

    def __post_init__(self) -> None:
        if self.truth.ndim != 3 or len(self.truth) < 2:
            raise ValueError(
                "truth must be at least 2 records x steps x channels, got shape"
                f" {self.truth.shape}"
            )
        for name in ("lengths", "cycles", "group", "category"):
            array = getattr(self, name)
            if array is not None and array.shape != (len(self.truth),):
                raise ValueError(
                    f"{name} must be one number for each of {len(self.truth)} records, got"
                    f" shape {array.shape}"
                )
        _finite("truth", self.truth, self.mask)
        if self.law is not None:
            _like("law", self.law, self.truth.shape)
            _finite("law", self.law, self.mask)
        if self.cycles is not None and not ((self.cycles > 0) & (self.cycles < 0.5)).all():
            raise ValueError(
                "cycles must be in (0, 0.5) per time step, got"
                f" {self.cycles.min():g} to {self.cycles.max():g}"
            )

    @property
    def mask(self) -> Bool[np.ndarray, "N T"]:
        """True where a step is real, False where it is padding."""
        size, steps = self.truth.shape[:2]
        if self.lengths is None:
            return np.ones((size, steps), dtype=bool)
        return np.arange(steps) < self.lengths[:, None]

    def take(self, rows: Int[np.ndarray, " M"] | Bool[np.ndarray, " N"]) -> Records:
        """Some of the records.

        Raises:
            ValueError: If there are fewer than two.
        """
        names = ("truth", "lengths", "cycles", "law", "group", "category")
        arrays = {name: getattr(self, name) for name in names}
        return replace(self, **{k: None if a is None else a[rows] for k, a in arrays.items()})

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        *,
        cycles: Float[np.ndarray, " N"] | None = None,
        law: Float[np.ndarray, "N T C"] | None = None,
        category: str = "",
    ) -> Records:
        """The records of a dataset.

        Args:
            dataset: With series, before any transform.
            cycles: Cycles of the fundamental in a time step; of periodic signals without
                it, one in each record.
            law: What a physical law says of each signal.
            category: The name of the label that says of which kind a record is.

        Raises:
            ValueError: If there are no signals.
        """
        if dataset.series is None:
            raise ValueError("records to score must have series, and this dataset has none")
        truth = dataset.series.numpy().astype(float)
        lengths = None if dataset.lengths is None else dataset.lengths.numpy()
        if cycles is None and dataset.schema.periodic:
            steps = np.full(len(truth), truth.shape[1]) if lengths is None else lengths
            cycles = 1.0 / steps
        kind, kinds = None, ()
        if category and dataset.condition is not None:
            column = dataset.schema.index("condition", category)
            kind = dataset.condition[:, column].long().numpy()
            kinds = dataset.schema.categories[category]
        return cls(
            truth=truth,
            lengths=lengths,
            cycles=cycles,
            law=law,
            group=None if dataset.group is None else dataset.group.numpy(),
            category=kind,
            kinds=kinds,
            periodic=dataset.schema.periodic,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a model or baseline says of records.

    Args:
        values: Its one best answer to each, in the unit of the records.
        samples: Several answers to each, where it gives them.
        calibration: Makes intervals of the samples that were checked on validation
            records.

    Raises:
        ValueError: If values or samples hold NaN or inf, do not fit each other, or there
            is only one sample.
    """

    values: Float[np.ndarray, "N T C"]
    samples: Float[np.ndarray, "N K T C"] | None = None
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        _finite("values", self.values)
        if self.samples is None:
            return
        _finite("samples", self.samples)
        shape = self.samples.shape
        if len(shape) != 4 or (shape[0], *shape[2:]) != self.values.shape or shape[1] < 2:
            raise ValueError(
                "samples must be records x at least 2 samples x steps x channels of the"
                f" {self.values.shape} values, got shape {shape}"
            )

    def take(self, rows: Int[np.ndarray, " M"] | Bool[np.ndarray, " N"]) -> Prediction:
        """The answers to some of the records."""
        samples = None if self.samples is None else self.samples[rows]
        return replace(self, values=self.values[rows], samples=samples)


def matched(records: Records, prediction: Prediction) -> None:
    """Checks that a prediction is of the records.

    Raises:
        ValueError: If their shapes differ.
    """
    _like("values", prediction.values, records.truth.shape)


def _like(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} must be of the truth's shape {shape}, got {array.shape}")


def _finite(name: str, array: np.ndarray, mask: Bool[np.ndarray, "N T"] | None = None) -> None:
    finite = np.isfinite(array)
    if mask is not None:
        finite = finite | ~mask[..., None]
    bad = np.flatnonzero(~finite.reshape(len(array), -1).all(1))
    if len(bad):
        raise ValueError(
            f"{name} must be finite, got NaN or inf in {len(bad)} of {len(array)} records,"
            f" the first of them record {bad[0]}"
        )
