"""Criteria for tokens of categories; what they say of a batch, they say of all its signals."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..core.ranges import at_least
from ..core.roles import Criterion, Outputs
from ..nn.mask import keep
from .geometry import between_categories, category_cosines, code_cosines, topographic

ENDS = {"inputs": "target", "latents": "before", "codes": "after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Orthogonality(Criterion):
    """How much categories, or the codes of a book, repeat each other; in [0, 1].

    Of `latents` it is the mean |cosine| between the embeddings of different categories over
    the batch: the term that keeps categories from telling the same, and the measure that is
    reported. Of `codes` it is the mean squared cosine between the entries of different codes
    of a book: a term that spreads a book's codes over all directions, and no measure of what
    categories share. Both have a gradient.

    Args:
        of: What must be orthogonal.
        rows: How many samples of a batch are looked at, drawn at random; at least 2.

    Raises:
        ValueError: If `rows` is below 2.
    """

    of: Literal["latents", "codes"] = "latents"
    rows: int = 512

    def __post_init__(self) -> None:
        at_least(2, rows=self.rows)

    @property
    def reads(self) -> frozenset[str]:
        what = {"embeddings"} if self.of == "latents" else {"after", "codes", "shares"}
        return frozenset({"code_mask", *what})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        real = outputs["code_mask"]
        picked = _some(int(real.sum()), self.rows, real.device)
        if self.of == "latents":
            cosines = category_cosines(outputs["embeddings"][real][picked])
            return between_categories(cosines).expand(len(real))
        entries = outputs["after"][real][picked].split(outputs["shares"].tolist(), 1)
        vectors = pad_sequence([own.T for own in entries]).permute(2, 1, 0)
        codes = outputs["codes"][real][picked]
        return code_cosines(vectors, codes).mean().expand(len(real))


@dataclass(frozen=True, slots=True)
class Informativeness(Criterion):
    """Mean squared error of the guesses at the whole signal, each made from one code alone.

    In squared units of the transforms. Held down, it keeps every code telling of the whole
    sample.
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"guess_errors", "mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        mask, error = outputs["mask"], outputs["guess_errors"].mean(1)
        return error.masked_fill(~mask, 0.0).sum(1) / mask.sum(1).clamp_min(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topographic(Criterion):
    """One minus the correlation of distances between samples before and after a step.

    Distances are Euclidean: of the signals, of all that the books are given, or of all that
    they give back, side by side. No sample's distance to itself counts.

    Args:
        between: Which two are compared. `inputs-latents` is what the encoder keeps,
            `latents-codes` what rounding keeps, `inputs-codes` both.
        rows: How many samples of a batch are compared, drawn at random; at least 3.

    Raises:
        ValueError: If `rows` is below 3.

    References:
        The Detection of Disease Clustering and a Generalized Regression Approach (Mantel,
        1967): r of two distance matrices
    """

    between: Literal["inputs-latents", "latents-codes", "inputs-codes"] = "inputs-codes"
    rows: int = 512

    def __post_init__(self) -> None:
        at_least(3, rows=self.rows)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"mask", *(ENDS[end] for end in self.between.split("-"))})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        mask = outputs["mask"]
        picked = _some(len(mask), self.rows, mask.device)
        one, other = (self._of(outputs, end)[picked] for end in self.between.split("-"))
        return (1 - topographic(one, other)).expand(len(mask))

    def _of(self, outputs: Outputs, end: str) -> Float[Tensor, "B D"]:
        x = outputs[ENDS[end]]
        return (keep(x, outputs["mask"]) if end == "inputs" else x).flatten(1)


def _some(size: int, most: int, device: torch.device) -> Tensor | slice:
    """Rows drawn at random, where there are more than are wanted."""
    return torch.randperm(size, device=device)[:most] if size > most else slice(None)
