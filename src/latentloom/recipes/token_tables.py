"""Tables of codes with the names of their books, for programs that read nothing else."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int

from ..core.errors import DataError, RunError
from ..data.dataset import Quantity
from ..data.formats.writing import fresh
from .run import Run

MARK = b"latentloom_tokens"
SUFFIXES = (".parquet", ".h5", ".hdf5")
PLACES = ("sample", "step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the codes of a run are called, and what they stand for.

    Args:
        names: The name of each book: `CATEGORY/LEVEL` where there are categories.
        sizes: How many codes each has.
        features: The features of each category, with their units.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    features: Mapping[str, tuple[str, ...]]

    @property
    def dtype(self) -> np.dtype:
        """The smallest of int16 and int32 that holds every code."""
        return np.dtype(np.int16 if max(self.sizes) <= np.iinfo(np.int16).max + 1 else np.int32)


def books_of(run: Run) -> Books:
    """The books of a run.

    Raises:
        RunError: If it has none.
    """
    representation = run.system.representation
    sizes = () if representation is None else tuple(representation.levels)
    if not sizes:
        raise RunError(
            str(run.folder.path),
            "has no codes, and tables hold nothing else; its latents are .npz files of encode",
        )
    schema = run.ready_schema
    names = tuple(f"book_{book}" for book in range(len(sizes)))
    if schema.spans and len(sizes) % len(schema.spans) == 0:
        depth = len(sizes) // len(schema.spans)
        names = tuple(f"{name}/{level}" for name in schema.spans for level in range(depth))
    told, features = iter(_with_units(run)), dict[str, tuple[str, ...]]()
    for name, count in schema.spans.items():
        features[name] = tuple(islice(told, count))
    return Books(names=names, sizes=sizes, features=features)


def _with_units(run: Run) -> list[str]:
    """The features as the parts see them, in their order, with the units of the files."""
    units = {
        f"{family}/{feature.name}": feature.unit
        for family, features in run.schema.families.items()
        for feature in features
    }
    names = run.ready_schema.names("series")
    return [str(Quantity(name, units.get(name.partition("@")[0], ""))) for name in names]


def is_table(path: Path) -> bool:
    """Whether a file's ending is that of a table of codes."""
    return path.suffix.lower() in SUFFIXES


def save_codes(codes: Int[np.ndarray, "N S K"], books: Books, path: Path) -> None:
    """Writes codes as a table.

    A Parquet file has a row for each sample and latent step, with its numbers in the columns
    `sample` and `step` and a column for each book; an HDF5 file has the array `codes`,
    samples x steps x books. Both tell the books and the features of each category as JSON,
    in the metadata or in the attribute `latentloom_tokens`.

    Args:
        codes: The codes.
        books: What they are called.
        path: The file, new, and named .parquet, .h5 or .hdf5.

    Raises:
        DataError: If it exists or cannot be written.
    """
    told = json.dumps(asdict(books))
    small = codes.astype(books.dtype)
    with fresh(path) as partial:
        if path.suffix.lower() == ".parquet":
            _write_parquet(small, books, told, partial)
        else:
            with h5py.File(partial, "w") as file:
                file.create_dataset("codes", data=small)
                file.attrs[MARK.decode()] = told


def load_codes(path: Path, books: Books) -> Int[np.ndarray, "N S K"]:
    """Reads what `save_codes` wrote, or a table of the same columns.

    Args:
        path: The file.
        books: The books of the run that is to decode them.

    Raises:
        DataError: If it is damaged, or holds codes of other books.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path, books)
        return _read_hdf5(path, books)
    except FileNotFoundError:
        raise DataError(str(path), "does not exist") from None
    except (OSError, KeyError, pa.ArrowException) as error:
        problem = f"must be codes as `encode` writes them, and cannot be read: {error}"
        raise DataError(str(path), problem) from error


def _write_parquet(codes: Int[np.ndarray, "N S K"], books: Books, told: str, path: Path) -> None:
    samples, steps, _ = codes.shape
    columns: dict[str, Any] = {
        "sample": np.repeat(np.arange(samples), steps),
        "step": np.tile(np.arange(steps), samples),
    }
    columns |= {name: codes[..., book].ravel() for book, name in enumerate(books.names)}
    table = pa.table(columns)
    pq.write_table(table.replace_schema_metadata({MARK: told.encode()}), path)


def _read_parquet(path: Path, books: Books) -> Int[np.ndarray, "N S K"]:
    file = pq.ParquetFile(path)
    own = tuple(name for name in file.schema_arrow.names if name not in PLACES)
    told = (file.schema_arrow.metadata or {}).get(MARK)
    _check(path, own, json.loads(told) if told else None, books)
    table = file.read()
    steps = 1
    if "step" in table.column_names and table.num_rows:
        steps = int(table["step"].to_numpy().max()) + 1
    columns = [table[name].to_numpy() for name in books.names]
    for name, column in zip(books.names, columns, strict=True):
        if column.dtype.kind not in "iu":
            raise DataError(str(path), f"{name} must be whole numbers, got {column.dtype}")
    if table.num_rows % steps:
        problem = f"must have {steps} rows for each sample, got {table.num_rows} rows"
        raise DataError(str(path), problem)
    return np.stack(columns, 1).astype(np.int64).reshape(-1, steps, len(books.names))


def _read_hdf5(path: Path, books: Books) -> Int[np.ndarray, "N S K"]:
    with h5py.File(path) as file:
        told = json.loads(str(file.attrs[MARK.decode()]))
        _check(path, tuple(told["names"]), told, books)
        node: Any = file["codes"]
        return node[()].astype(np.int64)


def _check(
    path: Path, names: tuple[str, ...], told: Mapping[str, Any] | None, books: Books
) -> None:
    """Refuses codes of other books."""
    if names != books.names:
        wrong = [name for name in books.names if name not in names] or [
            name for name in names if name not in books.names
        ]
        raise DataError(
            str(path),
            f"must have the books of the run, {_listed(books.names)}, and differs"
            f" in {_listed(wrong or names)}; encode with the same run",
        )
    if told is None:
        return
    if tuple(told["sizes"]) != books.sizes:
        raise DataError(
            str(path),
            f"must have books of {list(books.sizes)} codes, got {told['sizes']}; encode with the"
            " same run",
        )
    ours = {name: list(features) for name, features in books.features.items()}
    for name, features in told["features"].items():
        if ours.get(name) != features:
            problem = f"category {name} must have the features that the run has; encode with it"
            raise DataError(str(path), problem)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    few = ", ".join(map(repr, names[:4]))
    return f"{few} and {len(names) - 4} more" if len(names) > 4 else few
