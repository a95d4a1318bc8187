"""Files in, files out: what a run does with the files of its users."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..core.errors import DataError
from ..data.dataset import Dataset, Schema
from ..data.derive import derived
from ..data.formats import Columns, read, write
from ..data.formats.detect import by_suffix
from ..data.simulate import Spinodal
from ..data.splats import GaussianFit, Images, fit_file, read_images
from .inputs import gathered
from .layout import columns_for, holds
from .overrides import overridden, parse_override
from .schema import make
from .sections import Data
from .simulators import LONG, Simulator, simulate


def check_output(path: Path) -> None:
    """Checks that signals can be written to a file, before they are made.

    Raises:
        DataError: If it exists, or its ending is not that of a format.
    """
    if path.exists():
        raise DataError(str(path), "must be a new file, and it exists; choose another name")
    by_suffix(path)


def known_from(
    schema: Schema,
    path: Path | None,
    condition: Mapping[str, Any],
    *,
    series: str = "",
    data: Data | None = None,
) -> Dataset:
    """What a file and the conditions beside it say of signals.

    Args:
        schema: The columns that a run was trained on.
        path: The file; its arrays are found by their names, if it was not written here.
        condition: Values by name, for all of them; they go before those of the file.
        series: `series` to read the signals themselves too.
        data: The data of the run's recipe: how files of their layout are read, and what is
            derived of their signals.

    Raises:
        DataError: If the file lacks something, or has it in another unit.
    """
    if path is None:
        nothing = not (schema.drive or schema.condition or condition)
        return Dataset(schema=schema) if nothing else gathered(schema, condition=condition or None)
    derive, trained = ((), None) if data is None else (data.derive, data.columns)
    whole = series or ("series" if derive and holds(path, schema, trained) else "")
    dataset = read(path, columns=columns_for(path, schema, whole, trained))
    if dataset.series is not None:
        dataset = derived(dataset, derive)
    if not series:
        bare = replace(dataset.schema, series=(), families={})
        dataset = replace(dataset, series=None, families={}, schema=bare)
    told = "families" if schema.families else series
    needs = ("drive", "condition", *([told] if series else []))
    return gathered(schema, drive=dataset, condition=condition or None, needs=needs)


def whole_from(schema: Schema, path: Path) -> Dataset:
    """All that a file holds, whatever of it the parts are shown.

    Args:
        schema: The columns that a run was trained on, for files that do not know theirs.
        path: The file.

    Raises:
        DataError: If it cannot be read.
    """
    return read(path, columns=columns_for(path, schema, "series", None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What is simulated.

    Args:
        simulate: The simulation.
    """

    simulate: Simulator


def simulated(kind: str, settings: Mapping[str, Any], changes: Sequence[str]) -> Simulator:
    """A simulation and its settings.

    Args:
        kind: Its name, with - or _.
        settings: Some of its settings.
        changes: More of them, as NAME=VALUE.

    Raises:
        RecipeError: If there is no such simulation, or it has no such setting.
    """
    tree = {"kind": kind.replace("-", "_"), **settings}
    chosen = overridden(tree, [parse_override(change) for change in changes])
    return make(Simulated, {"simulate": chosen}).simulate


def save_simulated(
    simulator: Simulator,
    seed: int,
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    workers: int = 1,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Sequence[str]:
    """Writes the records of a simulation.

    Args:
        simulator: The simulation.
        seed: Equal seeds give equal records.
        path: The file; its suffix is its format.
        columns: Which conditions are columns of each CSV file of runs of spinodal
            decomposition; all if None.
        workers: Processes that share the work, where it is long.
        progress: Then told how many records are done, of how many.

    Returns:
        What there is to say of them, in sentences.

    Raises:
        DataError: If the file exists or cannot be written, or has no such columns.
    """
    check_output(path)
    if columns is not None and not isinstance(simulator, Spinodal):
        problem = "columns can be chosen of runs of spinodal decomposition only; leave them out"
        raise DataError(str(path), problem)
    long = LONG.get(type(simulator))
    if long is None or by_suffix(path) not in long.formats:
        write(simulate(simulator, seed), path)
        return ()
    chosen = {} if columns is None else {"columns": columns}
    return long.write(simulator, seed, path, **chosen, workers=workers, progress=progress) or ()


def gaussian_fit(settings: Mapping[str, Any], changes: Sequence[str]) -> GaussianFit:
    """How Gaussians are fitted.

    Args:
        settings: Some of the settings.
        changes: More of them, as NAME=VALUE.

    Raises:
        RecipeError: If there is no such setting, or it cannot be.
    """
    return make(GaussianFit, overridden(settings, [parse_override(change) for change in changes]))


def save_fitted(
    images: Path,
    settings: GaussianFit,
    seed: int,
    path: Path,
    *,
    most: int | None = None,
    pixels: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Dataset:
    """Writes the Gaussians that are fitted to images.

    Args:
        images: Where they are.
        settings: How they are fitted.
        seed: Equal seeds give equal sets.
        path: The file; its suffix is its format.
        most: How many images are taken, the first ones; all of them if None.
        pixels: Whether the images themselves are written too.
        workers: Processes that share the work.
        progress: Told how many images are done, of how many.

    Returns:
        What was written.

    Raises:
        DataError: If the file exists or cannot be written, or the images cannot be read.
    """
    check_output(path)
    read: Images = read_images(images)[:most]
    return fit_file(read, settings, seed, path, pixels=pixels, workers=workers, progress=progress)


def columns_of(
    series: Sequence[str] | None,
    drive: Sequence[str] | None,
    condition: Sequence[str] | None,
    rows: Literal["samples", "steps"] = "samples",
    family: Sequence[str] | None = None,
    leave_out: Sequence[str] | None = None,
    constants: Literal["series", "conditions"] | None = None,
    channels: Sequence[str] | None = None,
) -> Columns | None:
    """The roles of a file's arrays, as `Columns` has them; None if nothing is said of them.

    Arrays whose channels are named, as `ARRAY=NAME,...`, are the signal if no other is said to
    be.

    Raises:
        DataError: If rows are said to be steps, and no array is named; or channels are not
            written like that.
    """
    named = dict(map(_channels, channels or ()))
    if named and not series:
        series = [*named]
    if rows == "steps" and not (series or drive):
        raise DataError("rows", "are steps of arrays that must be named, by --series NAME")
    asked = Columns(
        series=tuple(series or ()),
        drive=tuple(drive or ()),
        condition=tuple(condition or ()),
        families=tuple(family or ()),
        rows=rows,
        leave_out=tuple(leave_out or ()),
        constants=constants,
        channels=named,
    )
    return None if asked == Columns() else asked


def _channels(text: str) -> tuple[str, tuple[str, ...]]:
    """An array and the names of its channels, from `ARRAY=NAME,...`."""
    array, _, names = text.partition("=")
    found = tuple(name.strip() for name in names.split(","))
    if not array.strip() or not all(found):
        raise DataError("channels", f"must be ARRAY=NAME,..., got {text!r}")
    return array.strip(), found
