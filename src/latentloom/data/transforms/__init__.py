"""Maps of datasets that are fitted on the train split and can be undone."""

from .blank import Blank
from .categories import Categories
from .clean import CleanFeatures
from .columns import LAW
from .derivative import Derivative
from .first_rows import FirstRows
from .from_start import FromStart
from .gaussian_form import GaussianForm
from .increasing import Increasing
from .law import Law
from .law_scale import LawScale
from .log import Log
from .one_hot import OneHot
from .own_scale import OwnScale
from .pipeline import FitError, Pipeline
from .product_scale import ProductScale
from .rotated import Rotated
from .scaler import MedianDeviation, MinMax, Robust, Standard
from .series_scale import SeriesScale
from .slot_order import SlotOrder
from .transform import Transform
from .undo import Undo
from .whole_numbers import WholeNumbers

__all__ = [
    "LAW",
    "Blank",
    "Categories",
    "CleanFeatures",
    "Derivative",
    "FirstRows",
    "FitError",
    "FromStart",
    "GaussianForm",
    "Increasing",
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
    "Rotated",
    "SeriesScale",
    "SlotOrder",
    "Standard",
    "Transform",
    "Undo",
    "WholeNumbers",
]
