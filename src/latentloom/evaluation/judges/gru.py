"""Judges that read a signal from its first step to its last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from torch import Generator, Tensor, nn

from ...core.ranges import at_least
from ...nn.stacked import StackedGru, StackedLinear
from ..population import Population
from .neural import legacy_verdicts, verdicts
from .role import Case, Judge, Lineup
from .training import Training
from .views import Seen

LEAST_UNITS = 8
Reading = Callable[[Population], Population]


class GruVerdict(nn.Module):
    """S networks that say how real a signal seems from the last state of their recurrence.

    Args:
        channels: How many channels signals have.
        units: How many features a state has.
        random: Where each network draws its first weights from.
    """

    def __init__(self, channels: int, units: int, *, random: Sequence[Generator]) -> None:
        super().__init__()
        self.gru = StackedGru(channels, units, random=random)
        self.verdict = StackedLinear(units, 1, random=random)

    def forward(self, seen: Seen) -> Float[Tensor, "S B"]:
        """The logit of being real."""
        return self.verdict(self.gru.at_end(seen.values, seen.lengths))[..., 0]


class GruJudge(Judge):
    """Judges by a recurrent network with enough units, stopped where it gets no better.

    It has half as many units as there are channels, but at least `units`: the three units
    that the field's judge has for six channels see little, and none for one channel nothing.

    Args:
        units: How many units at least; 8 or more.
        training: How it learns.
        reading: What it is shown of signals, such as their changes beside them; the signals
            if None.

    Raises:
        ValueError: If it has fewer than 8 units.
    """

    def __init__(
        self,
        *,
        units: int = 16,
        training: Training | None = None,
        reading: Reading | None = None,
    ) -> None:
        at_least(LEAST_UNITS, units=units)
        self.units = units
        self.training = training or Training(steps=400, batch=64, rate=1e-2)
        self.reading = reading

    def judge(self, lineup: Lineup, cases: Sequence[Case]) -> Float[np.ndarray, "K N"]:
        if self.reading is not None:
            lineup = replace(lineup, signals=self.reading(lineup.signals))
        channels = lineup.signals.width
        units = max(self.units, channels // 2)

        def build(random: Sequence[Generator]) -> GruVerdict:
            return GruVerdict(channels, units, random=random)

        return verdicts(build, lineup, cases, self.training)


class LegacyGruJudge(Judge):
    """The judge behind the published tables: half as many units as channels, every step.

    Args:
        steps: How many steps it learns.
        batch: How many signals of each kind a step sees.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), code:
        `metrics/discriminative_metrics.py`.
    """

    def __init__(self, *, steps: int = 2000, batch: int = 128) -> None:
        self.training = Training(steps=steps, batch=batch)

    def judge(self, lineup: Lineup, cases: Sequence[Case]) -> Float[np.ndarray, "K N"]:
        """How real each tested signal seems.

        Raises:
            ValueError: If signals have one channel, for which it would have no unit.
        """
        channels = lineup.signals.width
        at_least(2, channels=channels)

        def build(random: Sequence[Generator]) -> GruVerdict:
            return GruVerdict(channels, channels // 2, random=random)

        return legacy_verdicts(build, lineup, cases, self.training)
