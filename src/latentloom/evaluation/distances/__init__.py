"""How far made signals are from real ones, as whole populations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ..judges.cases import equally_long
from ..judges.convolution import ConvJudge
from ..judges.gru import GruJudge
from ..judges.training import Training
from ..judges.trees import TreeJudge
from ..judges.views import with_changes
from ..kinematics import STATISTICS
from .autocorrelation import AutocorrelationDistance
from .channels import Correlational, CrossCorrelation, LegacyCorrelational
from .copying import Duplicates, Memorisation
from .coverage import Coverage, Density, Precision, Recall
from .discriminative import Discriminative, LegacyDiscriminative
from .frechet import ContextFid
from .kernel import DependenceMmd, ValueMmd
from .kinematic import DurationLaw, KinematicDistance, kinematics_of
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
    "DurationLaw",
    "InapplicableError",
    "KinematicDistance",
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


def _of_paths() -> Distance:
    """A judge that looks long enough to see single steps, of signals as long as each other."""
    training = Training(steps=600, batch=64, rate=1e-2, patience=10)
    judge = GruJudge(training=training, reading=with_changes)
    return Discriminative(judge=judge, chosen=equally_long)


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
    "discriminative_paths": Listed(
        title="Discriminative, recurrent, steps seen, lengths balanced", make=_of_paths
    ),
    "discriminative_kinematics": Listed(
        title="Discriminative, trees on kinematics",
        make=partial(Discriminative, judge=TreeJudge(describe=kinematics_of)),
    ),
    "duration_law": Listed(title="Duration against distance", make=DurationLaw),
    **{
        f"{name}_ks": Listed(
            title=f"{found.title}, KS", make=partial(KinematicDistance, statistic=name)
        )
        for name, found in STATISTICS.items()
    },
}
"""Every score there is, by name, in the order of the tables."""
