"""How codes are to be chosen: as a recipe would write it, and as a run's own recipe says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import RunError
from ..core.roles import Decoding
from .schema import make
from .text import parse

if TYPE_CHECKING:
    from .run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How codes are chosen.

    Args:
        decoding: The way.
    """

    decoding: Decoding


def parse_decoding(text: str) -> Decoding:
    """A decoding as recipes write it, such as `greedy` or `{kind: sample, top_p: 0.9}`.

    Raises:
        RecipeError: If there is no such decoding.
    """
    return make(Chosen, {"decoding": parse(text, "decoding")}).decoding


def chosen_decoding(run: Run, decoding: Decoding | str | None, samples: int) -> Decoding:
    """How a run chooses codes.

    Args:
        run: The run.
        decoding: What is asked for; if None, it is as the recipe's evaluation says: its best
            answer for one sample, its sampling for several; its sampling also where lengths
            are made too, for which no answer is the best.
        samples: How many are to be made for what is known of one.

    Raises:
        RecipeError: If there is no such decoding.
        RunError: If it averages signals that differ in length.
    """
    settings = run.plan.evaluation
    asked = parse_decoding(decoding) if isinstance(decoding, str) else decoding
    best = samples == 1 and not run.tells_lengths
    chosen = asked or (settings.decoding if best else settings.sampling)
    if run.tells_lengths and chosen.averages:
        problem = "makes signals of different lengths, which have no mean; let `sample` choose"
        raise RunError(str(run.folder.path), problem)
    return chosen
