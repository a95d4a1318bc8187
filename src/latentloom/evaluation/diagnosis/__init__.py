"""The known illnesses of a run, found in its own numbers."""

from .collapse import posterior_collapse
from .course import Course, TermCourse
from .evidence import (
    Book,
    Channel,
    Evidence,
    Exposed,
    Fit,
    Neighbours,
    Overlap,
    Response,
    Room,
    Span,
    Tokens,
)
from .finding import Finding, Severity, Suspicion, Symptom
from .illnesses import ILLNESSES, Diagnosis, diagnose, told
from .needs import NEEDS
from .spans import flat_channels

__all__ = [
    "ILLNESSES",
    "NEEDS",
    "Book",
    "Channel",
    "Course",
    "Diagnosis",
    "Evidence",
    "Exposed",
    "Finding",
    "Fit",
    "Neighbours",
    "Overlap",
    "Response",
    "Room",
    "Severity",
    "Span",
    "Suspicion",
    "Symptom",
    "TermCourse",
    "Tokens",
    "diagnose",
    "flat_channels",
    "posterior_collapse",
    "told",
]
