"""A phase being played: everything about it that a checkpoint must keep."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..core.batch import Batch
from ..core.roles import Representation
from ..core.system import System
from ..data.dataset import Dataset
from ..quantize.health import CodeUse, by_book
from .average import Average
from .compiling import compiled
from .convergence import Converging
from .feed import Epoch, Feed
from .foresight import Foresight
from .guarding import Guarding
from .phase import Phase
from .plateau import Lowering
from .precision import Precision
from .resetting import Resetting
from .turn import GradientError, Taken, Turn
from .validation import judge
from .watching import Look, look, watched


class Player:
    """Plays one phase, step by step, and knows where it stands.

    Args:
        phase: What is played.
        index: Which phase of the run it is.
        system: What is trained, in place.
        feed: The train split.
        validation: The validation split, ready for the parts.
        device: Where the parts are.
        also: Other splits by name, whose scores are recorded and choose nothing.
    """

    def __init__(
        self,
        phase: Phase,
        index: int,
        system: System,
        *,
        feed: Feed,
        validation: Dataset,
        device: torch.device,
        also: Mapping[str, Dataset] | None = None,
    ) -> None:
        self.phase, self.index, self.system = phase, index, system
        self.also = {} if also is None else also
        self.feed, self.validation, self.device = feed, validation, device
        precision = Precision(phase.precision, device)
        self.lowering = Lowering(phase.plateau)
        self.turns = [
            Turn(
                update,
                system,
                precision,
                accumulate=phase.accumulate,
                lowering=self.lowering,
            )
            for update in phase.updates
        ]
        self.trains = phase.trains
        self.parameters = system.focus(self.trains)
        self.average = self._new_average()
        self.epoch, self.step = 0, 0
        self.iteration = 0  # steps of all epochs
        self.best, self.since_best = float("inf"), 0
        self.best_epoch = 0  # where nothing was better than the weights it started from
        self.beaten = float("inf")  # the last score that patience counted as better
        self.best_weights: dict[str, Tensor] = {}
        self.last_weights: dict[str, Tensor] = {}
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.use = CodeUse(self._levels())
        self.focused: tuple[str, ...] = ()
        self.resetting = Resetting(phase.resets, system, self.trains)
        self.converging = Converging(phase.convergence)
        self.guarding = Guarding(phase.guard, system.state_dict())
        self.foresight = Foresight(system, device)
        self.look: Look | None = None  # at the latents, in the latest epoch
        self.began = time.perf_counter()
        self.compiled = compiled(phase, system)

    @property
    def batches_per_step(self) -> int:
        """How many batches one turn of all updates reads."""
        return sum(update.repeats for update in self.phase.updates)

    @property
    def steps_per_epoch(self) -> int:
        """How many steps a whole epoch has."""
        return max(1, self.feed.batches(self.phase.batch_size) // self.batches_per_step)

    @property
    def iterations(self) -> int:
        """How many steps the phase has, at most."""
        return self.phase.iterations or (self.phase.epochs or 0) * self.steps_per_epoch

    @property
    def epochs(self) -> int:
        """How many epochs the phase has, at most; the last one may be cut short."""
        return -(-self.iterations // self.steps_per_epoch)

    @property
    def steps(self) -> int:
        """How many steps the epoch has in which the player stands."""
        return min(self.steps_per_epoch, self.step + self.iterations - self.iteration)

    @property
    def impatient(self) -> bool:
        """Whether the patience is used up."""
        return 0 < self.phase.patience <= self.since_best

    @property
    def finished(self) -> bool:
        """Whether the phase has converged, or has used up what it may."""
        over = self.impatient or self.guarding.gave_up or self.converging.ends
        return self.iteration >= self.iterations or over

    def judge_incoming(self) -> None:
        """Judges the weights that the phase starts from, if they may be chosen too."""
        if self.phase.incoming == "judged":
            score = self.scores()[self.phase.select]
            if score < self.best:
                self.best, self.beaten, self.best_weights = score, score, self.weights()

    def begin_epoch(self) -> Epoch:
        """The samples of the epoch in which the player stands."""
        epoch = self.feed.epoch(self.index, self.epoch, self.phase.vary)
        if self.phase.stratify is not None:
            part = self.system.representation
            epoch = self.feed.stratified(
                epoch,
                self.phase.stratify,
                at=(self.index, self.epoch),
                batch_size=self.phase.batch_size,
                whole=part.grain if isinstance(part, Representation) else 1,
            )
        unvaried = self.feed.in_memory
        if unvaried is None:
            return epoch
        if self.system.base is not None and "base" not in self.trains:
            self.focused = ()
            epoch = self.foresight.of(epoch, unvaried)
        if self._asks_latents_alone:
            self.focused = ()
            epoch = self.foresight.encoded(epoch, unvaried)
        return epoch

    def take_step(self, epoch: Epoch) -> Mapping[str, Tensor]:
        """Lets every update take its turn once.

        Args:
            epoch: The samples of this epoch.

        Returns:
            The losses by name; none of a step that was rolled back.
        """
        where = f"{self.phase.name}, epoch {self.epoch + 1}, step {self.step + 1}"
        latest: dict[str, Tensor] = {}
        try:
            latest = self._take_turns(epoch, where)
        except GradientError as error:
            if self.phase.guard is None:
                raise
            self._roll_back(error.found)
        else:
            if self.average is not None:
                self.average.follow()
        self.step, self.iteration = self.step + 1, self.iteration + 1
        return latest

    def _take_turns(self, epoch: Epoch, where: str) -> dict[str, Tensor]:
        """Lets every update take its turn once, and returns the losses by name."""
        progress = self.iteration / self.iterations
        latest: dict[str, Tensor] = {}
        number = self.step * self.batches_per_step
        for turn in self.turns:
            self._focus(turn.update.trains)
            for _ in range(turn.update.repeats):
                taken = turn.step(self._batch(epoch, number), progress, where)
                latest |= self._record(turn, taken)
                number += 1
        return latest

    def end_epoch(self) -> dict[str, float | int | str]:
        """Closes the epoch: validates, keeps the best weights, and returns its row."""
        progress = self.iteration / self.iterations
        row: dict[str, float | int | str] = {"phase": self.phase.name, "epoch": self.epoch + 1}
        row |= {"iteration": self.iteration} if self.phase.iterations else {}
        row |= {f"train/{n}": float(total / self.counts[n]) for n, total in self.sums.items()}
        row |= self._scheduled(progress)
        health = self.use.health() if self._counted else []
        row |= by_book(health)
        self.epoch, self.step, self.sums, self.counts = self.epoch + 1, 0, {}, {}
        self.use = CodeUse(self._levels())
        last = self.iteration == self.iterations
        due = last or self.epoch % self.phase.validate_every == 0
        scores: dict[str, float] = {}
        if self.phase.probes and due:
            scores = self._validate()
            row |= {f"validation/{n}": score for n, score in scores.items()}
            for split, data in self.also.items():
                row |= {f"{split}/{n}": score for n, score in self.scores(data).items()}
        self.look = self._look() if due else None
        row |= {} if self.look is None else self.look.columns
        row |= self.converging.columns(self.best) | self.guarding.columns
        if not self.finished:
            row |= self.resetting.close_epoch(
                self.epoch,
                [book.utilisation for book in health],
                scores.get(self.phase.select),
                self.since_best,
            )
        row["seconds"] = round(time.perf_counter() - self.began, 3)
        return row

    def hand_on(self) -> None:
        """Leaves the system with the weights that the next phase starts from."""
        self.last_weights = _copied(self.system.state_dict())
        for module in self.compiled:
            module._compiled_call_impl = None  # the next phase says for itself
        if self.best_weights:
            self.system.load_state_dict(self.best_weights)
        elif self.average is not None:
            self.system.load_state_dict(self.weights())
        self.system.focus(())

    def scores(self, data: Dataset | None = None) -> dict[str, float]:
        """The probes as they stand; looking changes nothing.

        Args:
            data: What is judged; the validation split if None.
        """
        self.focused = ()
        judged = self.validation if data is None else data
        if self.average is None:
            return judge(self.phase.probes, self.system, judged, self.device)
        with self.average.in_place():
            return judge(self.phase.probes, self.system, judged, self.device)

    def weights(self) -> dict[str, Tensor]:
        """A copy of the system's weights, averaged if the phase averages."""
        if self.average is None:
            return _copied(self.system.state_dict())
        with self.average.in_place():
            return _copied(self.system.state_dict())

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "iteration": self.iteration,
            "converged": self.converging.iteration,
            "guarding": self.guarding.state(),
            "best": self.best,
            "best_epoch": self.best_epoch,
            "beaten": self.beaten,
            "since_best": self.since_best,
            "best_weights": self.best_weights,
            "sums": self.sums,
            "counts": self.counts,
            "use": self.use.counts,
            "turns": [turn.state() for turn in self.turns],
            "average": None if self.average is None else self.average.state(),
            "resetting": self.resetting.state(),
            "lowering": self.lowering.state(),
            "system": self.system.state_dict(),
            "seconds": time.perf_counter() - self.began,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.system.load_state_dict(state["system"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.iteration = state["iteration"]
        self.converging.iteration = state["converged"]
        self.guarding.load_state(state["guarding"])
        self.best, self.since_best = state["best"], state["since_best"]
        self.beaten, self.best_epoch = state["beaten"], state["best_epoch"]
        self.best_weights = dict(state["best_weights"])
        self.sums, self.counts = dict(state["sums"]), dict(state["counts"])
        self.use.counts = list(state["use"])
        for turn, kept in zip(self.turns, state["turns"], strict=True):
            turn.load_state(kept)
        if self.average is not None:
            self.average.load_state(state["average"])
        self.resetting.load_state(state["resetting"])
        self.lowering.load_state(state["lowering"])
        self.began = time.perf_counter() - state["seconds"]

    def _batch(self, epoch: Epoch, number: int) -> Batch:
        batch = epoch.batch(number, self.phase.batch_size).to(self.device)
        for augmentation in self.phase.augment:
            batch = augmentation(batch)
        return batch

    def _focus(self, names: tuple[str, ...]) -> None:
        if names != self.focused:
            self.system.focus(names)
            self.focused = names

    def _record(self, turn: Turn, taken: Taken) -> dict[str, Tensor]:
        prefix = "" if len(self.turns) == 1 else "+".join(turn.update.trains) + "/"
        named = {f"{prefix}{name}": value for name, value in taken.losses.items()}
        for name, value in named.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value
            self.counts[name] = self.counts.get(name, 0) + 1
        if taken.codes is not None:
            self.use.add(taken.codes, taken.real)
        return named

    @property
    def _asks_latents_alone(self) -> bool:
        """Whether the steps look at latents that stay the same, and at nothing else."""
        moving = {"base", "representation"} & {*self.trains}
        if moving or self.phase.augment or self.phase.vary is not None:
            return False
        return all(update.forward_pass.reads_latents for update in self.phase.updates)

    @property
    def _counted(self) -> bool:
        """Whether the steps of the epoch met codes."""
        return any(int(counts.sum()) for counts in self.use.counts)

    def _scheduled(self, progress: float) -> dict[str, float]:
        single = len(self.turns) == 1
        rows: dict[str, float] = {}
        for turn in self.turns:
            prefix = "schedule/" if single else f"schedule/{'+'.join(turn.update.trains)}/"
            moved = turn.settings(progress) | turn.update.weights(progress)
            rows |= {prefix + n: v for n, v in moved.items()}
        return rows

    def _validate(self) -> dict[str, float]:
        scores = self.scores()
        complaint = self.guarding.complaint(scores)
        if complaint:
            self._roll_back(f"{self.phase.name}, epoch {self.epoch}: {complaint}")
        elif self.phase.select:
            self._compare(scores[self.phase.select])
            self.converging.note(self.best, iteration=self.iteration)
        return scores

    def _roll_back(self, why: str) -> None:
        """Takes the best weights so far again, and goes on from them more slowly."""
        assert self.phase.guard is not None
        self.system.load_state_dict(self.best_weights or self.guarding.start)
        self.lowering.lower(self.phase.guard.lower)
        for turn in self.turns:
            turn.start_afresh()
        self.average, self.focused = self._new_average(), ()
        best = f"the best weights so far, of epoch {self.best_epoch}"
        self.guarding.note(why, to=best if self.best_epoch else "the weights it started from")

    def _new_average(self) -> Average | None:
        return Average(self.parameters, decay=self.phase.ema) if self.phase.ema else None

    def _look(self) -> Look | None:
        """What Gaussian latents carry as they stand, if the phase trains any."""
        if "representation" not in self.trains or not watched(self.system):
            return None
        self.focused = ()
        if self.average is None:
            return look(self.system, self.validation, self.device)
        with self.average.in_place():
            return look(self.system, self.validation, self.device)

    def _compare(self, score: float) -> None:
        """Keeps the best weights, and counts for how long nothing was better."""
        if score < self.best:
            self.best, self.best_weights = score, self.weights()
            self.best_epoch = self.epoch
        better = score < self.beaten - self.phase.min_delta
        if better:
            self.beaten, self.since_best = score, 0
        else:
            self.since_best += 1
        self.lowering.note(better=better)

    def _levels(self) -> Sequence[int]:
        part = self.system.representation
        return part.levels if isinstance(part, Representation) else ()


def _copied(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in weights.items()}
