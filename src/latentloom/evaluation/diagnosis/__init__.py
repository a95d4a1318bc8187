"""The known illnesses of a run, found in its own numbers."""

from .course import Course, TermCourse
from .evidence import (
    Book,
    Channel,
    Evidence,
    Exposed,
    Fit,
    Latents,
    Neighbours,
    Overlap,
    Response,
    Tokens,
)
from .finding import Finding, Severity, Suspicion, Symptom
from .illnesses import ILLNESSES, NEEDS, Diagnosis, diagnose

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
    "Latents",
    "Neighbours",
    "Overlap",
    "Response",
    "Severity",
    "Suspicion",
    "Symptom",
    "TermCourse",
    "Tokens",
    "diagnose",
]
