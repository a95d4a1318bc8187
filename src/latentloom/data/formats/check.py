"""What must hold of samples before anything is done with them."""

from collections.abc import Iterable, Sequence

import numpy as np

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Dataset, Schema


def check_finite(source: str, dataset: Dataset, rows: Sequence[int] | np.ndarray) -> None:
    """Refuses values that are not finite; features may be missing, but not infinite.

    Args:
        source: The file they come from.
        dataset: The samples.
        rows: The number of each sample in that file.

    Raises:
        DataError: If there are any; it says where, and how many.
    """
    for name, array in dataset.arrays().items():
        wrong = array.isinf() if name.startswith("families/") else ~array.isfinite()
        if array.is_floating_point() and wrong.any():
            place = wrong.nonzero()[0].tolist()
            value, count = array[tuple(place)].item(), int(wrong.sum())
            where = f"sample {int(rows[place[0]])}" + _inside(dataset.schema, name, place)
            number = "a value that is" if count == 1 else f"{count} values that are"
            raise DataError(
                source,
                f"{name} has {number} not finite, the first ({value}) in {where}; mend it",
            )


def check_digits(source: str, names: Sequence[str], samples: Iterable[np.ndarray]) -> None:
    """Refuses channels that rise from step to step, but no more once single floats hold them.

    Such as a time since 1970 in ms, which single floats tell to two minutes. Begun at 0, it
    must rise in them too: what then rises too little still is noise, and passes.

    Args:
        source: The file they come from.
        names: The channels.
        samples: The real steps x channels of each sample, as the file has them.

    Raises:
        DataError: If one is so in every sample of two steps or more.
    """
    lost = np.zeros(0, dtype=bool)
    for sample in samples:
        if len(sample) < 2:
            continue
        own = sample.astype(np.float64)
        with np.errstate(all="ignore"):  # what is not finite, others refuse
            kept, begun = own.astype(np.float32), (own - own[0]).astype(np.float32)
            here = _rise(own) & ~_rise(kept) & _rise(begun)
        lost = lost & here if len(lost) else here
        if not lost.any():
            return
    for name in np.array(names)[np.flatnonzero(lost)][:1]:
        raise DataError(
            source,
            f"{name} needs more digits than are kept (float32), in which steps that rise become"
            " equal; let it begin at 0 in every sample",
        )


def _rise(values: np.ndarray) -> np.ndarray:
    """Which channels of steps x channels rise from each step to the next."""
    return np.all(np.diff(values, axis=0) > 0, axis=0)


def long_enough(source: str, dataset: Dataset, least: int) -> list[int]:
    """The samples that have at least so many real steps; all of them if `least` is 0.

    Args:
        source: The file they come from.
        dataset: The samples.
        least: The fewest steps.

    Raises:
        DataError: If none is left, or one that is left has no step.
    """
    if dataset.lengths is None:
        lengths = np.full(dataset.size, dataset.steps or least)
    else:
        lengths = dataset.lengths.numpy()
    rows = np.flatnonzero(lengths >= least).tolist()
    if not rows and dataset.size:
        problem = f"must hold a sample of {least} steps, and the longest of {dataset.size} has"
        raise DataError(source, f"{problem} {lengths.max(initial=0)}; lower data.least_steps")
    if not least and dataset.steps and not lengths.min():
        empty = np.flatnonzero(lengths == 0)
        raise DataError(
            source,
            f"sample {empty[0]} has no steps, the first of {len(empty)} such samples; leave them"
            " out with data.least_steps: 1",
        )
    return rows


def _inside(schema: Schema, name: str, place: list[int]) -> str:
    if name in ("series", "drive"):
        return f", step {place[1]} of {schema.names(name)[place[2]]}"
    if name == "condition":
        return f", {schema.names(name)[place[1]]}"
    family = schema.families.get(name.removeprefix("families/"), ())
    return f", {family[place[-1]].name}" if family else f", column {place[-1]}"


def check_compatible(
    source: str,
    expected: Schema,
    got: Schema,
    *,
    roles: Sequence[str] = ("series", "drive", "condition"),
) -> None:
    """Refuses data whose columns are not those that were expected.

    Args:
        source: Where the data come from.
        expected: What the columns should be.
        got: What they are.
        roles: Which of `series`, `drive`, `condition` and `families` are compared.

    Raises:
        DataError: If a quantity is missing, one too many, in another place or in another
            unit, or if a category has a name that is not known.
    """
    if "families" in roles:
        _check_families(source, expected, got)
    for role in (role for role in roles if role != "families"):
        _check_names(source, role, expected, got)
        for wanted, found in zip(getattr(expected, role), getattr(got, role), strict=True):
            if wanted.unit and found.unit and wanted.unit != found.unit:
                raise DataError(
                    source, f"{role} {wanted.name} must be in {wanted.unit}, got {found.unit}"
                )
    for name in expected.categories.keys() & got.categories.keys():
        unknown = set(got.categories[name]) - set(expected.categories[name])
        if "condition" in roles and unknown:
            known = list(expected.categories[name])
            raise DataError(source, f"{name} must be one of {known}, got {sorted(unknown)}")


def check_steps(source: str, expected: int, got: int) -> None:
    """Refuses signals of another length.

    Raises:
        DataError: If the lengths differ.
    """
    if expected != got:
        raise DataError(source, f"signals must have {expected} steps, got {got}")


def missing_column(name: str, known: Sequence[str]) -> str:
    """What to say of a column that is not there, with the name that is nearest to it."""
    return f"has no {name!r}, it has {list(known)}{nearest(name, known)}"


def _check_families(source: str, expected: Schema, got: Schema) -> None:
    for family, features in expected.families.items():
        if family not in got.families:
            known = list(got.families)
            problem = f"has no family {family!r}, it has {known}{nearest(family, known)}"
            raise DataError(source, problem)
        wanted = [feature.name for feature in features]
        found = [feature.name for feature in got.families[family]]
        for name in wanted:
            if name not in found:
                raise DataError(source, f"family {family} {missing_column(name, found)}")
        if wanted != found:
            raise DataError(
                source, f"family {family} must have {wanted} in this order, got {found}"
            )


def _check_names(source: str, role: str, expected: Schema, got: Schema) -> None:
    wanted, found = expected.names(role), got.names(role)
    if wanted == found:
        return
    for name in wanted:
        if name not in found:
            raise DataError(source, f"{role} {missing_column(name, found)}")
    raise DataError(source, f"{role} must be {list(wanted)} in this order, got {list(found)}")
