"""What of sets of Gaussians must be known before a recipe can say how large its parts are."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ...core.errors import DataError
from ...data.dataset import Dataset
from ...data.formats.detect import detect
from ...data.formats.files import read, records
from ...data.splats.sets import schema_of
from ...data.transforms import GaussianForm
from ...data.transforms.gaussian_form import FILED, Form, Sizes

BY_ROW = ("npz", "hdf5", "parquet", "npz_folder")


@dataclass(frozen=True, slots=True)
class Outline:
    """How large sets are; as in the documented form, where the data are not there yet.

    Args:
        slots: The most Gaussians of a set.
        colours: 1 for grey, 3 for red, green and blue.
    """

    slots: int = 512
    colours: int = 3

    def widths(self, form: Form, sizes: Sizes) -> dict[str, int]:
        """How many channels each type of parameter has in a form.

        Example:
            >>> Outline().widths("raw", "reciprocal")
            {'xy': 2, 'scale': 2, 'rot': 1, 'feat': 3}
        """
        schema = schema_of(self.colours)
        one = Dataset(schema=schema, series=torch.ones(1, 1, len(schema.series)))
        made = GaussianForm(form=form, sizes=sizes)
        made.fit(one)
        return dict(made.apply(one).schema.spans)


def outline(path: Path) -> Outline:
    """How large the sets of a file or folder are.

    Raises:
        DataError: If it cannot be read, or holds no sets of Gaussians.
    """
    if not path.exists():
        return Outline()
    if detect(path) in BY_ROW:
        some = records(path).take(slice(0, 1))
    else:
        some = read(path).take(slice(0, 1))
    names = some.schema.names("series")
    colours = len(names) - len(FILED)
    if names[: len(FILED)] != FILED or colours not in (1, 3) or some.steps == 0:
        raise DataError(
            str(path),
            f"must hold sets of Gaussians, with the channels {list(FILED)} and the colours, got"
            f" {list(names)}; make them of images with: latentloom data fit-gaussians",
        )
    return Outline(slots=some.steps, colours=colours)
