"""What tokens of families of features keep, how they are used, and what they must beat."""

from .card import Part, TokenCard, TokenRow
from .clusters import ResidualClusters
from .components import RoundedComponents
from .judging import judge_tokens
from .layout import Layout
from .material import Held, Inside, Learned, Material
from .meaning import Meanings
from .overlap import Overlap
from .quantiser import Quantiser, TrainMean
from .topography import topographic
from .usage import BookUse, Usage, book_uses

__all__ = [
    "BookUse",
    "Held",
    "Inside",
    "Layout",
    "Learned",
    "Material",
    "Meanings",
    "Overlap",
    "Part",
    "Quantiser",
    "ResidualClusters",
    "RoundedComponents",
    "TokenCard",
    "TokenRow",
    "TrainMean",
    "Usage",
    "book_uses",
    "judge_tokens",
    "topographic",
]
