"""What a model has to beat: laws, regressions and recall, fitted on the train split."""

from .curves import Curves
from .kernel import Kernel
from .law import LawFit, LawOracle
from .nearest import Nearest
from .per_category import PerCategory
from .ridge import Ridge
from .role import Baseline
from .scale import Fitted, Product, Scale
from .start import MeanCurve, RepeatFirst
from .view import Periods, View, Windows

__all__ = [
    "Baseline",
    "Curves",
    "Fitted",
    "Kernel",
    "LawFit",
    "LawOracle",
    "MeanCurve",
    "Nearest",
    "PerCategory",
    "Periods",
    "Product",
    "RepeatFirst",
    "Ridge",
    "Scale",
    "View",
    "Windows",
]
