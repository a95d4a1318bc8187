"""The roles of the arrays of files that are given to a run."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..data.dataset import Schema
from ..data.formats import Columns, detect
from ..data.formats.channels import NamedChannels, channel_called
from ..data.formats.columns import parsed
from ..data.formats.csv_roles import CONDITIONS, SCHEMA, sample_files
from ..data.formats.csv_table import read_header
from ..data.formats.ends import ends
from ..data.formats.files import open_store
from ..data.formats.store import Store


def columns_for(
    path: Path, schema: Schema, series: str, trained: Columns | None
) -> Columns | None:
    """The roles of a file's arrays; None if it knows them itself.

    A file that is laid out as those that a run was trained on is read like them; of any
    other, arrays are found by the names that the run knows.

    Args:
        path: The file.
        schema: The columns that the run was trained on.
        series: `series` to read the signals too.
        trained: The roles in the files that it was trained on, where these did not know them.
    """
    if detect(path) in ("ucr", "ts"):
        return None
    store = open_store(path)
    if store is not None and store.schema is not None:
        return None
    if store is None and (path / SCHEMA).is_file():
        return None
    if trained is not None and _needs_telling(trained):
        found = _like(path, store, trained, series)
        if found is not None:
            return found
    known = _csv_columns(path) if store is None else _named_in(store, schema.names("condition"))
    asked = Columns(
        series=tuple(map(str, schema.series)) if series else (),
        drive=tuple(map(str, schema.drive)),
        condition=tuple(str(q) for q in schema.condition if q.name in known),
        families=tuple(schema.families) if series else (),
        periodic=schema.periodic,
    )
    if store is None:
        return asked
    return replace(asked, **ends(store, (*schema.names("series"), *schema.names("drive"))))


def holds(path: Path, schema: Schema, trained: Columns | None) -> bool:
    """Whether the signals of a run are in a file, and not only what is known of them."""
    columns = columns_for(path, schema, "series", trained)
    store = open_store(path)
    if columns is None:
        return store is None or store.schema is None or bool(store.schema.series)
    names = [quantity.name for quantity in columns.quantities("series")]
    if store is None:
        return set(names) <= _csv_columns(path)
    return len(_named_in(_named(store, columns), names)) == len(names)


def _needs_telling(columns: Columns) -> bool:
    """Whether the names of arrays do not tell how they are to be read."""
    return bool(columns.channels or columns.id or columns.label_names)


def _like(path: Path, store: Store | None, trained: Columns, series: str) -> Columns | None:
    """The roles that a run was trained with, if a file has such arrays, but for conditions."""
    single = (trained.label, trained.label_names, trained.lengths, trained.offsets, trained.id)
    needed = [parsed(text).name for text in single if text]
    signals = trained.quantities("drive") + (trained.quantities("series") if series else ())
    needed += [quantity.name for quantity in signals]
    told = [quantity.name for quantity in trained.quantities("condition")]
    if store is None:
        known = _csv_columns(path) if path.is_file() else set[str]()
    else:
        known = _named_in(_named(store, trained), (*needed, *told))
    if not set(needed) <= known:
        return None
    return replace(
        trained,
        series=trained.series if series else (),
        families=trained.families if series else (),
        condition=tuple(text for text in trained.condition if parsed(text).name in known),
        group="",
        extras=(),
    )


def _named(store: Store, columns: Columns) -> Store:
    """The file with the names of channels that it has, of those that are told."""
    shapes = store.shapes
    channels = {
        name: names
        for name, names in columns.channels.items()
        if shapes.get(name, (0,))[-1] == len(names)
    }
    return NamedChannels(store, channels)


def _csv_columns(path: Path) -> set[str]:
    """The names of what a folder of CSV files says of each sample, in its files or beside."""
    header = read_header(sample_files(path)[0])
    if (path / CONDITIONS).is_file():
        header = (*header, *read_header(path / CONDITIONS))
    return {quantity.name for quantity in header}


def _named_in(store: Store, names: Iterable[str]) -> set[str]:
    """The names that an archive has, as arrays or as channels of some."""
    return {n for n in names if n in store.shapes or channel_called(store, n) is not None}
