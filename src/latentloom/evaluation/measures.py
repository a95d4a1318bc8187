"""How far a made signal is from the true one: one number a record, from plain arrays.

Of several channels each is measured in its own unit, and the record's number is their mean.
A number is NaN where it is not defined, such as the correlation with a constant signal.
"""

import numpy as np
from jaxtyping import Bool, Complex, Float

_SMALL = 1e-9


def mean(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N 1 C"]:
    """Mean over the real steps of each record."""
    weight = mask[:, :, None]
    return (x * weight).sum(1, keepdims=True) / weight.sum(1, keepdims=True)


def deviation(
    x: Float[np.ndarray, "N T C"], mask: Bool[np.ndarray, "N T"]
) -> Float[np.ndarray, "N C"]:
    """Standard deviation over the real steps, in units of the signal; NaN if constant."""
    rest = x - mean(x, mask)
    result = np.sqrt(mean(rest**2, mask))[:, 0]
    size = np.sqrt(mean(x**2, mask))[:, 0]
    return np.where(result > _SMALL * size, result, np.nan)


def nrmse(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, " N"]:
    r"""Root mean square error over the true signal's standard deviation, without unit.

    $\sqrt{\overline{(\hat x - x)^2}} / \sigma_x$.

    Example:
        >>> truth = np.array([[[-1.0], [1.0]]])
        >>> nrmse(truth, truth + 0.5, np.ones((1, 2), dtype=bool)).tolist()
        [0.5]
    """
    error = np.sqrt(mean((made - truth) ** 2, mask))[:, 0]
    return (error / deviation(truth, mask)).mean(1)


def correlation(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, " N"]:
    """Pearson's correlation over time, in [-1, 1]."""
    product = mean((truth - mean(truth, mask)) * (made - mean(made, mask)), mask)[:, 0]
    return (product / (deviation(truth, mask) * deviation(made, mask))).mean(1)


def fundamental(
    x: Float[np.ndarray, "N T C"], cycles: Float[np.ndarray, " N"], mask: Bool[np.ndarray, "N T"]
) -> Complex[np.ndarray, "N C"]:
    r"""Complex amplitude $a$ of $\mathrm{Re}(a e^{2 \pi i \nu t})$ in each record.

    Fitted by least squares together with an offset, which is the Fourier coefficient if
    the record holds whole cycles, and still exact if it does not.

    Args:
        x: The signals.
        cycles: $\nu$: how many cycles of the fundamental a time step has, in (0, 0.5).
        mask: Which steps are real.

    References:
        IEEE Standard for Digitizing Waveform Recorders (IEEE 1057, 2017), three-parameter
        sine fit.
    """
    angle = 2 * np.pi * cycles[:, None] * np.arange(x.shape[1])
    basis = np.stack([np.cos(angle), -np.sin(angle), np.ones_like(angle)], -1) * mask[..., None]
    inverse = np.linalg.pinv(basis.swapaxes(1, 2) @ basis, hermitian=True)
    fitted = inverse @ (basis.swapaxes(1, 2) @ x)
    return fitted[:, 0] + 1j * fitted[:, 1]


def phase_error(
    truth: Complex[np.ndarray, "N C"], made: Complex[np.ndarray, "N C"]
) -> Float[np.ndarray, " N"]:
    """Absolute phase between two fundamentals, in degrees, in [0, 180].

    Example:
        >>> phase_error(np.array([[1 + 0j]]), np.array([[2j]])).tolist()
        [90.0]
    """
    there = (np.abs(truth) > 0) & (np.abs(made) > 0)
    angle = np.abs(np.degrees(np.angle(made * truth.conj())))
    return np.where(there, angle, np.nan).mean(1)


def amplitude_ratio(
    truth: Complex[np.ndarray, "N C"], made: Complex[np.ndarray, "N C"]
) -> Float[np.ndarray, " N"]:
    """Amplitude of the made fundamental over that of the true one; 1 is right."""
    size = np.abs(truth)
    return (np.abs(made) / np.where(size > 0, size, np.nan)).mean(1)


def band_energy(
    truth: Float[np.ndarray, "N T C"],
    made: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    periodic: bool,
) -> Float[np.ndarray, " N"]:
    r"""How much energy stands in the wrong octave, as a share of the true energy.

    $\sum_b |\hat E_b - E_b| / \sum_b E_b$ over the octave bands $b$ of the spectrum without
    its mean; 0 is right, 1 is what silence gets. It does not see phases.

    Args:
        truth: The true signals.
        made: The made signals.
        mask: Which steps are real.
        periodic: Whether a record is whole periods; others are tapered by a Hann window.
    """
    result = np.full(len(truth), np.nan)
    lengths = mask.sum(1)
    for length in np.unique(lengths[lengths >= 2]):
        rows = lengths == length
        there, here = (_octaves(x[rows, :length], periodic) for x in (truth, made))
        total = there.sum(1)
        error = np.abs(here - there).sum(1) / np.where(total > 0, total, np.nan)
        result[rows] = error.mean(1)
    return result


def _octaves(x: Float[np.ndarray, "N T C"], periodic: bool) -> Float[np.ndarray, "N J C"]:
    """Energy in the bands of the bins 1, 2-3, 4-7, 8-15 and so on."""
    steps = x.shape[1]
    x = x - x.mean(1, keepdims=True)
    if not periodic:
        x = x * np.hanning(steps + 2)[1:-1, None]
    energy = np.abs(np.fft.rfft(x, axis=1)[:, 1:]) ** 2
    edges = 2 ** np.arange(int(np.log2(energy.shape[1])) + 1) - 1
    return np.add.reduceat(energy, edges, axis=1)


def law_residual(
    made: Float[np.ndarray, "N T C"],
    law: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, " N"]:
    r"""What is left of a signal by the best-fitted law, as a share of its deviation.

    $\min_{m, b} \mathrm{rms}(\hat x - m \ell - b) / \sigma_{\hat x} = \sqrt{1 -
    \rho(\hat x, \ell)^2}$: 0 follows the law, 1 has nothing to do with it.
    """
    return np.sqrt(np.maximum(1 - correlation(made, law, mask) ** 2, 0.0))


def crps(
    truth: Float[np.ndarray, "N T C"],
    samples: Float[np.ndarray, "N K T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, " N"]:
    r"""Continuous ranked probability score over the true signal's standard deviation.

    $\frac1K \sum_k |x_k - y| - \frac{1}{2 K (K - 1)} \sum_{k, l} |x_k - x_l|$, averaged
    over time: fair, since its mean does not depend on how many samples are drawn. It is
    the mean absolute error of a single forecast, and rewards honest spread.

    Raises:
        ValueError: If there are fewer than two samples.

    Example:
        >>> truth = np.array([[[-1.0], [1.0]]])
        >>> samples = np.array([[[[-1.0], [0.0]], [[-1.0], [2.0]]]])
        >>> crps(truth, samples, np.ones((1, 2), dtype=bool)).tolist()
        [0.0]

    References:
        Estimation of the Continuous Ranked Probability Score with Limited Information
        (Zamo and Naveau, 2018), the fair estimator.
    """
    count = samples.shape[1]
    if count < 2:
        raise ValueError(f"CRPS must have at least 2 samples of each record, got {count}")
    error = np.abs(samples - truth[:, None]).mean(1)
    rank = 2 * np.arange(1, count + 1) - count - 1
    apart = np.einsum("k,nktc->ntc", rank, np.sort(samples, 1)) / (count * (count - 1))
    return (mean(error - apart, mask)[:, 0] / deviation(truth, mask)).mean(1)


def spread(
    truth: Float[np.ndarray, "N T C"],
    samples: Float[np.ndarray, "N K T C"],
    mask: Bool[np.ndarray, "N T"],
) -> Float[np.ndarray, " N"]:
    """Standard deviation among samples, rms over time, over that of the true signal."""
    variance = samples.var(1, ddof=1)
    return (np.sqrt(mean(variance, mask))[:, 0] / deviation(truth, mask)).mean(1)
