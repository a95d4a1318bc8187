"""A phase: updates taking turns for a while, until a stop rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..core.ranges import at_least, below_one
from ..core.roles import Criterion
from ..data.augment import Augmentation
from ..data.vary import Variation
from .forward_passes import ForwardPass
from .plateau import Plateau
from .resetting import CodeReset
from .update import Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A number judged on the validation split, that no schedule changes; lower is better.

    Args:
        forward_pass: What is played, in eval mode.
        criterion: What is judged; its mean over the signals is the number.

    Raises:
        ValueError: If the criterion reads what the forward pass does not provide.
    """

    forward_pass: ForwardPass
    criterion: Criterion

    def __post_init__(self) -> None:
        missing = self.criterion.reads - self.forward_pass.provides
        if missing:
            raise ValueError(
                f"the probe reads {sorted(missing)}, but {type(self.forward_pass).__name__}"
                f" only provides {sorted(self.forward_pass.provides)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Updates taking turns for a number of epochs, until a stop rule.

    Args:
        name: The name of its folder in the run.
        epochs: Passes over the train split, at most.
        batch_size: Signals in a step.
        updates: What takes turns: one is ordinary training, two make a GAN.
        vary: Makes new samples in place of some of the train split's, every epoch.
        augment: Random changes of each batch, in order.
        probes: Numbers judged on the validation split, by name.
        select: The probe whose lowest value chooses the best weights, handed on to the
            next phase; the last weights are handed on without one.
        validate_every: Epochs between validations.
        patience: Validations without a better score before the phase stops; 0 for never.
        incoming: `judged` lets the weights that the phase starts from be chosen too: it hands
            them on if none of its epochs is better, and patience counts from their score.
        min_delta: How much lower a score must be to count as better for `patience`; the
            best weights are kept however little better they are.
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
        ValueError: If a count is out of range, or `select` names no probe.
    """

    name: str
    epochs: int
    updates: tuple[Update, ...]
    batch_size: int = 64
    vary: Variation | None = None
    augment: tuple[Augmentation, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict[str, Probe])
    select: str = ""
    validate_every: int = 1
    patience: int = 0
    incoming: Literal["judged"] | None = None
    min_delta: float = 0.0
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

    def __post_init__(self) -> None:
        at_least(1, epochs=self.epochs, batch_size=self.batch_size)
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
        if self.patience and not self.select:
            raise ValueError("patience must come with select, the probe to be patient about")
        if self.threads is not None:
            at_least(1, threads=self.threads)
        if self.incoming and not self.select:
            raise ValueError("incoming must come with select, the probe that it is judged by")
        if self.plateau is not None and not self.select:
            raise ValueError("plateau must come with select, the probe that may stand still")
