"""Distance between power spectra."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Real

from ...core.ranges import at_least
from ..population import Trial
from .pooled import shares, standardized, typical
from .role import Compared, Distance, InapplicableError

_BLOCK = 4_000_000  # values held in memory at a time


class SpectralDistance(Distance):
    r"""How differently the power of made signals is spread over frequency, in dB; 0 is right.

    $\frac1C \sum_c \sqrt{\frac1F \sum_{k=1}^{F} \big( \overline{L_{c}(f_k)} -
    \overline{\hat L_{c}(f_k)} \big)^2}$, where $L = 10 \log_{10}(P + \epsilon)$ of one
    signal's power

    $P(f) = \frac{1}{\sum_t h_t^2} \big| \sum_t h_t (x_t - \bar x) e^{-2 \pi i f t} \big|^2$

    with a Hann window $h$ over its real steps, and the bar is the mean over signals. The
    frequencies are $f_k = k / M$ up to one half, with the length $M$ that half of the real
    signals reach; ragged signals are transformed at these same frequencies, each by its own
    window. $\epsilon$ lies `silence` below the mean power of the real channel: what is quieter
    counts as silence. 3 dB are a factor of two in power; a wrong scale shows, a wrong phase or
    offset does not.

    Channels that are constant in the real signals are left out.

    Args:
        silence: How far below the mean power silence begins, in dB.

    Raises:
        InapplicableError: If half of the real signals have fewer than four steps.

    References:
        Spectral Analysis for Physical Applications (Percival and Walden, 1993), chapter 6.
    """

    least = 10

    def __init__(self, *, silence: float = 60.0) -> None:
        at_least(0, silence=silence)
        self.silence = silence

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = standardized(trial)
        length = typical(trial.held)
        if length < 4:
            raise InapplicableError(
                "a spectrum must have signals of at least 4 steps, and half of the real ones"
                f" have at most {length}"
            )
        frequencies = np.arange(1, length // 2 + 1) / length
        power, other = (
            periodogram(x, population.mask, frequencies)
            for x, population in ((held, trial.held), (made, trial.made))
        )
        least = power.mean((0, 1)) * 10 ** (-self.silence / 10)
        least = np.where(least > 0, least, 1.0)
        real, other = (10 * np.log10(spectra + least) for spectra in (power, other))

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            apart = _mean(real, held_weights) - _mean(other, made_weights)
            return np.sqrt((apart**2).mean(0)).mean(keepdims=True)

        return Compared(
            weighed=weighed,
            dimensions=len(frequencies) * held.shape[2],
            real=trial.held.size,
            made=trial.made.size,
        )


def periodogram(
    x: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    frequencies: Float[np.ndarray, " F"],
) -> Float[np.ndarray, "N F C"]:
    """Power of each signal at given frequencies, in squared units of the signal.

    Args:
        x: The signals.
        mask: Which steps are real, leading ones.
        frequencies: In cycles per step.

    Example:
        >>> sine = np.sin(2 * np.pi * 0.25 * np.arange(64))[None, :, None]
        >>> power = periodogram(sine, np.ones((1, 64), dtype=bool), np.array([0.125, 0.25]))
        >>> power.round(3)[0, :, 0].tolist()
        [0.0, 10.833]
    """
    size = mask.sum(1)
    window = np.sin(np.pi * (np.arange(x.shape[1]) + 1) / (size[:, None] + 1)) ** 2 * mask
    rest = x - (x * mask[..., None]).sum(1, keepdims=True) / size[:, None, None]
    tapered = rest * (window / np.sqrt((window**2).sum(1, keepdims=True)))[..., None]
    angle = 2 * np.pi * np.outer(frequencies, np.arange(x.shape[1]))
    rows = max(1, _BLOCK // tapered[0].size)
    parts = [
        (np.cos(angle) @ part) ** 2 + (np.sin(angle) @ part) ** 2
        for part in np.split(tapered, range(rows, len(x), rows))
    ]
    return np.concatenate(parts)


def _mean(
    spectra: Float[np.ndarray, "N F C"], weights: Real[np.ndarray, " N"]
) -> Float[np.ndarray, "F C"]:
    return np.tensordot(shares(weights), spectra, 1) / len(weights)
