"""One update at work: its optimiser, and what one step of it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..core.batch import Batch
from ..core.errors import TrainingError
from ..core.roles import Outputs
from ..core.system import System
from .plateau import Lowering
from .precision import Precision
from .update import Update


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step leaves: the parts of its loss, the codes it met, and which of them are real."""

    losses: Mapping[str, Tensor]
    codes: Tensor | None
    real: Tensor | None


class GradientError(TrainingError):
    """A gradient that is not finite; the weights are as before its step.

    Args:
        where: The phase and step.
        losses: The parts of the loss.
    """

    def __init__(self, where: str, losses: Mapping[str, Tensor]) -> None:
        parts = ", ".join(f"{name} {float(part):.4g}" for name, part in losses.items())
        self.found = f"{where}: the gradient must be finite, got {parts}"
        super().__init__(
            f"{self.found}; the weights are as before this step; a lower learning_rate or"
            " clip_norm may cure it"
        )


class Turn:
    """An update with the optimiser that belongs to it.

    Args:
        update: What is done.
        system: Whose parts train.
        precision: The number format of the forward pass.
        accumulate: Parts that a batch is cut into.
        lowering: What becomes of its learning rate where nothing gets better.
    """

    def __init__(
        self,
        update: Update,
        system: System,
        precision: Precision,
        *,
        accumulate: int,
        lowering: Lowering,
    ) -> None:
        self.update = update
        self.system = system
        self.precision = precision
        self.accumulate = accumulate
        self.lowering = lowering
        self.optimizer = update.make_optimizer(system)
        self.parameters = [p for group in self.optimizer.param_groups for p in group["params"]]

    def step(self, batch: Batch, progress: float, where: str) -> Taken:
        """Descends once: forward, backward, clip, step.

        Args:
            batch: The signals.
            progress: Of the phase, in [0, 1].
            where: The phase and step, for the message of a failure.

        Raises:
            GradientError: If the loss or a gradient is not finite; the weights are
                then as they were.
        """
        self.optimizer.zero_grad()
        losses: dict[str, Tensor] = {}
        codes: list[Tensor] = []
        real: list[Tensor] = []
        for piece, share in self._pieces(batch):
            outputs = self._play(piece, progress)
            loss = self.update.objective(outputs, progress)
            self.precision.scaler.scale(loss.total * share).backward()
            for name, part in {**loss.parts, "total": loss.total.detach()}.items():
                losses[name] = losses.get(name, 0.0) + part * share
            if "codes" in outputs:
                codes.append(outputs["codes"])
                real.append(outputs["code_mask"])
        self._descend(progress, losses, where)
        if not codes:
            return Taken(losses=losses, codes=None, real=None)
        return Taken(losses=losses, codes=torch.cat(codes), real=torch.cat(real))

    def start_afresh(self) -> None:
        """Forgets what the optimiser remembers of the gradients so far."""
        self.optimizer = self.update.make_optimizer(self.system)

    def settings(self, progress: float) -> dict[str, float]:
        """The settings of the optimiser at `progress`, the learning rate as it was lowered."""
        settings = self.update.schedules(progress)
        lowered = {"learning_rate": self.lowering(settings["learning_rate"])}
        return settings | lowered

    def state(self) -> Mapping[str, Any]:
        """What a checkpoint keeps of it."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.precision.scaler.state_dict(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.optimizer.load_state_dict(state["optimizer"])
        if state["scaler"]:
            self.precision.scaler.load_state_dict(state["scaler"])

    def _pieces(self, batch: Batch) -> Sequence[tuple[Batch, float]]:
        if self.accumulate == 1:
            return [(batch, 1.0)]
        size = batch.context.size
        length = -(-size // self.accumulate)
        pieces = [batch[slice(start, start + length)] for start in range(0, size, length)]
        return [(piece, piece.context.size / size) for piece in pieces]

    def _play(self, batch: Batch, progress: float) -> Outputs:
        with self.precision.context():
            outputs = self.update.forward_pass(self.system, batch, progress)
        return self.precision.raised(outputs)

    def _descend(self, progress: float, losses: Mapping[str, Tensor], where: str) -> None:
        settings = self.settings(progress)
        self.precision.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.parameters, settings["clip_norm"])
        healthy = norm if not self.precision.scaler.is_enabled() else losses["total"]
        if not bool(torch.isfinite(healthy)):
            raise GradientError(where, losses)
        for group in self.optimizer.param_groups:
            group["lr"], group["weight_decay"] = (
                settings["learning_rate"],
                settings["weight_decay"],
            )
        self.precision.scaler.step(self.optimizer)
        self.precision.scaler.update()
