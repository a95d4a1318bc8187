"""What a diagnosis found, as verdicts: the very first lines of a report."""

from __future__ import annotations

from collections.abc import Iterable

from ..evaluation.diagnosis import Finding
from .verdict import Verdict


def finding_verdicts(findings: Iterable[Finding]) -> list[Verdict]:
    """A verdict for each finding, with the setting that would cure it.

    Example:
        >>> finding = Finding(
        ...     illness="dead_codes",
        ...     severity="bad",
        ...     evidence="book 0: 10 % of 64 codes are used",
        ...     cause="codes that are never nearest are never moved",
        ...     cure="parts.representation.bottleneck.revive_below=0.3",
        ... )
        >>> finding_verdicts([finding])[0].cure
        'Cure: parts.representation.bottleneck.revive_below=0.3'
    """
    return [
        Verdict(
            finding.severity,
            f"{finding.illness.replace('_', ' ').capitalize()}. {finding.evidence};"
            f" {finding.cause}.",
            f"Cure: {finding.cures}",
        )
        for finding in findings
    ]
