"""The parameters of two-dimensional Gaussians, in forms that a network can learn."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import DataError
from ..dataset import Dataset, Quantity, Schema
from .columns import need, padded, real
from .transform import Transform

Form = Literal["raw", "canonical", "double_angle", "cholesky", "log_covariance"]
Sizes = Literal["reciprocal", "log"]
Shape = Float[Tensor, "N T _"]

FILED = ("x", "y", "scale_0", "scale_1", "rotation")
"""The first channels of a set of Gaussians in its file; colours or grey follow."""

LEAST, MOST = 1e-4, 1e4
"""The reciprocal deviations, per pixel, between which a Gaussian is drawn."""

_LIMIT = math.log(MOST)


class GaussianForm(Transform):
    r"""Writes the shapes of Gaussians in a form that is easier to learn than that of files.

    Each step of a signal is a Gaussian: its centre `x, y` as fractions of the image, the
    reciprocals `scale_0, scale_1` of its deviations $s_i$ in pixels, its angle `rotation`
    $\theta$ in radians, then its colours. With $R$ the rotation by $\theta$ its covariance is
    $\Sigma = R \, \mathrm{diag}(s_0^2, s_1^2) \, R^T$. Many such numbers mean one
    Gaussian: $\theta + \pi$; both deviations swapped and $\theta + \pi / 2$; any $\theta$
    where $s_0 = s_1$. The forms:

    - `raw` keeps both deviations and the angle as they are, for comparison.
    - `canonical` picks one of each: $s_0 \ge s_1$ and $\theta \in [-\pi/2, \pi/2)$. It
      jumps at the ends of that range.
    - `double_angle` writes the canonical angle as $\cos 2\theta, \sin 2\theta$, which
      does not jump, but says as much of a round Gaussian as of a long one.
    - `cholesky` has $\log L_{00}, \log L_{11}$ and $L_{10}$ of $\Sigma = L L^T$.
    - `log_covariance` has the size $m = \log \sqrt{s_0 s_1}$ and the stretch
      $a \cos 2\theta, a \sin 2\theta$ with $a = \log(s_0 / s_1)$: the logarithm of $\Sigma$.
      It is smooth everywhere, and an angle counts as much as the Gaussian is long.

    The inverse gives the same Gaussian, in the numbers of files, for any finite values:
    of the last two forms every value is a Gaussian; deviations of the others are kept
    between a ten thousandth of a pixel and ten thousand. The channels become the spans `xy`,
    `scale`, `rot` and, where there are more, `feat`.

    Args:
        form: How shapes are written.
        sizes: Whether the forms with deviations have their reciprocals, as in the files,
            or the logarithms $\log s_i$; the last two forms have logarithms always.

    Raises:
        DataError: If the channels are others, when fitted; if a parameter is not finite,
            or a scale is not positive, when applied.

    Example:
        >>> names = (*FILED, "grey")
        >>> schema = Schema(series=tuple(Quantity(name) for name in names))
        >>> values = torch.tensor([[[0.5, 0.5, 1.0, 0.5, 0.0, 0.9]]])
        >>> form = GaussianForm(form="canonical", sizes="reciprocal")
        >>> form.fit(Dataset(schema=schema, series=values))
        >>> made = form.apply(Dataset(schema=schema, series=values))
        >>> made.series[0, 0, 2:4].tolist(), dict(made.schema.spans)
        ([0.5, 1.0], {'xy': 2, 'scale': 2, 'rot': 1, 'feat': 1})

    References:
        Unconstrained Parametrizations for Variance-Covariance Matrices (Pinheiro and Bates,
        1996), sections 2.2 (log-Cholesky) and 2.4 (matrix logarithm)
        https://doi.org/10.1007/BF00140873
    """

    def __init__(self, *, form: Form = "canonical", sizes: Sizes = "log") -> None:
        self.form: Form = form
        self.sizes: Sizes = sizes

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        names = dataset.schema.names("series")
        if names[: len(FILED)] != FILED:
            raise DataError(
                "series",
                f"must have the channels {list(FILED)} of Gaussians first, got {list(names)}",
            )
        return {}

    def apply(self, dataset: Dataset) -> Dataset:
        schema = self._written()
        if dataset.series is None:
            return replace(dataset, schema=schema)
        check_gaussians(dataset)
        values = need(dataset, "series").double()
        deviations = -values[..., 2:4].log()
        shape = _FORMS[self.form].write(deviations, values[..., 4:5])
        if self._reciprocal:
            shape = torch.cat(((-shape[..., :2]).exp(), shape[..., 2:]), -1)
        joined = torch.cat((values[..., :2], shape, values[..., 5:]), -1)
        return replace(dataset, schema=schema, series=padded(dataset, joined))

    def invert(self, dataset: Dataset) -> Dataset:
        if dataset.series is None:
            return replace(dataset, schema=self.schema)
        values = dataset.series.double()
        end = 2 + len(_FORMS[self.form].names)
        shape = values[..., 2:end]
        if self._reciprocal:
            sizes = shape[..., :2].abs().clamp(LEAST, MOST)
            shape = torch.cat((-sizes.log(), shape[..., 2:]), -1)
        deviations, angle = _FORMS[self.form].read(shape)
        scale = (-deviations).clamp(-_LIMIT, _LIMIT).exp()
        joined = torch.cat((values[..., :2], scale, angle, values[..., end:]), -1)
        return replace(dataset, schema=self.schema, series=padded(dataset, joined))

    @property
    def _reciprocal(self) -> bool:
        return self.sizes == "reciprocal" and _FORMS[self.form].sized

    def _written(self) -> Schema:
        """The columns in this form."""
        chosen = _FORMS[self.form]
        names = (*FILED[2:4], *chosen.names[2:]) if self._reciprocal else chosen.names
        before, behind = self.schema.series[:2], self.schema.series[len(FILED) :]
        spans = {"xy": 2, "scale": chosen.wide, "rot": len(names) - chosen.wide}
        if behind:
            spans["feat"] = len(behind)
        series = (*before, *(Quantity(name) for name in names), *behind)
        return replace(self.schema, series=series, spans=spans)


def check_gaussians(dataset: Dataset) -> None:
    """Checks that the signals of a dataset are Gaussians that can be drawn.

    Args:
        dataset: Sets whose first channels are those of `FILED`.

    Raises:
        DataError: If a parameter is not finite, or a scale is not positive; it says which.
    """
    values, there = need(dataset, "series"), real(dataset)

    def refuse(bad: Tensor, problem: str) -> None:
        found = (bad & there).nonzero()
        if len(found):
            sample, slot = found[0].tolist()
            got = ", ".join(f"{value:g}" for value in values[sample, slot, : len(FILED)])
            where = f"in sample {sample}, slot {slot}, whose {', '.join(FILED)} are {got}"
            raise DataError("series", f"{problem}, {where}; leave that Gaussian out")

    refuse(~values.isfinite().all(-1), "must hold finite parameters of Gaussians, and does not")
    sizes = values[..., 2:4]
    inside = ((sizes >= LEAST) & (sizes <= MOST)).all(-1)
    refuse(~inside, f"must have a positive scale in [{LEAST:g}, {MOST:g}] per pixel, and has not")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A way of writing the shape of a Gaussian.

    Args:
        names: What its numbers are called.
        wide: How many of them tell of its size; the others tell of its direction.
        sized: Whether the first two are logarithms of deviations.
        write: The numbers, of the logarithms of both deviations and the angle.
        read: The same back.
    """

    names: tuple[str, ...]
    wide: int = 2
    sized: bool = True
    write: Callable[[Shape, Shape], Shape]
    read: Callable[[Shape], tuple[Shape, Shape]]


