"""What is in a file, before anything is learned from it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .dataset import Dataset, Quantity
from .formats.columns import Columns
from .formats.csv_roles import explained
from .formats.detect import Format, detect
from .formats.files import knows_roles, open_store, read

NEAR = 0.05
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One quantity in numbers.

    Args:
        name: Its role and name.
        unit: Its unit; "" where none is known.
        shape: The size of its array.
        least: The least of its finite values, in its unit; NaN where there are none.
        mean: Their mean.
        greatest: The greatest of them.
        missing: How many values are not finite.
        constant: Whether all finite values are equal.
    """

    name: str
    unit: str
    shape: tuple[int, ...]
    least: float
    mean: float
    greatest: float
    missing: int
    constant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """How alike the samples are; random splits of twins measure memory.

    Args:
        exact: How many samples are equal, in all their signals, to one before them.
        looked_at: How many samples were compared with all others.
        near: How many of those have another one whose shape differs by less than 5 %: the
            root mean square difference of the two, each with mean 0 and deviation 1.
        median: The median difference to the nearest other shape.
    """

    exact: int
    looked_at: int
    near: int
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found in a file.

    Args:
        path: The file or folder.
        format: Its format, by its content.
        size: Its size in bytes.
        fingerprint: The SHA-256 of its content.
        samples: How many samples it has; 0 where the roles of the arrays are not known.
        periodic: Whether a signal covers one period.
        lengths: The least, median and greatest real length, in time steps.
        groups: How many groups the samples have, if any.
        categories: How many samples each name of each label has.
        facts: The quantities.
        twins: How alike the samples are, where there are signals.
        decided: What was decided about columns of whose roles nobody says anything, and
            why: sentences by what they are about.
    """

    path: Path
    format: Format
    size: int
    fingerprint: str
    samples: int
    periodic: bool
    lengths: tuple[int, int, int] | None
    groups: int | None
    categories: dict[str, dict[str, int]]
    facts: tuple[Facts, ...]
    twins: Twins | None
    decided: Mapping[str, str] = field(default_factory=dict[str, str])

    def rows(self) -> list[tuple[str, str]]:
        """The findings as pairs of a subject and what is said of it."""
        rows = [
            ("file", f"{self.path}, {self.format}, {self.size} bytes"),
            ("sha256", self.fingerprint),
        ]
        if self.samples:
            rows.append(("samples", f"{self.samples}{', each one period' * self.periodic}"))
        if self.lengths is not None:
            least, median, greatest = self.lengths
            same = least == greatest
            rows.append(
                ("steps", f"{least}" if same else f"{least} to {greatest}, median {median}")
            )
        if self.groups is not None:
            rows.append(("groups", str(self.groups)))
        rows += [
            (label, ", ".join(f"{name} ({count})" for name, count in counts.items()))
            for label, counts in self.categories.items()
        ]
        rows += [(facts.name, _sentence(facts)) for facts in self.facts]
        rows += self.decided.items()
        if self.twins is not None:
            twins = self.twins
            rows.append(("equal samples", str(twins.exact)))
            share = f"{twins.near} of {twins.looked_at} differ by less than {NEAR:.0%}"
            rows.append(("near-twins", f"{share} from another shape, median {twins.median:.2g}"))
        return rows


def inspect(path: str | Path, *, columns: Columns | None = None) -> Inspection:
    """Looks through a file; values that are not finite are counted, not refused.

    Args:
        path: A file, or a folder of CSV files.
        columns: The roles of its arrays; without them, arrays of unknown roles are
            described each by itself.

    Raises:
        DataError: If it cannot be read.
    """
    path = Path(path)
    store = open_store(path) if columns is None else None
    if store is not None and not knows_roles(store):
        dataset, arrays = None, {name: store.read(name, slice(None)) for name in store.shapes}
        facts = [_facts(name, "", array) for name, array in arrays.items()]
    else:
        dataset = read(path, columns=columns, missing="allow")
        facts = [_facts(name, unit, array) for name, unit, array in _quantities(dataset)]
    return Inspection(
        path=path,
        format=detect(path),
        size=sum(file.stat().st_size for file in _files(path)),
        fingerprint=fingerprint(path),
        samples=dataset.size if dataset else 0,
        periodic=dataset.schema.periodic if dataset else False,
        lengths=_lengths(dataset) if dataset else None,
        groups=len(dataset.group.unique()) if dataset and dataset.group is not None else None,
        categories=_categories(dataset) if dataset else {},
        facts=tuple(facts),
        twins=_twins(dataset) if dataset else None,
        decided=_decided(path, dataset, columns) if dataset else {},
    )


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file, or of the names and contents of a folder's files."""
    path = Path(path)
    digest = hashlib.sha256()
    for file in _files(path):
        if path.is_dir():
            digest.update(str(file.relative_to(path)).encode() + b"\0")
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _decided(path: Path, dataset: Dataset, columns: Columns | None) -> Mapping[str, str]:
    """What a reader decided by itself of the columns of CSV files."""
    if detect(path) != "csv" or dataset.series is None:
        return {}
    return explained(path, dataset.schema, columns)


