"""What follows from where a movement is and when: speed, turning, jerk, and numbers of each path.

All of it is derived from times and positions, so that what is said of a path never contradicts
the path. Padding counts nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from .population import Population

CHANNELS = ("t", "x", "y")
SECOND = 1000.0  # milliseconds
PIECES = 16  # of a path whose curvature is measured

Where = Sequence[str] | Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Movements in the plane.

    Args:
        time: When each point is reached, in milliseconds.
        place: Where it is, in the units of the files, such as pixels.
        lengths: How many leading points of each are real.

    Example:
        >>> signals = Population(values=np.array([[[0.0, 0, 0], [500, 3, 4], [1000, 3, 4]]]))
        >>> Paths.of(signals).speed.tolist()
        [[10.0, 0.0]]
    """

    time: Float[np.ndarray, "N T"]
    place: Float[np.ndarray, "N T 2"]
    lengths: Int[np.ndarray, " N"]

    @classmethod
    def of(cls, signals: Population, channels: Where = CHANNELS) -> Paths:
        """The movements that signals are.

        Args:
            signals: The signals.
            channels: Which of their channels are the time and the two coordinates, by name or
                by place. Channels without names are taken in this order.

        Raises:
            ValueError: If there are no such channels.

        Example:
            >>> signals = Population(values=np.zeros((1, 2, 3)), channels=("x", "y", "t"))
            >>> Paths.of(signals).place.shape
            (1, 2, 2)
        """
        at = columns_of(signals, channels)
        values = np.where(signals.mask[..., None], signals.values[..., at], 0.0).astype(float)
        return cls(time=values[..., 0], place=values[..., 1:], lengths=signals.extent)

    def known(self, across: int) -> Bool[np.ndarray, "N K"]:
        """Where what spans so many steps lies between real points.

        Args:
            across: How many steps it spans: 1 of a speed, 2 of a curvature, 3 of a jerk.
        """
        return np.arange(self.time.shape[1] - across) < self.lengths[:, None] - across

    @property
    def wait(self) -> Float[np.ndarray, "N K"]:
        """How long each step lasts, in seconds; NaN where time does not increase."""
        found = np.diff(self.time, axis=1) / SECOND
        return np.where(self.known(1) & (found > 0), found, np.nan)

    @property
    def way(self) -> Float[np.ndarray, "N K"]:
        """How far each step goes, in pixels; zero in the padding."""
        return np.where(self.known(1), np.hypot(*_parts(self._moved)), 0.0)

    @property
    def speed(self) -> Float[np.ndarray, "N K"]:
        """The mean speed over each step, in pixels per second."""
        return self.way / self.wait

    @property
    def acceleration(self) -> Float[np.ndarray, "N K"]:
        """The change of speed from step to step, in pixels per second squared."""
        return np.diff(self.speed, axis=1) / _between(self.wait)

    @property
    def heading(self) -> Float[np.ndarray, "N K"]:
        """Which way each step goes, in radians from the first axis; while still, as before."""
        moves = self.way > 0
        found = np.arctan2(*_parts(self._moved)[::-1])
        if not moves.shape[1]:
            return found
        latest = np.maximum.accumulate(np.where(moves, np.arange(moves.shape[1]), 0), axis=1)
        latest = np.maximum(latest, moves.argmax(1)[:, None])  # before the first move, as in it
        return np.take_along_axis(found, latest, 1)

    @property
    def turn(self) -> Float[np.ndarray, "N K"]:
        """By how much the heading changes at each inner point, in (-pi, pi]; zero in padding."""
        return np.where(self.known(2), _turned(self.heading), 0.0)

    @property
    def curvature(self) -> Float[np.ndarray, "N K"]:
        """The turn at each inner point over the mean way of the steps beside it, in rad / px."""
        beside = _between(self.way)
        return np.divide(self.turn, beside, out=np.zeros_like(beside), where=beside > 0)

    @property
    def jerk(self) -> Float[np.ndarray, "N K"]:
        """The size of the third derivative of the position, in pixels per second cubed."""
        wait, velocity = self.wait, self._moved / self.wait[..., None]
        acceleration = np.diff(velocity, axis=1) / _between(wait)[..., None]
        change = np.diff(acceleration, axis=1) / self._thirds[..., None]
        return np.where(self.known(3), np.hypot(*_parts(change)), np.nan)

    @property
    def _thirds(self) -> Float[np.ndarray, "N K"]:
        """From the middle of two steps to the middle of the next two, in seconds."""
        return _between(_between(self.wait))

    @property
    def _moved(self) -> Float[np.ndarray, "N K 2"]:
        return np.diff(self.place, axis=1)

    @property
    def ends(self) -> Float[np.ndarray, "N 2"]:
        """From the first real point of each to the last, in pixels."""
        last = self.place[np.arange(len(self.place)), self.lengths - 1]
        return last - self.place[:, 0]

    @property
    def duration(self) -> Float[np.ndarray, " N"]:
        """From the first real point of each to the last, in milliseconds."""
        return self.time[np.arange(len(self.time)), self.lengths - 1] - self.time[:, 0]


