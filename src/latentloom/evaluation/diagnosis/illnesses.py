"""The table of illnesses, and the diagnosis that goes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from .balance import ignored_condition, leakage, loss_imbalance
from .books import dead_codes
from .collapse import posterior_collapse
from .divergence import divergence, plateau_by_schedule
from .evidence import Evidence
from .finding import Finding, Suspicion
from .fitting import exposure_bias, memorised_samples, over_fitting
from .needs import missing
from .spans import flat_channels, under_fitting
from .tokens import overlapping_categories, poor_reconstruction, slow_training

Check = Callable[[Evidence], Sequence[Suspicion] | None]

ILLNESSES: Mapping[str, Check] = {
    "posterior_collapse": posterior_collapse,
    "dead_codes": dead_codes,
    "flat_channels": flat_channels,
    "under_fitting": under_fitting,
    "divergence": divergence,
    "exposure_bias": exposure_bias,
    "over_fitting": over_fitting,
    "memorised_samples": memorised_samples,
    "ignored_condition": ignored_condition,
    "loss_imbalance": loss_imbalance,
    "plateau_by_schedule": plateau_by_schedule,
    "leakage": leakage,
    "poor_reconstruction": poor_reconstruction,
    "overlapping_categories": overlapping_categories,
    "slow_training": slow_training,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was looked for, and what was found.

    Args:
        suspicions: What was measured for each illness that the run could have.
        unchecked: What the run lacks for the other illnesses to be looked for, by their names.
    """

    suspicions: Mapping[str, tuple[Suspicion, ...]]
    unchecked: Mapping[str, str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One finding for each cure, the clearest first."""
        confirmed = [s for found in self.suspicions.values() for s in found if s.confirmed]
        confirmed.sort(key=lambda suspicion: -suspicion.margin)
        kept = {(s.finding.illness, s.finding.cure): s.finding for s in reversed(confirmed)}
        return tuple(reversed(kept.values()))

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file; numbers that are not finite are None."""
        symptoms = {
            name: [
                {"name": s.name, "value": _finite(s.value), "limit": s.limit, "ill": s.side}
                for suspicion in found
                for s in suspicion.symptoms
            ]
            for name, found in self.suspicions.items()
        }
        findings = [asdict(finding) for finding in self.findings]
        return {"findings": findings, "symptoms": symptoms, "unchecked": dict(self.unchecked)}

    def margin(self, illness: str) -> float:
        """How near the run is to an illness: 1 has it; NaN where it was not looked for."""
        found = self.suspicions.get(illness, ())
        return max((suspicion.margin for suspicion in found), default=float("nan"))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def diagnose(evidence: Evidence) -> Diagnosis:
    """Goes through the table of illnesses.

    Example:
        >>> diagnose(Evidence()).findings
        ()
        >>> diagnose(Evidence(known=80, held=12)).unchecked["dead_codes"]
        'codebooks'
    """
    looked = {name: check(evidence) for name, check in ILLNESSES.items()}
    return Diagnosis(
        suspicions={
            name: tuple(told(suspicion, evidence) for suspicion in found)
            for name, found in looked.items()
            if found is not None
        },
        unchecked={
            name: missing(name, evidence) for name, found in looked.items() if found is None
        },
    )


def told(suspicion: Suspicion, evidence: Evidence) -> Suspicion:
    """A suspicion whose cure is told in the terms of the run's own YAML too."""
    also = evidence.in_own_terms(suspicion.finding.cure)
    return replace(suspicion, finding=replace(suspicion.finding, also=also))