def _as_it_is(deviations: Shape, angle: Shape) -> Shape:
    return torch.cat((deviations, angle), -1)


def _told(shape: Shape) -> tuple[Shape, Shape]:
    return shape[..., :2], shape[..., 2:]


def _canonical(deviations: Shape, angle: Shape) -> Shape:
    """Long before short, the angle of the long one within half a turn."""
    swapped = deviations[..., :1] < deviations[..., 1:]
    angle = torch.where(swapped, angle + math.pi / 2, angle)
    ordered = torch.where(swapped, deviations.flip(-1), deviations)
    turned = torch.remainder(angle + math.pi / 2, math.pi) - math.pi / 2
    return torch.cat((ordered, turned), -1)


def _doubled(deviations: Shape, angle: Shape) -> Shape:
    ordered, turned = _told(_canonical(deviations, angle))
    return torch.cat((ordered, (2 * turned).cos(), (2 * turned).sin()), -1)


def _halved(shape: Shape) -> tuple[Shape, Shape]:
    return shape[..., :2], _half_angle(shape[..., 2:3], shape[..., 3:])


def _log_covariance(deviations: Shape, angle: Shape) -> Shape:
    stretch = deviations[..., :1] - deviations[..., 1:]
    size = deviations.mean(-1, keepdim=True)
    return torch.cat((size, stretch * (2 * angle).cos(), stretch * (2 * angle).sin()), -1)


