"""An update: which parts train, by which forward pass, on which objective."""

from dataclasses import dataclass
from typing import Literal

import torch

from ..core.ranges import at_least, below_one, positive
from ..core.roles import Schedule
from ..core.system import System
from ..objectives.objective import Objective
from ..schedules import Constant
from .forward_passes import ForwardPass


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Parts that train together, against one objective.

    Args:
        trains: Names of the parts that train.
        forward_pass: What they play.
        objective: What to hold down.
        optimizer: `adamw` decays weights beside the gradient, `adam` within it; `rmsprop` too,
            and divides by the average square of the gradient alone.
        learning_rate: Learning rate.
        weight_decay: Weight decay.
        clip_norm: Longest gradient allowed, as a Euclidean norm over all that trains.
        betas: Decay of the optimiser's averages of the gradient and of its square; the first
            must be 0 for `rmsprop`, which has only the second.
        repeats: Updates per turn, each on its own batch.

    Raises:
        ValueError: If the objective reads what the forward pass does not provide, or
            a part that trains is named twice, or a setting is out of range.
    """

    trains: tuple[str, ...]
    forward_pass: ForwardPass
    objective: Objective
    optimizer: Literal["adamw", "adam", "rmsprop"] = "adamw"
    learning_rate: Schedule = Constant(1e-3)
    weight_decay: Schedule = Constant(0.0)
    clip_norm: Schedule = Constant(1.0)
    betas: tuple[float, float] = (0.9, 0.999)
    repeats: int = 1

    def __post_init__(self) -> None:
        missing = self.objective.reads - self.forward_pass.provides
        if missing:
            raise ValueError(
                f"the objective reads {sorted(missing)}, but {type(self.forward_pass).__name__}"
                f" only provides {sorted(self.forward_pass.provides)}"
            )
        if len(set(self.trains)) != len(self.trains) or not self.trains:
            raise ValueError(f"trains must name parts once each, got {list(self.trains)}")
        at_least(1, repeats=self.repeats)
        for beta in self.betas:
            below_one(betas=beta)
        if self.optimizer == "rmsprop" and self.betas[0]:
            raise ValueError(
                "betas must begin with 0 for rmsprop, which has no average of the gradient, got"
                f" {list(self.betas)}; the field's usual ones are [0, 0.99]"
            )
        for progress in (0.0, 0.5, 1.0):
            settings = self.schedules(progress)
            positive(clip_norm=settings.pop("clip_norm"))
            at_least(0, **settings)

    def schedules(self, progress: float) -> dict[str, float]:
        """The scheduled settings of the optimiser at `progress`."""
        return {
            "learning_rate": self.learning_rate(progress),
            "weight_decay": self.weight_decay(progress),
            "clip_norm": self.clip_norm(progress),
        }

    def weights(self, progress: float) -> dict[str, float]:
        """The weights of the objective that a schedule moves, as they are at `progress`.

        Example:
            >>> from ..objectives.criteria import SquaredError
            >>> from ..objectives.objective import Objective, Term
            >>> from ..schedules import Linear
            >>> from .forward_passes import Reconstruct
            >>> term = Term(criterion=SquaredError(), weight=Linear(0.0, 1.0))
            >>> objective = Objective({"fit": term})
            >>> forward_pass = Reconstruct()
            >>> trains = ("representation",)
            >>> update = Update(trains=trains, forward_pass=forward_pass, objective=objective)
            >>> update.weights(0.5)
            {'weight/fit': 0.5}
        """
        return {
            f"weight/{name}": term.weight(progress)
            for name, term in self.objective.terms.items()
            if not isinstance(term.weight, Constant)
        }

    def make_optimizer(self, system: System) -> torch.optim.Optimizer:
        """A fresh optimiser of what trains."""
        parameters, (first, second) = system.focus(self.trains), map(float, self.betas)
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters, alpha=second, foreach=True)
        kind = torch.optim.AdamW if self.optimizer == "adamw" else torch.optim.Adam
        return kind(parameters, betas=(first, second), fused=True)
