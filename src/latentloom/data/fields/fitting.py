"""Fits principal components to what is told of the fields of many runs."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy import linalg

from .basis import Basis, Form

MOST_MAPS = 4096  # to which components are fitted, spread evenly over all
_PART = 4096  # columns that are multiplied at once


def fit_basis(
    runs: Iterable[np.ndarray], held_out: np.ndarray, count: int, *, form: Form, grid: int
) -> Basis:
    """Fits one basis to all runs that are not held out.

    Args:
        runs: Of each run, frames x entries of a profile or map; gone through once.
        held_out: Which of them it is not fitted to.
        count: How many components.
        form: What is told. To profiles of all frames, or to at most 4096 maps, spread
            evenly over the frames of all runs.
        grid: Cells along each side of the fields.

    Raises:
        ValueError: If there are fewer frames or entries than components.
    """
    kept: dict[bool, list[np.ndarray]] = {False: [], True: []}
    most = MOST_MAPS // len(held_out) if form == "maps" else 0
    for run, mark in zip(runs, held_out.tolist(), strict=True):
        stride = -(-len(run) // max(most, 2)) if form == "maps" else 1
        kept[mark].append(np.asarray(run[::stride]))
    other = np.concatenate(kept[True]) if kept[True] else None
    return principal(np.concatenate(kept[False]), count, form=form, grid=grid, held_out=other)


def principal(
    fitted: np.ndarray, count: int, *, form: Form, grid: int, held_out: np.ndarray | None = None
) -> Basis:
    """Fits a basis.

    Args:
        fitted: What it is fitted to, values x entries.
        count: How many components.
        form: What the values are.
        grid: Cells along each side of the fields that they are of.
        held_out: Values that it is not fitted to.

    Raises:
        ValueError: If there are fewer values or entries than components.
    """
    if count > min(fitted.shape[0] - 1, fitted.shape[1] - 1):
        raise ValueError(
            f"components must be fewer than the frames and their entries, got {count} of "
            f"{fitted.shape[0]} frames with {fitted.shape[1]} entries"
        )
    mean = fitted.mean(0, dtype=np.float64)
    components, variances, total = _directions(fitted - mean.astype(fitted.dtype), count)
    basis = Basis(
        form=form,
        grid=grid,
        mean=mean,
        components=components,
        explained=variances / total,
        held_out=np.zeros(0),
    )
    if held_out is None or not len(held_out):
        return basis
    return replace(basis, held_out=basis.kept(held_out))


def _directions(centred: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Components, the variance along each, and that of all, by the smaller of two matrices."""
    rows, entries = centred.shape
    if entries <= rows:
        wide = _product(centred.T)
        values, vectors = linalg.eigh(wide, subset_by_index=(entries - count, entries - 1))
        components = vectors.T[::-1]
    else:
        wide = _product(centred)
        values, vectors = linalg.eigh(wide, subset_by_index=(rows - count, rows - 1))
        components = vectors.T[::-1] @ centred
        components /= np.linalg.norm(components, axis=1, keepdims=True)
    largest = np.abs(components).argmax(1)
    signs = np.sign(components[np.arange(count), largest])
    return signs[:, None] * components, values[::-1], float(np.trace(wide))


def _product(rows: np.ndarray) -> np.ndarray:
    """The scalar products of rows, summed in float64 a part at a time."""
    total = np.zeros((len(rows), len(rows)))
    for start in range(0, rows.shape[1], _PART):
        part = rows[:, start : start + _PART].astype(np.float64)
        total += part @ part.T
    return total
