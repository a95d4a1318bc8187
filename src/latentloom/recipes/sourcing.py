"""Opens the data of a recipe, splits it, and takes its fingerprint."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..core.errors import DataError, RecipeError
from ..data.dataset import Dataset, Source
from ..data.derive import derived
from ..data.excerpt import excerpt, excerpts
from ..data.formats import read, read_many
from ..data.formats.check import long_enough
from ..data.formats.columns import to_plain
from ..data.inspect import fingerprint as hashed
from ..data.splats import size_of
from ..data.splits import PARTS, Split
from ..data.stream import StreamedDataset, Subset
from ..data.transforms.increasing import Increasing, check_increasing
from .complaints import unknown
from .sections import Data
from .simulators import simulate

PACKAGED = "excerpt:"


def open_source(data: Data, seed: int) -> Source:
    """The samples of a recipe, in the units of their files.

    Args:
        data: Where they come from.
        seed: Of a simulation.

    Raises:
        DataError: If a file cannot be used.
        RecipeError: If there is no such excerpt, or series are too short for windows.
    """
    if data.streaming == "on":
        return StreamedDataset(paths_of(data)[0], columns=data.columns)
    whole = _whole(data, seed)
    rows = long_enough(name_of(data), whole, data.least_steps)
    whole = whole if len(rows) == whole.size else whole.take(rows)
    if data.windows is None:
        return made_ready(data, whole, rows)
    try:
        return made_ready(data, data.windows(whole))
    except ValueError as error:
        raise RecipeError("data.windows", str(error)) from error


def made_ready(data: Data, dataset: Dataset, rows: Sequence[int] | None = None) -> Dataset:
    """Samples with the conditions that follow from them, once their series are looked through.

    Args:
        data: What is derived, and which series must increase.
        dataset: The samples, in the units of their files.
        rows: The number of each in its file; counted from 0 if None.

    Raises:
        DataError: If one does not increase that must, or does not tell what is derived.
    """
    rising = [name for t in data.transforms if isinstance(t, Increasing) for name in t.names]
    if rising and set(rising) <= set(dataset.schema.names("series")):
        check_increasing(name_of(data), dataset, rising, rows)
    return derived(dataset, data.derive, rows)


def name_of(data: Data) -> str:
    """What the data of a recipe are called where something is wrong with them."""
    return ", ".join(data.sources) or "data"


def _whole(data: Data, seed: int) -> Dataset:
    """The samples as they are simulated or lie in their files."""
    if data.simulate is not None:
        return simulate(data.simulate, seed)
    paths = paths_of(data)
    if len(paths) == 1 and not data.file_label:
        return read(paths[0], columns=data.columns)
    return read_many(paths, columns=data.columns, label=data.file_label)


def paths_of(data: Data) -> list[Path]:
    """The files of a recipe.

    Raises:
        RecipeError: If there is no such excerpt.
    """
    return [_path(source) for source in data.sources]


def _path(source: str) -> Path:
    if not source.startswith(PACKAGED):
        return Path(source)
    name = source.removeprefix(PACKAGED)
    if name not in excerpts():
        raise RecipeError("data.source", unknown(name, excerpts(), what=f"excerpt {name!r}"))
    return excerpt(name)


def split_source(data: Data, source: Source, seed: int) -> Split:
    """Which samples train, which choose the model and which judge it.

    Raises:
        DataError: If the source has neither signals nor features to learn from.
        RecipeError: If it cannot be split like that.
    """
    if not (source.schema.series or source.schema.families):
        raise DataError(
            name_of(data), "must hold series or families, something to learn, and has none"
        )
    try:
        if not 0 < data.most < source.size:
            return data.split(source, seed)
        drawn = torch.Generator().manual_seed(seed)
        rows = torch.randperm(source.size, generator=drawn)[: data.most].sort().values
        some = source.take(rows) if isinstance(source, Dataset) else Subset(source, rows)
        split = data.split(some, seed)
    except ValueError as error:
        raise RecipeError("data.split", str(error)) from error
    return Split(**{part: rows[getattr(split, part)] for part in PARTS})


def fingerprint(data: Data, source: Source, split: Split) -> dict[str, Any]:
    """What the data of a run was: files with their hashes, columns, sizes, split."""
    parts = {part: len(getattr(split, part)) for part in PARTS}
    named = zip(data.sources, paths_of(data), strict=True)
    files = [{"path": source, "sha256": hashed(path)} for source, path in named]
    if data.simulate is not None:
        arrays = source.take(slice(0, 8)).arrays().values()
        content = b"".join(array.numpy().tobytes() for array in arrays)
        files = [{"path": "simulated", "sha256": hashlib.sha256(content).hexdigest()}]
    return {
        "files": files,
        "samples": source.size,
        "steps": source.steps,
        "ragged": source.take(slice(0, 1)).lengths is not None,
        "schema": to_plain(source.schema),
        "image": size_of(source.outline()),
        "split": parts,
    }


def digest(value: Mapping[str, Any]) -> str:
    """Names the contents of the data of a fingerprint, wherever its files lie."""
    hashes = [entry["sha256"] for entry in value["files"]]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]
