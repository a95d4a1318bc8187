"""Predictors made of another one, by what is known of every signal."""

from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.roles import Predictor
from ..nn.balance import with_swing
from ..nn.convolution import Padding
from .known import Conditions


def _check_period(padding: Padding) -> None:
    if padding != "circular":
        raise ValueError("this predictor is for periodic signals only; the data is not periodic")


class Balanced(Predictor):
    r"""Splits a prediction into a shape, which another part predicts, and a learned size.

    An induced voltage is the slope of a flux: over a period it has no mean, and its integral
    swings between the two peaks of the flux. Here that swing is learned, as one number or
    as a function of the conditions, and the other prediction is balanced and scaled to it.
    This is for signals whose swing is not known beforehand; where it is, the constraint
    `FluxSwing` says it exactly.

    Args:
        channels: How many channels a signal has.
        conditions: How many scalars are known of each signal.
        padding: Whether signals are periodic; they must be.
        predictor: What predicts the shape.
        swing: Whether the swing is the same for all signals (`shared`) or depends on
            their conditions (`conditions`).

    Raises:
        ValueError: If signals are not periodic, or there are no conditions to depend on.
    """

    def __init__(
        self,
        channels: int,
        conditions: int,
        padding: Padding,
        *,
        predictor: Predictor,
        swing: Literal["shared", "conditions"] = "shared",
    ) -> None:
        super().__init__()
        _check_period(padding)
        if swing == "conditions" and not conditions:
            raise ValueError("swing must be `shared`: the data has no conditions")
        self.predictor = predictor
        self.log_swing = nn.Parameter(torch.zeros(channels))
        self.conditions = Conditions(conditions if swing == "conditions" else 0)
        width = self.conditions.width
        self.refine = nn.Linear(width, channels, bias=False) if width else None
        if self.refine is not None:
            nn.init.zeros_(self.refine.weight)

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        log_swing = self.log_swing.expand(context.size, -1)
        known = self.conditions(context)
        if self.refine is not None and known is not None:
            log_swing = log_swing + self.refine(known)
        return with_swing(self.predictor(context).float(), log_swing.exp()[:, None])


class Averaged(Predictor):
    r"""Averages another prediction over rolls and signs of a periodic drive.

    When drive and signal are rolled alike, or both change sign, the truth changes with
    them. A predictor that folds $s$ steps into one knows this only for whole folds; the
    mean over `shifts` rolls, each undone, knows it for all. It averages outside training
    only, where it costs as many predictions as it averages.

    Args:
        padding: Whether signals are periodic; they must be.
        predictor: What predicts signals.
        shifts: How many rolls, by 0, 1, 2, ... steps.
        signs: Whether a drive is also seen with the other sign (`both`), for drives and
            signals that were scaled but not shifted.

    Raises:
        ValueError: If signals are not periodic, or there is no roll.
    """

    def __init__(
        self,
        padding: Padding,
        *,
        predictor: Predictor,
        shifts: int = 8,
        signs: Literal["one", "both"] = "one",
    ) -> None:
        super().__init__()
        _check_period(padding)
        if shifts < 1:
            raise ValueError(f"shifts must be at least 1, got {shifts}")
        self.predictor = predictor
        self.shifts = shifts
        self.signs = (1.0, -1.0) if signs == "both" else (1.0,)

    def forward(self, context: Context) -> Float[Tensor, "B T C"]:
        if self.training or context.drive is None:
            return self.predictor(context)
        drive = context.drive

        def seen(shift: int, sign: float) -> Float[Tensor, "B T C"]:
            turned = replace(context, drive=sign * drive.roll(shift, 1))
            return sign * self.predictor(turned).roll(-shift, 1)

        views = [seen(shift, sign) for shift in range(self.shifts) for sign in self.signs]
        return torch.stack(views).mean(0)
