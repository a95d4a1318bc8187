"""What networks make of a lineup: all cases are learned and judged in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from ...nn.stacked import sources
from .role import Case, Lineup
from .training import Draws, Losses, Training, few_threads, train, train_until_worse
from .views import Plain, Standardised, View, padded

Build = Callable[[Sequence[Generator]], nn.Module]


def verdicts(
    build: Build, lineup: Lineup, cases: Sequence[Case], training: Training
) -> Float[np.ndarray, "K N"]:
    """How real each tested signal seems to networks that stop when they get no better.

    Args:
        build: Makes the networks, one for each source of random numbers.
        lineup: Real and made signals; standardised by what each network fits.
        cases: What each network learns from and judges.
        training: How they learn.
    """
    network = build(sources([case.seed for case in cases]))
    view = Standardised(lineup.signals, [case.fit for case in cases])
    losses = _losses(network, view, lineup, cases, training)
    check = _check(network, view, lineup, cases)
    with few_threads(network):
        train_until_worse(network, losses, training, check=check)
        return _judged(network, view, lineup, cases)


def legacy_verdicts(
    build: Build, lineup: Lineup, cases: Sequence[Case], training: Training
) -> Float[np.ndarray, "K N"]:
    """How real each tested signal seems to networks that take every step.

    Args:
        build: Makes the networks, one for each source of random numbers.
        lineup: Real and made signals, seen in the units they have.
        cases: What each network learns from and judges.
        training: How they learn.
    """
    network, view = build(sources([case.seed for case in cases])), Plain(lineup.signals)
    losses = _losses(network, view, lineup, cases, training)
    with few_threads(network):
        train(network, losses, training)
        return _judged(network, view, lineup, cases)


def _losses(
    network: nn.Module, view: View, lineup: Lineup, cases: Sequence[Case], training: Training
) -> Losses:
    """Cross-entropy of as many real as made signals, the two kinds summed, in nats."""
    draws = [  # of each kind by itself, so that no real signal is always beside one made signal
        Draws(rows, batch=training.batch, seeds=[(case.seed, kind) for case in cases])
        for kind, rows in enumerate(_kinds(lineup, [case.fit for case in cases]))
    ]

    def losses() -> Float[Tensor, " S"]:
        real, made = (draw() for draw in draws)
        seems = network(view(torch.cat((real, made), 1)))
        size = real.shape[1]
        return F.softplus(-seems[:, :size]).mean(1) + F.softplus(seems[:, size:]).mean(1)

    return losses


def _check(network: nn.Module, view: View, lineup: Lineup, cases: Sequence[Case]) -> Losses:
    """The same cross-entropy over what each network does not learn from."""
    real, made = _kinds(lineup, [case.stop for case in cases])

    def entropy(rows: list[Int[np.ndarray, " _"]], sign: int) -> Float[Tensor, " S"]:
        total = torch.zeros(len(rows))
        for block, there in padded(rows):
            total += (F.softplus(sign * network(view(block))) * there).sum(1)
        return total / torch.tensor([len(row) for row in rows])

    return lambda: entropy(real, -1) + entropy(made, 1)


@torch.no_grad()
def _judged(
    network: nn.Module, view: View, lineup: Lineup, cases: Sequence[Case]
) -> Float[np.ndarray, "K N"]:
    result = np.full((len(cases), lineup.signals.size), np.nan)
    for rows, there in padded([case.test for case in cases]):
        seems, known = network(view(rows)).numpy(), there.numpy() > 0
        for case, row in enumerate(rows.numpy()):
            result[case, row[known[case]]] = seems[case, known[case]]
    return result


def _kinds(
    lineup: Lineup, rows: Sequence[Int[np.ndarray, " _"]]
) -> tuple[list[Int[np.ndarray, " _"]], list[Int[np.ndarray, " _"]]]:
    """The real and the made ones of some rows of each case."""
    return [row[lineup.real[row]] for row in rows], [row[~lineup.real[row]] for row in rows]
