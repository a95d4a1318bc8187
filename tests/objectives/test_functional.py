"""Distances against NumPy and numbers worked out by hand."""

import math

import numpy as np
import pytest
import torch

from latentloom.objectives import functional as F

LENGTHS = [14, 10, 7]


@pytest.fixture
def pair():
    return tuple(torch.randn(3, 14, 2, dtype=torch.double) for _ in range(2))


@pytest.fixture
def mask():
    return torch.arange(14) < torch.tensor(LENGTHS)[:, None]


def records(x):
    """The real part of each signal, as NumPy sees it."""
    return [signal[:length].numpy() for signal, length in zip(x, LENGTHS, strict=True)]


def each(function, *signals):
    values = [function(*parts) for parts in zip(*map(records, signals), strict=True)]
    return torch.tensor(np.array(values))


def test_errors_are_those_of_numpy(pair, mask):
    torch.testing.assert_close(F.mae(*pair, mask), each(lambda a, b: np.abs(a - b).mean(), *pair))
    torch.testing.assert_close(F.mse(*pair, mask), each(lambda a, b: ((a - b) ** 2).mean(), *pair))


def test_huber_is_that_of_numpy(pair, mask):
    def huber(a, b):
        error = np.abs(a - b)
        return np.where(error < 0.7, error**2 / 2, 0.7 * (error - 0.35)).mean()

    torch.testing.assert_close(F.huber(*pair, mask, 0.7), each(huber, *pair))


def test_relative_error_is_that_of_numpy(pair, mask):
    wanted = each(lambda a, b: ((a - b) ** 2).mean() / b.var(0).mean(), *pair)
    torch.testing.assert_close(F.relative_error(*pair, mask), wanted)


def test_relative_error_of_a_constant_is_over_the_floor():
    target, mask = torch.ones(1, 4, 1), torch.ones(1, 4, dtype=torch.bool)
    assert F.relative_error(target + 0.1, target, mask, 0.5).item() == pytest.approx(0.02)


def test_correlation_is_that_of_numpy(pair, mask):
    def pearson(a, b):
        return [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(2)]

    torch.testing.assert_close(F.correlation(*pair, mask), each(pearson, *pair))


def test_autocorrelation_is_that_of_numpy(pair, mask):
    def correlated(a):
        a = a - a.mean(0)
        full = [np.correlate(channel, channel, "full") / channel.dot(channel) for channel in a.T]
        return np.stack([c[len(a) : len(a) + 4] for c in full], 1)

    torch.testing.assert_close(F.autocorrelation(pair[0], mask, 4), each(correlated, pair[0]))


def test_autocorrelation_ignores_offset_and_scale(pair, mask):
    x = pair[0]
    torch.testing.assert_close(
        F.autocorrelation(x, mask, 5), F.autocorrelation(7 - 3 * x, mask, 5)
    )


def test_lag_ratio_is_that_of_numpy(pair, mask):
    def ratios(a):
        return np.stack(
            [(a[l:] * a[:-l]).sum(0) / (a[:-l] ** 2).sum(0) for l in range(1, 5)]  # noqa: E741
        )

    torch.testing.assert_close(F.lag_ratio(pair[0], mask, 4), each(ratios, pair[0]))


def test_lag_ratio_of_a_constant_is_one(mask):
    made = F.lag_ratio(torch.full((3, 14, 1), 0.3), mask, 3)
    torch.testing.assert_close(made, torch.ones(3, 3, 1))


def test_a_signal_that_leaves_zero_at_its_end_has_a_bounded_lag_ratio():
    late = torch.zeros(1, 12, 1, dtype=torch.float64)
    late[:, -1], late[:, 0] = 1.0, 1e-9
    late.requires_grad_()
    made = F.lag_ratio(late, torch.ones(1, 12, dtype=torch.bool), 11, eps=1e-4)
    made.square().sum().backward()
    assert made.abs().max() <= 1e2  # 1 / sqrt(eps), by the inequality of Cauchy and Schwarz
    assert late.grad.abs().max() < 1e4


