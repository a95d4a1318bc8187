"""What the writers of pages of results share: reading, rounding, tables, and the page itself."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def read(path: Path) -> Any:
    """What a JSON file holds; None if there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def of_seeds(
    folder: Path, name: str, seeds: Iterable[int], file: str = "figures.json"
) -> list[Any]:
    """What the runs of a name found, as far as they are finished."""
    found = [read(folder / f"{name}-{seed}" / file) for seed in seeds]
    return [one for one in found if one is not None]


def across(values: Sequence[float], digits: int = 3) -> str:
    """Mean over the seeds, and from the least to the greatest."""
    if not values:
        return "–"
    low, high = (f"{end:.{digits}f}" for end in (min(values), max(values)))
    return f"{np.mean(values):.{digits}f}" + (f" ({low}–{high})" if low != high else "")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, and an empty one."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def slug(title: str) -> str:
    """A title as part of the name of a folder."""
    return "-".join(title.replace(":", "").replace(",", "").split())


def write_page(page: Path, lines: Sequence[str], notes: Path) -> None:
    """Writes a page of the lines and, below them, what was noted by hand."""
    noted = notes.read_text(encoding="utf-8") if notes.is_file() else ""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join([*lines, noted]).rstrip() + "\n", encoding="utf-8")
