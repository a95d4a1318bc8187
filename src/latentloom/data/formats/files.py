"""Reads and writes datasets, whatever their format."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..dataset import Dataset, Source
from . import csv_folder, hdf5, npz, parquet, ts, ucr
from .channels import NamedChannels
from .check import check_finite
from .columns import Columns
from .csv_table import CsvStore, has_families
from .detect import Format, by_suffix, detect
from .ends import ends
from .families import completed
from .join import joined
from .labels import labelled
from .long import OFFSETS, LongForm, LongSeries
from .mapped import MappedRecords
from .records import Missing, OwnRecords, Records
from .set_folder import SetFolderStore
from .store import Store

_STORES: dict[Format, Callable[[Path], Store]] = {
    "npz": npz.NpzStore,
    "hdf5": hdf5.Hdf5Store,
    "parquet": parquet.ParquetStore,
    "npz_folder": SetFolderStore,
}
_WRITERS: dict[Format, Callable[[Source, Path], None]] = {
    "csv": csv_folder.write,
    "npz": npz.write,
    "hdf5": hdf5.write,
    "parquet": parquet.write,
    "ucr": ucr.write,
    "ts": ts.write,
}


def read(
    path: str | Path, *, columns: Columns | None = None, missing: Missing = "refuse"
) -> Dataset:
    """Reads a dataset into memory; its format is told by its content.

    Args:
        path: A file, or a folder of CSV files or of one .npz a set of Gaussians.
        columns: The roles of its arrays; not for files that know them.
        missing: Whether values that are not finite are refused or allowed.

    Raises:
        DataError: If it cannot be read, or does not hold what `columns` says.
    """
    path = Path(path)
    found = detect(path)
    if found in _STORES:
        return records(path, columns=columns, missing=missing).take(slice(None))
    if found == "csv" and _is_table(path, columns):
        return _mapped(CsvStore(path), columns, missing).take(slice(None))
    if found == "csv":
        dataset = csv_folder.read(path, columns, missing)
    elif columns is not None:
        raise DataError(str(path), "is a format with fixed roles; leave the columns out")
    else:
        dataset = ts.read(path) if found == "ts" else ucr.read(path)
    if missing == "refuse":
        check_finite(str(path), dataset, np.arange(dataset.size))
    return dataset


def read_many(
    paths: Sequence[str | Path],
    *,
    columns: Columns | None = None,
    label: str = "",
    missing: Missing = "refuse",
) -> Dataset:
    """Reads several files as one dataset.

    Args:
        paths: At least one.
        columns: The roles of the arrays in each.
        label: A name for one more condition, the label of the file that a sample is from,
            which is the file's name without its ending; none if empty.
        missing: Whether values that are not finite are refused or allowed.

    Raises:
        DataError: If a file cannot be read, or they do not fit each other.
    """
    if not paths:
        raise DataError("data", "at least one file must be given")
    datasets = [read(path, columns=columns, missing=missing) for path in paths]
    if label:
        stems = [Path(path).stem for path in paths]
        datasets = [labelled(d, label, stem) for d, stem in zip(datasets, stems, strict=True)]
    return joined([str(path) for path in paths], datasets)


def write(source: Source, path: str | Path, format: Format | None = None) -> None:  # noqa: A002
    """Writes a dataset, with its schema where the format can hold one.

    Args:
        source: The samples; HDF5 and Parquet are written without reading them all at once.
        path: Where to.
        format: The format; by the ending of the path if None.

    Raises:
        DataError: If the path exists or cannot be written, or the format cannot hold it all.
    """
    path = Path(path)
    _WRITERS[format or by_suffix(path)](source, path)


def records(
    path: str | Path, *, columns: Columns | None = None, missing: Missing = "refuse"
) -> Records:
    """Opens what can be read by row: npz, HDF5, Parquet, or a folder of sets of Gaussians.

    Raises:
        DataError: If it has another format, or cannot be read.
    """
    path = Path(path)
    found = detect(path)
    if found not in _STORES:
        raise DataError(str(path), f"only {', '.join(_STORES)} can be read by row, got {found}")
    store = _STORES[found](path)
    if store.schema is not None:
        return OwnRecords(store, store.schema, missing, families=_asked_of(store, columns))
    return _mapped(store, columns, missing)


def open_store(path: Path) -> Store | None:
    """The arrays of a file by their own names, if its format has such."""
    found = detect(path)
    return _STORES[found](path) if found in _STORES else None


def knows_roles(store: Store) -> bool:
    """Whether a file can be read without being told the roles of its arrays."""
    return store.schema is not None or completed(store, None) is not None


def _asked_of(store: Store, columns: Columns | None) -> tuple[str, ...]:
    """Which families of a file that knows its schema are asked for; all of them if empty."""
    if columns is None:
        return ()
    if columns != Columns(families=columns.families):
        raise DataError(
            store.source, "carries its own schema; leave the columns out, all but its families"
        )
    return columns.families


def _is_table(path: Path, columns: Columns | None) -> bool:
    """Whether each row of a CSV file is a sample, or a step of the one that it names."""
    if columns is not None and columns.id:
        return path.is_file()
    signals = columns is not None and bool(columns.series or columns.drive)
    named = columns is not None and bool(columns.families)
    return path.is_file() and not signals and (named or has_families(path))


def _mapped(store: Store, columns: Columns | None, missing: Missing) -> MappedRecords:
    columns = completed(store, columns)
    if columns is None:
        shapes = ", ".join(f"{name} {shape}" for name, shape in store.shapes.items())
        fit = ""
        if "images" in store.shapes:
            fit = "; to make sets of Gaussians of images: latentloom data fit-gaussians"
        raise DataError(
            store.source,
            f"has no schema of its own; say which column is what. It has {shapes}{fit}",
        )
    if columns.id:
        ragged = replace(columns, id="", offsets=OFFSETS)
        return MappedRecords(LongForm(store, columns), ragged, missing)
    if columns.channels:
        store = NamedChannels(store, columns.channels)
    if columns.rows == "steps":
        return MappedRecords(LongSeries(store), columns, missing)
    return MappedRecords(store, _with_ends(store, columns), missing)


def _with_ends(store: Store, columns: Columns) -> Columns:
    """The roles, with offsets of the usual name where signals lie one after the other."""
    if columns.lengths or columns.offsets:
        return columns
    signals = (*columns.quantities("series"), *columns.quantities("drive"))
    offsets = ends(store, [quantity.name for quantity in signals]).get("offsets", "")
    return replace(columns, offsets=offsets)