def _quantities(dataset: Dataset) -> list[tuple[str, str, np.ndarray]]:
    found: list[tuple[str, str, np.ndarray]] = []
    for role in ("series", "drive", "condition"):
        array: Tensor | None = getattr(dataset, role)
        quantities: Sequence[Quantity] = getattr(dataset.schema, role)
        if array is not None:
            real = _real(dataset, array) if role != "condition" else array
            found += [
                (f"{role} {q.name}", q.unit, real[..., place].numpy())
                for place, q in enumerate(quantities)
                if q.name not in dataset.schema.categories
            ]
    for kind, inner in (("family", dataset.families), ("extra", dataset.extras)):
        found += [(f"{kind} {name}", "", array.numpy()) for name, array in inner.items()]
    return found


def _real(dataset: Dataset, array: Tensor) -> Tensor:
    """The real steps of signals: as they are, or one after the other where lengths differ."""
    return array if dataset.lengths is None else array[dataset.context().mask]


def _facts(name: str, unit: str, array: np.ndarray) -> Facts:
    numbers = array if array.dtype.kind in "fiub" else np.zeros(0)
    real = numbers[np.isfinite(numbers)]
    least, greatest = (real.min(), real.max()) if real.size else (np.nan, np.nan)
    return Facts(
        name=name,
        unit=unit,
        shape=array.shape,
        least=float(least),
        mean=float(real.mean(dtype=np.float64)) if real.size else np.nan,
        greatest=float(greatest),
        missing=numbers.size - real.size,
        constant=bool(real.size > 1 and least == greatest),
    )


def _sentence(facts: Facts) -> str:
    shape = " x ".join(map(str, facts.shape))
    unit = f" {facts.unit}" if facts.unit else ""
    if np.isnan(facts.mean):
        return f"{shape}; no numbers"
    text = f"{shape}; {facts.least:.4g} to {facts.greatest:.4g}{unit}, mean {facts.mean:.4g}{unit}"
    text += f"; {facts.missing} not finite" if facts.missing else ""
    return text + ("; constant" if facts.constant else "")


def _lengths(dataset: Dataset) -> tuple[int, int, int] | None:
    if not dataset.steps:
        return None
    if dataset.lengths is None:
        return dataset.steps, dataset.steps, dataset.steps
    lengths = dataset.lengths
    return int(lengths.min()), int(lengths.median()), int(lengths.max())


def _categories(dataset: Dataset) -> dict[str, dict[str, int]]:
    if dataset.condition is None:
        return {}
    found: dict[str, dict[str, int]] = {}
    for label, names in dataset.schema.categories.items():
        column = dataset.condition[:, dataset.schema.index("condition", label)].long()
        counts = column.bincount(minlength=len(names)).tolist()
        found[label] = dict(zip(names, counts, strict=True))
    return found


def _twins(dataset: Dataset) -> Twins | None:
    signals = [x for x in (dataset.series, dataset.drive) if x is not None]
    if not signals or dataset.size < 2:
        return None
    exact = dataset.size - len({row.numpy().tobytes() for row in torch.cat(signals, -1)})
    # Shapes of many steps are compared by their values, in one unit and about one mean.
    flat = signals[0].nan_to_num().flatten(1).double()
    shapes = flat - flat.mean(1, keepdim=True)
    shapes = shapes / shapes.square().mean(1, keepdim=True).sqrt().clamp(min=1e-30)
    picked = torch.linspace(0, dataset.size - 1, min(dataset.size, _LOOKED_AT)).long().unique()
    nearest = [_nearest(shapes, rows) for rows in picked.split(256)]
    distance = torch.cat(nearest)
    return Twins(
        exact=exact,
        looked_at=len(picked),
        near=int((distance < NEAR).sum()),
        median=float(distance.median()),
    )


def _nearest(shapes: Tensor, rows: Tensor) -> Tensor:
    """The difference of some shapes to the nearest other one."""
    distance = torch.cdist(shapes[rows], shapes) / shapes.shape[1] ** 0.5
    distance[torch.arange(len(rows)), rows] = torch.inf
    return distance.amin(1)
