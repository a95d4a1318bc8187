"""Reads how codes are to be chosen, as a recipe would write it."""

from dataclasses import dataclass

from ..core.roles import Decoding
from .schema import make
from .text import parse


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
