"""Transforms in a row, and the file that remembers what they learned."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from ...core.errors import DataError, RunError
from ...core.files import arrays_in, write_atomically
from ..dataset import Dataset, Quantity, Schema
from .transform import Transform


class FitError(DataError):
    """Data that a transform cannot be fitted on.

    Args:
        index: Which of the transforms.
        problem: What was wanted, what was found and, if known, the fix.
    """

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(f"transform {index}", problem)
        self.index = index
        self.problem = problem


class Pipeline:
    """Applies transforms one after the other, and undoes them from the last to the first.

    Each transform is fitted on what those before it made of the train split, so each sees
    the names and units that they left: what needs amperes or hertz stands before what
    scales or takes logarithms. A network reads what the last one made.

    Args:
        transforms: The transforms, in the order in which they are applied.
    """

    def __init__(self, transforms: Sequence[Transform] = ()) -> None:
        self.transforms = tuple(transforms)
        self._schema: Schema | None = None

    def check(self, dataset: Dataset) -> None:
        """Has every transform look for what it names, before anything is fitted.

        Raises:
            FitError: If the data lack it; it says which transform needs it.
        """
        for index, transform in enumerate(self.transforms):
            with _telling(index):
                transform.check(dataset)

    def fit(self, dataset: Dataset) -> None:
        """Fits every transform on the train split, and on nothing else.

        Raises:
            FitError: If the data lack what a transform needs; it says which.
        """
        self.check(dataset)
        self._schema = dataset.schema
        for index, transform in enumerate(self.transforms):
            with _telling(index):
                transform.fit(dataset)
                dataset = transform.apply(dataset)

    @property
    def told(self) -> tuple[str, ...]:
        """What users should know of what the transforms learned, a sentence each.

        Raises:
            ValueError: If it was not fitted.
        """
        return tuple(sentence for transform in self.transforms for sentence in transform.told)

    @property
    def schema(self) -> Schema:
        """The columns that it was fitted on, in the units of the files.

        Raises:
            ValueError: If it was not fitted.
        """
        if self._schema is None:
            raise ValueError("the transforms must be fitted first, on the train split")
        return self._schema

    def apply(self, dataset: Dataset) -> Dataset:
        """The dataset in the units in which parts learn.

        Raises:
            ValueError: If it was not fitted.
            DataError: If the dataset has other columns, units or labels than the train
                split had. Series may be missing.
        """
        _compare(dataset, self.schema)
        for transform in self.transforms:
            dataset = transform.apply(dataset)
        return dataset

    def invert(self, dataset: Dataset) -> Dataset:
        """The dataset in the units of the files.

        Raises:
            ValueError: If it was not fitted.
        """
        for transform in reversed(self.transforms):
            dataset = transform.invert(dataset)
        return replace(dataset, schema=self.schema)

    def save(self, path: Path) -> None:
        """Writes what was learned, so that the file is whole or not there at all.

        Raises:
            ValueError: If it was not fitted.
        """
        content = io.BytesIO()
        np.savez(content, **self._learned())  # pyright: ignore[reportArgumentType]
        write_atomically(path, lambda temporary: temporary.write_bytes(content.getbuffer()))

    def learned_alike(self, path: Path) -> bool:
        """Whether it learned what another did, but for the last digits.

        Args:
            path: What the other wrote.

        Raises:
            RunError: If the file is missing or cut short.
            ValueError: If this one was not fitted.
        """
        ours, theirs = self._learned(), _arrays(path)
        return ours.keys() == theirs.keys() and all(
            _alike(array, theirs[name]) for name, array in ours.items()
        )

    def _learned(self) -> dict[str, np.ndarray]:
        """What was learned, by place and name."""
        arrays = {"schema": np.array(_written(self.schema))}
        for index, transform in enumerate(self.transforms):
            place = f"{index}.{type(transform).__name__}"
            arrays[f"{place}.schema"] = np.array(_written(transform.schema))
            for name, tensor in transform.state().items():
                arrays[f"{place}.{name}"] = tensor.numpy()
        return arrays

    def load(self, path: Path) -> None:
        """Takes over what an equal pipeline learned.

        Raises:
            RunError: If the file is missing, cut short or of other transforms.
        """
        arrays = _arrays(path)
        places = [f"{i}.{type(t).__name__}" for i, t in enumerate(self.transforms)]
        found = sorted({key.rpartition(".")[0] for key in arrays} - {""})
        if found != sorted(places) or "schema" not in arrays:
            raise RunError(str(path), f"must hold the transforms {places}, holds {found}")
        for place, transform in zip(places, self.transforms, strict=True):
            state = {
                key.rpartition(".")[2]: torch.from_numpy(array)
                for key, array in arrays.items()
                if key.rpartition(".")[0] == place and not key.endswith(".schema")
            }
            transform.load_state(_read(arrays[f"{place}.schema"]), state)
        self._schema = _read(arrays["schema"])


@contextmanager
def _telling(index: int) -> Iterator[None]:
    """Says of an error which transform it is of."""
    try:
        yield
    except (DataError, ValueError) as error:
        raise FitError(index, str(error)) from error


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind == other.dtype.kind == "U":  # a schema, which earlier versions wrote shorter
        return _read(one) == _read(other)
    if one.dtype.kind != "f" or one.shape != other.shape:
        return np.array_equal(one, other)
    return np.allclose(one, other, rtol=1e-5, atol=0, equal_nan=True)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        return arrays_in(path)
    except FileNotFoundError as error:
        raise RunError(str(path), "is missing; the run was not trained this far") from error
    except ValueError as error:
        raise RunError(str(path), f"is no readable .npz file: {error}") from error


def _written(schema: Schema) -> str:
    return json.dumps(asdict(schema))


def _read(text: np.ndarray) -> Schema:
    tree = json.loads(str(text))
    arrays = {
        array: tuple(Quantity(**quantity) for quantity in tree[array])
        for array in ("series", "drive", "condition")
    }
    categories = {name: tuple(names) for name, names in tree["categories"].items()}
    families = {
        name: tuple(Quantity(**quantity) for quantity in features)
        for name, features in tree["families"].items()
    }
    return Schema(
        **arrays,
        categories=categories,
        periodic=tree["periodic"],
        families=families,
        spans=tree["spans"],
        start=tree.get("start", 0),  # runs of earlier versions do not say it
    )


def _compare(dataset: Dataset, schema: Schema) -> None:
    """Checks that the dataset is of the kind that the transforms were fitted on."""
    for array in ("series", "drive", "condition"):
        if getattr(dataset, array) is None:
            continue
        got, wanted = dataset.schema.names(array), schema.names(array)
        if got != wanted:
            raise DataError(array, f"must be {list(wanted)} in this order, got {list(got)}")
        for ours, theirs in zip(
            getattr(schema, array), getattr(dataset.schema, array), strict=True
        ):
            if ours.unit and theirs.unit and ours.unit != theirs.unit:
                problem = f"must be in {ours.unit!r} as in training, got {theirs.unit!r}"
                raise DataError(f"{array} {ours.name}", problem)
    if dataset.condition is not None and dict(dataset.schema.categories) != schema.categories:
        raise DataError(
            "condition",
            f"must have the labels {dict(schema.categories)}, "
            f"got {dict(dataset.schema.categories)}",
        )
