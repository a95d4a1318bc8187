"""Learning rates that fall when a phase has stopped getting better."""

from dataclasses import dataclass

from ..core.ranges import at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """Lowers the learning rates of a phase when the score that it selects by stands still.

    What their schedules say is multiplied by `factor` after each `patience` validations in a
    row of which none was better, by the phase's `min_delta`, than all before. The score is
    one of the validation split that no schedule changes: a weight that rises lowers no
    rate.

    Args:
        factor: What the rates are multiplied by, in (0, 1).
        patience: How many such validations in a row it takes.
        least: The rate below which none is brought; one that its schedule has below it
            stays there.

    Raises:
        ValueError: If a number is out of range.
    """

    factor: float = 0.5
    patience: int = 5
    least: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.factor < 1:
            raise ValueError(f"factor must be in (0, 1), got {self.factor}")
        at_least(1, patience=self.patience)
        at_least(0, least=self.least)


class Lowering:
    """How far the rates of a phase have been lowered, and for how long nothing was better.

    Args:
        plateau: When they are; never, if None.

    Example:
        >>> lowering = Lowering(Plateau(factor=0.1, patience=2))
        >>> for better in (True, False, False):
        ...     lowering.note(better=better)
        >>> lowering(1e-3)
        0.0001
    """

    def __init__(self, plateau: Plateau | None) -> None:
        self.plateau = plateau
        self.share = 1.0
        self.waited = 0

    def __call__(self, rate: float) -> float:
        """The learning rate that is used where a schedule says `rate`."""
        least = 0.0 if self.plateau is None else self.plateau.least
        return max(rate * self.share, min(rate, least))

    def note(self, *, better: bool) -> None:
        """Takes note of a validation.

        Args:
            better: Whether it was better than all before.
        """
        self.waited = 0 if better else self.waited + 1
        if self.plateau is not None and self.waited >= self.plateau.patience:
            self.lower(self.plateau.factor)

    def lower(self, factor: float) -> None:
        """Lowers the rates for another reason than that nothing was better."""
        self.share, self.waited = self.share * factor, 0

    def state(self) -> dict[str, float | int]:
        """What a checkpoint keeps of it."""
        return {"share": self.share, "waited": self.waited}

    def load_state(self, state: dict[str, float | int]) -> None:
        """Goes on from a checkpoint."""
        self.share, self.waited = float(state["share"]), int(state["waited"])