def columns_of(signals: Population, channels: Where = CHANNELS) -> list[int]:
    """Which columns of signals are the time and the two coordinates.

    Args:
        signals: The signals.
        channels: Their names, or their places.

    Raises:
        ValueError: If there are no such channels.

    Example:
        >>> columns_of(Population(values=np.zeros((1, 2, 3)), channels=("x", "y", "t")))
        [2, 0, 1]
    """
    names, width = signals.channels, signals.width
    if len(channels) != len(CHANNELS):
        raise ValueError(f"a path must have a time and two coordinates, got {list(channels)}")
    named = all(isinstance(channel, str) for channel in channels)
    if named and names:
        missing = [channel for channel in channels if channel not in names]
        if missing:
            raise ValueError(
                f"a path must have the channels {', '.join(map(str, channels))}, got"
                f" {', '.join(names)}; name its time and its coordinates so, or say which of"
                " them they are"
            )
        return [names.index(str(channel)) for channel in channels]
    at = list(range(len(CHANNELS))) if named else [int(channel) for channel in channels]
    if min(at) < 0 or max(at) >= width:
        raise ValueError(f"a path must have at least {max(at) + 1} channels, got {width}")
    return at


def displacement(paths: Paths) -> Float[np.ndarray, " N"]:
    """How far the last point is from the first, in pixels."""
    return np.hypot(*paths.ends.T)


def path_length(paths: Paths) -> Float[np.ndarray, " N"]:
    """How far the movement goes in all, in pixels."""
    return paths.way.sum(1)


def duration(paths: Paths) -> Float[np.ndarray, " N"]:
    """How long the movement takes, in milliseconds."""
    return paths.duration


def points(paths: Paths) -> Float[np.ndarray, " N"]:
    """How many points the path has."""
    return paths.lengths.astype(float)


def efficiency(paths: Paths) -> Float[np.ndarray, " N"]:
    """The straight way over the way that was gone, in [0, 1]; NaN of what does not move."""
    return _over(displacement(paths), path_length(paths))


def peak_speed(paths: Paths) -> Float[np.ndarray, " N"]:
    """The highest speed over a step, in pixels per second; NaN where no step takes time."""
    found = np.where(np.isfinite(paths.speed), paths.speed, -np.inf).max(1, initial=-np.inf)
    return np.where(np.isfinite(found), found, np.nan)


def time_to_peak(paths: Paths) -> Float[np.ndarray, " N"]:
    """When the highest speed is reached, in the middle of its step, as a share of the duration."""
    if paths.time.shape[1] < 2:
        return np.full(len(paths.time), np.nan)
    fastest = np.where(np.isfinite(paths.speed), paths.speed, -1.0).argmax(1)[:, None]
    middle = _between(paths.time)
    reached = np.take_along_axis(middle, fastest, 1)[:, 0] - paths.time[:, 0]
    return np.where(np.isfinite(peak_speed(paths)), _over(reached, paths.duration), np.nan)


def mean_curvature(paths: Paths) -> Float[np.ndarray, " N"]:
    r"""The mean absolute curvature along the path, in radians per pixel.

    $\int |\kappa| ds / \int ds$ of the path drawn through 16 equal shares of its way: at single
    steps, of which slow ones go a pixel, it would be the rounding of the places that turns.
    """
    at = _at_shares(paths, np.linspace(0, 1, PIECES + 1))
    turns = np.abs(_turned(np.arctan2(*_parts(np.diff(at, axis=1))[::-1])))
    return _over(turns.mean(1) * PIECES, path_length(paths))


