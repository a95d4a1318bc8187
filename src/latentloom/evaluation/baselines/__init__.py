"""What a model has to beat: laws, regressions and recall, fitted on the train split."""

from .kernel import Kernel
from .law import LawFit, LawOracle
from .nearest import Nearest
from .per_category import PerCategory
from .ridge import Ridge
from .role import Baseline
from .scale import Fitted, Product, Scale
from .view import Periods, View, Windows

__all__ = [
    "Baseline",
    "Fitted",
    "Kernel",
    "LawFit",
    "LawOracle",
    "Nearest",
    "PerCategory",
    "Periods",
    "Product",
    "Ridge",
    "Scale",
    "View",
    "Windows",
]
