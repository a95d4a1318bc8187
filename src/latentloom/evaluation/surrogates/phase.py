"""Real signals whose Fourier phases are drawn anew."""

import numpy as np
from jaxtyping import Float, Int

from ..population import Population
from .role import Surrogate
from .start import begun, finished


class PhaseRandomised(Surrogate):
    r"""Turns all Fourier phases of a real signal by random angles, the same for all channels.

    $$\hat y_c(f) = \hat x_c(f) \, e^{i \varphi(f)}, \qquad \varphi(f) \sim U[0, 2 \pi)$$

    Mean, power spectrum and cross-spectra of each signal are kept exactly, and with them all
    circular correlations; what is lost is everything beyond them, such as sharp edges,
    asymmetry in time and the shape of the marginals.

    Example:
        >>> train = Population(values=np.random.default_rng(0).normal(size=(1, 8, 2)))
        >>> made = PhaseRandomised().draw(train, 1, seed=0)
        >>> one, other = (np.abs(np.fft.rfft(p.values[0], axis=0)) for p in (train, made))
        >>> bool(np.allclose(one, other, atol=1e-5))
        True

    References:
        Testing for nonlinearity in time series: the method of surrogate data (Theiler et
        al., 1992), section 2.4.1. https://doi.org/10.1016/0167-2789(92)90102-S
        Generating surrogate data for time series with several simultaneously measured
        variables (Prichard and Theiler, 1994), eq. 4.
        https://doi.org/10.1103/PhysRevLett.73.951
    """

    def draw(self, train: Population, size: int, *, seed: int) -> Population:
        rng = np.random.default_rng(seed)
        _, start = begun(train, size, rng)
        return finished(start, phases_turned(start.values, start.extent, rng))


def phases_turned(
    values: Float[np.ndarray, "N T C"], extent: Int[np.ndarray, " N"], rng: np.random.Generator
) -> Float[np.ndarray, "N T C"]:
    """The signals with random phases.

    Args:
        values: The signals.
        extent: How many leading steps of each are real; the others are left as they are.
        rng: Draws the phases.
    """
    turned = values.copy()
    for steps in np.unique(extent):
        rows = extent == steps
        spectrum = np.fft.rfft(values[rows, :steps].astype(np.float64), axis=1)
        angles = rng.uniform(0, 2 * np.pi, spectrum.shape[:2])
        # The mean, and of an even number of steps the highest frequency, have no phase.
        angles[:, 0] = 0.0
        angles[:, 1 + (steps - 1) // 2 :] = 0.0
        spectrum *= np.exp(1j * angles)[..., None]
        turned[rows, :steps] = np.fft.irfft(spectrum, steps, axis=1)
    return turned
