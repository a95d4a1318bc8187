"""Writes docs/results/primitives.md from what was measured; computes no score of its own."""

from pathlib import Path


def write(folder: Path, page: Path) -> None:
    """Writes the page."""