@pytest.mark.parametrize("function", [F.autocorrelation, F.lag_ratio])
def test_lags_past_the_signal_are_refused(function):
    with pytest.raises(ValueError, match=r"lags must be in \[1, 9\], got 10"):
        function(torch.randn(2, 10, 1), torch.ones(2, 10, dtype=torch.bool), 10)


def test_channels_are_correlated_as_in_numpy(pair, mask):
    wanted = each(lambda a: np.corrcoef(a.T), pair[0])
    torch.testing.assert_close(F.cross_channel(pair[0], mask), wanted)
    gap = each(lambda a, b: (np.corrcoef(a.T) - np.corrcoef(b.T))[0, 1] ** 2, *pair)
    torch.testing.assert_close(F.cross_channel_distance(*pair, mask), gap)


def test_one_channel_has_no_cross_correlation():
    x = torch.randn(1, 4, 1)
    with pytest.raises(ValueError, match="need at least 2 channels, got 1"):
        F.cross_channel_distance(x, x, torch.ones(1, 4, dtype=torch.bool))


def magnitudes(x, window):
    """Magnitudes of the short-time spectra of one channel, by the plain definition."""
    x = np.pad(x, window // 2)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    starts = range(0, len(x) - window + 1, window // 4)
    return np.abs(np.stack([np.fft.rfft(hann * x[i : i + window]) for i in starts]))


def test_spectral_distance_is_that_of_numpy():
    made, real = torch.randn(1, 32, 1).double(), torch.randn(1, 32, 1).double()
    wanted = []
    for window in (8, 16):
        a, b = (magnitudes(x[0, :, 0].numpy(), window) for x in (made, real))
        floor = 1e-6 * (b**2).mean()
        a, b = np.sqrt(a**2 + floor), np.sqrt(b**2 + floor)
        convergence = np.linalg.norm(a - b) / np.linalg.norm(b)
        wanted.append(convergence + np.abs(np.log(a) - np.log(b)).mean())
    mask = torch.ones(1, 32, dtype=torch.bool)
    got = F.spectral_distance(made, real, mask, [8, 16]).item()
    assert got == pytest.approx(np.mean(wanted), rel=1e-6)


def test_windows_longer_than_signals_are_refused(pair, mask):
    with pytest.raises(ValueError, match=r"windows must be in \[4, 14\] steps, got \[8, 16\]"):
        F.spectral_distance(*pair, mask, [8, 16])


def test_cross_entropy_of_even_odds_is_the_logarithm_of_their_number():
    codes, mask = torch.zeros(1, 3, 2, dtype=torch.long), torch.ones(1, 3, dtype=torch.bool)
    assert F.cross_entropy(torch.zeros(1, 3, 2, 8), codes, mask).item() == pytest.approx(
        math.log(8)
    )


def test_cross_entropy_with_smoothing_is_that_of_torch():
    logits, codes = torch.randn(2, 3, 1, 5), torch.randint(0, 5, (2, 3, 1))
    mask = torch.ones(2, 3, dtype=torch.bool)
    wanted = torch.nn.functional.cross_entropy(
        logits.flatten(0, 2), codes.flatten(), label_smoothing=0.2
    )
    torch.testing.assert_close(F.cross_entropy(logits, codes, mask, 0.2).mean(), wanted)


def test_codes_that_cannot_be_get_no_smoothing():
    logits, codes = torch.randn(2, 3, 1, 5), torch.randint(0, 4, (2, 3, 1))
    mask = torch.ones(2, 3, dtype=torch.bool)
    closed = logits.clone()
    closed[..., 4] = -math.inf
    torch.testing.assert_close(
        F.cross_entropy(closed, codes, mask, 0.1),
        F.cross_entropy(logits[..., :4], codes, mask, 0.1),
    )


def test_smoothing_spares_codes_that_a_book_lacks():
    logits = torch.randn(2, 3, 2, 16)
    logits[:, :, 1, 8:] = -1e4
    codes = torch.randint(0, 8, (2, 3, 2))
    mask = torch.ones(2, 3, dtype=torch.bool)
    plain, smooth = (F.cross_entropy(logits, codes, mask, s) for s in (0.0, 0.1))
    assert (smooth - plain).abs().max() < 1.0
