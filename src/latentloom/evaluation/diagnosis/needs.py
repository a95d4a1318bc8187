"""What a run must have for each illness to be looked for, and what of it is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .course import LEAST
from .evidence import Evidence

RECORDS = 20  # below which shares of a variance, and distances, prove nothing


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a run must have.

    Args:
        what: What it is.
        there: Whether a run has it; where that cannot be known, it has.
        got: How much of it there is, where it can be counted.
    """

    what: str
    there: Callable[[Evidence], bool]
    got: Callable[[Evidence], int] | None = None

    def missing(self, evidence: Evidence) -> str:
        """What is missing, with what there is of it; "" if nothing is."""
        if self.there(evidence):
            return ""
        return self.what if self.got is None else f"{self.what}, got {self.got(evidence)}"


def counted(many: int, what: str, of: Callable[[Evidence], int]) -> Need:
    """The need for so many of something."""
    return Need(f"{many} {what}", lambda evidence: of(evidence) >= many, of)


def _phase(evidence: Evidence) -> int:
    return max((course.epochs for course in evidence.courses), default=0)


def _several(evidence: Evidence) -> bool:
    return len(evidence.spans or evidence.channels) > 1


def _made(evidence: Evidence) -> int:
    return 0 if evidence.neighbours is None else len(evidence.neighbours.made)


_FINISHED = Need("a finished run", lambda evidence: evidence.known > 0)
_GAUSSIAN = Need("a Gaussian bottleneck", lambda evidence: evidence.latents is not None)
_GENERATOR = Need("a generator", lambda evidence: evidence.neighbours is not None)
_FEATURES = Need("families of features", lambda evidence: evidence.tokens is not None)
_RECORDS = (
    counted(RECORDS, "held-out records", lambda evidence: evidence.held),
    counted(RECORDS, "train records", lambda evidence: evidence.known),
)

NEEDS: Mapping[str, tuple[Need, ...]] = {
    "posterior_collapse": (_FINISHED, _GAUSSIAN),
    "dead_codes": (_FINISHED, Need("codebooks", lambda evidence: bool(evidence.books))),
    "flat_channels": (
        _FINISHED,
        _GAUSSIAN,
        Need("several spans, or 2 to 16 channels", _several),
        *_RECORDS,
    ),
    "under_fitting": (
        _FINISHED,
        _GAUSSIAN,
        *_RECORDS,
        Need("signals of at most 65,536 numbers", lambda e: e.room is not None or not e.spans),
    ),
    "divergence": (Need("a training history", lambda evidence: bool(evidence.courses)),),
    "exposure_bias": (
        _FINISHED,
        Need("a generator of codes", lambda evidence: evidence.exposed is not None),
    ),
    "over_fitting": (_FINISHED, Need("a base or a representation", lambda e: bool(e.fits))),
    "memorised_samples": (
        _FINISHED,
        _GENERATOR,
        Need(_RECORDS[0].what, lambda e: not 0 < _made(e) < RECORDS, _made),
    ),
    "ignored_condition": (
        _FINISHED,
        _GENERATOR,
        Need("a drive or conditions to answer to", lambda e: not _made(e) or bool(e.responses)),
    ),
    "loss_imbalance": (
        Need(
            "several terms or several channels",
            lambda e: len(e.channels) > 1 or any(len(course.terms) > 1 for course in e.courses),
        ),
    ),
    "plateau_by_schedule": (counted(LEAST, "epochs in a phase", _phase),),
    "leakage": (_FINISHED, Need("test records", lambda evidence: evidence.overlap is not None)),
    "poor_reconstruction": (_FINISHED, _FEATURES),
    "overlapping_categories": (
        _FINISHED,
        _FEATURES,
        Need("two categories of features", lambda e: e.tokens is None or e.tokens.categories > 1),
    ),
    "slow_training": (
        _FINISHED,
        _FEATURES,
        Need(
            "epochs without a validation",
            lambda e: e.tokens is None or not math.isnan(e.tokens.judging),
        ),
    ),
}


def missing(illness: str, evidence: Evidence) -> str:
    """What a run lacks for an illness to be looked for.

    What an unfinished run would have is not known, and so is not said.

    Args:
        illness: One that was not looked for.
        evidence: The run.

    Example:
        >>> missing("dead_codes", Evidence(known=80, held=12))
        'codebooks'
        >>> missing("dead_codes", Evidence())
        'a finished run'
    """
    needs = NEEDS[illness]
    if told := _FINISHED.missing(evidence) if _FINISHED in needs else "":
        return told
    told = [need.missing(evidence) for need in needs]
    return " and ".join(filter(None, told)) or " and ".join(need.what for need in needs[1:])
