"""Says while a run trains that its latents have collapsed, and what would cure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from ..evaluation.diagnosis import (
    Evidence,
    Span,
    Suspicion,
    flat_channels,
    posterior_collapse,
    told,
)
from ..representations.health import LatentHealth
from ..training.observers import Observer, Row
from ..training.phase import Phase
from .courses import courses_of
from .foreign import settings_in
from .gaussian_examination import smoother
from .plan import Plan

LOOKS = 3  # in a row, that must show it
EARLY = 0.25  # of the epochs of a phase, in which latents may still wake up


class Alarm(Observer):
    """Looks at each epoch's row for Gaussian latents that say nothing, and channels that stay.

    The rules are those of the diagnosis. What three looks in a row have shown, after the
    first quarter of a phase, is told to the others, each illness once.

    Args:
        phases: What is played.
        plan: The recipe.
        others: Those who are told.
    """

    def __init__(self, phases: Sequence[Phase], plan: Plan, others: Sequence[Observer]) -> None:
        self.phases, self.others = phases, others
        self.forms = smoother(plan.tree)
        self.terms = settings_in(plan.logging.form)
        self.told: set[tuple[str, str]] = set()

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        phase = next(phase for phase in self.phases if phase.name == row["phase"])
        looks = [r for r in rows if r["phase"] == phase.name and "latents/kl_nats" in r]
        late = phase.progress(row) > EARLY
        if "latents/kl_nats" not in row or len(looks) < LOOKS or not late:
            return
        own = [r for r in rows if r["phase"] == phase.name]
        courses = courses_of(self.phases, own)
        run = Evidence(courses=courses, terms=self.terms)
        seen = [
            _suspected(replace(run, latents=_latents(r), spans=self._spans(r)))
            for r in looks[-LOOKS:]
        ]
        for (illness, cause), suspicion in seen[-1].items():
            lasting = all((illness, cause) in other for other in seen)
            if lasting and (phase.name, illness) not in self.told:
                self.told.add((phase.name, illness))
                self._tell(row, suspicion)

    def _tell(self, row: Row, suspicion: Suspicion) -> None:
        finding = suspicion.finding
        where = f"{row['phase']}, epoch {row['epoch']}: {finding.illness}"
        for other in self.others:
            other.noticed(f"{where}: {finding.sentence}")

    def _spans(self, row: Row) -> tuple[Span, ...]:
        names = [name.partition("/")[2] for name in row if name.startswith("spread/")]
        return tuple(
            Span(
                name=name,
                spread=float(row[f"spread/{name}"]),
                explained=float(row[f"explained/{name}"]),
                form=self.forms.get(name, ""),
            )
            for name in names
        )


def _latents(row: Row) -> LatentHealth:
    told: dict[str, Any] = {e.name: row[f"latents/{e.name}"] for e in fields(LatentHealth)}
    return LatentHealth(**told | {"numbers": int(told["numbers"])})


def _suspected(evidence: Evidence) -> dict[tuple[str, str], Suspicion]:
    """What is confirmed, by illness and cause."""
    found = [
        told(suspicion, evidence)
        for suspicion in (*(posterior_collapse(evidence) or ()), *(flat_channels(evidence) or ()))
    ]
    return {
        (one.finding.illness, one.finding.cause): one for one in reversed(found) if one.confirmed
    }
