"""Cleaning of feature families: what says nothing is dropped, what strays is capped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.errors import DataError
from ...core.ranges import a_share, at_least, positive
from ..dataset import Dataset, Quantity, Schema
from .capping import Capping
from .duplicates import informative, twins
from .transform import Transform

KEPT, EMPTY, STILL, WILD, TWIN = range(5)
REASONS = {
    EMPTY: "no value",
    STILL: "constant",
    WILD: "varies wildly",
    TWIN: "says what another says",
}
NAMED = 3  # dropped features that are named of each reason


class CleanFeatures(Transform):
    """Drops features that say nothing, fills gaps, and caps what strays.

    Of the train split, in this order: a feature is dropped if it has no finite value or
    hardly varies, or varies wildly about nothing (variance above `greatest_variance` and
    a deviation of more than `greatest_variation` means); gaps are filled with the median;
    of two features whose |correlation| exceeds `duplicates` one is dropped; what is left is
    capped. Undone, a dropped duplicate is the linear function of its twin that fitted it
    best, any other dropped feature its median. Temporal families are cleaned over all steps.

    Args:
        least_deviation: Standard deviation at or below which a feature is constant.
        greatest_variance: Variance above which a feature may be wild.
        greatest_variation: Deviations per mean above which it then is.
        duplicates: |Pearson correlation| above which two features are one; 1 keeps all.
        keep: Which of two is kept: the `informative` one, by entropy, spread and share of
            outliers; or the `first`.
        cap: How far a feature may stray; nothing is capped if None.

    Raises:
        DataError: If the dataset has no families, or a family keeps no feature, when fitted.
        ValueError: If a setting is out of range.
    """

    def __init__(
        self,
        *,
        least_deviation: float = 1e-8,
        greatest_variance: float = 1e10,
        greatest_variation: float = 100.0,
        duplicates: float = 0.99,
        keep: Literal["informative", "first"] = "informative",
        cap: Capping | None = None,
    ) -> None:
        at_least(0, least_deviation=least_deviation)
        positive(greatest_variance=greatest_variance, greatest_variation=greatest_variation)
        a_share(duplicates=duplicates)
        self.least_deviation = least_deviation
        self.greatest_variance = greatest_variance
        self.greatest_variation = greatest_variation
        self.duplicates = duplicates
        self.keep = keep
        self.cap = cap

    def learn(self, dataset: Dataset) -> dict[str, Tensor]:
        if not dataset.families:
            raise DataError("families", "must be there to be cleaned, and the data has none")
        learned: dict[str, Tensor] = {}
        for name, family in dataset.families.items():
            for what, tensor in self._learned(name, _rows(family)).items():
                learned[f"{name}/{what}"] = tensor
        return learned

    def _learned(self, name: str, rows: Float[Tensor, "M F"]) -> dict[str, Tensor]:
        median = _medians(rows)
        filled = rows.where(rows.isfinite(), median)
        why = self._why(rows, filled)
        varies = why == KEPT
        twin = torch.arange(rows.shape[1])
        if self.duplicates < 1 and varies.any():
            rank = informative(filled) if self.keep == "informative" else -twin.double()
            twin = twins(filled, varies, rank, self.duplicates)
        kept = varies & (twin == torch.arange(len(twin)))
        if not kept.any():
            raise DataError(
                f"family {name}",
                f"must have features that vary, and none of its {len(kept)} does; leave it out",
            )
        low, high = (filled.amin(0), filled.amax(0)) if self.cap is None else self.cap.ends(filled)
        if self.cap is None:
            low, high = torch.full_like(low, -torch.inf), torch.full_like(high, torch.inf)
        slope, offset = _lines(filled.clamp(low, high), twin)
        slope, offset = slope.where(varies, 0.0), offset.where(varies, median)
        return {
            "kept": kept,
            "why": why.where(kept | ~varies, TWIN),
            "median": median,
            "low": low,
            "high": high,
            "twin": twin,
            "slope": slope,
            "offset": offset,
        }

    def _why(self, rows: Float[Tensor, "M F"], filled: Float[Tensor, "M F"]) -> Int[Tensor, " F"]:
        """Why each feature is dropped for what it is by itself."""
        deviation, mean = filled.std(0, correction=0), filled.mean(0).abs()
        wild = deviation.square() > self.greatest_variance
        wild &= deviation > self.greatest_variation * (mean + 1e-10)
        why = torch.where(wild, WILD, KEPT)
        why[deviation <= self.least_deviation] = STILL
        why[~rows.isfinite().any(0)] = EMPTY
        return why

    @property
    def told(self) -> tuple[str, ...]:
        names = [key.removesuffix("/why") for key in self.state() if key.endswith("/why")]
        return tuple(filter(None, map(self._dropped, names)))

    def _dropped(self, name: str) -> str:
        """Which features of a family are dropped, and why; "" if none is."""
        why = self._of(name)["why"]
        features = features_of(self.schema, name, len(why))
        parts: list[str] = []
        for code, reason in REASONS.items():
            own = [features[place].name for place in (why == code).nonzero().flatten().tolist()]
            more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
            parts += [f"{', '.join(own[:NAMED])}{more} ({reason})"] if own else []
        if not parts:
            return ""
        count = f"{int((why != KEPT).sum())} of {len(why)} features"
        return f"family {name}: dropped {count}: {'; '.join(parts)}"

    def apply(self, dataset: Dataset) -> Dataset:
        families = {}
        for name, family in dataset.families.items():
            known = self._of(name)
            values = family.double()
            values = values.where(values.isfinite(), known["median"])
            values = values.clamp(known["low"], known["high"])
            families[name] = values[..., known["kept"]].float()
        return replace(dataset, families=families, schema=self._left(dataset.schema, families))

    def invert(self, dataset: Dataset) -> Dataset:
        families = {}
        for name, family in dataset.families.items():
            known = self._of(name)
            whole = torch.zeros(*family.shape[:-1], len(known["kept"]), dtype=torch.double)
            whole[..., known["kept"]] = family.double()
            families[name] = (whole[..., known["twin"]] * known["slope"] + known["offset"]).float()
        return replace(dataset, families=families, schema=self.schema)

    def _of(self, name: str) -> Mapping[str, Tensor]:
        """What was learned of a family.

        Raises:
            DataError: If the family was not there.
        """
        state, start = self.state(), f"{name}/"
        found = {key.removeprefix(start): x for key, x in state.items() if key.startswith(start)}
        if not found:
            known = sorted({key.partition("/")[0] for key in state})
            raise DataError("families", f"must be among {known} as in training, got {name!r}")
        return found

    def _left(self, schema: Schema, names: Iterable[str]) -> Schema:
        """The schema with the names of those that are kept, numbered before any was dropped."""
        left = dict(schema.families)
        for name in names:
            kept = self._of(name)["kept"].tolist()
            features = features_of(schema, name, len(kept))
            left[name] = tuple(q for q, stays in zip(features, kept, strict=True) if stays)
        return replace(schema, families=left)


def features_of(schema: Schema, name: str, size: int) -> tuple[Quantity, ...]:
    """The features of a family, numbered where they have no names."""
    known = schema.families.get(name, ())
    return known or tuple(Quantity(f"{name}_{index}") for index in range(size))


def _rows(family: Float[Tensor, "N ..."]) -> Float[Tensor, "M F"]:
    """A family as rows of features, those of all time steps one below the other."""
    return family.reshape(-1, family.shape[-1]).double()


def _medians(rows: Float[Tensor, "M F"]) -> Float[Tensor, " F"]:
    """The median of the finite values of each feature; 0 where there are none."""
    finite = rows.where(rows.isfinite(), torch.nan)
    return finite.nanmedian(0).values.nan_to_num(0.0)


def _lines(
    rows: Float[Tensor, "M F"], twin: Int[Tensor, " F"]
) -> tuple[Float[Tensor, " F"], Float[Tensor, " F"]]:
    """Slope and offset of each feature as a linear function of its twin, by least squares."""
    centred = rows - rows.mean(0)
    other = centred[:, twin]
    power = other.square().sum(0)
    slope = (centred * other).sum(0) / power.clamp_min(torch.finfo(torch.double).tiny)
    return slope, rows.mean(0) - slope * rows.mean(0)[twin]
