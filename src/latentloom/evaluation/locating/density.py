"""How likely a measured state is at each frame of a predicted sequence."""

import math

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import gammaln


def squared_distances(
    states: Float[np.ndarray, "N S C"],
    predicted: Float[np.ndarray, "N T C"],
    covariance: Float[np.ndarray, "T C C"],
) -> Float[np.ndarray, "N S T"]:
    r"""Squared distance of each state from each frame, in units of what predictions miss.

    $d^2_{st} = (x_s - \hat x_t)^\top \Sigma_t^{-1} (x_s - \hat x_t)$ (Mahalanobis).

    Args:
        states: Measured states of each sequence.
        predicted: What was predicted of it.
        covariance: Of the errors at each frame.

    Example:
        >>> states, predicted = np.array([[[2.0]]]), np.array([[[0.0], [1.0]]])
        >>> squared_distances(states, predicted, np.full((2, 1, 1), 4.0)).tolist()
        [[[1.0, 0.25]]]
    """
    whitener = np.linalg.inv(np.linalg.cholesky(covariance))
    at = np.einsum("tij,ntj->nti", whitener, predicted)
    flat = whitener.reshape(-1, whitener.shape[2]).T
    found = np.empty((*states.shape[:2], predicted.shape[1]))
    for row, own in enumerate(states):
        white = (own @ flat).reshape(len(own), *at.shape[1:])
        found[row] = ((white - at[row]) ** 2).sum(-1)
    return found


def log_density(
    squared: Float[np.ndarray, "N S T"],
    covariance: Float[np.ndarray, "T C C"],
    tails: float,
) -> Float[np.ndarray, "N S T"]:
    r"""Logarithm of the density of a state at each frame.

    Student's t with $\nu$ degrees of freedom and the covariance $\Sigma_t$, which is normal
    where $\nu$ is infinite: $\log p = \text{const} - \frac12 \log |\Sigma_t| -
    \frac{\nu + C}{2} \log(1 + d^2_{st} / (\nu - 2))$.

    Args:
        squared: Squared distances, as `squared_distances` gives them.
        covariance: Of the errors at each frame.
        tails: $\nu$, above 2.

    References:
        Multivariate T-Distributions and Their Applications (Kotz and Nadarajah, 2004),
        equation 1.1.
    """
    size = covariance.shape[1]
    volume = np.linalg.slogdet(covariance)[1] / 2
    if math.isinf(tails):
        return -squared / 2 - volume - size / 2 * math.log(2 * math.pi)
    constant = (
        gammaln((tails + size) / 2)
        - gammaln(tails / 2)
        - size / 2 * math.log((tails - 2) * math.pi)
    )
    return constant - volume - (tails + size) / 2 * np.log1p(squared / (tails - 2))


def spread(
    errors: Float[np.ndarray, "N T C"],
    mask: Bool[np.ndarray, "N T"],
    *,
    window: float,
    shrinkage: float,
    floor: Float[np.ndarray, " C"],
) -> Float[np.ndarray, "T C C"]:
    r"""Covariance of prediction errors at each frame, about zero and smooth in time.

    $\Sigma_t = (1 - \lambda) S_t + \lambda \, \mathrm{diag} S_t + \mathrm{diag} f^2$ with $S_t =
    \sum_s k(t - s) \sum_n e_{ns} e_{ns}^\top / \sum_s k(t - s) n_s$ and a Gaussian window $k$.

    Args:
        errors: Truth minus prediction, on records that the prediction did not learn from.
        mask: Which frames are real and were predicted.
        window: Standard deviation of the window, in frames; infinite for one covariance.
        shrinkage: $\lambda$, by how much components are taken to err independently, in [0, 1].
        floor: $f$, the least standard deviation of each component, in its unit.

    Raises:
        ValueError: If no frame is real.
    """
    if not mask.any():
        raise ValueError("errors must have a frame that was predicted, got none")
    real = np.where(mask[..., None], errors, 0.0)
    frames = np.arange(errors.shape[1])
    weight = np.exp(-(((frames[:, None] - frames) / window) ** 2) / 2)
    weight += 1e-12  # frames that nothing real is near take what there is
    moments = np.einsum("nti,ntj->tij", real, real)
    counts = (weight @ mask.sum(0))[:, None, None]
    smooth = np.einsum("ts,sij->tij", weight, moments) / counts
    alone = np.einsum("tii->ti", smooth)[:, :, None] * np.eye(errors.shape[2])
    return (1 - shrinkage) * smooth + shrinkage * alone + np.diag(floor**2)