def log_jerk(paths: Paths) -> Float[np.ndarray, " N"]:
    r"""The logarithm of the dimensionless jerk: how unsteady a movement is, whatever its size.

    $\ln \frac{D^3}{v_{max}^2} \int_0^D |\dddot x|^2 dt$ with the duration $D$: the mean square
    jerk in units of the peak speed and the duration. A straight movement of least jerk has
    $\ln 204.8 = 5.32$; NaN with fewer than 4 points, or where time does not increase.

    References:
        On the analysis of movement smoothness (Balasubramanian et al., 2015), equation 4, with
        the sign turned https://doi.org/10.1186/s12984-015-0090-9
    """
    square, step = paths.jerk**2, paths._thirds
    known = np.isfinite(square) & np.isfinite(step)
    total = np.where(known, square * step, 0.0).sum(1)
    covered = np.where(known, step, 0.0).sum(1)
    seconds = paths.duration / SECOND
    mean = _over(total, covered)
    found = _over(mean * seconds**4, peak_speed(paths) ** 2)
    return np.log(found, out=np.full(len(found), np.nan), where=found > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A number of each path.

    Args:
        title: Its name for readers.
        unit: Its unit; "" if it has none.
        of: What it is of each path; NaN where it is not defined.
    """

    title: str
    unit: str
    of: Callable[[Paths], Float[np.ndarray, " N"]]


STATISTICS: Mapping[str, Statistic] = {
    "peak_speed": Statistic(title="Peak speed", unit="px/s", of=peak_speed),
    "time_to_peak": Statistic(title="Time to peak speed", unit="of the duration", of=time_to_peak),
    "efficiency": Statistic(title="Path efficiency", unit="", of=efficiency),
    "curvature": Statistic(title="Mean absolute curvature", unit="rad/px", of=mean_curvature),
    "jerk": Statistic(title="Dimensionless jerk", unit="ln", of=log_jerk),
    "duration": Statistic(title="Duration", unit="ms", of=duration),
    "path_length": Statistic(title="Path length", unit="px", of=path_length),
    "displacement": Statistic(title="Net displacement", unit="px", of=displacement),
    "points": Statistic(title="Points", unit="", of=points),
}
"""Every number of a path, by name, in the order of the tables."""


def described(
    signals: Population, channels: Where = CHANNELS
) -> tuple[Float[np.ndarray, "N F"], tuple[str, ...]]:
    """All numbers of each path, and their names; NaN where one is not defined.

    Args:
        signals: The movements.
        channels: Which of their channels are the time and the two coordinates.

    Raises:
        ValueError: If there are no such channels.

    Example:
        >>> signals = Population(values=np.array([[[0.0, 0, 0], [500, 3, 4], [1000, 3, 4]]]))
        >>> numbers, names = described(signals)
        >>> dict(zip(names, numbers[0].tolist()))["time_to_peak"]
        0.25
    """
    paths = Paths.of(signals, channels)
    return np.stack([found.of(paths) for found in STATISTICS.values()], 1), tuple(STATISTICS)


def _at_shares(paths: Paths, shares: Float[np.ndarray, " K"]) -> Float[np.ndarray, "N K 2"]:
    """Where the path is after shares of its way, along straight lines between its points."""
    gone = np.pad(paths.way.cumsum(1), ((0, 0), (1, 0)))
    rows, found = np.arange(len(gone)), []
    for share in shares:
        target = share * gone[:, -1]
        after = np.minimum((gone < target[:, None]).sum(1), paths.lengths - 1)
        before = np.maximum(after - 1, 0)
        span = gone[rows, after] - gone[rows, before]
        part = np.divide(target - gone[rows, before], span, out=0 * span, where=span > 0)
        start, end = paths.place[rows, before], paths.place[rows, after]
        found.append(start + part[:, None] * (end - start))
    return np.stack(found, 1)


def _turned(heading: Float[np.ndarray, "N K"]) -> Float[np.ndarray, "N J"]:
    """From each heading to the next, in (-pi, pi]."""
    return np.pi - (np.pi - np.diff(heading, axis=1)) % (2 * np.pi)


def _between(x: Float[np.ndarray, "N K"]) -> Float[np.ndarray, "N J"]:
    """The mean of each two that follow each other."""
    return (x[:, 1:] + x[:, :-1]) / 2


def _parts(x: Float[np.ndarray, "N K 2"]) -> tuple[np.ndarray, np.ndarray]:
    return x[..., 0], x[..., 1]


def _over(x: Float[np.ndarray, " N"], y: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """A ratio; NaN where there is nothing to divide by."""
    return np.divide(x, y, out=np.full(len(x), np.nan), where=y > 0)
