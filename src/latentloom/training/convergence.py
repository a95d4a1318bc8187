"""What a phase must reach before the next one may build on it."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..core.errors import TrainingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """Demands that a phase converges: that its best score falls below a threshold.

    The score is that of the probe which the phase selects by, so that what counts as
    converged is what the next phase will use.

    Args:
        below: The score below which the phase has converged, in the unit of its probe.
        then: `stop` ends the phase there; `go_on` trains it to its end.
        otherwise: What becomes of the run where the phase ends without: `refuse` stops it
            before the next phase, which would build on what is not there yet; `go_on` plays
            the next phase all the same.

    Raises:
        ValueError: If `below` is not finite.
    """

    below: float
    then: Literal["stop", "go_on"] = "stop"
    otherwise: Literal["refuse", "go_on"] = "refuse"

    def __post_init__(self) -> None:
        if not math.isfinite(self.below):
            raise ValueError(f"below must be finite, got {self.below}")


class Converging:
    """How far a phase has come.

    Args:
        convergence: What it must reach; nothing, if None.

    Attributes:
        iteration: After how many iterations it was reached; None while it is not.

    Example:
        >>> converging = Converging(Convergence(below=0.05))
        >>> converging.note(0.07, iteration=100)
        >>> converging.note(0.04, iteration=200)
        >>> converging.iteration, converging.ends
        (200, True)
    """

    def __init__(self, convergence: Convergence | None) -> None:
        self.convergence = convergence
        self.iteration: int | None = None

    @property
    def ends(self) -> bool:
        """Whether the phase ends because it has converged."""
        stops = self.convergence is not None and self.convergence.then == "stop"
        return stops and self.iteration is not None

    @property
    def refuses(self) -> bool:
        """Whether no phase may follow as things stand."""
        strict = self.convergence is not None and self.convergence.otherwise == "refuse"
        return strict and self.iteration is None

    def note(self, best: float, *, iteration: int) -> None:
        """Takes note of the best score so far, after so many iterations."""
        reached = self.convergence is not None and best < self.convergence.below
        if reached and self.iteration is None:
            self.iteration = iteration

    def columns(self, best: float) -> dict[str, float | int]:
        """What the row of an epoch says: also at which iteration it converged, if it did."""
        if self.convergence is None:
            return {}
        reached = {} if self.iteration is None else {"convergence/iteration": self.iteration}
        return {"convergence/best": best, "convergence/below": self.convergence.below, **reached}

    def told(self, score: str, best: float, *, iterations: int) -> str:
        """How far the phase came, in a sentence without its name; "" if nothing was demanded.

        Args:
            score: What the score is called.
            best: The best so far.
            iterations: How many there were.

        Example:
            >>> converging = Converging(Convergence(below=0.05))
            >>> converging.told("error", 0.071, iterations=500)
            'did not converge: error must be below 0.05, and is 0.071 at best after 500 iterations'
        """
        if self.convergence is None:
            return ""
        below = self.convergence.below
        if self.iteration is None:
            far = f"and is {best:.4g} at best after {iterations} iterations"
            return f"did not converge: {score} must be below {below:.4g}, {far}"
        return (
            f"converged: {score} was below {below:.4g} after {self.iteration} iterations,"
            f" and is {best:.4g} at best after {iterations}"
        )


class UnconvergedError(TrainingError):
    """A phase that did not reach what the next one needs.

    Args:
        path: Of the run.
        said: Which phase it is, and how far it came.
        after: The name of the phase that did not begin.
        longer: The settings under which the phase goes on, as PATH=VALUE.
        regardless: The setting under which the other begins all the same.
    """

    def __init__(
        self, path: Path, said: str, *, after: str, longer: list[str], regardless: str
    ) -> None:
        resume = f"latentloom train --resume-from {path}"
        more = " ".join(f"--set {setting}" for setting in longer)
        super().__init__(
            f"{said}; {after} would build on that and did not begin; all is saved; train it"
            f" longer with: {resume} {more}; or begin {after} all the same with:"
            f" {resume} --set {regardless}"
        )