def _from_log_covariance(shape: Shape) -> tuple[Shape, Shape]:
    size, along, across = shape.split(1, -1)
    half = _length(along, across) / 2
    return torch.cat((size + half, size - half), -1), _half_angle(along, across)


def _cholesky(deviations: Shape, angle: Shape) -> Shape:
    long, short = (2 * deviations).exp().split(1, -1)
    cos, sin = angle.cos(), angle.sin()
    first = (long * cos.square() + short * sin.square()).log() / 2
    across = (long - short) * sin * cos * (-first).exp()
    return torch.cat((first, deviations.sum(-1, keepdim=True) - first, across), -1)


def _from_cholesky(shape: Shape) -> tuple[Shape, Shape]:
    first, second, across = shape.split(1, -1)
    first, second = first.clamp(-_LIMIT, _LIMIT), second.clamp(-_LIMIT, _LIMIT)
    across = across.clamp(-MOST, MOST)
    along = (2 * first).exp()  # of the covariance: the first entry, the last, the one beside
    down = across.square() + (2 * second).exp()
    beside = across * first.exp()
    spread = _length(along - down, 2 * beside)
    long = ((along + down + spread) / 2).log() / 2
    angle = _half_angle(along - down, 2 * beside)
    return torch.cat((long, first + second - long), -1), angle


def _length(along: Shape, across: Shape) -> Shape:
    """Their Euclidean length, with a gradient of zero where they are zero."""
    still = (along == 0) & (across == 0)
    return torch.hypot(along.masked_fill(still, 1.0), across).masked_fill(still, 0.0)


def _half_angle(along: Shape, across: Shape) -> Shape:
    """Half the angle of a direction; zero, without a gradient, where there is none."""
    still = (along == 0) & (across == 0)
    return torch.atan2(across, along.masked_fill(still, 1.0)) / 2


_LOGARITHMS = ("log_sigma_0", "log_sigma_1")
_FORMS: dict[Form, _Written] = {
    "raw": _Written(names=(*_LOGARITHMS, "rotation"), write=_as_it_is, read=_told),
    "canonical": _Written(names=(*_LOGARITHMS, "rotation"), write=_canonical, read=_told),
    "double_angle": _Written(
        names=(*_LOGARITHMS, "cos_2_rotation", "sin_2_rotation"), write=_doubled, read=_halved
    ),
    "cholesky": _Written(
        names=("log_l_00", "log_l_11", "l_10"),
        sized=False,
        write=_cholesky,
        read=_from_cholesky,
    ),
    "log_covariance": _Written(
        names=("log_size", "stretch_cos", "stretch_sin"),
        wide=1,
        sized=False,
        write=_log_covariance,
        read=_from_log_covariance,
    ),
}
