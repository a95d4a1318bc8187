"""Populations that take no trained model: what a generator must beat."""

from collections.abc import Callable, Mapping

from .autoregression import VectorAutoregression
from .bootstrap import BlockBootstrap, IidBootstrap
from .gaussian import GaussianSampler
from .movement import LeastJerk
from .neighbour import NearestNeighbour
from .noise import Jitter, Noise
from .phase import PhaseRandomised
from .role import Surrogate
from .shuffled import IndependentChannels

__all__ = [
    "SURROGATES",
    "BlockBootstrap",
    "GaussianSampler",
    "IidBootstrap",
    "IndependentChannels",
    "Jitter",
    "LeastJerk",
    "NearestNeighbour",
    "Noise",
    "PhaseRandomised",
    "Surrogate",
    "VectorAutoregression",
]

SURROGATES: Mapping[str, Callable[[], Surrogate]] = {
    "iid bootstrap": IidBootstrap,
    "block bootstrap": BlockBootstrap,
    "jitter": Jitter,
    "nearest neighbour": NearestNeighbour,
    "phase surrogate": PhaseRandomised,
    "gaussian": GaussianSampler,
    "autoregression": VectorAutoregression,
    "noise": Noise,
}
