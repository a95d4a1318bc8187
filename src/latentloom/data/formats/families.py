"""Families of features in somebody else's file, by its layout or by the names of its columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from ...core.errors import DataError
from ...core.names import nearest
from ..dataset import Quantity, Schema
from .columns import Columns, parsed
from .store import Rows, Store

_LAYOUT = re.compile(r"(?:.*/)?features/(?P<family>[^/]+)(?:/aggregated)?/features")
_COLUMN = re.compile(r"(?P<family>[^/:]+)(?:/|::)(?P<feature>.+)")


@dataclass(frozen=True, slots=True)
class Family:
    """One family, as a file holds it.

    Args:
        name: Its name.
        arrays: One array of samples (x steps) x features, or columns with a feature each.
        features: The features.
    """

    name: str
    arrays: tuple[str, ...]
    features: tuple[Quantity, ...]

    def read(self, store: Store, rows: Rows) -> np.ndarray:
        """Samples (x steps) x features.

        Raises:
            DataError: If they are no numbers.
        """
        parts = [store.read(name, rows) for name in self.arrays]
        for name, part in zip(self.arrays, parts, strict=True):
            if part.dtype.kind not in "biuf":
                got = f"words such as {str(part.flat[0])!r}" if part.size else part.dtype
                raise DataError(
                    store.source, f"{name} must be real numbers, got {got}; leave it out"
                )
        if len(parts) == 1 and parts[0].ndim > 1:
            return parts[0]
        return np.stack([part.astype(np.float32) for part in parts], -1)


def offered(store: Store) -> dict[str, tuple[str, ...]]:
    """The arrays of each family that a file plainly has.

    They are arrays called `features/FAMILY/features` or
    `features/FAMILY/aggregated/features`, and columns called `FAMILY/FEATURE` or
    `FAMILY::FEATURE`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in store.shapes:
        if matched := _LAYOUT.fullmatch(name):
            found.setdefault(matched["family"], (name,))
    if found:
        return found
    for name, shape in store.shapes.items():
        if family := family_of(name) if len(shape) == 1 else "":
            found[family] = (*found.get(family, ()), name)
    return found


def family_of(column: str) -> str:
    """The family that a column of a table names itself to be of; "" if none.

    Example:
        >>> family_of("fou::fou_3"), family_of("speed [m/s]")
        ('fou', '')
    """
    matched = _COLUMN.fullmatch(column.partition("[")[0].strip())
    return matched["family"] if matched else ""


def completed(store: Store, columns: Columns | None) -> Columns | None:
    """The roles of a file of families, where the user has not said them all.

    Families that the file plainly has are read if none are named. `group` is the group;
    `label` is an extra if it is a number, which no part sees, and a label if it is a word.

    Args:
        store: The file.
        columns: What the user says, if anything.

    Returns:
        `columns` itself if the file has signals, or no families.
    """
    known = columns or Columns()
    families = known.families or tuple(offered(store))
    if known.series or known.drive or not families:
        return columns
    named = {parsed(text).name for text in (*known.condition, *known.extras)}
    named |= {parsed(text).name for text in (known.label, known.group) if text}
    free = [name for name in ("label", "group") if name in store.shapes and name not in named]
    changes: dict[str, object] = {"families": families}
    if "group" in free and not known.group:
        changes["group"] = "group"
    if "label" in free and not known.label:
        is_word = store.read("label", slice(0, 1)).dtype.kind in "USO"
        changes |= {"label": "label"} if is_word else {"extras": (*known.extras, "label")}
    return replace(known, **changes)


def chosen(store: Store, texts: Sequence[str]) -> tuple[Family, ...]:
    """The families that are asked for.

    Args:
        store: The file.
        texts: Each the name of a family that the file offers or of an array, or
            `FAMILY=PATTERN`: the columns whose names match, with * for any letters.

    Raises:
        DataError: If one is not there, or has no features, or two of one name.
    """
    there = offered(store)
    return tuple(_family(store, text, there) for text in texts)


def flattened(source: str, name: str, array: np.ndarray, schema: Schema) -> np.ndarray:
    """An array as one row a sample, for formats that hold rows only.

    Raises:
        DataError: If it has steps, and `folded` could not tell them from features.
    """
    if array.ndim < 3:
        return array
    features = schema.families.get(name.removeprefix("families/"), ())
    if len(features) != array.shape[2] or array.shape[1] < 2:
        raise DataError(
            source,
            f"{name} must have at least 2 steps and a name for each feature to be written in "
            f"rows, got {array.shape[1]} steps of {array.shape[2]} features; write .npz or .h5",
        )
    return array.reshape(len(array), -1)


def folded(name: str, table: np.ndarray, schema: Schema) -> np.ndarray:
    """What `flattened` made a table of."""
    count = len(schema.families.get(name.removeprefix("families/"), ()))
    has_steps = bool(count) and table.shape[1] > count and table.shape[1] % count == 0
    return table.reshape(len(table), -1, count) if has_steps else table


def _family(store: Store, text: str, there: Mapping[str, tuple[str, ...]]) -> Family:
    name, separator, pattern = text.partition("=")
    arrays = (
        _matching(store, pattern.strip()) if separator else there.get(name, _array(store, name))
    )
    if not arrays:
        known = [*there] or [*store.shapes]
        problem = f"no column matches {pattern!r} for family {name!r}"
        if not separator:
            problem = f"has no family {name!r}, it has {known}{nearest(name, known)}"
        raise DataError(store.source, problem)
    features = _features(store, name, arrays)
    names = [feature.name for feature in features]
    if twice := sorted({other for other in names if names.count(other) > 1}):
        raise DataError(store.source, f"family {name!r} must name each feature once, got {twice}")
    return Family(name, arrays, features)


def _array(store: Store, name: str) -> tuple[str, ...]:
    return (name,) if name in store.shapes else ()


def _matching(store: Store, pattern: str) -> tuple[str, ...]:
    scalars = (name for name, shape in store.shapes.items() if len(shape) == 1)
    return tuple(name for name in scalars if fnmatchcase(name, pattern))


def _features(store: Store, family: str, arrays: Sequence[str]) -> tuple[Quantity, ...]:
    shape = store.shapes[arrays[0]]
    if len(shape) == 1:
        return tuple(_feature(store, name) for name in arrays)
    if not 2 <= len(shape) <= 3:
        raise DataError(
            store.source,
            f"family {family!r} must be samples (x steps) x features, got shape {shape}",
        )
    names = store.features(arrays[0])
    if names is None:
        return tuple(Quantity(f"{family}_{place}") for place in range(shape[-1]))
    if len(names) != shape[-1]:
        raise DataError(
            store.source,
            f"family {family!r} must have a name for each of {shape[-1]} features, "
            f"got {len(names)}",
        )
    return tuple(parsed(name) for name in names)


def _feature(store: Store, column: str) -> Quantity:
    """A column's own name, without that of its family."""
    names = store.features(column) or (column,)
    matched = _COLUMN.fullmatch(names[0]) if family_of(names[0]) else None
    return parsed(matched["feature"] if matched else names[0])
