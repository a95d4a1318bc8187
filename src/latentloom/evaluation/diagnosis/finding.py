"""What a diagnosis says: symptoms with their limits, and findings with a cure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Severity = Literal["bad", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An illness that a run has.

    Args:
        illness: Its name, one of `ILLNESSES`.
        severity: `bad` where the numbers leave no doubt, `unsure` where they call for a look.
        evidence: The run's own numbers that show it.
        cause: What most likely brought it about.
        cure: A setting of the recipe, as `--set` takes it: its dotted path, `=`, a value.
        also: The cure in the terms of the YAML that the run was trained by, where that was
            no recipe; empty if it has no name there.
        instead: What else would help, in words, the likeliest first.
    """

    illness: str
    severity: Severity
    evidence: str
    cause: str
    cure: str
    also: str = ""
    instead: tuple[str, ...] = ()

    @property
    def cures(self) -> str:
        """The cure by all its names, and what else would help."""
        named = f"{self.cure} (in its own YAML: {self.also})" if self.also else self.cure
        return "; or ".join((named, *self.instead))

    @property
    def sentence(self) -> str:
        """Evidence, cause and cures in one line."""
        sure = "" if self.severity == "bad" else "perhaps: "
        return f"{sure}{self.evidence}; {self.cause}; cure: {self.cures}"


@dataclass(frozen=True, slots=True)
class Symptom:
    """A number of a run, and the limit beyond which it is no longer healthy.

    Args:
        name: What the number is.
        value: The number; NaN where it could not be measured, which is no symptom.
        limit: The limit, above 0.
        side: On which side of the limit the illness lies.

    Example:
        >>> Symptom("share of live codes", 0.25, 0.5, "below").margin
        2.0
    """

    name: str
    value: float
    limit: float
    side: Literal["above", "below"]

    @property
    def present(self) -> bool:
        """Whether the number lies beyond its limit."""
        beyond = self.value > self.limit if self.side == "above" else self.value < self.limit
        return bool(beyond)

    @property
    def margin(self) -> float:
        """How many times beyond its limit the number lies; below 1 is healthy."""
        if math.isnan(self.value):
            return 0.0
        if self.value <= 0:
            return 0.0 if self.side == "above" else math.inf
        return self.value / self.limit if self.side == "above" else self.limit / self.value


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Symptoms that together make an illness.

    Args:
        symptoms: The symptoms; all of them must be present.
        finding: What is to be said if they are.
    """

    symptoms: tuple[Symptom, ...]
    finding: Finding

    @property
    def confirmed(self) -> bool:
        """Whether all symptoms are present."""
        return all(symptom.present for symptom in self.symptoms)

    @property
    def margin(self) -> float:
        """How many times beyond its limit the least of the symptoms lies."""
        return min(symptom.margin for symptom in self.symptoms)
