"""How well made signals follow the dense signal that drives them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..distances.pooled import sampled
from ..distances.role import InapplicableError
from ..population import Population, Trial
from .result import Fidelity, Match
from .shuffle import matched

_MOST = 1000  # signals scored; their errors with one another's drives are a square table
_STEPS = 20_000  # train steps learned from
_WAVES = 200  # random features that bend the regression
_BLOCK = 50_000  # steps predicted at a time


class Response:
    r"""The part of a signal that follows from its drive, as learned from real signals.

    At each step, ridge regression on the drive there, at $\pm 1, 2, 4, 8, ...$ steps around,
    its mean so far and how far the signal has come; linear, and bent by random Fourier
    features.

    Args:
        train: Real signals with their drives.
        seed: Of the steps that are learned from, and of the random features.

    References:
        Random Features for Large-Scale Kernel Machines (Rahimi and Recht, 2007), algorithm 1.
    """

    def __init__(self, train: Population, *, seed: int) -> None:
        rng = np.random.default_rng(seed)
        train = train.some(_STEPS, seed=seed)
        steps = np.argwhere(train.mask)
        rows, times = steps[rng.permutation(len(steps))[:_STEPS]].T
        x = _Windows(train)(rows, times)
        bent = RBFSampler(gamma="scale", n_components=_WAVES, random_state=seed)  # pyright: ignore[reportArgumentType]
        both = FeatureUnion([("straight", FunctionTransformer()), ("bent", bent)])
        ridge = RidgeCV(np.logspace(-2, 4, 7))
        self._model: Pipeline = make_pipeline(StandardScaler(), both, ridge)
        self._model.fit(x, train.values[rows, times].astype(float))

    def __call__(self, population: Population) -> Float[np.ndarray, "N T C"]:
        """The signals that the drives of a population call for; zero where they are padding."""
        found = np.zeros(population.values.shape)
        windows = _Windows(population)
        steps = np.argwhere(population.mask)
        for part in np.split(steps, range(_BLOCK, len(steps), _BLOCK)):
            rows, times = part.T
            values = self._model.predict(windows(rows, times))
            found[rows, times] = values.reshape(len(part), -1)
        return found


def drive_fidelity(trial: Trial, *, seed: int = 0) -> Fidelity:
    r"""Whether made signals follow their drives.

    The error of a signal is the root mean square of $(x - g(d)) / \sigma$ over its steps and
    channels, with the deviation $\sigma$ of the channel over the train split, and the response
    $g$ to a drive $d$ that was learned from the train split. What does not follow from the
    drive by such a regression is in the floor, the error of held signals, as well. Nothing
    but the drive can make a signal fit its own drive better than another one's: that the
    error is no smaller than with the drives shuffled says that they were ignored.

    A comparison with the real signal of the nearest drive would need near twins of every
    drive, which few data have, and would punish what is free to vary.

    Args:
        trial: The signals, with their drives.
        seed: Of learning, shuffles and intervals.

    Raises:
        InapplicableError: If one of the populations has no drive, no channel varies, or there
            are fewer than 10 held or made signals.

    Example:
        >>> drive = np.random.default_rng(0).normal(size=(60, 16, 1))
        >>> real = Population(values=2 * drive, drive=drive)
        >>> drive_fidelity(Trial(train=real, held=real, made=real)).verdict
        'followed'
    """
    for name in ("train", "held", "made"):
        if getattr(trial, name).drive is None:
            raise InapplicableError(
                f"a match with drives must have the drive of train, held and made signals, and"
                f" {name} has none"
            )
    values = trial.train.values[trial.train.mask].astype(float)
    unit = values.std(0)
    varies = unit > 1e-7 * np.sqrt((values**2).mean(0))
    if not varies.any():
        raise InapplicableError(
            "signals that follow a drive must vary, and those of train are constant"
        )
    response = Response(trial.train, seed=seed)

    def match(population: Population) -> Match:
        population = population.take(sampled(population.size, _MOST, seed=seed))
        wanted = response(population)[..., varies] / unit[varies]
        table = _apart(population.values[..., varies] / unit[varies], wanted, population.mask)

        def apart(order: Int[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
            return table[np.arange(len(order)), order]

        return matched(apart, population, seed=seed)

    return Fidelity(
        condition="drive", kind="drive", made=match(trial.made), held=match(trial.held)
    )


def _apart(
    x: Float[np.ndarray, "N T C"],
    wanted: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, "N N"]:
    """Root mean square between each signal and what each drive wants, where both are real."""
    real = np.repeat(mask[..., None], x.shape[2], axis=2).reshape(len(x), -1).astype(float)
    first, second = (np.where(real > 0, y.reshape(len(x), -1), 0.0) for y in (x, wanted))
    square = first**2 @ real.T + real @ (second**2).T - 2 * first @ second.T
    return np.sqrt(np.maximum(square, 0) / (real @ real.T))


class _Windows:
    """What is known of the drive around a step.

    Args:
        population: Signals with their drives.
    """

    def __init__(self, population: Population) -> None:
        if population.drive is None:
            raise ValueError("windows must be cut from the drives of signals, and there are none")
        self.drive = np.where(population.mask[..., None], population.drive.astype(float), 0.0)
        self.ends = population.extent - 1
        powers = 2 ** np.arange(max(1, int(np.log2(population.steps))))
        self.offsets = np.concatenate([-powers[::-1], [0], powers])
        self.sofar = self.drive.cumsum(1) / np.arange(1, population.steps + 1)[:, None]

    def __call__(
        self, rows: Int[np.ndarray, " M"], times: Int[np.ndarray, " M"]
    ) -> Float[np.ndarray, "M F"]:
        """The features of given steps; beyond its ends a drive stays as it is there."""
        ends = self.ends[rows]
        around = (times[:, None] + self.offsets).clip(0, ends[:, None])
        near = self.drive[rows[:, None], around].reshape(len(rows), -1)
        come = times / np.maximum(ends, 1)
        return np.concatenate([near, self.sofar[rows, times], come[:, None]], axis=1)
