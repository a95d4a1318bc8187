"""One basis of principal components for the fields of many runs."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from ...core.errors import DataError
from ...core.files import write_atomically
from ..formats.npz import loaded

Form = Literal["radial", "maps"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Basis:
    r"""Principal components that are the same for all runs, with fixed signs.

    The score of values $x$ on component $i$ is $b_i \cdot (x - m)$. Each component's entry
    of largest magnitude is positive, which settles its sign.

    Args:
        form: What they were fitted to: `radial` profiles, or whole `maps`, row by row.
        grid: Cells along each side of the fields that they were fitted to.
        mean: $m$.
        components: $b_i$, of length 1 and orthogonal.
        explained: The share of the variance about the mean that each explains.
        held_out: The share that the first 1, 2 ... of them explain of runs that they were
            not fitted to; none if there were no such runs.
    """

    form: Form
    grid: int
    mean: np.ndarray
    components: np.ndarray
    explained: np.ndarray
    held_out: np.ndarray

    @property
    def radii(self) -> np.ndarray:
        """The radius of each entry of a profile, in cells; none of whole maps."""
        return np.arange(len(self.mean) if self.form == "radial" else 0)

    def entries(self, values: np.ndarray) -> np.ndarray:
        """Those entries of profiles, or maps, of another grid that the basis is about."""
        return values[..., : len(self.mean)]

    def check_grid(self, source: str, grid: int) -> None:
        """Checks that fields of a size can be told on this basis.

        Args:
            source: Where they are from.
            grid: Cells along each side of the fields.

        Raises:
            DataError: If they are too small for its radii, or not of the size of its maps.
        """
        if self.form == "maps" and grid != self.grid:
            raise DataError(
                source,
                f"fields must be {self.grid} x {self.grid} as the maps of the basis are, got "
                f"{grid} x {grid}; fit a basis of their own, or one of radial profiles",
            )
        if self.form == "radial" and grid // 2 < self.radii[-1]:
            raise DataError(
                source,
                f"fields must have {2 * self.radii[-1]} cells a side or more, for the radii 0 "
                f"to {self.radii[-1]} of the basis, got {grid}; fit a basis of their own",
            )

    def scores(self, values: np.ndarray) -> np.ndarray:
        """The scores of values, ... x components."""
        return (values - self.mean) @ self.components.T

    def restored(self, scores: np.ndarray) -> np.ndarray:
        """The values nearest to which those with these scores may be."""
        return self.mean + scores @ self.components

    def kept(self, values: np.ndarray) -> np.ndarray:
        """The share of the variance about the mean that the first 1, 2 ... explain."""
        total = np.square(values - self.mean).sum()
        each = np.square(self.scores(values)).reshape(-1, len(self.components)).sum(0)
        return np.cumsum(each) / total

    def sentence(self) -> str:
        """What the components keep of the variance."""
        said = f"{len(self.components)} components keep {self.explained.sum():.3f} of the variance"
        if not len(self.held_out):
            return said
        return f"{said}, {self.held_out[-1]:.3f} of runs that they were not fitted to"

    def write(self, path: Path) -> None:
        """Writes the basis as an .npz file, over one that may be there.

        Raises:
            DataError: If the file cannot be written.
        """
        names = ("mean", "components", "explained", "held_out", "radii")
        arrays = {name: getattr(self, name) for name in names}
        save = partial(np.savez, allow_pickle=False, form=self.form, grid=self.grid, **arrays)
        try:
            write_atomically(path, save)
        except OSError as problem:
            raise DataError(str(path), f"cannot be written: {problem.strerror}") from problem


def read_basis(path: Path) -> Basis:
    """The basis of a file that `Basis.write` made.

    Raises:
        DataError: If it is none.
    """
    if not path.is_file():
        raise DataError(str(path), "must be the file of a basis, NAME.basis.npz; there is none")
    arrays = loaded(path)
    names = ("form", "grid", "mean", "components", "explained", "held_out")
    if lost := [name for name in names if name not in arrays]:
        raise DataError(str(path), f"must be the file of a basis, NAME.basis.npz; it lacks {lost}")
    values = {name: arrays[name].astype(np.float64) for name in names[2:]}
    form: Form = "radial" if str(arrays["form"]) == "radial" else "maps"
    return Basis(form=form, grid=int(arrays["grid"]), **values)


def basis_file(path: Path) -> Path:
    """Where the basis of a file of data lies: beside it.

    Example:
        >>> basis_file(Path("runs/spinodal.h5")).name
        'spinodal.basis.npz'
    """
    return path.with_name(f"{path.stem}.basis.npz")
