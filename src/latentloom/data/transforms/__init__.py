"""Maps of datasets that are fitted on the train split and can be undone."""

from .blank import Blank
from .categories import Categories
from .clean import CleanFeatures
from .columns import LAW
from .derivative import Derivative
from .first_rows import FirstRows
from .gaussian_form import GaussianForm
from .law import Law
from .law_scale import LawScale
from .log import Log
from .one_hot import OneHot
from .own_scale import OwnScale
from .pipeline import FitError, Pipeline
from .product_scale import ProductScale
from .scaler import MedianDeviation, MinMax, Robust, Standard
from .series_scale import SeriesScale
from .slot_order import SlotOrder
from .transform import Transform
from .undo import Undo

__all__ = [
    "LAW",
    "Blank",
    "Categories",
    "CleanFeatures",
    "Derivative",
    "FirstRows",
    "FitError",
    "GaussianForm",
    "Law",
    "LawScale",
    "Log",
    "MedianDeviation",
    "MinMax",
    "OneHot",
    "OwnScale",
    "Pipeline",
    "ProductScale",
    "Robust",
    "SeriesScale",
    "SlotOrder",
    "Standard",
    "Transform",
    "Undo",
]
