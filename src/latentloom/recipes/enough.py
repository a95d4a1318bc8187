"""Whether there are samples enough for what is to be learned of them."""

from typing import Any

from ..core.errors import RecipeError
from ..core.system import System
from ..data.dataset import Schema, Source
from ..data.splits import PARTS, Split
from ..representations.categorical_codes import Categorical
from ..representations.levels import scaled_levels
from .plan import Plan


def check_samples(plan: Plan, source: Source, split: Split) -> None:
    """Refuses a split without validation samples, or with too few for any codebooks.

    Raises:
        RecipeError: If it is one.
    """
    settings: Any = plan.settings
    judged = [index for index, phase in enumerate(settings.phases) if phase.probes]
    if judged and not len(split.validation):
        sizes = ", ".join(f"{len(getattr(split, part))} for {part}" for part in PARTS)
        raise RecipeError(
            "data.most" if _drawn(plan, source) else f"phases.{judged[0]}.probes",
            f"must have validation samples to judge on, and data.split leaves {sizes}; take more"
            " samples",
        )
    representation = settings.parts.representation
    if representation is None or representation.bottleneck.constructor is not Categorical:
        return
    codes = max(book.size for book in representation.bottleneck.levels or scaled_levels(1))
    _check(plan, source, split, codes, "a book of every category")


def check_books(plan: Plan, system: System, source: Source, split: Split, ready: Schema) -> None:
    """Refuses samples that are fewer than the codes of a book: some codes would stand for none.

    Args:
        plan: What is trained.
        system: The parts.
        source: All samples.
        split: Which of them train.
        ready: The columns of the data after the transforms.

    Raises:
        RecipeError: If they are.
    """
    bottleneck = getattr(system.representation, "bottleneck", None)
    if not isinstance(bottleneck, Categorical):
        return
    codes = max(bottleneck.levels)
    place = bottleneck.levels.index(codes) // bottleneck.depth
    named = f" of category {[*ready.spans][place]!r}" if ready.spans else ""
    _check(plan, source, split, codes, f"a book{named}")


def _check(plan: Plan, source: Source, split: Split, codes: int, book: str) -> None:
    rows = len(split.train) * max(1, source.steps)  # categories have codes for each step
    if rows < codes:
        drawn = _drawn(plan, source)
        more = f"raise data.most from {drawn}" if drawn else "take more samples"
        raise RecipeError(
            "parts.representation.bottleneck.levels",
            f"must have at most as many codes as the {rows} samples that train, got {codes} in"
            f" {book}; {more}, or set levels of fewer codes",
        )


def _drawn(plan: Plan, source: Source) -> int:
    """How many samples are drawn from all; 0 if all are used."""
    return plan.data.most if plan.data.most < source.size else 0
