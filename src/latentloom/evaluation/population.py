"""Signals that are compared as a whole: which of them is which does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from ..data.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Signals with what is known of each.

    Args:
        values: The signals; zero where they are padding.
        lengths: How many leading steps of each are real; all of them if None.
        group: Which signals belong together, such as windows of one stretch of time, and
            are split and resampled together; each alone if None.
        channels: The names of the channels.
        drive: The dense signals that condition them.
        scalars: The numbers that condition them, by name.
        labels: The labels that condition them, as indices, by name.

    Raises:
        ValueError: If there are no signals, arrays do not fit each other, a length is not
            in [1, T], or a real step holds NaN or inf.
    """

    values: Float[np.ndarray, "N T C"]
    lengths: Int[np.ndarray, " _"] | None = None
    group: Int[np.ndarray, " _"] | None = None
    channels: tuple[str, ...] = ()
    drive: Float[np.ndarray, "_ _ E"] | None = None
    scalars: Mapping[str, Float[np.ndarray, " _"]] = field(default_factory=dict[str, np.ndarray])
    labels: Mapping[str, Int[np.ndarray, " _"]] = field(default_factory=dict[str, np.ndarray])

    def __post_init__(self) -> None:
        if not self.values.size:
            raise ValueError(f"there must be signals, got an array of shape {self.values.shape}")
        for name, array in self._columns().items():
            if array.shape != (self.size,):
                raise ValueError(
                    f"{name} must be one number for each of {self.size} signals, got shape"
                    f" {array.shape}"
                )
        if self.lengths is not None and not (
            self.lengths.min() >= 1 and self.lengths.max() <= self.steps
        ):
            raise ValueError(
                f"lengths must be in [1, {self.steps}], got {self.lengths.min()} to"
                f" {self.lengths.max()}"
            )
        bad = (~np.isfinite(self.values) & self.mask[..., None]).any((1, 2))
        if bad.any():
            raise ValueError(
                f"signals must be finite, got NaN or inf in {bad.sum()} of {self.size}, the first"
                f" of them signal {bad.argmax()}"
            )

    @property
    def size(self) -> int:
        """N, the number of signals."""
        return len(self.values)

    @property
    def steps(self) -> int:
        """T, the padded length in time steps."""
        return self.values.shape[1]

    @property
    def width(self) -> int:
        """C, the number of channels."""
        return self.values.shape[2]

    @property
    def ragged(self) -> bool:
        """Whether the signals differ in length."""
        return self.lengths is not None and bool((self.lengths != self.steps).any())

    @property
    def mask(self) -> Bool[np.ndarray, "N T"]:
        """True where a step is real, False where it is padding."""
        if self.lengths is None:
            return np.ones(self.values.shape[:2], dtype=bool)
        return np.arange(self.steps) < self.lengths[:, None]

    @property
    def extent(self) -> Int[np.ndarray, " N"]:
        """How many steps of each signal are real."""
        return np.full(self.size, self.steps) if self.lengths is None else self.lengths

    @property
    def members(self) -> Int[np.ndarray, " N"]:
        """The group of each signal, counted from 0."""
        if self.group is None:
            return np.arange(self.size)
        return np.unique(self.group, return_inverse=True)[1]

    def take(self, rows: Int[np.ndarray, " M"] | Bool[np.ndarray, " N"]) -> Population:
        """Some of the signals."""

        def picked(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else array[rows]

        return Population(
            values=self.values[rows],
            lengths=picked(self.lengths),
            group=picked(self.group),
            channels=self.channels,
            drive=picked(self.drive),
            scalars={name: array[rows] for name, array in self.scalars.items()},
            labels={name: array[rows] for name, array in self.labels.items()},
        )

    def some(self, most: int, *, seed: int) -> Population:
        """At most `most` of the signals, drawn without replacement; all in order if fewer."""
        if self.size <= most:
            return self
        rows = np.random.default_rng(seed).permutation(self.size)[:most]
        return self.take(np.sort(rows))

    def halves(self, *, seed: int) -> tuple[Population, Population]:
        """Two disjoint parts of nearly equal size; no group is in both.

        Raises:
            ValueError: If there are fewer than two groups.
        """
        members = self.members
        sizes = np.bincount(members)
        if len(sizes) < 2:
            raise ValueError(
                f"signals must be of at least 2 groups to be halved, got {len(sizes)}; cut them"
                " into more stretches, or leave out their groups"
            )
        order = np.random.default_rng(seed).permutation(len(sizes))
        upto = sizes[order].cumsum()
        cut = 1 + np.abs(upto[:-1] - self.size / 2).argmin()
        first = np.isin(members, order[:cut])
        return self.take(first), self.take(~first)

    def _columns(self) -> dict[str, np.ndarray]:
        columns = {"lengths": self.lengths, "group": self.group, **self.scalars, **self.labels}
        return {name: array for name, array in columns.items() if array is not None}

    @classmethod
    def of(cls, dataset: Dataset) -> Population:
        """The signals of a dataset, with its conditions.

        Raises:
            ValueError: If it has no series.
        """
        if dataset.series is None:
            raise ValueError("signals to compare must be series, and this dataset has none")
        columns: dict[str, np.ndarray] = {}
        if dataset.condition is not None:
            names = dataset.schema.names("condition")
            columns = dict(zip(names, dataset.condition.numpy().T, strict=True))
        labels = dataset.schema.categories
        return cls(
            values=dataset.series.numpy(),
            lengths=None if dataset.lengths is None else dataset.lengths.numpy(),
            group=None if dataset.group is None else dataset.group.numpy(),
            channels=dataset.schema.names("series"),
            drive=None if dataset.drive is None else dataset.drive.numpy(),
            scalars={name: array for name, array in columns.items() if name not in labels},
            labels={name: array.astype(int) for name, array in columns.items() if name in labels},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a generator learned from, what it never saw, and what it made.

    Args:
        train: Real signals that it learned from.
        held: Real signals that it never saw; those that the made ones are held against.
        made: The signals that it made.

    Raises:
        ValueError: If they differ in channels or in steps.
    """

    train: Population
    held: Population
    made: Population

    def __post_init__(self) -> None:
        for name in ("train", "made"):
            other: Population = getattr(self, name)
            for what in ("width", "steps"):
                wanted, got = getattr(self.held, what), getattr(other, what)
                if wanted != got:
                    word = {"width": "channels", "steps": "time steps"}[what]
                    raise ValueError(
                        f"{name} must have the {wanted} {word} of the real signals, got {got}"
                    )
