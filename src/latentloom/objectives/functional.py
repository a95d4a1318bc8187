"""Distances between signals: pure, one number per signal, no weights.

Signals are averaged over their real steps, where the mask is true, and over their channels.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..generators.tokens import IMPOSSIBLE

_FLOOR = 1e-12
"""Keeps a division by the power of a silent signal finite, in squared units of the signal."""


def masked_mean(x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, " B"]:
    """Averages over the real steps and all channels of each signal.

    Example:
        >>> mask = torch.tensor([[True, True, False]])
        >>> masked_mean(torch.tensor([[[1.0], [3.0], [8.0]]]), mask)
        tensor([2.])
    """
    keep = mask[..., None]
    return x.where(keep, 0).sum((1, 2)) / (keep.sum((1, 2)).clamp_min(1) * x.shape[-1])


def centred(x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "B T C"]:
    """The signals minus the mean of each channel over its real steps; padding is zero."""
    keep = mask[..., None]
    mean = x.where(keep, 0).sum(1, keepdim=True) / keep.sum(1, keepdim=True).clamp_min(1)
    return (x - mean).where(keep, 0)


def mae(
    output: Float[Tensor, "B T C"], target: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, " B"]:
    """Mean absolute error, in the units of the signal."""
    return masked_mean((output - target).abs(), mask)


def mse(
    output: Float[Tensor, "B T C"], target: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, " B"]:
    """Mean squared error, in squared units of the signal."""
    return masked_mean((output - target).square(), mask)


def huber(
    output: Float[Tensor, "B T C"],
    target: Float[Tensor, "B T C"],
    mask: Bool[Tensor, "B T"],
    delta: float,
) -> Float[Tensor, " B"]:
    r"""Mean Huber error, in squared units of the signal.

    $e^2 / 2$ for errors $|e| \le \delta$, and $\delta (|e| - \delta / 2)$ beyond.

    References:
        Robust Estimation of a Location Parameter (Huber, 1964)
        https://doi.org/10.1214/aoms/1177703732
    """
    error = torch.nn.functional.huber_loss(output, target, reduction="none", delta=delta)
    return masked_mean(error, mask)


def relative_error(
    output: Float[Tensor, "B T C"],
    target: Float[Tensor, "B T C"],
    mask: Bool[Tensor, "B T"],
    floor: float = 1e-6,
) -> Float[Tensor, " B"]:
    r"""Mean squared error of a signal over its variance, the square of its NRMSE.

    $\langle (y - x)^2 \rangle / \max(\langle (x - \bar x)^2 \rangle, \mathrm{floor})$ with
    the target's mean $\bar x$ of each channel; without unit, the floor in squared units of
    the signal.
    """
    variance = masked_mean(centred(target, mask).square(), mask)
    return mse(output, target, mask) / variance.clamp_min(floor)


def correlation(
    x: Float[Tensor, "B T C"], y: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, "B C"]:
    """Pearson's correlation of each channel, in [-1, 1]; 0 where one is constant."""
    x, y = centred(x, mask), centred(y, mask)
    power = x.square().sum(1) * y.square().sum(1)
    return (x * y).sum(1) / power.clamp_min(_FLOOR).sqrt()


def autocorrelation(
    x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"], lags: int
) -> Float[Tensor, "B L C"]:
    r"""Normalised autocorrelation at lags 1 to `lags`, without unit.

    $r_l = \sum_t \tilde x_t \tilde x_{t+l} / \sum_t \tilde x_t^2$ with $\tilde x = x -
    \bar x$.

    Raises:
        ValueError: If a lag reaches past the signals.
    """
    _check_lags(x, lags)
    x = centred(x, mask)
    power = x.square().sum(1).clamp_min(_FLOOR)
    products = [(x[:, lag:] * x[:, :-lag]).sum(1) / power for lag in range(1, lags + 1)]
    return torch.stack(products, 1)


def lag_ratio(
    x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"], lags: int, eps: float = 1e-6
) -> Float[Tensor, "B L C"]:
    r"""Autocorrelation about zero at lags 1 to `lags`, without unit.

    $r_l = \sum_t x_t x_{t+l} / \sum_t x_t^2$, both sums over the steps $t$ that have a
    step $t + l$. Unlike `autocorrelation` it sees the mean: a constant has $r_l = 1$.

    Args:
        x: The signals.
        mask: Which steps are real.
        lags: The longest lag, in steps.
        eps: The least that is divided by, as a share of the power of all steps: a signal that
            is near zero until its last steps has no ratio to speak of.

    Raises:
        ValueError: If a lag reaches past the signals.
    """
    _check_lags(x, lags)
    least = eps * x.where(mask[..., None], 0).square().sum(1) + _FLOOR
    ratios = []
    for lag in range(1, lags + 1):
        keep = mask[:, lag:, None]
        leading, trailing = x[:, :-lag].where(keep, 0), x[:, lag:].where(keep, 0)
        power = leading.square().sum(1).maximum(least)
        ratios.append((leading * trailing).sum(1) / power)
    return torch.stack(ratios, 1)


