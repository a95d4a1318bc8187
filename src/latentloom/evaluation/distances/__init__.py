"""How far made signals are from real ones, as whole populations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ..judges.convolution import ConvJudge
from ..judges.gru import GruJudge
from ..judges.trees import TreeJudge
from .autocorrelation import AutocorrelationDistance
from .channels import Correlational, CrossCorrelation, LegacyCorrelational
from .copying import Duplicates, Memorisation
from .coverage import Coverage, Density, Precision, Recall
from .discriminative import Discriminative, LegacyDiscriminative
from .frechet import ContextFid
from .kernel import DependenceMmd, ValueMmd
from .lengths import LengthDistance
from .marginal import LegacyMarginal, Marginal
from .mmd import Mmd
from .moments import KurtosisDistance, SkewnessDistance
from .predictive import LegacyPredictive, Predictive, PredictiveRatio
from .role import Compared, Distance, InapplicableError, value
from .spectral import SpectralDistance

__all__ = [
    "DISTANCES",
    "AutocorrelationDistance",
    "Compared",
    "ContextFid",
    "Correlational",
    "Coverage",
    "CrossCorrelation",
    "Density",
    "DependenceMmd",
    "Discriminative",
    "Distance",
    "Duplicates",
    "InapplicableError",
    "KurtosisDistance",
    "LegacyCorrelational",
    "LegacyDiscriminative",
    "LegacyMarginal",
    "LegacyPredictive",
    "LengthDistance",
    "Listed",
    "Marginal",
    "Memorisation",
    "Mmd",
    "Precision",
    "Predictive",
    "PredictiveRatio",
    "Recall",
    "SkewnessDistance",
    "SpectralDistance",
    "ValueMmd",
    "value",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A score as tables know it.

    Args:
        title: Its name for readers.
        make: Makes it, with the settings that its version stands for.
        unit: Its unit; "" if it has none.
        ideal: The number of a perfect generator; what is nearer to it is better.
        fault: Whether a number is at fault on both sides of its ideal, or only below.
        version: Raised whenever the same signals would give another number.
    """

    title: str
    make: Callable[[], Distance]
    unit: str = ""
    ideal: float = 0.0
    fault: Literal["both", "below"] = "both"
    version: int = 1


DISTANCES: Mapping[str, Listed] = {
    "legacy_discriminative": Listed(title="Discriminative", make=LegacyDiscriminative),
    "legacy_predictive": Listed(title="Predictive (TSTR)", make=LegacyPredictive),
    "context_fid": Listed(title="Context-FID", make=ContextFid),
    "legacy_correlational": Listed(title="Correlational", make=LegacyCorrelational),
    "legacy_marginal": Listed(title="Marginal (MDD)", make=LegacyMarginal),
    "value_mmd": Listed(title="Value distribution (VDS)", make=ValueMmd),
    "dependence_mmd": Listed(title="Dependence (FDDS)", make=DependenceMmd),
    "discriminative_gru": Listed(
        title="Discriminative, recurrent", make=partial(Discriminative, judge=GruJudge())
    ),
    "discriminative_cnn": Listed(
        title="Discriminative, convolutional",
        make=partial(Discriminative, judge=ConvJudge()),
    ),
    "discriminative_trees": Listed(
        title="Discriminative, trees", make=partial(Discriminative, judge=TreeJudge())
    ),
    "predictive": Listed(title="Predictive (TSTR)", make=Predictive, unit="σ"),
    "predictive_ratio": Listed(title="Predictive, TSTR / TRTR", make=PredictiveRatio, ideal=1.0),
    "predictive_ratio_far": Listed(
        title="Predictive, 8 steps ahead, TSTR / TRTR",
        make=partial(PredictiveRatio, ahead=8),
        ideal=1.0,
    ),
    "mmd": Listed(title="MMD", make=Mmd),
    "marginal": Listed(title="Marginal", make=Marginal, unit="σ"),
    "skewness": Listed(title="Skewness", make=SkewnessDistance),
    "kurtosis": Listed(title="Kurtosis", make=KurtosisDistance),
    "autocorrelation": Listed(title="Autocorrelation (ACD)", make=AutocorrelationDistance),
    "spectral": Listed(title="Spectrum", make=SpectralDistance, unit="dB"),
    "correlational": Listed(title="Correlations of channels", make=Correlational),
    "cross_correlation": Listed(title="Lagged correlations", make=CrossCorrelation),
    "precision": Listed(title="Precision", make=Precision, ideal=1.0),
    "recall": Listed(title="Recall", make=Recall, ideal=1.0),
    "density": Listed(title="Density", make=Density, ideal=1.0),
    "coverage": Listed(title="Coverage", make=Coverage, ideal=1.0),
    "memorisation": Listed(
        title="Distance to train signals", make=Memorisation, ideal=1.0, fault="below"
    ),
    "duplicates": Listed(title="Repeated train signals", make=Duplicates),
    "length": Listed(title="Lengths", make=LengthDistance),
}
"""Every score there is, by name, in the order of the tables."""
