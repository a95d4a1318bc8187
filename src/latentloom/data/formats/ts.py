"""The .ts files of sktime: colons between channels, commas between values, label last."""

from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ..dataset import Dataset, Source
from .numbers import floats
from .ucr import labelled_series, unlabelled
from .writing import fresh


def read(path: Path) -> Dataset:
    """Reads series of any number of channels; lengths may differ.

    Raises:
        DataError: If a line has another form, or the file has time stamps or targets.
    """
    header, cases = _parts(path)
    if header.get("timestamps", "false").lower() == "true":
        raise DataError(str(path), "has time stamps; only series without them can be read")
    has_label = header.get("classlabel", "false").lower().startswith("true")
    labels: list[str] = []
    pieces: list[np.ndarray] = []
    for number, line in cases:
        *channels, label = line.split(":") if has_label else [*line.split(":"), ""]
        values = [floats(f"{path}:{number}", channel.split(",")) for channel in channels]
        lengths = [len(channel) for channel in values]
        if len(set(lengths)) != 1:
            raise DataError(f"{path}:{number}", f"channels must be equally long, got {lengths}")
        if pieces and pieces[0].shape[1] != len(values):
            raise DataError(
                f"{path}:{number}",
                f"must have {pieces[0].shape[1]} channels as the lines before, got {len(values)}",
            )
        labels += [label.strip()] if has_label else []
        pieces.append(np.stack(values, -1))
    count = pieces[0].shape[1] if pieces else 0
    names = ("value",) if count == 1 else tuple(f"channel_{channel}" for channel in range(count))
    return labelled_series(str(path), labels, pieces, names)


def write(source: Source, path: Path) -> None:
    """Writes series with one label.

    Raises:
        DataError: If there is more than fits, or the file exists or cannot be written.
    """
    labels, pieces = unlabelled(source, path)
    channels = len(source.schema.series)
    names = next(iter(source.schema.categories.values()))
    equal = len({len(piece) for piece in pieces}) == 1
    header = [
        f"@problemName {path.stem}",
        "@timeStamps false",
        "@missing false",
        f"@univariate {str(channels == 1).lower()}",
        *([f"@dimensions {channels}"] if channels > 1 else []),
        f"@equalLength {str(equal).lower()}",
        *([f"@seriesLength {len(pieces[0])}"] if equal else []),
        f"@classLabel true {' '.join(names)}",
        "@data",
    ]
    with fresh(path) as partial, partial.open("w") as file:
        file.writelines(f"{line}\n" for line in header)
        for label, piece in zip(labels, pieces, strict=True):
            rows = (",".join(f"{value:.9g}" for value in channel) for channel in piece.T)
            file.write(":".join([*rows, label]) + "\n")


def _parts(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The settings before `@data`, and the numbered lines behind it."""
    header: dict[str, str] = {}
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith("@"):
            name, _, value = line[1:].partition(" ")
            header[name.lower()] = value.strip()
            if name.lower() == "data":
                numbered = enumerate(lines[number:], start=number + 1)
                return header, [(at, rest) for at, rest in numbered if rest.strip()]
    raise DataError(str(path), "has no @data line; it may be cut short")
