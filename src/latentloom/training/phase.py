"""A phase: updates taking turns for a while, until a stop rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..core.ranges import at_least, below_one
from ..core.roles import Criterion
from ..data.augment import Augmentation
from ..data.vary import Variation
from .convergence import Convergence
from .forward_passes import ForwardPass
from .guarding import Guard
from .plateau import Plateau
from .resetting import CodeReset
from .strata import Strata
from .update import Update

_BY_SELECT = {
    "patience": "to be patient about",
    "incoming": "that it is judged by",
    "plateau": "that may stand still",
    "convergence": "that it is judged by",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A number judged on the validation split, that no schedule changes; lower is better.

    Args:
        forward_pass: What is played, in eval mode.
        criterion: What is judged; its mean over the signals is the number.
        batch: Signals that are judged together. Criteria that compare whole sets, such as a
            discrepancy between distributions, want all of the validation split at once.

    Raises:
        ValueError: If the criterion reads what the forward pass does not provide, or `batch`
            is below 1.
    """

    forward_pass: ForwardPass
    criterion: Criterion
    batch: int = 256

    def __post_init__(self) -> None:
        at_least(1, batch=self.batch)
        missing = self.criterion.reads - self.forward_pass.provides
        if missing:
            raise ValueError(
                f"the probe reads {sorted(missing)}, but {type(self.forward_pass).__name__}"
                f" only provides {sorted(self.forward_pass.provides)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Updates taking turns for a number of epochs or iterations, until a stop rule.

    Args:
        name: The name of its folder in the run.
        epochs: Passes over the train split, at most.
        iterations: Steps at most, in place of epochs; all updates taking their turn once are
            one. The last epoch may then be cut short.
        batch_size: Signals in a step.
        updates: What takes turns: one is ordinary training, two make a GAN.
        vary: Makes new samples in place of some of the train split's, every epoch.
        augment: Random changes of each batch, in order.
        stratify: How the samples of a batch are chosen; all alike, if None.
        probes: Numbers judged on the validation split, by name.
        select: The probe whose lowest value chooses the best weights, handed on to the
            next phase; the last weights are handed on without one.
        validate_every: Epochs between validations.
        patience: Validations without a better score before the phase stops; 0 for never.
        incoming: `judged` lets the weights that the phase starts from be chosen too: it hands
            them on if none of its epochs is better, and patience counts from their score.
        min_delta: How much lower a score must be to count as better for `patience`; the
            best weights are kept however little better they are.
        convergence: What the phase must reach before the next one begins; nothing, if None.
        guard: When the phase goes back to its best weights; never, if None.
        plateau: When learning rates fall because scores stand still; never, if None.
        ema: Decay per step of the average of the weights that is judged and handed on;
            0 for none.
        accumulate: Parts that a batch is cut into, whose gradients are added up.
        precision: Number format of the forward pass; `auto` takes bfloat16 where the
            hardware computes in it, else float32.
        compile: `on` compiles the parts that train with torch.compile.
        threads: How many threads compute on a CPU; as many as the process has, if None.
        resets: When codes that are hardly used are replaced, beside what the codebooks do
            themselves; never, if None.

    Raises:
        ValueError: If a count is out of range, not one of `epochs` and `iterations` is given,
            or `select` or `guard` names no probe.
    """

    name: str
    updates: tuple[Update, ...]
    epochs: int | None = None
    iterations: int | None = None
    batch_size: int = 64
    vary: Variation | None = None
    augment: tuple[Augmentation, ...] = ()
    stratify: Strata | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict[str, Probe])
    select: str = ""
    validate_every: int = 1
    patience: int = 0
    incoming: Literal["judged"] | None = None
    min_delta: float = 0.0
    convergence: Convergence | None = None
    guard: Guard | None = None
    plateau: Plateau | None = None
    ema: float = 0.0
    accumulate: int = 1
    precision: Literal["float32", "bfloat16", "float16", "auto"] = "float32"
    compile: Literal["off", "on"] = "off"
    threads: int | None = None
    resets: CodeReset | None = None

    @property
    def trains(self) -> tuple[str, ...]:
        """The parts that any of the updates trains."""
        return tuple({name: 0 for update in self.updates for name in update.trains})

    def progress(self, row: Mapping[str, float | int | str]) -> float:
        """How much of the phase was over, in [0, 1], at the end of the epoch of a row."""
        if self.iterations is None:
            assert self.epochs is not None
            return int(row["epoch"]) / self.epochs
        return int(row["iteration"]) / self.iterations

    def __post_init__(self) -> None:
        self._check_lengths()
        at_least(1, batch_size=self.batch_size)
        at_least(1, validate_every=self.validate_every, accumulate=self.accumulate)
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate must not exceed batch_size {self.batch_size}, got {self.accumulate}"
            )
        below_one(ema=self.ema)
        at_least(0, patience=self.patience, min_delta=self.min_delta)
        if not self.updates:
            raise ValueError("a phase must have at least one update, got none")
        if self.select and self.select not in self.probes:
            raise ValueError(f"select must name one of {sorted(self.probes)}, got {self.select!r}")
        for name, probe in _BY_SELECT.items():
            if getattr(self, name) and not self.select:
                raise ValueError(f"{name} must come with select, the probe {probe}")
        if self.threads is not None:
            at_least(1, threads=self.threads)
        if self.guard is not None and self.guard.probe not in self.probes:
            known = sorted(self.probes)
            raise ValueError(f"guard.probe must name one of {known}, got {self.guard.probe!r}")

    def _check_lengths(self) -> None:
        told = {"epochs": self.epochs, "iterations": self.iterations}
        given = {name: count for name, count in told.items() if count is not None}
        if len(given) != 1:
            problem = "got both; set one of them to null" if given else "got neither"
            raise ValueError(f"a phase must have either epochs or iterations, {problem}")
        at_least(1, **given)
