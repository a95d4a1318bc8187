"""Puts the MagNet waveforms of three materials, their shapes and their test part into one file.

The file keeps the columns of the source and adds the material as a label, the shape as the
group and `held_out` as an extra. With `--records`, it keeps so many records of each material,
spread over shapes, frequencies and temperatures; so the excerpt of the package was made:

    python benchmarks/magnet.py ../shared/data/waveforms magnet.npz --records 160
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from latentloom.data.dataset import Dataset
from latentloom.data.formats import Columns, read_many, write

MATERIALS = ("ML95S", "3C95", "3C92")
COLUMNS = Columns(
    series=("voltage [V]",),
    drive=("current [A]",),
    condition=("frequency [Hz]", "temperature [degC]", "b_peak [T]"),
    periodic=True,
)


def gathered(folder: Path) -> Dataset:
    """All records, in the order of the labels."""
    files = [folder / f"magnet_{material}.npz" for material in MATERIALS]
    dataset = read_many(files, columns=COLUMNS, label="material")
    names = dataset.schema.categories["material"]
    short = {"material": tuple(name.removeprefix("magnet_") for name in names)}
    with np.load(folder / "shape_labels.npz", allow_pickle=False) as labels:
        if labels["material"].tolist() != [m for m in MATERIALS for _ in range(1000)]:
            raise ValueError("the labels must be in the order of the files, and are not")
        shape = torch.from_numpy(labels["shape"].astype(np.int64))
        held_out = torch.from_numpy(labels["held_out"].astype(np.float32))
    return replace(
        dataset,
        schema=replace(dataset.schema, categories=short),
        group=shape,
        extras={"held_out": held_out[:, None]},
    )


def spread(dataset: Dataset, records: int) -> torch.Tensor:
    """Rows of so many records of each material.

    Each material's records are sorted by shape, then frequency, and taken at equal
    distances, so that each shape keeps its share and its whole range of frequencies.
    """
    assert dataset.condition is not None
    assert dataset.group is not None
    material = dataset.condition[:, dataset.schema.index("condition", "material")]
    frequency = dataset.condition[:, dataset.schema.index("condition", "frequency")]
    rows: list[torch.Tensor] = []
    for label in material.unique():
        inside = (material == label).nonzero()[:, 0].numpy()
        order = np.lexsort((frequency[inside].numpy(), dataset.group[inside].numpy()))
        places = np.linspace(0, len(inside) - 1, min(records, len(inside))).round().astype(int)
        rows.append(torch.from_numpy(inside[order[places]]))
    return torch.cat(rows).sort().values


def main() -> None:
    """Reads the arguments and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where magnet_*.npz and shape_labels.npz are")
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--records", type=int, help="how many of each material; all by default")
    arguments = parser.parse_args()
    dataset = gathered(arguments.folder)
    if arguments.records:
        dataset = dataset.take(spread(dataset, arguments.records))
    write(dataset, arguments.out)


if __name__ == "__main__":
    main()
