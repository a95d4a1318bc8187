"""Networks that foretell the next step, and how wrong they are about signals not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from ...nn.stacked import StackedGru, StackedLinear, sources
from ..population import Population
from .role import Case
from .training import Draws, Training, few_threads, train, train_until_worse
from .views import BLOCK, Plain, Seen, padded


class Forecaster(nn.Module):
    """S networks that foretell every channel of a later step from all steps so far.

    They add to the present step what they expect to change.

    Args:
        channels: How many channels signals have.
        units: How many features a state has.
        ahead: How many steps later.
        random: Where each network draws its first weights from.
    """

    def __init__(
        self, channels: int, units: int, *, ahead: int, random: Sequence[Generator]
    ) -> None:
        super().__init__()
        self.ahead = ahead
        self.gru = StackedGru(channels, units, random=random)
        self.change = StackedLinear(units, channels, random=random)

    def forward(self, seen: Seen) -> Float[Tensor, "S B T"]:
        """The absolute error about each step that has one before it, averaged over channels."""
        now, after = seen.values[:, :, : -self.ahead], seen.values[:, :, self.ahead :]
        return (now + self.change(self.gru(now)) - after).abs().mean(-1)


class LegacyForecaster(nn.Module):
    """S networks that foretell the last channel from the others, within [0, 1].

    Args:
        channels: How many channels signals have, the last included.
        random: Where each network draws its first weights from.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code:
        `metrics/predictive_metrics.py`.
    """

    ahead = 1

    def __init__(self, channels: int, *, random: Sequence[Generator]) -> None:
        super().__init__()
        units = channels // 2
        self.gru = StackedGru(channels - 1, units, random=random)
        self.said = StackedLinear(units, 1, random=random)

    def forward(self, seen: Seen) -> Float[Tensor, "S B T"]:
        """The absolute error about the last channel of each next step."""
        said = self.said(self.gru(seen.values[:, :, :-1, :-1])).sigmoid()
        return (said[..., 0] - seen.values[:, :, 1:, -1]).abs()


def legacy_errors(
    made: Population, held: Population, *, seeds: Sequence[int], training: Training
) -> Float[np.ndarray, "R N"]:
    """Mean absolute error of each network about each real signal, as in published tables.

    Args:
        made: What the networks learn from; scaled to [0, 1].
        held: What they are asked about; scaled to [0, 1].
        seeds: Of the networks.
        training: How they learn.
    """
    network, view = LegacyForecaster(made.width, random=sources(seeds)), Plain(made)
    draws = Draws([foretold(made)] * len(seeds), batch=training.batch, seeds=seeds)
    with few_threads(network):
        train(network, lambda: _wrong(network, view(draws())).mean(1), training)
        return _asked(network, held, len(seeds))


def errors(
    known: Population,
    held: Population,
    cases: Sequence[Case],
    *,
    units: int,
    ahead: int,
    training: Training,
) -> Float[np.ndarray, "K N"]:
    """Mean absolute error of each network about each signal that it is asked about.

    Args:
        known: Everything that a network may learn from.
        held: What they are asked about.
        cases: What of the known each learns from, and what tells it when to stop.
        units: How many features their state has.
        ahead: How many steps later what they foretell is.
        training: How they learn.
    """
    seeds = [case.seed for case in cases]
    network, view = (
        Forecaster(known.width, units, ahead=ahead, random=sources(seeds)),
        Plain(known),
    )
    draws = Draws([case.fit for case in cases], batch=training.batch, seeds=seeds)
    stops = [case.stop for case in cases]

    def check() -> Float[Tensor, " S"]:
        total = torch.zeros(len(stops))
        for rows, there in padded(stops):
            total += (_wrong(network, view(rows)) * there).sum(1)
        return total / torch.tensor([len(rows) for rows in stops])

    def losses() -> Float[Tensor, " S"]:
        return _wrong(network, view(draws())).mean(1)

    with few_threads(network):
        train_until_worse(network, losses, training, check=check)
        return _asked(network, held, len(cases))


def foretold(signals: Population, ahead: int = 1) -> Int[np.ndarray, " _"]:
    """The signals that have a step so many steps after their first."""
    return np.flatnonzero(signals.extent > ahead)


def _wrong(network: Forecaster | LegacyForecaster, seen: Seen) -> Float[Tensor, "S B"]:
    """The error about each signal, averaged over its real steps that are foretold."""
    after = seen.mask[:, :, network.ahead :, 0]
    return (network(seen) * after).sum(2) / after.sum(2).clamp(min=1)


@torch.no_grad()
def _asked(
    network: Forecaster | LegacyForecaster, held: Population, networks: int
) -> Float[np.ndarray, "S N"]:
    """The error of every network about every signal; NaN about those that are too short."""
    view, result = Plain(held), np.full((networks, held.size), np.nan)
    asked = foretold(held, network.ahead)
    for rows in np.split(asked, range(BLOCK, len(asked), BLOCK)):
        each = torch.from_numpy(rows).expand(networks, -1)
        result[:, rows] = _wrong(network, view(each)).numpy()
    return result