def _check_lags(x: Tensor, lags: int) -> None:
    if not 1 <= lags < x.shape[1]:
        raise ValueError(f"lags must be in [1, {x.shape[1] - 1}], got {lags}")


def spectral_distance(
    output: Float[Tensor, "B T C"],
    target: Float[Tensor, "B T C"],
    mask: Bool[Tensor, "B T"],
    windows: Sequence[int],
) -> Float[Tensor, " B"]:
    r"""Distance between the magnitudes of short-time spectra, averaged over windows.

    For each window the sum of the spectral convergence $\| |X| - |Y| \|_F / \| |X| \|_F$
    of the target $X$ and the output $Y$, and the mean of $| \ln |X| - \ln |Y| |$; without
    unit. Hann windows overlap by three quarters, and magnitudes have a floor of a
    thousandth of the target's root mean square magnitude, below which nothing is heard.

    Args:
        output: The signals made.
        target: The signals wanted.
        mask: Which steps are real.
        windows: Lengths of the windows, in steps.

    Raises:
        ValueError: If a window is shorter than 4 steps or longer than the signals.

    References:
        Parallel WaveGAN (Yamamoto et al., 2020), equations 4 to 6
        https://arxiv.org/abs/1910.11480
    """
    steps = target.shape[1]
    if not windows or not all(4 <= window <= steps for window in windows):
        raise ValueError(f"windows must be in [4, {steps}] steps, got {list(windows)}")
    made, real = (x.where(mask[..., None], 0) for x in (output, target))
    distances = [_one_spectral_distance(made, real, window) for window in windows]
    return torch.stack(distances).mean(0)


def _one_spectral_distance(
    output: Float[Tensor, "B T C"], target: Float[Tensor, "B T C"], window: int
) -> Float[Tensor, " B"]:
    power = _spectrogram(target, window)
    floor = 1e-6 * power.mean((1, 2, 3), keepdim=True) + _FLOOR
    real = (power + floor).sqrt()
    made = (_spectrogram(output, window) + floor).sqrt()
    # A norm by hand: that of torch has no gradient where output and target are equal.
    gap = ((made - real).square().sum((1, 2, 3)) + _FLOOR).sqrt()
    convergence = gap / real.square().sum((1, 2, 3)).sqrt()
    return convergence + (made.log() - real.log()).abs().mean((1, 2, 3))


def _spectrogram(x: Float[Tensor, "B T C"], window: int) -> Float[Tensor, "B C Q S"]:
    """Power at each frequency and place."""
    spectra = torch.stft(
        x.transpose(1, 2).flatten(0, 1),
        window,
        hop_length=window // 4,
        window=torch.hann_window(window, dtype=x.dtype, device=x.device),
        pad_mode="constant",
        return_complex=True,
    )
    power = spectra.real.square() + spectra.imag.square()
    return power.unflatten(0, (x.shape[0], x.shape[2]))


def cross_channel(x: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "B C C"]:
    """Pearson's correlation of every channel with every other, in [-1, 1]."""
    x = centred(x, mask)
    x = x / x.square().sum(1, keepdim=True).clamp_min(_FLOOR).sqrt()
    return x.transpose(1, 2) @ x


def cross_channel_distance(
    output: Float[Tensor, "B T C"], target: Float[Tensor, "B T C"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, " B"]:
    """Mean squared difference of the correlations between pairs of channels, without unit.

    Raises:
        ValueError: If there is only one channel.
    """
    channels = target.shape[-1]
    if channels < 2:
        raise ValueError("correlations between channels need at least 2 channels, got 1")
    gap = cross_channel(output, mask) - cross_channel(target, mask)
    first, second = torch.triu_indices(channels, channels, offset=1)
    return gap[:, first, second].square().mean(1)


def cross_entropy(
    logits: Float[Tensor, "B S K V"],
    codes: Tensor,
    mask: Bool[Tensor, "B S"],
    smoothing: float = 0.0,
) -> Float[Tensor, " B"]:
    r"""Mean of $-\ln p$ of the codes over the real latent steps, in nats per code.

    With smoothing $s$, $-(1 - s) \ln p_k - \frac{s}{V} \sum_j \ln p_j$ over the $V$ codes
    that can be at all, those whose logits are finite.

    References:
        Rethinking the Inception Architecture (Szegedy et al., 2016), section 7
        https://arxiv.org/abs/1512.00567
    """
    log_prob = logits.log_softmax(-1)
    loss = -log_prob.gather(-1, codes[..., None])[..., 0]
    if smoothing:
        possible = logits > IMPOSSIBLE / 2
        even = -log_prob.where(possible, 0).sum(-1) / possible.sum(-1)
        loss = (1 - smoothing) * loss + smoothing * even
    return masked_mean(loss, mask)
